//! What is known of devices, and read again while the program runs: dictionaries and profiles of the operator on top of the shipped ones.
//!
//! Flows in: FreeRADIUS-format files with what they include, and a directory of profiles. Flows out: a dictionary and profiles that
//! belong together, also after a change ([`WatchedFiles`]). Must not know: nodes, packets.

use crate::{ProfileProblem, Profiles};
use office::{Marks, WatchedFiles};
use radius::{Dictionary, Notice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// What is known of devices now. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Equipment(WatchedFiles<Loaded>);

impl Equipment {
    /// Reads everything.
    ///
    /// # Errors
    /// A file that cannot be read or used, by file and field or line.
    pub fn open(sources: Sources) -> Result<Self, Vec<ProfileProblem>> {
        let words = |problems: &Vec<ProfileProblem>| {
            let words: Vec<String> = problems.iter().map(ToString::to_string).collect();
            words.join("; ")
        };
        let read = move |marks: &mut Marks| load(&sources, marks);
        WatchedFiles::open("RADIUS dictionaries and profiles", read, words).map(Self)
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
        self.0.loaded()
    }

    /// The dictionary that counts now.
    pub fn dictionary(&self) -> Arc<Dictionary> {
        self.0.loaded().dictionary.clone()
    }

    /// What is wrong with files that were changed and could not be taken; nothing when all is well.
    pub fn trouble(&self) -> Option<String> {
        self.0.trouble()
    }

    /// Has changed files read again from now on.
    pub(crate) fn watch(&self) {
        self.0.watch();
    }

    /// Reads the files again where one has changed; whether it did. Blocks the calling thread.
    pub fn look_again(&self) -> bool {
        self.0.look_again()
    }
}

/// Everything from its files.
fn load(sources: &Sources, marks: &mut Marks) -> Result<Loaded, Vec<ProfileProblem>> {
    let (mut dictionary, mut problems) = (Dictionary::built_in(), Vec::new());
    for path in &sources.dictionaries {
        problems.extend(add_dictionary(&mut dictionary, path, marks));
    }
    let profiles = match &sources.profiles {
        Some(directory) => {
            marks.add_files_of(directory, "toml");
            Profiles::with_directory(&dictionary, directory)
        }
        None => Profiles::built_in(&dictionary),
    };
    match profiles {
        Ok(profiles) if problems.is_empty() => Ok(Loaded { dictionary: Arc::new(dictionary), profiles }),
        Ok(_) => Err(problems),
        Err(found) => {
            problems.extend(found);
            Err(problems)
        }
    }
}

/// Lines that cannot be used are left out and logged; a file that cannot be read is a problem.
fn add_dictionary(dictionary: &mut Dictionary, path: &Path, marks: &mut Marks) -> Option<ProfileProblem> {
    let problem = |reason| {
        let (file, field) = (path.display().to_string(), "file".to_owned());
        Some(ProfileProblem { file, field, reason })
    };
    marks.add(path);
    let text = match read(path) {
        Ok(text) => text,
        Err(reason) => return problem(reason),
    };
    let mut include = |name: &str| {
        let (from, name) = name.split_once('\0').unwrap_or(("", name));
        // Names are relative to the file that asks, as in FreeRADIUS.
        let path = Path::new(from).parent().unwrap_or(Path::new("")).join(name);
        if marks.count() >= FILES_MOST {
            return Err(format!("more than {FILES_MOST} files"));
        }
        marks.add(&path);
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
