//! The facts of one invoice.
//!
//! Every amount, quantity and date is text in the operator's format and is printed as it is; amounts carry no currency
//! sign, [`InvoiceDocument::currency`] is added where it belongs.

use serde::{Deserialize, Serialize};

/// One invoice (or credit note), ready to be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceDocument {
    /// What kind of document this is, as its heading says it: `Invoice`, `Credit note`.
    pub title: String,
    /// The invoice's number, also the payment reference.
    pub number: String,
    /// The date that goes into the PDF's metadata.
    pub dated: DocumentDate,
    /// The issue date as printed.
    pub issue_date: String,
    /// The due date as printed.
    pub due_date: String,
    /// First day of the billing period as printed.
    pub period_from: String,
    /// Last day of the billing period as printed.
    pub period_to: String,
    /// ISO 4217 code of the currency of every amount.
    pub currency: String,
    /// Who sends the invoice.
    pub operator: Party,
    /// Who is invoiced.
    pub customer: Party,
    /// The customer's number with the operator.
    pub customer_number: String,
    /// What is charged, grouped by service or by kind of fee, in the order of printing.
    pub sections: Vec<Section>,
    /// Sum of the sections, without taxes that their prices include.
    pub subtotal: String,
    /// Taxes on the subtotal, in the order of printing.
    pub taxes: Vec<Tax>,
    /// Total of this invoice.
    pub total: String,
    /// What the customer owed before this invoice, if it should be shown.
    pub previous_balance: Option<String>,
    /// What the customer paid since the last invoice, if it should be shown.
    pub payments_received: Option<String>,
    /// What is to be paid now.
    pub amount_due: String,
    /// False when nothing is to be paid (zero or in the customer's favour): no due date, no payment part.
    pub payable: bool,
    /// How to pay, one printed line each.
    pub payment_instructions: Vec<String>,
    /// Remarks below the totals, one printed line each.
    pub notes: Vec<String>,
}

/// A company or person as an invoice names them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Full name.
    pub name: String,
    /// Postal address, one printed line each.
    pub address: Vec<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number as printed.
    pub phone: Option<String>,
    /// Tax registration (VAT number, EIN).
    pub tax_id: Option<String>,
    /// Web site as printed.
    pub website: Option<String>,
}

/// Charges that are printed together and summed up: one service, or the monthly fees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Heading, for example `Monthly fees` or `Mobile data`.
    pub title: String,
    /// The charges in the order of printing.
    pub lines: Vec<Line>,
    /// Sum of the lines.
    pub subtotal: String,
}

/// One charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What was delivered.
    pub description: String,
    /// The period of a fee, or the moment of a usage.
    pub period: String,
    /// How much, with its unit.
    pub quantity: String,
    /// Price of one unit; empty where there is none.
    pub unit_price: String,
    /// What it costs.
    pub amount: String,
}

/// One tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// Name with rate, for example `VAT 20%`.
    pub name: String,
    /// The tax.
    pub amount: String,
}

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentDate {
    /// Year, 1900 to 9999.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
}
