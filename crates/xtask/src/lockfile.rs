//! How many packages a build brings along.
//!
//! Reads `Cargo.lock` alone; the aim is a warning, since a good library beats our own code.

use std::fmt;

use crate::finding::Finding;

/// Aim for packages, ours included.
pub const AIM: usize = 450;

/// Packages in the lock file, ours included.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct PackageCount(pub usize);

impl fmt::Display for PackageCount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "locked packages: {} (aim: at most {AIM})", self.0)
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
    Ok(PackageCount(packages.len()))
}

/// A warning when the aim is missed.
pub fn check(count: PackageCount) -> Vec<Finding> {
    if count.0 <= AIM {
        return Vec::new();
    }
    let advice = format!("{} packages, aim {AIM}", count.0);
    vec![Finding::warn("Cargo.lock", 1, "package-count", "", advice)]
}

#[cfg(test)]
mod tests;
