//! Open network sessions as screens list them.

use crate::db::Row;
use crate::db::Value;
use crate::{Store, StoreError, customers, image};
use charging::{CustomerId, Session};
use money::Currency;

/// An open session with the names of its customer and account; three to ten seconds behind the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionListRow {
    /// Whose.
    pub customer: CustomerId,
    /// His number for people.
    pub customer_number: String,
    /// His name.
    pub customer_name: String,
    /// The account's label.
    pub account_label: String,
    /// The customer's currency.
    pub currency: Currency,
    /// The session.
    pub session: Session,
    /// When the timers look at it; orders the list.
    due_at: i64,
}

impl SessionListRow {
    /// Where the next page begins.
    pub fn page_key(&self) -> (i64, u32, Vec<u8>) {
        (self.due_at, self.customer.0, self.session.key.as_bytes().to_vec())
    }
}

/// Which open sessions; those that will be missed last come first.
#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    /// Of this customer.
    pub customer: Option<CustomerId>,
    /// Of this node.
    pub node: Option<String>,
    /// (due_at, customer, session key) of the last one seen.
    pub after: Option<(i64, u32, Vec<u8>)>,
    /// Rows at most.
    pub most: usize,
}

fn list_row(row: &Row<'_>) -> Result<SessionListRow, StoreError> {
    Ok(SessionListRow {
        customer: CustomerId(row.get(0)?),
        customer_number: row.get(1)?,
        customer_name: row.get(2)?,
        account_label: row.get(3)?,
        session: image::read_counted_session(
            &row.get::<_, Vec<u8>>(4)?,
            row.get::<_, Option<Vec<u8>>>(7)?.as_deref(),
        )?,
        due_at: row.get(5)?,
        currency: customers::currency(row, 6)?,
    })
}

impl Store {
    /// A page of open sessions.
    pub fn open_sessions(&self, filter: &SessionFilter) -> Result<Vec<SessionListRow>, StoreError> {
        let (mut conditions, mut values) = (vec!["s.closed_at IS NULL"], Vec::<Value>::new());
        if let Some(customer) = filter.customer {
            conditions.push("s.partition = ? AND s.customer_id = ?");
            values.extend([crate::Partition::of(customer).sql().into(), i64::from(customer.0).into()]);
        }
        if let Some(node) = &filter.node {
            conditions.push("s.node = ?");
            values.push(node.clone().into());
        }
        if let Some((due_at, customer, key)) = &filter.after {
            conditions.push(
                "s.due_at <= ? AND (s.due_at, s.partition, s.customer_id, s.session_key) < (?, ?, ?, ?)",
            );
            let partition = crate::Partition::of(CustomerId(*customer)).sql();
            let (due_at, customer) = (*due_at, i64::from(*customer));
            values.extend([
                due_at.into(),
                due_at.into(),
                partition.into(),
                customer.into(),
                key.clone().into(),
            ]);
        }
        values.push(i64::try_from(filter.most).unwrap_or(i64::MAX).into());
        let sql = format!(
            "SELECT s.customer_id, COALESCE(c.number, ''), COALESCE(c.name, ''), COALESCE(a.label, ''), s.image, s.due_at, h.currency, s.counts
             FROM session s LEFT JOIN customer_state h ON h.partition = s.partition AND h.customer_id = s.customer_id
               LEFT JOIN customer c ON c.partition = s.partition AND c.customer_id = s.customer_id
               LEFT JOIN account a ON a.partition = s.partition AND a.account_id = s.account_id
             WHERE {} ORDER BY s.due_at DESC, s.partition DESC, s.customer_id DESC, s.session_key DESC LIMIT ?",
            conditions.join(" AND "),
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(values)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(list_row(&row)?);
            }
            Ok(found)
        })
    }
}
