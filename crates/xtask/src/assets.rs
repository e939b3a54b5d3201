//! Pages stay light: the sum of our style sheets and the sum of all scripts of `web-kit` each have a ceiling.
//!
//! Style sheets weigh what is served: without comments and the spaces that only people need.

use crate::finding::Finding;

/// Folder of the shared page parts.
pub const ASSET_FOLDER: &str = "crates/web-kit/assets";

/// Ending, ceiling in bytes, and what to call them.
const CEILINGS: [(&str, u64, &str); 2] =
    [(".css", 30 * 1024, "style sheets"), (".js", 100 * 1024, "scripts")];

/// Folder of what others wrote; their style sheets are not ours to shorten, their scripts count all the same.
const VENDORED: &str = "/vendor/";

/// One asset: path from the root and size in bytes.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Path from the workspace root.
    pub path: String,
    /// Bytes as served.
    pub bytes: u64,
}

/// Findings for all assets together.
pub fn check(assets: &[Asset]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (ending, ceiling, what) in CEILINGS {
        let counts = |asset: &&Asset| ending != ".css" || !asset.path.contains(VENDORED);
        let all: Vec<&Asset> =
            assets.iter().filter(|asset| asset.path.ends_with(ending)).filter(counts).collect();
        let total: u64 = all.iter().map(|asset| asset.bytes).sum();
        let Some(largest) = all.iter().max_by_key(|asset| asset.bytes) else { continue };
        if total > ceiling {
            let advice = format!("{what} are {total} bytes together, ceiling {ceiling}; this is the largest");
            findings.push(Finding::deny(&largest.path, 1, "asset-size", ending, advice));
        }
    }
    findings
}

/// Bytes of a style sheet once comments, line breaks and the spaces around punctuation are gone.
pub fn style_sheet_weight(css: &str) -> u64 {
    let mut kept = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    let mut weight = 0;
    let mut last = '{';
    let line = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let punctuation = |character: char| "{};:,".contains(character);
        let next = characters.peek().copied().unwrap_or('}');
        // A space before a colon may start a selector (`a :hover`), so only the other signs swallow it.
        let idle = character == ' ' && (punctuation(last) || (punctuation(next) && next != ':'));
        if !idle {
            weight += character.len_utf8() as u64;
        }
        last = character;
    }
    weight
}

#[cfg(test)]
mod tests;
