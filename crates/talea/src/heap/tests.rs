//! Large pages are asked for where the allocator has reserved addresses.

use super::{addresses, ask_for_large_pages};

/// What Linux notes about the mapping that holds an address: a field of `/proc/self/smaps`.
fn noted_at(address: usize, field: &str) -> Option<String> {
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let mut holds = false;
    for line in maps.lines() {
        if let Some(range) = addresses(line) {
            holds = range.contains(&address);
        }
        if let Some(noted) = line.strip_prefix(field).filter(|_| holds) {
            return Some(noted.trim().to_owned());
        }
    }
    None
}

#[test]
fn large_pages_are_asked_for_where_the_allocator_has_addresses() {
    if !std::path::Path::new("/sys/kernel/mm/transparent_hugepage").exists() {
        eprintln!("this system has no large pages");
        return;
    }
    let asked = ask_for_large_pages().unwrap();
    let flags = noted_at(asked.start, "VmFlags:").unwrap();
    assert!(flags.split_whitespace().any(|flag| flag == "hg"), "{flags}");
    let large = vec![1_u8; 64 << 20];
    assert!(asked.contains(&large.as_ptr().addr()), "not in {asked:x?}");
    let huge = noted_at(large.as_ptr().addr(), "AnonHugePages:").unwrap();
    assert_ne!(huge, "0 kB");
    // An allocator that checks itself would have written to the whole gigabyte.
    let used = noted_at(asked.start, "Rss:").unwrap();
    let kilobytes: usize = used.trim_end_matches(" kB").parse().unwrap();
    assert!(kilobytes < 300 << 10, "{used}");
}
