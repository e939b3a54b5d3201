//! What is known of devices, and read again while the program runs: dictionaries and profiles of the operator on top of the shipped ones.
//!
//! Flows in: FreeRADIUS-format files with what they include, and a directory of profiles. Flows out: a dictionary and profiles that
//! belong together. A file that was changed is read again within two seconds; when anything is wrong with it, everything stays as it
//! was and says so ([`Equipment::trouble`]). Must not know: nodes, packets.

use crate::{ProfileProblem, Profiles};
use arc_swap::ArcSwap;
use parking_lot::Mutex;
use radius::{Dictionary, Notice};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How often changed files are looked for.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Files that dictionaries pull in, all together.
const FILES_MOST: usize = 1_000;
/// Longest dictionary file, in octets.
const FILE_LONGEST: u64 = 4 * 1024 * 1024;

/// Where the operator's own files are.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Dictionaries in FreeRADIUS's format, read in this order.
    pub dictionaries: Vec<PathBuf>,
    /// Directory of profiles.
    pub profiles: Option<PathBuf>,
}

/// A dictionary and the profiles made with it.
#[derive(Debug)]
pub struct Loaded {
    /// Names and types of attributes.
    pub dictionary: Arc<Dictionary>,
    /// Device types.
    pub profiles: Profiles,
}

/// Name, size and time of a file that was read.
type Mark = (PathBuf, u64, Option<SystemTime>);

/// What is known of devices now. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Equipment(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sources: Sources,
    loaded: ArcSwap<Loaded>,
    /// What the files looked like when they were read last, good or not.
    marks: Mutex<BTreeSet<Mark>>,
    trouble: Mutex<Option<String>>,
}

impl Equipment {
    /// Reads everything.
    ///
    /// # Errors
    /// A file that cannot be read or used, by file and field or line.
    pub fn open(sources: Sources) -> Result<Self, Vec<ProfileProblem>> {
        let (loaded, marks) = load(&sources);
        let (loaded, marks) = (ArcSwap::from_pointee(loaded?), Mutex::new(marks));
        Ok(Self(Arc::new(Inner { sources, loaded, marks, trouble: Mutex::new(None) })))
    }

    /// The shipped ones alone.
    ///
    /// # Errors
    /// None: a test holds that they are good.
    pub fn shipped() -> Result<Self, Vec<ProfileProblem>> {
        Self::open(Sources::default())
    }

    /// What counts now.
    pub fn loaded(&self) -> Arc<Loaded> {
        self.0.loaded.load_full()
    }

    /// The dictionary that counts now.
    pub fn dictionary(&self) -> Arc<Dictionary> {
        self.0.loaded.load().dictionary.clone()
    }

    /// What is wrong with files that were changed and could not be taken; nothing when all is well.
    pub fn trouble(&self) -> Option<String> {
        self.0.trouble.lock().clone()
    }

    /// Whether files of the operator may change.
    pub(crate) fn is_watched(&self) -> bool {
        !self.0.sources.dictionaries.is_empty() || self.0.sources.profiles.is_some()
    }

    /// Reads the files again where one has changed; whether it did. Blocks the calling thread.
    pub fn look_again(&self) -> bool {
        let inner = &self.0;
        let now = inner.marks.lock().iter().map(|(path, ..)| mark(path)).collect::<BTreeSet<_>>();
        let listed = profile_files(&inner.sources);
        let new_file = listed.iter().any(|path| !now.iter().any(|(known, ..)| known == path));
        if !new_file && now == *inner.marks.lock() {
            return false;
        }
        let (loaded, marks) = load(&inner.sources);
        *inner.marks.lock() = marks;
        match loaded {
            Ok(loaded) => {
                inner.loaded.store(Arc::new(loaded));
                *inner.trouble.lock() = None;
                tracing::info!("RADIUS dictionaries and profiles were read again");
            }
            Err(problems) => {
                let words: Vec<String> = problems.iter().map(ToString::to_string).collect();
                let words = words.join("; ");
                tracing::error!(problems = words, "RADIUS dictionaries and profiles stay as they were");
                *inner.trouble.lock() = Some(words);
            }
        }
        true
    }
}

fn mark(path: &Path) -> Mark {
    let found = path.metadata().ok();
    let (length, changed) = found.map_or((0, None), |found| (found.len(), found.modified().ok()));
    (path.to_owned(), length, changed)
}

/// Profiles that are there now; new ones are read too.
fn profile_files(sources: &Sources) -> Vec<PathBuf> {
    let Some(Ok(entries)) = sources.profiles.as_ref().map(std::fs::read_dir) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect()
}

/// Everything from its files, and what the files looked like.
fn load(sources: &Sources) -> (Result<Loaded, Vec<ProfileProblem>>, BTreeSet<Mark>) {
    let mut marks = BTreeSet::new();
    let (mut dictionary, mut problems) = (Dictionary::built_in(), Vec::new());
    for path in &sources.dictionaries {
        problems.extend(add_dictionary(&mut dictionary, path, &mut marks));
    }
    marks.extend(profile_files(sources).iter().map(|path| mark(path)));
    let profiles = match &sources.profiles {
        Some(directory) => Profiles::with_directory(&dictionary, directory),
        None => Profiles::built_in(&dictionary),
    };
    let loaded = match profiles {
        Ok(profiles) if problems.is_empty() => Ok(Loaded { dictionary: Arc::new(dictionary), profiles }),
        Ok(_) => Err(problems),
        Err(found) => {
            problems.extend(found);
            Err(problems)
        }
    };
    (loaded, marks)
}

/// Lines that cannot be used are left out and logged; a file that cannot be read is a problem.
fn add_dictionary(
    dictionary: &mut Dictionary,
    path: &Path,
    marks: &mut BTreeSet<Mark>,
) -> Option<ProfileProblem> {
    let problem = |reason| {
        let (file, field) = (path.display().to_string(), "file".to_owned());
        Some(ProfileProblem { file, field, reason })
    };
    marks.insert(mark(path));
    let text = match read(path) {
        Ok(text) => text,
        Err(reason) => return problem(reason),
    };
    let mut include = |name: &str| {
        let (from, name) = name.split_once('\0').unwrap_or(("", name));
        // Names are relative to the file that asks, as in FreeRADIUS.
        let path = Path::new(from).parent().unwrap_or(Path::new("")).join(name);
        if marks.len() >= FILES_MOST {
            return Err(format!("more than {FILES_MOST} files"));
        }
        marks.insert(mark(&path));
        Ok((path.display().to_string(), read(&path)?))
    };
    let notices = dictionary.parse_with(&path.display().to_string(), &text, &mut include);
    let (missing, others): (Vec<Notice>, Vec<Notice>) = notices
        .into_iter()
        .partition(|notice| matches!(notice.error, radius::DictionaryError::Include { .. }));
    for notice in others {
        tracing::warn!(%notice, "a line of a RADIUS dictionary is left out");
    }
    missing.first().and_then(|notice| problem(notice.to_string()))
}

fn read(path: &Path) -> Result<String, String> {
    let length = path.metadata().map_err(|error| error.to_string())?.len();
    if length > FILE_LONGEST {
        return Err(format!("longer than {FILE_LONGEST} octets"));
    }
    // Names in other encodings than UTF-8 stand in comments.
    let octets = std::fs::read(path).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&octets).into_owned())
}
