//! Every crate takes its lints, edition and version from the workspace, and its folder bears its name.

use crate::finding::Finding;

/// Findings for the manifest of one crate. `path` is like `crates/NAME/Cargo.toml`.
pub fn check(path: &str, text: &str) -> Vec<Finding> {
    let manifest: toml::Table = match text.parse() {
        Ok(manifest) => manifest,
        Err(error) => {
            let advice = format!("cannot be read as TOML: {}", error.message());
            return vec![Finding::deny(path, 1, "manifest", "", advice)];
        }
    };
    let mut findings = Vec::new();
    if !is_true(&manifest, "lints", "workspace") {
        let advice = "add `[lints]` with `workspace = true`".to_owned();
        findings.push(Finding::deny(path, 1, "manifest", "lints", advice));
    }
    let package = manifest.get("package").and_then(toml::Value::as_table);
    for field in ["version", "edition", "license", "publish"] {
        if !package.is_some_and(|package| is_true(package, field, "workspace")) {
            let advice = format!("write `{field}.workspace = true` under `[package]`");
            findings.push(Finding::deny(path, 1, "manifest", field, advice));
        }
    }
    let name =
        package.and_then(|package| package.get("name")).and_then(toml::Value::as_str).unwrap_or_default();
    if path.split('/').nth(1) != Some(name) {
        let advice = format!("the folder must be named like the crate, `{name}`");
        findings.push(Finding::deny(path, 1, "manifest", "name", advice));
    }
    findings
}

fn is_true(table: &toml::Table, key: &str, inner: &str) -> bool {
    let inner = table.get(key).and_then(|value| value.get(inner));
    inner.and_then(toml::Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests;
