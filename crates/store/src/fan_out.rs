//! From events to deliveries: each connector reads the event table in the order of positions and remembers how far it came.
//!
//! Events get their positions on the one writing thread, so nothing appears behind a cursor. The deliveries and the cursor move in
//! one transaction; the unique key (connector, position, account) makes a repetition harmless.

use crate::db::Value;
use crate::db::{Transaction, params};
use crate::event_order::last_position;
use crate::{Partition, Store, StoreError};
use calendar::Instant;
use charging::{AccountId, CustomerId, EventKind, RowId};

/// Positions looked at in one piece.
const SCAN_MOST: i64 = 20_000;
/// Events worked through in one transaction.
const EVENTS_MOST: usize = 200;

/// What a connector wants to hear of.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// The connector's name.
    pub connector: String,
    /// Kinds of events.
    pub kinds: Vec<EventKind>,
}

/// How far one piece of work came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FannedOut {
    /// Everything up to this position is worked through.
    pub cursor: i64,
    /// Deliveries made.
    pub deliveries: usize,
    /// Whether more events wait.
    pub more: bool,
    /// Whether the cursor was kept; without deliveries it isn't, the events are only looked at again after a restart.
    pub kept: bool,
}

/// An event that makes deliveries.
struct Trigger {
    position: i64,
    customer: CustomerId,
    account: Option<AccountId>,
    kind: String,
}

impl Store {
    /// Works through some of the events after `after`: a delivery for the account concerned, or for every account of the
    /// customer when the event names none. `keep` moves the stored cursor even if nothing was to be delivered.
    pub fn fan_out(
        &self,
        subscription: &Subscription,
        after: i64,
        keep: bool,
        now: Instant,
    ) -> Result<FannedOut, StoreError> {
        let (end, upto, triggers) = self.read(|connection| {
            let end = last_position(connection)?;
            let upto = end.min(after.saturating_add(SCAN_MOST));
            let marks = vec!["?"; subscription.kinds.len()].join(", ");
            let sql = format!(
                "SELECT position, customer_id, account_id, kind FROM event
                 WHERE position > ? AND position <= ? AND kind IN ({marks}) ORDER BY position LIMIT {EVENTS_MOST}"
            );
            let kinds = subscription.kinds.iter().map(|kind| Value::from(kind.name().to_owned()));
            let values: Vec<Value> = [Value::from(after), Value::from(upto)].into_iter().chain(kinds).collect();
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(values, |row| {
                Ok(Trigger {
                    position: row.get(0)?,
                    customer: CustomerId(row.get(1)?),
                    account: row.get::<_, Option<i64>>(2)?.map(RowId),
                    kind: row.get(3)?,
                })
            })?;
            Ok((end, upto, rows.collect::<Result<Vec<_>, _>>()?))
        })?;
        let full = triggers.len() >= EVENTS_MOST;
        let cursor = triggers.last().filter(|_| full).map_or(upto.max(after), |trigger| trigger.position);
        let kept = keep || !triggers.is_empty();
        let mut deliveries = 0;
        if kept {
            let connector = subscription.connector.clone();
            deliveries = self.write(move |transaction| {
                let mut made = 0;
                for trigger in &triggers {
                    made += deliver(transaction, &connector, trigger, now)?;
                }
                transaction.execute(
                    "UPDATE connector SET cursor = ?2 WHERE name = ?1 AND (cursor IS NULL OR cursor < ?2)",
                    params![connector, cursor],
                )?;
                Ok(made)
            })?;
        }
        Ok(FannedOut { cursor, deliveries, more: cursor < end, kept })
    }

    /// The position of the newest event; 0 when there is none.
    pub fn last_event_position(&self) -> Result<i64, StoreError> {
        self.read(|connection| Ok(last_position(connection)?))
    }
}

fn deliver(
    transaction: &Transaction<'_>,
    connector: &str,
    trigger: &Trigger,
    now: Instant,
) -> Result<usize, StoreError> {
    let now = now.as_micros();
    if let Some(account) = trigger.account {
        let mut one = transaction.prepare_cached(
            "INSERT INTO delivery (connector, customer_id, account_id, event_position, event_kind, state, next_at, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, 'pending', ?6, ?6) ON CONFLICT DO NOTHING",
        )?;
        return Ok(one.execute(params![
            connector,
            trigger.customer.0,
            account.0,
            trigger.position,
            trigger.kind,
            now
        ])?);
    }
    // Account ids carry their customer, so his accounts are one range of the key. Of terminated accounts there is nothing
    // more to tell, unless the customer's own end is what ended them.
    let (first, last) = (i64::from(trigger.customer.0) << 32, (i64::from(trigger.customer.0) + 1) << 32);
    let ended = trigger.kind == EventKind::CustomerTerminated.name();
    let mut all = transaction.prepare_cached(
        "INSERT INTO delivery (connector, customer_id, account_id, event_position, event_kind, state, next_at, created_at)
         SELECT ?1, customer_id, account_id, ?2, ?3, 'pending', ?4, ?4 FROM account_state
         WHERE partition = ?5 AND account_id >= ?6 AND account_id < ?7 AND (status <> 'terminated' OR ?8 = 1)
         ORDER BY account_id ON CONFLICT DO NOTHING",
    )?;
    let partition = Partition::of(trigger.customer).sql();
    Ok(all.execute(params![connector, trigger.position, trigger.kind, now, partition, first, last, ended])?)
}
