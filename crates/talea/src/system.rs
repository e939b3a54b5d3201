//! The whole system, wired: what `serve` runs for good and `demo` plays its story on.
//!
//! Start goes from the books outwards (store, engine, office, provisioning, doors), stop the other way round, so that what was
//! accepted is answered and what was answered is durable.

use crate::books::{self, BooksMetrics};
use crate::config::Config;
use crate::error::TaleaError;
use crate::http::HttpDoors;
use crate::renderer::PdfRenderer;
use crate::sealing::OfficeSealer;
use calendar::Instant;
use catalog::Catalog;
use engine::{Clock, Engine};
use front_radius::{Equipment, OfficeNodes, OfficeSubscribers, Sources};
use mediation::{FolderCollector, Mediation};
use office::{Actor, Clockwork, NetworkDoor, Office, Secrets};
use prometheus_client::registry::Registry;
use provisioning::{ConnectorConfig, Manifest, Provisioning};
use std::sync::Arc;
use std::time::Duration;
use store::Store;

/// The catalog of a new installation: a triple-play operator to start from.
const FIRST_CATALOG: &str = include_str!("../../../catalogs/triple-play.toml");
/// Folder below the data directory into which files of purchases are put.
const IMPORT_FOLDER: &str = "import";
/// How often it is looked whether another process has taken over.
const FENCED_LOOK_EVERY: Duration = Duration::from_millis(500);

/// The running system.
pub struct System {
    /// Staff and subscriber use cases.
    pub office: Office,
    /// Connectors.
    pub provisioning: Provisioning,
    /// RADIUS.
    pub radius: Arc<front_radius::Server>,
    /// Diameter.
    pub diameter: Arc<front_diameter::Server>,
    /// Portals, API, metrics.
    pub http: HttpDoors,
    clockwork: Arc<Clockwork>,
    collector: FolderCollector,
    engine: Engine,
    store: Arc<Store>,
}

/// How the clock of a new system starts.
pub enum StartTime {
    /// The system's time, or where an earlier development run left off.
    Now,
    /// A given instant (demonstrations).
    At(Instant),
}

impl System {
    /// Opens the data directory and starts everything.
    pub async fn start(config: &Config, start: StartTime) -> Result<Self, TaleaError> {
        let store = Arc::new(books::open(config)?);
        books::refuse_moved(&store)?;
        if store.recovered() > 0 {
            tracing::warn!(
                rows = store.recovered(),
                "the last run ended without a stop; its journal was folded"
            );
        }
        let clock = match start {
            StartTime::Now => Clock::system(),
            StartTime::At(instant) => Clock::starting_at(instant),
        };
        let secrets = Secrets::open(&config.data)?;
        let catalog = Arc::new(first_catalog(&store, &clock)?);
        let engine_config = engine::Config {
            threads: config.engine.threads,
            loaded_most: config.engine.loaded_customers,
            ..engine::Config::default()
        };
        let engine = Engine::start(store.clone(), catalog, clock, engine_config)?;
        let office = Office::new(engine.clone(), secrets.clone(), Arc::new(PdfRenderer::default()));
        let identity_key = secrets.derived("radius chargeable-user-identity");
        let connectors = config.connectors.iter();
        let connectors = connectors
            .map(|(name, settings)| ConnectorConfig { name: name.clone(), settings: settings.clone() });
        let sealer = Arc::new(OfficeSealer(secrets));
        let manifests = Manifest::load_all_shipped()?;
        let provisioning =
            Provisioning::start(engine.clone(), sealer, manifests, connectors.collect()).await?;
        let mut doors = config.radius.doors();
        doors.zones.clone_from(&config.diameter.zones);
        doors.identity_key = Some(front_radius::Secret::new(identity_key));
        doors.tracer = office.tracer().clone();
        let radius = Arc::new(start_radius(&doors, config.radius.sources(), &engine, &office)?);
        let diameter = Arc::new(start_diameter(config, &engine, &office).await?);
        let mediation = Mediation::new(office.clone());
        let collector = FolderCollector::start(mediation.clone(), &config.data.join(IMPORT_FOLDER))?;
        let clockwork = Arc::new(Clockwork::start(office.clone())?);
        let mut registry = Registry::default();
        engine.metrics().register(&mut registry);
        registry.register_collector(Box::new(BooksMetrics(store.clone())));
        office.voucher_metrics().register(&mut registry);
        office.tracer().register(&mut registry);
        radius.metrics().register(&mut registry);
        diameter.metrics().register(&mut registry);
        provisioning.metrics().register(&mut registry);
        let doors: Vec<Arc<dyn NetworkDoor>> = vec![radius.clone(), diameter.clone()];
        let (imports, network) = (Arc::new(mediation), Arc::new(doors));
        let http = HttpDoors::open(config, &office, &provisioning, imports, network, registry).await?;
        Ok(Self { office, provisioning, radius, diameter, http, clockwork, collector, engine, store })
    }

    /// Returns when another process has taken the database over: then this one has nothing left to do.
    pub async fn fenced(&self) {
        while !self.store.health().fenced {
            tokio::time::sleep(FENCED_LOOK_EVERY).await;
        }
    }

    /// Refuses new work, answers what was accepted, makes it durable and ends.
    pub async fn stop(self) {
        self.http.stop().await;
        self.radius.stop().await;
        self.diameter.stop().await;
        self.provisioning.stop().await;
        let (clockwork, collector, engine, store) = (self.clockwork, self.collector, self.engine, self.store);
        let ending = tokio::task::spawn_blocking(move || {
            collector.stop();
            clockwork.stop();
            engine.stop();
            store.close();
        });
        if ending.await.is_err() {
            tracing::error!("the engine did not end as it should");
        }
    }
}

/// The newest published catalog; on the first start the sample operator's.
fn first_catalog(store: &Store, clock: &Clock) -> Result<catalog::Snapshot, TaleaError> {
    if let Some(snapshot) = office::load_latest(store)? {
        return Ok(snapshot);
    }
    let catalog: Catalog = toml::from_str(FIRST_CATALOG)
        .map_err(|error| TaleaError::Said(format!("the shipped catalog is wrong: {error}")))?;
    let comment = "The sample catalog of a new installation";
    Ok(office::publish_first(store, &Actor::System("first start"), catalog, comment, clock.now())?)
}

/// RADIUS with the shipped dictionaries and profiles, and those of the operator.
pub fn start_radius(
    doors: &front_radius::Config,
    sources: Sources,
    engine: &Engine,
    office: &Office,
) -> Result<front_radius::Server, TaleaError> {
    let equipment = Equipment::open(sources).map_err(|problems| {
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        TaleaError::Said(format!("RADIUS dictionaries or profiles are wrong: {}", said.join("; ")))
    })?;
    let nodes = Arc::new(OfficeNodes::new(office.clone(), equipment.clone()));
    let subscribers = Arc::new(OfficeSubscribers(office.clone()));
    Ok(front_radius::Server::start(doors, engine.clone(), nodes, subscribers, equipment)?)
}

/// Diameter.
pub async fn start_diameter(
    config: &Config,
    engine: &Engine,
    office: &Office,
) -> Result<front_diameter::Server, TaleaError> {
    let profiles = config.diameter.profiles.clone();
    let profiles = front_diameter::PeerProfiles::open(profiles).map_err(front_diameter::StartError::from)?;
    let peers = Arc::new(front_diameter::OfficePeers::new(office.clone(), profiles));
    let mut doors = config.diameter.doors();
    doors.tracer = office.tracer().clone();
    let office = Arc::new(office.clone());
    Ok(front_diameter::Server::start(doors, engine.clone(), peers, office).await?)
}
