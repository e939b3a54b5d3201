//! Issued invoices as people look at them.

use crate::page::cursor_numbers;
use crate::{InvoiceContent, Office, OfficeError, Page, page_limit};
use calendar::Instant;
use charging::{CustomerId, RowId};
use money::Amount;
use store::{InvoiceFilter, InvoicePage, InvoiceRow};

/// Which invoices.
#[derive(Debug, Clone, Default)]
pub struct InvoiceQuery {
    /// Only of this customer.
    pub customer: Option<CustomerId>,
    /// All or only those of one standing. Unpaid and overdue ones come in the order of their due dates, others newest first.
    pub status: InvoiceFilter,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// Rows; 0 = the usual number.
    pub limit: usize,
}

/// How an invoice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvoiceStatus {
    /// Waits for money.
    Unpaid,
    /// Waits for money past its due date.
    Overdue,
    /// Paid in full.
    Paid,
}

impl InvoiceStatus {
    /// The word on screens and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Overdue => "overdue",
            Self::Paid => "paid",
        }
    }

    /// How an invoice stands now.
    pub fn of(row: &InvoiceRow, now: Instant) -> Self {
        match row.paid_at {
            Some(_) => Self::Paid,
            None if row.due_at <= now => Self::Overdue,
            None => Self::Unpaid,
        }
    }
}

/// An invoice with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceView {
    /// The invoice.
    pub row: InvoiceRow,
    /// Sections and lines as they were sent.
    pub content: InvoiceContent,
    /// How it stands now.
    pub status: InvoiceStatus,
    /// What is still to be paid of it now.
    pub amount_due: Amount,
}

impl Office {
    /// A page of invoices.
    pub fn invoices(&self, query: &InvoiceQuery) -> Result<Page<InvoiceRow>, OfficeError> {
        let after = query.cursor.as_deref().map(cursor_numbers::<2>).transpose()?;
        let limit = page_limit(query.limit);
        let rows = self.store().invoices(&InvoicePage {
            customer: query.customer,
            filter: query.status,
            now: self.now(),
            after: after.map(|[at, id]| (at, id)),
            limit: limit + 1,
        })?;
        Ok(Page::from_surplus(rows, limit, |row| {
            let (at, id) = row.page_key(query.status);
            format!("{at}.{id}")
        }))
    }

    /// One invoice.
    pub fn invoice(&self, id: RowId) -> Result<InvoiceView, OfficeError> {
        let missing = || OfficeError::not_found("invoice", id);
        let (row, document) = self.store().invoice(id)?.ok_or_else(missing)?;
        let content = serde_json::from_str(&document)
            .map_err(|error| OfficeError::Store(format!("invoice {}: {error}", row.number)))?;
        let open = self.engine().look(row.customer, move |customer| {
            customer?.head.open_invoices.iter().find(|open| open.id == id).map(|open| open.amount_due)
        })?;
        let status = InvoiceStatus::of(&row, self.now());
        Ok(InvoiceView { row, content, status, amount_due: open.unwrap_or_default() })
    }

    /// One invoice by its number.
    pub fn invoice_by_number(&self, number: &str) -> Result<InvoiceView, OfficeError> {
        let id = self.store().invoice_by_number(number)?;
        self.invoice(id.ok_or_else(|| OfficeError::not_found("invoice", number))?)
    }

    /// An invoice's PDF.
    pub fn invoice_pdf(&self, id: RowId) -> Result<Vec<u8>, OfficeError> {
        self.store().invoice_pdf(id)?.ok_or_else(|| OfficeError::not_found("invoice", id))
    }
}
