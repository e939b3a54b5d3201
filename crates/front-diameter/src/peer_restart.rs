//! Peers that have restarted (RFC 6733 8.6, 8.16): a greater Origin-State-Id than was known of an Origin-Host tells that the sessions
//! it began before are gone. They are ended here as by their last report: what was reported is charged, what is locked returns.
//!
//! Under which Origin-State-Id a session began stands behind its details, where its client is. So what is known survives our own restart,
//! ending twice does nothing, and a session that told none is left to silence. The first time that a host is heard of after our start its sessions are
//! looked through, too: it may have restarted meanwhile.
//!
//! A peer cannot lose its state without losing its connection: on one connection only its first value counts. Some clients
//! send the time in every message; others with every connection, which only their profile can know (`restart_ends_sessions`).
//!
//! Of somebody else than the connected peer only relays tell it (`Behind`), and only while he is not connected himself. There the time
//! in every message is told from restarts by what follows: whoever goes on with a session under a greater number, or begins sessions under
//! ever greater ones, has lost nothing and is doubted.
//!
//! Bounded: hosts remembered, hosts waiting, sessions in work. Must not know: sockets, money.

use crate::door::Door;
use crate::enforcement::began_under;
use crate::peers::KnownPeer;
use charging::{Command, CustomerId, Envelope, EventKind, Refusal, Reply, Session, SessionRequest, Step};
use diameter::credit_control::{CreditControlRequest, RequestType};
use engine::{Answer, EngineError};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// Hosts whose Origin-State-Id is remembered; when there are more, all are learnt anew.
const HOSTS_MOST: usize = 65_536;
/// Hosts whose sessions wait to be looked through; the number of one more is heard again later.
const WAITING_MOST: usize = 16_384;
/// Longest Origin-Host, octets: no session notes a longer one.
const HOST_MOST: usize = 255;
/// Nobody behind a relay restarts twice within so many microseconds: five minutes.
const DOUBT_WITHIN: u64 = 300_000_000;
/// Sessions looked at and ended at a time.
const PAGE: usize = 1_000;
/// Before a round, so that whoever invents hosts keeps nobody busy; what comes meanwhile is one round, and whoever is doubted
/// meanwhile loses nothing.
const PACE: Duration = Duration::from_millis(500);
/// Before another try, when the store or the engine could not.
const PAUSE: Duration = Duration::from_secs(10);

/// Origin-Hosts in lower case with the Origin-State-Id under which their sessions live.
type Hosts = BTreeMap<Box<str>, u32>;

/// How a number came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// From the peer itself.
    Own,
    /// Over a relay at this time, with a request that begins a session or goes on with one.
    Behind { at: u64, begins: bool },
}

/// What is known of a host.
#[derive(Default)]
struct Known {
    /// The greatest number.
    state: u32,
    /// The greatest that it told itself.
    own: u32,
    /// When a relay brought a greater one.
    risen: Option<u64>,
    /// What relays bring is not believed.
    is_doubted: bool,
}

impl Known {
    /// Whether this tells of a restart.
    fn rises(&mut self, (host, state): (&str, u32), way: Way) -> bool {
        let before = if self.is_doubted { self.own } else { self.state };
        if state <= before {
            return false;
        }
        match way {
            Way::Own => self.own = state,
            Way::Behind { .. } if self.is_doubted => return false,
            Way::Behind { at, begins } => {
                // Had it restarted, it would have begun this session under this number.
                if !begins || self.risen.is_some_and(|last| at.saturating_sub(last) < DOUBT_WITHIN) {
                    self.is_doubted = true;
                    tracing::warn!(%host, before, state, "a client behind a relay sends no Origin-State-Id but the time: not believed");
                    return false;
                }
                self.risen = Some(at);
            }
        }
        self.state = state;
        true
    }

    fn first(state: u32, way: Way) -> Self {
        Self { state, own: if way == Way::Own { state } else { 0 }, ..Self::default() }
    }

    /// Whether its sessions of before this number are lost, after all.
    const fn believes(&self, state: u32) -> bool {
        !self.is_doubted || state <= self.own
    }
}

/// Nodes whose sessions are to be looked through.
#[derive(Default)]
struct Waiting {
    nodes: BTreeMap<Box<str>, Hosts>,
    /// Of all nodes.
    hosts: usize,
}

/// What is known of all peers and of clients behind them.
#[derive(Default)]
pub(crate) struct Restarts {
    /// Peers choose the keys, in lower case, so the hasher is the safe one.
    known: Mutex<HashMap<Box<str>, Known>>,
    waiting: Mutex<Waiting>,
    filled: Notify,
}

impl Restarts {
    /// Notes the Origin-State-Id of a host whose sessions are a node's; whether that need not be heard again.
    fn heard(&self, KnownPeer { node, profile }: &KnownPeer, (host, state): (&str, u32), way: Way) -> bool {
        if !profile.restart_ends_sessions || host.len() > HOST_MOST {
            return true;
        }
        let host: Box<str> = host.to_ascii_lowercase().into();
        let mut known = self.known.lock();
        match known.get_mut(&host) {
            Some(known) => {
                if !known.rises((&host, state), way) {
                    return true;
                }
            }
            // It may have begun long ago.
            None if matches!(way, Way::Behind { begins: false, .. }) => return false,
            None => {
                if known.len() >= HOSTS_MOST {
                    known.clear();
                }
                known.insert(host.clone(), Known::first(state, way));
            }
        }
        drop(known);
        self.add(node, [(host, state)].into())
    }

    /// Whether there was room for all.
    fn add(&self, node: &str, hosts: Hosts) -> bool {
        let mut waiting = self.waiting.lock();
        let Waiting { nodes, hosts: count } = &mut *waiting;
        let mut left_out = Vec::new();
        for (host, state) in hosts {
            if let Some(noted) = nodes.get_mut(node).and_then(|there| there.get_mut(&host)) {
                *noted = state.max(*noted);
            } else if *count < WAITING_MOST {
                nodes.entry(node.into()).or_default().insert(host, state);
                *count += 1;
            } else {
                left_out.push(host);
            }
        }
        drop(waiting);
        self.filled.notify_one();
        for host in &left_out {
            self.known.lock().remove(host);
        }
        left_out.is_empty()
    }

    fn take(&self) -> BTreeMap<Box<str>, Hosts> {
        std::mem::take(&mut *self.waiting.lock()).nodes
    }

    /// Without those that were doubted meanwhile.
    fn believed(&self, hosts: &mut Hosts) {
        let known = self.known.lock();
        hosts.retain(|host, state| known.get(host).is_none_or(|known| known.believes(*state)));
    }
}

/// The Origin-State-Id of one connection's peer.
#[derive(Default)]
pub(crate) struct OwnState {
    state: Option<u32>,
    is_doubted: bool,
}

impl OwnState {
    /// The capabilities tell it (CER, CEA), or do not.
    pub fn opened(&mut self, state: Option<u32>, (peer, host): (&KnownPeer, &str), door: &Door) {
        self.state = state.filter(tells);
        if let Some(state) = self.state {
            door.restarts.heard(peer, (host, state), Way::Own);
        }
    }

    /// A request of the peer itself tells it, or takes what is known of the connection: its session begins under that.
    pub fn hear_own(&mut self, ccr: &mut CreditControlRequest<'_>, peer: &KnownPeer, door: &Door) {
        let Some(state) = ccr.origin_state_id.filter(tells) else {
            if ccr.request_type == RequestType::Initial {
                ccr.origin_state_id = self.state;
            }
            return;
        };
        let host = ccr.origin_host;
        let first = *self.state.get_or_insert_with(|| {
            door.restarts.heard(peer, (host, state), Way::Own);
            state
        });
        if first != state {
            ccr.origin_state_id = Some(first);
            if !std::mem::replace(&mut self.is_doubted, true) {
                tracing::warn!(%host, first, state, "a peer changes its Origin-State-Id within a connection: not believed");
            }
        }
    }
}

/// A request of a client behind a relay; `heard` is what was last heard of it there. While it is connected itself, that counts.
pub(crate) fn hear_other(
    ccr: &CreditControlRequest<'_>,
    (client, heard): (&KnownPeer, &mut Option<u32>),
    door: &Door,
) {
    let Some(state) = ccr.origin_state_id.filter(tells) else { return };
    if *heard == Some(state) || door.routes.leads_straight_to(ccr.origin_host) {
        return;
    }
    let way = Way::Behind { at: door.micros(), begins: ccr.request_type == RequestType::Initial };
    *heard = door.restarts.heard(client, (ccr.origin_host, state), way).then_some(state);
}

/// 0 says that nothing may be concluded (RFC 6733 8.16).
const fn tells(state: &u32) -> bool {
    *state != 0
}

/// Starts the task that ends sessions of restarted peers.
pub(crate) fn start(door: &Arc<Door>, stop: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(run(door.clone(), stop))
}

async fn run(door: Arc<Door>, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = door.restarts.filled.notified() => {}
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(PACE) => {}
        }
        let nodes = door.restarts.take();
        let (theirs, stopped) = (door.clone(), stop.clone());
        let left = tokio::task::spawn_blocking(move || clear(&theirs, nodes, &stopped)).await;
        let left = left.unwrap_or_default();
        if left.is_empty() {
            continue;
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        for (node, hosts) in left {
            door.restarts.add(&node, hosts);
        }
    }
}

/// Ends what is to be ended; the nodes that have to be looked through again. Blocks.
fn clear(
    door: &Door,
    nodes: BTreeMap<Box<str>, Hosts>,
    stop: &watch::Receiver<bool>,
) -> BTreeMap<Box<str>, Hosts> {
    // The tables are up to ten seconds behind the engine, and nobody is in a hurry here.
    let settled = door.engine.store().settle().map_err(broken);
    let mut left = BTreeMap::new();
    for (node, mut hosts) in nodes {
        door.restarts.believed(&mut hosts);
        let cleared = settled.and_then(|()| clear_node(door, &node, &hosts, stop));
        if let Err(error) = cleared {
            tracing::error!(%error, %node, "sessions of restarted peers are not ended yet");
            left.insert(node, hosts);
        }
    }
    left
}

fn broken(error: impl std::fmt::Display) -> EngineError {
    tracing::error!(%error, "cannot look up a node's sessions");
    EngineError::Broken
}

fn clear_node(
    door: &Door,
    node: &str,
    hosts: &Hosts,
    stop: &watch::Receiver<bool>,
) -> Result<(), EngineError> {
    let (mut ended, mut after) = (BTreeMap::<&str, usize>::new(), None);
    while !hosts.is_empty() && !*stop.borrow() {
        let page = door.engine.store().whole_open_sessions_of_node(node, after.as_ref(), PAGE);
        let page = page.map_err(broken)?;
        let Some((customer, session)) = page.last() else { break };
        after = Some((*customer, session.key.clone()));
        let lost = page.into_iter().filter_map(|(customer, session)| {
            let (host, began) = began_under(&session.details)?;
            let (host, state) = hosts.get_key_value(host.to_ascii_lowercase().as_str())?;
            (began < *state).then_some(Lost { customer, session, host, states: (began, *state) })
        });
        for host in end_page(door, lost.collect())? {
            *ended.entry(host).or_default() += 1;
        }
    }
    for (host, count) in ended {
        door.metrics.peer_restarts.inc();
        tracing::warn!(%host, node, count, "a peer has restarted: its sessions were ended");
    }
    Ok(())
}

/// A session whose client has forgotten it.
struct Lost<'h> {
    customer: CustomerId,
    session: Session,
    host: &'h str,
    /// Under which it began, and the client's now.
    states: (u32, u32),
}

/// Ends some sessions; the host of each that was ended, when all are durable.
fn end_page<'h>(door: &Door, page: Vec<Lost<'h>>) -> Result<Vec<&'h str>, EngineError> {
    let (send, outcomes) = mpsc::channel();
    for (position, lost) in page.iter().enumerate() {
        let command = Command::Session(last_step(&lost.session, door));
        let send = send.clone();
        let answer = Answer::new(move |outcome| {
            let _ = send.send((position, outcome));
        });
        door.engine.submit_network(Envelope { customer: lost.customer, key: None, command }, answer);
    }
    drop(send);
    let (mut ended, mut failed) = (Vec::new(), None);
    for (position, outcome) in outcomes {
        match (outcome, page.get(position)) {
            (Ok(Reply::Session(_)), Some(lost)) => {
                note(door, lost);
                ended.push(lost.host);
            }
            // By its own last request meanwhile.
            (Ok(Reply::Refused(Refusal::SessionEnded | Refusal::UnknownSession)), _) => {}
            (Ok(other), _) => tracing::warn!(?other, "a session of a restarted peer was not ended"),
            (Err(error), _) => failed = Some(error),
        }
    }
    door.metrics.sessions_lost.inc_by(u64::try_from(ended.len()).unwrap_or(u64::MAX));
    failed.map_or(Ok(ended), Err)
}

/// As its client would have ended it, without further use: nobody is told of it by ASR. Its number is never that of a real request.
fn last_step(session: &Session, door: &Door) -> SessionRequest {
    SessionRequest {
        session: session.key.clone(),
        account: session.account,
        identifier: Box::default(),
        node: Box::default(),
        request: u64::MAX,
        step: Step::Stop,
        event_at: door.engine.clock().now(),
        units: Vec::new(),
        grants: true,
        silence: 0,
        details: Box::default(),
        hotlines: false,
    }
}

/// Puts it on the customer's timeline.
fn note(door: &Door, Lost { customer, session, host, states: (before, now) }: &Lost<'_>) {
    let detail = format!(
        "{host} has restarted (Origin-State-Id {now}, before {before}): its session was ended · {}",
        session.key.shown()
    );
    let command =
        Command::AnnounceChange { kind: EventKind::SessionSteered, account: Some(session.account), detail };
    door.engine.submit_network(Envelope { customer: *customer, key: None, command }, Answer::nobody());
}

#[cfg(test)]
mod tests;
