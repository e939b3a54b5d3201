//! `talea demo`: a sample operator on a temporary directory, and a customer's story over the real protocols.
//!
//! The story's RADIUS, Diameter and HTTP clients speak to the servers through sockets; the IPTV platform is the simulator of
//! `testkit` on a socket of its own. Nothing reaches into the system but the clock, by the API's development endpoint.

mod cast;
mod collection;
mod film;
mod gateway_client;
mod internet;
mod mobile;
mod month_end;
mod narrator;
mod neighbours;
mod operator_client;
mod router_client;
mod signing_up;
mod story;

use crate::config::{Config, Http, Log, LogFormat};
use crate::console::say;
use crate::error::TaleaError;
use crate::observability;
use crate::serve::until_told;
use crate::system::{StartTime, System};
use calendar::Instant;
use clap::Args;
use narrator::Narrator;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use testkit::minerva::Simulator;

/// How the demonstration runs.
#[derive(Debug, Args)]
pub struct Options {
    /// End after the story; exit code 0 only if every step held.
    #[arg(long)]
    once: bool,
    /// Print the steps as JSON instead of text.
    #[arg(long)]
    json: bool,
    /// Keep the data in this directory instead of a temporary one (it must be empty or missing).
    #[arg(long)]
    data: Option<std::path::PathBuf>,
    /// An empty PostgreSQL database instead of the embedded one.
    #[arg(long)]
    database: Option<store::DatabaseUrl>,
    /// What to log on standard error.
    #[arg(long, default_value = "warn")]
    log: String,
}

/// The story begins on 1 June, nine in the morning in New York.
const BEGINNING: &str = "2026-06-01T13:00:00Z";

const fn any_port() -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0)
}

/// The usual port when it is free, any other one otherwise.
fn usual_or_free(usual: SocketAddr) -> SocketAddr {
    if std::net::TcpListener::bind(usual).is_ok() { usual } else { any_port() }
}

fn config(options: &Options, data: &std::path::Path, minerva: &Simulator) -> Config {
    let settings = BTreeMap::from([
        ("url".to_owned(), minerva.url()),
        ("user".to_owned(), "talea".to_owned()),
        ("password".to_owned(), "minerva-demo".to_owned()),
    ]);
    let usual = Http::default();
    let pick = |address| if options.once { any_port() } else { usual_or_free(address) };
    let mut config = Config {
        data: data.to_owned(),
        database: options.database.clone(),
        environment: "Demo".to_owned(),
        dev: true,
        http: Http { staff: pick(usual.staff), selfcare: pick(usual.selfcare), ..usual },
        log: Log { format: LogFormat::Text, level: options.log.clone() },
        connectors: BTreeMap::from([("minerva".to_owned(), settings)]),
        ..Config::default()
    };
    config.radius.authentication = any_port();
    config.radius.accounting = any_port();
    config.diameter.listen = vec![any_port()];
    config
}

/// Plays the story, then ends or stays up.
pub async fn demo(options: Options) -> Result<ExitCode, TaleaError> {
    let temporary = tempfile::tempdir().map_err(TaleaError::io("a temporary directory"))?;
    let data = options.data.clone().unwrap_or_else(|| temporary.path().join("talea-data"));
    if data.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(TaleaError::Said(format!("the directory {} is not empty", data.display())));
    }
    let minerva = Simulator::start(testkit::minerva::Config::default())
        .await
        .map_err(|error| TaleaError::Said(error.to_string()))?;
    let config = config(&options, &data, &minerva);
    observability::start_logs(&config.log)?;
    let beginning = Instant::parse(BEGINNING).unwrap_or_default();
    let system = System::start(&config, StartTime::At(beginning)).await?;
    let mut narrator = Narrator::new(options.json);
    let logins = story::play(&system, &minerva, &mut narrator).await?;
    let held = narrator.all_held();
    if options.json {
        let steps = serde_json::json!({ "held": held, "steps": narrator.steps() });
        say(format_args!("{steps:#}"));
    } else {
        say(format_args!("\n{}", if held { "Every step held." } else { "Some steps did not hold." }));
    }
    if options.once {
        system.stop().await;
        return Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if !options.json {
        say(format_args!("\nLook around (Ctrl-C ends and forgets everything):"));
        say(format_args!(
            "  staff portal  http://{}/staff   {} / {}",
            system.http.staff, logins.staff.0, logins.staff.1
        ));
        say(format_args!(
            "  self-care     http://{}/        {} / {}",
            system.http.selfcare, logins.subscriber.0, logins.subscriber.1
        ));
        say(format_args!("  API           http://{}/api/docs   token {}", system.http.staff, logins.token));
        say(format_args!("  RADIUS        {}   as node bras-1 from 127.0.0.1", system.radius.auth_address()));
        for address in system.diameter.addresses() {
            say(format_args!("  Diameter      {address}   as node pgw-1"));
        }
        say(format_args!("  IPTV platform {}/_sim/customers (simulated)", minerva.inspect_url()));
    }
    until_told().await?;
    system.stop().await;
    Ok(ExitCode::SUCCESS)
}
