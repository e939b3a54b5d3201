//! The tables' thread after a lost connection: connect again, find out what became of a change, read everything from the journal again.
//!
//! Folding is durable only where a generation ends, so a server that crashed may have forgotten some of it. All of it is in the journal.

use crate::db::{DatabaseError, OptionalExtension};
use crate::journal::table;
use crate::pending::Pending;
use crate::tables_thread::{CHANGED, TablesThread};
use crate::{StoreError, partition};
use std::time::Duration;

/// Between two tries to find out what became of a change.
const PAUSE: Duration = Duration::from_millis(100);

impl TablesThread {
    /// Makes the connection again if it was lost, and the tables complete again as far as they were.
    pub(crate) fn be_connected(&mut self) -> Result<(), StoreError> {
        let doubted = self.shared.health.is_doubted();
        if !self.connection.gathers() || !(doubted || self.connection.is_lost()) {
            return Ok(());
        }
        self.shared.health.tables_lost();
        if let Some(server) = self.connection.postgres() {
            server.give_up();
        }
        let back = partition::come_back(&mut self.connection, &self.shared.epoch, &self.owner);
        if matches!(back, Err(StoreError::Fenced)) {
            self.shared.health.fence();
        }
        back?;
        self.read_again()?;
        Ok(())
    }

    /// Takes note of everything behind what is durable in the tables, instead of what was noted before, and folds it.
    fn read_again(&mut self) -> Result<(), StoreError> {
        let upto = table::folded_upto(&self.connection)?;
        self.shared.backlog.fall(self.gathered + std::mem::take(&mut self.folding));
        (self.pending, self.gathered) = (Pending::default(), 0);
        let (pending, mut octets, mut last) = (&mut self.pending, 0, upto);
        table::read(&self.connection, upto, |id, payload| {
            (octets, last) = (octets + payload.len(), id);
            pending.cover(id);
            pending.add_record(payload)
        })?;
        self.shared.backlog.grow(octets);
        (self.gathered, self.read_upto) = (octets, self.read_upto.max(last));
        self.fold_pending()?;
        // Whoever waits for an even pace is served, too: everything is there.
        self.settling.drain(..).for_each(|(_, announce)| announce(true));
        self.shared.health.tables_complete(&self.connection);
        tracing::info!("the tables are complete again");
        Ok(())
    }

    /// Whether the transaction whose end was not heard of was done. Waits for the server: nothing is said before it is known.
    pub(crate) fn was_done(&mut self) -> bool {
        let Some(change) = self.in_doubt.take() else { return false };
        loop {
            // To be connected again means that the transaction has ended: moving the epoch on waited for it.
            match self.be_connected().and_then(|()| Ok(self.last_change()?)) {
                Ok(last) => return last == Some(change),
                Err(StoreError::Fenced) => return false,
                Err(error) => {
                    tracing::warn!(%error, "waiting for the server, to find out what became of a change")
                }
            }
            if self.shared.tables.is_closed() {
                return false;
            }
            // Nobody unparks.
            std::thread::park_timeout(PAUSE);
        }
    }

    fn last_change(&self) -> Result<Option<i64>, DatabaseError> {
        let sql = "SELECT value FROM sequence WHERE name = ?1";
        self.connection.query_row(sql, [CHANGED], |row| row.get(0)).optional()
    }
}
