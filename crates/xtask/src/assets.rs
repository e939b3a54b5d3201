//! Pages stay light: the sum of the style sheets and the sum of the scripts of `web-kit` each have a ceiling.

use crate::finding::Finding;

/// Folder of the shared page parts.
pub const ASSET_FOLDER: &str = "crates/web-kit/assets";

/// Ending, ceiling in bytes, and what to call them.
const CEILINGS: [(&str, u64, &str); 2] =
    [(".css", 30 * 1024, "style sheets"), (".js", 100 * 1024, "scripts")];

/// One asset: path from the root and size in bytes.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Path from the workspace root.
    pub path: String,
    /// Bytes on disk.
    pub bytes: u64,
}

/// Findings for all assets together.
pub fn check(assets: &[Asset]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (ending, ceiling, what) in CEILINGS {
        let all: Vec<&Asset> = assets.iter().filter(|asset| asset.path.ends_with(ending)).collect();
        let total: u64 = all.iter().map(|asset| asset.bytes).sum();
        let Some(largest) = all.iter().max_by_key(|asset| asset.bytes) else { continue };
        if total > ceiling {
            let advice = format!("{what} are {total} bytes together, ceiling {ceiling}; this is the largest");
            findings.push(Finding::deny(&largest.path, 1, "asset-size", ending, advice));
        }
    }
    findings
}

#[cfg(test)]
mod tests;
