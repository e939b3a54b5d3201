//! Files end before about 500 lines and functions before about 70, so that a reader can hold one in mind.
//!
//! Functions are found in the masked text by their braces; test code may be as long as its story.

use crate::finding::Finding;
use crate::source::SourceFile;

/// Longest file under `src`, in lines.
pub const LONGEST_FILE: usize = 500;
/// A function longer than this, in lines, is shown.
pub const LONG_FUNCTION: usize = 70;
/// A function longer than this, in lines, fails the check.
pub const LONGEST_FUNCTION: usize = 100;

/// Words that may stand between the start of a line and `fn`.
const QUALIFIERS: [&str; 5] = ["async", "const", "unsafe", "extern", "default"];

/// One function of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct FunctionSpan {
    /// Its name.
    pub name: String,
    /// The line of its `fn`, from 1.
    pub line: usize,
    /// Lines from `fn` to its closing brace, both included.
    pub lines: usize,
}

/// Findings of both size rules in one file.
pub fn check(file: &SourceFile) -> Vec<Finding> {
    if !file.is_crate_source() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let lines = file.text.lines().count();
    if lines > LONGEST_FILE {
        let advice = format!("{lines} lines; split at a seam a reader would look for, under {LONGEST_FILE}");
        findings.push(Finding::deny(&file.path, 1, "file-size", "", advice));
    }
    if file.is_test() {
        return findings;
    }
    for function in functions(&file.code) {
        let advice =
            format!("fn {} has {} lines; name its steps and move them out", function.name, function.lines);
        if function.lines > LONGEST_FUNCTION {
            findings.push(Finding::deny(&file.path, function.line, "function-size", &function.name, advice));
        } else if function.lines > LONG_FUNCTION {
            findings.push(Finding::warn(&file.path, function.line, "function-size", &function.name, advice));
        }
    }
    findings
}

/// Every function with a body in masked Rust text, nested ones included.
pub fn functions(code: &str) -> Vec<FunctionSpan> {
    let lines: Vec<&str> = code.lines().collect();
    let mut spans = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let Some(length) = lines.get(at..).and_then(body_length) else { continue };
        spans.push(FunctionSpan { name: name.to_owned(), line: at + 1, lines: length });
    }
    spans
}

/// The name, if the line starts a function item: `pub(crate) async fn name...`.
fn function_name(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    if let Some(after) = rest.strip_prefix("pub") {
        rest = match after.trim_start().strip_prefix('(') {
            Some(scoped) => scoped.split_once(')')?.1,
            None => after,
        };
    }
    loop {
        rest = rest.trim_start();
        let (word, after) = rest.split_once(char::is_whitespace)?;
        if word == "fn" {
            let name = after.trim_start();
            let end = name.find(|character: char| !character.is_alphanumeric() && character != '_');
            return name.get(..end.unwrap_or(name.len())).filter(|name| !name.is_empty());
        }
        if !QUALIFIERS.contains(&word) {
            return None;
        }
        rest = after;
    }
}

/// Lines up to the brace that closes the body; none for a declaration without one.
fn body_length(lines: &[&str]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut inside = 0_usize;
    for (at, line) in lines.iter().enumerate() {
        for character in line.chars() {
            match character {
                '{' => depth += 1,
                '}' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 && inside == 0 {
                        return Some(at + 1);
                    }
                }
                // A `;` within an array type of the signature does not end a declaration.
                '(' | '[' if depth == 0 => inside += 1,
                ')' | ']' if depth == 0 => inside = inside.saturating_sub(1),
                ';' if depth == 0 && inside == 0 => return None,
                _ => {}
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
