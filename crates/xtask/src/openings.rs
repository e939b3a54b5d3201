//! Each module opens with what it is for and what it must never do; a crate's door says it in two lines or more.

use crate::finding::Finding;
use crate::source::SourceFile;

/// Fewest lines of `//!` at the door of a crate.
const DOOR_LINES: usize = 2;

/// Findings for one file of a crate's `src`.
pub fn check(file: &SourceFile) -> Vec<Finding> {
    if !file.is_crate_source() || file.is_test() {
        return Vec::new();
    }
    let lines = opening_lines(&file.text);
    if is_door(file) && lines < DOOR_LINES {
        let advice = format!(
            "open with {DOOR_LINES} or more `//!` lines: what the crate is for, what it must not know"
        );
        return vec![Finding::deny(&file.path, 1, "opening", "", advice)];
    }
    if lines == 0 {
        let advice = "open with a `//!` line: what the module is for, what it must not know".to_owned();
        return vec![Finding::deny(&file.path, 1, "opening", "", advice)];
    }
    Vec::new()
}

/// Whether the file is the root of a crate.
fn is_door(file: &SourceFile) -> bool {
    let inside = file.path.split('/').skip(3).collect::<Vec<_>>();
    matches!(inside.as_slice(), ["lib.rs" | "main.rs"])
}

/// Lines of `//!` that say something, before the first line of anything but inner attributes.
fn opening_lines(text: &str) -> usize {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("#!["))
        .map_while(|line| line.strip_prefix("//!"))
        .filter(|words| !words.trim().is_empty())
        .count()
}

#[cfg(test)]
mod tests;
