//! What waits to be sent on one connection: octets that are ready, and requests whose outcome is known.
//!
//! Filled by the connection's reader and by the engine's writing threads, which only push and wake; emptied by the connection's
//! writer, which encodes and sends many answers with one write. Answers leave in the order of their outcomes, not of their
//! requests, so nobody waits for another. Bounded by the requests in flight: the reader stops reading when there are too many.

use crate::answer_writing::{self, Outcome};
use crate::ask::AnswerForm;
use crate::metrics::Metrics;
use crate::peers::PeerRecord;
use diameter::answer::Identity;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;

/// Octets of one write; a larger batch is encoded and sent in turns, so that its first answers do not wait for its last.
const WRITE_CHUNK: usize = 64 * 1024;
/// Octets of refusals and base messages that may wait; a peer that sends nonsense and reads nothing is read no further.
const OCTETS_MOST: usize = 256 * 1024;

/// A request whose outcome is known.
struct Ready {
    form: Box<AnswerForm>,
    outcome: Outcome,
}

#[derive(Default)]
struct Queue {
    octets: Vec<u8>,
    ready: Vec<Ready>,
    writer_sleeps: bool,
    closed: bool,
}

/// See the module.
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    filled: Notify,
    /// Told after each write: there may be room again, or nothing in flight any more.
    pub room: Notify,
    in_flight: AtomicUsize,
    in_flight_most: usize,
    octets: AtomicUsize,
}

impl Outbox {
    pub fn new(in_flight_most: usize) -> Self {
        Self {
            queue: Mutex::default(),
            filled: Notify::new(),
            room: Notify::new(),
            in_flight: AtomicUsize::new(0),
            in_flight_most,
            octets: AtomicUsize::new(0),
        }
    }

    /// Whether more may be read.
    pub fn has_room(&self) -> bool {
        self.in_flight.load(Ordering::Relaxed) < self.in_flight_most
            && self.octets.load(Ordering::Relaxed) < OCTETS_MOST
    }

    /// Whether every request was answered and every answer sent.
    pub fn is_idle(&self) -> bool {
        self.in_flight.load(Ordering::Acquire) == 0
    }

    /// A request was taken in; [`Outbox::answer`] must follow.
    pub fn begin(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    /// The outcome of a request that was begun. Returns at once.
    pub fn answer(&self, form: Box<AnswerForm>, outcome: Outcome) {
        self.push(|queue| queue.ready.push(Ready { form, outcome }));
    }

    /// Whole messages to be sent; taken out of `octets`.
    pub fn send(&self, octets: &mut Vec<u8>) {
        if octets.is_empty() {
            return;
        }
        self.octets.fetch_add(octets.len(), Ordering::Relaxed);
        self.push(|queue| queue.octets.append(octets));
    }

    /// The writer ends when everything is sent.
    pub fn close(&self) {
        self.push(|queue| queue.closed = true);
    }

    fn push(&self, put: impl FnOnce(&mut Queue)) {
        let mut queue = self.queue.lock();
        put(&mut queue);
        let wake = std::mem::take(&mut queue.writer_sleeps);
        drop(queue);
        if wake {
            self.filled.notify_one();
        }
    }

    /// Moves all that waits into empty lists; whether the writer may end.
    fn take(&self, octets: &mut Vec<u8>, ready: &mut Vec<Ready>) -> bool {
        let mut queue = self.queue.lock();
        std::mem::swap(&mut queue.octets, octets);
        std::mem::swap(&mut queue.ready, ready);
        let nothing = octets.is_empty() && ready.is_empty();
        queue.writer_sleeps = nothing && !queue.closed;
        nothing && queue.closed
    }
}

/// Sends what the outbox holds until it is closed and empty, or the transport fails.
pub(crate) struct Writer {
    pub outbox: Arc<Outbox>,
    pub who: Arc<Identity>,
    pub metrics: Metrics,
    pub record: Arc<PeerRecord>,
}

impl Writer {
    pub async fn run(self, mut half: OwnedWriteHalf) -> std::io::Result<()> {
        let (mut octets, mut ready) = (Vec::new(), Vec::new());
        loop {
            octets.clear();
            if self.outbox.take(&mut octets, &mut ready) {
                return half.shutdown().await;
            }
            if octets.is_empty() && ready.is_empty() {
                self.outbox.filled.notified().await;
                // Outcomes come in batches: after a turn of the others there are more than the one that woke us.
                tokio::task::yield_now().await;
                continue;
            }
            self.outbox.octets.fetch_sub(octets.len(), Ordering::Relaxed);
            let mut waiting = ready.drain(..).peekable();
            loop {
                let (mut encoded, now) = (0, Instant::now());
                while octets.len() < WRITE_CHUNK
                    && let Some(next) = waiting.next()
                {
                    self.encode(&next, now, &mut octets);
                    encoded += 1;
                }
                half.write_all(&octets).await?;
                octets.clear();
                self.outbox.in_flight.fetch_sub(encoded, Ordering::AcqRel);
                self.outbox.room.notify_one();
                if waiting.peek().is_none() {
                    break;
                }
            }
        }
    }

    fn encode(&self, ready: &Ready, now: Instant, octets: &mut Vec<u8>) {
        let code = answer_writing::write(&ready.form, &ready.outcome, &self.who, octets);
        self.metrics.count_answer(code);
        let took = now.saturating_duration_since(ready.form.arrived);
        self.metrics.answer_seconds.observe(took.as_secs_f64());
        self.record.answers.fetch_add(1, Ordering::Relaxed);
    }
}
