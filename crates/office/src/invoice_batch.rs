//! Several invoices at a time: what is read and drawn is done side by side, numbers are given one after the other, so that a run has
//! the same numbers however many cores it has. Must not know: what is on an invoice.

use crate::bill_run::Unnumbered;
use crate::{Office, OfficeError};
use charging::CustomerId;
use parking_lot::Mutex;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Invoices drawn at a time at most, on however many cores: charging goes on beside it.
const AT_ONCE_MOST: usize = 16;

/// How many invoices are drawn at a time: one for each core.
pub(crate) struct AtOnce(AtomicUsize);

impl Default for AtOnce {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self(AtomicUsize::new(cores.min(AT_ONCE_MOST)))
    }
}

impl Office {
    /// Draws so many invoices at a time from now on, instead of one for each core.
    pub fn draw_invoices_at_once(&self, count: NonZeroUsize) {
        self.inner.at_once.0.store(count.get().min(AT_ONCE_MOST), Ordering::Relaxed);
    }

    /// The closed periods of these customers that have no invoice; in the order of the customers, whether an invoice was sent.
    pub(crate) fn invoice_periods(&self, customers: Vec<CustomerId>) -> Vec<Result<bool, OfficeError>> {
        let threads = self.inner.at_once.0.load(Ordering::Relaxed);
        let read = side_by_side(customers, threads, |customer| self.unnumbered(customer));
        let number = |found: Result<Option<Unnumbered>, OfficeError>| {
            found?.map(|unnumbered| self.number(unnumbered)).transpose()
        };
        let numbered = read.into_iter().map(number).collect();
        side_by_side(numbered, threads, |found: Result<Option<_>, OfficeError>| {
            let Some(numbered) = found? else { return Ok(false) };
            Ok(self.draw_and_post(numbered)?.is_some())
        })
    }
}

/// Does the work on all items with so many threads, this one included; the results in the order of the items.
fn side_by_side<T: Send, R: Send>(items: Vec<T>, threads: usize, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let helpers = threads.min(items.len()).saturating_sub(1);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let queue = Mutex::new(items.into_iter().enumerate());
    let worker = || {
        loop {
            let next = queue.lock().next();
            let Some((place, item)) = next else { return };
            let result = work(item);
            done.lock().push((place, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..helpers {
            scope.spawn(worker);
        }
        worker();
    });
    let mut done = done.into_inner();
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}
