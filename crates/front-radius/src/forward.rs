//! Who has which address, told to systems that do not hear it from the network themselves: Start and Stop of sessions with their
//! Framed-IP-Address, as Accounting-Requests of ours to every node whose profile is an `accounting_target` (DPI-04, DPI-05).
//!
//! Road: a report is durable -> `tell` -> the task -> [`crate::NasClient`]. Sessions that end without a report (silence, a restart of
//! their node, by hand) are told by [`Forwarder::tell_ended`], which after a start of ours also says the Stops again that may be lost.
//! A target is told what is true now: for each session there is one request on its way, and what comes meanwhile is sent when it has
//! ended. What is not answered is tried again, slower each time, with its age in Acct-Delay-Time. A target whose profile has `accept`
//! attributes gets them with each Start, from the policy that charging says the account has, and a new Start when they change (RAD-31:
//! the package of a Cisco SCE). What targets were told is memory only; after a restart the next report of a session tells them again,
//! which says nothing new to them. Bounded: reports on their way, sessions remembered, tries of a Stop. Must not know: balances.

mod holders;

use crate::access_reply::{Words, push_templates};
use crate::enforcement::Tools;
use crate::nas_client::{Ask, Ended, Road};
use crate::session_facts::Facts;
use crate::{Metrics, Nodes, RadiusNode};
use calendar::{Instant as Moment, Seconds};
use charging::{
    AccountId, Authorize, Command, Customer, CustomerId, Envelope, Policy, Reply, Session, SessionKey,
};
use engine::{Answer, Engine, EngineError};
use holders::Holders;
use office::BoundedCache;
use radius::client::RequestBuilder;
use radius::dynamic_client::{Limits, Outcome};
use radius::{PacketError, RetransmissionTimes, number};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Store;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Reports on their way to the task.
const WAITING_MOST: usize = 65_536;
/// Sessions remembered, all targets together; those that wait for nothing are forgotten first.
const SESSIONS_MOST: usize = 500_000;
/// Ended sessions that are remembered to have been told, in each half of the cache.
const OVER_MOST: usize = 100_000;
/// A Stop of so long before our start may not have been told.
pub(crate) const PERHAPS_LOST: Seconds = Seconds(600);
/// Tries of a Stop before the target is left to find out by itself.
const STOP_TRIES_MOST: u32 = 12;
/// Three datagrams, three seconds apart.
const TIMES: RetransmissionTimes =
    RetransmissionTimes { first: 3_000_000, longest: 3_000_000, most: 2, duration: 9_000_000 };
/// Until charging is asked again after it gave no answer.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// Between two tries at most.
const PAUSE_MOST: Duration = Duration::from_secs(300);
/// How often due tries are looked for.
const TICK: Duration = Duration::from_millis(500);

/// What a report says of a session.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    pub session: SessionKey,
    /// Acct-Session-Id as the node says it.
    pub session_id: String,
    pub user: String,
    /// The node that reported.
    pub node: Box<str>,
    pub owner: (CustomerId, AccountId),
    pub address: Option<Ipv4Addr>,
    /// The session has ended.
    pub over: bool,
    pub at: Moment,
    /// Read from the session, not from a report: what a report has said of its names stays.
    pub from_session: bool,
    /// What charging has just said of the account; nothing = as before.
    pub policy: Option<Policy>,
}

impl Binding {
    /// Of a session as it is kept.
    pub fn of(
        facts: &Facts,
        session: (&SessionKey, &str),
        owner: (CustomerId, AccountId),
        at: Moment,
    ) -> Self {
        let (key, identifier) = session;
        Self {
            session: key.clone(),
            session_id: String::from_utf8_lossy(facts.session_id()).into_owned(),
            user: facts.value("User-Name").unwrap_or(identifier).to_owned(),
            node: facts.node.clone(),
            owner,
            address: address(facts),
            over: false,
            at,
            from_session: true,
            policy: None,
        }
    }
}

fn address(facts: &Facts) -> Option<Ipv4Addr> {
    facts.value("Framed-IP-Address").and_then(|text| text.parse().ok())
}

/// The way in.
#[derive(Clone)]
pub(crate) struct Forwarder {
    bindings: mpsc::Sender<(Arc<RadiusNode>, Binding)>,
    metrics: Metrics,
    holders: Arc<Holders>,
}

impl Forwarder {
    /// Before the task runs.
    pub fn new(metrics: Metrics) -> (Self, Waiting) {
        let (bindings, waiting) = mpsc::channel(WAITING_MOST);
        let holders = Arc::<Holders>::default();
        (Self { bindings, metrics, holders: holders.clone() }, Waiting(waiting, holders))
    }

    /// Reads who has which address, of which nothing is known after a start; takes a moment for each thousand sessions.
    pub fn remember_holders(&self, store: &Store, nodes: &dyn Nodes) {
        let targets = nodes.accounting_targets();
        if !targets.is_empty()
            && let Err(error) = self.holders.read(store, &targets)
        {
            tracing::error!(%error, "open sessions cannot be read: late Stops may name addresses of others");
        }
    }

    /// Whether some target is told what the account's policy says.
    pub fn tells_policies(&self, nodes: &dyn Nodes) -> bool {
        nodes.accounting_targets().iter().any(|target| !target.profile.accept.is_empty())
    }

    /// Tells the targets of a customer's sessions that ended at `since` or later, however they ended; those whose address another
    /// session has now are left out ([`Holders`]).
    pub fn tell_ended(&self, engine: &Engine, nodes: &Arc<dyn Nodes>, customer: CustomerId, since: Moment) {
        if nodes.accounting_targets().is_empty() {
            return;
        }
        let (own, nodes) = (self.clone(), nodes.clone());
        engine.look_then(customer, move |found: Result<Option<&Customer>, EngineError>| {
            let Some(customer) = found.ok().flatten() else { return };
            let ended = |session: &&Session| session.closed_at.is_some_and(|at| at >= since);
            for session in customer.sessions.values().filter(ended) {
                let Some(facts) = Facts::of(session) else { continue };
                let owner = (customer.head.id, session.account);
                let at = session.closed_at.unwrap_or(session.last_at);
                let binding = Binding::of(&facts, (&session.key, &session.identifier), owner, at);
                own.tell(&*nodes, || Binding { over: true, ..binding.clone() });
            }
        });
    }

    /// Tells the targets; what does not fit is told with the session's next report.
    pub fn tell(&self, nodes: &dyn Nodes, make: impl Fn() -> Binding) {
        for target in nodes.accounting_targets().iter() {
            let binding = make();
            if is_meant(target, &binding.node) && self.bindings.try_send((target.clone(), binding)).is_err() {
                self.metrics.steered(&target.name, "forward", "not_made");
            }
        }
    }
}

/// The other end of the way in.
pub(crate) struct Waiting(mpsc::Receiver<(Arc<RadiusNode>, Binding)>, Arc<Holders>);

impl Waiting {
    /// Starts the task in the current tokio runtime.
    pub fn start(self, tools: Tools, stop: watch::Receiver<bool>) -> JoinHandle<()> {
        let (post, posted) = mpsc::unbounded_channel();
        let (over, holders) = (BoundedCache::new(OVER_MOST), self.1);
        let task = Task { tools, sessions: HashMap::new(), over, holders, post };
        tokio::spawn(task.run(self.0, posted, stop))
    }
}

/// Whether a target wants to hear of a node's sessions; never of its own.
fn is_meant(target: &RadiusNode, node: &str) -> bool {
    let from = target.profile.variables().get("forward_from").map_or("", String::as_str);
    let named = from.trim().is_empty() || from.split(',').any(|name| name.trim() == node);
    named && *target.name != *node
}

type Key = (Box<str>, SessionKey);

struct Feed {
    binding: Binding,
    /// The address that the target has acknowledged, and the digest of the attributes beside it.
    told: Option<(Ipv4Addr, u64)>,
    in_flight: Option<Sent>,
    tries: u32,
    due: Option<Instant>,
    /// Charging was asked for the policy.
    asked: bool,
}

/// What is on its way.
struct Sent {
    binding: Binding,
    digest: u64,
}

/// What is posted to the task.
enum Post {
    Ended(Key, Ended),
    /// Nothing: charging could not say.
    Policy(Key, Option<Policy>),
}

struct Task {
    tools: Tools,
    sessions: HashMap<Key, Feed>,
    /// Sessions whose end the target knows.
    over: BoundedCache<Key, ()>,
    holders: Arc<Holders>,
    post: mpsc::UnboundedSender<Post>,
}

impl Task {
    async fn run(
        mut self,
        mut bindings: mpsc::Receiver<(Arc<RadiusNode>, Binding)>,
        mut posted: mpsc::UnboundedReceiver<Post>,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                Some((target, binding)) = bindings.recv() => self.take(&target, binding),
                Some(post) = posted.recv() => match post {
                    Post::Ended(key, how) => self.ended(key, &how),
                    Post::Policy(key, policy) => self.has_policy(&key, policy),
                },
                _ = tick.tick() => self.due(),
            }
        }
    }

    fn take(&mut self, target: &RadiusNode, binding: Binding) {
        let key = (target.name.clone(), binding.session.clone());
        match binding.over {
            true if self.over.get(&key).is_some() => return,
            // Read before it ended: only a report brings a session back.
            false if binding.from_session && self.over.get(&key).is_some() => return,
            true => {}
            false => self.over.forget(&key),
        }
        if self.sessions.len() >= SESSIONS_MOST && !self.sessions.contains_key(&key) {
            self.sessions.retain(|_, feed| feed.in_flight.is_some() || feed.due.is_some());
            if self.sessions.len() >= SESSIONS_MOST {
                return self.tools.metrics.steered(&target.name, "forward", "not_made");
            }
        }
        let feed = self.sessions.entry(key.clone()).or_insert_with(|| Feed {
            binding: binding.clone(),
            told: None,
            in_flight: None,
            tries: 0,
            due: None,
            asked: false,
        });
        // A report that was late must not bring an ended session back.
        if feed.binding.over && !binding.over {
            return;
        }
        let before = feed.binding.clone();
        let (address, policy) = (binding.address.or(before.address), binding.policy.or(before.policy));
        let (session_id, user) = match binding.from_session {
            true => (before.session_id, before.user),
            false => (binding.session_id, binding.user),
        };
        feed.binding = Binding { address, policy, session_id, user, ..binding };
        self.holders.heard(&key.0, &feed.binding);
        self.send(&key);
    }

    /// Sends what the target does not have, unless something is on its way.
    fn send(&mut self, key: &Key) {
        let Some(feed) = self.sessions.get_mut(key) else { return };
        if feed.in_flight.is_some() || feed.due.is_some() {
            return;
        }
        let Some(target) = self.tools.nodes.by_name(&key.0).filter(|node| node.profile.accounting_target)
        else {
            self.sessions.remove(key);
            return;
        };
        let binding = feed.binding.clone();
        if !target.profile.accept.is_empty() && !binding.over && binding.policy.is_none() {
            if !std::mem::replace(&mut feed.asked, true) {
                ask_policy(&self.tools, &binding, (self.post.clone(), key.clone()));
            }
            return;
        }
        // A target that goes by addresses would end the session of whoever has this one now, and has forgotten ours with his Start.
        if binding.over && self.holders.is_anothers(&key.0, &binding) {
            return self.is_over(key.clone());
        }
        let digest = digest(&target, &binding);
        // Nothing to tell of a session without an address.
        let told = binding.address.zip(Some(digest));
        if told.is_none() || (!binding.over && told == feed.told) {
            if binding.over {
                self.sessions.remove(key);
            }
            return;
        }
        let Some(address) = target.address else { return };
        let Ok(request) = request(&self.tools, &target, &binding) else { return };
        let (post, session) = (self.post.clone(), key.clone());
        let told = Box::new(move |ended| {
            let _ = post.send(Post::Ended(session, ended));
        });
        let limits = Limits { times: TIMES, ..target.profile.dynamic.limits };
        let device = Road::Udp(SocketAddr::new(address, target.profile.dynamic.port));
        let ask = Ask { device, request, secret: target.secret.octets().into(), limits, told };
        match self.tools.client.ask(ask) {
            Ok(()) => feed.in_flight = Some(Sent { binding, digest }),
            Err(_) => feed.due = Some(Instant::now() + TICK),
        }
    }

    fn has_policy(&mut self, key: &Key, policy: Option<Policy>) {
        if let Some(feed) = self.sessions.get_mut(key) {
            feed.asked = false;
            match policy {
                Some(policy) => {
                    feed.binding.policy.get_or_insert(policy);
                }
                None if feed.in_flight.is_none() => feed.due = Some(Instant::now() + ASK_AGAIN),
                None => {}
            }
        }
        self.send(key);
    }

    fn ended(&mut self, key: Key, how: &Ended) {
        let Some(feed) = self.sessions.get_mut(&key) else { return };
        let Some(Sent { binding: sent, digest }) = feed.in_flight.take() else { return };
        let done = how.outcome == Outcome::Done;
        let request = if sent.over { "forward_stop" } else { "forward_start" };
        self.tools.metrics.steered(&key.0, request, if done { "ack" } else { "no_answer" });
        if done {
            feed.tries = 0;
            feed.told = sent.address.zip(Some(digest));
            if sent.over {
                return self.is_over(key);
            }
            return self.send(&key);
        }
        feed.tries += 1;
        let words = format!("Accounting of {} not answered", sent.session_id);
        self.tools.board.error(&key.0, self.tools.engine.clock().now(), words);
        if sent.over && feed.tries >= STOP_TRIES_MOST {
            return self.is_over(key);
        }
        let pause = Duration::from_secs(5 << feed.tries.min(6)).min(PAUSE_MOST);
        feed.due = Some(Instant::now() + pause);
    }

    fn is_over(&mut self, key: Key) {
        self.sessions.remove(&key);
        self.over.keep(key, ());
    }

    fn due(&mut self) {
        let now = Instant::now();
        let due = self.sessions.iter_mut().filter(|(_, feed)| feed.due.is_some_and(|at| at <= now));
        let due: Vec<Key> = due
            .map(|(key, feed)| {
                feed.due = None;
                key.clone()
            })
            .collect();
        due.iter().for_each(|key| self.send(key));
    }
}

/// Asks charging what the account has; without an answer it is asked again.
fn ask_policy(tools: &Tools, binding: &Binding, (post, key): (mpsc::UnboundedSender<Post>, Key)) {
    let node = tools.nodes.by_name(&binding.node);
    let catalog = tools.engine.catalog();
    let service = node.and_then(|node| catalog.service(node.profile.service()).map(|found| found.id));
    let Some(service) = service else {
        let _ = post.send(Post::Policy(key, Some(Policy::default())));
        return;
    };
    let (customer, account) = binding.owner;
    let command = Command::Authorize(Authorize {
        account,
        service,
        node: binding.node.clone(),
        access_code: Box::default(),
        destination: Box::default(),
    });
    let answer = Answer::new(move |reply| {
        let policy = match reply {
            Ok(Reply::Access(access)) => Some(access.policy),
            Ok(_) => Some(Policy::default()),
            Err(_) => None,
        };
        let _ = post.send(Post::Policy(key, policy));
    });
    tools.engine.submit_network(Envelope { customer, key: None, command }, answer);
}

/// What the profile's attributes speak of.
fn words<'a>(target: &'a RadiusNode, binding: &Binding, policy: &'a Policy) -> Words<'a> {
    let (user_name, account) = (Some(binding.user.clone()), binding.owner.1.to_string());
    Words { policy, profile: &target.profile, user_name, account, quota: None, request: None }
}

/// Tells apart what stands in a Start beside names and address.
fn digest(target: &RadiusNode, binding: &Binding) -> u64 {
    let mut digest = DefaultHasher::new();
    if let Some(policy) = &binding.policy {
        let words = words(target, binding, policy);
        target.profile.accept.iter().for_each(|template| template.fill(&words).hash(&mut digest));
    }
    digest.finish()
}

/// An Accounting-Request with what names the session and its address (RFC 2866 4.1).
fn request(tools: &Tools, target: &RadiusNode, binding: &Binding) -> Result<RequestBuilder, PacketError> {
    let mut request = RequestBuilder::accounting(0, if binding.over { 2 } else { 1 })?;
    request.attribute(number::USER_NAME, binding.user.as_bytes())?;
    request.attribute(number::ACCT_SESSION_ID, binding.session_id.as_bytes())?;
    if let Some(address) = binding.address {
        request.attribute(number::FRAMED_IP_ADDRESS, &address.octets())?;
    }
    request.attribute(number::NAS_IDENTIFIER, binding.node.as_bytes())?;
    let now = tools.engine.clock().now();
    if let Some(policy) = binding.policy.as_ref().filter(|_| !binding.over) {
        let (words, dictionary) = (words(target, binding, policy), tools.equipment.dictionary());
        let (_, left_out) =
            push_templates(request.packet_mut(), &dictionary, &target.profile.accept, &words)?;
        left_out.into_iter().for_each(|problem| tools.board.error(&target.name, now, problem));
    }
    let (at, now) = (binding.at.unix_seconds(), now.unix_seconds());
    request.integer(number::EVENT_TIMESTAMP, u32::try_from(at).unwrap_or(0))?;
    request.integer(number::ACCT_DELAY_TIME, u32::try_from(now.saturating_sub(at)).unwrap_or(0))?;
    Ok(request)
}
