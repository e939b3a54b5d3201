//! Money in and out by hand, and the ledger as people read it.

use crate::page::cursor_numbers;
use crate::{
    Actor, AuditNote, IdempotencyKey, Office, OfficeError, Page, Permission, no_records, page_limit,
};
use calendar::Instant;
use charging::{Adjust, Command, CustomerId, LedgerCode, Pay, Reply, RowId};
use money::Amount;
use store::{LedgerPage, LedgerRow};

/// Longest note.
const NOTE_MOST: usize = 200;

/// A movement of money that was booked, and how the customer stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The ledger entry.
    pub entry: Option<RowId>,
    /// Money the customer has with us; negative = he owes.
    pub balance: Amount,
    /// Available funds.
    pub available: Amount,
    /// Sum of unpaid invoices.
    pub owed: Amount,
}

/// Which movements.
#[derive(Debug, Clone, Default)]
pub struct LedgerQuery {
    /// Only of this customer.
    pub customer: Option<CustomerId>,
    /// Only this kind.
    pub code: Option<LedgerCode>,
    /// Booked at or after.
    pub from: Option<Instant>,
    /// Booked before.
    pub to: Option<Instant>,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// Rows; 0 = the usual number.
    pub limit: usize,
}

impl Office {
    /// Books a payment. Open invoices are paid with it, oldest first; a suspension ends when none is overdue any more.
    pub fn pay(
        &self,
        actor: &Actor,
        customer: CustomerId,
        amount: Amount,
        note: &str,
        key: Option<IdempotencyKey>,
    ) -> Result<Booked, OfficeError> {
        if !matches!(actor, Actor::Subscriber { .. }) {
            actor.require(Permission::MoveMoney)?;
        }
        if !amount.is_positive() {
            return Err(OfficeError::field("amount", "must be more than zero"));
        }
        let note = checked_note(note, false)?;
        let audit =
            AuditNote::new("payment/received", format!("customer {customer}"), format!("{amount} {note}"));
        let pay = Pay { account: None, amount, exchanged: None, note };
        self.book(actor, customer, key, Command::Pay(pay), audit)
    }

    /// Credits (positive) or charges (negative) by hand. The note is the reason and is shown to the customer.
    pub fn adjust(
        &self,
        actor: &Actor,
        customer: CustomerId,
        amount: Amount,
        note: &str,
        key: Option<IdempotencyKey>,
    ) -> Result<Booked, OfficeError> {
        actor.require(Permission::MoveMoney)?;
        if amount.is_zero() {
            return Err(OfficeError::field("amount", "must not be zero"));
        }
        let note = checked_note(note, true)?;
        let audit =
            AuditNote::new("balance/adjusted", format!("customer {customer}"), format!("{amount} {note}"));
        let adjust = Adjust { account: None, amount, promotional: false, note };
        self.book(actor, customer, key, Command::Adjust(adjust), audit)
    }

    fn book(
        &self,
        actor: &Actor,
        customer: CustomerId,
        key: Option<IdempotencyKey>,
        command: Command,
        audit: AuditNote,
    ) -> Result<Booked, OfficeError> {
        let entry = match self.command(actor, customer, key.as_ref(), command, audit, no_records())? {
            Reply::Done(entry) => entry,
            _ => None,
        };
        let now = self.now();
        let standing = self.engine().look(customer, move |found| {
            found.map(|c| Booked {
                entry,
                balance: c.head.purse.balance,
                available: c.available(now),
                owed: c.head.owed(),
            })
        })?;
        standing.ok_or_else(|| OfficeError::not_found("customer", customer))
    }

    /// The ledger, newest first.
    pub fn ledger(&self, query: &LedgerQuery) -> Result<Page<LedgerRow>, OfficeError> {
        let after = query.cursor.as_deref().map(cursor_numbers::<2>).transpose()?;
        let limit = page_limit(query.limit);
        let rows = self.store().ledger(&LedgerPage {
            customer: query.customer,
            code: query.code.map(|code| code.name().to_owned()),
            from: query.from,
            to: query.to,
            after: after.map(|[at, id]| (at, id)),
            limit: limit + 1,
        })?;
        Ok(Page::from_surplus(rows, limit, |row| {
            let (at, id) = row.page_key();
            format!("{at}.{id}")
        }))
    }

    /// One movement of money.
    pub fn ledger_entry(&self, id: RowId) -> Result<LedgerRow, OfficeError> {
        self.store().ledger_entry(id)?.ok_or_else(|| OfficeError::not_found("ledger entry", id))
    }
}

fn checked_note(note: &str, needed: bool) -> Result<String, OfficeError> {
    let note = note.trim();
    if needed && note.is_empty() {
        return Err(OfficeError::field("note", "say why; the customer sees it"));
    }
    if note.chars().count() > NOTE_MOST || note.chars().any(char::is_control) {
        return Err(OfficeError::field("note", format!("at most {NOTE_MOST} characters on one line")));
    }
    Ok(note.to_owned())
}
