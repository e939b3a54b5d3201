//! Money back for a charge, named by its record or by the purchase number of the outside system, and what is left of it.
//!
//! The tables know a charge for as long as it may be refunded; what was charged a moment ago may not be in them yet, then the core's
//! own memory of purchase numbers answers. Must not know: to which balance or invoice the money goes back; the core decides.

use crate::money::checked_note;
use crate::{Actor, AuditNote, IdempotencyKey, Office, OfficeError, Permission, XdrView, no_records};
use charging::{
    ChargeSoFar, Charged, Command, CustomerId, Refund, RefundOf, Refusal, Reply, RowId, charge_so_far,
};
use money::{Amount, Currency};

/// Which charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundedCharge {
    /// By its record.
    Xdr(RowId),
    /// By the purchase number of the outside system.
    Reference(String),
}

/// Money back for one charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    /// Which charge.
    pub of: RefundedCharge,
    /// How much; `None` = all that is left of it.
    pub amount: Option<Amount>,
    /// Why; the customer sees it.
    pub note: String,
}

/// What was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refunded {
    /// The refund's own record.
    pub xdr: RowId,
    /// Record of the charge.
    pub of: RowId,
    /// Given back now.
    pub amount: Amount,
    /// What became of the charge, this refund included.
    pub so_far: ChargeSoFar,
    /// Currency of the sums.
    pub currency: Currency,
    /// Available funds of the customer afterwards.
    pub available: Amount,
}

impl Office {
    /// Gives a charge back, in whole or part, never more than was charged. A charge of the open period is given back on the same
    /// invoice, one of a closed period to the balance with the taxes that its invoice added, where it pays open invoices.
    pub fn refund(
        &self,
        actor: &Actor,
        customer: CustomerId,
        refund: NewRefund,
        key: Option<IdempotencyKey>,
    ) -> Result<Refunded, OfficeError> {
        actor.require(Permission::MoveMoney)?;
        if refund.amount.is_some_and(|amount| !amount.is_positive()) {
            return Err(OfficeError::field(
                "amount",
                "must be more than zero; leave it out to give all back",
            ));
        }
        let note = checked_note(&refund.note, true)?;
        let number = self.known(customer)?.number;
        let of = self.charge(customer, refund.of)?;
        let detail = refund.amount.map_or_else(|| "all".to_owned(), |amount| amount.to_string());
        let charge = match &of {
            RefundOf::Charge(charged) => format!("record {}", charged.xdr),
            RefundOf::Reference(reference) => format!("purchase {reference}"),
        };
        let audit = AuditNote::new("charge/refunded", number, format!("{detail} of {charge}: {note}"));
        let command = Command::Refund(Refund { of, amount: refund.amount, note });
        let Reply::Refunded(back) =
            self.command(actor, customer, key.as_ref(), command, audit, no_records())?
        else {
            return Err(OfficeError::Refused(Refusal::KeyReused));
        };
        Ok(Refunded {
            xdr: back.xdr,
            of: back.of,
            amount: back.amount,
            so_far: ChargeSoFar { rated: back.rated, returned: back.returned },
            currency: self.currency_of(customer)?,
            available: back.available,
        })
    }

    /// What became of a charge by refunds and corrections; `None` for what is no charge or can no longer be refunded.
    pub fn charge_so_far(&self, xdr: &XdrView) -> Result<Option<ChargeSoFar>, OfficeError> {
        let (of, now) = (Charged::from(&xdr.xdr), self.now());
        let found = self.engine().look(xdr.xdr.customer, move |customer| {
            customer.and_then(|customer| charge_so_far(customer, &of, now).ok())
        })?;
        Ok(found.filter(|so_far| so_far.rated.is_positive()))
    }

    fn charge(&self, customer: CustomerId, of: RefundedCharge) -> Result<RefundOf, OfficeError> {
        match of {
            RefundedCharge::Xdr(id) => {
                let row = self.store().xdr(id)?.filter(|row| row.xdr.customer == customer);
                let row = row.ok_or_else(|| OfficeError::not_found("transaction record", id))?;
                Ok(RefundOf::Charge(self.charge_with_taxes(&row.xdr)?))
            }
            RefundedCharge::Reference(reference) => {
                let reference = reference.trim();
                Ok(match self.store().xdr_with_reference(customer, reference)? {
                    None => RefundOf::Reference(reference.into()),
                    Some(xdr) => RefundOf::Charge(self.charge_with_taxes(&xdr)?),
                })
            }
        }
    }
}
