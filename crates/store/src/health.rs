//! How the store is doing with its server: for `readyz`, for metrics, and for readers who must not read too early.
//!
//! Folding is durable only in pieces: a server that crashed may have forgotten the end of it. Until the tables' thread has written that
//! again from the journal, nobody may read. So each new reading connection asks whether the connection of that thread is still there.

use crate::StoreError;
use crate::db::Connection;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Shared by the threads of a store.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// The connection of the journal's thread is there, and that of the tables' thread.
    journal_lost: AtomicBool,
    tables_lost: AtomicBool,
    fenced: AtomicBool,
    lost: AtomicU64,
    /// The server's name for the connection of the tables' thread, once everything before it is in the tables.
    writer: Mutex<String>,
}

/// What there is to tell about the way to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreHealth {
    /// Commits and changes reach the database, as far as is known.
    pub reachable: bool,
    /// Another process took over; this one can do nothing any more.
    pub fenced: bool,
    /// How often a connection was lost since the start.
    pub connections_lost: u64,
}

impl Health {
    pub fn now(&self) -> StoreHealth {
        let fenced = self.fenced.load(Ordering::Acquire);
        let lost = self.journal_lost.load(Ordering::Acquire) || self.tables_lost.load(Ordering::Acquire);
        let connections_lost = self.lost.load(Ordering::Relaxed);
        StoreHealth { reachable: !lost && !fenced, fenced, connections_lost }
    }

    pub fn fence(&self) {
        self.fenced.store(true, Ordering::Release);
    }

    pub fn journal(&self, lost: bool) {
        if self.journal_lost.swap(lost, Ordering::AcqRel) != lost && lost {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The tables' thread has lost its connection: readers have to wait.
    pub fn tables_lost(&self) {
        self.writer.lock().clear();
        if !self.tables_lost.swap(true, Ordering::AcqRel) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Everything that was in the tables is there again.
    pub fn tables_complete(&self, connection: &Connection) {
        if let Connection::Postgres(server) = connection {
            server.name().clone_into(&mut *self.writer.lock());
        }
        self.tables_lost.store(false, Ordering::Release);
    }

    /// Whether a new connection may read.
    pub fn may_read(&self, connection: &Connection) -> Result<(), StoreError> {
        let writer = self.writer.lock().clone();
        let alive =
            "SELECT 1 FROM pg_stat_activity WHERE CONCAT(pid, ' ', EXTRACT(EPOCH FROM backend_start)) = ?1";
        if !writer.is_empty() && connection.prepare_cached(alive)?.exists([writer])? {
            return Ok(());
        }
        self.tables_lost.store(true, Ordering::Release);
        Err(StoreError::NotReady)
    }

    /// A reader found that the server does not know the connection of the tables' thread.
    pub fn is_doubted(&self) -> bool {
        self.tables_lost.load(Ordering::Acquire)
    }
}
