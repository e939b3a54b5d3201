//! One connection: reads octets, drives the peer machine (RFC 6733 5), takes credit-control requests in, and leaves in order.
//!
//! One task reads and decides, another writes ([`crate::outbox`]); no task for each request. Reading stops while too much is in
//! flight. On shutdown what is in flight is answered first, then the peer gets a DPR; what it still sends is answered with 3004.

use crate::answer_writing::Outcome;
use crate::ask::{AnswerForm, Refused};
use crate::connection_end::{End, last_words};
use crate::dialling;
use crate::door::Door;
use crate::echo_mode;
use crate::errands::{Errand, Errands};
use crate::look_up::{Known, LookUps, LookedUp, unknown_session, unknown_user};
use crate::outbox::{self, Outbox};
use crate::peers::{KnownPeer, PeerRecord, PeerState};
use crate::relaying::{self, Behind};
use crate::request_mapping::Reader;
use crate::subscribers::own_names;
use crate::transport::{CertificateNames, Channel, Role};
use crate::whereabouts::whereabouts;
use crate::write_half::WriteHalf;
use catalog::Snapshot;
use diameter::answer::{self, Echo, Refusal};
use diameter::codes::{application, command, result};
use diameter::credit_control::CreditControlRequest;
use diameter::frame::Splitter;
use diameter::peer::{
    Capabilities, CloseReason, DisconnectCause, LocalNode, Peer, PeerSettings, Reaction, Verdict,
};
use diameter::{DecodeError, Message, Rules};
use engine::{EngineError, Outlet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::watch;
use tokio::time::{Sleep, sleep_until, timeout};

/// Octets read at once.
const READ_CHUNK: usize = 64 * 1024;
/// How long answers in flight are waited for before we leave.
const DRAIN_PATIENCE: Duration = Duration::from_secs(2);
/// How long a closing connection may take to send what is ready.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);
/// How often the peer machine is looked at when it waits for nothing.
const IDLE_TICK: Duration = Duration::from_secs(1);
/// Errors of one connection that are logged one by one; then every thousandth is.
const LOGGED_MOST: u64 = 10;

/// The reading side of a connection.
struct Line {
    door: Arc<Door>,
    record: Arc<PeerRecord>,
    peer: Peer,
    known: Option<Arc<(KnownPeer, Rules<'static>)>>,
    /// Clients that come through this peer.
    behind: Behind,
    outbox: Arc<Outbox>,
    look_ups: LookUps,
    number: u64,
    role: Role,
    errands: Errands,
    /// Messages of the peer machine and refusals, on their way to the outbox.
    out: Vec<u8>,
    draining: bool,
    left: bool,
    suspect: bool,
    end: Option<End>,
}

/// What stays the same for all requests of one read.
struct Moment {
    catalog: Arc<Snapshot>,
    now: calendar::Instant,
    arrived: Instant,
    micros: u64,
}

/// Serves one accepted connection until it ends.
pub(crate) async fn serve<R, W>(
    door: Arc<Door>,
    Channel { read, write, local, one_by_one, certificate, role }: Channel<R, W>,
    record: Arc<PeerRecord>,
    number: u64,
    stop: watch::Receiver<bool>,
) where
    R: AsyncRead + Unpin,
    W: WriteHalf,
{
    let (who, metrics) = (door.identity.clone(), door.metrics.clone());
    let at_once = if one_by_one { None } else { write.at_once() };
    let outbox = Arc::new(Outbox::new(door.config.in_flight_most, who, metrics, record.clone(), at_once));
    let mut writer = tokio::spawn(outbox::write(outbox.clone(), write, one_by_one));
    let mut line = Line::new(door, record, outbox, (local, certificate, role), number);
    let end = line.run(read, &mut writer, stop).await;
    line.door.routes.close(number);
    line.fail_over(true);
    line.ended(&end);
    line.outbox.close();
    if !writer.is_finished() && timeout(CLOSE_PATIENCE, &mut writer).await.is_err() {
        writer.abort();
    }
    if line.known.is_some() {
        line.door.metrics.peers_up.dec();
    }
}

impl Line {
    fn new(
        door: Arc<Door>,
        record: Arc<PeerRecord>,
        outbox: Arc<Outbox>,
        (local, certificate, role): (std::net::IpAddr, Option<CertificateNames>, Role),
        number: u64,
    ) -> Self {
        let product = &door.config.product_name;
        let node = LocalNode::credit_control(door.identity.as_ref().clone(), vec![local], product);
        let (judge, noted, begun) = (door.clone(), record.clone(), role.clone());
        let admits = move |peer: &Capabilities| {
            if certificate.as_ref().is_some_and(|names| !names.have(&peer.host)) {
                let words = format!("the certificate of {} does not name it", peer.host);
                tracing::warn!(address = %noted.address, "{words}");
                noted.count_error(judge.engine.clock().now(), words);
                return Verdict::Unknown;
            }
            match &begun {
                _ if judge.admit(&peer.host).is_none() => Verdict::Unknown,
                Role::Accepted => judge.dials.judge(&judge.identity.host, &peer.host),
                Role::Dialled(dialled) => dialled.host.eq_ignore_ascii_case(&peer.host).into(),
            }
        };
        let settings = PeerSettings {
            local: Arc::new(node),
            admission: Arc::new(admits),
            watchdog_interval: u64::try_from(door.config.watchdog_interval.as_micros()).unwrap_or(u64::MAX),
            seed: door.engine.clock().now().as_micros().cast_unsigned() ^ number.rotate_left(32),
        };
        let look_ups = LookUps::new(door.subscribers.clone(), door.sessions.clone());
        let (known, end, mut out) = (None, None, Vec::new());
        let peer = match &role {
            Role::Accepted => Peer::accepted(settings, door.micros()),
            Role::Dialled(dialled) => {
                let mut peer = Peer::dialled(settings, dialled.reconnected);
                peer.connected(door.micros(), &mut out);
                peer
            }
        };
        let (draining, left, suspect, errands) = (false, false, false, Errands::default());
        Self {
            door,
            record,
            peer,
            known,
            behind: Behind::default(),
            outbox,
            look_ups,
            number,
            role,
            errands,
            out,
            draining,
            left,
            suspect,
            end,
        }
    }

    async fn run(
        &mut self,
        mut read: impl AsyncRead + Unpin,
        writer: &mut tokio::task::JoinHandle<std::io::Result<()>>,
        mut stop: watch::Receiver<bool>,
    ) -> End {
        let mut splitter = Splitter::default();
        let mut timer = std::pin::pin!(sleep_until(tokio::time::Instant::now()));
        let outbox = self.outbox.clone();
        let dialled = match &self.role {
            Role::Accepted => None,
            Role::Dialled(dialled) => Some(dialled.clone()),
        };
        self.outbox.send(&mut self.out);
        loop {
            let reading = outbox.has_room() && (self.left || !self.draining);
            let buffer = splitter.buffer_mut();
            buffer.reserve(READ_CHUNK);
            tokio::select! {
                biased;
                ended = &mut *writer => return End::Gone(ended.ok().and_then(Result::err)),
                _ = stop.changed(), if !self.draining => {
                    self.draining = true;
                    timer.as_mut().reset(tokio::time::Instant::now() + DRAIN_PATIENCE);
                }
                () = &mut timer => {
                    if self.draining && !self.left {
                        self.leave();
                    }
                    self.tick();
                    self.wind(timer.as_mut());
                }
                found = self.look_ups.finished() => match found {
                    Ok(found) => self.looked_up(found),
                    Err(_) => return End::LookUpFailed,
                },
                host = dialling::given_up(dialled.as_deref()), if self.known.is_none() => {
                    return End::Peer(CloseReason::ElectionLost { host });
                }
                errand = self.errands.next(), if self.peer.is_usable() => {
                    self.errand(errand);
                    self.wind(timer.as_mut());
                }
                () = outbox.room.notified(), if !reading || (self.draining && !self.left) => {}
                count = read.read_buf(buffer), if reading => match count {
                    Ok(0) => return End::Gone(None),
                    Ok(_) => self.take_in(&mut splitter, timer.as_mut()),
                    Err(error) => return End::Gone(Some(error)),
                },
            }
            if self.draining && !self.left && outbox.is_idle() {
                self.leave();
                self.wind(timer.as_mut());
            }
            self.look_ups.start();
            self.outbox.send(&mut self.out);
            self.outbox.rest(false);
            self.door.engine.serve_here();
            if let Some(end) = self.end.take() {
                return end;
            }
        }
    }

    /// Sets the timer to when the peer machine wants to be looked at. Messages only move that later, so it is not set for them:
    /// looking too early is cheap.
    fn wind(&self, timer: std::pin::Pin<&mut Sleep>) {
        let now = self.door.micros();
        let wait = self.peer.deadline().map_or(IDLE_TICK, |at| Duration::from_micros(at.saturating_sub(now)));
        let wait = if self.errands.is_waiting() { wait.min(IDLE_TICK) } else { wait };
        timer.reset(tokio::time::Instant::now() + wait);
    }

    fn leave(&mut self) {
        self.left = true;
        self.fail_over(true);
        self.record.set_state(PeerState::Closing);
        let reaction = self.peer.stop(self.door.micros(), DisconnectCause::Rebooting, &mut self.out);
        if let Reaction::Close(reason) = reaction {
            self.end = Some(End::Peer(reason));
        }
    }

    fn tick(&mut self) {
        self.errands.tick();
        let reaction = self.peer.tick(self.door.micros(), &mut self.out);
        match reaction {
            Reaction::Close(reason) => self.end = Some(End::Peer(reason)),
            Reaction::Suspect => {
                self.suspect = true;
                self.record.set_state(PeerState::Suspect);
                self.fail_over(false);
            }
            _ => {}
        }
    }

    /// Every whole message that has come.
    fn take_in(&mut self, splitter: &mut Splitter, timer: std::pin::Pin<&mut Sleep>) {
        let moment = Moment {
            catalog: self.door.engine.catalog(),
            now: self.door.engine.clock().now(),
            arrived: Instant::now(),
            micros: self.door.micros(),
        };
        let mut rewind = false;
        while self.end.is_none() {
            match splitter.next_message() {
                Ok(Some(bytes)) => {
                    self.record.see(bytes, false);
                    let reaction = self.peer.received(moment.micros, bytes, &mut self.out);
                    rewind |= matches!(reaction, Reaction::Opened(_) | Reaction::Leaving(_));
                    self.react(reaction, &moment);
                }
                Ok(None) => break,
                Err(error) => {
                    if self.known.is_some() {
                        last_words(splitter.unread(), &error, &self.door.identity, &mut self.out);
                    }
                    self.end = Some(End::Garbage(error));
                }
            }
        }
        if self.suspect && self.peer.is_usable() {
            self.suspect = false;
            self.record.set_state(PeerState::Open);
            self.door.routes.set_usable(self.number, true);
        }
        if rewind {
            self.wind(timer);
        }
    }

    fn react(&mut self, reaction: Reaction<'_>, moment: &Moment) {
        match reaction {
            Reaction::Request(message) => self.request(&message, moment),
            Reaction::Opened(capabilities) => self.opened(&capabilities),
            Reaction::Refused(error) | Reaction::Dropped(error) => self.not_understood(&error),
            Reaction::Unsupported(code) => {
                self.door.metrics.unsupported.inc();
                let words = format!("a request for something that is not served ({code})");
                self.error(words, |peer, words| tracing::warn!(%peer, "{words}"));
            }
            Reaction::Leaving(cause) => {
                self.record.set_state(PeerState::Closing);
                self.fail_over(true);
                tracing::info!(peer = %self.record.name(), ?cause, "peer disconnects");
            }
            Reaction::Close(reason) => self.end = Some(End::Peer(reason)),
            Reaction::Answer(message) => {
                let code = message.result_code().unwrap_or(result::UNABLE_TO_COMPLY);
                if self.errands.answered(message.header.hop_by_hop, code) {
                    return;
                }
                self.error("an answer to no request of ours", |peer, words| tracing::warn!(%peer, "{words}"));
            }
            Reaction::Nothing | Reaction::Suspect | Reaction::Recovered => {}
        }
    }

    fn opened(&mut self, capabilities: &Capabilities) {
        let Some(known) = self.door.admit(&capabilities.host) else {
            // Removed from the table since the peer machine asked.
            self.end = Some(End::Peer(CloseReason::UnknownPeer { host: capabilities.host.clone() }));
            return;
        };
        self.record.opened(capabilities, &known.node);
        self.door.metrics.peers_up.inc();
        let (host, address, profile) = (&capabilities.host, self.record.address, &known.profile.name);
        tracing::info!(%host, %address, node = %known.node, %profile, "peer connected");
        let rules = known.profile.rules();
        let relays = capabilities.applications.contains(&application::RELAY);
        let queue = self.door.routes.open(self.number, (host, &known.node, relays), known.profile.clone());
        self.behind.peer(capabilities, &known, &self.door);
        if let Role::Dialled(dialled) = &self.role {
            self.door.dials.opened(dialled);
        }
        self.errands.open(queue);
        self.known = Some(Arc::new((known, rules)));
    }

    /// Sends a request of ours. Its answer is soon looked for, so the timer is set by the next tick.
    fn errand(&mut self, errand: Errand) {
        self.errands.send(errand, &mut self.peer, &self.door.identity, &mut self.out);
    }

    /// What has no answer here goes over another connection (RFC 6733 5.5.4).
    fn fail_over(&mut self, closing: bool) {
        self.door.routes.set_usable(self.number, false);
        self.errands.take_back(closing).into_iter().for_each(|errand| self.door.routes.send(errand));
    }

    fn request(&mut self, message: &Message<'_>, moment: &Moment) {
        let header = message.header;
        if header.application != application::CREDIT_CONTROL || header.command != command::CREDIT_CONTROL {
            let refusal = Refusal::code(result::COMMAND_UNSUPPORTED);
            answer::refuse(&Echo::of(message), &self.door.identity, &refusal, &mut self.out);
            self.door.metrics.unsupported.inc();
            let words = format!("the command {} is not served", header.command);
            return self.error(words, |peer, words| tracing::warn!(%peer, "{words}"));
        }
        if let Some(known) = self.behind.refreshed(&self.door) {
            self.door.routes.set_profile(self.number, &known.profile);
            let rules = known.profile.rules();
            self.known = Some(Arc::new((known, rules)));
        }
        let Some(known) = self.known.clone() else { return };
        let (peer, rules) = &*known;
        match CreditControlRequest::read(message, rules) {
            Ok(mut ccr) => {
                let client = self.behind.client(&mut ccr, peer, &self.door);
                self.credit_control((&ccr, message), client.as_deref().unwrap_or(peer), moment);
            }
            Err(error) => {
                let text = error.to_string();
                let refusal = Refusal::of(&error).saying(&text);
                answer::refuse(&Echo::of(message), &self.door.identity, &refusal, &mut self.out);
                self.door.metrics.count_answer(error.result_code());
                self.not_understood(&error);
            }
        }
    }

    fn credit_control(
        &mut self,
        (ccr, message): (&CreditControlRequest<'_>, &Message<'_>),
        KnownPeer { node, profile }: &KnownPeer,
        moment: &Moment,
    ) {
        let metrics = &self.door.metrics;
        metrics.count_request(ccr.request_type);
        metrics.count_reports(&ccr.services);
        if ccr.header.is_retransmitted() {
            metrics.retransmissions.inc();
            self.record.count_repeat();
        }
        if !ccr.leniencies.is_empty() {
            metrics.count_tolerated(ccr.leniencies);
        }
        self.record.requests.fetch_add(1, Ordering::Relaxed);
        self.outbox.begin();
        let (catalog, now, arrived) = (&*moment.catalog, moment.now, moment.arrived);
        if let Some(refused) = relaying::misrouted(ccr, profile, &self.door.identity) {
            return self.refuse(ccr, refused, moment);
        }
        let at = &whereabouts(profile, message, &self.door.zones);
        // Before the request is read in full: what memory holds of its name arrives meanwhile.
        let names = (!self.door.config.echo)
            .then(|| self.look_ups.names(ccr, own_names(profile, ccr, message).as_deref()));
        let message = Some(message);
        let ask = match (Reader { catalog, profile, node, now, arrived, message, at }).read(ccr) {
            Ok(ask) => ask,
            Err(refused) => return self.refuse(ccr, refused, moment),
        };
        let Some(names) = names else {
            let outcome = echo_mode::outcome(&ask.intent);
            return self.outbox.answer(&ask.form, &outcome);
        };
        match self.look_ups.known(ccr, names) {
            Known::Yes(subscriber) => self.door.submit(ask, subscriber, &self.outbox),
            Known::Ask(names) => self.look_ups.park((node, ccr.session_id), ask, names),
            Known::Nobody => self.outbox.answer(&ask.form, &unknown_user()),
        }
    }

    fn refuse(&mut self, ccr: &CreditControlRequest<'_>, refused: Refused, moment: &Moment) {
        let (code, reason) = (refused.code, refused.message);
        let form = AnswerForm::bare(ccr.echo(), moment.arrived);
        self.outbox.answer(&form, &Outcome::Refused(refused));
        let context = ccr.service_context_id;
        let words = format!("a request was refused with {code}: {reason}");
        self.error(words, |peer, words| tracing::warn!(%peer, context, "{words}"));
    }

    fn looked_up(&mut self, found: Vec<LookedUp>) {
        for LookedUp { ask, unnamed, subscriber, .. } in found {
            match subscriber {
                Ok(Some(subscriber)) => self.door.submit(ask, subscriber, &self.outbox),
                Ok(None) if unnamed => self.outbox.answer(&ask.form, &unknown_session()),
                Ok(None) => self.outbox.answer(&ask.form, &unknown_user()),
                Err(error) => {
                    self.outbox.answer(&ask.form, &Outcome::Replied(Err(EngineError::Busy)));
                    let words = format!("a subscriber was not looked up: {error}");
                    self.error(words, |peer, words| tracing::error!(%peer, "{words}"));
                }
            }
        }
    }

    fn not_understood(&self, error: &DecodeError) {
        self.door.metrics.decode_errors.inc();
        let words = format!("a message was not understood: {error}");
        self.error(words, |peer, words| tracing::warn!(%peer, "{words}"));
    }

    /// Counts an error, keeps its words for screens, and logs it, unless this peer makes too many.
    fn error(&self, words: impl Into<String>, log: impl FnOnce(String, &str)) {
        let words = words.into();
        let count = self.record.count_error(self.door.engine.clock().now(), words.clone());
        if count <= LOGGED_MOST || count.is_multiple_of(1_000) {
            log(self.record.name(), &words);
        }
    }

    /// Tells the log, the counters and the screens why the connection ended.
    fn ended(&self, end: &End) {
        let (peer, address, metrics) = (self.record.name(), self.record.address, &self.door.metrics);
        let refused_host = match end {
            End::Peer(CloseReason::UnknownPeer { host }) => Some(host.as_str()),
            _ => None,
        };
        self.record.closed(self.door.engine.clock().now(), refused_host, end.to_string());
        match end {
            End::Gone(_) | End::Peer(CloseReason::Disconnected | CloseReason::DisconnectTimeout) => {
                tracing::info!(%peer, %address, %end, "connection ended");
            }
            End::Peer(_) | End::Garbage(_) => {
                metrics.closed_for_cause.inc();
                if matches!(end, End::Garbage(_)) {
                    metrics.decode_errors.inc();
                }
                tracing::warn!(%peer, %address, %end, "connection closed");
            }
            End::LookUpFailed => tracing::error!(%peer, %address, %end, "connection closed"),
        }
    }
}
