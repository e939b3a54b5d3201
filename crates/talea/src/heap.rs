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
    let start = black_box(reserved.as_mut_ptr());
    let length = reserved.capacity();
    // SAFETY: the addresses belong to `reserved`, and the advice changes neither their content nor who may use them. The allocator
    // keeps them when `reserved` goes and hands them out again in pieces.
    #[expect(unsafe_code, reason = "the system call has no safe form for memory of the allocator")]
    let asked = unsafe { madvise(start.cast(), length, Advice::LinuxHugepage) };
    asked.ok()?;
    Some(start.addr()..start.addr() + length)
}
