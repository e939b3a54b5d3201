//! Ways around the lints: attributes that switch a safety lint off, unfinished code, tests under the code.
//!
//! Looks at masked text only, so that words in comments and strings do not count.

use crate::finding::Finding;
use crate::source::SourceFile;

/// Lints that keep "bad input never panics" true; only tests may switch them off.
const SAFETY_LINTS: [&str; 8] = [
    "clippy::unwrap_used",
    "clippy::expect_used",
    "clippy::panic",
    "clippy::indexing_slicing",
    "clippy::todo",
    "clippy::unimplemented",
    "clippy::disallowed_methods",
    "unsafe_code",
];

/// Macros that mark unfinished code; `unreachable!` is a panic by another name.
const UNFINISHED: [&str; 3] = ["todo!", "unimplemented!", "unreachable!"];

/// Longest attribute looked at, in lines.
const LONGEST_ATTRIBUTE: usize = 12;

/// Findings for one file of a crate's `src`.
pub fn check(file: &SourceFile) -> Vec<Finding> {
    if !file.is_crate_source() || file.is_test() {
        return Vec::new();
    }
    let lines: Vec<&str> = file.code.lines().collect();
    let mut findings = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let rest = lines.get(at..).unwrap_or_default();
        findings.extend(switched_off(&attribute(rest)).map(|lint| {
            let advice = format!(
                "`{lint}` is switched off; return an error, or list the file in allow.toml with a reason"
            );
            Finding::deny(&file.path, at + 1, "lint-escape", lint, advice)
        }));
        findings.extend(UNFINISHED.iter().filter(|word| has_word(line, word)).map(|word| {
            Finding::deny(
                &file.path,
                at + 1,
                "unfinished",
                word,
                format!("`{word}` can end the process; finish it or refuse"),
            )
        }));
        if line.trim() == "#[cfg(test)]" && rest.get(1).is_some_and(|next| is_inline_module(next)) {
            let advice = "move the tests to `tests.rs` in a folder named like this file".to_owned();
            findings.push(Finding::deny(&file.path, at + 1, "tests-under-code", "", advice));
        }
    }
    findings
}

/// The text of an attribute that starts on the first line; empty when none does.
fn attribute(lines: &[&str]) -> String {
    let starts = lines.first().is_some_and(|line| {
        let line = line.trim_start();
        line.starts_with("#[") || line.starts_with("#![")
    });
    if !starts {
        return String::new();
    }
    let mut text = String::new();
    for line in lines.iter().take(LONGEST_ATTRIBUTE) {
        text.push_str(line.trim());
        if text.matches('[').count() == text.matches(']').count() {
            break;
        }
    }
    text
}

/// Safety lints that this attribute allows or expects, unless it only speaks of test builds.
fn switched_off(attribute: &str) -> impl Iterator<Item = &'static str> {
    let escapes = attribute.contains("allow(") || attribute.contains("expect(");
    let tests_only = attribute.contains("cfg_attr(test,");
    let attribute = attribute.to_owned();
    SAFETY_LINTS.into_iter().filter(move |lint| escapes && !tests_only && has_word(&attribute, lint))
}

fn is_inline_module(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("mod ") && line.ends_with('{')
}

/// Whether `word` stands in `text` with no letter, digit or `_` on either side.
fn has_word(text: &str, word: &str) -> bool {
    let part_of_name = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(part_of_name) && !(after.is_some_and(part_of_name))
    })
}

#[cfg(test)]
mod tests;
