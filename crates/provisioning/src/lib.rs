//! Provisioning: brings outside platforms (IPTV middleware, HSS, policy servers) to the state the books ask for.
//!
//! An event of the books becomes one *delivery* for each *connector* that wants it. A delivery carries no data: when it is
//! sent, the account's present **desired state** is read and the platform is brought to it, so that sending twice, late or
//! after a time-out is harmless. A platform is described by a **manifest**, one TOML file in `connectors/`; no code.
//!
//! Flows in: events out of the store's table, the engine's live aggregates. Flows out: requests to platforms, attempts and
//! states into the store. This crate must not know: SQL, money, HTML; products only where the desired state is read. It never
//! runs inside a charging transaction, and never reads the system clock: time comes in as [`Now`] or from the engine.
//!
//! # Map
//! - [`Provisioning`]: the running whole, the one thing most callers need; [`ConnectorOverview`] is what it shows.
//! - [`Manifest`]: load and check manifests; [`Manifest::shipped`], [`Manifest::load_folder`].
//! - [`Fanout`]: events become deliveries; [`EngineSource`]: what a platform should hold for an account.
//! - [`DesiredSubscriber`], [`Presence`], [`Device`]: that state.
//! - [`Connector`], [`Applied`], [`Verdict`]: the contract of whatever talks to a platform; [`HttpConnector`] is the one made of
//!   a manifest and settings.
//! - [`DeliveryQueue`], [`SubscriberSource`]: what the worker needs; [`StoreQueue`] in the database, [`MemoryQueue`] and
//!   [`MemorySubscribers`] for tests.
//! - [`queue_contract::check`]: the suite every [`DeliveryQueue`] must pass.
//! - [`Worker`], [`Waker`], [`StatusBoard`]: sends deliveries, in order for each subscriber.
//! - [`AttemptRecord`], [`Exchange`]: what the screens show of each attempt.
//!
//! # Wiring
//! ```no_run
//! # use std::{collections::BTreeMap, sync::Arc};
//! # use provisioning::*;
//! # async fn wire(engine: engine::Engine, sealer: Arc<dyn Sealer>) -> Result<(), ProvisioningError> {
//! let settings = BTreeMap::from([
//!     ("url".to_owned(), "https://minerva.example".to_owned()),
//!     ("user".to_owned(), "talea".to_owned()),
//!     ("password".to_owned(), "secret".to_owned()),
//! ]);
//! let minerva = ConnectorConfig { name: "minerva".to_owned(), settings };
//! let provisioning =
//!     Provisioning::start(engine.clone(), sealer, Manifest::load_all_shipped()?, vec![minerva]).await?;
//! for connector in provisioning.status().await? {
//!     println!("{}: {}, contract {}", connector.title, connector.state, connector.contract.as_str());
//! }
//! provisioning.stop().await; // before the engine
//! engine.stop();
//! # Ok(())
//! # }
//! ```

mod answer;
mod backoff;
mod connector;
mod dry_run;
mod engine_source;
mod error;
mod fanout;
mod http;
mod http_connector;
mod manifest;
mod memory;
mod metrics;
mod overview;
mod provisioning;
mod queue;
pub mod queue_contract;
mod record;
mod scope;
mod sealer;
mod settings;
mod status;
mod store_queue;
mod subscriber;
mod template;
mod tree;
mod worker;

pub use backoff::RetryPolicy;
pub use connector::{Applied, Boxed, Connector, Contract, Order, PlannedRequest, Profile, Verdict};
pub use engine_source::{EngineSource, external_id};
pub use error::{ManifestFault, ProvisioningError};
pub use fanout::Fanout;
pub use http_connector::HttpConnector;
pub use manifest::{Manifest, SettingKind, SettingSpec};
pub use memory::{DeliveryRow, DeliveryState, MemoryQueue, MemorySubscribers};
pub use metrics::Metrics;
pub use overview::{ConnectorOverview, ShownSetting};
pub use provisioning::{ConnectorConfig, Provisioning};
pub use queue::{Claim, ClaimRequest, DeliveryQueue, Now, RESYNC, SubscriberSource};
pub use record::{AttemptOutcome, AttemptRecord, Exchange, MASK};
pub use sealer::Sealer;
pub use settings::Settings;
pub use status::{ConnectorState, ConnectorStatus, StatusBoard};
pub use store_queue::StoreQueue;
pub use subscriber::{DesiredSubscriber, Device, PostalAddress, Presence, canonical_mac};
pub use worker::{Waker, Worker};
