//! The audit trail: lines that stand alone, and the trail as people look at it.

use crate::page::cursor_numbers;
use crate::{Actor, Office, OfficeError, Page, page_limit};
use charging::CustomerId;
use store::{AuditFilter, AuditRecord, AuditRow};

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

    /// Writes a line about something that is no customer's.
    pub fn note(&self, actor: &Actor, action: &str, object: &str, detail: &str) -> Result<(), OfficeError> {
        self.note_about(None, actor, action, object, detail)
    }

    /// Writes a line that is in no command: about a customer's plain record, or about the installation.
    pub(crate) fn note_about(
        &self,
        customer: Option<CustomerId>,
        actor: &Actor,
        action: &str,
        object: &str,
        detail: &str,
    ) -> Result<(), OfficeError> {
        let line = AuditRecord {
            at: self.now(),
            actor: actor.text(),
            action: action.to_owned(),
            object: object.to_owned(),
            detail: detail.to_owned(),
        };
        Ok(self.store().append_audit(customer, line)?)
    }
}
