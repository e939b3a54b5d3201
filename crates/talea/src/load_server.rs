//! `talea load-server`: the real server on sample data, for the load generator `talea-load` and its kill test.
//!
//! Flows in: a data directory and a number of customers; chores on standard input. Flows out: one line of JSON with the open ports once
//! everything serves, and others about chores. An empty directory is filled with customers first; one that is not empty is served as
//! it is, so that it can be killed and started again. Must not know: what is sent, or how it is checked.

mod chores;
mod seed;

use crate::config::{Config, Log, LogFormat};
use crate::error::TaleaError;
use crate::renderer::PdfRenderer;
use crate::{books, observability, system};
use catalog::Catalog;
use charging::CustomerId;
use engine::{Clock, Engine};
use office::{Actor, NodeForm, NodeProtocol, Office, Secrets};
use seed::Customers;
use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use store::DatabaseUrl;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The operator's catalog.
const CATALOG: &str = include_str!("../../../catalogs/triple-play.toml");
/// What the catalog has besides for one customer whose accounts share a quota, which is larger than all use of a run.
const SHARED: &str = r#"
[[products]]
code = "shared-data"
name = "Mobile data, shared"
kind = "main"
rating = [{ service = "mobile-data", tariff = "mobile-per-mb" }]
quotas = [{ name = "Together", service = "mobile-data", units = 9000000000000000, shared = true }]
"#;
/// Origin-Host of the load generator.
const PEER_HOST: &str = "gateway.load.example";
/// Where RADIUS requests may come from, and the secret they are signed with.
const RADIUS_SOURCES: &str = "127.0.0.0/8";
const RADIUS_SECRET: &str = "load-secret";
/// Customers at most: their telephone numbers have seven digits after the prefix.
const CUSTOMERS_MOST: u32 = 9_999_999;

/// What `talea load-server` is told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Data directory; filled with customers when it is empty.
    #[arg(long)]
    data: PathBuf,
    /// PostgreSQL database instead of the embedded one; filled when it is empty.
    #[arg(long)]
    database: Option<DatabaseUrl>,
    /// Customers to make, each with one account: numbers 15550000001 and up, users user0000001@load.example and up.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(CUSTOMERS_MOST)))]
    customers: u32,
    /// The last so many of them have a monthly fee, and their first billing period is over.
    #[arg(long, default_value_t = 0)]
    due: u32,
    /// Decodes and answers Diameter requests and RADIUS accounting without charging: the ceiling of the machine.
    #[arg(long)]
    echo: bool,
    /// Makes one customer with all the accounts, which share one quota, instead of one customer for each.
    #[arg(long, conflicts_with = "due")]
    hot: bool,
    /// Where Diameter listens.
    #[arg(long, default_value = "127.0.0.1:0")]
    gy: SocketAddr,
    /// Where RADIUS authentication listens.
    #[arg(long, default_value = "127.0.0.1:0")]
    radius_auth: SocketAddr,
    /// Where RADIUS accounting listens.
    #[arg(long, default_value = "127.0.0.1:0")]
    radius_accounting: SocketAddr,
    /// Does the chores that standard input names, and ends when it is closed: whoever started it is gone.
    #[arg(long)]
    leash: bool,
}

/// Serves until SIGTERM or SIGINT, then stops in order.
pub async fn run(options: Options) -> Result<(), TaleaError> {
    observability::start_logs(&Log { format: LogFormat::Text, level: "warn".to_owned() })?;
    let directory = options.data.clone();
    let customers = Customers { count: options.customers, due: options.due, hot: options.hot };
    let database = options.database.clone();
    let opened = tokio::task::spawn_blocking(move || open(directory, database, customers)).await;
    let (engine, office) = opened.map_err(|error| TaleaError::Said(error.to_string()))??;
    let mut doors = front_radius::Config::new(options.radius_auth, options.radius_accounting);
    doors.echo = options.echo;
    let radius = system::start_radius(&doors, front_radius::Sources::default(), &engine, &office)?;
    let (data, customers) = (options.data, options.customers);
    let chores = chores::Chores { office: office.clone(), data, customers, loaded: 0, backups: 0 };
    let config = Config::default();
    let mut doors = front_diameter::Config::new(&config.diameter.host, &config.diameter.realm);
    doors.listen = vec![options.gy];
    doors.echo = options.echo;
    let seam = Arc::new(office);
    let diameter = front_diameter::Server::start(doors, engine.clone(), seam.clone(), seam).await?;
    // Before it is said that everything serves: whoever reads that may end it at once.
    let signals = (
        signal(SignalKind::terminate()).map_err(TaleaError::io("signals"))?,
        signal(SignalKind::interrupt()).map_err(TaleaError::io("signals"))?,
    );
    say_ready(&radius, &diameter)?;
    wait_for_the_end(signals, options.leash.then_some(chores)).await?;
    radius.stop().await;
    diameter.stop().await;
    let ending = tokio::task::spawn_blocking(move || {
        engine.stop();
        engine.store().close();
    });
    ending.await.map_err(|error| TaleaError::Said(error.to_string()))
}

fn say_ready(radius: &front_radius::Server, diameter: &front_diameter::Server) -> Result<(), TaleaError> {
    let gy = diameter.addresses().first().map(ToString::to_string);
    let line = serde_json::json!({
        "gy": gy,
        "radius_auth": radius.auth_address().to_string(),
        "radius_accounting": radius.accounting_address().to_string(),
    });
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").and_then(|()| output.flush()).map_err(TaleaError::io("standard output"))
}

async fn wait_for_the_end(
    (mut terminate, mut interrupt): (Signal, Signal),
    leash: Option<chores::Chores>,
) -> Result<(), TaleaError> {
    let (closed, input_closed) = tokio::sync::oneshot::channel();
    let leashed = leash.is_some();
    if let Some(chores) = leash {
        let watch = move || {
            chores.serve();
            let _ = closed.send(());
        };
        let thread = std::thread::Builder::new().name("talea-chores".to_owned());
        thread.spawn(watch).map_err(TaleaError::io("a thread"))?;
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        Ok(()) = input_closed, if leashed => {}
    }
    Ok(())
}

/// Opens the directory; fills it when it is empty.
fn open(
    directory: PathBuf,
    database: Option<DatabaseUrl>,
    customers: Customers,
) -> Result<(Engine, Office), TaleaError> {
    std::fs::create_dir_all(&directory).map_err(TaleaError::io("the data directory"))?;
    let config = Config { data: directory.clone(), database, ..Config::default() };
    let store = Arc::new(books::open(&config)?);
    let clock = Clock::system();
    let known = office::load_latest(&store)?;
    let is_new = known.is_none();
    let catalog = match known {
        Some(catalog) => catalog,
        None => {
            let catalog: Catalog =
                toml::from_str(&[CATALOG, if customers.hot { SHARED } else { "" }].concat())
                    .map_err(|error| TaleaError::Said(format!("the shipped catalog is wrong: {error}")))?;
            office::publish_first(&store, &actor(), catalog, "Sample data for load", clock.now())?
        }
    };
    let engine = Engine::start(store, Arc::new(catalog), clock, engine::Config::default())?;
    let office = Office::new(engine.clone(), Secrets::open(&directory)?, Arc::new(PdfRenderer::default()));
    if is_new {
        make_nodes(&office)?;
        seed::make_customers(&engine, customers)?;
    }
    let (last, accounts) = customers.last();
    let last = engine.look(CustomerId(last), move |found| {
        found
            .is_some_and(|customer| u32::try_from(customer.accounts.len()).is_ok_and(|made| made >= accounts))
    });
    if last.ok() != Some(true) {
        let (shown, customers) = (directory.display(), customers.count);
        return Err(TaleaError::Said(format!(
            "{shown} holds fewer than {customers} customers of an earlier run; use an empty directory"
        )));
    }
    Ok((engine, office))
}

fn actor() -> Actor {
    Actor::System("load server")
}

fn make_nodes(office: &Office) -> Result<(), TaleaError> {
    let diameter = NodeForm {
        name: "load-gateway".to_owned(),
        protocol: NodeProtocol::Diameter,
        address: PEER_HOST.to_owned(),
        profile: "generic".to_owned(),
        secret: None,
        settings: BTreeMap::new(),
        enabled: true,
    };
    let radius = NodeForm {
        name: "load-nas".to_owned(),
        protocol: NodeProtocol::Radius,
        address: RADIUS_SOURCES.to_owned(),
        secret: Some(RADIUS_SECRET.into()),
        settings: BTreeMap::from([("service".to_owned(), seed::PRODUCT.to_owned())]),
        ..diameter.clone()
    };
    office.create_node(&actor(), diameter)?;
    office.create_node(&actor(), radius)?;
    Ok(())
}
