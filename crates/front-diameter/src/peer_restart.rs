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
//! Bounded: hosts remembered, sessions in work. Must not know: sockets, money.

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
/// Sessions looked at and ended at a time.
const PAGE: usize = 1_000;
/// Between two rounds, so that whoever invents hosts keeps nobody busy; what comes meanwhile is one round.
const PACE: Duration = Duration::from_millis(500);
/// Before another try, when the store or the engine could not.
const PAUSE: Duration = Duration::from_secs(10);

/// Origin-Hosts with the Origin-State-Id under which their sessions live.
type Hosts = BTreeMap<Box<str>, u32>;

/// What is known of all peers and of clients behind them.
#[derive(Default)]
pub(crate) struct Restarts {
    /// Peers choose the keys, so the hasher is the safe one.
    known: Mutex<HashMap<Box<str>, u32>>,
    /// Nodes whose sessions are to be looked through.
    waiting: Mutex<BTreeMap<Box<str>, Hosts>>,
    filled: Notify,
}

impl Restarts {
    /// Notes the Origin-State-Id of a host whose sessions are a node's.
    fn heard(&self, KnownPeer { node, profile }: &KnownPeer, host: &str, state: u32) {
        if !profile.restart_ends_sessions {
            return;
        }
        let mut known = self.known.lock();
        match known.get_mut(host) {
            Some(before) if *before >= state => return,
            Some(before) => *before = state,
            None => {
                if known.len() >= HOSTS_MOST {
                    known.clear();
                }
                known.insert(host.into(), state);
            }
        }
        drop(known);
        self.add(node, [(host.into(), state)].into());
    }

    fn add(&self, node: &str, hosts: Hosts) {
        let mut waiting = self.waiting.lock();
        let there = waiting.entry(node.into()).or_default();
        for (host, state) in hosts {
            let noted = there.entry(host).or_default();
            *noted = state.max(*noted);
        }
        drop(waiting);
        self.filled.notify_one();
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
            door.restarts.heard(peer, host, state);
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
            door.restarts.heard(peer, host, state);
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

/// A request of a client behind the peer.
pub(crate) fn hear_other(ccr: &CreditControlRequest<'_>, client: &KnownPeer, door: &Door) {
    if let Some(state) = ccr.origin_state_id.filter(tells) {
        door.restarts.heard(client, ccr.origin_host, state);
    }
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
        let nodes = std::mem::take(&mut *door.restarts.waiting.lock());
        let (theirs, stopped) = (door.clone(), stop.clone());
        let left = tokio::task::spawn_blocking(move || clear(&theirs, nodes, &stopped)).await;
        let left = left.unwrap_or_default();
        let rest = if left.is_empty() { PACE } else { PAUSE };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(rest) => {}
        }
        left.into_iter().for_each(|(node, hosts)| door.restarts.add(&node, hosts));
    }
}

/// Ends what is to be ended; the nodes that have to be looked through again. Blocks.
fn clear(
    door: &Door,
    nodes: BTreeMap<Box<str>, Hosts>,
    stop: &watch::Receiver<bool>,
) -> BTreeMap<Box<str>, Hosts> {
    // The tables are up to ten seconds behind the engine.
    let flushed = door.engine.store().flush().map_err(broken);
    let mut left = BTreeMap::new();
    for (node, hosts) in nodes {
        let cleared = flushed.and_then(|()| clear_node(door, &node, &hosts, stop));
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
    while !*stop.borrow() {
        let page = door.engine.store().whole_open_sessions_of_node(node, after.as_ref(), PAGE);
        let page = page.map_err(broken)?;
        let Some((customer, session)) = page.last() else { break };
        after = Some((*customer, session.key.clone()));
        let lost = page.into_iter().filter_map(|(customer, session)| {
            let (host, began) = began_under(&session.details)?;
            let (host, state) = hosts.iter().find(|(known, _)| known.eq_ignore_ascii_case(host))?;
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
