//! Own balances of accounts (debit accounts): opening one, and moving money to it and back.

use crate::{Actor, AuditNote, Booked, IdempotencyKey, Office, OfficeError, Permission, no_records};
use charging::{AccountId, Command};
use money::Amount;

impl Office {
    /// Makes an account pay from a balance of its own from now on, for good. Nothing may be running on it. `credit_limit`: how far
    /// it may go below zero; `None` = no limit.
    pub fn open_balance(
        &self,
        actor: &Actor,
        account: AccountId,
        credit_limit: Option<Amount>,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        actor.require(Permission::MoveMoney)?;
        let (customer, label) = self.labelled(account)?;
        if credit_limit.is_some_and(Amount::is_negative) {
            return Err(OfficeError::field("credit_limit", "is not negative"));
        }
        let detail =
            credit_limit.map_or_else(|| "no limit".to_owned(), |limit| format!("credit limit {limit}"));
        let audit = AuditNote::new("balance/opened", label, detail);
        let command = Command::OpenBalance { account, credit_limit };
        self.command(actor, customer, key.as_ref(), command, audit, no_records())?;
        Ok(())
    }

    /// Moves money from the customer's balance to the account's own (positive), or back (negative), as far as it is there. Tells
    /// how the own balance stands then.
    pub fn transfer(
        &self,
        actor: &Actor,
        account: AccountId,
        amount: Amount,
        key: Option<IdempotencyKey>,
    ) -> Result<Booked, OfficeError> {
        actor.require(Permission::MoveMoney)?;
        let (customer, label) = self.labelled(account)?;
        if amount.is_zero() {
            return Err(OfficeError::field("amount", "must not be zero"));
        }
        let audit = AuditNote::new("balance/transferred", label, amount.to_string());
        let command = Command::Transfer { account, amount };
        self.book(actor, (customer, Some(account)), key, command, audit)
    }
}
