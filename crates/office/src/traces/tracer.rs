//! What the front doors hold: hands every message they see to the traces that want it, and costs one atomic load when none runs.

use super::metrics::TraceMetrics;
use super::ring::{Exchange, Ring, kept};
use super::target::{TraceClues, TraceTarget};
use crate::NodeProtocol;
use calendar::Instant;
use parking_lot::{Mutex, RwLock};
use prometheus_client::registry::Registry;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A message passing a front door.
#[derive(Debug, Clone, Copy)]
pub struct Sighting<'a> {
    /// Now.
    pub at: Instant,
    /// Protocol.
    pub protocol: NodeProtocol,
    /// Name of the node; empty for a stranger.
    pub node: &'a str,
    /// Diameter: Origin-Host of the peer, as far as it is known.
    pub host: &'a str,
    /// The other side.
    pub remote: SocketAddr,
    /// Ours.
    pub local: SocketAddr,
    /// We send it.
    pub sent: bool,
    /// It asks something; the others answer.
    pub request: bool,
    /// Pairs request and answer: RADIUS Identifier, Diameter Hop-by-Hop.
    pub id: u32,
    /// The whole message as it is on the wire.
    pub octets: &'a [u8],
}

/// What a door can tell of a message that the office cannot read.
pub trait MessageReader {
    /// Whom the message names.
    fn clues(&self, octets: &[u8]) -> TraceClues;

    /// Overwrites passwords, keys and proofs of them; lengths stay.
    fn blank_secrets(&self, octets: &mut [u8]);
}

/// The running traces. Cheap to clone; clones are one and the same.
#[derive(Clone, Default)]
pub struct Tracer(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Whether any trace runs.
    on: AtomicBool,
    numbers: AtomicU64,
    /// All that are kept, oldest first.
    all: RwLock<Vec<Arc<Trace>>>,
    metrics: TraceMetrics,
}

/// One trace.
pub(super) struct Trace {
    pub number: u64,
    pub target: TraceTarget,
    pub started_at: Instant,
    pub started_by: String,
    /// When it ends by itself.
    pub until: Instant,
    pub messages_most: usize,
    pub octets_most: usize,
    pub ring: Mutex<Ring>,
    pub ended: Mutex<Option<(Instant, String)>>,
    running: AtomicBool,
    /// Who has read it, and whether masked.
    pub readers: Mutex<HashSet<(String, bool)>>,
}

impl Trace {
    pub fn new(number: u64, target: TraceTarget, by: String, (from, until): (Instant, Instant)) -> Self {
        Self {
            number,
            target,
            started_at: from,
            started_by: by,
            until,
            messages_most: super::TRACE_MESSAGES.0,
            octets_most: super::TRACE_OCTETS.1,
            ring: Mutex::default(),
            ended: Mutex::default(),
            running: AtomicBool::new(true),
            readers: Mutex::default(),
        }
    }

    pub fn is_running(&self) -> bool {
        self.running.load(Ordering::Relaxed)
    }

    /// Whether it ended by this call.
    pub fn end(&self, at: Instant, why: &str) -> bool {
        let mut ended = self.ended.lock();
        let now = ended.is_none();
        if now {
            *ended = Some((at, why.to_owned()));
            self.running.store(false, Ordering::Relaxed);
        }
        now
    }
}

impl Tracer {
    /// Whether any trace runs. All that a door asks while none does.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.0.on.load(Ordering::Relaxed)
    }

    /// Shows a message to the traces that run.
    pub fn see(&self, sighting: &Sighting<'_>, reader: &dyn MessageReader) {
        if !self.is_on() {
            return;
        }
        let (clues, blank) = (OnceCell::new(), OnceCell::new());
        let mut over = false;
        for trace in self.0.all.read().iter().filter(|trace| trace.is_running()) {
            if sighting.at >= trace.until {
                over = true;
                continue;
            }
            let covered = trace.target.covers(sighting);
            if !covered && !trace.target.is_subscriber() {
                continue;
            }
            let mut ring = trace.ring.lock();
            if !covered
                && !Self::concerns(trace, &mut ring, sighting, || {
                    clues.get_or_init(|| reader.clues(sighting.octets))
                })
            {
                continue;
            }
            let octets: &Vec<u8> = blank.get_or_init(|| {
                let mut octets = kept(sighting.octets);
                reader.blank_secrets(&mut octets);
                octets
            });
            let dropped = ring.take(sighting, octets.clone(), (trace.messages_most, trace.octets_most));
            self.0.metrics.message(sighting.protocol);
            self.0.metrics.dropped.inc_by(dropped);
        }
        if over {
            self.tidy(sighting.at);
        }
    }

    /// Whether a message is about the subscriber: it answers one that was, belongs to a session of his, or names him.
    fn concerns<'c>(
        trace: &Trace,
        ring: &mut Ring,
        sighting: &Sighting<'_>,
        clues: impl FnOnce() -> &'c TraceClues,
    ) -> bool {
        if !sighting.request {
            return ring.is_asked(&Exchange::of(sighting));
        }
        let clues = clues();
        let known = clues.session.as_ref().is_some_and(|session| ring.knows(session));
        let concerned = known || trace.target.is_named(clues);
        if concerned && let Some(session) = &clues.session {
            ring.follow(session.clone());
        }
        concerned
    }

    /// Says why a request gets no answer.
    pub fn unanswered(&self, request: &Sighting<'_>, why: impl FnOnce() -> String) {
        if !self.is_on() {
            return;
        }
        let (exchange, why) = (Exchange::of(request), why());
        for trace in self.0.all.read().iter().filter(|trace| trace.is_running()) {
            trace.ring.lock().note(&exchange, &why);
        }
    }

    /// Makes the counters visible.
    pub fn register(&self, registry: &mut Registry) {
        self.0.metrics.register(registry);
    }

    /// Ends what is over, forgets what is old, and looks whether any is left.
    pub(super) fn tidy(&self, now: Instant) {
        let mut all = self.0.all.write();
        for trace in all.iter().filter(|trace| trace.is_running() && now >= trace.until) {
            trace.end(trace.until, "its time was over");
        }
        all.retain(|trace| {
            let ended = trace.ended.lock();
            ended.as_ref().is_none_or(|(at, _)| now.since(*at) < super::KEPT_AFTER_END)
        });
        self.count(&all);
    }

    fn count(&self, all: &[Arc<Trace>]) {
        let running = all.iter().filter(|trace| trace.is_running()).count();
        self.0.metrics.running.set(i64::try_from(running).unwrap_or(i64::MAX));
        self.0.on.store(running > 0, Ordering::Relaxed);
    }

    /// The next trace's number.
    pub(super) fn next_number(&self) -> u64 {
        self.0.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Adds a trace; `false` when too many run.
    pub(super) fn add(&self, trace: Trace) -> bool {
        let mut all = self.0.all.write();
        if all.iter().filter(|trace| trace.is_running()).count() >= super::TRACES_RUNNING_MOST {
            return false;
        }
        if all.len() >= super::TRACES_KEPT_MOST
            && let Some(oldest) = all.iter().position(|trace| !trace.is_running())
        {
            all.remove(oldest);
        }
        all.push(Arc::new(trace));
        self.count(&all);
        true
    }

    pub(super) fn remove(&self, number: u64) {
        let mut all = self.0.all.write();
        all.retain(|trace| trace.number != number);
        self.count(&all);
    }

    pub(super) fn all(&self) -> Vec<Arc<Trace>> {
        self.0.all.read().clone()
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracer").field("on", &self.is_on()).finish_non_exhaustive()
    }
}

/// Clones of one tracer are equal.
impl PartialEq for Tracer {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Tracer {}
