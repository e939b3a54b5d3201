//! Files are named after what a reader looks for; a drawer called `utils` tells nobody what is in it.

use crate::finding::Finding;
use crate::source::SourceFile;

/// Names (of a file without its ending, or of a module folder) that say nothing.
const EMPTY_NAMES: [&str; 10] =
    ["util", "utils", "common", "helper", "helpers", "manager", "managers", "types", "misc", "impl"];

/// Findings for one file of a crate.
pub fn check(file: &SourceFile) -> Vec<Finding> {
    if !file.is_rust() || file.crate_name().is_none() {
        return Vec::new();
    }
    file.path
        .split('/')
        .skip(2)
        .map(|part| part.strip_suffix(".rs").unwrap_or(part))
        .filter(|name| EMPTY_NAMES.contains(name))
        .map(|name| {
            let advice = format!("`{name}` says nothing; name it after what a reader would look for in it");
            Finding::deny(&file.path, 1, "file-name", name, advice)
        })
        .collect()
}

#[cfg(test)]
mod tests;
