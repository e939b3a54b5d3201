//! Why a run could not be made. Wrong or missing answers are not here: they are counted in the report.

/// A run that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A socket, file or process.
    #[error("LOAD-001: {what}: {reason}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The server speaks, but not as it must before any load can be sent.
    #[error("LOAD-002: {0}")]
    Server(String),
    /// The options do not fit together.
    #[error("LOAD-003: {0}")]
    Options(String),
    /// The books cannot be opened.
    #[error("LOAD-004: the books cannot be read: {0}")]
    Store(#[from] store::StoreError),
    /// A request of ours cannot be written.
    #[error("LOAD-005: a request cannot be written: {0}")]
    Request(String),
    /// A thread of ours ended early.
    #[error("LOAD-006: a thread of the generator failed")]
    Thread,
}

impl LoadError {
    /// An I/O failure with what was tried.
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |reason| Self::Io { what, reason }
    }
}
