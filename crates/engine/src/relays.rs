//! The courier: hands messages from one customer's commit to the customer they are for, until they are taken.
//!
//! Flows in: messages whose commit is durable, and the answers of their receivers. Flows out: [`Command::Receive`] to the receiver's
//! thread. The taking is durable in the receiver's commit ([`store::Images::add_relay_taken`]), so nothing is written here but what is
//! parked. What a crash or an overflow of memory leaves behind is read from the tables. Must not know: what messages do.

mod lanes;

use crate::standings::Bell;
use crate::{Answer, Engine, EngineError};
use charging::{Charged, Command, Envelope, Message, Refusal, Relay, Reply, RowId};
use lanes::{Lanes, Outcome, Way};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use store::StoreError;

/// Messages kept in memory; further ones wait in the tables.
const QUEUED_MOST: usize = 200_000;
/// News taken in before messages are handed over again.
const NEWS_MOST: usize = 4_096;
/// What was not taken goes again after this; what the store refused, too.
const PAUSE: Duration = Duration::from_millis(50);
/// How long nothing needs to be looked at when there is no news.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the courier hears.
enum News {
    Durable(Vec<Relay>),
    Answered { way: Way, id: RowId, outcome: Outcome },
    Retry,
    Stop,
}

/// Where engine threads put what their commits have to tell.
#[derive(Clone)]
pub(crate) struct Outbox {
    news: mpsc::Sender<News>,
    bell: Arc<Bell>,
}

impl Outbox {
    /// The outbox, and what its courier reads.
    pub fn new() -> (Self, Inbox) {
        let (news, inbox) = mpsc::channel();
        (Self { news, bell: Arc::default() }, Inbox(inbox))
    }

    /// A commit is durable that holds these messages; `announced` when a reseller has something to tell all he serves.
    pub fn durable(&self, relays: Vec<Relay>, announced: bool) {
        if !relays.is_empty() {
            let _ = self.news.send(News::Durable(relays));
        }
        if announced {
            self.bell.ring();
        }
    }

    /// What is rung when resellers have something to tell all they serve.
    pub fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }

    /// Tries parked messages again.
    pub fn retry(&self) {
        let _ = self.news.send(News::Retry);
    }
}

/// The other end of an [`Outbox`].
pub(crate) struct Inbox(mpsc::Receiver<News>);

/// The running courier.
pub(crate) struct Courier {
    outbox: Outbox,
    thread: JoinHandle<()>,
}

impl Courier {
    pub fn start(engine: &Engine, outbox: &Outbox, inbox: Inbox) -> Result<Self, StoreError> {
        let round = Round {
            engine: engine.clone(),
            tell: outbox.news.clone(),
            inbox,
            lanes: Lanes::default(),
            // What an earlier run left behind; what was parked may go now.
            behind: true,
            unpark: true,
            parking: Vec::new(),
            paused_at: None,
        };
        let builder = std::thread::Builder::new().name("talea-relays".to_owned());
        let thread = builder.spawn(move || round.run()).map_err(|error| StoreError::Directory {
            path: "courier thread".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self { outbox: outbox.clone(), thread })
    }

    /// Ends the thread; what was not taken goes again at the next start.
    pub fn stop(self) {
        let _ = self.outbox.news.send(News::Stop);
        let _ = self.thread.join();
    }
}

struct Round {
    engine: Engine,
    tell: mpsc::Sender<News>,
    inbox: Inbox,
    lanes: Lanes,
    /// There may be messages in the tables that are not in memory: new ones are left there, too, until memory is empty.
    behind: bool,
    /// Parked messages are to be tried again.
    unpark: bool,
    /// To be parked.
    parking: Vec<(Relay, String)>,
    paused_at: Option<Instant>,
}

impl Round {
    fn run(mut self) {
        loop {
            self.resume();
            self.catch_up();
            self.hand_over();
            self.engine.metrics().relays_waiting.set(i64::try_from(self.lanes.len()).unwrap_or(i64::MAX));
            let waits = self.paused_at.is_some() || self.behind || !self.parking.is_empty();
            let mut news = match self.inbox.0.recv_timeout(if waits { PAUSE } else { PATIENCE }) {
                Ok(news) => Some(news),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let mut taken = 0;
            while let Some(one) = news {
                if self.take_in(one).is_break() {
                    return;
                }
                taken += 1;
                news = (taken < NEWS_MOST).then(|| self.inbox.0.try_recv().ok()).flatten();
            }
            self.park();
        }
    }

    fn take_in(&mut self, news: News) -> std::ops::ControlFlow<()> {
        match news {
            News::Durable(relays) => {
                self.behind |= self.lanes.len() + relays.len() > QUEUED_MOST;
                if !self.behind {
                    relays.into_iter().for_each(|relay| self.lanes.add(relay));
                }
            }
            News::Answered { way, id, outcome } => {
                if outcome == Outcome::Taken {
                    self.engine.metrics().relays_delivered.inc();
                }
                self.parking.extend(self.lanes.settle(way, id, outcome));
            }
            News::Retry => (self.behind, self.unpark) = (true, true),
            News::Stop => return std::ops::ControlFlow::Break(()),
        }
        std::ops::ControlFlow::Continue(())
    }

    /// Begins the next round for those who were not taken, a while after.
    fn resume(&mut self) {
        match self.paused_at {
            None => self.paused_at = self.lanes.is_paused().then(now),
            Some(at) if at.elapsed() >= PAUSE => {
                self.lanes.resume();
                self.paused_at = None;
            }
            Some(_) => {}
        }
    }

    /// Reads from the tables what is not in memory, once everything in memory is done.
    fn catch_up(&mut self) {
        if !self.behind || !self.lanes.is_empty() || !self.parking.is_empty() {
            return;
        }
        let store = self.engine.store();
        let read = store.flush().and_then(|()| {
            let parked = store.relay_counts()?.parked;
            if self.unpark && parked > 0 {
                store.unpark_relays()?;
            }
            Ok((store.waiting_relays(QUEUED_MOST)?, if self.unpark { 0 } else { parked }))
        });
        match read {
            Ok((relays, parked)) => {
                (self.behind, self.unpark) = (relays.len() >= QUEUED_MOST, false);
                relays.into_iter().for_each(|relay| self.lanes.add(relay));
                let parked = i64::try_from(parked).unwrap_or(i64::MAX);
                self.engine.metrics().relays_parked.set(parked);
            }
            Err(error) => tracing::warn!(%error, "messages between customers cannot be read yet"),
        }
    }

    fn hand_over(&mut self) {
        let relays: Vec<Relay> = std::iter::from_fn(|| self.lanes.next()).collect();
        let mut flushed = false;
        for relay in relays {
            let Some(from) = relay.from() else { continue };
            let (way, id, to) = ((from, relay.to), relay.id, relay.to);
            let tell = self.tell.clone();
            let answer = Answer::new(move |told| {
                let _ = tell.send(News::Answered { way, id, outcome: outcome(told) });
            });
            match self.charged(&relay, &mut flushed) {
                Ok(charged) => {
                    let command = Command::Receive { relay: Box::new(relay), charged };
                    self.engine.submit_network(Envelope { customer: to, key: None, command }, answer);
                }
                Err(error) => {
                    tracing::warn!(%error, "a charge cannot be looked up yet");
                    answer.tell(Err(EngineError::Busy));
                }
            }
        }
    }

    /// For a refund: the receiver's own charge for the same use. All messages before were taken, so after a flush it is in the
    /// tables, if there is one.
    fn charged(&self, relay: &Relay, flushed: &mut bool) -> Result<Option<Charged>, StoreError> {
        let Message::Refund { xdr, .. } = &relay.message else { return Ok(None) };
        let store = self.engine.store();
        let found = store.wholesale_charge(relay.to, *xdr)?;
        if found.is_some() || std::mem::replace(flushed, true) {
            return Ok(found);
        }
        store.flush()?;
        store.wholesale_charge(relay.to, *xdr)
    }

    /// Writes down what nobody will take as things are, so that it neither blocks others nor is forgotten.
    fn park(&mut self) {
        let Some((first, reason)) = self.parking.first() else { return };
        let (messages, from, to) = (self.parking.len(), first.id, first.to);
        tracing::warn!(messages, %from, %to, reason, "messages between customers are parked");
        let number = i64::try_from(messages).unwrap_or(i64::MAX);
        match self.engine.store().park_relays(self.parking.clone(), self.engine.clock().now()) {
            Ok(()) => {
                self.engine.metrics().relays_parked.inc_by(number);
                self.parking.clear();
            }
            Err(error) => tracing::warn!(%error, "messages cannot be parked yet"),
        }
    }
}

fn outcome(told: Result<Reply, EngineError>) -> Outcome {
    match told {
        Ok(Reply::Refused(Refusal::OutOfOrder)) => Outcome::Early,
        Ok(Reply::Refused(refusal)) => Outcome::Refused(format!("{refusal} ({})", refusal.code())),
        Ok(_) => Outcome::Taken,
        Err(EngineError::Broken) => Outcome::Broken,
        Err(EngineError::Busy | EngineError::Fenced | EngineError::Stopped) => Outcome::Later,
    }
}

/// The monotonic clock, for pacing only.
fn now() -> Instant {
    Instant::now()
}
