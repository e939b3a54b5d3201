//! Partitions of customers, and the epochs that fence off an old owner.

use charging::CustomerId;
use rusqlite::Connection;
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
pub(crate) struct Epoch(AtomicI64);

impl Epoch {
    pub fn begin(&self, ownership: Ownership) {
        self.0.store(ownership.epoch, Ordering::Release);
    }

    pub fn is(&self, ownership: Ownership) -> bool {
        self.0.load(Ordering::Acquire) == ownership.epoch
    }
}

/// Takes every partition over: commits under an older epoch fail from now on.
pub(crate) fn take_over(connection: &mut Connection) -> rusqlite::Result<Ownership> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut insert =
        transaction.prepare("INSERT OR IGNORE INTO partition (partition, epoch) VALUES (?1, 0)")?;
    for number in 0..PARTITIONS {
        insert.execute([number])?;
    }
    drop(insert);
    let epoch: i64 = transaction.query_row("SELECT MAX(epoch) + 1 FROM partition", [], |row| row.get(0))?;
    transaction.execute("UPDATE partition SET epoch = ?1", [epoch])?;
    transaction.commit()?;
    Ok(Ownership { epoch })
}
