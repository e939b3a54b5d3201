//! Work that may take its time yields to the threads that answer the network, where there are fewer processors than work.

use crate::OfficeError;
use std::thread;

/// Niceness of such work; the tables' threads have 5 and go before it.
const NICENESS: i32 = 10;

/// Lets the calling thread, and those it starts from now on, yield to others.
pub(crate) fn yield_to_others() {
    // On Linux this is about the calling thread alone. Without it the work is only felt more.
    let _ = rustix::process::setpriority_process(None, NICENESS);
}

/// Does the work on a thread of its own that yields to others, and waits for it.
pub(crate) fn in_background<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, OfficeError> {
    let failed = |reason: String| OfficeError::Store(format!("background thread: {reason}"));
    let work = || {
        yield_to_others();
        work()
    };
    thread::scope(|scope| {
        let started = thread::Builder::new().name("talea-background".to_owned()).spawn_scoped(scope, work);
        let ended = started.map_err(|reason| failed(reason.to_string()))?.join();
        ended.map_err(|_| failed("it ended early".to_owned()))
    })
}
