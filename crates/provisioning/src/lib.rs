//! Provisioning: brings outside platforms (IPTV middleware, HSS, policy servers) to the state the books ask for.
//!
//! An event of the books becomes one *delivery* for each *connector* that wants it. A delivery carries no data: when it is
//! sent, the account's present **desired state** is read and the platform is brought to it, so that sending twice, late or
//! after a time-out is harmless. A platform is described by a **manifest**, one TOML file in `connectors/`; no code.
//!
//! This crate must not know: SQL, products, tariffs, money, HTML. It never runs inside a charging transaction, and
//! never reads the system clock: time comes in as [`Now`].
//!
//! # Map
//! - [`EventKind`], [`Profile::wants`]: which events make a delivery for which connector.
//! - [`Manifest`]: load and check manifests; [`Manifest::shipped`], [`Manifest::load_folder`].
//! - [`DesiredSubscriber`], [`Presence`], [`Device`]: what a platform should hold for an account.
//! - [`Connector`], [`Applied`], [`Verdict`]: the contract of whatever talks to a platform; [`HttpConnector`] is the one made of
//!   a manifest and settings.
//! - [`DeliveryQueue`], [`SubscriberSource`]: what the store implements; [`MemoryQueue`], [`MemorySubscribers`] for tests.
//! - [`queue_contract::check`]: the suite every [`DeliveryQueue`] must pass.
//! - [`Worker`], [`Waker`], [`StatusBoard`]: sends deliveries, in order for each subscriber.
//! - [`AttemptRecord`], [`Exchange`]: what the screens show of each attempt.
//!
//! # Wiring
//! ```no_run
//! # use std::{collections::BTreeMap, sync::Arc};
//! # use provisioning::*;
//! # async fn wire(queue: Arc<MemoryQueue>, source: Arc<MemorySubscribers>, now: Now) -> Result<(), ProvisioningError> {
//! let settings = BTreeMap::from([
//!     ("url".to_owned(), "https://minerva.example".to_owned()),
//!     ("user".to_owned(), "talea".to_owned()),
//!     ("password".to_owned(), "secret".to_owned()),
//! ]);
//! let minerva = HttpConnector::new(Manifest::load_shipped("minerva")?, settings)?;
//! let worker = Worker::new(queue, source, vec![Arc::new(minerva)], now);
//! let (waker, board) = (worker.waker(), worker.board());
//! let (stop, stopped) = tokio::sync::watch::channel(false);
//! let running = tokio::spawn(worker.run(stopped));
//! waker.wake(); // after a commit that queued deliveries
//! # drop((board, stop, running));
//! # Ok(())
//! # }
//! ```

mod answer;
mod backoff;
mod connector;
mod dry_run;
mod error;
mod event;
mod http;
mod http_connector;
mod manifest;
mod memory;
mod queue;
pub mod queue_contract;
mod record;
mod scope;
mod settings;
mod status;
mod subscriber;
mod template;
mod tree;
mod worker;

pub use backoff::RetryPolicy;
pub use connector::{Applied, Boxed, Connector, Contract, Order, PlannedRequest, Profile, Verdict};
pub use error::{ManifestFault, ProvisioningError};
pub use event::EventKind;
pub use http_connector::HttpConnector;
pub use manifest::{Manifest, SettingKind, SettingSpec};
pub use memory::{DeliveryRow, DeliveryState, MemoryQueue, MemorySubscribers};
pub use queue::{Claim, ClaimRequest, DeliveryQueue, Now, SubscriberSource};
pub use record::{AttemptOutcome, AttemptRecord, Exchange, MASK};
pub use settings::Settings;
pub use status::{ConnectorState, ConnectorStatus, StatusBoard};
pub use subscriber::{DesiredSubscriber, Device, PostalAddress, Presence, canonical_mac};
pub use worker::{Waker, Worker};
