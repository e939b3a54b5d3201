//! The outlets that were given answers of a commit and have not been told yet that no more follow.
//!
//! All batches of a commit are told one after the other, so each outlet sends once for all of them. Must not know: protocols.

use crate::{Answer, EngineError, Metrics, Outlet};
use charging::Reply;
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::sync::Arc;

/// So many outlets may send what they have on the answering thread.
const ALONE_MOST: usize = 4;

/// The common case is few connections.
type List = SmallVec<[Arc<dyn Outlet>; 8]>;

/// See the module. Cheap to clone; the engine's threads share one.
#[derive(Clone, Default)]
pub struct Outlets(Arc<Mutex<List>>);

impl Outlets {
    /// Tells answers; the outlets they go through wait for [`Outlets::rest`].
    pub(crate) fn tell_all(
        &self,
        answers: Vec<(Answer, Reply)>,
        metrics: &Metrics,
        told: Result<(), EngineError>,
    ) {
        // Not held meanwhile: who is told may ask the engine again.
        let mut outlets = std::mem::take(&mut *self.0.lock());
        for (answer, reply) in answers {
            if told.is_err() {
                metrics.busy.inc();
            }
            let outlet = answer.tell_first(told.map(|()| reply));
            outlets.extend(outlet.filter(|outlet| !outlets.iter().any(|known| Arc::ptr_eq(known, outlet))));
        }
        *self.0.lock() = outlets;
    }

    /// No more follow at once.
    pub(crate) fn rest(&self) {
        let outlets = std::mem::take(&mut *self.0.lock());
        let alone = outlets.len() <= ALONE_MOST;
        outlets.iter().for_each(|outlet| outlet.rest(alone));
    }
}
