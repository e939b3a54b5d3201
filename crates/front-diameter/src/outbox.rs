//! What waits to be sent on one connection: octets that are ready.
//!
//! Filled by the connection's reader, and by the engine's answering thread, which encodes an answer where its outcome is at hand and
//! wakes; emptied by the connection's writer, which sends all there is with one write. Answers leave in the order of their outcomes,
//! not of their requests, so nobody waits for another. Bounded by the requests in flight: the reader stops reading when there are too
//! many.

use crate::answer_writing::{self, Outcome};
use crate::ask::AnswerForm;
use crate::metrics::Metrics;
use crate::peers::PeerRecord;
use charging::Reply;
use diameter::answer::Identity;
use engine::{EngineError, Outlet};
use parking_lot::Mutex;
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;

/// Octets of answers that leave without waiting for more.
const WRITE_CHUNK: usize = 64 * 1024;
/// Octets of refusals and base messages that may wait; a peer that sends nonsense and reads nothing is read no further.
const OCTETS_MOST: usize = 256 * 1024;

#[derive(Default)]
struct Queue {
    octets: Vec<u8>,
    /// When the requests came whose answers are among the octets.
    arrived: Vec<Instant>,
    /// Octets that are no answers from the engine.
    own: usize,
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
    who: Arc<Identity>,
    metrics: Metrics,
    record: Arc<PeerRecord>,
}

impl Outbox {
    pub fn new(in_flight_most: usize, who: Arc<Identity>, metrics: Metrics, record: Arc<PeerRecord>) -> Self {
        Self {
            queue: Mutex::default(),
            filled: Notify::new(),
            room: Notify::new(),
            in_flight: AtomicUsize::new(0),
            in_flight_most,
            octets: AtomicUsize::new(0),
            who,
            metrics,
            record,
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

    /// The outcome of a request that was begun. Returns at once; the answer leaves with the next [`Outlet::rest`] at the latest.
    pub fn answer(&self, form: &AnswerForm, outcome: &Outcome) {
        let mut queue = self.queue.lock();
        let code = answer_writing::write(form, outcome, &self.who, &mut queue.octets);
        queue.arrived.push(form.arrived);
        let wake = queue.octets.len() >= WRITE_CHUNK && std::mem::take(&mut queue.writer_sleeps);
        drop(queue);
        if wake {
            self.filled.notify_one();
        }
        self.metrics.count_answer(code);
    }

    /// The same for one that comes alone.
    pub fn answer_alone(&self, form: &AnswerForm, outcome: &Outcome) {
        self.answer(form, outcome);
        self.rest();
    }

    /// Whole messages to be sent; taken out of `octets`.
    pub fn send(&self, octets: &mut Vec<u8>) {
        if octets.is_empty() {
            return;
        }
        self.octets.fetch_add(octets.len(), Ordering::Relaxed);
        self.push(|queue| {
            queue.own += octets.len();
            queue.octets.append(octets);
        });
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
    fn take(&self, octets: &mut Vec<u8>, arrived: &mut Vec<Instant>) -> bool {
        let mut queue = self.queue.lock();
        std::mem::swap(&mut queue.octets, octets);
        std::mem::swap(&mut queue.arrived, arrived);
        self.octets.fetch_sub(std::mem::take(&mut queue.own), Ordering::Relaxed);
        queue.writer_sleeps = octets.is_empty() && !queue.closed;
        octets.is_empty() && queue.closed
    }

    /// Answers have left.
    fn sent(&self, arrived: &[Instant]) {
        let now = Instant::now();
        for arrived in arrived {
            let took = now.saturating_duration_since(*arrived);
            self.metrics.answer_seconds.observe(took.as_secs_f64());
        }
        self.record.answers.fetch_add(arrived.len() as u64, Ordering::Relaxed);
        self.in_flight.fetch_sub(arrived.len(), Ordering::AcqRel);
        self.room.notify_one();
    }
}

impl Outlet for Outbox {
    fn answer(&self, with: Box<dyn Any + Send>, outcome: Result<Reply, EngineError>) {
        if let Ok(form) = with.downcast::<AnswerForm>() {
            Self::answer(self, &form, &Outcome::Replied(outcome));
        }
    }

    fn rest(&self) {
        let mut queue = self.queue.lock();
        let wake = !queue.octets.is_empty() && std::mem::take(&mut queue.writer_sleeps);
        drop(queue);
        if wake {
            self.filled.notify_one();
        }
    }
}

/// Sends what the outbox holds until it is closed and empty, or the transport fails.
pub(crate) async fn write(outbox: Arc<Outbox>, mut half: OwnedWriteHalf) -> std::io::Result<()> {
    let (mut octets, mut arrived) = (Vec::new(), Vec::new());
    loop {
        octets.clear();
        arrived.clear();
        if outbox.take(&mut octets, &mut arrived) {
            return half.shutdown().await;
        }
        if octets.is_empty() {
            outbox.filled.notified().await;
            continue;
        }
        half.write_all(&octets).await?;
        outbox.sent(&arrived);
    }
}
