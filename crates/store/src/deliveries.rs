//! The queue of deliveries to outside systems: claim, settle, replay.
//!
//! A delivery is one reason to bring one outside system up to date about one account. Its life: pending, in flight, then
//! done, pending again, or dead; a newer one of the same connector and account supersedes older ones. What a delivery does and
//! when it is tried again is not decided here; `provisioning::queue_contract` is the suite these calls must pass.

use crate::db::{Connection, OptionalExtension, Transaction, params};
use crate::{Store, StoreError};
use calendar::Instant;
use charging::{AccountId, RowId};

/// Rows looked at for one claim; the rest waits for the next one.
const CLAIM_WALK_MOST: i64 = 1_000;
/// Attempts kept of one delivery: the first and the latest.
const ATTEMPTS_KEPT: i64 = 20;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// Waits for its time and its turn.
    Pending,
    /// Being sent.
    InFlight,
    /// The outside system is up to date.
    Done,
    /// A newer delivery of the same connector and account stands for it.
    Superseded,
    /// Given up until a person or a newer delivery intervenes.
    Dead,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: &'static [Self] =
        &[Self::Pending, Self::InFlight, Self::Done, Self::Superseded, Self::Dead];

    /// The word in the table and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InFlight => "in_flight",
            Self::Done => "done",
            Self::Superseded => "superseded",
            Self::Dead => "dead",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.name() == name)
    }
}

/// What a sender asks for.
#[derive(Debug, Clone)]
pub struct ClaimDeliveries {
    /// Which connector's.
    pub connector: String,
    /// What is due up to now.
    pub now: Instant,
    /// Most deliveries wanted.
    pub limit: usize,
    /// Until when the claims hold.
    pub lease_until: Instant,
    /// Accounts the sender is still busy with.
    pub busy: Vec<AccountId>,
}

/// A delivery given out to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryClaim {
    /// Its id; ids grow with time.
    pub id: i64,
    /// Which connector's.
    pub connector: String,
    /// About whom.
    pub account: AccountId,
    /// The event's name, or `resync`.
    pub event_kind: String,
    /// Counted attempts before this one.
    pub attempts: u32,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryEnd {
    /// The outside system is up to date; older dead letters of the pair are superseded.
    Done,
    /// To be tried again.
    Again {
        /// Not before.
        at: Instant,
        /// Whether this attempt counts.
        counted: bool,
    },
    /// Given up.
    Dead,
}

/// The end of an attempt, to be written down.
#[derive(Debug, Clone)]
pub struct SettledDelivery {
    /// Which delivery.
    pub id: i64,
    /// Its connector.
    pub connector: String,
    /// Its account.
    pub account: AccountId,
    /// How it ended.
    pub end: DeliveryEnd,
    /// When.
    pub at: Instant,
    /// One line for lists.
    pub summary: String,
    /// The attempt as one JSON object.
    pub record: String,
    /// Values the outside system gave back, by name.
    pub store_back: Vec<(String, String)>,
}

/// A reason to bring one outside system up to date about one account that is no event.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// Which connector's.
    pub connector: String,
    /// About whom.
    pub account: AccountId,
    /// A word for the lists, such as `resync`.
    pub reason: String,
    /// Due then.
    pub due_at: Instant,
}

impl Store {
    /// Adds deliveries without an event, all or none; their ids.
    pub fn add_deliveries(&self, new: Vec<NewDelivery>) -> Result<Vec<i64>, StoreError> {
        self.write(move |transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO delivery (connector, customer_id, account_id, event_kind, state, next_at, created_at)
                 VALUES (?1, ?2, ?3, ?4, 'pending', ?5, ?5) RETURNING delivery_id",
            )?;
            let mut ids = Vec::with_capacity(new.len());
            for NewDelivery { connector, account, reason, due_at } in &new {
                let customer = account.customer().map_or(0, |customer| customer.0);
                let values = params![connector, customer, account.0, reason, due_at.as_micros()];
                ids.push(insert.query_row(values, |row| row.get(0))?);
            }
            Ok(ids)
        })
    }

    /// Gives out due deliveries, longest due first, at most one per account: the newest, which supersedes the older ones.
    /// None of an account whose oldest delivery is not due yet or of which one is in flight.
    pub fn claim_deliveries(&self, wish: ClaimDeliveries) -> Result<Vec<DeliveryClaim>, StoreError> {
        if wish.limit == 0 {
            return Ok(Vec::new());
        }
        // Most looks find nothing; they must not cost a commit.
        if self.read(|connection| turns(connection, &wish))?.is_empty() {
            return Ok(Vec::new());
        }
        self.write(move |transaction| {
            let turns = turns(transaction, &wish)?;
            postpone(transaction, &turns.blocked)?;
            turns.ready.into_iter().map(|turn| take(transaction, &wish, turn)).collect()
        })
    }

    /// Writes down how an attempt ended. A claim that is no longer held only leaves its record.
    pub fn settle_delivery(&self, settled: SettledDelivery) -> Result<(), StoreError> {
        self.write(move |transaction| settle(transaction, &settled))
    }

    /// Makes a dead, finished or superseded delivery wait again, due now; `false` when there is none or it is on its way anyhow.
    pub fn replay_delivery(&self, id: i64, now: Instant) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let changed = transaction.execute(
                "UPDATE delivery SET state = 'pending', attempts = 0, next_at = ?2, finished_at = NULL, superseded_by = NULL
                 WHERE delivery_id = ?1 AND state IN ('done', 'superseded', 'dead')",
                params![id, now.as_micros()],
            )?;
            Ok(changed > 0)
        })
    }

    /// Makes all dead letters of a connector wait again; how many.
    pub fn replay_dead_deliveries(&self, connector: &str, now: Instant) -> Result<usize, StoreError> {
        let connector = connector.to_owned();
        self.write(move |transaction| {
            Ok(transaction.execute(
                "UPDATE delivery SET state = 'pending', attempts = 0, next_at = ?2
                 WHERE connector = ?1 AND state = 'dead' AND finished_at IS NULL",
                params![connector, now.as_micros()],
            )?)
        })
    }

    /// What an earlier run left in flight waits again.
    pub fn recover_deliveries(&self, connector: &str) -> Result<(), StoreError> {
        let connector = connector.to_owned();
        self.write(move |transaction| {
            transaction.execute(
                "UPDATE delivery SET state = 'pending', next_at = created_at
                 WHERE connector = ?1 AND state = 'in_flight' AND finished_at IS NULL",
                [connector],
            )?;
            Ok(())
        })
    }
}

/// One account's turn: the newest of its waiting deliveries stands for the older ones.
struct Turn {
    newest: i64,
    account: AccountId,
    event_kind: String,
    attempts: u32,
    older: Vec<i64>,
}

/// What a look at the queue found.
#[derive(Default)]
struct Turns {
    ready: Vec<Turn>,
    /// Due deliveries behind an older one that waits until the given time.
    blocked: Vec<(i64, i64)>,
}

impl Turns {
    fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.blocked.is_empty()
    }
}

/// A waiting or flying delivery of one account.
struct Open {
    id: i64,
    in_flight: bool,
    next_at: i64,
    event_kind: String,
    attempts: u32,
}

fn turns(connection: &Connection, wish: &ClaimDeliveries) -> Result<Turns, StoreError> {
    let mut due = connection.prepare_cached(
        "SELECT account_id FROM delivery
         WHERE connector = ?1 AND state = ?2 AND next_at <= ?3 AND finished_at IS NULL ORDER BY next_at, delivery_id LIMIT ?4",
    )?;
    let now = wish.now.as_micros();
    let mut seen = wish.busy.clone();
    let mut turns = Turns::default();
    // In flight and due means that its lease ran out.
    for state in [DeliveryState::InFlight, DeliveryState::Pending] {
        let accounts = due.query_map(params![wish.connector, state.name(), now, CLAIM_WALK_MOST], |row| {
            row.get(0).map(RowId)
        })?;
        for account in accounts {
            let account = account?;
            if turns.ready.len() >= wish.limit {
                return Ok(turns);
            }
            if !seen.contains(&account) {
                seen.push(account);
                turn(connection, wish, account, &mut turns)?;
            }
        }
    }
    Ok(turns)
}

/// Decides about one account with a due delivery.
fn turn(
    connection: &Connection,
    wish: &ClaimDeliveries,
    account: AccountId,
    turns: &mut Turns,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT delivery_id, state, next_at, event_kind, attempts FROM delivery
         WHERE connector = ?1 AND account_id = ?2 AND finished_at IS NULL AND state <> 'dead' ORDER BY delivery_id",
    )?;
    let rows = statement.query_map(params![wish.connector, account.0], |row| {
        let in_flight = row.get::<_, String>(1)? == DeliveryState::InFlight.name();
        Ok(Open {
            id: row.get(0)?,
            in_flight,
            next_at: row.get(2)?,
            event_kind: row.get(3)?,
            attempts: row.get(4)?,
        })
    })?;
    let mut open = rows.collect::<Result<Vec<Open>, _>>()?;
    let now = wish.now.as_micros();
    if open.iter().any(|delivery| delivery.in_flight && delivery.next_at > now) {
        return Ok(());
    }
    let Some(oldest) = open.first().map(|delivery| delivery.next_at) else { return Ok(()) };
    if oldest > now {
        // They wait as long as the oldest, so that they aren't looked at again and again until then.
        turns.blocked.extend(open.iter().filter(|d| d.next_at < oldest).map(|d| (d.id, oldest)));
        return Ok(());
    }
    if let Some(newest) = open.pop() {
        let older = open.iter().map(|delivery| delivery.id).collect();
        turns.ready.push(Turn {
            newest: newest.id,
            account,
            event_kind: newest.event_kind,
            attempts: newest.attempts,
            older,
        });
    }
    Ok(())
}

fn postpone(transaction: &Transaction<'_>, blocked: &[(i64, i64)]) -> Result<(), StoreError> {
    let mut later = transaction.prepare_cached("UPDATE delivery SET next_at = ?2 WHERE delivery_id = ?1")?;
    for (id, until) in blocked {
        later.execute(params![id, until])?;
    }
    Ok(())
}

fn take(
    transaction: &Transaction<'_>,
    wish: &ClaimDeliveries,
    turn: Turn,
) -> Result<DeliveryClaim, StoreError> {
    let mut supersede = transaction.prepare_cached(
        "UPDATE delivery SET state = 'superseded', superseded_by = ?2, finished_at = ?3 WHERE delivery_id = ?1",
    )?;
    for older in &turn.older {
        supersede.execute(params![older, turn.newest, wish.now.as_micros()])?;
    }
    transaction
        .prepare_cached("UPDATE delivery SET state = 'in_flight', next_at = ?2 WHERE delivery_id = ?1")?
        .execute(params![turn.newest, wish.lease_until.as_micros()])?;
    Ok(DeliveryClaim {
        id: turn.newest,
        connector: wish.connector.clone(),
        account: turn.account,
        event_kind: turn.event_kind,
        attempts: turn.attempts,
    })
}

fn settle(transaction: &Transaction<'_>, settled: &SettledDelivery) -> Result<(), StoreError> {
    let mut keep = transaction.prepare_cached(
        "INSERT INTO external_value (connector, account_id, name, value) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (connector, account_id, name) DO UPDATE SET value = excluded.value",
    )?;
    for (name, value) in &settled.store_back {
        keep.execute(params![settled.connector, settled.account.0, name, value])?;
    }
    let state: Option<String> = transaction
        .prepare_cached("SELECT state FROM delivery WHERE delivery_id = ?1")?
        .query_row([settled.id], |row| row.get(0))
        .optional()?;
    let Some(state) = state else { return Ok(()) };
    note_attempt(transaction, settled)?;
    if state != DeliveryState::InFlight.name() {
        return Ok(());
    }
    let at = settled.at.as_micros();
    let (id, summary) = (settled.id, &settled.summary);
    match settled.end {
        DeliveryEnd::Done => {
            transaction.execute(
                "UPDATE delivery SET state = 'done', finished_at = ?2, summary = ?3 WHERE delivery_id = ?1",
                params![id, at, summary],
            )?;
            transaction.execute(
                "UPDATE delivery SET state = 'superseded', superseded_by = ?1, finished_at = ?2
                 WHERE connector = ?3 AND account_id = ?4 AND finished_at IS NULL AND state = 'dead' AND delivery_id < ?1",
                params![id, at, settled.connector, settled.account.0],
            )?;
        }
        DeliveryEnd::Again { at, counted } => {
            transaction.execute(
                "UPDATE delivery SET state = 'pending', next_at = ?2, attempts = attempts + ?3, summary = ?4 WHERE delivery_id = ?1",
                params![id, at.as_micros(), i64::from(counted), summary],
            )?;
        }
        DeliveryEnd::Dead => {
            transaction.execute(
                "UPDATE delivery SET state = 'dead', attempts = attempts + 1, summary = ?2 WHERE delivery_id = ?1",
                params![id, summary],
            )?;
        }
    }
    Ok(())
}

fn note_attempt(transaction: &Transaction<'_>, settled: &SettledDelivery) -> Result<(), StoreError> {
    let number: i64 = transaction
        .prepare_cached("SELECT COALESCE(MAX(number), 0) + 1 FROM delivery_attempt WHERE delivery_id = ?1")?
        .query_row([settled.id], |row| row.get(0))?;
    transaction
        .prepare_cached("INSERT INTO delivery_attempt (delivery_id, number, record) VALUES (?1, ?2, ?3)")?
        .execute(params![settled.id, number, settled.record])?;
    transaction
        .prepare_cached(
            "DELETE FROM delivery_attempt WHERE delivery_id = ?1 AND number > 1 AND number <= ?2",
        )?
        .execute(params![settled.id, number - (ATTEMPTS_KEPT - 1)])?;
    Ok(())
}
