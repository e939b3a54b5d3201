//! Partitions of customers, and the epochs that fence off an old owner.
//!
//! On PostgreSQL the database itself refuses an old owner: each commit and each folding holds the row of its epoch until it ends, and
//! taking over changes that row, so it waits for what is under way and stops what comes later. After a lost connection the owner moves
//! his own epoch on in the same way: whatever the old connection still brings comes too late.

use crate::StoreError;
use crate::db::{self, Connection, OptionalExtension};
use charging::CustomerId;
use parking_lot::{Mutex, MutexGuard};
use std::sync::atomic::{AtomicI64, Ordering};

/// A partition number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(pub u16);

/// How many partitions an installation has; fixed when the database is made.
pub const PARTITIONS: u16 = 256;

/// Fibonacci hashing: neighbouring customer numbers land in different partitions.
const MULTIPLIER: u32 = 2_654_435_769;

impl Partition {
    /// Where a customer lives.
    pub const fn of(customer: CustomerId) -> Self {
        let hash = customer.0.wrapping_mul(MULTIPLIER) >> 16;
        Self(hash as u16 % PARTITIONS)
    }

    pub(crate) fn sql(self) -> i64 {
        i64::from(self.0)
    }
}

/// The right to commit for all partitions, until somebody takes it over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ownership {
    pub(crate) epoch: i64,
}

/// The epoch under which this process may commit.
#[derive(Debug, Default)]
pub(crate) struct Epoch {
    /// As this process's own threads name it.
    ours: AtomicI64,
    /// As a server has it: it moves on with each lost connection.
    stored: Mutex<i64>,
}

impl Epoch {
    pub fn begin(&self, ownership: Ownership) {
        *self.stored.lock() = ownership.epoch;
        self.ours.store(ownership.epoch, Ordering::Release);
    }

    pub fn is(&self, ownership: Ownership) -> bool {
        self.ours.load(Ordering::Acquire) == ownership.epoch
    }

    /// The right that it stands for.
    pub fn ownership(&self) -> Ownership {
        Ownership { epoch: self.ours.load(Ordering::Acquire) }
    }

    /// As a server has it; waits while it is being moved on.
    pub fn stored(&self) -> i64 {
        *self.stored.lock()
    }
}

/// Takes every partition over: commits under an older epoch fail from now on.
pub(crate) fn take_over(connection: &Connection) -> db::Result<Ownership> {
    let transaction = connection.begin(true)?;
    for number in 0..PARTITIONS {
        transaction.post(
            "INSERT INTO partition (partition, epoch) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            (number, 0),
        )?;
    }
    transaction.execute("UPDATE partition SET epoch = epoch + 1", [])?;
    if let Connection::Postgres(server) = connection {
        transaction.execute("UPDATE partition SET owner = ?1", [server.name()])?;
    }
    let epoch = transaction.query_row("SELECT MAX(epoch) FROM partition", [], |row| row.get(0))?;
    transaction.commit()?;
    Ok(Ownership { epoch })
}

/// Connects again and moves the epoch on, so that nothing of the old connection can come any more: what is there now is all there will
/// be. `owner` is who took over.
///
/// # Errors
/// [`StoreError::Fenced`] when somebody else took over meanwhile.
pub(crate) fn come_back(connection: &mut Connection, epoch: &Epoch, owner: &str) -> Result<(), StoreError> {
    let stored = epoch.stored.lock();
    let Some(server) = connection.postgres() else { return Ok(()) };
    server.connect_again()?;
    move_on(connection, stored, owner)?;
    // The lock went with the connection that had it. Where another of ours has it, or somebody who waited for it, this one has it not.
    lock(connection)?;
    Ok(())
}

/// A new right for this process; the one before is worth nothing any more.
pub(crate) fn take_over_again(
    connection: &Connection,
    epoch: &Epoch,
    owner: &str,
) -> Result<Ownership, StoreError> {
    move_on(connection, epoch.stored.lock(), owner)?;
    epoch.ours.store(epoch.stored(), Ordering::Release);
    Ok(epoch.ownership())
}

fn move_on(connection: &Connection, mut stored: MutexGuard<'_, i64>, owner: &str) -> Result<(), StoreError> {
    connection.execute("UPDATE partition SET epoch = epoch + 1 WHERE owner = ?1", [owner])?;
    let ours = connection.query_row(
        "SELECT epoch FROM partition WHERE partition = 0 AND owner = ?1",
        [owner],
        |row| row.get(0),
    );
    *stored = ours.optional()?.ok_or(StoreError::Fenced)?;
    Ok(())
}

/// A transaction under our epoch, and that epoch. On a server it holds the epoch until it ends, by another row than the journal does, so
/// that they do not share locks.
pub(crate) fn begin<'c>(
    connection: &'c Connection,
    epoch: &Epoch,
    durable: bool,
) -> Result<(db::Transaction<'c>, i64), StoreError> {
    let stored = epoch.stored();
    let transaction = connection.begin(durable)?;
    let held = "SELECT 1 FROM partition WHERE partition = 1 AND epoch = ?1 FOR SHARE";
    if connection.gathers() && !transaction.prepare_cached(held)?.exists([stored])? {
        return Err(StoreError::Fenced);
    }
    Ok((transaction, stored))
}

/// Asks that a server's database be this process's: no other is given it before this connection ends. Whether it is.
pub(crate) fn lock(connection: &Connection) -> db::Result<bool> {
    let sql = "SELECT pg_try_advisory_lock(hashtext('talea'), hashtext(current_schema()))";
    connection.query_row(sql, [], |row| row.get(0))
}

/// The same for a process that has just taken everything over: whoever still has the lock is fenced off, and his connection is ended.
pub(crate) fn insist_on_lock(connection: &Connection) -> db::Result<()> {
    if lock(connection)? {
        return Ok(());
    }
    // The lock's two names, without their signs.
    let end =
        "SELECT pg_terminate_backend(l.pid, 2000) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND a.usename = current_user
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND CAST(l.classid AS BIGINT) = CAST(hashtext('talea') AS BIGINT) & 4294967295
          AND CAST(l.objid AS BIGINT) = CAST(hashtext(current_schema()) AS BIGINT) & 4294967295";
    connection.prepare_cached(end)?.query([])?;
    if !lock(connection)? {
        tracing::warn!("the process that was taken over from still has its lock on the database");
    }
    Ok(())
}
