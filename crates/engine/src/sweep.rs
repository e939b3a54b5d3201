//! Timers: what running sessions wait for; sessions that fell silent, and rows that are no longer needed, found by due time in the tables.
//!
//! The tables are ten seconds behind at most; the engine decides again on the live state, so a late or repeated finding is harmless.

use crate::{Answer, Engine};
use charging::{Command, Envelope};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use store::StoreError;

/// How often it is looked whose time has come.
const EVERY: Duration = Duration::from_millis(200);
/// Every so many looks, silent sessions are looked for in the tables.
const SILENT_EVERY: u32 = 3;
/// Sessions ended per look.
const SESSIONS_MOST: usize = 1_000;
/// Every so many looks, forgotten rows are deleted.
const PURGE_EVERY: u32 = 300;
/// Rows deleted at a time.
const PURGE_MOST: usize = 1_000;

type Stop = Arc<(Mutex<bool>, Condvar)>;

pub(crate) struct Sweeper {
    stop: Stop,
    thread: JoinHandle<()>,
}

impl Sweeper {
    pub fn start(engine: &Engine) -> Result<Self, StoreError> {
        // The thread holds what it needs, not the engine: dropping the last engine must be able to end it.
        let (engine, stop) = (engine.clone(), Stop::default());
        let theirs = stop.clone();
        let builder = std::thread::Builder::new().name("talea-sweep".to_owned());
        let thread = builder.spawn(move || run(&engine, &theirs)).map_err(|error| StoreError::Directory {
            path: "sweep thread".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self { stop, thread })
    }

    pub fn stop(self) {
        *self.stop.0.lock() = true;
        self.stop.1.notify_all();
        let _ = self.thread.join();
    }
}

fn run(engine: &Engine, stop: &Stop) {
    for look in 0u32.. {
        let mut stopped = stop.0.lock();
        if !*stopped {
            stop.1.wait_for(&mut stopped, EVERY);
        }
        if *stopped {
            return;
        }
        drop(stopped);
        engine.lapses().look(engine);
        if look % SILENT_EVERY == 0
            && let Err(error) = expire_silent(engine)
        {
            tracing::warn!(%error, "cannot look for silent sessions");
        }
        if look % PURGE_EVERY == PURGE_EVERY - 1 {
            let now = engine.clock().now();
            if let Err(error) = engine.store().purge(now, now.minus(charging::CLOSED_KEPT), PURGE_MOST) {
                tracing::warn!(%error, "cannot delete forgotten rows");
            }
        }
    }
}

fn expire_silent(engine: &Engine) -> Result<(), StoreError> {
    for (customer, session) in engine.store().silent_sessions(engine.clock().now(), SESSIONS_MOST)? {
        let command = Command::ExpireSession { session };
        engine.submit_network(Envelope { customer, key: None, command }, Answer::nobody());
    }
    Ok(())
}
