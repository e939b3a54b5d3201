//! The audit trail as people look at it.

use crate::page::cursor_numbers;
use crate::{Office, OfficeError, Page, page_limit};
use charging::CustomerId;
use store::{AuditFilter, AuditRow};

/// Which lines.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// Only of this customer.
    pub customer: Option<CustomerId>,
    /// Only of this actor: `staff:anna`.
    pub actor: Option<String>,
    /// Only this action: `payment/received`.
    pub action: Option<String>,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// Rows; 0 = the usual number.
    pub limit: usize,
}

impl Office {
    /// A page of the audit trail, newest first.
    pub fn audit(&self, query: &AuditQuery) -> Result<Page<AuditRow>, OfficeError> {
        let before = query.cursor.as_deref().map(cursor_numbers::<1>).transpose()?;
        let limit = page_limit(query.limit);
        let rows = self.store().audit(&AuditFilter {
            customer: query.customer,
            actor: query.actor.clone(),
            action: query.action.clone(),
            before: before.map(|[position]| position),
            limit: limit + 1,
        })?;
        Ok(Page::from_surplus(rows, limit, |row| row.position.to_string()))
    }
}
