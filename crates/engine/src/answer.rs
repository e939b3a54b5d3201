//! Where an answer goes.

use charging::Reply;

/// Why there is no answer. The request may or may not have been applied only when it was never answered: ask again with the
/// same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// Too much waits, or the database refused the commit: nothing was applied; ask again.
    #[error("the system is busy; try again")]
    Busy,
    /// Another process owns the data.
    #[error("another process owns the data")]
    Fenced,
    /// The program is shutting down.
    #[error("the system is shutting down")]
    Stopped,
    /// The stored state cannot be read.
    #[error("the stored state cannot be read")]
    Broken,
}

/// Called once, on the writing thread, after the batch is durable (or lost). Must return at once.
pub struct Answer(Box<dyn FnOnce(Result<Reply, EngineError>) + Send>);

impl Answer {
    /// Calls `tell`.
    pub fn new(tell: impl FnOnce(Result<Reply, EngineError>) + Send + 'static) -> Self {
        Self(Box::new(tell))
    }

    /// Tells nobody.
    pub fn nobody() -> Self {
        Self(Box::new(|_| {}))
    }

    pub(crate) fn tell(self, outcome: Result<Reply, EngineError>) {
        (self.0)(outcome);
    }
}
