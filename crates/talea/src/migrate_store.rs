//! `talea migrate-store`: an installation from its directory to a PostgreSQL database, or back.

use crate::cli::Place;
use crate::console::say;
use crate::error::TaleaError;
use crate::verify;
use clap::Args;
use engine::Clock;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use store::{DatabaseUrl, Entry, Options, Store};

/// Progress within a table is told after so many rows more.
const PROGRESS_ROWS: u64 = 100_000;

/// From where to where.
#[derive(Debug, Args)]
pub struct MigrateStore {
    /// Data directory, or a PostgreSQL database that was served with it (postgres://...). Nobody may serve it meanwhile.
    #[arg(long)]
    from: String,
    /// An empty PostgreSQL database (postgres://...), or a data directory to make [default: the configured database].
    #[arg(long)]
    to: Option<String>,
    /// Takes the mark off the source instead, so that it is served again. Only when what was moved never was.
    #[arg(long, conflicts_with = "to")]
    forget_move: bool,
    #[command(flatten)]
    place: Place,
}

/// Copies everything, compares both sides, and marks the source as moved.
pub fn migrate_store(options: &MigrateStore) -> Result<ExitCode, TaleaError> {
    let config = options.place.config()?;
    let server = |text: &str| {
        let named = text.contains("://");
        named
            .then(|| text.parse::<DatabaseUrl>().map_err(|error| TaleaError::Said(error.to_string())))
            .transpose()
    };
    let source = Arc::new(match server(&options.from)? {
        Some(url) => Store::connect(&url, Entry::WhenFree)?,
        None => existing(Path::new(&options.from))?,
    });
    if options.forget_move {
        source.forget_move()?;
        say(format_args!("{} may be served again", source.place()));
        return Ok(ExitCode::SUCCESS);
    }
    let database = options.to.as_deref().map_or(Ok(config.database), server)?;
    let target = match (database, &options.to) {
        (Some(url), _) => Store::connect(&url, Entry::WhenFree)?,
        (None, None) => return Err(TaleaError::Said("say where to: --to".to_owned())),
        (None, Some(to)) => {
            let directory = Path::new(to);
            store::refuse_used(directory)?;
            let target = Store::open(&Options { directory: directory.to_owned() })?;
            bring_key(&config.data, directory)?;
            target
        }
    };
    let mut told = (String::new(), 0);
    let report = source.migrate_to(
        &target,
        Clock::system().now(),
        Box::new(move |table, rows, all| {
            if rows == all && (all > 0 || told.0 != table) || rows >= told.1 + PROGRESS_ROWS {
                say(format_args!("{table}: {rows} of {all} rows"));
                told = (table.to_owned(), rows);
            } else if told.0 != table {
                told = (table.to_owned(), 0);
            }
        }),
    )?;
    match report.rows {
        0 => say(format_args!("everything had been moved before; the books there:")),
        rows => say(format_args!("{rows} rows moved; the books are the same on both sides:")),
    }
    Ok(verify::tell(&report.books))
}

/// A data directory that is there: a wrong name must not make one.
fn existing(directory: &Path) -> Result<Store, TaleaError> {
    if !directory.is_dir() {
        return Err(TaleaError::Said(format!("the data directory {} does not exist", directory.display())));
    }
    Ok(Store::open(&Options { directory: directory.to_owned() })?)
}

/// The key that opens what is sealed in the database is beside it, not in it.
fn bring_key(from: &Path, to: &Path) -> Result<(), TaleaError> {
    let (source, target) = (from.join(office::KEY_FILE), to.join(office::KEY_FILE));
    if source.is_file() && !target.exists() {
        std::fs::copy(&source, &target).map_err(TaleaError::io(target.display().to_string()))?;
        say(format_args!("{} comes from {}", office::KEY_FILE, from.display()));
    }
    Ok(())
}
