//! The worker: one task that looks at customers, sends, and takes answers in. A session has one request on its way at a time; news that
//! come meanwhile are looked at when it has ended.

use super::{Seen, Standing, Waiting, Why, commands, sessions};
use crate::door::Door;
use crate::errands::{Errand, Reply};
use charging::{Command, CustomerId, Envelope, EventKind, SessionKey};
use diameter::server_request::{ServerAnswer, ServerCommand, ServerRequest};
use engine::{Answer, Concern, EngineError};
use office::BoundedCache;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// Customers looked at together.
const AT_ONCE: usize = 2_048;
/// Sessions whose clients were told to end them, in each half of the cache.
const ENDED_KNOWN: usize = 250_000;
/// Newest events looked at after a start.
const EVENTS_AFTER_START: usize = 5_000;
/// How often due repetitions are looked for.
const TICK: Duration = Duration::from_millis(250);
/// Waits before another try of what was not answered; then the next kind of request.
const PAUSES: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(60)];

enum Post {
    Sessions(CustomerId, Why, Result<Vec<Seen>, EngineError>),
    Answered(SessionKey, Reply),
    Events(Vec<(CustomerId, Why)>),
}

/// A session whose client is being told something.
struct Telling {
    seen: Seen,
    left: VecDeque<ServerCommand>,
    tries: usize,
    again: bool,
}

pub(crate) struct Worker {
    door: Arc<Door>,
    waiting: Arc<Waiting>,
    post: mpsc::UnboundedSender<Post>,
    posted: mpsc::UnboundedReceiver<Post>,
    telling: HashMap<SessionKey, Telling>,
    told_to_end: BoundedCache<SessionKey, ()>,
    repeats: BinaryHeap<Reverse<(Instant, SessionKey)>>,
    looking: usize,
}

impl Worker {
    pub fn new(door: Arc<Door>, waiting: Arc<Waiting>) -> Self {
        let (post, posted) = mpsc::unbounded_channel();
        Self {
            door,
            waiting,
            post,
            posted,
            telling: HashMap::new(),
            told_to_end: BoundedCache::new(ENDED_KNOWN),
            repeats: BinaryHeap::new(),
            looking: 0,
        }
    }

    /// Works until told to stop.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        self.read_last_events();
        let waiting = self.waiting.clone();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                Some(post) = self.posted.recv() => self.take(post),
                () = waiting.filled() => {}
                _ = tick.tick() => self.tick(),
            }
            while let Ok(post) = self.posted.try_recv() {
                self.take(post);
            }
            self.look_at_waiting();
        }
    }

    /// What was committed just before a crash may never have been told.
    fn read_last_events(&self) {
        let (store, post) = (self.door.engine.store().clone(), self.post.clone());
        tokio::task::spawn_blocking(move || match store.newest_events(EVENTS_AFTER_START) {
            Ok(events) => {
                let why = |kind: EventKind| super::why(kind, Concern::of(kind)?);
                let news = events.into_iter().filter_map(|(customer, kind)| Some((customer, why(kind)?)));
                let _ = post.send(Post::Events(news.collect()));
            }
            Err(error) => {
                tracing::error!(%error, "the last events cannot be read: clients are told with the next ones")
            }
        });
    }

    fn look_at_waiting(&mut self) {
        let room = AT_ONCE.saturating_sub(self.looking);
        if room == 0 {
            return;
        }
        for (customer, why) in self.waiting.take(room, |_| false) {
            self.looking += 1;
            let (post, now) = (self.post.clone(), self.door.engine.clock().now());
            self.door.engine.look_then(customer, move |found| {
                let _ = post.send(Post::Sessions(customer, why, found.map(|found| sessions(found, now))));
            });
        }
    }

    fn take(&mut self, post: Post) {
        match post {
            Post::Sessions(customer, why, seen) => {
                self.looking = self.looking.saturating_sub(1);
                match seen {
                    Ok(seen) => seen.into_iter().for_each(|seen| self.steer(seen, why)),
                    Err(EngineError::Busy) => self.waiting.add(customer, why),
                    Err(_) => {}
                }
            }
            Post::Answered(key, reply) => self.answered(key, reply),
            Post::Events(events) => {
                events.into_iter().for_each(|(customer, why)| self.waiting.add(customer, why))
            }
        }
    }

    fn steer(&mut self, seen: Seen, why: Why) {
        if let Some(telling) = self.telling.get_mut(&seen.key) {
            telling.again = true;
            return;
        }
        if self.told_to_end.get(&seen.key).is_some() {
            return;
        }
        let routes = &self.door.routes;
        let known = self.door.peers.by_origin_host(&seen.host).map(|known| known.profile);
        let profile = known.or_else(|| routes.profile(&seen.host, &seen.node));
        let profile = profile.unwrap_or_else(|| self.door.generic.clone());
        let is_part = seen.key.diameter_names().is_some_and(|(_, part)| part.is_some());
        let left: VecDeque<ServerCommand> = commands(&profile, (seen.standing, is_part), why).into();
        if left.is_empty() {
            return;
        }
        let key = seen.key.clone();
        self.telling.insert(key.clone(), Telling { seen, left, tries: 0, again: false });
        self.send(&key);
    }

    fn send(&mut self, key: &SessionKey) {
        let Some(telling) = self.telling.get_mut(key) else { return };
        let Some(command) = telling.left.front().copied() else { return self.finish(key) };
        let seen = &telling.seen;
        telling.tries += 1;
        let (session_id, sub_session_id) = key.diameter_names().unwrap_or_default();
        let request = ServerRequest {
            command,
            session_id: session_id.into(),
            sub_session_id,
            destination_host: seen.host.clone(),
            destination_realm: seen.realm.clone(),
        };
        let (post, session) = (self.post.clone(), key.clone());
        let told = Box::new(move |reply| {
            let _ = post.send(Post::Answered(session, reply));
        });
        let node = seen.node.clone();
        self.door.routes.send(Errand { request, node, told, end_to_end: None, tried: Vec::new() });
    }

    fn answered(&mut self, key: SessionKey, reply: Reply) {
        let Some(telling) = self.telling.get_mut(&key) else { return };
        let Some(command) = telling.left.front().copied() else { return };
        let pause = PAUSES.get(telling.tries.saturating_sub(1)).copied().filter(|_| !telling.again);
        let meaning = match reply {
            Reply::Code(code) => ServerAnswer::of(code),
            Reply::NoAnswer | Reply::NoRoute => ServerAnswer::Later,
        };
        let goes_on =
            matches!(meaning, ServerAnswer::Unable) || meaning == ServerAnswer::Later && pause.is_none();
        if goes_on {
            telling.left.pop_front();
            telling.tries = 0;
        }
        let seen = telling.seen.clone();
        self.door.metrics.steered(&seen.node, command.name(), reply);
        self.announce(
            &seen,
            format!("{} to {}: {} · {}", command.name(), seen.host, words(reply), key.shown()),
        );
        match meaning {
            ServerAnswer::Done => {
                // The part of a session that was ended is told by a RAR: its client asks anew and hears 5002.
                if command == ServerCommand::Abort || seen.standing == Standing::Ended {
                    self.told_to_end.keep(key.clone(), ());
                }
                self.finish(&key);
            }
            ServerAnswer::NoSession => {
                self.told_to_end.keep(key.clone(), ());
                if seen.standing != Standing::Ended {
                    let command = Command::EndSession { session: key.clone() };
                    self.submit(seen.customer, command);
                }
                self.finish(&key);
            }
            ServerAnswer::Later if !goes_on => {
                let at = Instant::now() + pause.unwrap_or_default();
                self.repeats.push(Reverse((at, key)));
            }
            ServerAnswer::Later | ServerAnswer::Unable => self.send(&key),
        }
    }

    fn finish(&mut self, key: &SessionKey) {
        if let Some(telling) = self.telling.remove(key)
            && telling.again
        {
            self.waiting.add(telling.seen.customer, Why { policy: true });
        }
    }

    fn tick(&mut self) {
        let now = Instant::now();
        while let Some(Reverse((at, _))) = self.repeats.peek()
            && *at <= now
        {
            let Some(Reverse((_, key))) = self.repeats.pop() else { return };
            match self.telling.get(&key) {
                Some(telling) if telling.again => self.finish(&key),
                Some(_) => self.send(&key),
                None => {}
            }
        }
    }

    fn announce(&self, seen: &Seen, detail: String) {
        let kind = EventKind::SessionSteered;
        self.submit(seen.customer, Command::AnnounceChange { kind, account: Some(seen.account), detail });
    }

    fn submit(&self, customer: CustomerId, command: Command) {
        self.door.engine.submit_network(Envelope { customer, key: None, command }, Answer::nobody());
    }
}

fn words(reply: Reply) -> String {
    match reply {
        Reply::Code(code) => code.to_string(),
        Reply::NoAnswer => "no answer".to_owned(),
        Reply::NoRoute => "not connected".to_owned(),
    }
}
