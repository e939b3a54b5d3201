//! One phase of a run on all lanes: a sender thread and a receiver thread for each.
//!
//! Flows in: what to send and how fast. Flows out: a [`Tally`] for each lane. The sender never waits for an answer but for room in the
//! window; the receiver measures from the instant at which the request was due. Must not know: any protocol.

use crate::LoadError;
use crate::plan::{Kind, Lane};
use crate::schedule::{Pace, Schedule};
use crate::tally::Tally;
use crate::window::Window;
use std::collections::VecDeque;
use std::thread::Thread;
use std::time::{Duration, Instant};

/// Requests written at once at most.
const BURST_MOST: u64 = 64;
/// Shortest sleep of a sender: shorter ones cost more than the requests. Latencies include it.
const SLEEP_LEAST: Duration = Duration::from_micros(200);

/// One phase.
#[derive(Debug, Clone, Copy)]
pub struct Phase {
    /// What is sent.
    pub kind: Kind,
    /// Number of the phase within the run, below 4.
    pub number: u8,
    /// How fast.
    pub pace: Pace,
    /// How much.
    pub extent: Extent,
    /// Requests of each lane in flight at most.
    pub places: usize,
    /// Requests of so long from its beginning are sent, answered and checked like all, but are not measured.
    pub warm_up: Duration,
    /// A request without an answer for so long is given up.
    pub patience: Duration,
    /// `CCR-Update`s or interim reports sent before, in this lane; for the numbers that follow them.
    pub before: u64,
    /// Remembers when each answer came, not only how many took how long.
    pub remembers: bool,
}

/// When a phase ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// After so many requests of all lanes together, at a rate.
    Requests(u64),
    /// After one request for each session.
    Sessions,
    /// After so long.
    For(Duration),
}

/// Sends the requests of one lane.
pub trait Sender: Send {
    /// Puts request `n` of the phase into what is sent next, or sends it.
    ///
    /// # Errors
    /// The socket is broken.
    fn add(&mut self, phase: &Phase, n: u64) -> Result<(), LoadError>;

    /// Sends what was added.
    ///
    /// # Errors
    /// The socket is broken.
    fn flush(&mut self) -> Result<(), LoadError>;
}

/// What an answer turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The right answer to request `n`.
    Good(u64),
    /// A wrong answer to request `n`.
    Wrong(u64),
    /// An answer to nothing of this phase.
    Stray,
}

/// Receives the answers of one lane.
pub trait Receiver: Send {
    /// Waits a moment for answers and adds what came to `seen`.
    ///
    /// # Errors
    /// The socket is broken.
    fn receive(&mut self, phase: &Phase, seen: &mut Vec<Seen>) -> Result<(), LoadError>;
}

/// A lane with its two sides.
#[derive(Debug)]
pub struct Link<S, R> {
    /// Its sessions.
    pub lane: Lane,
    /// Sends.
    pub sender: S,
    /// Receives.
    pub receiver: R,
}

/// Runs a phase on all lanes; `phases` has the same phase for each lane but for [`Phase::before`].
///
/// # Errors
/// A socket broke; the load is of no use then.
pub fn run<S: Sender, R: Receiver>(
    links: &mut [Link<S, R>],
    phases: &[Phase],
) -> Result<Vec<Tally>, LoadError> {
    let mut windows: Vec<_> = phases.iter().map(|phase| Window::new(Instant::now(), phase.places)).collect();
    // The first touch of fresh memory may take longer than thousands of requests: the phase begins behind it.
    let started = Instant::now();
    windows.iter_mut().for_each(|window| window.start(started));
    std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for ((link, phase), window) in links.iter_mut().zip(phases).zip(&windows) {
            let Link { lane, sender, receiver } = link;
            let lane = *lane;
            let sending = scope.spawn(move || {
                let outcome = send(sender, phase, lane, window);
                window.end();
                outcome
            });
            let unpark = sending.thread().clone();
            threads.push((sending, scope.spawn(move || receive(receiver, phase, lane, window, &unpark))));
        }
        let mut tallies = Vec::new();
        for (sending, receiving) in threads {
            let sent = sending.join().map_err(|_| LoadError::Thread)?;
            tallies.push(receiving.join().map_err(|_| LoadError::Thread)??);
            sent?;
        }
        Ok(tallies)
    })
}

fn schedule(phase: &Phase, lane: Lane) -> Option<Schedule> {
    match phase.pace {
        Pace::PerSecond(rate) => Some(Schedule::new(rate, u64::from(lane.lanes), u64::from(lane.index))),
        Pace::Max => None,
    }
}

/// Requests of the lane in the phase, where that is known before.
fn limit(phase: &Phase, lane: Lane) -> u64 {
    match phase.extent {
        Extent::Requests(of_all) => {
            Schedule::new(1, u64::from(lane.lanes), u64::from(lane.index)).share(of_all)
        }
        Extent::Sessions => u64::from(lane.sessions),
        Extent::For(_) => u64::MAX,
    }
}

fn send(sender: &mut impl Sender, phase: &Phase, lane: Lane, window: &Window) -> Result<(), LoadError> {
    let (schedule, limit) = (schedule(phase, lane), limit(phase, lane));
    let end = match phase.extent {
        Extent::For(span) => u64::try_from(span.as_micros()).unwrap_or(u64::MAX),
        _ => u64::MAX,
    };
    let mut n = 0;
    loop {
        let now = window.micros();
        if n >= limit || now >= end {
            return Ok(());
        }
        let due = schedule.map_or(u64::MAX, |schedule| schedule.due_by(now)).min(limit);
        if due <= n {
            let wait = schedule.map_or(0, |schedule| schedule.due_at(n)).saturating_sub(now);
            std::thread::park_timeout(Duration::from_micros(wait).max(SLEEP_LEAST));
            continue;
        }
        let low = window.low();
        let upto = due.min(low + window.places()).min(n + BURST_MOST);
        if upto <= n {
            window.wait_for_room(low);
            continue;
        }
        window.note_sent(upto, now);
        for request in n..upto {
            sender.add(phase, request)?;
        }
        sender.flush()?;
        n = upto;
    }
}

fn receive(
    receiver: &mut impl Receiver,
    phase: &Phase,
    lane: Lane,
    window: &Window,
    sender: &Thread,
) -> Result<Tally, LoadError> {
    let schedule = schedule(phase, lane);
    let micros = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    let (patience, warm_up) = (micros(phase.patience), micros(phase.warm_up));
    let mut tally = Tally::new(usize::try_from(lane.sessions).unwrap_or(0))?;
    tally.answers = phase.remembers.then(|| (window.started(), Vec::new()));
    let mut flight = Flight::default();
    let mut seen = Vec::new();
    loop {
        receiver.receive(phase, &mut seen)?;
        let (now, sent) = (window.micros(), window.sent());
        for seen in seen.drain(..) {
            match seen {
                Seen::Good(n) if flight.end(n, sent) => {
                    let due = schedule.map_or_else(|| window.sent_at(n), |schedule| schedule.due_at(n));
                    tally.note_good(lane.position(n), now.saturating_sub(due), now, due < warm_up);
                }
                Seen::Wrong(n) if flight.end(n, sent) => tally.faults.wrong += 1,
                _ => tally.faults.unexpected += 1,
            }
        }
        flight.pass_ended();
        while flight.low < sent && now.saturating_sub(window.sent_at(flight.low)) > patience {
            let low = flight.low;
            flight.end(low, sent);
            flight.pass_ended();
            tally.faults.unanswered += 1;
        }
        window.move_low(flight.low, sender);
        // The end is read before the count: what is counted after the end is all there is.
        if window.is_done() && flight.low == window.sent() {
            tally.sent = flight.low;
            return Ok(tally);
        }
    }
}

/// Which requests from `low` on are ended.
#[derive(Debug, Default)]
struct Flight {
    low: u64,
    ended: VecDeque<bool>,
}

impl Flight {
    /// Ends a request; `false` when it was not in flight.
    fn end(&mut self, n: u64, sent: u64) -> bool {
        let Some(at) = n.checked_sub(self.low).and_then(|at| usize::try_from(at).ok()) else { return false };
        if n >= sent {
            return false;
        }
        if self.ended.len() <= at {
            self.ended.resize(at + 1, false);
        }
        self.ended.get_mut(at).is_some_and(|ended| !std::mem::replace(ended, true))
    }

    /// Moves `low` over what is ended.
    fn pass_ended(&mut self) {
        while self.ended.front() == Some(&true) {
            self.ended.pop_front();
            self.low += 1;
        }
    }
}
