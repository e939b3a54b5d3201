//! One UDP port: a task that receives and decides what can be decided at once, and a task that signs and sends what is ready.
//!
//! Order of checks (RFC 2865 3, RFC 5080 2.2.2, RFC 5997 4): source address, shape, kind, signature, duplicate. What fails is discarded
//! silently, counted, and told in the log at a bounded rate. Nothing here waits: a look-up that memory can't answer goes to a thread of
//! the pool, commands go to the engine with a callback. Bounded: requests in flight, remembered duplicates, waiting look-ups.

use crate::access_reply::{self, Outcome};
use crate::datagrams::{Inbox, Replies, Route};
use crate::finished::{Finished, Flight, Pending, Verdict};
use crate::node_restart::Restart;
use crate::refusal_reason::Reason;
use crate::shared::Shared;
use crate::tap::Way;
use crate::tls::Link;
use crate::{Discard, Effort, RadiusNode, access, accounting, credential};
use calendar::Instant as Moment;
use charging::{Refusal, Reply};
use parking_lot::Mutex;
use radius::authenticator::{RequestPolicy, verify_request};
use radius::{Code, DuplicateCache, Packet, PacketBuilder, RequestKey, Seen};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;
use tokio::net::UdpSocket;
use tokio::sync::{Notify, watch};

/// System calls that receive before others get their turn.
const CALLS: usize = 4;

/// What is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Authentication,
    Accounting,
}

/// How many kinds there are.
const KINDS: u32 = 2;

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Accounting => "accounting",
        }
    }

    fn serves(self, code: Code) -> bool {
        match self {
            Self::Authentication => matches!(code, Code::AccessRequest | Code::StatusServer),
            Self::Accounting => matches!(code, Code::AccountingRequest | Code::StatusServer),
        }
    }
}

/// A request that needs a look-up which may wait.
pub(crate) struct Retry {
    port: Arc<Port>,
    pending: Pending,
}

impl Retry {
    /// Tries again with all effort; run by a thread of the pool.
    pub fn run(self) {
        self.port.work(self.pending, Effort::Storage);
        self.port.shared.engine.serve_here();
    }
}

/// One port.
pub(crate) struct Port {
    pub shared: Arc<Shared>,
    pub finished: Finished,
    pub flight: Arc<Flight>,
    kind: Kind,
    socket: UdpSocket,
    wake: Arc<Notify>,
    duplicates: Mutex<DuplicateCache>,
}

impl Port {
    pub fn new(
        shared: Arc<Shared>,
        kind: Kind,
        socket: UdpSocket,
        in_flight_most: usize,
        duplicates: DuplicateCache,
    ) -> Arc<Self> {
        let wake = Arc::new(Notify::new());
        let finished = Finished::new(wake.clone());
        let flight = Arc::new(Flight::new(in_flight_most, wake.clone(), shared.metrics.in_flight().clone()));
        Arc::new(Self { shared, finished, flight, kind, socket, wake, duplicates: Mutex::new(duplicates) })
    }

    /// Receives until told to stop.
    pub async fn receive(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut inbox = Inbox::new(self.address().map_or(Ipv4Addr::UNSPECIFIED.into(), |at| at.ip()));
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                _ = self.socket.readable() => {}
            }
            for _ in 0..CALLS {
                let more = match inbox.fill(&self.socket) {
                    Ok(more) => more,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    // An ICMP error of an earlier reply: the peer is gone, others are not.
                    Err(_) => true,
                };
                inbox.datagrams().for_each(|(datagram, route)| self.received(datagram, route));
                self.shared.engine.serve_here();
                if !more {
                    break;
                }
            }
            tokio::task::yield_now().await;
        }
    }

    /// Sends what is ready until told to stop and nothing is in flight any more.
    pub async fn send(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let (mut ready, mut replies) = (Vec::new(), Replies::default());
        loop {
            self.finished.take(&mut ready);
            if ready.is_empty() {
                if *stop.borrow() && self.flight.is_over() {
                    return;
                }
                let stopping = *stop.borrow();
                tokio::select! {
                    () = self.wake.notified() => {}
                    _ = stop.changed(), if !stopping => {}
                }
                continue;
            }
            for (pending, verdict) in ready.drain(..) {
                self.finish(pending, verdict, &mut replies);
                if replies.is_full() {
                    replies.send(&self.socket).await;
                }
            }
            replies.send(&self.socket).await;
            tokio::task::yield_now().await;
        }
    }

    /// Where it listens.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Both ends of a packet, for traces.
    fn way(&self, Route { peer: remote, local }: Route, link: Option<&Arc<Link>>, sent: bool) -> Way {
        if let Some(link) = link {
            return Way::of(link, sent);
        }
        let mut listens = self.socket.local_addr().unwrap_or(remote);
        local.into_iter().for_each(|local| listens.set_ip(local));
        Way { remote, local: listens, sent, link: None }
    }

    fn received(self: &Arc<Self>, datagram: &[u8], route: Route) {
        let peer = route.peer;
        self.shared.tap.see(datagram, || self.way(route, None, false));
        let Some(node) = self.shared.nodes.by_source(peer.ip().to_canonical()) else {
            self.shared.tap.unanswered(datagram, || self.way(route, None, false), &Discard::UnknownNode);
            return self.discard(&Discard::UnknownNode, peer, None);
        };
        match self.accept(datagram, (route, None), &node) {
            Ok(Some(pending)) => self.work(pending, Effort::Memory),
            Ok(None) => {}
            Err(discard) => {
                self.shared.tap.unanswered(datagram, || self.way(route, None, false), &discard);
                self.discard(&discard, peer, Some(&node));
            }
        }
    }

    /// A packet that a TLS connection of a node brought; its answer leaves over the same one.
    ///
    /// # Errors
    /// Why it gets none; it is counted here.
    pub fn brought(
        self: &Arc<Self>,
        packet: &[u8],
        link: &Arc<Link>,
        node: &Arc<RadiusNode>,
    ) -> Result<(), Discard> {
        let route = Route { peer: link.peer(), local: None };
        self.shared.tap.see(packet, || Way::of(link, false));
        match self.accept(packet, (route, Some(link)), node) {
            Ok(Some(pending)) => {
                self.work(pending, Effort::Memory);
                self.shared.engine.serve_here();
            }
            Ok(None) => {}
            Err(discard) => {
                self.shared.tap.unanswered(packet, || Way::of(link, false), &discard);
                self.discard(&discard, link.peer(), Some(node));
                return Err(discard);
            }
        }
        Ok(())
    }

    /// A genuine new request; nothing for one that is answered already.
    fn accept(
        &self,
        datagram: &[u8],
        (route, link): (Route, Option<&Arc<Link>>),
        node: &Arc<RadiusNode>,
    ) -> Result<Option<Pending>, Discard> {
        let packet = Packet::decode(datagram).map_err(Discard::Malformed)?;
        if !self.kind.serves(packet.code()) {
            return Err(Discard::WrongKind(packet.code()));
        }
        // Inside TLS nobody can forge an answer, which is what the policy is against.
        let habits = &self.shared.habits;
        let policy = link.map_or_else(|| habits.policy(node, &packet), |_| RequestPolicy::of_tls());
        verify_request(&packet, node.secret.octets(), policy).map_err(Discard::NotGenuine)?;
        if link.is_none() {
            habits.seen(node, &packet);
        }
        self.shared.metrics.request(self.label(&packet));
        self.shared.board.request(&node.name, self.now());
        if packet.code() == Code::StatusServer {
            return self.alive(&packet, (route, link), node).map(|()| None);
        }
        let arrived = Instant::now();
        let since = self.shared.elapsed(arrived);
        if !self.shared.rates.pass(&node.name, node.profile.accepted_per_second, since) {
            return Err(Discard::TooFast);
        }
        let ticket = self.flight.ticket().ok_or(Discard::Overload)?;
        let key = RequestKey {
            // Identifiers of a connection are its own (RFC 6613 2.6.1).
            socket: self.kind as u32 + link.map_or(0, |_| KINDS),
            source: route.peer,
            code: packet.code(),
            identifier: packet.identifier(),
        };
        let seen = self.duplicates.lock().check(key, packet.authenticator(), since);
        match seen {
            Seen::New => {}
            Seen::InProgress => return Err(Discard::InProgress),
            Seen::Answered(reply) => {
                // The peer repeats once more if this is lost.
                self.answered("repeat", node, None);
                self.shared.board.repeat(&node.name, self.now());
                self.send_at_once(reply, (route, link));
                return Ok(None);
            }
        }
        let (node, datagram) = (node.clone(), packet.bytes().into());
        let link = link.cloned();
        Ok(Some(Pending { node, datagram, key, local: route.local, link, arrived, _ticket: ticket }))
    }

    fn label(&self, packet: &Packet<'_>) -> &'static str {
        match packet.code() {
            Code::StatusServer => "status",
            Code::AccessRequest => "access",
            _ => accounting::kind(packet),
        }
    }

    /// Answers Status-Server (RFC 5997 3.1).
    fn alive(
        &self,
        packet: &Packet<'_>,
        way: (Route, Option<&Arc<Link>>),
        node: &RadiusNode,
    ) -> Result<(), Discard> {
        let code = match self.kind {
            Kind::Authentication => Code::AccessAccept,
            Kind::Accounting => Code::AccountingResponse,
        };
        let reply = PacketBuilder::reply_to(packet, code);
        let reply = reply.sign_reply(packet, node.secret.octets()).map_err(Discard::NoReply)?;
        self.answered("status", node, None);
        self.send_at_once(reply.into(), way);
        Ok(())
    }

    /// A datagram that is lost here is asked for again.
    fn send_at_once(&self, reply: Arc<[u8]>, (route, link): (Route, Option<&Arc<Link>>)) {
        self.shared.tap.see(&reply, || self.way(route, link, true));
        match link {
            Some(link) => link.send(reply),
            None => Replies::send_now(reply, route, &self.socket),
        }
    }

    fn work(self: &Arc<Self>, pending: Pending, effort: Effort) {
        let outcome = match self.kind {
            Kind::Authentication => access::begin(self, pending, effort),
            Kind::Accounting => accounting::begin(self, pending, effort),
        };
        let Err(pending) = outcome else { return };
        let retry = Retry { port: self.clone(), pending };
        if let Err(retry) = self.shared.lookups.offer(retry) {
            self.finished.push(retry.pending, Verdict::Discard(Discard::Overload));
        }
    }

    /// The node has restarted: what it had before is ended by a thread of its own.
    pub fn node_restarted(self: &Arc<Self>, pending: Pending, before: Moment) {
        let restart = Restart { port: self.clone(), pending, before };
        if let Err(restart) = self.shared.restarts.offer(restart) {
            self.finished.push(restart.pending, Verdict::Discard(Discard::Overload));
        }
    }

    fn finish(&self, pending: Pending, verdict: Verdict, replies: &mut Replies) {
        match self.reply(&pending, verdict) {
            Ok((reply, label)) => {
                let reply: Arc<[u8]> = reply.into();
                if let Some(authenticator) = pending.authenticator() {
                    self.duplicates.lock().answered(&pending.key, authenticator, reply.clone());
                }
                // Counted first: who has the reply finds it in the metrics.
                let micros = u64::try_from(pending.arrived.elapsed().as_micros()).unwrap_or(u64::MAX);
                self.answered(label, &pending.node, Some(micros));
                self.shared.tap.see(&reply, || self.way(pending.back(), pending.link.as_ref(), true));
                let seconds = match self.kind {
                    Kind::Authentication => self.shared.metrics.access_seconds(),
                    Kind::Accounting => self.shared.metrics.accounting_seconds(),
                };
                seconds.observe(pending.arrived.elapsed().as_secs_f64());
                match &pending.link {
                    Some(link) => link.send(reply),
                    None => replies.add(reply, pending.back()),
                }
            }
            Err(discard) => {
                // Its repeat is tried as new.
                if let Some(authenticator) = pending.authenticator() {
                    self.duplicates.lock().forget(&pending.key, authenticator);
                }
                let way = || self.way(pending.back(), pending.link.as_ref(), false);
                self.shared.tap.unanswered(&pending.datagram, way, &discard);
                self.discard(&discard, pending.peer(), Some(&pending.node));
            }
        }
    }

    fn answered(&self, label: &'static str, node: &RadiusNode, micros: Option<u64>) {
        self.shared.metrics.answer(label);
        self.shared.board.answer(&node.name, self.now(), micros);
    }

    fn now(&self) -> Moment {
        self.shared.engine.clock().now()
    }

    /// The signed reply and its label.
    fn reply(&self, pending: &Pending, verdict: Verdict) -> Result<(Vec<u8>, &'static str), Discard> {
        let recorded = || {
            let packet = Packet::decode(&pending.datagram).map_err(Discard::Malformed)?;
            let reply = PacketBuilder::reply_to(&packet, Code::AccountingResponse);
            let reply = reply.sign_reply(&packet, pending.node.secret.octets()).map_err(Discard::NoReply)?;
            Ok((reply, "accounting"))
        };
        match verdict {
            Verdict::Discard(discard) => Err(discard),
            Verdict::Recorded => recorded(),
            Verdict::Report(Ok(Reply::Session(_))) => recorded(),
            // A late report of a session that is charged already: repeating it would never help.
            Verdict::Report(Ok(Reply::Refused(Refusal::SessionEnded))) => recorded(),
            Verdict::Report(Ok(Reply::Refused(refusal))) => Err(Discard::Refused(refusal)),
            Verdict::Report(Ok(_)) => Err(Discard::Engine(engine::EngineError::Broken)),
            Verdict::Report(Err(error)) | Verdict::LogIn(_, Err(error)) => Err(Discard::Engine(error)),
            Verdict::Reject(reason) => {
                let reply = Packet::decode(&pending.datagram).and_then(|packet| {
                    let dictionary = self.shared.equipment.dictionary();
                    access_reply::reject(&dictionary, &packet, &pending.node, Reason::Credentials)
                });
                self.tell_reject(pending, reason);
                Ok((reply.map_err(Discard::NoReply)?, "reject"))
            }
            Verdict::Challenge { stale } => {
                let now = u64::try_from(self.now().unix_seconds()).unwrap_or(0);
                let reply = Packet::decode(&pending.datagram)
                    .and_then(|packet| credential::challenge(&packet, &pending.node, stale, now));
                Ok((reply.map_err(Discard::NoReply)?, "challenge"))
            }
            Verdict::Ask(ask) => {
                let reply = Packet::decode(&pending.datagram)
                    .and_then(|packet| ask.challenge(&packet, &pending.node));
                Ok((reply.map_err(Discard::NoReply)?, "challenge"))
            }
            Verdict::LogIn(identified, Ok(reply)) => {
                if let Reply::Access(access) = &reply {
                    self.shared.enforcement.changes(identified.found.customer, access.changes_at);
                }
                let outcome = Outcome::of(reply, &pending.node.profile);
                let (dictionary, outcome) = (self.shared.equipment.dictionary(), (outcome, self.now()));
                let made = access_reply::reply(&dictionary, pending, &identified, outcome);
                let (reply, outcome, left_out) = made.map_err(Discard::NoReply)?;
                if let Outcome::Accept(policy, _) = &outcome {
                    self.shared.enforcement.accepted(&pending.node, identified.found.account, policy);
                }
                self.tell_outcome(pending, &identified.identifier, &outcome, &left_out);
                Ok((reply, outcome.label()))
            }
        }
    }

    fn tell_reject(&self, pending: &Pending, reason: &str) {
        if let Some(left_out) = self.shared.log.pass("reject") {
            let user = Packet::decode(&pending.datagram).ok().and_then(|p| p.text(radius::number::USER_NAME));
            let (user, node) = (user.unwrap_or_default(), &pending.node.name);
            tracing::info!(peer = %pending.peer(), %node, ?user, reason, left_out, "log-in rejected");
        }
    }

    fn tell_outcome(&self, pending: &Pending, user: &str, outcome: &Outcome, problems: &[String]) {
        let (peer, node) = (pending.peer(), &pending.node.name);
        match outcome {
            Outcome::Accept(..) => {}
            Outcome::Hotline(_, reason) => {
                if let Some(left_out) = self.shared.log.pass("hotline") {
                    tracing::info!(%peer, %node, user, %reason, left_out, "log-in hotlined");
                }
            }
            Outcome::Reject(reason, _) => self.tell_reject(pending, reason),
        }
        for problem in problems {
            if let Some(left_out) = self.shared.log.pass("attribute") {
                tracing::warn!(%peer, %node, user, problem, left_out, "an attribute could not be made");
            }
        }
    }

    fn discard(&self, reason: &Discard, peer: SocketAddr, node: Option<&RadiusNode>) {
        self.shared.metrics.discard(reason.label());
        if *reason == Discard::InProgress {
            node.into_iter().for_each(|node| self.shared.board.repeat(&node.name, self.now()));
            return;
        }
        if let Some(node) = node {
            let words = format!("{reason} ({}, {})", reason.code(), peer.ip());
            self.shared.board.drop_for(&node.name, self.now(), reason.label(), words);
        }
        if let Some(left_out) = self.shared.log.pass(reason.label()) {
            let (port, code, node) = (self.kind.name(), reason.code(), node.map_or("", |node| &*node.name));
            tracing::warn!(%peer, port, node, code, %reason, left_out, "packet discarded");
        }
    }
}
