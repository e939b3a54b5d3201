//! Who may depend on whom: arrows only point down the list of the design (docs/decisions/0004).
//!
//! Three rules: a crate names only the crates of ours its row allows; the pure core and the wire crates reach none of
//! the libraries that do I/O, tell the time or roll dice, not even through another library; and a few heavy libraries
//! have one home each. Dev-dependencies are free, except that ours may not be needed by `xtask`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::finding::Finding;
use crate::metadata::{DependencyKind, PackageGraph};

const CORE: &[&str] = &["money", "calendar", "catalog", "rating", "charging", "billing"];
const WIRE: &[&str] = &["radius", "diameter"];
const SHELL: &[&str] = &["store", "engine", "provisioning", "office"];
const FRONT: &[&str] = &[
    "front-radius",
    "front-diameter",
    "api",
    "web-kit",
    "web-staff",
    "web-selfcare",
    "mediation",
    "documents",
    "notify",
];

/// One row: a crate and the groups and crates of ours that it may name.
struct Row {
    name: &'static str,
    may_use: &'static [&'static [&'static str]],
}

const fn row(name: &'static str, may_use: &'static [&'static [&'static str]]) -> Row {
    Row { name, may_use }
}

const ROWS: &[Row] = &[
    row("money", &[]),
    row("calendar", &[]),
    row("catalog", &[&["money", "calendar"]]),
    row("rating", &[&["money", "calendar", "catalog"]]),
    row("charging", &[&["money", "calendar", "catalog", "rating"]]),
    row("billing", &[&["money", "calendar", "catalog", "rating", "charging"]]),
    row("radius", &[]),
    row("diameter", &[]),
    row("store", &[CORE]),
    row("engine", &[CORE, &["store"]]),
    row("provisioning", &[CORE, &["store", "engine"]]),
    row("office", &[CORE, &["store", "engine", "provisioning"]]),
    row("front-radius", &[CORE, SHELL, &["radius"]]),
    row("front-diameter", &[CORE, SHELL, &["diameter"]]),
    row("api", &[CORE, SHELL]),
    row("web-kit", &[CORE]),
    row("web-staff", &[CORE, SHELL, &["web-kit"]]),
    row("web-selfcare", &[CORE, SHELL, &["web-kit"]]),
    row("mediation", &[CORE, SHELL]),
    row("documents", &[CORE]),
    row("notify", &[CORE, SHELL]),
    row("talea", &[CORE, WIRE, SHELL, FRONT, &["testkit"]]),
    row("talea-load", &[CORE, WIRE, SHELL, &["testkit"]]),
    row("testkit", &[CORE, WIRE, SHELL]),
    row("sim", &[CORE, WIRE, SHELL, &["testkit"]]),
    row("xtask", &[]),
];

/// Crates, and the libraries none of them may reach at run time, however indirectly.
const OUT_OF_REACH: [(&[&str], &[&str]); 2] = [
    (
        CORE,
        &[
            "tokio",
            "futures",
            "mio",
            "axum",
            "hyper",
            "tower",
            "reqwest",
            "rustls",
            "rusqlite",
            "libsqlite3-sys",
            "tokio-postgres",
            "tracing",
            "rand",
            "rand_core",
            "getrandom",
            "parking_lot",
            "minijinja",
        ],
    ),
    (WIRE, &["tokio", "futures", "mio", "axum", "hyper", "reqwest", "rustls", "rusqlite", "tracing"]),
];

/// Libraries with a home: only these crates name them.
const HOMES: [(&[&str], &[&str]); 5] = [
    (&["rusqlite", "tokio-postgres", "deadpool-postgres"], &["store"]),
    (&["pdf-writer", "subsetter", "rustybuzz", "krilla", "typst"], &["documents"]),
    (&["reqwest"], &["provisioning", "mediation", "notify", "talea", "testkit"]),
    (&["axum", "tower-http"], &["api", "web-kit", "web-staff", "web-selfcare", "talea", "testkit"]),
    (&["askama"], &["web-kit", "web-staff", "web-selfcare"]),
];

/// Findings of all three rules. `manifests` holds the manifest text of our crates, to find the line of an arrow.
pub fn check(graph: &PackageGraph, manifests: &BTreeMap<String, String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, package) in graph.ours() {
        let place =
            Place { name: &package.name, manifest: manifests.get(&package.name).map_or("", String::as_str) };
        let Some(row) = ROWS.iter().find(|row| row.name == package.name) else {
            let advice = "is no row of the layer table; give it one in crates/xtask/src/layers.rs".to_owned();
            findings.push(place.deny("layer", &package.name, format!("`{}` {advice}", package.name)));
            continue;
        };
        let named: BTreeSet<&str> = package
            .arrows
            .iter()
            .filter(|arrow| arrow.kind != DependencyKind::Dev)
            .map(|arrow| arrow.to.as_str())
            .collect();
        for target in named {
            findings.extend(check_arrow(graph, &place, row, target));
        }
        findings.extend(check_reach(graph, &place, id));
    }
    findings
}

struct Place<'a> {
    name: &'a str,
    manifest: &'a str,
}

impl Place<'_> {
    fn deny(&self, rule: &'static str, dependency: &str, advice: String) -> Finding {
        let starts = |line: &str| {
            line.trim_start().strip_prefix(dependency).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
        };
        let line = self.manifest.lines().position(starts).map_or(1, |at| at + 1);
        Finding::deny(&format!("crates/{}/Cargo.toml", self.name), line, rule, dependency, advice)
    }
}

fn check_arrow(graph: &PackageGraph, place: &Place<'_>, row: &Row, target: &str) -> Option<Finding> {
    let name = graph.name(target);
    if graph.packages.get(target).is_some_and(|package| package.ours) {
        let allowed = row.may_use.iter().any(|group| group.contains(&name));
        return (!allowed).then(|| {
            let advice = format!("`{}` must not know `{name}`; arrows only point down the layers", row.name);
            place.deny("layer", name, advice)
        });
    }
    let (_, homes) = HOMES.iter().find(|(libraries, _)| libraries.contains(&name))?;
    (!homes.contains(&row.name)).then(|| {
        let advice = format!("`{name}` lives only in {}; ask one of them instead", homes.join(", "));
        place.deny("home", name, advice)
    })
}

/// The shortest road from a crate to each library that is out of its reach.
fn check_reach(graph: &PackageGraph, place: &Place<'_>, start: &str) -> Vec<Finding> {
    let banned: Vec<&str> = OUT_OF_REACH
        .iter()
        .filter(|(crates, _)| crates.contains(&place.name))
        .flat_map(|(_, libraries)| libraries.iter().copied())
        .collect();
    if banned.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut seen = BTreeSet::from([start]);
    let mut waiting = VecDeque::from([(start, vec![place.name])]);
    while let Some((id, road)) = waiting.pop_front() {
        let arrows = graph.packages.get(id).map(|package| package.arrows.as_slice()).unwrap_or_default();
        for arrow in arrows.iter().filter(|arrow| arrow.kind == DependencyKind::Normal) {
            if !seen.insert(&arrow.to) {
                continue;
            }
            let name = graph.name(&arrow.to);
            let mut longer = road.clone();
            longer.push(name);
            if banned.contains(&name) {
                let first = longer.get(1).copied().unwrap_or(name);
                let advice = format!("`{}` must not reach `{name}`: {}", place.name, longer.join(" -> "));
                findings.push(Finding { item: name.to_owned(), ..place.deny("reach", first, advice) });
            } else {
                waiting.push_back((&arrow.to, longer));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests;
