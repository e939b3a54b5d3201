//! Another catalog is in force: for whoever uses something now that is news, told like the news of a commit.
//!
//! The customers with open sessions are read from the tables, page by page, on a thread of their own, and evenly: the doors look at
//! each of them, on the threads that answer. What begins meanwhile begins under the new catalog. Must not know: what changed in the catalog, what a door makes of the news.

use crate::partition_thread::Shared;
use crate::{Concern, News};
use charging::{CustomerId, EventKind};
use std::sync::Arc;
use std::time::Duration;
use store::StoreError;

/// Customers told at a time, and the pause after them: some six thousand a second, of which the doors are to tell five thousand.
const PAGE: usize = 128;
const PAUSE: Duration = Duration::from_millis(20);

/// Tells the listeners of everybody with an open session; returns at once.
pub(crate) fn tell(shared: &Arc<Shared>) {
    if shared.listeners.is_empty() {
        return;
    }
    let theirs = shared.clone();
    let builder = std::thread::Builder::new().name("talea-published".to_owned());
    let started = builder.spawn(move || {
        if let Err(error) = walk(&theirs) {
            tracing::error!(%error, "running sessions follow the new catalog with their next event only");
        }
    });
    if let Err(error) = started {
        tracing::error!(%error, "no thread: running sessions follow the new catalog with their next event only");
    }
}

fn walk(shared: &Shared) -> Result<(), StoreError> {
    // The tables are up to ten seconds behind.
    shared.store.settle()?;
    let mut after: Option<CustomerId> = None;
    loop {
        let page = shared.store.customers_with_open_sessions(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(*last);
        let news = |customer| News {
            customer,
            account: None,
            kind: EventKind::PolicyChanged,
            concern: Concern::Policy,
        };
        shared.listeners.tell(&page.into_iter().map(news).collect::<Vec<_>>());
        // Nobody unparks.
        std::thread::park_timeout(PAUSE);
    }
}
