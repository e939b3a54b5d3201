//! The threads that set documents: few enough to leave the charging its cores, with stacks deep enough for any template.
//!
//! Typst spreads work over the rayon pool it is called in. A thread of that pool that waits may pick up another
//! document on top of its stack, so no more documents are let in at once than there are threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, LazyLock, Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::DocumentError;

/// Share of the machine's cores that documents may use at most: one in this many, but one at least.
const CORES_PER_WORKER: usize = 2;
/// Typst stops a template at fixed depths; its deepest nesting fits into this. Only touched pages take memory.
const STACK_BYTES: usize = 32 * 1024 * 1024;

struct Workers {
    pool: ThreadPool,
    free: Mutex<usize>,
    freed: Condvar,
}

static WORKERS: LazyLock<Result<Workers, String>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = (cores / CORES_PER_WORKER).max(1);
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(STACK_BYTES)
        .thread_name(|index| format!("documents-{index}"))
        .build()
        .map_err(|error| error.to_string())?;
    Ok(Workers { pool, free: Mutex::new(threads), freed: Condvar::new() })
});

/// Runs `job` on a worker and waits for it. A panic in it (a defect of the typesetter) ends that job only.
pub(crate) fn run<T: Send>(
    job: impl FnOnce() -> Result<T, DocumentError> + Send,
) -> Result<T, DocumentError> {
    let workers = WORKERS.as_ref().map_err(|reason| DocumentError::Typesetter(reason.clone()))?;
    let _place = Place::take(workers);
    workers.pool.install(|| catch_unwind(AssertUnwindSafe(job))).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(DocumentError::Typesetter(message.unwrap_or("it stopped without a reason").to_owned()))
    })
}

/// The right to use a worker, given back when dropped.
struct Place<'a>(&'a Workers);

impl<'a> Place<'a> {
    fn take(workers: &'a Workers) -> Self {
        let mut free = workers.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = workers.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Self(workers)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
