//! The network follows the books (RAD-03 to RAD-06): when a commit changes what a running session may do, its device is told.
//!
//! Road: the engine tells whose rights a durable commit touched ([`engine::News`]); for each of these customers the worker looks at his
//! running sessions, asks charging the question of a log-in again for each, compares the answer with what the device was told last,
//! and sends what `steering` finds. What a device answers goes to the customer's timeline and to the counters.
//!
//! What devices were told is memory only. After a restart it is unknown, so the customers of the last events before are looked at
//! again, and every first change of a session is sent even if it may be there already: requests say what is to be, so one too many
//! does no harm.
//!
//! Bounded: customers in work, sessions remembered, repetitions. Must not know: balances, quotas.

mod seen;
mod told;
mod worker;

use crate::change_request::speed_digest;
use crate::forward::Forwarder;
use crate::nas_client::NasClient;
use crate::node_board::NodeBoard;
use crate::tls::Links;
use crate::{Equipment, Metrics, Nodes, RadiusNode};
use calendar::{Instant as Moment, Seconds};
use charging::{AccountId, CustomerId, Policy, SessionKey};
use engine::{Concern, Engine, News, Waiting};
use office::{BoundedCache, SessionToCut};
use parking_lot::Mutex;
use std::collections::{BTreeSet, HashMap};
use std::ops::BitOrAssign;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Sessions whose device could not be told; their next report is another chance.
#[derive(Default)]
pub(crate) struct Unfulfilled {
    sessions: Mutex<HashMap<SessionKey, SessionToCut>>,
    count: AtomicUsize,
}

/// Sessions remembered to wait for their next report.
const UNFULFILLED_MOST: usize = 100_000;
/// A session that nobody reports any more is not listed for longer.
const LISTED: Seconds = Seconds(24 * 3_600);

impl Unfulfilled {
    fn add(&self, key: SessionKey, session: SessionToCut) {
        let mut sessions = self.sessions.lock();
        if sessions.len() >= UNFULFILLED_MOST {
            let oldest = session.since.minus(LISTED);
            sessions.retain(|_, known| known.since > oldest);
        }
        if sessions.len() < UNFULFILLED_MOST {
            // Since when it is so, however often it was tried.
            sessions.entry(key).or_insert(session);
        }
        self.count.store(sessions.len(), Ordering::Relaxed);
    }

    fn remove(&self, key: &SessionKey) -> bool {
        if self.count.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let mut sessions = self.sessions.lock();
        let was = sessions.remove(key).is_some();
        self.count.store(sessions.len(), Ordering::Relaxed);
        was
    }

    /// Those that wait, longest first.
    fn list(&self, now: Moment) -> Vec<SessionToCut> {
        let oldest = now.minus(LISTED);
        let sessions = self.sessions.lock();
        let mut listed: Vec<SessionToCut> =
            sessions.values().filter(|session| session.since > oldest).cloned().collect();
        listed.sort_by(|one, other| (one.since, &one.session).cmp(&(other.since, &other.session)));
        listed
    }
}

/// The way in for the ports and the engine.
#[derive(Clone, Default)]
pub(crate) struct Enforcement {
    waiting: Arc<Waiting<Why>>,
    unfulfilled: Arc<Unfulfilled>,
    accepted: Arc<Accepted>,
    scheduled: Arc<Scheduled>,
    /// Customers with calls, by when the money of one may end.
    calls: Arc<Scheduled>,
}

/// Why a customer is looked at. Nothing at all: how long the money of his calls lasts is to be seen.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Why {
    /// Charging is asked about each session. That alone: one of before our start has reported. Perhaps it may not go on and its device
    /// could never be told; nothing is known to have changed, so whoever may go on is left alone.
    asks: bool,
    /// Something has happened to his rights.
    news: bool,
    /// Attributes or prices may be others, not only whether he may go on.
    policy: bool,
}

impl Why {
    const ALL: Self = Self { asks: true, news: true, policy: true };
}

impl BitOrAssign for Why {
    fn bitor_assign(&mut self, other: Self) {
        self.asks |= other.asks;
        self.news |= other.news;
        self.policy |= other.policy;
    }
}

/// Customers who are to be looked at by the clock: because of a schedule, or of the money of their calls.
#[derive(Default)]
pub(crate) struct Scheduled(Mutex<Times>);

/// Each customer once, at the earliest of his times: whoever looks at him finds the later ones again.
#[derive(Default)]
struct Times {
    in_order: BTreeSet<(Moment, CustomerId)>,
    of: HashMap<CustomerId, Moment>,
    /// It was said that there is no room.
    is_full: bool,
}

/// Customers that wait for their time.
const SCHEDULED_MOST: usize = 1_000_000;

impl Scheduled {
    fn add(&self, at: Moment, customer: CustomerId) {
        let mut times = self.0.lock();
        match times.of.get(&customer).copied() {
            Some(known) if known <= at => return,
            Some(known) => drop(times.in_order.remove(&(known, customer))),
            None if times.of.len() >= SCHEDULED_MOST => {
                if !std::mem::replace(&mut times.is_full, true) {
                    tracing::error!(
                        "too many customers wait for their time: some are not looked at by the clock"
                    );
                }
                return;
            }
            None => {}
        }
        times.of.insert(customer, at);
        times.in_order.insert((at, customer));
    }

    /// Takes those whose time has come.
    fn due(&self, now: Moment) -> Vec<CustomerId> {
        let mut times = self.0.lock();
        let mut due = Vec::new();
        while let Some((_, customer)) = times.in_order.first().copied().filter(|(at, _)| *at <= now) {
            times.in_order.pop_first();
            times.of.remove(&customer);
            times.is_full = false;
            due.push(customer);
        }
        due
    }
}

/// Log-ins whose speed is remembered, in each half of the cache.
const ACCEPTED_MOST: usize = 250_000;

/// Digests of the speeds that log-ins were let in with, by account and node.
pub(crate) struct Accepted(BoundedCache<(AccountId, Box<str>), u64>);

impl Default for Accepted {
    fn default() -> Self {
        Self(BoundedCache::new(ACCEPTED_MOST))
    }
}

/// What workers that tell devices something need.
#[derive(Clone)]
pub(crate) struct Tools {
    pub engine: Engine,
    pub nodes: Arc<dyn Nodes>,
    pub equipment: Equipment,
    pub metrics: Metrics,
    pub board: Arc<NodeBoard>,
    pub client: NasClient,
    pub links: Arc<Links>,
    pub forwarder: Forwarder,
}

impl Enforcement {
    /// Listens to the engine and starts the worker in the current tokio runtime.
    pub fn start(&self, tools: Tools, stop: watch::Receiver<bool>) -> JoinHandle<()> {
        let waiting = self.waiting.clone();
        tools.engine.on_news(move |news| {
            for one in news {
                waiting.add(one.customer, why(one));
            }
        });
        let worker = worker::Worker::new(tools, self.clone());
        tokio::spawn(worker.run(stop))
    }

    /// A log-in was let in with a policy.
    pub fn accepted(&self, node: &RadiusNode, account: AccountId, policy: &Policy) {
        if node.profile.dynamic.change || node.profile.dynamic.disconnect {
            let key = (account, node.name.clone());
            match speed_digest(&node.profile, policy, account) {
                Some(speed) => self.accepted.0.keep(key, speed),
                None => self.accepted.0.forget(&key),
            }
        }
    }

    /// What a customer may use changes at that time by a schedule.
    pub fn changes(&self, customer: CustomerId, at: Option<Moment>) {
        if let Some(at) = at {
            self.scheduled.add(at, customer);
        }
    }

    /// Sessions whose devices cannot be told.
    pub fn to_cut(&self, now: Moment) -> Vec<SessionToCut> {
        self.unfulfilled.list(now)
    }

    /// A session of before our start has reported for the first time.
    pub fn found(&self, customer: CustomerId) {
        self.waiting.add(customer, Why { asks: true, ..Why::default() });
    }

    /// A call has begun: from now on its money is watched.
    pub fn call_began(&self, customer: CustomerId) {
        self.waiting.add(customer, Why::default());
    }

    /// A session has reported: what its device could not be told before is tried again.
    pub fn heard(&self, customer: CustomerId, session: &SessionKey) {
        if self.unfulfilled.remove(session) {
            self.waiting.add(customer, Why::ALL);
        }
    }
}

fn why(news: &News) -> Why {
    Why { policy: news.concern == Concern::Policy, ..Why::ALL }
}
