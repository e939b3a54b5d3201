//! Our requests to one device (RFC 5176: CoA-Request, Disconnect-Request; Accounting-Request to who is told of addresses): identifiers,
//! retransmission, answers. Sans I/O.
//!
//! Flows in: requests to make, datagrams of the device, the time. Flows out: octets to send from a source port, and one [`Outcome`]
//! for every request that was taken. Must not know: sockets, clocks, sessions, what a refusal leads to.
//!
//! * An Identifier names a request only together with the source port (RFC 2865 3), so 256 can be in flight from each port; when they
//!   are, the next port is taken, up to [`Limits::ports`]. Identifiers go round: a late answer to a request that was given up
//!   does not meet the next one, and devices that remember answers by Identifier do not answer an old one.
//! * A repetition is the same octets from the same port (RFC 5176 2.3), at the times of RFC 5080 2.2.1.
//! * The device is asked at most [`Limits::per_second`] times a second and has at most [`Limits::in_flight`] requests; more wait in the
//!   order they came. What does not fit into the queue is given back at once.
//! * A burst that the device's receive buffer cannot take is lost and repeated seconds later. So few requests begin that are not repeated
//!   yet; with each answer there may be one more of them, with each that is repeated one fewer.
//! * An answer that is not genuine changes nothing: the request goes on waiting (RFC 5176 2.3).

use crate::client::{Request, RequestBuilder};
use crate::code::Code;
use crate::error::PacketError;
use crate::error_cause::ErrorCause;
use crate::number;
use crate::retransmission::{RetransmissionTimes, Schedule};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

/// Identifiers of one source port.
const IDENTIFIERS: usize = 256;
/// Requests may run ahead of the rate by so much, microseconds.
const BURST: u64 = 100_000;
const SECOND: u64 = 1_000_000;
/// Requests that a device which has had nothing to do gets at once: half of what a receive buffer of usual size (208 KiB) holds.
const FIRST_WINDOW: usize = 128;

/// How much one device is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests without an answer yet.
    pub in_flight: usize,
    /// Requests that wait for their turn.
    pub waiting: usize,
    /// New requests each second; 0 = as many as come.
    pub per_second: u32,
    /// Source ports; each gives 256 identifiers.
    pub ports: u16,
    /// When a request is repeated and given up.
    pub times: RetransmissionTimes,
}

impl Default for Limits {
    fn default() -> Self {
        let times = RetransmissionTimes::default();
        Self { in_flight: 1_024, waiting: 100_000, per_second: 0, ports: 8, times }
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// ACK, or Accounting-Response.
    Done,
    /// NAK, with its Error-Cause if it had one.
    Refused(Option<ErrorCause>),
    /// Given up: no genuine answer in time.
    NoAnswer,
    /// It could not be made: too long, or the secret is empty.
    NotMade(PacketError),
}

/// A request that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished<T> {
    /// What the caller gave with it.
    pub token: T,
    /// How it ended.
    pub outcome: Outcome,
    /// How often it was repeated.
    pub repeated: u32,
}

/// Octets to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// Which of our source ports, from 0.
    pub port: u16,
    /// The datagram.
    pub octets: Arc<[u8]>,
}

/// Why a datagram answers nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stray {
    /// No request of this port has its Identifier: it came too late, or from elsewhere.
    #[error("it answers no request that waits")]
    NoRequest,
    /// It is no answer to that request, or not genuine.
    #[error(transparent)]
    NotAnAnswer(#[from] PacketError),
}

struct Waiting<T> {
    request: RequestBuilder,
    secret: Arc<[u8]>,
    token: T,
}

struct InFlight<T> {
    request: Request,
    octets: Arc<[u8]>,
    secret: Arc<[u8]>,
    token: T,
    schedule: Schedule,
    serial: u64,
    /// Sent once so far.
    fresh: bool,
}

/// Identifiers of one source port.
struct Port<T> {
    slots: Vec<Option<InFlight<T>>>,
    next: u8,
    busy: usize,
}

impl<T> Port<T> {
    fn new() -> Self {
        Self { slots: std::iter::repeat_with(|| None).take(IDENTIFIERS).collect(), next: 0, busy: 0 }
    }

    /// The free identifier whose last use is longest ago.
    fn free(&mut self) -> Option<u8> {
        if self.busy >= IDENTIFIERS {
            return None;
        }
        let taken = |id: u8| self.slots.get(usize::from(id)).is_some_and(Option::is_some);
        let id = (0..=u8::MAX).map(|step| self.next.wrapping_add(step)).find(|id| !taken(*id))?;
        self.next = id.wrapping_add(1);
        Some(id)
    }

    fn take(&mut self, id: u8) -> Option<InFlight<T>> {
        let taken = self.slots.get_mut(usize::from(id))?.take()?;
        self.busy -= 1;
        Some(taken)
    }
}

/// Deadline, port, identifier, serial number of the request it is for.
type Timer = Reverse<(u64, u16, u8, u64)>;

/// See the module.
pub struct DynamicClient<T> {
    limits: Limits,
    ports: Vec<Port<T>>,
    waiting: VecDeque<Waiting<T>>,
    timers: BinaryHeap<Timer>,
    in_flight: usize,
    /// Of these sent once so far, and as many may be.
    fresh: usize,
    window: usize,
    serial: u64,
    /// State of a small generator; only the trembling of repetitions comes from it.
    random: u64,
    /// When the next request may go out by the rate.
    next_turn: u64,
}

impl<T> DynamicClient<T> {
    /// A device that was asked nothing yet. `seed` makes repetitions tremble.
    pub fn new(limits: Limits, seed: u64) -> Self {
        let (ports, waiting, timers) = (Vec::new(), VecDeque::new(), BinaryHeap::new());
        let random = seed | 1;
        let window = FIRST_WINDOW;
        Self {
            limits,
            ports,
            waiting,
            timers,
            in_flight: 0,
            fresh: 0,
            window,
            serial: 0,
            random,
            next_turn: 0,
        }
    }

    /// Other limits from now on; what is in flight stays.
    pub const fn limit(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Takes a request, whose Identifier is given later; [`Self::pump`] sends it.
    ///
    /// # Errors
    /// Too many wait: the token comes back.
    pub fn offer(&mut self, request: RequestBuilder, secret: Arc<[u8]>, token: T) -> Result<(), T> {
        if self.waiting.len() >= self.limits.waiting {
            return Err(token);
        }
        if self.is_idle() {
            self.window = FIRST_WINDOW;
        }
        self.waiting.push_back(Waiting { request, secret, token });
        Ok(())
    }

    /// Sends what is due now: repetitions, then requests whose turn it is. Returns when to call again.
    pub fn pump(&mut self, now: u64, out: &mut Vec<Sending>, done: &mut Vec<Finished<T>>) -> Option<u64> {
        self.repeat_due(now, out, done);
        let turn = self.start_waiting(now, out, done);
        let timer = self.timers.peek().map(|Reverse((at, ..))| *at);
        turn.into_iter().chain(timer).min()
    }

    /// A datagram of the device came to one of our ports.
    ///
    /// # Errors
    /// It answers nothing; count it and forget it.
    pub fn received(&mut self, port: u16, datagram: &[u8]) -> Result<Finished<T>, Stray> {
        let id = *datagram.get(1).ok_or(Stray::NoRequest)?;
        let found = self.ports.get_mut(usize::from(port)).ok_or(Stray::NoRequest)?;
        let in_flight = found.slots.get(usize::from(id)).and_then(Option::as_ref).ok_or(Stray::NoRequest)?;
        let packet = in_flight.request.check_response(datagram, &in_flight.secret)?;
        let outcome = match packet.code() {
            Code::CoaAck | Code::DisconnectAck | Code::AccountingResponse => Outcome::Done,
            _ => Outcome::Refused(packet.integer(number::ERROR_CAUSE).ok().flatten().map(ErrorCause)),
        };
        let taken = found.take(id).ok_or(Stray::NoRequest)?;
        self.in_flight -= 1;
        self.fresh -= usize::from(taken.fresh);
        self.window = (self.window + 1).min(self.limits.in_flight.max(FIRST_WINDOW));
        Ok(Finished { token: taken.token, outcome, repeated: taken.schedule.repeated() })
    }

    /// Ends with everything that waits or is in flight: there is no way to the device any more.
    pub fn give_up(self) -> Vec<Finished<T>> {
        let in_flight = self.ports.into_iter().flat_map(|port| port.slots.into_iter().flatten());
        let in_flight = in_flight.map(|flying| (flying.token, flying.schedule.repeated()));
        let waiting = self.waiting.into_iter().map(|waiting| (waiting.token, 0));
        let finished = |(token, repeated)| Finished { token, outcome: Outcome::NoAnswer, repeated };
        in_flight.chain(waiting).map(finished).collect()
    }

    /// Whether nothing waits and nothing is in flight.
    pub fn is_idle(&self) -> bool {
        self.in_flight == 0 && self.waiting.is_empty()
    }

    /// Requests without an answer yet.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    fn repeat_due(&mut self, now: u64, out: &mut Vec<Sending>, done: &mut Vec<Finished<T>>) {
        while let Some(Reverse((at, port, id, serial))) = self.timers.peek().copied() {
            if at > now {
                return;
            }
            self.timers.pop();
            let random = self.next_random();
            let Some(place) = self.ports.get_mut(usize::from(port)) else { continue };
            let slot = place.slots.get_mut(usize::from(id)).and_then(Option::as_mut);
            // Answered meanwhile, or another request has the identifier now.
            let Some(waits) = slot.filter(|waits| waits.serial == serial) else { continue };
            if let Some(next) = waits.schedule.repeat(now, random) {
                if std::mem::take(&mut waits.fresh) {
                    self.fresh -= 1;
                    self.window = (self.window - 1).max(FIRST_WINDOW);
                }
                out.push(Sending { port, octets: waits.octets.clone() });
                self.timers.push(Reverse((next, port, id, serial)));
            } else if let Some(given_up) = place.take(id) {
                self.in_flight -= 1;
                self.fresh -= usize::from(given_up.fresh);
                let repeated = given_up.schedule.repeated();
                done.push(Finished { token: given_up.token, outcome: Outcome::NoAnswer, repeated });
            }
        }
    }

    /// When the rate lets the next one go, if only the rate holds it.
    fn start_waiting(
        &mut self,
        now: u64,
        out: &mut Vec<Sending>,
        done: &mut Vec<Finished<T>>,
    ) -> Option<u64> {
        while self.in_flight < self.limits.in_flight && self.fresh < self.window && !self.waiting.is_empty() {
            if self.limits.per_second > 0 && self.next_turn > now.saturating_add(BURST) {
                return Some(self.next_turn - BURST);
            }
            let (port, id) = self.free_identifier()?;
            let Waiting { request, secret, token } = self.waiting.pop_front()?;
            let request = match request.with_identifier(id).sign(&secret) {
                Ok(request) => request,
                Err(error) => {
                    done.push(Finished { token, outcome: Outcome::NotMade(error), repeated: 0 });
                    continue;
                }
            };
            if let Some(pause) = SECOND.checked_div(u64::from(self.limits.per_second)) {
                self.next_turn = self.next_turn.max(now) + pause;
            }
            self.serial += 1;
            let (serial, random) = (self.serial, self.next_random());
            let (schedule, deadline) = Schedule::start(self.limits.times, now, random);
            let octets: Arc<[u8]> = request.bytes().into();
            out.push(Sending { port, octets: octets.clone() });
            self.timers.push(Reverse((deadline, port, id, serial)));
            let slot = self.ports.get_mut(usize::from(port)).map(|place| {
                place.busy += 1;
                place.slots.get_mut(usize::from(id))
            });
            if let Some(Some(slot)) = slot {
                *slot = Some(InFlight { request, octets, secret, token, schedule, serial, fresh: true });
                self.in_flight += 1;
                self.fresh += 1;
            }
        }
        None
    }

    fn free_identifier(&mut self) -> Option<(u16, u8)> {
        for number in 0..self.limits.ports {
            if usize::from(number) >= self.ports.len() {
                self.ports.push(Port::new());
            }
            if let Some(id) = self.ports.get_mut(usize::from(number)).and_then(Port::free) {
                return Some((number, id));
            }
        }
        None
    }

    /// Xorshift: enough to keep repetitions out of step.
    const fn next_random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}
