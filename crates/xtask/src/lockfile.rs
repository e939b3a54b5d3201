//! How many packages a build brings along, with and without the typesetter that makes the PDFs.
//!
//! Reads `Cargo.lock` alone; the aim is a warning, since a good library beats our own code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::finding::Finding;

/// Aim for packages outside the typst tree.
pub const AIM_WITHOUT_TYPST: usize = 450;

/// Packages in the lock file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct PackageCount {
    /// All of them, ours included.
    pub all: usize,
    /// Those that would remain if nothing depended on typst.
    pub without_typst: usize,
}

impl fmt::Display for PackageCount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { all, without_typst } = self;
        write!(
            out,
            "locked packages: {all}, without the typst tree {without_typst} (aim: under {AIM_WITHOUT_TYPST})"
        )
    }
}

/// Counts the packages of a lock file.
///
/// # Errors
/// A sentence when the text is not a lock file.
pub fn count(text: &str) -> Result<PackageCount, String> {
    let lock: toml::Table = text.parse().map_err(|error| format!("Cargo.lock: {error}"))?;
    let packages =
        lock.get("package").and_then(toml::Value::as_array).ok_or("Cargo.lock lists no package")?;
    let mut needs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut ours = Vec::new();
    for package in packages {
        let name = word(package, "name");
        let key = format!("{name} {}", word(package, "version"));
        if package.get("source").is_none() {
            ours.push(key.clone());
        }
        let listed = package.get("dependencies").and_then(toml::Value::as_array);
        let listed = listed.into_iter().flatten().filter_map(toml::Value::as_str).map(str::to_owned);
        needs.insert(key, listed.collect());
    }
    Ok(PackageCount { all: packages.len(), without_typst: reachable(&needs, ours).len() })
}

/// Packages reachable from `start` on roads that do not enter typst.
fn reachable(needs: &BTreeMap<String, Vec<String>>, start: Vec<String>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut waiting = start;
    while let Some(key) = waiting.pop() {
        if key.starts_with("typst") || !seen.insert(key.clone()) {
            continue;
        }
        for dependency in needs.get(&key).into_iter().flatten() {
            waiting.extend(full_key(needs, dependency));
        }
    }
    seen
}

/// A dependency is written `name`, `name version` or `name version (source)`; the version is left out when unique.
fn full_key(needs: &BTreeMap<String, Vec<String>>, dependency: &str) -> Option<String> {
    let mut words = dependency.split(' ');
    let name = words.next()?;
    match words.next() {
        Some(version) => Some(format!("{name} {version}")),
        None => needs.keys().find(|key| key.split(' ').next() == Some(name)).cloned(),
    }
}

fn word<'a>(package: &'a toml::Value, key: &str) -> &'a str {
    package.get(key).and_then(toml::Value::as_str).unwrap_or_default()
}

/// A warning when the aim is missed.
pub fn check(count: PackageCount) -> Vec<Finding> {
    if count.without_typst <= AIM_WITHOUT_TYPST {
        return Vec::new();
    }
    let advice = format!("{} packages without the typst tree, aim {AIM_WITHOUT_TYPST}", count.without_typst);
    vec![Finding::warn("Cargo.lock", 1, "package-count", "", advice)]
}

#[cfg(test)]
mod tests;
