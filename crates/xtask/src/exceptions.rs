//! `crates/xtask/allow.toml`: named exceptions from the rules, each with the reason that made it worth one.
//!
//! An exception names a rule, a file (or a folder ending in `/`) and, where the rule speaks of one, an item. One that
//! no longer silences anything is itself a finding, so that the list only shrinks.

use crate::finding::Finding;

/// Where the list lies.
pub const LIST: &str = "crates/xtask/allow.toml";

/// Shortest reason worth reading, in characters.
const SHORTEST_REASON: usize = 15;

/// One exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The rule it is an exception from.
    pub rule: String,
    /// The file, or a folder ending in `/`.
    pub file: String,
    /// The item; empty for any item of the file.
    pub item: String,
}

impl Exception {
    fn covers(&self, finding: &Finding) -> bool {
        let here = if self.file.ends_with('/') {
            finding.file.starts_with(&self.file)
        } else {
            finding.file == self.file
        };
        here && self.rule == finding.rule && (self.item.is_empty() || self.item == finding.item)
    }
}

/// Reads the list.
///
/// # Errors
/// A sentence when an entry lacks a rule, a file or a reason.
pub fn parse(text: &str) -> Result<Vec<Exception>, String> {
    let table: toml::Table = text.parse().map_err(|error| format!("{LIST}: {error}"))?;
    let Some(entries) = table.get("allow") else { return Ok(Vec::new()) };
    let entries = entries.as_array().ok_or(format!("{LIST}: write `[[allow]]`"))?;
    entries
        .iter()
        .map(|entry| {
            let word =
                |key: &str| entry.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
            let exception = Exception { rule: word("rule"), file: word("file"), item: word("item") };
            if exception.rule.is_empty() || exception.file.is_empty() {
                return Err(format!("{LIST}: an entry lacks its rule or its file"));
            }
            if word("reason").chars().count() < SHORTEST_REASON {
                return Err(format!("{LIST}: {} in {} lacks a reason", exception.rule, exception.file));
            }
            Ok(exception)
        })
        .collect()
}

/// Takes out what the list excuses, and adds a finding for every entry that excuses nothing.
pub fn apply(findings: Vec<Finding>, exceptions: &[Exception]) -> Vec<Finding> {
    let idle: Vec<Finding> = exceptions
        .iter()
        .filter(|exception| !findings.iter().any(|finding| exception.covers(finding)))
        .map(|exception| {
            let advice =
                format!("`{}` in {} is no longer needed; take the entry out", exception.rule, exception.file);
            Finding::deny(LIST, 1, "idle-exception", &exception.file, advice)
        })
        .collect();
    let kept =
        findings.into_iter().filter(|finding| !exceptions.iter().any(|exception| exception.covers(finding)));
    kept.chain(idle).collect()
}

#[cfg(test)]
mod tests;
