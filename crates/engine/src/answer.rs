//! Where an answer goes.

use charging::Reply;
use std::any::Any;
use std::sync::Arc;

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

/// Where answers go of which there are many.
pub trait Outlet: Send + Sync {
    /// One answer, with what was handed in with its request. Called on the answering thread; must return at once.
    fn answer(&self, with: Box<dyn Any + Send>, outcome: Result<&Reply, EngineError>);

    /// No more follow at once. `alone`: few others wait for this thread, so what there is may be sent here if that does not wait.
    fn rest(&self, alone: bool);
}

/// Called once, on the answering thread, after the batch is durable (or lost). Must return at once. One that is dropped says
/// "stopped", for what became of its command is not known then: whoever waits must not wait for ever.
pub struct Answer(Option<To>);

enum To {
    Call(Box<dyn FnOnce(Result<Reply, EngineError>) + Send>),
    Outlet(Arc<dyn Outlet>, Box<dyn Any + Send>),
}

impl Answer {
    /// Calls `tell`.
    pub fn new(tell: impl FnOnce(Result<Reply, EngineError>) + Send + 'static) -> Self {
        Self(Some(To::Call(Box::new(tell))))
    }

    /// Goes to an outlet.
    pub fn through(outlet: Arc<dyn Outlet>, with: Box<dyn Any + Send>) -> Self {
        Self(Some(To::Outlet(outlet, with)))
    }

    /// Tells nobody.
    pub fn nobody() -> Self {
        Self::new(|_| {})
    }

    /// Takes it out of where it lies; what stays there tells nobody.
    pub(crate) const fn take(&mut self) -> Self {
        Self(self.0.take())
    }

    pub(crate) fn tell(mut self, outcome: Result<Reply, EngineError>) {
        let (mut reply, told) = match outcome {
            Ok(reply) => (reply, Ok(())),
            Err(error) => (Reply::Done(None), Err(error)),
        };
        if let Some(outlet) = self.tell_first(&mut reply, told) {
            outlet.rest(false);
        }
    }

    /// Tells the reply where it lies, or that there is none; the outlet, if it goes through one, waits to hear whether more follow. What
    /// stays here tells nobody, and the reply may be gone.
    pub(crate) fn tell_first(
        &mut self,
        reply: &mut Reply,
        told: Result<(), EngineError>,
    ) -> Option<Arc<dyn Outlet>> {
        match self.0.take()? {
            To::Call(tell) => {
                tell(told.map(|()| std::mem::replace(reply, Reply::Done(None))));
                None
            }
            To::Outlet(outlet, with) => {
                outlet.answer(with, told.map(|()| &*reply));
                Some(outlet)
            }
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(to) = self.0.take() {
            Self(Some(to)).tell(Err(EngineError::Stopped));
        }
    }
}
