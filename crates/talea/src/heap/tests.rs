//! Large pages are asked for where the allocator has reserved addresses.

use super::ask_for_large_pages;
use std::ops::Range;

/// What Linux notes about the mapping that holds an address (`VmFlags` of `/proc/self/smaps`).
fn flags_at(address: usize) -> Option<String> {
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let mut holds = false;
    for line in maps.lines() {
        if let Some(range) = line.split_whitespace().next().and_then(addresses) {
            holds = range.contains(&address);
        }
        if let Some(flags) = line.strip_prefix("VmFlags:").filter(|_| holds) {
            return Some(flags.to_owned());
        }
    }
    None
}

/// `7f00-7f80`, as a mapping's first line begins.
fn addresses(word: &str) -> Option<Range<usize>> {
    let (from, until) = word.split_once('-')?;
    Some(usize::from_str_radix(from, 16).ok()?..usize::from_str_radix(until, 16).ok()?)
}

#[test]
fn large_pages_are_asked_for_where_the_allocator_has_addresses() {
    if !std::path::Path::new("/sys/kernel/mm/transparent_hugepage").exists() {
        eprintln!("this system has no large pages");
        return;
    }
    let asked = ask_for_large_pages().unwrap();
    let flags = flags_at(asked.start).unwrap();
    assert!(flags.split_whitespace().any(|flag| flag == "hg"), "{flags}");
}
