//! Money back for a charge, named by its record or by the purchase number of the outside system, and what is left of it.
//!
//! The tables know a charge for as long as it may be refunded; what was charged a moment ago may not be in them yet, then the core's
//! own memory of purchase numbers answers. Must not know: to which balance or invoice the money goes back; the core decides.

use crate::money::checked_note;
use crate::{
    Actor, AuditNote, IdempotencyKey, InvoiceContent, Office, OfficeError, Permission, TaxFigure, XdrView,
    no_records,
};
use charging::{
    ChargeSoFar, ChargeTax, Charged, Command, CustomerId, NOT_INVOICED, Refund, RefundOf, Refusal, Reply,
    RowId, Xdr, charge_so_far,
};
use money::{Amount, Currency, Percent};

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
                Ok(RefundOf::Charge(self.charged(&row.xdr)?))
            }
            RefundedCharge::Reference(reference) => {
                let reference = reference.trim();
                Ok(match self.store().xdr_with_reference(customer, reference)? {
                    None => RefundOf::Reference(reference.into()),
                    Some(xdr) => RefundOf::Charge(self.charged(&xdr)?),
                })
            }
        }
    }

    /// A charge with the taxes that its invoice has on it.
    fn charged(&self, xdr: &Xdr) -> Result<Charged, OfficeError> {
        let mut charged = Charged::from(xdr);
        if xdr.period_number != NOT_INVOICED
            && let Some(document) = self.store().invoice_document(xdr.customer, xdr.period_number)?
        {
            let content: InvoiceContent =
                serde_json::from_str(&document).map_err(|error| OfficeError::Store(error.to_string()))?;
            charged.taxes = self.taxes_of(xdr, &content)?;
        }
        Ok(charged)
    }

    /// The rates on a charge when its use began, as far as they are on its invoice: who was exempt, or of another class, paid none.
    fn taxes_of(&self, xdr: &Xdr, invoice: &InvoiceContent) -> Result<Vec<ChargeTax>, OfficeError> {
        let catalog = self.catalog();
        let class = self.engine().look(xdr.customer, |found| found.and_then(|c| c.head.class))?;
        let product = xdr.product.and_then(|id| catalog.product_by_id(id));
        let service = xdr.service.and_then(|id| catalog.service_by_id(id));
        let Some(category) = catalog.tax_category(product, service) else { return Ok(Vec::new()) };
        let rates = catalog.tax_rates(category, class, xdr.started_at);
        let printed = rates.iter().filter_map(|rate| {
            let mut lines = invoice.figures.taxes.iter();
            lines.find(|line| (&line.code, line.percent) == (&rate.code, rate.percent))
        });
        let printed: Vec<_> = printed.collect();
        let units = |percent: Percent| percent.units().unsigned_abs();
        let contained: u64 =
            printed.iter().filter(|line| line.included).map(|line| units(line.percent)).sum();
        let tax = |line: &&TaxFigure| ChargeTax {
            name: line.name.clone(),
            share: (units(line.percent), units(Percent::WHOLE) + if line.included { contained } else { 0 }),
            included: line.included,
        };
        Ok(printed.iter().map(tax).collect())
    }
}
