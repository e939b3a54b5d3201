//! The profiles that count now: the shipped ones, and the operator's own, which are read again when they change. Must not know: peers.

use crate::profile::{PeerProfile, ProfileError};
use office::{Marks, WatchedFiles};
use std::path::PathBuf;
use std::sync::Arc;

/// All profiles. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PeerProfiles(WatchedFiles<Vec<Arc<PeerProfile>>>);

impl PeerProfiles {
    /// The shipped ones, and those of a directory (`*.toml`), which replace shipped ones of the same name.
    ///
    /// # Errors
    /// [`ProfileError`], naming the file or the field.
    pub fn open(directory: Option<PathBuf>) -> Result<Self, ProfileError> {
        let read = move |marks: &mut Marks| match &directory {
            Some(directory) => {
                marks.add_files_of(directory, "toml");
                PeerProfile::with_own(directory)
            }
            None => PeerProfile::shipped(),
        };
        WatchedFiles::open("Diameter peer profiles", read, ToString::to_string).map(Self)
    }

    /// One of them.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<Arc<PeerProfile>> {
        self.0.loaded().iter().find(|profile| profile.name == name).cloned()
    }

    /// What is wrong with files that were changed and could not be taken, a sentence; nothing when all is well.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.0.trouble()
    }

    /// Reads the files again where one has changed; whether it did. Blocks the calling thread.
    pub fn look_again(&self) -> bool {
        self.0.look_again()
    }

    /// Has changed files read again from now on.
    pub(crate) fn watch(&self) {
        self.0.watch();
    }

    /// Another number each time that something else counts.
    pub(crate) fn round(&self) -> u64 {
        self.0.round()
    }
}
