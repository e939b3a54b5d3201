//! The journal as a table of a PostgreSQL database.
//!
//! Records lie under the partition whose row of epochs their owner holds: the first of those it owns, which is 0 for an owner of all.
//! A commit is one statement, so one transaction: it holds the row of our epoch and writes the records, or finds that the epoch is another
//! one and writes nothing. Two tables are written in turns; one whose records are all folded is emptied whole.
//!
//! When the connection breaks in the middle of a commit, nobody knows what became of it. Then nothing is said until it is known: the
//! journal connects again, moves the epoch on, so that the old statement cannot succeed any more, and looks whether its records are
//! there.

use crate::committer::JournalJob;
use crate::db::{self, Blobs, Connection, OptionalExtension, params};
use crate::health::Health;
use crate::partition::{self, Epoch};
use crate::queue::Queue;
use crate::{CommitFailure, StoreError};
use std::sync::Arc;
use std::time::Duration;

/// The tables, and what a commit is on each.
const TABLES: [&str; 2] = ["journal_0", "journal_1"];
const APPEND: [&str; 2] = [
    "WITH held AS MATERIALIZED (SELECT epoch FROM partition WHERE partition = 0 AND epoch = ?1 FOR SHARE)
     INSERT INTO journal_0 (partition, id, epoch, payload) SELECT 0, ?2 + r.number, h.epoch, r.payload
     FROM held h, unnest(?3) WITH ORDINALITY AS r (payload, number)",
    "WITH held AS MATERIALIZED (SELECT epoch FROM partition WHERE partition = 0 AND epoch = ?1 FOR SHARE)
     INSERT INTO journal_1 (partition, id, epoch, payload) SELECT 0, ?2 + r.number, h.epoch, r.payload
     FROM held h, unnest(?3) WITH ORDINALITY AS r (payload, number)",
];
/// Octets after which the other table is written, if nothing in it is needed any more.
const TURN_AFTER: usize = 32 << 20;
/// Octets from which a table is emptied.
const EMPTIED_FROM: i64 = 8 << 20;
/// Records read at a time.
const READ_MOST: i64 = 64;
/// Between tries to find out what became of a commit: the first pause, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The journal of the process that owns the partitions.
pub(crate) struct Table {
    connection: Connection,
    owner: String,
    epoch: Arc<Epoch>,
    health: Arc<Health>,
    queue: Arc<Queue<JournalJob>>,
    last_id: u64,
    /// Which table is written, and how much was since the last turn or look.
    table: usize,
    written: usize,
}

impl Table {
    /// Goes on behind what is there. `owner` is who took over.
    pub fn open(
        connection: Connection,
        owner: String,
        epoch: Arc<Epoch>,
        health: Arc<Health>,
        queue: Arc<Queue<JournalJob>>,
    ) -> Result<Self, StoreError> {
        let last_id = last_id(&connection)?;
        Ok(Self { connection, owner, epoch, health, queue, last_id, table: 0, written: TURN_AFTER })
    }

    pub fn last_id(&self) -> u64 {
        self.last_id
    }

    pub fn append(&mut self, payloads: &[&[u8]]) -> Result<(), CommitFailure> {
        if self.connection.is_lost() {
            self.health.journal(true);
            // Nothing was said yet, so nothing is in doubt.
            self.come_back().map_err(failure)?;
        }
        loop {
            let epoch = self.epoch.stored();
            match self.write(epoch, payloads) {
                Ok(0) if self.epoch.stored() != epoch => {}
                Ok(0) => return Err(self.fenced()),
                Ok(_) => {
                    self.last_id += payloads.len() as u64;
                    return Ok(());
                }
                Err(error) if error.is_lost() => {
                    tracing::error!(%error, "the connection broke in the middle of a commit");
                    self.health.journal(true);
                    return self.find_out(payloads.len() as u64);
                }
                Err(error) => {
                    tracing::error!(%error, "commit failed");
                    return Err(CommitFailure::Failed);
                }
            }
        }
    }

    fn write(&mut self, epoch: i64, payloads: &[&[u8]]) -> db::Result<usize> {
        if self.written >= TURN_AFTER {
            self.turn()?;
        }
        self.written += payloads.iter().map(|payload| payload.len()).sum::<usize>();
        let sql = APPEND.get(self.table).copied().unwrap_or_default();
        self.connection.execute(sql, params![epoch, signed(self.last_id), Blobs(payloads)])
    }

    /// Goes over to the other table if nothing in that one is needed any more.
    fn turn(&mut self) -> db::Result<()> {
        self.written = 0;
        let other = (self.table + 1) % TABLES.len();
        let name = TABLES.get(other).copied().unwrap_or_default();
        if last_in(&self.connection, name)? <= folded_upto(&self.connection)? {
            self.table = other;
        }
        Ok(())
    }

    /// What became of a commit of so many records.
    fn find_out(&mut self, records: u64) -> Result<(), CommitFailure> {
        let (before, mut pause) = (self.last_id, FIRST_PAUSE);
        loop {
            match self.come_back() {
                Ok(0) => return Err(CommitFailure::Failed),
                Ok(found) if found == records => return Ok(()),
                Ok(found) => {
                    tracing::error!(before, found, records, "the journal has records that nobody here wrote");
                    return Err(self.fenced());
                }
                Err(StoreError::Fenced) => return Err(CommitFailure::Fenced),
                Err(error) => {
                    tracing::warn!(%error, "waiting for the server, to find out what became of a commit")
                }
            }
            if self.queue.is_closed() {
                return Err(CommitFailure::Stopped);
            }
            // Nobody unparks.
            std::thread::park_timeout(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Connects again; how many records are there behind the last one known.
    fn come_back(&mut self) -> Result<u64, StoreError> {
        let result = partition::come_back(&mut self.connection, &self.epoch, &self.owner);
        if matches!(result, Err(StoreError::Fenced)) {
            self.fenced();
        }
        result?;
        let last = last_id(&self.connection)?;
        let Some(found) = last.checked_sub(self.last_id) else {
            let lost = self.last_id - last;
            tracing::error!(
                lost,
                "the server has lost records that were durable: it was replaced by one that never had them"
            );
            self.fenced();
            return Err(StoreError::Fenced);
        };
        tracing::info!("connected again");
        self.last_id = last;
        self.health.journal(false);
        Ok(found)
    }

    fn fenced(&self) -> CommitFailure {
        self.health.fence();
        CommitFailure::Fenced
    }
}

fn failure(error: StoreError) -> CommitFailure {
    tracing::warn!(%error, "the server cannot be reached");
    match error {
        StoreError::Fenced => CommitFailure::Fenced,
        _ => CommitFailure::Failed,
    }
}

fn signed(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

/// Up to which record the tables are complete.
pub(crate) fn folded_upto(connection: &Connection) -> db::Result<u64> {
    let sql = "SELECT value FROM sequence WHERE name = ?1";
    let found = connection.query_row(sql, [crate::tables_thread::FOLDED], |row| row.get(0));
    Ok(found.optional()?.map_or(0, |upto: i64| upto.unsigned_abs()))
}

fn last_id(connection: &Connection) -> db::Result<u64> {
    let sql = "SELECT GREATEST((SELECT MAX(id) FROM journal_0 WHERE partition = 0),
                               (SELECT MAX(id) FROM journal_1 WHERE partition = 0), 0)";
    let last: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(last.unsigned_abs().max(folded_upto(connection)?))
}

/// Shows every record behind `upto` in order.
pub(crate) fn read(
    connection: &Connection,
    upto: u64,
    mut show: impl FnMut(u64, &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT id, payload FROM
        (SELECT partition, id, payload FROM journal_0 UNION ALL SELECT partition, id, payload FROM journal_1) AS records
        WHERE partition = 0 AND id > ?1 ORDER BY id LIMIT ?2";
    let mut last = upto;
    loop {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query((signed(last), READ_MOST))?;
        let before = last;
        while let Some(row) = rows.next()? {
            let (id, payload): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
            let id = id.unsigned_abs();
            if id != last + 1 {
                return Err(StoreError::Corrupt("journal: records are missing before the tables' state"));
            }
            show(id, &payload)?;
            last = id;
        }
        if last == before {
            return Ok(());
        }
    }
}

/// Empties tables whose records are all folded up to `upto`, once they are worth it. Nothing happens while somebody else looks at one
/// (a backup, say).
pub(crate) fn forget(connection: &Connection, upto: u64) -> db::Result<()> {
    for table in TABLES {
        let octets = "SELECT pg_total_relation_size(CAST(?1 AS regclass))";
        let octets: i64 = connection.query_row(octets, [table], |row| row.get(0))?;
        if octets < EMPTIED_FROM || last_in(connection, table)? > upto {
            continue;
        }
        let transaction = connection.begin(true)?;
        let locked =
            transaction.execute_batch(&format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE NOWAIT"));
        if let Err(error) = locked {
            tracing::debug!(%error, table, "is in use and emptied later");
            continue;
        }
        // Looked at again now that nobody writes it.
        if last_in(&transaction, table)? <= upto {
            transaction.execute_batch(&format!("TRUNCATE {table}"))?;
        }
        transaction.commit()?;
    }
    Ok(())
}

/// The last record in a table; 0 when there is none.
fn last_in(connection: &Connection, table: &str) -> db::Result<u64> {
    let sql = format!("SELECT COALESCE(MAX(id), 0) FROM {table} WHERE partition = 0");
    connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
}
