//! Gathers the material from the disk and from cargo, runs every rule over it, and takes out the exceptions.
//!
//! The one module that knows all rules; it judges nothing itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::assets::{self, ASSET_FOLDER, Asset};
use crate::finding::Finding;
use crate::lockfile::{self, PackageCount};
use crate::source::{self, SourceFile};
use crate::{escapes, exceptions, file_names, layers, links, manifests, map, metadata, openings, sizes};

/// What a run of all rules found.
#[derive(Debug)]
pub struct Report {
    /// Findings in order of file and line, exceptions already taken out.
    pub findings: Vec<Finding>,
    /// Packages in the lock file.
    pub packages: PackageCount,
    /// Text files looked at.
    pub files: usize,
    /// Crates of ours.
    pub crates: usize,
}

/// Runs every rule over the workspace at `root`.
///
/// # Errors
/// A sentence when the material could not be gathered; never because of a finding.
pub fn run(root: &Path) -> Result<Report, String> {
    let files = source::read_tree(root, &[".rs", ".md", "Cargo.toml"])?;
    let graph = metadata::load(root)?;
    let crates: Vec<String> = graph.ours().map(|(_, package)| package.name.clone()).collect();
    let packages = lockfile::count(&read(root, "Cargo.lock")?)?;

    let mut findings = text_findings(root, &files);
    findings.extend(layers::check(&graph, &manifest_texts(&files)));
    findings.extend(map::check(
        files.iter().find(|file| file.path == map::MAP).map(|file| file.text.as_str()),
        &crates,
    ));
    findings.extend(assets::check(&measure_assets(root)));
    findings.extend(lockfile::check(packages));

    let exceptions = exceptions::parse(&read(root, exceptions::LIST)?)?;
    let mut findings = exceptions::apply(findings, &exceptions);
    findings.sort_by(|left, right| {
        (&left.file, left.line, left.rule).cmp(&(&right.file, right.line, right.rule))
    });
    findings.dedup();
    Ok(Report { findings, packages, files: files.len(), crates: crates.len() })
}

/// Findings of the rules that look at one file at a time.
fn text_findings(root: &Path, files: &[SourceFile]) -> Vec<Finding> {
    let exists = |path: &str| root.join(path).exists();
    let mut findings = Vec::new();
    for file in files {
        if file.is_rust() {
            findings.extend(sizes::check(file));
            findings.extend(file_names::check(file));
            findings.extend(openings::check(file));
            findings.extend(escapes::check(file));
        } else if file.path.ends_with(".md") {
            findings.extend(links::check(file, &exists));
        } else if is_crate_manifest(file) {
            findings.extend(manifests::check(&file.path, &file.text));
        }
    }
    findings
}

fn is_crate_manifest(file: &SourceFile) -> bool {
    file.crate_name().is_some() && file.path.split('/').count() == 3 && file.file_name() == "Cargo.toml"
}

fn manifest_texts(files: &[SourceFile]) -> BTreeMap<String, String> {
    let manifests = files.iter().filter(|file| is_crate_manifest(file));
    manifests.filter_map(|file| Some((file.crate_name()?.to_owned(), file.text.clone()))).collect()
}

fn measure_assets(root: &Path) -> Vec<Asset> {
    let mut assets = Vec::new();
    let mut folders = vec![ASSET_FOLDER.to_owned()];
    while let Some(folder) = folders.pop() {
        // No folder, no assets: web-kit may keep none.
        let Ok(entries) = fs::read_dir(root.join(&folder)) else { continue };
        for entry in entries.flatten() {
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            match entry.metadata() {
                Ok(about) if about.is_dir() => folders.push(path),
                Ok(about) => assets.push(Asset { bytes: served_bytes(root, &path, about.len()), path }),
                Err(_) => {}
            }
        }
    }
    assets.sort_by(|left, right| left.path.cmp(&right.path));
    assets
}

/// What a browser downloads; style sheets are compacted before they are served.
fn served_bytes(root: &Path, path: &str, on_disk: u64) -> u64 {
    let text = if path.ends_with(".css") { read(root, path).ok() } else { None };
    text.map_or(on_disk, |css| assets::style_sheet_weight(&css))
}

fn read(root: &Path, path: &str) -> Result<String, String> {
    fs::read_to_string(root.join(path)).map_err(|error| format!("cannot read {path}: {error}"))
}
