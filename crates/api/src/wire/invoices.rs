//! Invoices.

use crate::wire::{Id, Money, Time};
use calendar::Instant;
use office::{InvoiceContentLine, InvoiceContentSection, InvoiceRow, InvoiceStatus, InvoiceView, TaxFigure};
use serde::Serialize;
use utoipa::ToSchema;

/// A line of the list of invoices.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvoiceLine {
    /// Id.
    pub id: Id,
    /// Number for people.
    #[schema(example = "INV-2026-000001")]
    pub number: String,
    /// Whose.
    pub customer: Id,
    /// His number for people.
    pub customer_number: String,
    /// His name.
    pub customer_name: String,
    /// Billing period.
    pub period_number: u32,
    /// Period from (inclusive).
    pub period_start: Time,
    /// Period to (exclusive).
    pub period_end: Time,
    /// Issued then.
    pub issued_at: Time,
    /// Overdue from then on.
    pub due_at: Time,
    /// Currency code.
    pub currency: String,
    /// Sum of the lines, and taxes where they come on top.
    pub total: Money,
    /// `unpaid`, `overdue` or `paid`.
    pub status: String,
    /// Paid in full then.
    pub paid_at: Option<Time>,
}

impl InvoiceLine {
    pub(crate) fn of(row: InvoiceRow, now: Instant) -> Self {
        Self {
            id: row.id.into(),
            status: InvoiceStatus::of(&row, now).name().to_owned(),
            customer: row.customer.into(),
            period_number: row.period_number,
            period_start: row.period_start.into(),
            period_end: row.period_end.into(),
            issued_at: row.issued_at.into(),
            due_at: row.due_at.into(),
            currency: row.currency.code().to_owned(),
            total: Money::of(row.total, row.currency),
            paid_at: row.paid_at.map(Time),
            number: row.number,
            customer_number: row.customer_number,
            customer_name: row.customer_name,
        }
    }
}

/// A charge on an invoice, or several added up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvoiceCharge {
    /// What was delivered.
    pub description: String,
    /// Days of a fee, or moment of a purchase, in words.
    pub period: String,
    /// How much, with its unit.
    pub quantity: String,
    /// Price of one; empty where there is none.
    pub unit_price: String,
    /// What it costs.
    pub amount: Money,
    /// The account as the customer knows it.
    pub account: String,
    /// From (inclusive).
    pub from: Time,
    /// To (exclusive).
    pub to: Time,
}

/// Charges that are printed together.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvoiceSection {
    /// `Monthly fees` or the name of a service.
    pub title: String,
    /// Whether these are recurring fees.
    pub fees: bool,
    /// Charges.
    pub lines: Vec<InvoiceCharge>,
    /// Sum of the lines.
    pub subtotal: Money,
}

/// One tax at one rate.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvoiceTax {
    /// Code of the tax.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The rate.
    #[schema(example = "7.7")]
    pub percent: String,
    /// Net sum of what it is on.
    pub net: Money,
    /// The tax.
    pub amount: Money,
    /// Contained in the amounts of the lines; otherwise it comes on top of them.
    pub included: bool,
}

/// An invoice with its lines.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvoiceBody {
    /// The invoice.
    #[serde(flatten)]
    pub invoice: InvoiceLine,
    /// Fees first, then one section per service.
    pub sections: Vec<InvoiceSection>,
    /// The total without taxes.
    pub net: Money,
    /// Taxes; the total is `net` and these.
    pub taxes: Vec<InvoiceTax>,
    /// Owed when the invoice before was issued; negative = credit.
    pub previous_balance: Money,
    /// Payments since then.
    pub payments: Money,
    /// Charges of earlier invoices given back since then.
    pub refunds: Money,
    /// Other credits less charges by hand since then, gifts, vouchers and moves from and to own balances included.
    pub adjustments: Money,
    /// Owed when this invoice was issued, this invoice included.
    pub amount_due_then: Money,
    /// What is still to be paid of this invoice now.
    pub amount_due: Money,
}

impl InvoiceBody {
    pub(crate) fn of(view: InvoiceView, now: Instant) -> Self {
        let currency = view.row.currency;
        let money = |amount| Money::of(amount, currency);
        let charge = |line: InvoiceContentLine| InvoiceCharge {
            amount: money(line.amount_value),
            from: line.from.into(),
            to: line.to.into(),
            description: line.description,
            period: line.period,
            quantity: line.quantity,
            unit_price: line.unit_price,
            account: line.account,
        };
        let section = |section: InvoiceContentSection| InvoiceSection {
            title: section.title,
            fees: section.fees,
            subtotal: money(section.subtotal_amount),
            lines: section.lines.into_iter().map(charge).collect(),
        };
        let figures = view.content.figures;
        let tax = |tax: &TaxFigure| InvoiceTax {
            code: tax.code.clone(),
            name: tax.name.clone(),
            percent: tax.percent.to_string(),
            net: money(tax.net),
            amount: money(tax.tax),
            included: tax.included,
        };
        Self {
            net: money(figures.net()),
            taxes: figures.taxes.iter().map(tax).collect(),
            sections: view.content.sections.into_iter().map(section).collect(),
            previous_balance: money(figures.previous_balance),
            payments: money(figures.payments),
            refunds: money(figures.refunds),
            adjustments: money(figures.adjustments),
            amount_due_then: money(figures.amount_due),
            amount_due: money(view.amount_due),
            invoice: InvoiceLine::of(view.row, now),
        }
    }
}
