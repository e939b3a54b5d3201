//! Makes deliveries out of events: for each running connector, from where it stood, as soon as the store says that events were
//! written, and twice a second in any case.
//!
//! It only decides *that* an account is to be brought up to date; what to send is decided when it is sent. It also
//! keeps the gauges of the queues, and writes a connector's state to its row when that changed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use store::{DeliveryState, Store, StoreError, Subscription};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::metrics::Metrics;
use crate::queue::Now;
use crate::status::{ConnectorState, StatusBoard};
use crate::worker::Waker;

/// Longest time before new events are looked for when nobody tells.
pub const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Shortest time between two looks, so that heavy traffic doesn't make one transaction per commit.
const PACE: Duration = Duration::from_millis(10);
/// How often gauges and states are brought up to date.
const GAUGES_EVERY: Duration = Duration::from_secs(1);
/// Events without deliveries after which the cursor is stored all the same.
const CURSOR_LAG_MOST: i64 = 10_000;

/// One connector that wants deliveries.
struct Subscriber {
    subscription: Subscription,
    /// Worked through up to here.
    cursor: i64,
    /// The cursor in the connector's row.
    stored: i64,
    waker: Waker,
    /// State last written to the connector's row.
    state: String,
}

struct Shared {
    store: Arc<Store>,
    now: Now,
    board: StatusBoard,
    metrics: Metrics,
    subscribers: Mutex<BTreeMap<String, Subscriber>>,
    gauges_at: Mutex<Option<Instant>>,
}

/// The running fan-out. It ends when this is dropped.
pub struct Fanout {
    shared: Arc<Shared>,
    notify: Arc<Notify>,
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Fanout {
    /// Starts on the current tokio runtime; without subscribers it does nothing.
    pub fn start(store: Arc<Store>, now: Now, board: StatusBoard, metrics: Metrics) -> Fanout {
        let notify = Arc::new(Notify::new());
        let hook = notify.clone();
        store.on_events(move || hook.notify_one());
        let shared = Arc::new(Shared {
            store,
            now,
            board,
            metrics,
            subscribers: Mutex::default(),
            gauges_at: Mutex::default(),
        });
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(shared.clone(), notify.clone(), stopped));
        Fanout { shared, notify, stop, task: Mutex::new(Some(task)) }
    }

    /// Makes deliveries for a connector from now on, beginning with the events after `cursor`.
    pub fn subscribe(&self, subscription: Subscription, cursor: i64, waker: Waker) {
        let name = subscription.connector.clone();
        let subscriber = Subscriber { subscription, cursor, stored: cursor, waker, state: String::new() };
        self.shared.subscribers().insert(name, subscriber);
        self.notify.notify_one();
    }

    /// Makes no more deliveries for a connector; where it stood is stored.
    pub fn unsubscribe(&self, connector: &str) {
        self.shared.subscribers().remove(connector);
    }

    /// The position up to which a connector's events are worked through; `None` when it is switched off.
    pub fn cursor(&self, connector: &str) -> Option<i64> {
        self.shared.subscribers().get(connector).map(|subscriber| subscriber.cursor)
    }

    /// Wakes the worker of a connector: deliveries were made by others.
    pub fn wake_worker(&self, connector: &str) {
        if let Some(subscriber) = self.shared.subscribers().get(connector) {
            subscriber.waker.wake();
        }
    }

    /// Ends after the work at hand.
    pub async fn stop(&self) {
        let _ = self.stop.send(true);
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }
}

async fn run(shared: Arc<Shared>, notify: Arc<Notify>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow_and_update() {
        let work = shared.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || work.look()).await {
            tracing::error!(%error, "the fan-out of events broke off; it goes on");
        }
        tokio::select! {
            () = notify.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            changed = stopped.changed() => if changed.is_err() { return },
        }
        tokio::time::sleep(PACE).await;
    }
}

impl Shared {
    fn subscribers(&self) -> MutexGuard<'_, BTreeMap<String, Subscriber>> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works through everything new, then sees to the gauges.
    fn look(&self) {
        let names: Vec<String> = self.subscribers().keys().cloned().collect();
        for name in &names {
            if let Err(error) = self.work_through(name) {
                tracing::warn!(connector = name, %error, "events could not be made deliveries; tried again");
            }
        }
        let mut gauges_at = self.gauges_at.lock().unwrap_or_else(PoisonError::into_inner);
        if gauges_at.is_none_or(|at| at.elapsed() >= GAUGES_EVERY) {
            *gauges_at = Some(begun());
            drop(gauges_at);
            if let Err(error) = self.gauges(&names).and_then(|()| self.states(&names)) {
                tracing::warn!(%error, "the state of provisioning could not be read or stored");
            }
        }
    }

    fn work_through(&self, name: &str) -> Result<(), StoreError> {
        loop {
            // The lock is not held while the database works; a connector that was switched off meanwhile is left alone.
            let Some((subscription, cursor, stored)) =
                self.subscribers().get(name).map(|s| (s.subscription.clone(), s.cursor, s.stored))
            else {
                return Ok(());
            };
            let now = calendar::Instant::from_micros((self.now)());
            let keep = cursor - stored >= CURSOR_LAG_MOST;
            let done = self.store.fan_out(&subscription, cursor, keep, now)?;
            let mut subscribers = self.subscribers();
            let Some(subscriber) = subscribers.get_mut(name) else { return Ok(()) };
            subscriber.cursor = subscriber.cursor.max(done.cursor);
            if done.kept {
                subscriber.stored = done.cursor;
            }
            if done.deliveries > 0 {
                subscriber.waker.wake();
            }
            if !done.more {
                return Ok(());
            }
        }
    }

    fn gauges(&self, names: &[String]) -> Result<(), StoreError> {
        let lengths = self.store.delivery_queue_lengths()?;
        for name in names {
            for state in [DeliveryState::Pending, DeliveryState::InFlight, DeliveryState::Dead] {
                let found = lengths.iter().find(|length| length.connector == *name && length.state == state);
                self.metrics.queue_length(name, state.name(), found.map_or(0, |length| length.count));
            }
        }
        Ok(())
    }

    fn states(&self, names: &[String]) -> Result<(), StoreError> {
        for name in names {
            let (state, detail) = match self.board.get(name).unwrap_or_default().state {
                ConnectorState::Running => ("ok", String::new()),
                ConnectorState::Stopped { reason, .. } => ("stopped", reason),
            };
            let known = format!("{state} {detail}");
            let changed = self.subscribers().get(name).is_some_and(|s| s.state != known);
            if changed {
                self.store.set_connector_state(name, state, &detail)?;
                if let Some(subscriber) = self.subscribers().get_mut(name) {
                    subscriber.state = known;
                }
            }
        }
        Ok(())
    }
}

/// The monotonic clock, for pacing only.
fn begun() -> Instant {
    Instant::now()
}
