//! Time that the host of a virtual machine took from its processors: what was due in it is late whatever the server does.

/// A tick of `/proc/stat` in milliseconds (`USER_HZ` is 100 wherever Linux runs).
const TICK_MS: u64 = 10;
/// Where the first line of `/proc/stat` has the stolen ticks of all processors, behind the word `cpu` (proc(5)).
const STEAL: usize = 8;

/// Milliseconds stolen from all processors since the machine started; `None` where nobody counts them.
pub(crate) fn stolen_ms() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let ticks: u64 = stat.lines().next()?.split_whitespace().nth(STEAL)?.parse().ok()?;
    ticks.checked_mul(TICK_MS)
}
