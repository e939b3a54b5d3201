//! A queue between threads that is emptied whole and can be closed.

use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::time::Duration;

struct Waiting<T> {
    jobs: VecDeque<T>,
    closed: bool,
}

/// The queue in front of one thread.
pub(crate) struct Queue<T> {
    waiting: Mutex<Waiting<T>>,
    filled: Condvar,
}

impl<T> Queue<T> {
    pub fn new() -> Self {
        let waiting = Waiting { jobs: VecDeque::new(), closed: false };
        Self { waiting: Mutex::new(waiting), filled: Condvar::new() }
    }

    /// Puts a job in; gives it back when nobody will take it any more.
    pub fn push(&self, job: T) -> Result<(), T> {
        let mut waiting = self.waiting.lock();
        if waiting.closed {
            return Err(job);
        }
        waiting.jobs.push_back(job);
        drop(waiting);
        self.filled.notify_one();
        Ok(())
    }

    /// Takes no more jobs; what waits is still taken.
    pub fn close(&self) {
        self.waiting.lock().closed = true;
        self.filled.notify_all();
    }

    /// Whether nobody will put anything in any more.
    pub fn is_closed(&self) -> bool {
        self.waiting.lock().closed
    }

    /// How many jobs wait.
    pub fn len(&self) -> usize {
        self.waiting.lock().jobs.len()
    }

    /// Up to `most` jobs; waits for the first one for `patience` (or for good). `None` once it is closed and empty.
    pub fn take(&self, patience: Option<Duration>, most: usize) -> Option<Vec<T>> {
        let mut waiting = self.waiting.lock();
        while waiting.jobs.is_empty() && !waiting.closed {
            match patience {
                None => self.filled.wait(&mut waiting),
                Some(patience) => {
                    if self.filled.wait_for(&mut waiting, patience).timed_out() {
                        break;
                    }
                }
            }
        }
        if waiting.jobs.is_empty() && waiting.closed {
            return None;
        }
        let count = waiting.jobs.len().min(most);
        Some(waiting.jobs.drain(..count).collect())
    }
}
