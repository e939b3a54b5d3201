//! What can go wrong with the database, in words an operator can act on.

/// A database failure.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory or file cannot be used.
    #[error("the data directory {path} cannot be used: {reason}")]
    Directory {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
    /// The database has rows in a shape that no release ever had.
    #[error(
        "the data directory was made before the first release and cannot be read by this program: use an empty one"
    )]
    BeforeRelease,
    /// Another process has it open.
    #[error("{0} is in use by another talea process")]
    Locked(String),
    /// The database was made by a newer program.
    #[error("the database has schema {found}, this program knows {known}: use a newer program")]
    Newer {
        /// Schema found.
        found: i64,
        /// Newest schema known here.
        known: i64,
    },
    /// SQL failed.
    #[error("database: {0}")]
    Sql(#[from] crate::DatabaseError),
    /// A stored image cannot be read.
    #[error("a stored {0} cannot be read")]
    Corrupt(&'static str),
    /// There is no database in the directory.
    #[error("there is no database in {0}")]
    NoDatabase(String),
    /// A directory that must be new or empty is not.
    #[error("{0} is not empty: name a new directory")]
    NotEmpty(String),
    /// There is no complete backup in the directory.
    #[error("there is no complete backup in {0}")]
    NoBackup(String),
    /// A file of a backup is not what it was.
    #[error("the backup is damaged: {0} is not as it was written")]
    BackupDamaged(String),
    /// Balances are not what the ledger says.
    #[error("the books do not agree: see what `talea verify` says")]
    BooksDiffer,
    /// A backup could not keep up.
    #[error(
        "the journal's files were used again faster than they could be read: try again when the load is lower"
    )]
    JournalMoved,
    /// Another process took the partitions over.
    #[error("another process owns the partitions now")]
    Fenced,
    /// The database cannot be written at the moment; nothing of the change is in it.
    #[error("the database cannot be written at the moment")]
    NotWritten,
    /// The tables are being caught up after a lost connection.
    #[error("the database is being caught up after a lost connection")]
    NotReady,
    /// The store is shutting down.
    #[error("the store has stopped")]
    Stopped,
}

impl StoreError {
    /// Whether it may be otherwise in a moment: the database cannot be reached, or is being caught up.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Sql(error) => error.is_lost(),
            other => matches!(other, Self::NotReady | Self::NotWritten),
        }
    }

    /// Trouble with a directory or a file in it.
    pub(crate) fn directory(path: &std::path::Path, reason: &std::io::Error) -> Self {
        Self::Directory { path: path.display().to_string(), reason: reason.to_string() }
    }
}
