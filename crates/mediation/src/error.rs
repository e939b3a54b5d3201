//! Why a file was not worked off. Faults of single lines are results, not errors.

use office::OfficeError;

/// Why a file was not worked off, or not to its end: it may be sent again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediationError {
    /// Larger than a file may be.
    #[error("the file has {octets} octets; at most {most} are taken")]
    TooLarge {
        /// Its size.
        octets: usize,
        /// The limit.
        most: usize,
    },
    /// The same content is being worked off.
    #[error("a file with this content is being imported")]
    AtWork,
    /// The office could not go on; what was charged is kept, the rest follows when the file comes again.
    #[error("the import stopped at line {line}: {reason}")]
    Stopped {
        /// First line that was not worked off.
        line: u64,
        /// Why.
        reason: String,
    },
    /// The folder cannot be used.
    #[error("the folder {path} cannot be used: {reason}")]
    Folder {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
    /// The office said no.
    #[error("{0}")]
    Office(#[from] OfficeError),
}

impl MediationError {
    /// The stable code, as in the guide.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "MED-001",
            Self::AtWork => "MED-002",
            Self::Stopped { .. } => "MED-003",
            Self::Folder { .. } => "MED-004",
            Self::Office(error) => error.code(),
        }
    }
}
