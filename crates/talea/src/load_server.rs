//! `talea load-server`: the real server on sample data, for the load generator `talea-load` and its kill test.
//!
//! Flows in: a data directory and a number of customers. Flows out: one line of JSON with the open ports once everything serves. An
//! empty directory is filled with customers first; one that is not empty is served as it is, so that it can be killed and started
//! again. Must not know: what is sent, or how it is checked.

use crate::config::{Config, Log, LogFormat};
use crate::error::TaleaError;
use crate::renderer::PdfRenderer;
use crate::{observability, system};
use calendar::{BillingPeriod, BillingZone, Instant};
use catalog::Catalog;
use charging::{AddAccount, Command, CreateCustomer, CustomerId, Envelope, Payment, Reply};
use engine::{Answer, Clock, Engine, Request};
use money::Amount;
use office::{Actor, MakeRecords, NodeForm, NodeProtocol, Office, Secrets};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use store::{AccountRecord, CustomerRecord, IdentifierRecord, Record, Store};
use tokio::signal::unix::{SignalKind, signal};

/// The operator's catalog.
const CATALOG: &str = include_str!("../../../catalogs/triple-play.toml");
/// Product of every account.
const PRODUCT: &str = "mobile-data";
/// The product of the accounts of one customer who share a quota, which is larger than all use of a run.
const SHARED_PRODUCT: &str = "shared-data";
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
/// A limit that no run reaches: a million dollars.
const CREDIT_LIMIT: Amount = Amount::from_micros(1_000_000_000_000);
/// Commands handed over and not yet durable while customers are made; below the engine's own limit for one thread.
const SEEDING_MOST: usize = 32_768;
/// Customers at most: their telephone numbers have seven digits after the prefix.
const CUSTOMERS_MOST: u32 = 9_999_999;

/// What `talea load-server` is told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Data directory; filled with customers when it is empty.
    #[arg(long)]
    data: PathBuf,
    /// Customers to make, each with one account: numbers 15550000001 and up, users user0000001@load.example and up.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(CUSTOMERS_MOST)))]
    customers: u32,
    /// Decodes and answers Diameter requests and RADIUS accounting without charging: the ceiling of the machine.
    #[arg(long)]
    echo: bool,
    /// Makes one customer with all the accounts, which share one quota, instead of one customer for each.
    #[arg(long)]
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
    /// Ends too when standard input is closed: whoever started it is gone.
    #[arg(long)]
    leash: bool,
}

/// Serves until SIGTERM or SIGINT, then stops in order.
pub async fn run(options: Options) -> Result<(), TaleaError> {
    observability::start_logs(&Log { format: LogFormat::Text, level: "warn".to_owned() })?;
    let (directory, customers, hot) = (options.data.clone(), options.customers, options.hot);
    let opened = tokio::task::spawn_blocking(move || open(directory, customers, hot)).await;
    let (engine, office) = opened.map_err(|error| TaleaError::Said(error.to_string()))??;
    let mut doors = front_radius::Config::new(options.radius_auth, options.radius_accounting);
    doors.echo = options.echo;
    let radius = system::start_radius(&doors, &engine, &office)?;
    let config = Config::default();
    let mut doors = front_diameter::Config::new(&config.diameter.host, &config.diameter.realm);
    doors.listen = vec![options.gy];
    doors.echo = options.echo;
    let seam = Arc::new(office);
    let diameter = front_diameter::Server::start(doors, engine.clone(), seam.clone(), seam).await?;
    say_ready(&radius, &diameter)?;
    wait_for_the_end(options.leash).await?;
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

async fn wait_for_the_end(leash: bool) -> Result<(), TaleaError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(TaleaError::io("signals"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(TaleaError::io("signals"))?;
    let (closed, input_closed) = tokio::sync::oneshot::channel();
    if leash {
        let watch = move || {
            // Nothing is ever said on it: it ends when whoever holds the other end does.
            let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
            let _ = closed.send(());
        };
        std::thread::Builder::new().spawn(watch).map_err(TaleaError::io("a thread"))?;
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        Ok(()) = input_closed => {}
    }
    Ok(())
}

/// Opens the directory; fills it when it is empty.
fn open(directory: PathBuf, customers: u32, hot: bool) -> Result<(Engine, Office), TaleaError> {
    let store = Arc::new(Store::open(&store::Options { directory: directory.clone() })?);
    let clock = Clock::system();
    let known = office::load_latest(&store)?;
    let is_new = known.is_none();
    let catalog = match known {
        Some(catalog) => catalog,
        None => {
            let catalog: Catalog = toml::from_str(&[CATALOG, if hot { SHARED } else { "" }].concat())
                .map_err(|error| TaleaError::Said(format!("the shipped catalog is wrong: {error}")))?;
            office::publish_first(&store, &actor(), catalog, "Sample data for load", clock.now())?
        }
    };
    let engine = Engine::start(store, Arc::new(catalog), clock, engine::Config::default())?;
    let office = Office::new(engine.clone(), Secrets::open(&directory)?, Arc::new(PdfRenderer::default()));
    if is_new {
        make_nodes(&office)?;
        make_customers(&engine, customers, hot)?;
    }
    let (last, accounts) = if hot { (1, customers) } else { (customers, 1) };
    let last = engine.look(CustomerId(last), move |found| {
        found
            .is_some_and(|customer| u32::try_from(customer.accounts.len()).is_ok_and(|made| made >= accounts))
    });
    if last.ok() != Some(true) {
        let shown = directory.display();
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
        settings: BTreeMap::from([("service".to_owned(), PRODUCT.to_owned())]),
        ..diameter.clone()
    };
    office.create_node(&actor(), diameter)?;
    office.create_node(&actor(), radius)?;
    Ok(())
}

/// Commands in flight and the first one that failed.
#[derive(Default)]
struct Progress {
    state: Mutex<(usize, Option<String>)>,
    landed: Condvar,
}

impl Progress {
    /// Waits until fewer than `most` are in flight, then counts one more.
    fn begin(&self, most: usize) -> Result<(), TaleaError> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self
            .landed
            .wait_while(state, |(waiting, failed)| *waiting >= most && failed.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        state.0 += 1;
        state.1.clone().map_or(Ok(()), |reason| Err(TaleaError::Said(reason)))
    }

    fn end(&self, failed: Option<String>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = state.0.saturating_sub(1);
        state.1 = state.1.take().or(failed);
        drop(state);
        self.landed.notify_one();
    }
}

/// Makes all customers: many commands in flight, so that a commit carries hundreds of them.
fn make_customers(engine: &Engine, count: u32, hot: bool) -> Result<(), TaleaError> {
    let catalog = engine.catalog();
    let code = if hot { SHARED_PRODUCT } else { PRODUCT };
    let product = catalog.product(code).map(|product| product.id);
    let product = product.ok_or_else(|| TaleaError::Said(format!("the catalog has no {code}")))?;
    let (now, zone, period) = (engine.clock().now(), BillingZone::utc(), BillingPeriod::Monthly);
    let create = CreateCustomer {
        currency: catalog.currency(),
        payment: Payment::Postpaid,
        credit_limit: Some(CREDIT_LIMIT),
        zone: "UTC".to_owned(),
        period,
        period_bounds: (period.start_of(now, &zone), period.end_after(now, &zone)),
        net_days: 14,
        chain: Vec::new(),
        class: None,
    };
    let progress = Arc::new(Progress::default());
    for number in 1..=count {
        let owner = if hot { 1 } else { number };
        if owner == number {
            let customer = Box::new(move |_: &Reply| vec![customer_record(number, now)]);
            submit(engine, &progress, number, Command::CreateCustomer(create.clone()), customer)?;
        }
        let add = AddAccount { product, add_ons: Vec::new(), detail: msisdn(number) };
        let account = Box::new(move |reply: &Reply| account_records(number, now, reply));
        submit(engine, &progress, owner, Command::AddAccount(add), account)?;
    }
    // One more slot than are free while anything is in flight.
    progress.begin(1)?;
    Ok(engine.store().flush()?)
}

fn submit(
    engine: &Engine,
    progress: &Arc<Progress>,
    number: u32,
    command: Command,
    records: MakeRecords,
) -> Result<(), TaleaError> {
    progress.begin(SEEDING_MOST)?;
    let progress = progress.clone();
    let answer = Answer::new(move |outcome| {
        let failed = match outcome {
            Ok(Reply::Done(_)) => None,
            Ok(other) => Some(format!("customer {number} could not be made: {other:?}")),
            Err(error) => Some(format!("customer {number} could not be made: {error}")),
        };
        progress.end(failed);
    });
    let envelope = Envelope { customer: CustomerId(number), key: None, command };
    engine.submit(Request { envelope, records: Some(records), fold_now: false, answer });
    Ok(())
}

fn msisdn(number: u32) -> String {
    format!("1555{number:07}")
}

fn customer_record(number: u32, now: Instant) -> Record {
    Record::Customer(CustomerRecord {
        id: CustomerId(number),
        number: format!("C{}", 1_000_000 + number),
        name: format!("Load customer {number}"),
        email: String::new(),
        phone: String::new(),
        address: String::new(),
        language: "en".to_owned(),
        created_at: now,
    })
}

fn account_records(number: u32, now: Instant, reply: &Reply) -> Vec<Record> {
    let Reply::Done(Some(account)) = *reply else { return Vec::new() };
    let user = format!("user{number:07}@load.example");
    let identifier = |realm: &str, value: String| {
        Record::Identifier(IdentifierRecord { realm: realm.to_owned(), value, account })
    };
    let record = AccountRecord { id: account, label: msisdn(number), password: None, created_at: now };
    vec![Record::Account(record), identifier("msisdn", msisdn(number)), identifier("user", user)]
}
