//! The command line.

use crate::config::Config;
use crate::error::TaleaError;
use crate::{backup, demo, load_server, migrate_store, observability, serve, verify};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use store::DatabaseUrl;

/// Charging, billing and provisioning for communication service providers.
#[derive(Debug, Parser)]
#[command(name = "talea", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the system for good, with data kept in a directory.
    Serve(Serve),
    /// Sets up a sample operator, plays a customer's story over the real protocols, then stays up to be looked at.
    Demo(demo::Options),
    /// Recomputes every balance from the ledger and reports differences.
    Verify(Place),
    /// Copies the data directory to a safe place while it is served: every charge answered so far is in the copy.
    Backup(backup::Backup),
    /// Puts a backup into a new data directory, checks it and recomputes every balance.
    Restore(backup::Restore),
    /// Moves an installation from its data directory to a PostgreSQL database, or back: everything or nothing, checked on both sides.
    MigrateStore(migrate_store::MigrateStore),
    /// Serves sample data for the load generator `talea-load`.
    #[command(hide = true)]
    LoadServer(load_server::Options),
}

/// Where the data and the configuration are.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Data directory [default: ./talea-data].
    #[arg(long, env = "TALEA_DATA")]
    data: Option<PathBuf>,
    /// PostgreSQL database instead of the embedded one: postgres://user@host/talea, or postgres:///talea?host=/run/postgresql. A
    /// password is better named in the configuration file or in TALEA_DATABASE, where others do not see it.
    #[arg(long)]
    database: Option<DatabaseUrl>,
    /// Configuration file (TOML); `TALEA_...` environment variables override it.
    #[arg(long, env = "TALEA_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    place: Place,
    /// Lets the API move the clock forward (never in production).
    #[arg(long)]
    dev: bool,
    /// Takes a PostgreSQL database over from another process that still has it: what that one tries to commit fails.
    #[arg(long)]
    take_over: bool,
}

/// Environment variables that belong to the command line, not to the configuration's fields.
const NOT_FIELDS: &[&str] = &["TALEA_DATA", "TALEA_CONFIG"];

impl Place {
    /// The configuration with the command line laid over it.
    pub fn config(&self) -> Result<Config, TaleaError> {
        let fields = std::env::vars().filter(|(name, _)| {
            let tests_or_tools = name.starts_with("TALEA_TEST_");
            !NOT_FIELDS.contains(&name.as_str()) && !tests_or_tools
        });
        let mut config = Config::load(self.config.as_deref(), fields)?;
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        if let Some(database) = &self.database {
            config.database = Some(database.clone());
        }
        Ok(config)
    }
}

/// Runs what was asked for.
pub fn run(arguments: Arguments) -> Result<ExitCode, TaleaError> {
    match arguments.command {
        Command::Serve(options) => {
            let mut config = options.place.config()?;
            config.dev |= options.dev;
            config.take_over = options.take_over;
            observability::start_logs(&config.log)?;
            runtime()?.block_on(serve::serve(config))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Demo(options) => runtime()?.block_on(demo::demo(options)),
        Command::Verify(place) => verify::verify(&place.config()?),
        Command::Backup(options) => backup::back_up(&options),
        Command::Restore(options) => backup::restore(&options),
        Command::MigrateStore(options) => migrate_store::migrate_store(&options),
        Command::LoadServer(options) => {
            runtime()?.block_on(load_server::run(options))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, TaleaError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(TaleaError::io("the async runtime"))
}
