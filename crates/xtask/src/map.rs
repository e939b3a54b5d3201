//! ARCHITECTURE.md is the map: every crate stands on it, and it shows no crate that is gone.

use crate::finding::Finding;

/// Where the map lies.
pub const MAP: &str = "ARCHITECTURE.md";

/// Findings for the map; `text` is none when there is no map at all.
pub fn check(text: Option<&str>, crates: &[String]) -> Vec<Finding> {
    let Some(text) = text else {
        return vec![Finding::deny(MAP, 1, "map", "", "write the map: two to ten lines a crate".to_owned())];
    };
    let missing = crates.iter().filter(|name| !mentions(text, name));
    missing
        .map(|name| {
            Finding::deny(MAP, 1, "map", name, format!("`{name}` is not on the map; say what it is for"))
        })
        .collect()
}

/// A crate is on the map when its name stands there as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    text.split(|character: char| !character.is_alphanumeric() && character != '-' && character != '_')
        .any(|word| word == name)
}

#[cfg(test)]
mod tests;
