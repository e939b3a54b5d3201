//! Who has which address, told to systems that do not hear it from the network themselves: Start and Stop of sessions with their
//! Framed-IP-Address, as Accounting-Requests of ours to every node whose profile is an `accounting_target` (DPI-04, DPI-05).
//!
//! Road: a report is durable -> `tell` -> the task -> [`crate::NasClient`]. A target is told what is true now: for each session there is one
//! request on its way, and what comes meanwhile is sent when it has ended. What is not answered is tried again, slower each time, with
//! its age in Acct-Delay-Time. What targets were told is memory only; after a restart the next report of a session tells them again,
//! which says nothing new to them. Bounded: reports on their way, sessions remembered, tries of a Stop. Must not know: charging.

use crate::enforcement::Tools;
use crate::nas_client::{Ask, Ended, Road};
use crate::{Metrics, Nodes, RadiusNode};
use calendar::Instant as Moment;
use charging::SessionKey;
use radius::client::RequestBuilder;
use radius::dynamic_client::{Limits, Outcome};
use radius::{PacketError, RetransmissionTimes, number};
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Reports on their way to the task.
const WAITING_MOST: usize = 65_536;
/// Sessions remembered, all targets together; those that wait for nothing are forgotten first.
const SESSIONS_MOST: usize = 500_000;
/// Tries of a Stop before the target is left to find out by itself.
const STOP_TRIES_MOST: u32 = 12;
/// Three datagrams, three seconds apart.
const TIMES: RetransmissionTimes =
    RetransmissionTimes { first: 3_000_000, longest: 3_000_000, most: 2, duration: 9_000_000 };
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
    pub address: Option<Ipv4Addr>,
    /// The session has ended.
    pub over: bool,
    pub at: Moment,
}

/// The way in.
#[derive(Clone)]
pub(crate) struct Forwarder {
    bindings: mpsc::Sender<(Arc<RadiusNode>, Binding)>,
    metrics: Metrics,
}

impl Forwarder {
    /// Before the task runs.
    pub fn new(metrics: Metrics) -> (Self, Waiting) {
        let (bindings, waiting) = mpsc::channel(WAITING_MOST);
        (Self { bindings, metrics }, Waiting(waiting))
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
pub(crate) struct Waiting(mpsc::Receiver<(Arc<RadiusNode>, Binding)>);

impl Waiting {
    /// Starts the task in the current tokio runtime.
    pub fn start(self, tools: Tools, stop: watch::Receiver<bool>) -> JoinHandle<()> {
        let (post, posted) = mpsc::unbounded_channel();
        let task = Task { tools, sessions: HashMap::new(), post };
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
    /// The address the target has acknowledged.
    told: Option<Ipv4Addr>,
    in_flight: Option<Binding>,
    tries: u32,
    due: Option<Instant>,
}

struct Task {
    tools: Tools,
    sessions: HashMap<Key, Feed>,
    post: mpsc::UnboundedSender<(Key, Ended)>,
}

impl Task {
    async fn run(
        mut self,
        mut bindings: mpsc::Receiver<(Arc<RadiusNode>, Binding)>,
        mut ended: mpsc::UnboundedReceiver<(Key, Ended)>,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                Some((target, binding)) = bindings.recv() => self.take(&target, binding),
                Some((key, how)) = ended.recv() => self.ended(key, &how),
                _ = tick.tick() => self.due(),
            }
        }
    }

    fn take(&mut self, target: &RadiusNode, binding: Binding) {
        let key = (target.name.clone(), binding.session.clone());
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
        });
        // A report that was late must not bring an ended session back.
        if feed.binding.over && !binding.over {
            return;
        }
        let address = binding.address.or(feed.binding.address);
        feed.binding = Binding { address, ..binding };
        self.send(&key);
    }

    /// Sends what the target does not have, unless something is on its way.
    fn send(&mut self, key: &Key) {
        let Some(feed) = self.sessions.get_mut(key) else { return };
        if feed.in_flight.is_some() || feed.due.is_some() {
            return;
        }
        let binding = feed.binding.clone();
        // Nothing to tell of a session without an address.
        if binding.address.is_none() || (!binding.over && binding.address == feed.told) {
            if binding.over {
                self.sessions.remove(key);
            }
            return;
        }
        let Some(target) = self.tools.nodes.by_name(&key.0).filter(|node| node.profile.accounting_target)
        else {
            self.sessions.remove(key);
            return;
        };
        let Some(address) = target.address else { return };
        let Ok(request) = request(&binding, self.tools.engine.clock().now()) else { return };
        let (post, session) = (self.post.clone(), key.clone());
        let told = Box::new(move |ended| {
            let _ = post.send((session, ended));
        });
        let limits = Limits { times: TIMES, ..target.profile.dynamic.limits };
        let device = Road::Udp(SocketAddr::new(address, target.profile.dynamic.port));
        let ask = Ask { device, request, secret: target.secret.octets().into(), limits, told };
        match self.tools.client.ask(ask) {
            Ok(()) => feed.in_flight = Some(binding),
            Err(_) => feed.due = Some(Instant::now() + TICK),
        }
    }

    fn ended(&mut self, key: Key, how: &Ended) {
        let Some(feed) = self.sessions.get_mut(&key) else { return };
        let Some(sent) = feed.in_flight.take() else { return };
        let done = how.outcome == Outcome::Done;
        let request = if sent.over { "forward_stop" } else { "forward_start" };
        self.tools.metrics.steered(&key.0, request, if done { "ack" } else { "no_answer" });
        if done {
            feed.tries = 0;
            feed.told = sent.address;
            if sent.over {
                self.sessions.remove(&key);
                return;
            }
            return self.send(&key);
        }
        feed.tries += 1;
        let words = format!("Accounting of {} not answered", sent.session_id);
        self.tools.board.error(&key.0, self.tools.engine.clock().now(), words);
        if sent.over && feed.tries >= STOP_TRIES_MOST {
            self.sessions.remove(&key);
            return;
        }
        let pause = Duration::from_secs(5 << feed.tries.min(6)).min(PAUSE_MOST);
        feed.due = Some(Instant::now() + pause);
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

/// An Accounting-Request with what names the session and its address (RFC 2866 4.1).
fn request(binding: &Binding, now: Moment) -> Result<RequestBuilder, PacketError> {
    let mut request = RequestBuilder::accounting(0, if binding.over { 2 } else { 1 })?;
    request.attribute(number::USER_NAME, binding.user.as_bytes())?;
    request.attribute(number::ACCT_SESSION_ID, binding.session_id.as_bytes())?;
    if let Some(address) = binding.address {
        request.attribute(number::FRAMED_IP_ADDRESS, &address.octets())?;
    }
    request.attribute(number::NAS_IDENTIFIER, binding.node.as_bytes())?;
    let (at, now) = (binding.at.unix_seconds(), now.unix_seconds());
    request.integer(number::EVENT_TIMESTAMP, u32::try_from(at).unwrap_or(0))?;
    request.integer(number::ACCT_DELAY_TIME, u32::try_from(now.saturating_sub(at)).unwrap_or(0))?;
    Ok(request)
}
