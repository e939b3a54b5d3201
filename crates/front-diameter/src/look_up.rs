//! Finding the subscriber of a request without ever blocking the connection's reader.
//!
//! Names that the directory has in memory are answered at once. The others are collected and looked up together on a blocking
//! thread, one job at a time for each connection. While a request of a session waits there, later requests of that session wait
//! behind it: a termination may come before its initial request was answered, and must not overtake it.

use crate::ask::Ask;
use crate::subscribers::{Found, Name, Remembered, Subscribers, Unavailable, names};
use diameter::credit_control::CreditControlRequest;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::task::{JoinError, JoinHandle};

/// Requests looked up in one job; the rest takes the next one, so that the first ones are not held up.
const JOB_MOST: usize = 256;

/// A subscriber and the name by which he was found.
pub(crate) type Subscriber = (Found, Box<str>);

/// What memory says about a request's subscriber.
pub(crate) enum Known {
    Yes(Subscriber),
    Nobody,
    /// One of these names must be looked up.
    Ask(Vec<Name<'static>>),
}

/// A request that waits for its subscriber.
struct Parked {
    ask: Ask,
    session: Box<str>,
    names: Vec<Name<'static>>,
}

/// A request whose subscriber was looked up.
pub(crate) struct LookedUp {
    pub ask: Ask,
    pub subscriber: Result<Option<Subscriber>, Unavailable>,
    session: Box<str>,
}

/// What waits for the directory on one connection.
pub(crate) struct LookUps {
    subscribers: Arc<dyn Subscribers>,
    /// Requests that wait or are being looked up, by session. Peers choose the keys, so the hasher is the safe one.
    sessions: HashMap<Box<str>, usize>,
    waiting: Vec<Parked>,
    job: Option<JoinHandle<Vec<LookedUp>>>,
}

impl LookUps {
    pub fn new(subscribers: Arc<dyn Subscribers>) -> Self {
        Self { subscribers, sessions: HashMap::new(), waiting: Vec::new(), job: None }
    }

    /// Looks in memory only, unless an earlier request of the session waits.
    pub fn known(&self, ccr: &CreditControlRequest<'_>) -> Known {
        let behind = !self.sessions.is_empty() && self.sessions.contains_key(ccr.session_id);
        for (position, name) in names(ccr).enumerate() {
            match self.subscribers.remembered(name.realm, &name.value) {
                Remembered::Found(found) if !behind => return Known::Yes((found, name.value.into())),
                Remembered::Nobody if !behind => {}
                _ => return Known::Ask(names(ccr).skip(position).map(Name::into_owned).collect()),
            }
        }
        Known::Nobody
    }

    /// Puts a request aside until its subscriber is known.
    pub fn park(&mut self, session: &str, ask: Ask, names: Vec<Name<'static>>) {
        let session: Box<str> = session.into();
        *self.sessions.entry(session.clone()).or_default() += 1;
        self.waiting.push(Parked { ask, session, names });
    }

    /// Starts a job when requests wait and none is running.
    pub fn start(&mut self) {
        if self.job.is_some() || self.waiting.is_empty() {
            return;
        }
        let rest = self.waiting.split_off(self.waiting.len().min(JOB_MOST));
        let parked = std::mem::replace(&mut self.waiting, rest);
        let subscribers = self.subscribers.clone();
        self.job = Some(tokio::task::spawn_blocking(move || {
            let look_up = |parked: Parked| {
                let subscriber = find(subscribers.as_ref(), &parked.names);
                LookedUp { ask: parked.ask, subscriber, session: parked.session }
            };
            parked.into_iter().map(look_up).collect()
        }));
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

fn find(subscribers: &dyn Subscribers, names: &[Name<'static>]) -> Result<Option<Subscriber>, Unavailable> {
    for name in names {
        if let Some(found) = subscribers.find(name.realm, &name.value)? {
            return Ok(Some((found, name.value.as_ref().into())));
        }
    }
    Ok(None)
}
