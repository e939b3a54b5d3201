//! Watchdog: DWR and DWA (RFC 6733 5.5), by the algorithm of RFC 3539 3.4.1.
//!
//! The RFC's states OKAY, SUSPECT and REOPEN are here; INITIAL and DOWN belong to whoever opens connections. One timer of
//! Twinit with a jitter of two seconds either way restarts with every message that comes; when it runs out a DWR goes out;
//! when it runs out again unanswered the peer is suspect (send elsewhere), and once more: close.
//!
//! Choices:
//! * "Pending" stays set when other messages arrive but no DWA, as the RFC's table has it: a peer that serves but never
//!   answers watchdogs becomes suspect at its next silence, and okay again with its next message.
//! * In REOPEN the RFC throws away what is not a DWA. We deliver it: a server that refused the requests of a client that just
//!   came back would lose charges. REOPEN only holds back *our* requests, until three DWAs came.
//! * A responder starts in OKAY, also for a peer that was down before: it is the initiator's place to probe.
//!
//! What race remains: a message that is on its way when the timer runs out for the third time is lost with the connection;
//! its sender sends it again (5.5.4), and the duplicate rules of the application make that harmless.

use super::identifiers::mix;
use crate::answer::{Echo, Identity};
use crate::codes::{application, avp, command, result};
use crate::encode::Encoder;
use crate::header::Header;

/// Twinit by default, microseconds.
pub const DEFAULT_INTERVAL: u64 = 30_000_000;
/// The least Twinit that RFC 3539 allows, microseconds.
pub const MIN_INTERVAL: u64 = 6_000_000;
/// Jitter either way, microseconds.
pub const JITTER: u64 = 2_000_000;
/// DWAs that prove a reconnected peer.
const PROOFS: i8 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Okay,
    Suspect,
    Reopen { answered: i8 },
}

/// What the timer's end asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// Nothing.
    Wait,
    /// Send a DWR.
    Send,
    /// The peer is suspect: fail over.
    Failover,
    /// Close.
    Close,
}

/// The state of one connection's watchdog.
#[derive(Debug, Clone)]
pub struct Watchdog {
    state: State,
    pending: bool,
    deadline: u64,
    interval: u64,
    random: u64,
}

impl Watchdog {
    /// Starts it. With `reopened` the caller sends a DWR at once.
    #[must_use]
    pub fn start(now: u64, interval: u64, seed: u64, reopened: bool) -> Self {
        let state = if reopened { State::Reopen { answered: 0 } } else { State::Okay };
        let interval = interval.max(MIN_INTERVAL);
        let mut watchdog = Self { state, pending: reopened, deadline: 0, interval, random: seed };
        watchdog.set(now);
        watchdog
    }

    /// When [`Watchdog::expired`] wants to be called.
    #[must_use]
    pub const fn deadline(&self) -> u64 {
        self.deadline
    }

    /// Whether our own requests may be sent on this connection.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        matches!(self.state, State::Okay)
    }

    /// A message other than DWA came. `true` = fail back.
    pub fn heard(&mut self, now: u64) -> bool {
        match self.state {
            State::Okay => {
                self.set(now);
                false
            }
            State::Suspect => {
                self.state = State::Okay;
                self.set(now);
                true
            }
            State::Reopen { .. } => false,
        }
    }

    /// A DWA came. `true` = fail back.
    pub fn answered(&mut self, now: u64) -> bool {
        self.pending = false;
        match self.state {
            State::Reopen { answered } if answered + 1 < PROOFS => {
                self.state = State::Reopen { answered: answered + 1 };
                false
            }
            State::Reopen { .. } => {
                self.state = State::Okay;
                true
            }
            State::Okay | State::Suspect => self.heard(now),
        }
    }

    /// The deadline passed.
    pub fn expired(&mut self, now: u64) -> Expiry {
        if now < self.deadline {
            return Expiry::Wait;
        }
        self.set(now);
        match self.state {
            State::Okay if self.pending => {
                self.state = State::Suspect;
                Expiry::Failover
            }
            State::Suspect => Expiry::Close,
            State::Reopen { answered } if self.pending => {
                if answered < 0 {
                    return Expiry::Close;
                }
                self.state = State::Reopen { answered: -1 };
                Expiry::Wait
            }
            State::Okay | State::Reopen { .. } => {
                self.pending = true;
                Expiry::Send
            }
        }
    }

    fn set(&mut self, now: u64) {
        self.random = mix(self.random);
        let jitter = self.random % (2 * JITTER + 1);
        self.deadline = now.saturating_add(self.interval - JITTER).saturating_add(jitter);
    }
}

/// Writes a DWR at the end of `out`; octets written. `ids` are Hop-by-Hop and End-to-End.
pub fn write_request(who: &Identity, ids: (u32, u32), out: &mut Vec<u8>) -> usize {
    let header = Header::request(command::DEVICE_WATCHDOG, application::COMMON, 0, ids.0, ids.1);
    let mut encoder = Encoder::new(out, &header);
    who.write(&mut encoder);
    who.write_state(&mut encoder);
    encoder.finish()
}

/// Writes a DWA at the end of `out`; octets written.
pub fn write_answer(who: &Identity, echo: &Echo, out: &mut Vec<u8>) -> usize {
    let mut encoder = echo.begin(out, false);
    encoder.u32(avp::RESULT_CODE, result::SUCCESS);
    who.write(&mut encoder);
    who.write_state(&mut encoder);
    encoder.finish()
}
