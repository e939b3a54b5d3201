//! Collecting files from a folder: `in/` is looked at, finished files go to `done/`, unusable ones to `failed/`.
//!
//! A file is taken once its size and time have stood still between two looks, so half-written ones are left alone; names that
//! begin with a dot or end with `.part` or `.tmp` are never taken. A file that was interrupted stays and goes on at the next look.

use crate::purchase_file::FILE_MOST;
use crate::{Mediation, MediationError};
use office::Actor;
use parking_lot::{Condvar, Mutex};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Files taken per look.
const FILES_MOST: usize = 100;

/// Size and time of a file.
type Look = (u64, Option<SystemTime>);
type Stop = Arc<(Mutex<bool>, Condvar)>;

/// Takes files from a folder.
pub struct FolderCollector {
    stop: Stop,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Folder {
    mediation: Mediation,
    inbox: PathBuf,
    done: PathBuf,
    failed: PathBuf,
    seen: BTreeMap<PathBuf, Look>,
}

impl FolderCollector {
    /// Makes the folders under `directory` and starts looking at `directory/in`.
    pub fn start(mediation: Mediation, directory: &Path) -> Result<Self, MediationError> {
        let folders = ["in", "done", "failed"].map(|name| directory.join(name));
        for folder in &folders {
            std::fs::create_dir_all(folder).map_err(|error| trouble(folder, &error))?;
        }
        let [inbox, done, failed] = folders;
        let mut folder = Folder { mediation, inbox, done, failed, seen: BTreeMap::new() };
        let stop = Stop::default();
        let theirs = stop.clone();
        let builder = std::thread::Builder::new().name("talea-import".to_owned());
        let thread = builder.spawn(move || {
            while !wait(&theirs) {
                if let Err(error) = folder.look(&theirs) {
                    tracing::warn!(%error, "cannot collect files");
                }
            }
        });
        let thread = thread.map_err(|error| trouble(directory, &error))?;
        Ok(Self { stop, thread: Mutex::new(Some(thread)) })
    }

    /// Ends after the file at hand.
    pub fn stop(&self) {
        *self.stop.0.lock() = true;
        self.stop.1.notify_all();
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

impl Drop for FolderCollector {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits for the next look; tells whether to stop.
fn wait(stop: &Stop) -> bool {
    let mut stopped = stop.0.lock();
    if !*stopped {
        stop.1.wait_for(&mut stopped, EVERY);
    }
    *stopped
}

fn trouble(path: &Path, error: &std::io::Error) -> MediationError {
    MediationError::Folder { path: path.display().to_string(), reason: error.to_string() }
}

fn wanted(name: &str) -> bool {
    !name.starts_with('.') && !name.ends_with(".part") && !name.ends_with(".tmp")
}

impl Folder {
    fn look(&mut self, stop: &Stop) -> Result<(), MediationError> {
        let entries = std::fs::read_dir(&self.inbox).map_err(|error| trouble(&self.inbox, &error))?;
        let mut found = BTreeMap::new();
        for entry in entries.flatten() {
            let name = entry.file_name();
            let plain = entry.metadata().ok().filter(std::fs::Metadata::is_file);
            if let (Some(data), Some(name)) = (plain, name.to_str())
                && wanted(name)
            {
                found.insert(entry.path(), (data.len(), data.modified().ok()));
            }
        }
        let still = |(path, look): &(&PathBuf, &Look)| self.seen.get(*path) == Some(*look);
        let ready: Vec<(PathBuf, u64)> =
            found.iter().filter(still).take(FILES_MOST).map(|(path, look)| (path.clone(), look.0)).collect();
        self.seen = found;
        for (path, size) in ready {
            if *stop.0.lock() {
                return Ok(());
            }
            self.take(&path, size)?;
        }
        Ok(())
    }

    fn take(&self, path: &Path, size: u64) -> Result<(), MediationError> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file").to_owned();
        if usize::try_from(size).map_or(true, |size| size > FILE_MOST) {
            tracing::warn!(file = name, size, "the file is too large to be imported");
            return move_away(path, &self.failed.join(&name));
        }
        let content = std::fs::read(path).map_err(|error| trouble(path, &error))?;
        match self.mediation.import(&Actor::System("import"), &name, &content) {
            Ok(report) => {
                let number = report.file.id;
                let again = if report.repeated { "-again" } else { "" };
                move_away(path, &self.done.join(format!("{number}{again}-{name}")))
            }
            // It stays and goes on at the next look.
            Err(error) => {
                tracing::warn!(file = name, %error, "the file is not imported yet");
                Ok(())
            }
        }
    }
}

/// Never over a file that is there.
fn move_away(from: &Path, to: &Path) -> Result<(), MediationError> {
    const TRIES: u32 = 10_000;
    let free =
        (0..TRIES)
            .map(|number| {
                if number == 0 { to.to_owned() } else { PathBuf::from(format!("{}.{number}", to.display())) }
            })
            .find(|path| !path.exists());
    let to = free.unwrap_or_else(|| to.to_owned());
    std::fs::rename(from, &to).map_err(|error| trouble(&to, &error))
}
