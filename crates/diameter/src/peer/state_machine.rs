//! The peer state machine (RFC 6733 5.6), one instance for each transport connection.
//!
//! The RFC describes one machine for each *peer*, with two possible connections inside (I- and R-) and an election between
//! them. We keep one machine for each *connection* and its role, which gives these states:
//!
//! | here | RFC 6733 5.6 |
//! |---|---|
//! | `WaitTransport` (initiator) | Wait-Conn-Ack |
//! | `WaitRequest` (responder) | Closed, transport accepted, before R-Conn-CER |
//! | `WaitAnswer` (initiator) | Wait-I-CEA |
//! | `Open` | I-Open, R-Open |
//! | `Closing` | Closing |
//! | `Closed` | Closed |
//!
//! Choices where the RFC is silent, or where we differ:
//! * *Election* (5.6.4; Wait-Conn-Ack/Elect and Wait-Returns). Nodes that only accept or only dial never meet one. Several connections
//!   from one peer are allowed: gateways open one for each process, and the application finds sessions by Session-Id, not by
//!   connection. A node that both dials and accepts one peer holds the election above this type, where it knows both connections: the
//!   [`super::Admission`] says [`Verdict::ElectionLost`], by [`super::wins_election`], and closes the dialled one where it is won.
//! * *Anything before CER/CEA* closes the connection without an answer (5.6: only CER is an event there). So does silence for
//!   `CAPABILITIES_TIMEOUT`, or idle strangers would hold sockets.
//! * *CER in Open* has no line in the table of RFC 6733 (RFC 3588 had one). It is answered again and nothing changes; but a
//!   changed Origin-Host closes, since peers are known by it.
//! * *Refused CER*: the CEA goes out and we close. 3010 is a protocol error and so has the E bit (7.1.3); 5010 and 5017 do not.
//! * *Wrong application or command*: 3007 and 3001 from here (7.1.3), so that the application sees only what we advertised.
//! * *After our DPR* new requests get 3004, which sends them to another node (7.1.3), and answers are still delivered. After the
//!   peer's DPR nothing that comes is looked at: 5.4 ends the exchange there.
//! * An unreadable request is refused and the connection stays: the splitter still knows where messages begin.
//!
//! What race remains: requests that are on their way while DPR and DPA cross get no answer from us. Their sender repeats them
//! elsewhere with T (5.5.4).

use super::capabilities::{self, Capabilities};
use super::disconnect::{self, DisconnectCause};
use super::watchdog::{self, Expiry, Watchdog};
use super::{
    CAPABILITIES_TIMEOUT, CloseReason, DISCONNECT_TIMEOUT, Identifiers, PeerSettings, Reaction, Verdict,
};
use crate::answer::{self, Echo, Refusal};
use crate::codes::{application, command, result};
use crate::error::DecodeError;
use crate::message::Message;

#[derive(Debug)]
enum State {
    WaitTransport,
    WaitRequest { deadline: u64 },
    WaitAnswer { deadline: u64, hop_by_hop: u32 },
    Open { host: String, watchdog: Watchdog },
    Closing { deadline: u64, we_asked: bool },
    Closed,
}

/// One connection's state machine.
pub struct Peer {
    settings: PeerSettings,
    state: State,
    identifiers: Identifiers,
    reconnected: bool,
}

impl Peer {
    /// A connection that was accepted: waits for a CER.
    #[must_use]
    pub fn accepted(settings: PeerSettings, now: u64) -> Self {
        let state = State::WaitRequest { deadline: now.saturating_add(CAPABILITIES_TIMEOUT) };
        Self { identifiers: Identifiers::new(settings.seed), settings, state, reconnected: false }
    }

    /// A connection that is being dialled; tell [`Peer::connected`]. `reconnected`: the last connection to this peer was
    /// lost, so it must answer three watchdogs before our requests go there (RFC 3539 REOPEN).
    #[must_use]
    pub fn dialled(settings: PeerSettings, reconnected: bool) -> Self {
        let identifiers = Identifiers::new(settings.seed);
        Self { identifiers, settings, state: State::WaitTransport, reconnected }
    }

    /// The dialled transport is up: the CER is in `out`.
    pub fn connected(&mut self, now: u64, out: &mut Vec<u8>) {
        if matches!(self.state, State::WaitTransport) {
            let ids = self.identifiers.next_pair();
            capabilities::write_request(&self.settings.local, ids, out);
            let deadline = now.saturating_add(CAPABILITIES_TIMEOUT);
            self.state = State::WaitAnswer { deadline, hop_by_hop: ids.0 };
        }
    }

    /// The transport is gone, for whatever reason.
    pub fn disconnected(&mut self) {
        self.state = State::Closed;
    }

    /// Whether capabilities are exchanged and nobody is leaving.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// Whether our own requests may be sent here now: open, not suspect, not still proving itself.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        matches!(&self.state, State::Open { watchdog, .. } if watchdog.is_usable())
    }

    /// When [`Peer::tick`] wants to be called at the latest; `None` when nothing is waited for.
    #[must_use]
    pub const fn deadline(&self) -> Option<u64> {
        match &self.state {
            State::WaitRequest { deadline }
            | State::WaitAnswer { deadline, .. }
            | State::Closing { deadline, .. } => Some(*deadline),
            State::Open { watchdog, .. } => Some(watchdog.deadline()),
            State::WaitTransport | State::Closed => None,
        }
    }

    /// Identifiers for a request of the application on this connection: Hop-by-Hop and End-to-End.
    pub const fn next_identifiers(&mut self) -> (u32, u32) {
        self.identifiers.next_pair()
    }

    /// One whole message came.
    pub fn received<'m>(&mut self, now: u64, bytes: &'m [u8], out: &mut Vec<u8>) -> Reaction<'m> {
        match self.state {
            State::WaitTransport | State::Closed => Reaction::Nothing,
            State::WaitRequest { .. } => self.expect_request(now, bytes, out),
            State::WaitAnswer { hop_by_hop, .. } => self.expect_answer(now, bytes, hop_by_hop, out),
            State::Open { .. } => self.open(now, bytes, out),
            State::Closing { we_asked, .. } => self.closing(bytes, we_asked, out),
        }
    }

    /// Time passed. Cheap to call too early.
    pub fn tick(&mut self, now: u64, out: &mut Vec<u8>) -> Reaction<'static> {
        match &mut self.state {
            State::WaitRequest { deadline } | State::WaitAnswer { deadline, .. } if now >= *deadline => {
                self.close(CloseReason::CapabilitiesTimeout)
            }
            State::Closing { deadline, .. } if now >= *deadline => self.close(CloseReason::DisconnectTimeout),
            State::Open { watchdog, .. } => match watchdog.expired(now) {
                Expiry::Wait => Reaction::Nothing,
                Expiry::Send => {
                    let ids = self.identifiers.next_pair();
                    watchdog::write_request(&self.settings.local.identity, ids, out);
                    Reaction::Nothing
                }
                Expiry::Failover => Reaction::Suspect,
                Expiry::Close => self.close(CloseReason::WatchdogLost),
            },
            _ => Reaction::Nothing,
        }
    }

    /// We want to leave: an open connection gets a DPR, any other is closed.
    pub fn stop(&mut self, now: u64, cause: DisconnectCause, out: &mut Vec<u8>) -> Reaction<'static> {
        match self.state {
            State::Open { .. } => {
                let ids = self.identifiers.next_pair();
                disconnect::write_request(&self.settings.local.identity, cause, ids, out);
                self.state = closing(now, true);
                Reaction::Nothing
            }
            State::Closing { .. } => Reaction::Nothing,
            _ => self.close(CloseReason::Disconnected),
        }
    }

    fn close(&mut self, reason: CloseReason) -> Reaction<'static> {
        self.state = State::Closed;
        Reaction::Close(reason)
    }

    /// WaitRequest: only a CER is an event here.
    fn expect_request(&mut self, now: u64, bytes: &[u8], out: &mut Vec<u8>) -> Reaction<'static> {
        let message = match Message::decode(bytes) {
            Ok(message) => message,
            Err(error) => return self.close(CloseReason::BadCapabilities(error)),
        };
        if !is_capabilities(&message) || !message.header.is_request() {
            return self.close(CloseReason::MessageBeforeCapabilities { command: message.header.command });
        }
        let echo = Echo::of(&message);
        match self.judge(&message) {
            Ok(peer) => {
                capabilities::write_answer(&self.settings.local, &echo, result::SUCCESS, None, out);
                self.open_up(now, peer)
            }
            Err(reason) => {
                self.write_refused_capabilities(&echo, &reason, out);
                self.close(reason)
            }
        }
    }

    /// WaitAnswer: only the CEA to our CER is an event here.
    fn expect_answer(&mut self, now: u64, bytes: &[u8], hop: u32, out: &mut Vec<u8>) -> Reaction<'static> {
        let message = match Message::decode(bytes) {
            Ok(message) => message,
            Err(error) => return self.close(CloseReason::BadCapabilities(error)),
        };
        let header = message.header;
        if !is_capabilities(&message) || header.is_request() || header.hop_by_hop != hop {
            return self.close(CloseReason::MessageBeforeCapabilities { command: header.command });
        }
        match message.result_code() {
            Some(result::SUCCESS | result::LIMITED_SUCCESS) => {}
            refused => {
                let result_code = refused.unwrap_or(result::UNABLE_TO_COMPLY);
                return self.close(CloseReason::RefusedByPeer { result_code });
            }
        }
        match self.judge(&message) {
            Ok(peer) => {
                if self.reconnected {
                    let ids = self.identifiers.next_pair();
                    watchdog::write_request(&self.settings.local.identity, ids, out);
                }
                self.open_up(now, peer)
            }
            Err(reason) => self.close(reason),
        }
    }

    /// Whether the sender of a CER or CEA is a peer for us; the first objection counts.
    fn judge(&self, message: &Message<'_>) -> Result<Capabilities, CloseReason> {
        let peer = Capabilities::read(message).map_err(CloseReason::BadCapabilities)?;
        match (self.settings.admission)(&peer) {
            Verdict::Admitted => {}
            Verdict::Unknown => return Err(CloseReason::UnknownPeer { host: peer.host }),
            Verdict::ElectionLost => return Err(CloseReason::ElectionLost { host: peer.host }),
        }
        if self.settings.local.common(&peer).is_empty() {
            return Err(CloseReason::NoCommonApplication);
        }
        if !peer.accepts_no_inband_security() {
            return Err(CloseReason::NoCommonSecurity);
        }
        Ok(peer)
    }

    fn open_up(&mut self, now: u64, peer: Capabilities) -> Reaction<'static> {
        let PeerSettings { watchdog_interval, seed, .. } = self.settings;
        let watchdog = Watchdog::start(now, watchdog_interval, seed, self.reconnected);
        self.state = State::Open { host: peer.host.clone(), watchdog };
        Reaction::Opened(Box::new(peer))
    }

    fn write_refused_capabilities(&self, echo: &Echo, reason: &CloseReason, out: &mut Vec<u8>) {
        let local = &self.settings.local;
        let (result_code, failed) = match reason {
            CloseReason::UnknownPeer { .. } => {
                let refusal = Refusal::code(result::UNKNOWN_PEER);
                answer::refuse(echo, &local.identity, &refusal, out);
                return;
            }
            CloseReason::ElectionLost { .. } => (result::ELECTION_LOST, None),
            CloseReason::NoCommonApplication => (result::NO_COMMON_APPLICATION, None),
            CloseReason::NoCommonSecurity => (result::NO_COMMON_SECURITY, None),
            CloseReason::BadCapabilities(error) => (error.result_code(), error.failed_avp()),
            _ => (result::UNABLE_TO_COMPLY, None),
        };
        capabilities::write_answer(local, echo, result_code, failed, out);
    }

    fn open<'m>(&mut self, now: u64, bytes: &'m [u8], out: &mut Vec<u8>) -> Reaction<'m> {
        let State::Open { watchdog, .. } = &mut self.state else { return Reaction::Nothing };
        let message = match Message::decode(bytes) {
            Ok(message) => message,
            Err(error) => {
                watchdog.heard(now);
                return self.refuse_unreadable(bytes, error, out);
            }
        };
        let header = message.header;
        let is_watchdog =
            header.application == application::COMMON && header.command == command::DEVICE_WATCHDOG;
        let recovered =
            if is_watchdog && !header.is_request() { watchdog.answered(now) } else { watchdog.heard(now) };
        let reaction = if header.application == application::COMMON {
            self.base_message(now, &message, out)
        } else if !header.is_request() {
            Reaction::Answer(message)
        } else if self.settings.local.speaks(header.application) {
            Reaction::Request(message)
        } else {
            self.unsupported(&message, result::APPLICATION_UNSUPPORTED, out)
        };
        // Failback matters only to our own sending; a request or answer to deliver says by itself that the peer lives.
        if recovered && matches!(reaction, Reaction::Nothing) { Reaction::Recovered } else { reaction }
    }

    fn base_message<'m>(&mut self, now: u64, message: &Message<'m>, out: &mut Vec<u8>) -> Reaction<'m> {
        let header = message.header;
        let who = &self.settings.local.identity;
        match (header.command, header.is_request()) {
            (command::DEVICE_WATCHDOG, true) => {
                watchdog::write_answer(who, &Echo::of(message), out);
                Reaction::Nothing
            }
            (command::DISCONNECT_PEER, true) => {
                disconnect::write_answer(who, &Echo::of(message), out);
                self.state = closing(now, false);
                Reaction::Leaving(DisconnectCause::of(message))
            }
            (command::CAPABILITIES_EXCHANGE, true) => self.capabilities_again(message, out),
            // A late DWA, DPA or CEA asks for nothing.
            (command::DEVICE_WATCHDOG | command::DISCONNECT_PEER | command::CAPABILITIES_EXCHANGE, false) => {
                Reaction::Nothing
            }
            (_, true) => self.unsupported(message, result::COMMAND_UNSUPPORTED, out),
            (_, false) => Reaction::Answer(*message),
        }
    }

    fn capabilities_again(&mut self, message: &Message<'_>, out: &mut Vec<u8>) -> Reaction<'static> {
        let echo = Echo::of(message);
        let judged = self.judge(message).and_then(|peer| match &self.state {
            State::Open { host, .. } if *host == peer.host => Ok(()),
            _ => Err(CloseReason::IdentityChanged { host: peer.host }),
        });
        match judged {
            Ok(()) => {
                capabilities::write_answer(&self.settings.local, &echo, result::SUCCESS, None, out);
                Reaction::Nothing
            }
            Err(reason) => {
                self.write_refused_capabilities(&echo, &reason, out);
                self.close(reason)
            }
        }
    }

    fn closing<'m>(&mut self, bytes: &'m [u8], we_asked: bool, out: &mut Vec<u8>) -> Reaction<'m> {
        let Ok(message) = Message::decode(bytes) else { return Reaction::Nothing };
        let header = message.header;
        let is_disconnect =
            header.application == application::COMMON && header.command == command::DISCONNECT_PEER;
        match (is_disconnect, header.is_request()) {
            (true, false) if we_asked => self.close(CloseReason::Disconnected),
            // Both asked at once: each answers and closes on the other's answer.
            (true, true) => {
                disconnect::write_answer(&self.settings.local.identity, &Echo::of(&message), out);
                Reaction::Nothing
            }
            (false, true) if we_asked => self.unsupported(&message, result::TOO_BUSY, out),
            (false, false) if we_asked && header.application != application::COMMON => {
                Reaction::Answer(message)
            }
            _ => Reaction::Nothing,
        }
    }

    fn unsupported(&self, message: &Message<'_>, result_code: u32, out: &mut Vec<u8>) -> Reaction<'static> {
        let refusal = Refusal::code(result_code);
        answer::refuse(&Echo::of(message), &self.settings.local.identity, &refusal, out);
        Reaction::Unsupported(result_code)
    }

    fn refuse_unreadable(&self, bytes: &[u8], error: DecodeError, out: &mut Vec<u8>) -> Reaction<'static> {
        match Message::for_refusal(bytes) {
            Some(message) if message.header.is_request() => {
                let refusal = Refusal::of(&error);
                answer::refuse(&Echo::of(&message), &self.settings.local.identity, &refusal, out);
                Reaction::Refused(error)
            }
            _ => Reaction::Dropped(error),
        }
    }
}

fn is_capabilities(message: &Message<'_>) -> bool {
    message.header.application == application::COMMON
        && message.header.command == command::CAPABILITIES_EXCHANGE
}

const fn closing(now: u64, we_asked: bool) -> State {
    State::Closing { deadline: now.saturating_add(DISCONNECT_TIMEOUT), we_asked }
}
