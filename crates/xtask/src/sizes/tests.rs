//! Lengths are counted as a reader counts them, and each limit fires on its own.

use super::{FunctionSpan, LONG_FUNCTION, LONGEST_FILE, LONGEST_FUNCTION, check, functions};
use crate::finding::Severity;
use crate::source::SourceFile;

/// A function of exactly so many lines, its signature over two of them.
fn function_of(lines: usize) -> String {
    format!("pub(crate) async fn long<'a>(\n) {{\n{}}}\n", "    step();\n".repeat(lines - 3))
}

fn span(name: &str, line: usize, lines: usize) -> FunctionSpan {
    FunctionSpan { name: name.to_owned(), line, lines }
}

#[test]
fn bodies_are_measured_and_declarations_are_not() {
    let code = "trait T {\n    fn none(x: [u8; 4]) -> u8;\n    fn one() {}\n}\nfn two(x: [u8; 2])\nwhere\n    u8: Copy,\n{\n    if x { y }\n}\n";
    assert_eq!(functions(code), vec![span("one", 3, 1), span("two", 5, 6)]);
}

#[test]
fn nested_functions_are_measured_on_their_own() {
    let code = "fn outer() {\n    fn inner() {\n    }\n}\n";
    assert_eq!(functions(code), vec![span("outer", 1, 4), span("inner", 2, 2)]);
}

#[test]
fn function_pointers_and_calls_are_not_functions() {
    assert_eq!(functions("let f: fn(u8) = g;\nstruct S { f: fn() }\ncall(fn_name);\n"), vec![]);
}

#[test]
fn a_long_function_warns_and_a_very_long_one_denies() {
    for (lines, expected) in [
        (LONG_FUNCTION, None),
        (LONG_FUNCTION + 1, Some(Severity::Warn)),
        (LONGEST_FUNCTION, Some(Severity::Warn)),
        (LONGEST_FUNCTION + 1, Some(Severity::Deny)),
    ] {
        let file = SourceFile::new("crates/a/src/b.rs", &function_of(lines));
        let found = check(&file);
        assert_eq!(found.first().map(|finding| finding.severity), expected, "{lines} lines: {found:?}");
    }
}

#[test]
fn a_long_file_denies_and_a_long_test_function_does_not() {
    let long = "//! x\n".repeat(LONGEST_FILE + 1);
    let found = check(&SourceFile::new("crates/a/src/b.rs", &long));
    assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), ["file-size"]);
    assert_eq!(check(&SourceFile::new("crates/a/src/b/tests.rs", &function_of(150))), vec![]);
    assert_eq!(check(&SourceFile::new("crates/a/tests/b.rs", &long)), vec![]);
}
