//! Deliveries as screens and metrics see them: lists, one with everything that was tried, lengths of the queues.

use crate::db::Value;
use crate::db::{OptionalExtension, Row};
use crate::deliveries::DeliveryState;
use crate::{Store, StoreError};
use calendar::Instant;
use charging::{AccountId, CustomerId, RowId};

/// Rows of one page at most.
const PAGE_MOST: usize = 500;
const COLUMNS: &str = "delivery_id, connector, customer_id, account_id, event_position, event_kind, state, attempts, next_at, \
                       created_at, finished_at, superseded_by, summary";

/// Which deliveries to list, newest first. Everything that is given must fit.
#[derive(Debug, Clone, Default)]
pub struct DeliveryQuery {
    /// Of this connector.
    pub connector: Option<String>,
    /// About this account.
    pub account: Option<AccountId>,
    /// About accounts of this customer.
    pub customer: Option<CustomerId>,
    /// In this state.
    pub state: Option<DeliveryState>,
    /// Older than this delivery: the last id of the page before.
    pub cursor: Option<i64>,
    /// Rows wanted; at most 500.
    pub limit: usize,
}

/// One delivery in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Id, growing with time.
    pub id: i64,
    /// The connector's name.
    pub connector: String,
    /// Whose account.
    pub customer: CustomerId,
    /// About whom.
    pub account: AccountId,
    /// Position of the event that made it; none for `resync`.
    pub event_position: Option<i64>,
    /// The event's name, or `resync`.
    pub event_kind: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Counted attempts so far, without the one that succeeded.
    pub attempts: u32,
    /// Pending: sent then at the earliest. In flight: end of the lease.
    pub next_at: Instant,
    /// Made then.
    pub created_at: Instant,
    /// Done or superseded then.
    pub finished_at: Option<Instant>,
    /// The delivery that stands for it.
    pub superseded_by: Option<i64>,
    /// How the last attempt ended, in a line.
    pub summary: String,
}

/// One delivery with everything that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryView {
    /// The delivery.
    pub row: DeliveryRow,
    /// JSON array of attempts, oldest first, as `provisioning::AttemptRecord` writes them.
    pub attempts: String,
}

/// How many deliveries of a connector are in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueLength {
    /// The connector's name.
    pub connector: String,
    /// Pending, in flight or dead.
    pub state: DeliveryState,
    /// How many.
    pub count: i64,
}

impl Store {
    /// A page of deliveries, newest first.
    pub fn deliveries(&self, query: &DeliveryQuery) -> Result<Vec<DeliveryRow>, StoreError> {
        let mut conditions = vec!["delivery_id < ?".to_owned()];
        let mut values = vec![Value::from(query.cursor.unwrap_or(i64::MAX))];
        let mut fits = |column: &str, value: Option<Value>| {
            if let Some(value) = value {
                conditions.push(format!("{column} = ?"));
                values.push(value);
            }
        };
        fits("connector", query.connector.clone().map(Value::from));
        fits("account_id", query.account.map(|account| Value::from(account.0)));
        fits("customer_id", query.customer.map(|customer| Value::from(i64::from(customer.0))));
        fits("state", query.state.map(|state| Value::from(state.name().to_owned())));
        values.push(Value::from(i64::try_from(query.limit.min(PAGE_MOST)).unwrap_or(0)));
        let conditions = conditions.join(" AND ");
        let sql =
            format!("SELECT {COLUMNS} FROM delivery WHERE {conditions} ORDER BY delivery_id DESC LIMIT ?");
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(values)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(delivery_row(&row)?);
            }
            Ok(found)
        })
    }

    /// One delivery with its attempts.
    pub fn delivery(&self, id: i64) -> Result<Option<DeliveryView>, StoreError> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM delivery WHERE delivery_id = ?1");
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_row([id], |row| Ok(delivery_row(row))).optional()?;
            let Some(row) = found.transpose()? else { return Ok(None) };
            let mut statement = connection.prepare_cached(
                "SELECT record FROM delivery_attempt WHERE delivery_id = ?1 ORDER BY number",
            )?;
            let records = statement.query_map([id], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            Ok(Some(DeliveryView { row, attempts: format!("[{}]", records.join(",")) }))
        })
    }

    /// How many deliveries are unfinished, by connector and state.
    pub fn delivery_queue_lengths(&self) -> Result<Vec<QueueLength>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT connector, state, COUNT(*) FROM delivery WHERE finished_at IS NULL GROUP BY connector, state",
            )?;
            let mut rows = statement.query([])?;
            let mut lengths = Vec::new();
            while let Some(row) = rows.next()? {
                lengths.push(QueueLength {
                    connector: row.get(0)?,
                    state: state(&row.get::<_, String>(1)?)?,
                    count: row.get(2)?,
                });
            }
            Ok(lengths)
        })
    }
}

fn state(name: &str) -> Result<DeliveryState, StoreError> {
    DeliveryState::parse(name).ok_or(StoreError::Corrupt("delivery"))
}

fn delivery_row(row: &Row<'_>) -> Result<DeliveryRow, StoreError> {
    Ok(DeliveryRow {
        id: row.get(0)?,
        connector: row.get(1)?,
        customer: CustomerId(row.get(2)?),
        account: RowId(row.get(3)?),
        event_position: row.get(4)?,
        event_kind: row.get(5)?,
        state: state(&row.get::<_, String>(6)?)?,
        attempts: row.get(7)?,
        next_at: Instant::from_micros(row.get(8)?),
        created_at: Instant::from_micros(row.get(9)?),
        finished_at: row.get::<_, Option<i64>>(10)?.map(Instant::from_micros),
        superseded_by: row.get(11)?,
        summary: row.get(12)?,
    })
}
