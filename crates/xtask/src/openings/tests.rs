//! Doors need two lines, rooms one, tests none.

use super::check;
use crate::source::SourceFile;

fn refused(path: &str, text: &str) -> bool {
    !check(&SourceFile::new(path, text)).is_empty()
}

#[test]
fn a_door_with_one_line_is_refused_and_with_two_accepted() {
    assert!(refused("crates/a/src/lib.rs", "//! Amounts.\n//!\nfn a() {}\n"));
    assert!(refused("crates/a/src/main.rs", "fn main() {}\n"));
    assert!(!refused("crates/a/src/lib.rs", "//! Amounts.\n//!\n//! Knows no clock.\nfn a() {}\n"));
}

#[test]
fn a_room_without_opening_is_refused_and_attributes_may_come_first() {
    assert!(refused("crates/a/src/proration.rs", "use std::fmt;\n//! Too late.\n"));
    assert!(!refused("crates/a/src/proration.rs", "#![no_std]\n\n//! Shares of a month.\n"));
}

#[test]
fn test_files_need_no_opening() {
    assert!(!refused("crates/a/src/proration/tests.rs", "use super::x;\n"));
    assert!(!refused("crates/a/tests/story.rs", "use super::x;\n"));
}
