//! What `cargo metadata` says: which packages there are and who depends on whom, for the machine this runs on.
//!
//! Knows the shape of cargo's JSON and no rule.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Why a package is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DependencyKind {
    /// At run time.
    Normal,
    /// By the build script.
    Build,
    /// By tests, benchmarks and examples.
    Dev,
}

/// One arrow from a package to what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    /// Cargo's id of the needed package.
    pub to: String,
    /// Why it is needed; one arrow per reason.
    pub kind: DependencyKind,
}

/// One package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Where its manifest lies, as cargo says it.
    pub manifest: String,
    /// Whether it is one of ours.
    pub ours: bool,
    /// What it needs.
    pub arrows: Vec<Arrow>,
}

/// All packages by cargo's id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageGraph {
    /// Packages by id.
    pub packages: BTreeMap<String, Package>,
}

impl PackageGraph {
    /// Our own packages, by name.
    pub fn ours(&self) -> impl Iterator<Item = (&String, &Package)> {
        self.packages.iter().filter(|(_, package)| package.ours)
    }

    /// The name behind an id; the id itself when unknown.
    pub fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.packages.get(id).map_or(id, |package| &package.name)
    }
}

/// Asks cargo about the workspace at `root`, with the locked versions.
///
/// # Errors
/// Cargo's own words when it refuses, or a sentence about its answer.
pub fn load(root: &Path) -> Result<PackageGraph, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.current_dir(root).args(["metadata", "--format-version", "1", "--locked"]);
    // Without the filter cargo would fetch the packages of every other operating system.
    if let Some(host) = host_triple() {
        command.args(["--filter-platform", &host]);
    }
    let output = command.output().map_err(|error| format!("cannot start cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let answer =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    parse(&answer).ok_or_else(|| "cargo metadata: the answer has an unknown shape".to_owned())
}

fn host_triple() -> Option<String> {
    let output = Command::new("rustc").arg("-vV").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}

/// Reads cargo's answer; none when a part is missing.
pub fn parse(answer: &Value) -> Option<PackageGraph> {
    let members: Vec<&str> =
        answer.get("workspace_members")?.as_array()?.iter().filter_map(Value::as_str).collect();
    let mut packages = BTreeMap::new();
    for package in answer.get("packages")?.as_array()? {
        let id = package.get("id")?.as_str()?;
        let name = package.get("name")?.as_str()?.to_owned();
        let manifest = package.get("manifest_path")?.as_str()?.to_owned();
        let ours = members.contains(&id);
        packages.insert(id.to_owned(), Package { name, manifest, ours, arrows: Vec::new() });
    }
    for node in answer.get("resolve")?.get("nodes")?.as_array()? {
        let package = packages.get_mut(node.get("id")?.as_str()?)?;
        for dependency in node.get("deps")?.as_array()? {
            let to = dependency.get("pkg")?.as_str()?;
            for reason in dependency.get("dep_kinds")?.as_array()? {
                package.arrows.push(Arrow { to: to.to_owned(), kind: kind(reason.get("kind")?) });
            }
        }
    }
    Some(PackageGraph { packages })
}

fn kind(value: &Value) -> DependencyKind {
    match value.as_str() {
        Some("dev") => DependencyKind::Dev,
        Some("build") => DependencyKind::Build,
        _ => DependencyKind::Normal,
    }
}

#[cfg(test)]
mod tests;
