//! A few threads for what may wait for a database, with a short queue: who finds it full does without.

use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::Builder;

/// Threads that do jobs of one kind. They end when the pool is dropped, after the jobs that wait.
pub(crate) struct LookupPool<J> {
    queue: SyncSender<J>,
}

impl<J: Send + 'static> LookupPool<J> {
    /// Starts `threads` threads with room for `waiting_most` jobs.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        name: &str,
        threads: usize,
        waiting_most: usize,
        work: fn(J),
    ) -> Result<Self, std::io::Error> {
        let (queue, jobs) = sync_channel(waiting_most);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..threads {
            let jobs = jobs.clone();
            Builder::new().name(name.to_owned()).spawn(move || run(&jobs, work))?;
        }
        Ok(Self { queue })
    }

    /// Hands a job over; gives it back when too many wait.
    pub fn offer(&self, job: J) -> Result<(), J> {
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(job) | TrySendError::Disconnected(job) => job,
        })
    }
}

fn run<J>(jobs: &Mutex<Receiver<J>>, work: fn(J)) {
    loop {
        // One thread waits inside the lock, the others wait for the lock: the same to them.
        let next = jobs.lock().recv();
        match next {
            Ok(job) => work(job),
            Err(_) => return,
        }
    }
}
