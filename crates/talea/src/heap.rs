//! The program's memory: its allocator, and large pages for what it hands out.
//!
//! The state of ten thousand sessions lies in some twenty thousand pages of 4 KB, more than the processor keeps the addresses of;
//! in pages of 2 MB it is some forty. Linux gives those unasked where `transparent_hugepage/enabled` says `always`, else to who asks.

#[cfg(test)]
mod tests;

use rustix::mm::{Advice, madvise};
use std::hint::black_box;
use std::ops::Range;

#[global_allocator]
static ALLOCATOR: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

/// Addresses in large pages, in octets. What the program needs above lies where the system puts it.
const IN_LARGE_PAGES: usize = 1 << 30;

/// Lets the allocator reserve addresses at once, for which large pages are asked. No memory is taken before it is used. Returns the
/// addresses; none where the system has no large pages or grants no such range, which only costs speed.
pub fn ask_for_large_pages() -> Option<Range<usize>> {
    let mut reserved: Vec<u8> = Vec::new();
    reserved.try_reserve_exact(IN_LARGE_PAGES).ok()?;
    let within = black_box(reserved.as_mut_ptr()).addr();
    // The allocator begins with what lies beside it, for the sake of alignment, in the same mapping.
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let mapping = maps.lines().filter_map(addresses).find(|mapping| mapping.contains(&within))?;
    let start = std::ptr::with_exposed_provenance_mut(mapping.start);
    // SAFETY: the advice changes neither what lies at these addresses nor who may use them.
    #[expect(unsafe_code, reason = "the system call has no safe form for memory of the allocator")]
    let asked = unsafe { madvise(start, mapping.len(), Advice::LinuxHugepage) };
    asked.ok()?;
    Some(mapping)
}

/// The addresses of a line that begins as `7f00-7f80 rw-p`.
fn addresses(line: &str) -> Option<Range<usize>> {
    let (from, until) = line.split_whitespace().next()?.split_once('-')?;
    Some(usize::from_str_radix(from, 16).ok()?..usize::from_str_radix(until, 16).ok()?)
}
