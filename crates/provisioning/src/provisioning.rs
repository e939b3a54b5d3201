//! Provisioning as a running whole: connectors with their workers, the fan-out of events, and what the screens ask for.
//!
//! Every connector has a worker of its own, so one can be switched off or get other settings while the rest goes on. Changes
//! of connectors are made one at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use charging::AccountId;
use engine::Engine;
use store::{LiveAccount, NewDelivery, Store, Subscription};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use crate::connector::{Connector, PlannedRequest};
use crate::engine_source::EngineSource;
use crate::error::ProvisioningError;
use crate::fanout::Fanout;
use crate::http_connector::HttpConnector;
use crate::manifest::Manifest;
use crate::metrics::Metrics;
use crate::overview::{self, ConnectorOverview};
use crate::queue::{DeliveryQueue, Now, RESYNC, SubscriberSource};
use crate::sealer::{self, Sealer};
use crate::status::StatusBoard;
use crate::store_queue::{StoreQueue, blocking, plain_id};
use crate::worker::Worker;

/// Accounts whose resync deliveries are made in one transaction.
const RESYNC_PIECE: usize = 500;

/// A connector the configuration asks for: it is set up and switched on at the start.
#[derive(Clone)]
pub struct ConnectorConfig {
    /// The manifest's name.
    pub name: String,
    /// Settings by name, in the clear; those that are left out keep their stored values.
    pub settings: BTreeMap<String, String>,
}

/// Provisioning at work. Clones share it.
#[derive(Clone)]
pub struct Provisioning {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    sealer: Arc<dyn Sealer>,
    manifests: BTreeMap<String, Manifest>,
    board: StatusBoard,
    metrics: Metrics,
    now: Now,
    queue: Arc<StoreQueue>,
    fanout: Fanout,
    running: Mutex<BTreeMap<String, Running>>,
}

/// A connector's worker.
struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

impl Provisioning {
    /// Starts the fan-out and the workers of all connectors that are switched on, on the current tokio runtime. `connectors` are
    /// set up with these settings and switched on first. A connector that was switched on earlier but can't be used any more is left out
    /// and says so in its state.
    ///
    /// # Errors
    /// A connector of the configuration that does not exist or whose settings are not usable; a failing store.
    pub async fn start(
        engine: Engine,
        sealer: Arc<dyn Sealer>,
        manifests: Vec<Manifest>,
        connectors: Vec<ConnectorConfig>,
    ) -> Result<Provisioning, ProvisioningError> {
        let (board, metrics) = (StatusBoard::default(), Metrics::default());
        let clock = engine.clock().clone();
        let now: Now = Arc::new(move || clock.now().as_micros());
        let store = engine.store().clone();
        let fanout = Fanout::start(store.clone(), now.clone(), board.clone(), metrics.clone());
        let manifests = manifests.into_iter().map(|m| (m.profile().name.clone(), m)).collect();
        let queue = Arc::new(StoreQueue::new(store));
        let running = Mutex::default();
        let inner = Inner { engine, sealer, manifests, board, metrics, now, queue, fanout, running };
        let provisioning = Provisioning { inner: Arc::new(inner) };
        for config in connectors {
            provisioning.configure(&config.name, config.settings).await?;
            provisioning.set_enabled(&config.name, true).await?;
        }
        provisioning.start_enabled().await?;
        Ok(provisioning)
    }

    /// Starts what was switched on in an earlier run.
    async fn start_enabled(&self) -> Result<(), ProvisioningError> {
        let store = self.store();
        let rows = blocking(move || store.connectors()).await?;
        for row in rows.into_iter().filter(|row| row.enabled) {
            if self.inner.running.lock().await.contains_key(&row.name) {
                continue;
            }
            if let Err(error) = self.set_enabled(&row.name, true).await {
                tracing::error!(connector = row.name, %error, "a connector could not be started");
                let (store, reason) = (self.store(), error.to_string());
                blocking(move || store.set_connector_state(&row.name, "unusable", &reason)).await?;
            }
        }
        Ok(())
    }

    fn store(&self) -> Arc<Store> {
        self.inner.engine.store().clone()
    }

    fn manifest(&self, connector: &str) -> Result<&Manifest, ProvisioningError> {
        let none = || ProvisioningError::NoConnector { connector: connector.to_owned() };
        self.inner.manifests.get(connector).ok_or_else(none)
    }

    /// The stored settings in the clear; empty when the connector was never set up.
    async fn settings(&self, connector: &str) -> Result<BTreeMap<String, String>, ProvisioningError> {
        let (store, name) = (self.store(), connector.to_owned());
        match blocking(move || store.connector(&name)).await? {
            Some(row) => sealer::open(&*self.inner.sealer, connector, &row.settings),
            None => Ok(BTreeMap::new()),
        }
    }

    /// Keeps settings, sealed; a running connector goes on with the new ones. Settings that are not given keep their values; an
    /// empty text takes one away.
    ///
    /// # Errors
    /// [`ProvisioningError::NoConnector`], [`ProvisioningError::Setting`]: nothing was changed then; a failing store.
    pub async fn configure(
        &self,
        connector: &str,
        given: BTreeMap<String, String>,
    ) -> Result<(), ProvisioningError> {
        let manifest = self.manifest(connector)?;
        let before = match self.settings(connector).await {
            // Sealed with a key that is gone: everything must be given anew.
            Err(ProvisioningError::Sealed { .. }) => BTreeMap::new(),
            before => before?,
        };
        let mut settings = before.clone();
        settings.extend(given);
        settings.retain(|_, value| !value.is_empty());
        // Making the connector checks everything that can be checked without sending.
        HttpConnector::new(manifest.clone(), settings.clone())?;
        if settings != before {
            let sealed = sealer::seal(&*self.inner.sealer, &settings);
            let (store, name) = (self.store(), connector.to_owned());
            blocking(move || store.save_connector_settings(&name, sealed)).await?;
            if self.inner.running.lock().await.contains_key(connector) {
                self.set_enabled(connector, true).await?;
            }
        }
        Ok(())
    }

    /// Switches a connector on (again: with the stored settings as they are now) or off. Switched on for the first time it starts
    /// with the events from now on; later it goes on where it stood.
    ///
    /// # Errors
    /// [`ProvisioningError::NoConnector`], [`ProvisioningError::NotSetUp`], unusable settings, a failing store.
    pub async fn set_enabled(&self, connector: &str, enabled: bool) -> Result<(), ProvisioningError> {
        let manifest = self.manifest(connector)?.clone();
        let mut running = self.inner.running.lock().await;
        let made = match enabled {
            true => Some(HttpConnector::new(manifest, self.set_up(connector).await?)?),
            false => None,
        };
        let (store, name) = (self.store(), connector.to_owned());
        let row = blocking(move || store.enable_connector(&name, enabled)).await?;
        let not_set_up = || ProvisioningError::NotSetUp { connector: connector.to_owned() };
        let row = row.ok_or_else(not_set_up)?;
        if let Some(earlier) = running.remove(connector) {
            self.inner.fanout.unsubscribe(connector);
            earlier.stop().await;
            self.inner.board.forget(connector);
        }
        if let Some(made) = made {
            running.insert(connector.to_owned(), self.run(made, row.cursor.unwrap_or_default()));
        }
        Ok(())
    }

    /// Stored settings of a connector that was set up.
    async fn set_up(&self, connector: &str) -> Result<BTreeMap<String, String>, ProvisioningError> {
        let settings = self.settings(connector).await?;
        if settings.is_empty() {
            return Err(ProvisioningError::NotSetUp { connector: connector.to_owned() });
        }
        Ok(settings)
    }

    fn run(&self, connector: HttpConnector, cursor: i64) -> Running {
        let inner = &self.inner;
        let profile = connector.profile().clone();
        let source = Arc::new(EngineSource::new(inner.engine.clone(), &profile));
        let worker = Worker::reporting(
            inner.queue.clone(),
            source,
            vec![Arc::new(connector)],
            inner.now.clone(),
            inner.board.clone(),
            inner.metrics.clone(),
        );
        let subscription = Subscription { connector: profile.name, kinds: profile.events };
        inner.fanout.subscribe(subscription, cursor, worker.waker());
        let (stop, stopped) = watch::channel(false);
        Running { stop, task: tokio::spawn(worker.run(stopped)) }
    }

    /// All connectors there are manifests for, by name, with what they are doing.
    ///
    /// # Errors
    /// A failing store.
    pub async fn status(&self) -> Result<Vec<ConnectorOverview>, ProvisioningError> {
        let store = self.store();
        let (rows, lengths, end) = blocking(move || {
            Ok((store.connectors()?, store.delivery_queue_lengths()?, store.last_event_position()?))
        })
        .await?;
        let manifests = self.inner.manifests.values();
        let overview = manifests.map(|manifest| {
            let name = &manifest.profile().name;
            let row = rows.iter().find(|row| row.name == *name);
            let settings = row.and_then(|row| sealer::open(&*self.inner.sealer, name, &row.settings).ok());
            let behind = self.inner.fanout.cursor(name).map_or(0, |at| end.saturating_sub(at));
            let live = self.inner.board.get(name);
            overview::of(manifest, row, settings.unwrap_or_default(), live, &lengths, behind)
        });
        Ok(overview.collect())
    }

    /// The counters; to be registered once.
    pub fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// Makes a dead, superseded or finished delivery wait again, due now; `false` when there is none or it is on its way anyhow.
    ///
    /// # Errors
    /// A failing store.
    pub async fn replay(&self, delivery: i64) -> Result<bool, ProvisioningError> {
        let replayed = self.inner.queue.replay(plain_id(delivery), (self.inner.now)()).await?;
        let store = self.store();
        if replayed && let Some(view) = blocking(move || store.delivery(delivery)).await? {
            self.inner.fanout.wake_worker(&view.row.connector);
        }
        Ok(replayed)
    }

    /// Makes all dead letters of a connector wait again; how many.
    ///
    /// # Errors
    /// A failing store.
    pub async fn replay_dead(&self, connector: &str) -> Result<usize, ProvisioningError> {
        self.manifest(connector)?;
        let (store, name, now) = (self.store(), connector.to_owned(), self.instant());
        let replayed = blocking(move || store.replay_dead_deliveries(&name, now)).await?;
        self.inner.fanout.wake_worker(connector);
        Ok(replayed)
    }

    /// Queues the present state of an account for a connector; the delivery's id.
    ///
    /// # Errors
    /// [`ProvisioningError::NoConnector`], [`ProvisioningError::NoAccount`], a failing store.
    pub async fn resync(&self, connector: &str, account: AccountId) -> Result<i64, ProvisioningError> {
        self.desired(connector, account).await?;
        let ids = self.queue_resync(connector, vec![account]).await?;
        Ok(ids.first().copied().unwrap_or_default())
    }

    /// Queues the present state of every account that is not terminated; how many. For a platform that was added later, or after
    /// the packages of a product changed.
    ///
    /// # Errors
    /// [`ProvisioningError::NoConnector`], a failing store.
    pub async fn resync_all(&self, connector: &str) -> Result<usize, ProvisioningError> {
        self.manifest(connector)?;
        let mut after: Option<LiveAccount> = None;
        let mut queued = 0;
        loop {
            let store = self.store();
            let piece = blocking(move || store.live_accounts(after, RESYNC_PIECE)).await?;
            after = piece.last().copied();
            if after.is_none() {
                return Ok(queued);
            }
            queued += piece.len();
            self.queue_resync(connector, piece.into_iter().map(|live| live.account).collect()).await?;
        }
    }

    async fn queue_resync(
        &self,
        connector: &str,
        accounts: Vec<AccountId>,
    ) -> Result<Vec<i64>, ProvisioningError> {
        let due_at = self.instant();
        let new = accounts.into_iter().map(|account| NewDelivery {
            connector: connector.to_owned(),
            account,
            reason: RESYNC.to_owned(),
            due_at,
        });
        let (store, new) = (self.store(), new.collect());
        let ids = blocking(move || store.add_deliveries(new)).await?;
        self.inner.fanout.wake_worker(connector);
        Ok(ids)
    }

    /// The requests that would be sent for an account now, without sending any. Works for connectors that are switched off, too.
    ///
    /// # Errors
    /// [`ProvisioningError::NoConnector`], [`ProvisioningError::NotSetUp`], [`ProvisioningError::NoAccount`],
    /// [`ProvisioningError::Render`] when a template fails for this account.
    pub async fn dry_run(
        &self,
        connector: &str,
        account: AccountId,
    ) -> Result<Vec<PlannedRequest>, ProvisioningError> {
        let manifest = self.manifest(connector)?.clone();
        let desired = self.desired(connector, account).await?;
        HttpConnector::new(manifest, self.set_up(connector).await?)?.dry_run(&desired)
    }

    /// What a connector's platform should hold for an account now.
    ///
    /// # Errors
    /// [`ProvisioningError::NoConnector`], [`ProvisioningError::NoAccount`], [`ProvisioningError::Source`].
    pub async fn desired(
        &self,
        connector: &str,
        account: AccountId,
    ) -> Result<crate::DesiredSubscriber, ProvisioningError> {
        let source = EngineSource::new(self.inner.engine.clone(), self.manifest(connector)?.profile());
        let account_id = plain_id(account.0);
        let desired = source.desired(connector, account_id).await?;
        desired.ok_or(ProvisioningError::NoAccount { account_id })
    }

    fn instant(&self) -> calendar::Instant {
        calendar::Instant::from_micros((self.inner.now)())
    }

    /// Ends the fan-out and all workers after the attempts under way. To be called before the engine is stopped.
    pub async fn stop(&self) {
        self.inner.fanout.stop().await;
        let running = std::mem::take(&mut *self.inner.running.lock().await);
        let stopping: Vec<_> = running.into_values().map(|worker| tokio::spawn(worker.stop())).collect();
        for worker in stopping {
            let _ = worker.await;
        }
    }
}
