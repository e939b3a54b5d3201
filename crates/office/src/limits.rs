//! Limits of a customer's money, or of an account's own balance: credit limit, a higher one for a while, warnings, the daily cap.
//!
//! Flows in: one or several changes. Flows out: commands, each with its audit line. Must not know: how crossings are announced.

use crate::{Actor, AuditNote, FieldError, IdempotencyKey, Office, OfficeError, Permission, no_records};
use charging::{AccountId, Command, CustomerId, LimitChange, Share};
use money::Amount;

/// Thresholds that warn, for each balance.
const WARNINGS_MOST: usize = 8;
/// Most percent of the limit that a raise or threshold may be.
const PERCENT_MOST: u16 = 1_000;

impl Office {
    /// Changes limits of the customer's balance, or of an account's own. Everything is looked at before the first change is made;
    /// each is a command of its own, so that one that the core refuses leaves the earlier ones standing.
    pub fn set_limits(
        &self,
        actor: &Actor,
        customer: CustomerId,
        account: Option<AccountId>,
        changes: Vec<LimitChange>,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        actor.require(Permission::MoveMoney)?;
        let object = self.purse_label(customer, account)?;
        let faults: Vec<FieldError> = changes.iter().flat_map(|change| self.faults(change)).collect();
        if !faults.is_empty() {
            return Err(OfficeError::Invalid(faults));
        }
        for change in changes {
            let step = key.as_ref().map(|key| key.step(field(&change)));
            let (action, detail) = words(&change);
            let audit = AuditNote::new(action, object.as_str(), detail);
            let command = Command::SetLimit { account, change };
            self.command(actor, customer, step.as_ref(), command, audit, no_records())?;
        }
        Ok(())
    }

    /// Changes how far the customer's balance may go below zero; `None` = no limit.
    pub fn set_credit_limit(
        &self,
        actor: &Actor,
        customer: CustomerId,
        limit: Option<Amount>,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        self.set_limits(actor, customer, None, vec![LimitChange::Credit(limit)], key)
    }

    /// The customer's number, or the label of the account whose own balance is meant; refuses what is not his.
    pub(crate) fn purse_label(
        &self,
        customer: CustomerId,
        account: Option<AccountId>,
    ) -> Result<String, OfficeError> {
        let number = self.known(customer)?.number;
        let Some(account) = account else { return Ok(number) };
        match self.labelled(account)? {
            (owner, label) if owner == customer => Ok(label),
            _ => Err(OfficeError::not_found("account", account)),
        }
    }

    fn faults(&self, change: &LimitChange) -> Vec<FieldError> {
        let field = field(change);
        match change {
            LimitChange::Credit(Some(amount)) | LimitChange::DailyCap(Some(amount)) => {
                share_fault(field, Share::Amount(*amount)).into_iter().collect()
            }
            LimitChange::Temporary(Some(raised)) => {
                let over = raised.until <= self.now();
                let over = over.then(|| FieldError::new("temporary.until", "lies in the past"));
                share_fault("temporary.raise", raised.raise).into_iter().chain(over).collect()
            }
            LimitChange::Warnings(at) if at.len() > WARNINGS_MOST => {
                vec![FieldError::new(field, format!("are at most {WARNINGS_MOST}"))]
            }
            LimitChange::Warnings(at) => at.iter().filter_map(|share| share_fault(field, *share)).collect(),
            LimitChange::Credit(None) | LimitChange::DailyCap(None) | LimitChange::Temporary(None) => {
                Vec::new()
            }
        }
    }
}

/// What a form or the API calls the limit.
const fn field(change: &LimitChange) -> &'static str {
    match change {
        LimitChange::Credit(_) => "credit_limit",
        LimitChange::Temporary(_) => "temporary",
        LimitChange::Warnings(_) => "warnings",
        LimitChange::DailyCap(_) => "daily_cap",
    }
}

fn share_fault(field: &str, share: Share) -> Option<FieldError> {
    match share {
        Share::Amount(amount) if amount.is_negative() => Some(FieldError::new(field, "is not negative")),
        Share::Percent(percent) if percent > PERCENT_MOST => {
            Some(FieldError::new(field, format!("is at most {PERCENT_MOST} %")))
        }
        _ => None,
    }
}

/// What the audit says.
fn words(change: &LimitChange) -> (&'static str, String) {
    match change {
        LimitChange::Credit(None) => ("customer/credit-limit-changed", "no limit".to_owned()),
        LimitChange::Credit(Some(limit)) => ("customer/credit-limit-changed", limit.to_string()),
        LimitChange::Temporary(None) => ("limit/temporary-changed", "ended".to_owned()),
        LimitChange::Temporary(Some(raised)) => {
            ("limit/temporary-changed", format!("{} more until {}", raised.raise, raised.until))
        }
        LimitChange::Warnings(at) if at.is_empty() => ("limit/warnings-changed", "none".to_owned()),
        LimitChange::Warnings(at) => {
            let at: Vec<String> = at.iter().map(Share::to_string).collect();
            ("limit/warnings-changed", at.join(", "))
        }
        LimitChange::DailyCap(None) => ("limit/daily-cap-changed", "no cap".to_owned()),
        LimitChange::DailyCap(Some(most)) => ("limit/daily-cap-changed", most.to_string()),
    }
}
