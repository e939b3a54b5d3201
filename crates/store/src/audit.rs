//! The audit trail: who did what. Lines of a customer ride in his commands; the others are written here.

use crate::db::{Row, Transaction, params};
use crate::{AuditRecord, Store, StoreError};
use calendar::Instant;
use charging::CustomerId;

/// A line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Position in the trail; grows.
    pub position: i64,
    /// When.
    pub at: Instant,
    /// `staff:anna`, `api:crm`, `subscriber:C1000001`, `system:clock`.
    pub actor: String,
    /// What, such as `payment`.
    pub action: String,
    /// Whose record, when it is a customer's.
    pub customer: Option<CustomerId>,
    /// On what.
    pub object: String,
    /// Words for people.
    pub detail: String,
}

/// Which lines.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only of this customer.
    pub customer: Option<CustomerId>,
    /// Only of this actor.
    pub actor: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Only lines before this position.
    pub before: Option<i64>,
    /// How many at most.
    pub limit: usize,
}

/// Writes a line; a line that is there already is left alone.
pub(crate) fn insert(
    transaction: &Transaction<'_>,
    customer: Option<CustomerId>,
    line: &AuditRecord,
) -> crate::db::Result<()> {
    let at = line.at.as_micros();
    transaction.post(
        "INSERT INTO audit (at, actor, action, customer_id, object, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        params![at, line.actor, line.action, customer.map(|c| c.0), line.object, line.detail],
    )
}

impl Store {
    /// Writes a line about something that does not ride in a customer's command.
    pub fn append_audit(&self, customer: Option<CustomerId>, line: AuditRecord) -> Result<(), StoreError> {
        self.write(move |transaction| Ok(insert(transaction, customer, &line)?))
    }

    /// Lines of the trail, newest first.
    pub fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>, StoreError> {
        let before = filter.before.unwrap_or(i64::MAX);
        let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
        let customer = filter.customer.map(|c| c.0);
        // Two texts, so that the trail of one customer is read by his index.
        let sql = if customer.is_some() {
            "SELECT position, at, actor, action, customer_id, object, detail FROM audit
             WHERE customer_id = ?1 AND position < ?2 AND (?3 IS NULL OR actor = ?3) AND (?4 IS NULL OR action = ?4)
             ORDER BY position DESC LIMIT ?5"
        } else {
            "SELECT position, at, actor, action, customer_id, object, detail FROM audit
             WHERE ?1 IS NULL AND position < ?2 AND (?3 IS NULL OR actor = ?3) AND (?4 IS NULL OR action = ?4)
             ORDER BY position DESC LIMIT ?5"
        };
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement
                .query_map(params![customer, before, filter.actor, filter.action, limit], audit_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn audit_row(row: &Row<'_>) -> crate::db::Result<AuditRow> {
    Ok(AuditRow {
        position: row.get(0)?,
        at: Instant::from_micros(row.get(1)?),
        actor: row.get(2)?,
        action: row.get(3)?,
        customer: row.get::<_, Option<u32>>(4)?.map(CustomerId),
        object: row.get(5)?,
        detail: row.get(6)?,
    })
}
