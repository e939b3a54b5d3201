//! The worker: one task that looks at customers, asks charging, sends, and takes answers in. Everything else only posts to it.
//!
//! A session has one request on its way at a time. News that come meanwhile are looked at when it has ended, so what is sent last is
//! what charging said last.

use super::seen::{ENDED_TOLD, Seen, Used, as_asked, look_again, sessions};
use super::told::{self, Next};
use super::{Enforcement, Tools, Why};
use crate::RadiusNode;
use crate::access_reply::Outcome;
use crate::change_request::{NoRequest, Subject, speed_digest};
use crate::forward::{Binding, PERHAPS_LOST};
use crate::nas_client::{Ask, Ended, Road};
use crate::steering::{Known, Mode, Tool, tools, without_paid_portal};
use calendar::{Instant as Moment, Seconds};
use charging::{AccountId, Authorize, Command, CustomerId, Envelope, EventKind, Policy, Reply, SessionKey};
use engine::{Answer, Concern, EngineError};
use office::{BoundedCache, SessionToCut};
use radius::dynamic_client::Outcome as NetworkOutcome;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// Customers looked at together.
const AT_ONCE: usize = 2_048;
/// Sessions whose device's state is remembered, in each half of the cache.
const KNOWN_MOST: usize = 500_000;
/// Beyond the interim interval, before a session that its device does not know is ended here too.
const GRACE: Seconds = Seconds(60);
/// Newest events looked at after a start.
const EVENTS_AFTER_START: usize = 5_000;
/// How often due repetitions are looked for.
const TICK: Duration = Duration::from_millis(250);

/// What is posted to the worker.
enum Post {
    /// His sessions as they were at that time.
    Sessions(CustomerId, Moment, Result<Vec<Seen>, EngineError>),
    Right(CustomerId, Asked, Result<Reply, EngineError>),
    Ended(SessionKey, Ended),
    Events(Vec<CustomerId>),
}

/// Sessions that charging is asked about together: account, node, what is used.
type Asked = (AccountId, Box<str>, Option<Used>);

/// A customer in work.
struct Case {
    why: Why,
    sessions: Vec<Seen>,
    /// Answers of charging that are still to come.
    open: usize,
}

/// A session whose device is being told something.
struct Telling {
    seen: Seen,
    node: Arc<RadiusNode>,
    policy: Policy,
    speed: Option<u64>,
    left: VecDeque<Tool>,
    tries: u32,
    /// There were news meanwhile.
    again: bool,
}

pub(crate) struct Worker {
    tools: Tools,
    shared: Enforcement,
    post: mpsc::UnboundedSender<Post>,
    posted: Option<mpsc::UnboundedReceiver<Post>>,
    began: Moment,
    cases: HashMap<CustomerId, Case>,
    known: BoundedCache<SessionKey, Known>,
    telling: HashMap<SessionKey, Telling>,
    /// Requests to repeat, by when.
    repeats: BinaryHeap<Reverse<(Instant, SessionKey)>>,
    /// Sessions that their devices do not know: ended here unless they report until then.
    missing: BinaryHeap<Reverse<(Moment, CustomerId, SessionKey, Moment)>>,
}

impl Worker {
    pub fn new(tools: Tools, shared: Enforcement) -> Self {
        let (post, posted) = mpsc::unbounded_channel();
        let began = tools.engine.clock().now();
        Self {
            tools,
            shared,
            post,
            posted: Some(posted),
            began,
            cases: HashMap::new(),
            known: BoundedCache::new(KNOWN_MOST),
            telling: HashMap::new(),
            repeats: BinaryHeap::new(),
            missing: BinaryHeap::new(),
        }
    }

    /// Works until told to stop.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let Some(mut posted) = self.posted.take() else { return };
        self.read_last_events();
        // What sessions of before the start wait for by the clock is not known any more.
        if self.tools.engine.catalog().has_schedules() {
            self.tools.engine.tell_of_running_sessions();
        }
        let waiting = self.shared.waiting.clone();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                Some(post) = posted.recv() => self.take(post),
                () = waiting.filled() => {}
                _ = tick.tick() => self.tick(),
            }
            while let Ok(post) = posted.try_recv() {
                self.take(post);
            }
            self.look_at_waiting();
        }
    }

    /// What was committed just before a crash may never have been told.
    fn read_last_events(&self) {
        let (store, post) = (self.tools.engine.store().clone(), self.post.clone());
        let (forwarder, nodes) = (self.tools.forwarder.clone(), self.tools.nodes.clone());
        let shared = self.shared.clone();
        tokio::task::spawn_blocking(move || match store.newest_events(EVENTS_AFTER_START) {
            Ok(events) => {
                forwarder.remember_holders(&store, &*nodes);
                // When the money of their calls ends is not known any more.
                let began = events.iter().filter(|(_, kind)| *kind == EventKind::SessionStarted);
                began.for_each(|(customer, _)| shared.call_began(*customer));
                let told = events.into_iter().filter(|(_, kind)| Concern::of(*kind).is_some());
                let _ = post.send(Post::Events(told.map(|(customer, _)| customer).collect()));
            }
            Err(error) => {
                tracing::error!(%error, "the last events cannot be read: devices are told with the next ones");
            }
        });
    }

    fn look_at_waiting(&mut self) {
        let room = AT_ONCE.saturating_sub(self.cases.len());
        if room == 0 {
            return;
        }
        for (customer, why) in self.shared.waiting.take(room, |customer| self.cases.contains_key(&customer)) {
            self.cases.insert(customer, Case { why, sessions: Vec::new(), open: 0 });
            let (post, now) = (self.post.clone(), self.tools.engine.clock().now());
            let catalog = self.tools.engine.catalog();
            self.tools.engine.look_then(customer, move |found| {
                let seen = found.map(|found| sessions(found, &catalog, now));
                let _ = post.send(Post::Sessions(customer, now, seen));
            });
        }
    }

    fn take(&mut self, post: Post) {
        match post {
            Post::Sessions(customer, at, Ok(sessions)) => self.ask_charging(customer, at, sessions),
            Post::Sessions(customer, _, Err(error)) => self.failed(customer, error),
            Post::Right(customer, asked, reply) => self.answered(customer, &asked, reply),
            Post::Ended(key, ended) => self.ended(key, ended),
            Post::Events(events) => {
                for customer in events {
                    self.shared.waiting.add(customer, Why::ALL);
                    self.tell_ended(customer, PERHAPS_LOST);
                }
            }
        }
    }

    /// Others hear of sessions that ended in the last `while_ago` and have not been told.
    fn tell_ended(&self, customer: CustomerId, while_ago: Seconds) {
        let since = self.tools.engine.clock().now().minus(while_ago);
        self.tools.forwarder.tell_ended(&self.tools.engine, &self.tools.nodes, customer, since);
    }

    /// The engine is busy: looked at again, unless it has stopped.
    fn failed(&mut self, customer: CustomerId, error: EngineError) {
        if let Some(case) = self.cases.remove(&customer)
            && error == EngineError::Busy
        {
            self.shared.waiting.add(customer, case.why);
        }
    }

    /// One question for each account, node and kind of use; sessions that were ended here, and calls without money, need none.
    /// The sessions are those of `at`: what was left of a call then is counted from then.
    fn ask_charging(&mut self, customer: CustomerId, at: Moment, sessions: Vec<Seen>) {
        let Some(mut case) = self.cases.remove(&customer) else { return };
        let again = look_again(&sessions, at);
        again.into_iter().for_each(|at| self.shared.calls.add(at, customer));
        let (gone, open): (Vec<Seen>, Vec<Seen>) = sessions.into_iter().partition(Seen::is_gone);
        if gone.iter().any(|seen| seen.ended) {
            self.tell_ended(customer, ENDED_TOLD);
        }
        for seen in gone {
            self.steer(seen, Mode::Gone, Policy::default(), false);
        }
        if !case.why.asks {
            return;
        }
        let questions: BTreeSet<Asked> =
            open.iter().map(|seen| (seen.account, seen.facts.node.clone(), seen.used.clone())).collect();
        for asked in questions {
            let (account, node, used) = asked.clone();
            let Some(known) = self.tools.nodes.by_name(&node) else { continue };
            let catalog = self.tools.engine.catalog();
            let usual = || catalog.service(known.profile.service()).map(|found| found.id);
            let used = used.or_else(|| Some((usual()?, Box::default(), Box::default())));
            let Some((service, access_code, destination)) = used else { continue };
            let kind = catalog.service_by_id(service).map(|service| service.kind);
            let destination = as_asked(kind, destination);
            case.open += 1;
            let post = self.post.clone();
            let command = Command::Authorize(Authorize { account, service, node, access_code, destination });
            let answer = Answer::new(move |reply| {
                let _ = post.send(Post::Right(customer, asked, reply));
            });
            self.tools.engine.submit_network(Envelope { customer, key: None, command }, answer);
        }
        if case.open > 0 {
            case.sessions = open;
            self.cases.insert(customer, case);
        }
    }

    fn answered(
        &mut self,
        customer: CustomerId,
        (account, node, used): &Asked,
        reply: Result<Reply, EngineError>,
    ) {
        let Some(case) = self.cases.get_mut(&customer) else { return };
        let is_here =
            |seen: &mut Seen| seen.account == *account && seen.facts.node == *node && seen.used == *used;
        let here: Vec<Seen> = case.sessions.extract_if(.., is_here).collect();
        let why = case.why;
        case.open = case.open.saturating_sub(1);
        if case.open == 0 {
            self.cases.remove(&customer);
        }
        let reply = match reply {
            Ok(reply) => reply,
            Err(EngineError::Busy) => return self.shared.waiting.add(customer, why),
            Err(_) => return,
        };
        let Some(profile) = self.tools.nodes.by_name(node).map(|node| node.profile.clone()) else { return };
        let (mut refusal, mut policy) = (None, Policy::default());
        if let Reply::Access(access) = &reply {
            self.shared.changes(customer, access.changes_at);
            (refusal, policy) = (access.refusal.clone(), access.policy.clone());
        }
        let usual = Mode::of(&Outcome::of(reply, &profile));
        for seen in here {
            let Some(mode) = seen.may(refusal.as_ref(), usual) else { continue };
            let policy = if mode == Mode::Gone { Policy::default() } else { policy.clone() };
            if mode == Mode::Full && self.tools.forwarder.tells_policies(&*self.tools.nodes) {
                let binding = Binding { policy: Some(policy.clone()), ..seen.binding() };
                self.tools.forwarder.tell(&*self.tools.nodes, || binding.clone());
            }
            if why.news || mode != Mode::Full || self.known(&seen).mode.is_some() {
                self.steer(seen, mode, policy, why.policy);
            }
        }
    }

    /// What the device of a session has: as it was told, else as the session began if that was after our start.
    fn known(&self, seen: &Seen) -> Known {
        let by_login = seen.facts.is_hotlined();
        if let Some(known) = self.known.get(&seen.key) {
            return Known { by_login, ..known };
        }
        let began_here = seen.started_at >= self.began;
        let mode = match (by_login, began_here) {
            (true, _) => Some(Mode::Hotline),
            (false, true) => Some(Mode::Full),
            (false, false) => None,
        };
        let accepted = || self.shared.accepted.0.get(&(seen.account, seen.facts.node.clone()));
        Known { mode, speed: if mode == Some(Mode::Full) { accepted() } else { None }, by_login }
    }

    fn steer(&mut self, seen: Seen, mode: Mode, policy: Policy, policy_changed: bool) {
        if let Some(telling) = self.telling.get_mut(&seen.key) {
            telling.again = true;
            return;
        }
        let Some(node) = self.tools.nodes.by_name(&seen.facts.node) else { return };
        let profile = &*node.profile;
        let speed = if mode == Mode::Full { speed_digest(profile, &policy, seen.account) } else { None };
        let known = self.known(&seen);
        let mut left = tools(&profile.dynamic, known, mode, speed, policy_changed);
        if let Some(Tool::Hotline) = left.front() {
            let catalog = self.tools.engine.catalog();
            let used = seen.used.as_ref().and_then(|(service, ..)| catalog.service_by_id(*service));
            let service = used.or_else(|| catalog.service(profile.service()));
            without_paid_portal(&mut left, service.map(|found| found.unit));
        }
        if left.is_empty() {
            // Of a session of before the start nothing is known but that it runs.
            let has = known.mode.unwrap_or(Mode::Full);
            if has != mode && has != Mode::Gone && !seen.ended {
                self.unable(&node.name, &seen);
            } else {
                self.shared.unfulfilled.remove(&seen.key);
            }
            return;
        }
        let key = seen.key.clone();
        let telling = Telling { seen, node, policy, speed, left, tries: 0, again: false };
        self.telling.insert(key.clone(), telling);
        self.send(&key);
    }

    /// Sends the first request that can be made; without one the session waits for its next report.
    fn send(&mut self, key: &SessionKey) {
        let now = self.tools.engine.clock().now();
        let dictionary = self.tools.equipment.dictionary();
        let Some(telling) = self.telling.get_mut(key) else { return };
        while let Some(tool) = telling.left.front().copied() {
            let (node, seen) = (&telling.node, &telling.seen);
            let (dictionary, profile) = (&*dictionary, &*node.profile);
            let (facts, account, policy) = (&seen.facts, seen.account, &telling.policy);
            let subject = Subject { dictionary, profile, facts, account, policy };
            let seconds = u32::try_from(now.unix_seconds()).unwrap_or(0);
            let made = subject.request(tool, seconds);
            let device = match &node.certificate {
                Some(_) => self.tools.links.of(&node.name, facts.source).map(Road::Tls),
                None => {
                    let address = facts.source.or(node.address);
                    address.map(|ip| Road::Udp(SocketAddr::new(ip, profile.dynamic.port)))
                }
            };
            let (request, device) = match (made, device) {
                (Ok(request), Some(device)) => (request, device),
                (Err(NoRequest::Nothing), _) => {
                    telling.left.pop_front();
                    continue;
                }
                (Err(NoRequest::Impossible(reason)), _) => {
                    self.tools.board.error(&node.name, now, format!("{}: {reason}", tool.words()));
                    self.tools.metrics.steered(&node.name, tool.label(), "not_made");
                    telling.left.pop_front();
                    continue;
                }
                // Not connected now: tried again as after silence.
                (Ok(_), None) if node.certificate.is_some() => {
                    telling.tries += 1;
                    let ended =
                        Ended { outcome: NetworkOutcome::NoAnswer, repeated: 0, took: Duration::ZERO };
                    let _ = self.post.send(Post::Ended(key.clone(), ended));
                    return;
                }
                (Ok(_), None) => break,
            };
            telling.tries += 1;
            let (post, session) = (self.post.clone(), key.clone());
            let told = Box::new(move |ended| {
                let _ = post.send(Post::Ended(session, ended));
            });
            let (secret, limits) = (node.secret.octets().into(), profile.dynamic.limits);
            if self.tools.client.ask(Ask { device, request, secret, limits, told }).is_err() {
                self.repeats.push(Reverse((Instant::now() + Duration::from_secs(1), key.clone())));
            }
            return;
        }
        self.give_up(key);
    }

    fn ended(&mut self, key: SessionKey, ended: Ended) {
        let Some(telling) = self.telling.get_mut(&key) else { return };
        let Some(tool) = telling.left.front().copied() else { return };
        let (node, now) = (telling.node.clone(), self.tools.engine.clock().now());
        self.tools.metrics.steered(&node.name, tool.label(), told::label(ended.outcome));
        self.tools.metrics.steer_seconds().observe(ended.took.as_secs_f64());
        let words = told::words(&ended);
        let next = told::next(ended.outcome, telling.tries);
        if !matches!(next, Next::Content | Next::NoSession) {
            self.tools.board.error(&node.name, now, format!("{}: {words}", tool.words()));
        }
        let (customer, account, again) = (telling.seen.customer, telling.seen.account, telling.again);
        if next == Next::Other {
            telling.left.pop_front();
            telling.tries = 0;
        }
        self.announce(
            customer,
            account,
            format!("{} to {}: {words} · {}", tool.words(), node.name, key.shown()),
        );
        match next {
            Next::Content => self.content(&key, tool),
            Next::NoSession => self.no_session(&key),
            Next::Again(_) if again => self.give_up(&key),
            Next::Again(pause) => self.repeats.push(Reverse((Instant::now() + pause, key))),
            Next::Other => self.send(&key),
        }
    }

    fn content(&mut self, key: &SessionKey, tool: Tool) {
        let Some(telling) = self.telling.remove(key) else { return };
        let mode = match tool {
            Tool::Disconnect => Mode::Gone,
            Tool::Hotline => Mode::Hotline,
            Tool::Speed | Tool::Resume => Mode::Full,
        };
        self.known.keep(key.clone(), Known { mode: Some(mode), speed: telling.speed, by_login: false });
        self.look_again(&telling);
    }

    /// The device has no such session: it is ended here too, unless it reports after all.
    fn no_session(&mut self, key: &SessionKey) {
        let Some(telling) = self.telling.remove(key) else { return };
        self.known.keep(key.clone(), Known { mode: Some(Mode::Gone), ..Known::default() });
        if !telling.seen.ended {
            let interim = Seconds(u64::from(telling.node.profile.interim_seconds));
            let due = self.tools.engine.clock().now().plus(interim).plus(GRACE);
            let Seen { customer, key, last_at, .. } = telling.seen;
            self.missing.push(Reverse((due, customer, key, last_at)));
        }
    }

    fn give_up(&mut self, key: &SessionKey) {
        let Some(telling) = self.telling.remove(key) else { return };
        if !telling.again && !telling.seen.ended {
            self.unable(&telling.node.name, &telling.seen);
        }
        self.look_again(&telling);
    }

    fn unable(&self, node: &str, seen: &Seen) {
        self.tools.metrics.steered(node, "none", "unable");
        let session = SessionToCut {
            node: node.to_owned(),
            session: seen.key.shown(),
            customer: seen.customer,
            account: seen.account,
            details: seen.facts.details().to_owned(),
            since: self.tools.engine.clock().now(),
        };
        self.shared.unfulfilled.add(seen.key.clone(), session);
    }

    fn look_again(&self, telling: &Telling) {
        if telling.again {
            self.shared.waiting.add(telling.seen.customer, Why::ALL);
        }
    }

    fn tick(&mut self) {
        let now = self.tools.engine.clock().now();
        for (due, why) in [(&self.shared.scheduled, Why::ALL), (&self.shared.calls, Why::default())] {
            due.due(now).into_iter().for_each(|customer| self.shared.waiting.add(customer, why));
        }
        let moment = Instant::now();
        while let Some(Reverse((at, _))) = self.repeats.peek()
            && *at <= moment
        {
            let Some(Reverse((_, key))) = self.repeats.pop() else { return };
            match self.telling.get(&key) {
                Some(telling) if telling.again => self.give_up(&key),
                Some(_) => self.send(&key),
                None => {}
            }
        }
        while let Some(Reverse((at, ..))) = self.missing.peek()
            && *at <= now
        {
            let Some(Reverse((_, customer, key, last_at))) = self.missing.pop() else { return };
            self.end_missing(customer, key, last_at);
        }
    }

    /// Ends a session whose device does not know it, if it was not heard since.
    fn end_missing(&self, customer: CustomerId, key: SessionKey, last_at: Moment) {
        let engine = self.tools.engine.clone();
        self.tools.engine.look_then(customer, move |found| {
            let session = found.ok().flatten().and_then(|found| found.sessions.get(&key));
            if session.is_some_and(|session| session.closed_at.is_none() && session.last_at <= last_at) {
                let command = Command::EndSession { session: key };
                engine.submit_network(Envelope { customer, key: None, command }, Answer::nobody());
            }
        });
    }

    fn announce(&self, customer: CustomerId, account: AccountId, detail: String) {
        let kind = EventKind::SessionSteered;
        let command = Command::AnnounceChange { kind, account: Some(account), detail };
        self.tools.engine.submit_network(Envelope { customer, key: None, command }, Answer::nobody());
    }
}
