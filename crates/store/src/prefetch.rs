//! Asking for memory before it is needed.
//!
//! A place that the processor's own caches do not hold takes as long as a hundred instructions and more. Whoever knows where he will look
//! asks for it, does something else, and finds it at hand.

/// Octets of a line of the caches.
const LINE: usize = 64;
/// Lines asked for of one place at most: more would drive others out.
const LINES_MOST: usize = 8;

/// Asks for the memory of a place without waiting for it; what it points to is not asked for. Where the processor has no such hint
/// nothing happens.
#[inline]
pub fn prefetch<T: ?Sized>(place: &T) {
    let octets = size_of_val(place);
    if octets == 0 {
        return;
    }
    let start = std::ptr::from_ref(place).cast::<i8>();
    let skew = start.addr() % LINE;
    for line in 0..(skew + octets).div_ceil(LINE).min(LINES_MOST) {
        hint(start.wrapping_sub(skew).wrapping_add(line * LINE));
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn hint(line: *const i8) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: it reads nothing and cannot fault, whatever the address is.
    #[expect(unsafe_code, reason = "the hint has no safe form")]
    unsafe {
        _mm_prefetch::<_MM_HINT_T0>(line);
    }
}

#[cfg(not(target_arch = "x86_64"))]
const fn hint(_line: *const i8) {}

#[cfg(test)]
mod tests;
