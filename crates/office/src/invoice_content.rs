//! What an invoice says, as finished text beside the raw amounts, and who turns it into a document.
//!
//! The content is kept with the invoice: screens show it, and the PDF can be made again from it. Must not know: typesetting, SQL.

use calendar::Instant;
use charging::CustomerId;
use money::{Amount, Currency, Percent};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::{FieldError, InvoiceLook};

/// Everything on an invoice. Texts are in the operator's format; amounts in texts carry no currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceContent {
    /// Heading of the document: `Invoice`.
    pub title: String,
    /// Number for people, also the payment reference: `INV-2026-000001`.
    pub number: String,
    /// Year, month and day of issue.
    pub dated: (i16, i8, i8),
    /// Day of issue: `1 July 2026`.
    pub issue_date: String,
    /// Last day to pay in time: `15 July 2026`.
    pub due_date: String,
    /// First day of the billing period; without its year when that is the last day's: `1 June`.
    pub period_from: String,
    /// Last day of the billing period: `30 June 2026`.
    pub period_to: String,
    /// Currency of every amount.
    pub currency: Currency,
    /// Who sends it.
    pub operator: InvoiceParty,
    /// Who is invoiced.
    pub customer: InvoiceParty,
    /// The customer's number: `C1000001`.
    pub customer_number: String,
    /// Fees first, then one section per service.
    pub sections: Vec<InvoiceContentSection>,
    /// Sum of the sections, without the taxes that their prices include.
    pub subtotal: String,
    /// Taxes on it in the order of printing; the total is more by their sum.
    #[serde(default)]
    pub taxes: Vec<InvoiceContentTax>,
    /// Sum of this invoice.
    pub total: String,
    /// What was owed when the invoice before was issued; `None` on the first one. A credit has a minus.
    pub previous_balance: Option<String>,
    /// Payments, refunds and corrections since then, money in with a minus; `None` when nothing is to be shown.
    pub payments_received: Option<String>,
    /// What is to be paid now; a credit has a minus.
    pub amount_due: String,
    /// Whether anything is to be paid.
    pub payable: bool,
    /// How to pay, one printed line each.
    pub payment_instructions: Vec<String>,
    /// Remarks, one printed line each.
    pub notes: Vec<String>,
    /// The sums as numbers.
    pub figures: InvoiceFigures,
    /// How it is drawn. Not kept with the invoice: the drawn document is.
    #[serde(skip)]
    pub look: Arc<InvoiceLook>,
}

/// A company or person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceParty {
    /// Full name.
    pub name: String,
    /// Postal address, one printed line each.
    pub address: Vec<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Tax registration.
    pub tax_id: Option<String>,
    /// Web site.
    pub website: Option<String>,
}

/// Charges that are printed together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceContentSection {
    /// `Monthly fees` or the name of a service.
    pub title: String,
    /// Whether these are recurring fees.
    pub fees: bool,
    /// The charges in the order of printing.
    pub lines: Vec<InvoiceContentLine>,
    /// Sum of the lines.
    pub subtotal: String,
    /// The same as a number.
    pub subtotal_amount: Amount,
}

/// One charge, or several added up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceContentLine {
    /// What was delivered: `HomeConnect+ monthly fee`, a film's title, `3 sessions, +1 207 555 0142`.
    pub description: String,
    /// Days of a fee, or moment of a purchase.
    pub period: String,
    /// How much, with its unit.
    pub quantity: String,
    /// Price of one; empty where there is none.
    pub unit_price: String,
    /// What it costs.
    pub amount: String,
    /// The same as a number.
    pub amount_value: Amount,
    /// The account as the customer knows it.
    pub account: String,
    /// From (inclusive).
    pub from: Instant,
    /// To (exclusive).
    pub to: Instant,
}

/// One tax at one rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceContentTax {
    /// `VAT 20 %`.
    pub name: String,
    /// Net sum of what it is on.
    pub net: String,
    /// The tax.
    pub amount: String,
}

/// The sums of an invoice as numbers. `previous_balance - payments - refunds - adjustments + total =
/// amount_due`: nothing moves the balance between two invoices that the second one does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceFigures {
    /// Whose.
    pub customer: CustomerId,
    /// Billing period.
    pub period_number: u32,
    /// Issued then.
    pub issued_at: Instant,
    /// Overdue from then on.
    pub due_at: Instant,
    /// Sum of the period's charges and of the taxes on top of them.
    pub total: Amount,
    /// Taxes on top of the charges, or contained in them.
    #[serde(default)]
    pub taxes: Vec<TaxFigure>,
    /// Owed when the invoice before was issued; negative = credit.
    pub previous_balance: Amount,
    /// Payments since then.
    pub payments: Amount,
    /// Charges of earlier invoices given back since then.
    #[serde(default)]
    pub refunds: Amount,
    /// Other credits less charges by hand since then: corrections, gifts, vouchers, transfers from accounts' own balances.
    pub adjustments: Amount,
    /// Owed now, this invoice included; negative = credit.
    pub amount_due: Amount,
    /// The customer's row counter when the sums were taken: movements with a higher one belong to the next invoice.
    pub rows: u32,
}

/// One tax at one rate as numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxFigure {
    /// Which tax, as the catalog has it.
    pub code: String,
    /// What invoices call it.
    pub name: String,
    /// The rate.
    pub percent: Percent,
    /// Net sum of what it is on.
    pub net: Amount,
    /// The tax, rounded once.
    pub tax: Amount,
    /// Contained in the prices of the lines; otherwise it comes on top of them.
    pub included: bool,
}

impl InvoiceFigures {
    /// The total without any tax.
    pub fn net(&self) -> Amount {
        self.taxes.iter().fold(self.total, |sum, tax| sum.saturating_minus(tax.tax))
    }

    /// The sum of the period's charges as they were booked.
    pub fn charges(&self) -> Amount {
        let on_top = self.taxes.iter().filter(|tax| !tax.included);
        on_top.fold(self.total, |sum, tax| sum.saturating_minus(tax.tax))
    }
}

/// Turns an invoice into a PDF. Called from a thread that may block.
pub trait InvoiceRenderer: Send + Sync {
    /// The document, or why it cannot be made.
    fn render(&self, invoice: &InvoiceContent) -> Result<Vec<u8>, String>;

    /// What is wrong with a look, by the fields of the operator's settings.
    fn problems(&self, _look: &InvoiceLook) -> Vec<FieldError> {
        Vec::new()
    }
}
