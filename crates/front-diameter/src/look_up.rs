//! Finding the subscriber of a request without ever blocking the connection's reader.
//!
//! Names that the directory has in memory are answered at once. The others are collected and looked up together on a blocking
//! thread, one job at a time for each connection. While a request of a session waits there, later requests of that session wait
//! behind it: a termination may come before its initial request was answered, and must not overtake it.
//!
//! Updates and Terminations may come without any name (RFC 8506 3.1: Subscription-Id is optional); then the
//! Session-Id tells who it is. Whose a session is, is remembered when it begins; what memory has lost (a restart) is looked for
//! among the node's sessions in the store, open or closed not long ago.

use crate::answer_writing::Outcome;
use crate::ask::{Ask, Intent, Refused};
use crate::request_mapping::session_key;
use crate::subscribers::{Found, Name, Names, Remembered, Subscribers, Unavailable, names};
use charging::SessionKey;
use diameter::codes::result;
use diameter::credit_control::{CreditControlRequest, RequestType};
use office::BoundedCache;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tokio::task::{JoinError, JoinHandle};

/// Requests looked up in one job; the rest takes the next one, so that the first ones are not held up.
const JOB_MOST: usize = 256;
/// Sessions whose subscriber is remembered, in each half of the cache.
const SESSIONS_KEPT: usize = 250_000;

/// Whose the sessions are that have begun here, for all connections: a request may come over another one.
pub(crate) struct Sessions(BoundedCache<SessionKey, Found>);

impl Default for Sessions {
    fn default() -> Self {
        Self(BoundedCache::new(SESSIONS_KEPT))
    }
}

impl Sessions {
    /// The subscriber of a session; it goes by the name it began with.
    fn subscriber(&self, key: &SessionKey) -> Option<Subscriber> {
        self.0.get(key).map(|found| (found, Box::default()))
    }
}

/// A subscriber and the name by which he was found.
pub(crate) type Subscriber = (Found, Box<str>);

/// What memory says about a request's subscriber.
pub(crate) enum Known {
    Yes(Subscriber),
    Nobody,
    /// One of these names must be looked up, or the session where there is none.
    Ask(Vec<Name<'static>>),
}

/// A request that waits for its subscriber.
struct Parked {
    ask: Ask,
    node: Box<str>,
    session: Box<str>,
    names: Vec<Name<'static>>,
}

/// A request whose subscriber was looked up.
pub(crate) struct LookedUp {
    pub ask: Ask,
    /// It gave no name: when there is no subscriber, there is no session.
    pub unnamed: bool,
    pub subscriber: Result<Option<Subscriber>, Unavailable>,
    session: Box<str>,
}

/// What waits for the directory on one connection.
pub(crate) struct LookUps {
    subscribers: Arc<dyn Subscribers>,
    begun: Arc<Sessions>,
    /// Requests that wait or are being looked up, by session. Peers choose the keys, so the hasher is the safe one.
    sessions: HashMap<Box<str>, usize>,
    waiting: Vec<Parked>,
    job: Option<JoinHandle<Vec<LookedUp>>>,
}

impl LookUps {
    pub fn new(subscribers: Arc<dyn Subscribers>, begun: Arc<Sessions>) -> Self {
        Self { subscribers, begun, sessions: HashMap::new(), waiting: Vec::new(), job: None }
    }

    /// The names of a request, of which the first will soon be looked for. `own` = the names as the peer's profile finds them.
    pub fn names<'a>(&self, ccr: &CreditControlRequest<'a>, own: Option<&[Name<'a>]>) -> Names<'a> {
        let names = names(ccr, own);
        if let Some(first) = names.first() {
            self.subscribers.expect(first.realm, &first.value);
        }
        names
    }

    /// Looks in memory only, unless an earlier request of the session waits.
    pub fn known(&self, ccr: &CreditControlRequest<'_>, mut names: Names<'_>) -> Known {
        let behind = !self.sessions.is_empty() && self.sessions.contains_key(ccr.session_id);
        let begins = ccr.request_type == RequestType::Initial;
        let key = || session_key(ccr);
        let goes_on = matches!(ccr.request_type, RequestType::Update | RequestType::Termination);
        if goes_on && names.is_empty() {
            let known = (!behind).then(|| self.begun.subscriber(&key())).flatten();
            return known.map_or(Known::Ask(Vec::new()), Known::Yes);
        }
        for (position, name) in names.iter().enumerate() {
            match self.subscribers.remembered(name.realm, &name.value) {
                Remembered::Found(found) if !behind => {
                    if begins {
                        self.begun.0.keep(key(), found);
                    }
                    // A session keeps the name it began with.
                    let name = if goes_on { Box::default() } else { name.value.as_ref().into() };
                    return Known::Yes((found, name));
                }
                Remembered::Nobody if !behind => {}
                _ => return Known::Ask(names.drain(position..).map(Name::into_owned).collect()),
            }
        }
        Known::Nobody
    }

    /// Puts a request aside until its subscriber is known.
    pub fn park(&mut self, (node, session): (&str, &str), ask: Ask, names: Vec<Name<'static>>) {
        let (node, session): (Box<str>, Box<str>) = (node.into(), session.into());
        *self.sessions.entry(session.clone()).or_default() += 1;
        self.waiting.push(Parked { ask, node, session, names });
    }

    /// Starts a job when requests wait and none is running.
    pub fn start(&mut self) {
        if self.job.is_some() || self.waiting.is_empty() {
            return;
        }
        let rest = self.waiting.split_off(self.waiting.len().min(JOB_MOST));
        let parked = std::mem::replace(&mut self.waiting, rest);
        let (subscribers, begun) = (self.subscribers.clone(), self.begun.clone());
        self.job = Some(tokio::task::spawn_blocking(move || look_up(&*subscribers, &begun, parked)));
    }

    /// The job's findings in the order of their requests; never ready when there is no job. May be dropped and called again.
    pub async fn finished(&mut self) -> Result<Vec<LookedUp>, JoinError> {
        let Some(job) = &mut self.job else { return std::future::pending().await };
        let found = job.await;
        self.job = None;
        for one in found.iter().flatten() {
            if let Some(count) = self.sessions.get_mut(&one.session) {
                *count -= 1;
                if *count == 0 {
                    self.sessions.remove(&one.session);
                }
            }
        }
        found
    }
}

/// Finds the subscribers of some requests, each after the ones before it: an unnamed one may follow its initial request.
fn look_up(subscribers: &dyn Subscribers, begun: &Sessions, parked: Vec<Parked>) -> Vec<LookedUp> {
    let stored = stored_sessions(subscribers, begun, &parked);
    let look_up = |Parked { ask, session, names, .. }: Parked| {
        let unnamed = names.is_empty();
        let subscriber = match (&ask.intent, unnamed) {
            (Intent::Session(request), true) => match begun.subscriber(&request.session) {
                None => stored.clone().map(|()| None),
                known => Ok(known),
            },
            _ => find(subscribers, &names),
        };
        if let (Intent::Session(request), Ok(Some((found, _)))) = (&ask.intent, &subscriber)
            && request.step == charging::Step::Start
        {
            begun.0.keep(request.session.clone(), *found);
        }
        LookedUp { ask, unnamed, subscriber, session }
    };
    parked.into_iter().map(look_up).collect()
}

/// Brings the sessions of unnamed requests that memory has lost back into it; one pass for all of them.
fn stored_sessions(
    subscribers: &dyn Subscribers,
    begun: &Sessions,
    parked: &[Parked],
) -> Result<(), Unavailable> {
    let mut wanted: BTreeMap<&str, BTreeSet<SessionKey>> = BTreeMap::new();
    for Parked { ask, node, names, .. } in parked {
        if let Intent::Session(request) = &ask.intent
            && names.is_empty()
            && begun.0.get(&request.session).is_none()
        {
            wanted.entry(node).or_default().insert(request.session.clone());
        }
    }
    for (node, keys) in wanted {
        for (key, found) in subscribers.of_sessions(node, &keys)? {
            begun.0.keep(key, found);
        }
    }
    Ok(())
}

fn find(subscribers: &dyn Subscribers, names: &[Name<'static>]) -> Result<Option<Subscriber>, Unavailable> {
    for name in names {
        if let Some(found) = subscribers.find(name.realm, &name.value)? {
            return Ok(Some((found, name.value.as_ref().into())));
        }
    }
    Ok(None)
}

/// No name, and no session.
pub(crate) fn unknown_session() -> Outcome {
    let words = "no name in the request, and no open session has its Session-Id";
    Outcome::Refused(Refused::new(result::UNKNOWN_SESSION_ID, words))
}

/// Nobody has that name.
pub(crate) fn unknown_user() -> Outcome {
    Outcome::Refused(Refused::new(result::USER_UNKNOWN, "no account has any of the request's names"))
}
