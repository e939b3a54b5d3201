//! `talea backup` and `talea restore`: the data directory to a safe place while it is served, and back.

use crate::cli::Place;
use crate::console::say;
use crate::error::TaleaError;
use crate::verify;
use calendar::Instant;
use clap::Args;
use engine::Clock;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use store::{BackupOrder, BackupReport};

/// Files of the data directory that go along: the key that opens what is sealed in the database.
const ALONG: &[&str] = &[office::KEY_FILE];
/// How backups that are kept in a row are named, before their time.
const PREFIX: &str = "talea-";
/// Progress is told after so much more of it.
const PROGRESS_PERCENT: u64 = 10;

/// What to back up and where to.
#[derive(Debug, Args)]
pub struct Backup {
    #[command(flatten)]
    place: Place,
    /// Directory to make; with --keep the directory in which dated backups are kept.
    #[arg(long)]
    to: PathBuf,
    /// Makes a dated backup inside the directory and removes all but the newest so many.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
}

/// What to restore and where to.
#[derive(Debug, Args)]
pub struct Restore {
    /// A backup: a directory that `talea backup` made.
    #[arg(long)]
    from: PathBuf,
    /// Data directory to make; it must not exist or be empty.
    #[arg(long, alias = "data-dir", env = "TALEA_DATA")]
    data: PathBuf,
}

/// Makes a backup of a data directory, whether it is being served or not.
pub fn back_up(options: &Backup) -> Result<ExitCode, TaleaError> {
    let config = options.place.config()?;
    if config.database.is_some() {
        let words = "the books are on a PostgreSQL server: use pg_dump or pg_basebackup, as docs/guide/backup.md says";
        return Err(TaleaError::Said(words.to_owned()));
    }
    let at = Clock::system().now();
    let to = match options.keep {
        Some(_) => options.to.join(dated(at)),
        None => options.to.clone(),
    };
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent).map_err(TaleaError::io(parent.display().to_string()))?;
    }
    let order = BackupOrder { from: &config.data, to: &to, along: ALONG, at };
    let mut next = PROGRESS_PERCENT;
    let report = store::back_up(&order, &mut |done, all| {
        if done * 100 >= all * next && all > 0 {
            say(format_args!("{} %", done * 100 / all));
            next = done * 100 / all + PROGRESS_PERCENT;
        }
    })?;
    say(format_args!("backup {}: {}", to.display(), words(&report)));
    if let Some(keep) = options.keep {
        remove_older(&options.to, keep)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts a backup into a new data directory and recomputes every balance. Fails when anything differs.
pub fn restore(options: &Restore) -> Result<ExitCode, TaleaError> {
    let (report, books) = store::restore(&options.from, &options.data)?;
    say(format_args!("restored to {}: {}", options.data.display(), words(&report)));
    Ok(verify::tell(&books))
}

fn words(report: &BackupReport) -> String {
    let mut files = vec!["the database"];
    files.extend(report.along.iter().map(String::as_str));
    let (at, octets, records) = (report.made_at, report.octets, report.journal_records);
    format!("of {at}, {octets} octets, {}; {records} journal records are in its tables", files.join(" and "))
}

/// The name of a backup of an instant, to the second: `talea-20260601T130000Z`.
fn dated(at: Instant) -> String {
    let second = at.to_string();
    let digits = second.split('.').next().unwrap_or_default().trim_end_matches('Z');
    format!("{PREFIX}{}Z", digits.replace(['-', ':'], ""))
}

/// Removes all complete backups but the newest: their names sort by time.
fn remove_older(folder: &Path, keep: u32) -> Result<(), TaleaError> {
    let trouble = || TaleaError::io(folder.display().to_string());
    let entries = std::fs::read_dir(folder).map_err(trouble())?.filter_map(Result::ok);
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    let mut backups: Vec<PathBuf> =
        ours.map(|entry| entry.path()).filter(|path| store::is_backup(path)).collect();
    backups.sort();
    let surplus = backups.len().saturating_sub(usize::try_from(keep).unwrap_or(usize::MAX));
    for path in backups.into_iter().take(surplus) {
        std::fs::remove_dir_all(&path).map_err(TaleaError::io(path.display().to_string()))?;
        say(format_args!("removed {}", path.display()));
    }
    Ok(())
}
