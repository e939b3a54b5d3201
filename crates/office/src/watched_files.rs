//! Files of the operator that may change while the program runs: profiles, dictionaries, certificates.
//!
//! They are read at the start, where a wrong one is an error, and again within two seconds of a change; when anything is wrong then,
//! everything stays as it was and says so. Flows in: a function that reads them and marks each file and directory it depends on. Must
//! not know: what is in them.

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// How often changed files are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What files and directories looked like when they were read; a directory changes when a file of it comes or goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks(BTreeSet<(PathBuf, u64, Option<SystemTime>)>);

impl Marks {
    /// Notes a file or directory; call it before reading.
    pub fn add(&mut self, path: &Path) {
        let found = path.metadata().ok();
        let (length, changed) = found.map_or((0, None), |found| (found.len(), found.modified().ok()));
        self.0.insert((path.to_owned(), length, changed));
    }

    /// Notes a directory and its files with this extension, so that new ones are seen, too.
    pub fn add_files_of(&mut self, directory: &Path, extension: &str) {
        self.add(directory);
        let Ok(entries) = std::fs::read_dir(directory) else { return };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        paths
            .filter(|path| path.extension().is_some_and(|is| is == extension))
            .for_each(|path| self.add(&path));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    fn now(&self) -> Self {
        let mut now = Self::default();
        self.0.iter().for_each(|(path, ..)| now.add(path));
        now
    }
}

type Read<T> = Box<dyn Fn(&mut Marks) -> Result<T, String> + Send + Sync>;

/// What was made of files. Cheap to clone.
pub struct WatchedFiles<T>(Arc<Inner<T>>);

struct Inner<T> {
    what: &'static str,
    read: Read<T>,
    loaded: ArcSwap<T>,
    round: AtomicU64,
    /// Of the last reading, good or not.
    marks: Mutex<Marks>,
    trouble: Mutex<Option<String>>,
}

impl<T> Clone for WatchedFiles<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: fmt::Debug> fmt::Debug for WatchedFiles<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WatchedFiles").field(&self.0.loaded).finish()
    }
}

impl<T: Send + Sync + 'static> WatchedFiles<T> {
    /// Reads them; `what` names them in sentences, `words` says what is wrong with a later reading.
    ///
    /// # Errors
    /// Those of the first reading.
    pub fn open<E>(
        what: &'static str,
        read: impl Fn(&mut Marks) -> Result<T, E> + Send + Sync + 'static,
        words: impl Fn(&E) -> String + Send + Sync + 'static,
    ) -> Result<Self, E> {
        let mut marks = Marks::default();
        let loaded = ArcSwap::from_pointee(read(&mut marks)?);
        let read = Box::new(move |marks: &mut Marks| read(marks).map_err(|error| words(&error)));
        let (round, marks, trouble) = (AtomicU64::new(0), Mutex::new(marks), Mutex::new(None));
        Ok(Self(Arc::new(Inner { what, read, loaded, round, marks, trouble })))
    }

    /// What counts now.
    pub fn loaded(&self) -> Arc<T> {
        self.0.loaded.load_full()
    }

    /// Another number each time that something else counts.
    pub fn round(&self) -> u64 {
        self.0.round.load(Ordering::Acquire)
    }

    /// What is wrong with files that were changed and could not be taken, a sentence; nothing when all is well.
    pub fn trouble(&self) -> Option<String> {
        let trouble = self.0.trouble.lock();
        trouble.as_ref().map(|trouble| format!("{} stay as they were: {trouble}", self.0.what))
    }

    /// Reads the files again where one has changed; whether it did. Blocks the calling thread.
    pub fn look_again(&self) -> bool {
        let inner = &self.0;
        // Held to the end, so that two looks do not overtake each other.
        let mut marks = inner.marks.lock();
        if marks.now() == *marks {
            return false;
        }
        let mut seen = Marks::default();
        let read = (inner.read)(&mut seen);
        *marks = seen;
        match read {
            Ok(loaded) => {
                inner.loaded.store(Arc::new(loaded));
                inner.round.fetch_add(1, Ordering::AcqRel);
                *inner.trouble.lock() = None;
                tracing::info!("{} were read again", inner.what);
            }
            Err(trouble) => {
                tracing::error!(trouble, "{} stay as they were", inner.what);
                *inner.trouble.lock() = Some(trouble);
            }
        }
        true
    }

    /// Looks every two seconds, on a thread of its own, for as long as anybody has these files. None is started where none can change.
    pub fn watch(&self) {
        if self.0.marks.lock().count() == 0 {
            return;
        }
        let watched = Arc::downgrade(&self.0);
        let look = move || {
            while let Some(inner) = watched.upgrade() {
                Self(inner).look_again();
                std::thread::park_timeout(LOOK_EVERY);
            }
        };
        if let Err(error) = std::thread::Builder::new().name("watched-files".to_owned()).spawn(look) {
            tracing::error!(%error, "{} will not be read again when they change", self.0.what);
        }
    }
}
