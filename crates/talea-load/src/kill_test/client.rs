//! A gateway that remembers what was answered and sends the rest again: one connection at a time, one request in flight for each
//! session.

use crate::LoadError;
use crate::gy::{
    Connection, Expected, Reader, Requests, Step, Writer, answer_request, check, session_id, write_all,
};
use crate::plan::{Kind, Lane, octets_per_step};
use diameter::Message;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Requests in flight at most: what fits into the buffers of a socket in both directions.
const IN_FLIGHT_MOST: usize = 256;
/// A server that answers nothing for so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// After a kill, of so many sessions one asks its last answered request again.
const SAMPLE: u32 = 4;
/// Where the Hop-by-Hop stands in a message: the only difference between an answer and its repetition.
const HOP_BY_HOP: std::ops::Range<usize> = 12..16;

/// A session as the gateway knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its number and its customer's, from 1.
    pub number: u32,
    /// Steps answered; the next step has this CC-Request-Number.
    pub answered: u32,
    /// The next step was sent and not answered.
    pub in_flight: bool,
    /// Updates it makes.
    updates: u32,
    last_answer: Option<Vec<u8>>,
}

impl Session {
    fn new(number: u32, updates: u32) -> Self {
        Self { number, answered: 0, in_flight: false, updates, last_answer: None }
    }

    /// Octets of use that were answered: all steps but the first report.
    #[must_use]
    pub fn octets_answered(&self) -> u64 {
        u64::from(self.answered.saturating_sub(1)) * octets_per_step(self.number)
    }

    /// Whether a step is in flight that reports use.
    #[must_use]
    pub const fn reports_use(&self) -> bool {
        self.in_flight && self.answered > 0
    }

    const fn is_over(&self) -> bool {
        self.answered > self.updates + 1
    }

    const fn kind(&self, step: u32) -> Kind {
        if step == 0 {
            Kind::Begin
        } else if step <= self.updates {
            Kind::Continue
        } else {
            Kind::End
        }
    }
}

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Steps answered.
    pub answered: u64,
    /// Unanswered steps sent again with the T flag.
    pub sent_again: u64,
    /// Answered steps sent again.
    pub asked_again: u64,
    /// Of these, with another answer.
    pub answered_differently: u64,
    /// Wrong answers.
    pub wrong: u64,
}

/// What a Hop-by-Hop stands for.
#[derive(Debug, Clone)]
struct Sent {
    position: usize,
    step: u32,
    /// An answered step was asked again; this was its answer.
    repeats: Option<Vec<u8>>,
}

/// The gateway.
#[derive(Debug)]
pub struct Client {
    run: u32,
    sessions: Vec<Session>,
    /// What was counted.
    pub counts: Counts,
}

/// One connection's life.
struct Talk<'a> {
    writer: Writer,
    requests: Requests,
    in_flight: HashMap<u32, Sent>,
    next: u32,
    burst: Vec<u8>,
    answered: &'a AtomicU64,
}

impl Client {
    /// The gateways over which the sessions are spread.
    #[must_use]
    pub fn all(run: u32, sessions: u32, connections: u32, updates: u32) -> Vec<Self> {
        let lanes = Lane::all(sessions, connections, run);
        let sessions = |lane: &Lane| {
            (0..u64::from(lane.sessions)).map(|n| Session::new(lane.session(n), updates)).collect()
        };
        lanes.iter().map(|lane| Self { run, sessions: sessions(lane), counts: Counts::default() }).collect()
    }

    /// Its sessions.
    pub fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.iter()
    }

    /// Connects, sends again what was not answered and a sample of what was, and goes on until all sessions are over (`true`) or the
    /// connection breaks (`false`).
    ///
    /// # Errors
    /// What comes is no Diameter, or nothing comes for too long.
    pub fn go_on(&mut self, address: SocketAddr, answered: &AtomicU64) -> Result<bool, LoadError> {
        let connection = match Connection::open(address) {
            Ok(connection) => connection,
            // Killed before we came.
            Err(LoadError::Io { .. } | LoadError::Server(_)) => return Ok(self.is_over()),
            Err(error) => return Err(error),
        };
        let (writer, mut reader) = connection.halves()?;
        let requests = Requests::new(self.run)?;
        let mut talk =
            Talk { writer, requests, in_flight: HashMap::new(), next: 1, burst: Vec::new(), answered };
        let mut ready = self.what_to_send();
        let mut heard = Instant::now();
        while !(ready.is_empty() && talk.in_flight.is_empty()) {
            self.send(&mut talk, &mut ready);
            if write_all(&talk.writer, &std::mem::take(&mut talk.burst)).is_err() {
                return Ok(false);
            }
            match self.receive(&mut reader, &mut talk, &mut ready) {
                Ok(Some(0)) if heard.elapsed() > PATIENCE => {
                    return Err(LoadError::Server("the server answers nothing any more".to_owned()));
                }
                Ok(Some(0)) => {}
                Ok(Some(_)) => heard = Instant::now(),
                Ok(None) | Err(LoadError::Io { .. }) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(self.is_over())
    }

    fn is_over(&self) -> bool {
        self.sessions.iter().all(Session::is_over)
    }

    /// (position, repeats): first the sample of answered ones, then all that are not over.
    fn what_to_send(&self) -> VecDeque<(usize, bool)> {
        let all = || self.sessions.iter().enumerate();
        let sample = all().filter(|(_, s)| s.last_answer.is_some() && s.number.is_multiple_of(SAMPLE));
        let sample = sample.map(|(position, _)| (position, true));
        sample.chain(all().filter(|(_, s)| !s.is_over()).map(|(position, _)| (position, false))).collect()
    }

    fn send(&mut self, talk: &mut Talk<'_>, ready: &mut VecDeque<(usize, bool)>) {
        while talk.in_flight.len() < IN_FLIGHT_MOST
            && let Some((position, repeats)) = ready.pop_front()
        {
            let Some(session) = self.sessions.get_mut(position) else { continue };
            let step = if repeats { session.answered.saturating_sub(1) } else { session.answered };
            let again = repeats || session.in_flight;
            self.counts.asked_again += u64::from(repeats);
            if !repeats {
                self.counts.sent_again += u64::from(session.in_flight);
                session.in_flight = true;
            }
            let hop_by_hop = talk.next;
            talk.next = talk.next.wrapping_add(1);
            let first_answer = session.last_answer.clone().filter(|_| repeats);
            talk.in_flight.insert(hop_by_hop, Sent { position, step, repeats: first_answer });
            let end_to_end = session.number.wrapping_mul(64).wrapping_add(step);
            let kind = session.kind(step);
            let step = Step { kind, session: session.number, number: step, hop_by_hop, end_to_end, again };
            talk.burst.extend_from_slice(talk.requests.write(&step));
        }
    }

    /// Answers taken in; `None` when the server closed.
    fn receive(
        &mut self,
        reader: &mut Reader,
        talk: &mut Talk<'_>,
        ready: &mut VecDeque<(usize, bool)>,
    ) -> Result<Option<u64>, LoadError> {
        if !reader.fill()? {
            return Ok(None);
        }
        let mut taken = 0;
        while let Some(octets) = reader.next_message()? {
            let message = Message::decode(octets).map_err(|error| LoadError::Server(error.to_string()))?;
            if message.header.is_request() {
                answer_request(&message, &talk.writer)?;
                continue;
            }
            taken += 1;
            match talk.in_flight.remove(&message.header.hop_by_hop) {
                Some(sent) => self.take(&message, octets, sent, talk.answered, ready),
                None => self.counts.wrong += 1,
            }
        }
        Ok(Some(taken))
    }

    fn take(
        &mut self,
        message: &Message<'_>,
        octets: &[u8],
        sent: Sent,
        answered: &AtomicU64,
        ready: &mut VecDeque<(usize, bool)>,
    ) {
        let Some(session) = self.sessions.get_mut(sent.position) else { return };
        let name = session_id(self.run, session.number);
        let kind = session.kind(sent.step);
        let expected = Expected { session_id: name.as_bytes(), kind, number: sent.step };
        let right = check(message, &expected);
        let mut answer = octets.to_vec();
        if let Some(hop_by_hop) = answer.get_mut(HOP_BY_HOP) {
            hop_by_hop.fill(0);
        }
        if let Some(first_answer) = sent.repeats {
            self.counts.answered_differently += u64::from(!right || first_answer != answer);
            return;
        }
        session.in_flight = false;
        if !right {
            // The session stays where it is: its end is missed in the books.
            self.counts.wrong += 1;
            return;
        }
        session.answered += 1;
        session.last_answer = Some(answer);
        self.counts.answered += 1;
        answered.fetch_add(1, Ordering::Relaxed);
        if !session.is_over() {
            ready.push_back((sent.position, false));
        }
    }
}
