//! How resellers stand, told to all they serve.
//!
//! The event that a reseller stops or serves again makes a row ([`store::StandingDue`]) when it is folded. Here a thread tells his
//! customers, a page at a time, how he stands by the tables, and writes down how far it came; after a crash it goes on from there. The
//! newest standing wins, so repetitions are harmless. Who joins meanwhile asks for himself. The aggregate in memory is not asked: it
//! may be ahead of the disk, and what was told cannot be taken back.

use crate::{Answer, Engine, EngineError};
use charging::{Command, CustomerId, Envelope, Head, Relay, Reply};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;
use store::{StandingDue, StoreError};

/// Customers told at a time.
const PAGE: usize = 1_000;
/// Resellers looked at in one pass.
const RESELLERS_MOST: usize = 1_000;
/// Passes begin at least so far apart, since each writes to the tables what waits.
const EVERY: Duration = Duration::from_millis(250);
/// Customers who could not be told for load are told again after this.
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, Default, Clone, Copy)]
struct State {
    rung: bool,
    stopped: bool,
}

/// Rung when a reseller has something to tell.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    state: Mutex<State>,
    changed: Condvar,
}

impl Bell {
    pub fn ring(&self) {
        self.state.lock().rung = true;
        self.changed.notify_all();
    }

    fn stop(&self) {
        self.state.lock().stopped = true;
        self.changed.notify_all();
    }

    fn stopped(&self) -> bool {
        self.state.lock().stopped
    }

    /// Waits until it is rung; false when it is all over.
    fn wait(&self) -> bool {
        let mut state = self.state.lock();
        while !state.rung && !state.stopped {
            self.changed.wait(&mut state);
        }
        state.rung = false;
        !state.stopped
    }

    /// Waits a while, or until it is all over.
    fn pause(&self, span: Duration) {
        let mut state = self.state.lock();
        self.changed.wait_while_for(&mut state, |state| !state.stopped, span);
    }
}

/// The thread that tells.
pub(crate) struct Herald {
    bell: Arc<Bell>,
    thread: JoinHandle<()>,
}

impl Herald {
    pub fn start(engine: &Engine, bell: Arc<Bell>) -> Result<Self, StoreError> {
        let (engine, theirs) = (engine.clone(), bell.clone());
        // What an earlier run did not finish.
        bell.ring();
        let builder = std::thread::Builder::new().name("talea-standings".to_owned());
        let thread = builder.spawn(move || run(&engine, &theirs)).map_err(|error| StoreError::Directory {
            path: "standings thread".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self { bell, thread })
    }

    pub fn stop(self) {
        self.bell.stop();
        let _ = self.thread.join();
    }
}

fn run(engine: &Engine, bell: &Bell) {
    while bell.wait() {
        if let Err(error) = pass(engine, bell) {
            tracing::warn!(%error, "customers of resellers cannot be told yet");
            bell.ring();
        }
        bell.pause(EVERY);
    }
}

/// Tells for all resellers who have something to tell.
fn pass(engine: &Engine, bell: &Bell) -> Result<(), StoreError> {
    engine.store().flush()?;
    loop {
        let due = engine.store().standings_due(RESELLERS_MOST)?;
        if due.is_empty() || bell.stopped() {
            return Ok(());
        }
        for due in due {
            tell_all(engine, bell, due)?;
        }
    }
}

fn tell_all(engine: &Engine, bell: &Bell, due: StandingDue) -> Result<(), StoreError> {
    let mut after = due.told_upto;
    loop {
        let page = engine.store().customers_below(due.reseller, after, PAGE)?;
        let Some(last) = page.last().copied() else { break };
        let head = engine.store().stored_head(due.reseller)?;
        if head.is_some_and(|head| !tell(engine, bell, &head, page)) {
            return Ok(());
        }
        after = last;
        engine.store().standing_told(due, Some(after))?;
    }
    engine.store().standing_told(due, None)
}

/// Tells some customers how their reseller stands; false when it was not finished because all is over.
fn tell(engine: &Engine, bell: &Bell, head: &Head, mut left: Vec<CustomerId>) -> bool {
    loop {
        left = hand_over(engine, left.into_iter().filter_map(|to| head.standing(to)));
        if left.is_empty() {
            return true;
        }
        if bell.stopped() {
            return false;
        }
        bell.pause(PAUSE);
    }
}

/// Who could not be told now.
fn hand_over(engine: &Engine, relays: impl Iterator<Item = Relay>) -> Vec<CustomerId> {
    let (tell, told) = mpsc::channel();
    for relay in relays {
        let (to, tell) = (relay.to, tell.clone());
        let command = Command::Receive { relay: Box::new(relay), charged: None };
        let answer = Answer::new(move |outcome| {
            let _ = tell.send((to, outcome));
        });
        engine.submit_network(Envelope { customer: to, key: None, command }, answer);
    }
    drop(tell);
    let again = |(to, outcome): (CustomerId, Result<Reply, EngineError>)| match outcome {
        Ok(Reply::Refused(refusal)) => {
            tracing::warn!(customer = to.0, %refusal, "cannot be told how his reseller stands");
            None
        }
        Ok(_) => None,
        Err(EngineError::Broken) => {
            tracing::error!(
                customer = to.0,
                "cannot be told how his reseller stands: his state cannot be read"
            );
            None
        }
        Err(_) => Some(to),
    };
    told.into_iter().filter_map(again).collect()
}
