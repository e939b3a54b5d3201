//! Every way around a lint is seen in code and ignored in words and tests.

use super::check;
use crate::source::SourceFile;

fn rules(text: &str) -> Vec<(&'static str, usize)> {
    let file = SourceFile::new("crates/a/src/b.rs", text);
    check(&file).into_iter().map(|finding| (finding.rule, finding.line)).collect()
}

#[test]
fn switching_a_safety_lint_off_is_refused_also_over_several_lines() {
    assert_eq!(rules("#[allow(clippy::unwrap_used)]\nfn a() {}\n"), [("lint-escape", 1)]);
    assert_eq!(rules("\n#![expect(\n    clippy::panic,\n    reason = \"x\"\n)]\n"), [("lint-escape", 2)]);
    assert_eq!(rules("#[allow(clippy::unwrap_used, clippy::indexing_slicing)]\n").len(), 2);
}

#[test]
fn other_lints_and_test_builds_may_be_switched_off() {
    assert_eq!(rules("#[allow(clippy::too_many_arguments)]\n"), []);
    assert_eq!(rules("#[allow(clippy::panic_in_result_fn)]\n"), []);
    assert_eq!(rules("#![cfg_attr(test, allow(clippy::unwrap_used))]\n"), []);
    assert_eq!(rules("#[deny(clippy::unwrap_used)]\n"), []);
}

#[test]
fn unfinished_code_is_refused_but_not_the_word_in_a_comment() {
    assert_eq!(rules("fn a() {\n    todo!()\n}\n"), [("unfinished", 2)]);
    assert_eq!(rules("// todo!\nfn a() { let b = \"todo!\"; not_todo!(); }\n"), []);
}

#[test]
fn tests_under_the_code_are_refused_and_beside_it_accepted() {
    assert_eq!(rules("#[cfg(test)]\nmod tests {\n}\n"), [("tests-under-code", 1)]);
    assert_eq!(rules("#[cfg(test)]\nmod tests;\n"), []);
}

#[test]
fn test_files_may_do_all_of_it() {
    let text = "#![allow(clippy::unwrap_used)]\nfn a() { todo!() }\n";
    assert_eq!(check(&SourceFile::new("crates/a/tests/story.rs", text)), vec![]);
    assert_eq!(check(&SourceFile::new("crates/a/src/b/tests.rs", text)), vec![]);
}
