//! Backup of a data directory that may be in use, and restore.
//!
//! A backup is what a crash at that moment would have left, already recovered: the tables as one reader sees them, and then, folded
//! into the copy, every journal record behind them. The order makes it right: what the tables have is in the journal before, and a
//! charge is answered after it is in the journal; so tables first, journal after them, contain every charge answered before the
//! backup was asked for, and whatever the tables have of later ones is completed by the journal. The process that serves is not
//! asked and does not wait: any other process that may read the directory can do it.
//!
//! The result is a directory with the database in one file, the files that were asked to go along, and `backup.json`, which tells
//! their sizes and checksums. Must not know: what is in the tables, where backups are kept and how many.

mod contents;

use crate::db;
use crate::disk::Directory;
use crate::journal::files::read_behind;
use crate::journal::table::folded_upto;
use crate::store::{DATABASE, JOURNAL, yield_to_others};
use crate::verify::VerifyReport;
use crate::workings::Workings;
use crate::{Options, Store, StoreError, connection, migrate};
use calendar::Instant;
pub use contents::refuse_used;
use contents::{CONTENTS, Contents};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pages copied at once, and the pause after them, so that commits meanwhile have the disk: 250 MB a second at most.
const PAGES_AT_ONCE: i32 = 512;
const PAUSE: Duration = Duration::from_millis(8);
/// After the tables were found locked.
const PAUSE_WHEN_BUSY: Duration = Duration::from_millis(100);
/// How often it is begun again when the journal's files are used again faster than they are read.
const ATTEMPTS: u32 = 10;

/// What to copy and where to.
#[derive(Debug)]
pub struct BackupOrder<'a> {
    /// Data directory; it may be in use.
    pub from: &'a Path,
    /// Directory to make; it must not exist.
    pub to: &'a Path,
    /// Names of other files of the data directory that go along when they exist.
    pub along: &'a [&'a str],
    /// Written into the backup.
    pub at: Instant,
}

/// What a backup holds, or what was restored of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// When it was begun.
    pub made_at: Instant,
    /// Octets of all files.
    pub octets: u64,
    /// Files beside the database.
    pub along: Vec<String>,
    /// Journal records that were not in the tables yet; they are in the backup's.
    pub journal_records: u64,
}

/// Hears how many of how many pages are copied.
pub type BackupProgress<'a> = &'a mut (dyn FnMut(u64, u64) + Send);

/// Makes a backup, on a thread that yields to those that answer.
///
/// # Errors
/// There is no database; the target exists or cannot be written; the journal is damaged.
pub fn back_up(order: &BackupOrder<'_>, told: BackupProgress<'_>) -> Result<BackupReport, StoreError> {
    let work = || {
        yield_to_others();
        make(order, told)
    };
    let ended = std::thread::scope(|scope| scope.spawn(work).join());
    ended.unwrap_or(Err(StoreError::Stopped))
}

fn make(order: &BackupOrder<'_>, told: BackupProgress<'_>) -> Result<BackupReport, StoreError> {
    if !order.from.join(DATABASE).is_file() {
        return Err(StoreError::NoDatabase(order.from.display().to_string()));
    }
    if order.to.exists() {
        return Err(StoreError::NotEmpty(order.to.display().to_string()));
    }
    // It gets its name when it is complete, so that half a backup is never taken for one.
    let partial = partial(order.to);
    let trouble = |reason| StoreError::directory(&partial, &reason);
    match std::fs::remove_dir_all(&partial) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(trouble(error)),
        _ => contents::make_private(&partial).map_err(trouble)?,
    }
    let made = fill(order, &partial, told).and_then(|files| {
        std::fs::rename(&partial, order.to).map_err(trouble)?;
        contents::sync_directory(order.to.parent()).map_err(trouble)?;
        Ok(files.report())
    });
    if made.is_err() {
        // Perhaps the disk is full: what is left would stay there for ever, since each dated backup has a name of its own.
        let _ = std::fs::remove_dir_all(&partial);
    }
    made
}

/// Writes all files of a backup.
fn fill(order: &BackupOrder<'_>, into: &Path, told: BackupProgress<'_>) -> Result<Contents, StoreError> {
    let mut files = Contents::new(order.at);
    let (journal, database) = (order.from.join(JOURNAL), into.join(DATABASE));
    let behind = copy_tables(&order.from.join(DATABASE), &journal, &database, told)?;
    files.journal_records = behind.len() as u64;
    fold(&database, &behind)?;
    files.add(into, DATABASE)?;
    for name in order.along {
        let source = order.from.join(name);
        if source.is_file() {
            contents::copy(&source, &into.join(name))
                .map_err(|reason| StoreError::directory(into, &reason))?;
            files.add(into, name)?;
        }
    }
    files.write(into)?;
    Ok(files)
}

/// Puts a backup into an empty or new directory, checks it octet by octet and recomputes every balance.
///
/// # Errors
/// There is no complete backup; a file of it is damaged; the directory is in use or not empty.
pub fn restore(from: &Path, to: &Path) -> Result<(BackupReport, VerifyReport), StoreError> {
    let files = Contents::read(from)?;
    let trouble = |reason| StoreError::directory(to, &reason);
    refuse_used(to)?;
    contents::make_private(to).map_err(trouble)?;
    // The database last: without it the directory is not served, and not taken for an empty one either.
    let (database, others): (Vec<_>, Vec<_>) = files.names().partition(|name| *name == DATABASE);
    for name in others.into_iter().chain(database) {
        let target = to.join(format!("{name}.partial"));
        contents::copy(&from.join(name), &target).map_err(trouble)?;
        files.check(name, &target)?;
        std::fs::rename(target, to.join(name)).map_err(trouble)?;
    }
    contents::sync_directory(Some(to)).map_err(trouble)?;
    let store = Store::open(&Options { directory: to.to_owned() })?;
    Ok((files.report(), store.verify()?))
}

/// Whether a directory is a complete backup.
pub fn is_backup(directory: &Path) -> bool {
    directory.join(CONTENTS).is_file()
}

fn partial(to: &Path) -> PathBuf {
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    to.with_file_name(format!(".{name}.partial"))
}

/// A journal record: id and payload.
type Record = (u64, Vec<u8>);

/// Copies the tables as they are at one moment; gives the journal records behind that moment.
fn copy_tables(
    from: &Path,
    journal: &Path,
    to: &Path,
    told: BackupProgress<'_>,
) -> Result<Vec<Record>, StoreError> {
    let disk = Directory::open(journal).map_err(|reason| StoreError::directory(journal, &reason))?;
    for _ in 0..ATTEMPTS {
        // From the first question to the end of the transaction the reader sees one moment.
        let moment = db::Connection::Sqlite(connection::reader(from)?);
        moment.execute_batch("BEGIN")?;
        let (upto, mut behind) = (folded_upto(&moment)?, Vec::new());
        // At once, before the files are used again: they are kept only until the tables, not the copy, have their records.
        if read_behind(&disk, upto, |id, payload| behind.push((id, payload.to_owned())))? {
            if let Some(source) = moment.sqlite() {
                copy_pages(source, to, told)?;
            }
            return Ok(behind);
        }
    }
    Err(StoreError::JournalMoved)
}

/// Each piece goes to the disk before the next one is read: all of them at the end would be a burst that commits wait for.
fn copy_pages(from: &Connection, to: &Path, told: BackupProgress<'_>) -> Result<(), StoreError> {
    let trouble = |reason| StoreError::directory(to, &reason);
    let file = File::create(to).map_err(trouble)?;
    let mut target = Connection::open(to).map_err(db::DatabaseError::from)?;
    // What is half copied when something fails is thrown away.
    target
        .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_spill = ON")
        .map_err(db::DatabaseError::from)?;
    let backup = Backup::new(from, &mut target).map_err(db::DatabaseError::from)?;
    loop {
        let step = backup.step(PAGES_AT_ONCE).map_err(db::DatabaseError::from)?;
        file.sync_data().map_err(trouble)?;
        let progress = backup.progress();
        let count = |pages: i32| u64::try_from(pages).unwrap_or(0);
        told(count(progress.pagecount - progress.remaining), count(progress.pagecount));
        // Nobody unparks.
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => std::thread::park_timeout(PAUSE),
            _ => std::thread::park_timeout(PAUSE_WHEN_BUSY),
        }
    }
}

/// Brings a copy up to date with the journal, as a start after a crash does, and makes one durable file of it.
fn fold(path: &Path, behind: &[Record]) -> Result<(), StoreError> {
    let writer = db::Connection::Sqlite(connection::writer(path)?);
    migrate::migrate(&writer)?;
    let mut workings = Workings::new(writer)?;
    for (id, payload) in behind {
        workings.folding.take_record(*id, payload)?;
    }
    workings.folding.fold_everything()?;
    let writer = workings.folding.into_connection();
    writer.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    drop(writer);
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.map_err(|reason| StoreError::directory(path, &reason))
}

#[cfg(test)]
mod tests;
