//! Closing a customer's billing period and sending the invoice: small steps, each of which can be repeated.
//!
//! 1. *Cut*: fees are computed from the live state and charged by `ClosePeriod`, which also keeps a row about the closed period.
//!    When products changed in between, the core says so and the fees are computed again.
//! 2. *Number*: a number is set aside for that period, once and for good.
//! 3. *Post*: lines are read from the xDRs, the PDF is made, and `PostInvoice` commits invoice, state and event together.
//!
//! A crash between the steps leaves the row of step 1 without an invoice; whoever looks next goes on from there. Steps that two
//! threads take at once are refused by the core to one of them.

use crate::invoice_content::{InvoiceContent, InvoiceContentTax, InvoiceFigures, TaxFigure};
use crate::invoice_writing::{self, InvoiceFacts};
use crate::settings::Kept;
use crate::{Office, OfficeError};
use billing::{BillingError, InvoiceDraft, TaxLine};
use calendar::BillingZone;
use charging::{
    AccountId, ClosePeriod, Command, Customer, CustomerId, INVOICED, PostInvoice, Refusal, Reply, RowId,
    TaxDue,
};
use money::Amount;
use std::collections::HashMap;
use store::{InvoiceRecord, PeriodRecord, PeriodRow, Record};

/// How often fees are computed again because products changed meanwhile.
const TRIES: usize = 8;
/// Purchases printed one by one; further ones are added up.
const PURCHASES_SHOWN: usize = 2_000;

/// A closed period with its charges added up, before its invoice has a number.
pub(crate) struct Unnumbered {
    live: Customer,
    period: PeriodRow,
    draft: InvoiceDraft,
    taxes: Vec<TaxLine>,
    kept: Kept,
}

/// The same with its number.
pub(crate) struct Numbered {
    of: Unnumbered,
    number: String,
    zone: BillingZone,
}

impl From<BillingError> for OfficeError {
    fn from(error: BillingError) -> Self {
        Self::Conflict(error.to_string())
    }
}

impl Office {
    /// Closes the customer's period if it has ended and sends the invoice; also finishes what an earlier try left behind. Gives
    /// the invoice that was sent now, if any. Safe to repeat.
    pub fn close_period(&self, customer: CustomerId) -> Result<Option<RowId>, OfficeError> {
        let finished = self.invoice_period(customer)?;
        if !self.cut_period(customer)? {
            return Ok(finished);
        }
        self.invoice_period(customer)
    }

    /// Suspends the customer if an invoice is past its due date. Gives that invoice.
    pub fn collect(&self, customer: CustomerId) -> Result<Option<RowId>, OfficeError> {
        match self.engine().call(customer, None, Command::Collect, None)? {
            Reply::Done(invoice) => Ok(invoice),
            Reply::Refused(refusal) => Err(refusal.into()),
            _ => Ok(None),
        }
    }

    /// Step 1. Tells whether a period was closed now. Closes nothing while the period before has no invoice.
    pub(crate) fn cut_period(&self, customer: CustomerId) -> Result<bool, OfficeError> {
        for _ in 0..TRIES {
            let live = self.live(customer)?;
            let now = self.now();
            if !live.head.bills() || live.head.period_end > now {
                return Ok(false);
            }
            if self.store().period_to_invoice(customer)?.is_some() {
                // Another thread has closed this period since, or is at the invoice of the one before.
                return Ok(false);
            }
            let zone = live.head.zone;
            let head = &live.head;
            let command = Command::ClosePeriod(ClosePeriod {
                period_number: head.period_number,
                fee_basis: head.fee_basis,
                fees: billing::recurring_fees(&live, &self.catalog(), &zone)?,
                next_end: head.period.end_after(head.period_end, &zone),
            });
            let record = PeriodRecord {
                period_number: head.period_number,
                start: head.period_start,
                end: head.period_end,
                closed_at: now,
                rows_before: head.rows,
            };
            let records = move |_: &Reply| vec![Record::PeriodClosed(record)];
            match self.engine().call(customer, None, command, Some(Box::new(records)))? {
                Reply::Refused(Refusal::Stale) => {}
                Reply::Refused(Refusal::PeriodClosed) => return Ok(false),
                Reply::Refused(refusal) => return Err(refusal.into()),
                _ => return Ok(true),
            }
        }
        Err(OfficeError::Busy)
    }

    /// Steps 2 and 3 for the closed period that has no invoice, if there is one. A period without any charge needs none.
    pub(crate) fn invoice_period(&self, customer: CustomerId) -> Result<Option<RowId>, OfficeError> {
        let Some(unnumbered) = self.unnumbered(customer)? else { return Ok(None) };
        self.draw_and_post(self.number(unnumbered)?)
    }

    /// The charges of the closed period that has no invoice, read and added up.
    pub(crate) fn unnumbered(&self, customer: CustomerId) -> Result<Option<Unnumbered>, OfficeError> {
        let Some(period) = self.store().period_to_invoice(customer)? else { return Ok(None) };
        let live = self.live(customer)?;
        let closed_last = period.period_number.checked_add(1) == Some(live.head.period_number);
        if !closed_last || live.head.closed_total == INVOICED {
            // Posted by another thread since the row was read, or its commit is on its way into the table.
            return Ok(None);
        }
        let charges = self.store().period_charges(&period, PURCHASES_SHOWN)?;
        if charges.is_empty() && live.head.closed_total.is_zero() {
            self.store().settle_period(customer, period.period_number)?;
            return Ok(None);
        }
        let labels: HashMap<AccountId, String> =
            self.store().account_records(customer)?.into_iter().map(|a| (a.id, a.label)).collect();
        let kept = self.kept_settings()?;
        let catalog = self.catalog();
        let draft = invoice_writing::draft(&charges, &catalog, &labels, &kept.look.words)?;
        let taxes = invoice_writing::taxes(&charges, &catalog, &live.head).map_err(BillingError::from)?;
        if draft.total != live.head.closed_total {
            return Err(OfficeError::Conflict(format!(
                "period {}: the records add up to {}, the state says {}",
                period.period_number, draft.total, live.head.closed_total
            )));
        }
        Ok(Some(Unnumbered { live, period, draft, taxes, kept }))
    }

    /// Step 2: sets a number aside.
    pub(crate) fn number(&self, of: Unnumbered) -> Result<Numbered, OfficeError> {
        let zone = of.live.head.zone;
        let (year, period) = (zone.date(self.now()).year(), &of.period);
        let number = self.store().invoice_number(period.customer, period.period_number, year)?;
        Ok(Numbered { of, number, zone })
    }

    /// Step 3: writes, draws and posts the invoice.
    pub(crate) fn draw_and_post(&self, numbered: Numbered) -> Result<Option<RowId>, OfficeError> {
        let period = numbered.of.period.clone();
        let content = self.content(numbered)?;
        let pdf = self.inner.renderer.render(&content).map_err(|reason| {
            OfficeError::Conflict(format!("invoice {} cannot be made into a PDF: {reason}", content.number))
        })?;
        self.post(&period, &content, pdf)
    }

    fn content(&self, numbered: Numbered) -> Result<InvoiceContent, OfficeError> {
        let Numbered { of: Unnumbered { live, period, draft, taxes, kept }, number, zone } = numbered;
        let (customer, head) = (period.customer, &live.head);
        let record = self.store().customer_record(customer)?;
        let record = record.ok_or_else(|| OfficeError::not_found("customer", customer))?;
        let before: Option<InvoiceContent> =
            self.store().last_invoice_document(customer)?.and_then(|text| serde_json::from_str(&text).ok());
        let before = before.map(|content| content.figures);
        let issued_at = self.now();
        let moved = self.store().money_in(customer, before.as_ref().map_or(0, |b| b.rows), head.rows)?;
        // What the balance says, without the charges of the new period: earlier debts and this invoice, less what came in.
        let on_top = taxes.iter().filter(|tax| !tax.included);
        let on_top = on_top.fold(Amount::ZERO, |sum, tax| sum.saturating_plus(tax.tax));
        let amount_due = on_top.saturating_minus(head.purse.balance.saturating_plus(head.unbilled));
        let figures = InvoiceFigures {
            customer,
            period_number: period.period_number,
            issued_at,
            due_at: billing::due_at(issued_at, head.net_days, &zone),
            total: draft.total.saturating_plus(on_top),
            taxes: taxes.into_iter().map(TaxFigure::from).collect(),
            previous_balance: before.as_ref().map_or(Amount::ZERO, |b| b.amount_due),
            payments: moved.payments,
            refunds: moved.refunds,
            adjustments: moved.adjustments,
            amount_due,
            rows: head.rows,
        };
        Ok(invoice_writing::write(InvoiceFacts {
            number: &number,
            period: &period,
            net_days: head.net_days,
            draft,
            figures,
            first: before.is_none(),
            currency: head.currency,
            zone: &zone,
            operator: &kept.settings,
            look: kept.look,
            customer: &record,
        }))
    }

    fn post(
        &self,
        period: &PeriodRow,
        content: &InvoiceContent,
        pdf: Vec<u8>,
    ) -> Result<Option<RowId>, OfficeError> {
        let customer = period.customer;
        let document =
            serde_json::to_string(content).map_err(|error| OfficeError::Store(error.to_string()))?;
        let figures = &content.figures;
        let command = Command::PostInvoice(PostInvoice {
            period_number: period.period_number,
            number: content.number.clone(),
            total: figures.charges(),
            taxes: content.taxes.iter().zip(&figures.taxes).map(tax_due).collect(),
            due_at: figures.due_at,
        });
        let mut record = InvoiceRecord {
            id: RowId(0),
            number: content.number.clone(),
            period_number: period.period_number,
            period_start: period.start,
            period_end: period.end,
            issued_at: figures.issued_at,
            due_at: figures.due_at,
            currency: content.currency,
            total: figures.total,
            document,
            pdf,
        };
        let records = move |reply: &Reply| match reply {
            Reply::Done(Some(id)) => {
                record.id = *id;
                vec![Record::Invoice(Box::new(record))]
            }
            _ => Vec::new(),
        };
        match self.engine().call(customer, None, command, Some(Box::new(records)))? {
            Reply::Done(id) => Ok(id),
            Reply::Refused(Refusal::Stale) => {
                // Posted by another thread meanwhile: its row is settled then.
                let waiting = self.store().period_to_invoice(customer)?;
                match waiting.filter(|row| row.period_number == period.period_number) {
                    Some(_) => Err(Refusal::Stale.into()),
                    None => Ok(None),
                }
            }
            Reply::Refused(refusal) => Err(refusal.into()),
            _ => Ok(None),
        }
    }

    fn live(&self, customer: CustomerId) -> Result<Customer, OfficeError> {
        self.engine().customer(customer)?.ok_or_else(|| OfficeError::not_found("customer", customer))
    }
}

fn tax_due((printed, tax): (&InvoiceContentTax, &TaxFigure)) -> TaxDue {
    TaxDue { name: printed.name.clone(), amount: tax.tax, included: tax.included }
}

impl From<TaxLine> for TaxFigure {
    fn from(line: TaxLine) -> Self {
        let TaxLine { code, name, percent, net, tax, included } = line;
        Self { code, name, percent, net, tax, included }
    }
}
