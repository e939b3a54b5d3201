//! What waits to be sent on one connection: octets that are ready.
//!
//! Filled by the connection's reader, and by the engine's answering thread, which encodes an answer where its outcome is at hand and
//! sends what there is if the transport takes it at once; else emptied by the connection's writer with one write. Answers leave in the order of their outcomes,
//! not of their requests, so nobody waits for another. Bounded by the requests in flight: the reader stops reading when there are too
//! many.

use crate::answer_writing::{self, Outcome};
use crate::ask::AnswerForm;
use crate::metrics::Metrics;
use crate::peers::PeerRecord;
use charging::Reply;
use diameter::answer::Identity;
use diameter::frame;
use engine::{EngineError, Outlet};
use parking_lot::Mutex;
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;

/// Octets of answers that leave without waiting for more.
const WRITE_CHUNK: usize = 64 * 1024;
/// Octets of refusals and base messages that may wait; a peer that sends nonsense and reads nothing is read no further.
const OCTETS_MOST: usize = 256 * 1024;

#[derive(Default)]
struct Queue {
    octets: Vec<u8>,
    /// The answers among the octets: when their requests came, and their Result-Codes.
    answers: Vec<(Instant, u32)>,
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
    /// The transport, where it can be written without waiting and from any thread.
    at_once: Option<Arc<OwnedWriteHalf>>,
}

impl Outbox {
    pub fn new(
        in_flight_most: usize,
        who: Arc<Identity>,
        metrics: Metrics,
        record: Arc<PeerRecord>,
        at_once: Option<Arc<OwnedWriteHalf>>,
    ) -> Self {
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
            at_once,
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
        self.put(form, |octets| answer_writing::write(form, outcome, &self.who, octets));
    }

    /// Puts an answer behind the others; `write` tells its Result-Code.
    fn put(&self, form: &AnswerForm, write: impl FnOnce(&mut Vec<u8>) -> u32) {
        let mut queue = self.queue.lock();
        let before = queue.octets.len();
        let code = write(&mut queue.octets);
        self.record.see(queue.octets.get(before..).unwrap_or_default(), true);
        queue.answers.push((form.arrived, code));
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
        self.rest(false);
    }

    /// Whole messages to be sent; taken out of `octets`.
    pub fn send(&self, octets: &mut Vec<u8>) {
        if octets.is_empty() {
            return;
        }
        self.octets.fetch_add(octets.len(), Ordering::Relaxed);
        self.record.see(octets, true);
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
    fn take(&self, octets: &mut Vec<u8>, answers: &mut Vec<(Instant, u32)>) -> bool {
        let mut queue = self.queue.lock();
        std::mem::swap(&mut queue.octets, octets);
        std::mem::swap(&mut queue.answers, answers);
        self.octets.fetch_sub(std::mem::take(&mut queue.own), Ordering::Relaxed);
        queue.writer_sleeps = octets.is_empty() && !queue.closed;
        octets.is_empty() && queue.closed
    }

    /// Sends what waits as far as the transport takes it now: the writer, which has nothing on its way, need not be woken for it. What
    /// is left, and every failure, is the writer's.
    fn send_at_once(&self, queue: &mut Queue) {
        let Some(transport) = &self.at_once else { return };
        let Ok(sent) = transport.try_write(&queue.octets) else { return };
        queue.octets.drain(..sent);
        if queue.octets.is_empty() {
            self.octets.fetch_sub(std::mem::take(&mut queue.own), Ordering::Relaxed);
            self.sent(&queue.answers);
            queue.answers.clear();
        }
    }

    /// Answers have left.
    fn sent(&self, answers: &[(Instant, u32)]) {
        let now = Instant::now();
        for (arrived, code) in answers {
            let took = now.saturating_duration_since(*arrived);
            self.metrics.answer_seconds.observe(took.as_secs_f64());
            self.record.count_answer(*code, took);
        }
        self.in_flight.fetch_sub(answers.len(), Ordering::AcqRel);
        self.room.notify_one();
    }
}

impl Outlet for Outbox {
    fn answer(&self, with: Box<dyn Any + Send>, outcome: Result<&Reply, EngineError>) {
        let Ok(form) = with.downcast::<AnswerForm>() else { return };
        match outcome {
            Ok(reply) => {
                self.put(&form, |octets| answer_writing::write_reply(&form, reply, &self.who, octets))
            }
            Err(error) => Self::answer(self, &form, &Outcome::Replied(Err(error))),
        }
    }

    fn rest(&self, alone: bool) {
        let mut queue = self.queue.lock();
        if alone && queue.writer_sleeps {
            self.send_at_once(&mut queue);
        }
        let wake = !queue.octets.is_empty() && std::mem::take(&mut queue.writer_sleeps);
        drop(queue);
        if wake {
            self.filled.notify_one();
        }
    }
}

/// Sends what the outbox holds until it is closed and empty, or the transport fails.
/// `one_by_one`: each write is one message, since the transport keeps the borders of writes (SCTP, RFC 6733 2.1.1).
pub(crate) async fn write(
    outbox: Arc<Outbox>,
    mut half: impl AsyncWrite + Unpin,
    one_by_one: bool,
) -> std::io::Result<()> {
    let (mut octets, mut answers) = (Vec::new(), Vec::new());
    loop {
        octets.clear();
        answers.clear();
        if outbox.take(&mut octets, &mut answers) {
            return half.shutdown().await;
        }
        if octets.is_empty() {
            outbox.filled.notified().await;
            continue;
        }
        put(&mut half, &octets, one_by_one).await?;
        outbox.sent(&answers);
    }
}

async fn put(half: &mut (impl AsyncWrite + Unpin), octets: &[u8], one_by_one: bool) -> std::io::Result<()> {
    let mut rest = octets;
    while one_by_one
        && let Ok(Some(length)) = frame::split(rest, u32::MAX)
        && let Some((message, behind)) = rest.split_at_checked(length)
    {
        half.write_all(message).await?;
        rest = behind;
    }
    half.write_all(rest).await?;
    half.flush().await
}
