//! What waits for an engine thread.

use crate::{Answer, EngineError};
use charging::{Customer, CustomerId, Envelope, Reply};
use parking_lot::{Condvar, Mutex};
use std::time::Duration;
use store::Record;

/// Plain records to commit with a command, made once its reply is known.
pub type Records = Box<dyn FnOnce(&Reply) -> Vec<Record> + Send>;

/// One command and what goes with it.
pub struct Request {
    /// The command.
    pub envelope: Envelope,
    /// Plain records that commit with it; not asked for when the command is refused.
    pub records: Option<Records>,
    /// Whether the tables must show the change as soon as it is answered (staff, subscribers, API).
    pub fold_now: bool,
    /// Where the answer goes.
    pub answer: Answer,
}

/// A look at an aggregate; `None` = no such customer.
pub type Look = Box<dyn FnOnce(Result<Option<&Customer>, EngineError>) + Send>;

/// What an engine thread does.
#[allow(clippy::large_enum_variant)] // nearly all work is a request; a box for each would cost an allocation
pub enum Work {
    /// Apply a command.
    Request(Request),
    /// Show an aggregate as it is now; what it is shown to is taken out then.
    Look(CustomerId, Option<Look>),
    /// End.
    Stop,
}

/// A bounded queue that is emptied whole.
pub(crate) struct Mailbox {
    waiting: Mutex<Vec<Work>>,
    filled: Condvar,
    most: usize,
}

impl Mailbox {
    pub fn new(most: usize) -> Self {
        Self { waiting: Mutex::new(Vec::new()), filled: Condvar::new(), most }
    }

    /// Puts work in and wakes; gives it back when too much waits.
    pub fn put(&self, work: Work) -> Result<(), Box<Work>> {
        self.add(work)?;
        self.wake();
        Ok(())
    }

    /// The same for work behind which more comes at once: whoever puts it in sees to it behind the last.
    pub fn add(&self, work: Work) -> Result<(), Box<Work>> {
        let mut waiting = self.waiting.lock();
        if waiting.len() >= self.most && !matches!(work, Work::Stop) {
            return Err(Box::new(work));
        }
        waiting.push(work);
        Ok(())
    }

    /// Wakes the thread if it sleeps; it looks for itself whether there is work.
    pub fn wake(&self) {
        self.filled.notify_one();
    }

    /// Waits until there is something or `patience` is over.
    pub fn wait(&self, patience: Duration) {
        let mut waiting = self.waiting.lock();
        if waiting.is_empty() {
            self.filled.wait_for(&mut waiting, patience);
        }
    }

    /// Everything that waits, into `into` (which must be empty); whether there is anything.
    pub fn take(&self, into: &mut Vec<Work>) -> bool {
        std::mem::swap(&mut *self.waiting.lock(), into);
        !into.is_empty()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.lock().is_empty()
    }

    /// Puts work that was taken back in front of what came meanwhile, and wakes.
    pub fn put_back(&self, mut work: Vec<Work>) {
        let mut waiting = self.waiting.lock();
        work.append(&mut waiting);
        *waiting = work;
        drop(waiting);
        self.wake();
    }
}
