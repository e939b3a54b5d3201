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

/// So many of those that were added last are looked at, so that thousands of connections are not compared with each other.
const LOOKED_AT: usize = 8;

/// The common case is few connections.
type List = SmallVec<[Arc<dyn Outlet>; 8]>;

/// See the module. Cheap to clone; the engine's threads share one.
#[derive(Clone, Default)]
pub struct Outlets(Arc<Mutex<List>>);

impl Outlets {
    /// Tells answers and leaves none; the outlets they go through wait for [`Outlets::rest`].
    pub(crate) fn tell_all(
        &self,
        answers: &mut Vec<(Answer, Reply)>,
        metrics: &Metrics,
        told: Result<(), EngineError>,
    ) {
        let mut told_through = List::new();
        for (answer, reply) in &mut *answers {
            if told.is_err() {
                metrics.busy.inc();
            }
            add(&mut told_through, answer.tell_first(reply, told));
        }
        answers.clear();
        // Not held while answers are told: who hears one may ask the engine again.
        let mut waiting = self.0.lock();
        told_through.into_iter().for_each(|outlet| add(&mut waiting, Some(outlet)));
    }

    /// No more follow at once.
    pub(crate) fn rest(&self) {
        let outlets = std::mem::take(&mut *self.0.lock());
        let alone = outlets.len() <= ALONE_MOST;
        outlets.iter().for_each(|outlet| outlet.rest(alone));
    }
}

/// Few connections come in turns; of many one may stand here twice, which costs it one more look at nothing.
fn add(list: &mut List, outlet: Option<Arc<dyn Outlet>>) {
    let known = |outlet: &Arc<dyn Outlet>| list.iter().rev().take(LOOKED_AT).any(|k| Arc::ptr_eq(k, outlet));
    let outlet = outlet.filter(|outlet| !known(outlet));
    list.extend(outlet);
}
