//! Each of the three rules fires on a small graph, and dev-dependencies stay free.

use std::collections::BTreeMap;

use super::{CORE, ROWS, check};
use crate::finding::Finding;
use crate::metadata::{Arrow, DependencyKind, Package, PackageGraph};

/// A graph from arrows written `from to`; a `*` before `to` makes the arrow a dev-dependency; `ours` are members.
fn graph(ours: &[&str], arrows: &[(&str, &str)]) -> PackageGraph {
    let mut graph = PackageGraph::default();
    let mut add = |name: &str| {
        let package = Package {
            name: name.to_owned(),
            manifest: String::new(),
            ours: ours.contains(&name),
            arrows: Vec::new(),
        };
        graph.packages.entry(name.to_owned()).or_insert(package);
    };
    ours.iter().for_each(|name| add(name));
    arrows.iter().for_each(|(from, to)| {
        add(from);
        add(to.trim_start_matches('*'));
    });
    for (from, to) in arrows {
        let kind = if to.starts_with('*') { DependencyKind::Dev } else { DependencyKind::Normal };
        let to = to.trim_start_matches('*').to_owned();
        graph.packages.get_mut(*from).unwrap().arrows.push(Arrow { to, kind });
    }
    graph
}

fn found(ours: &[&str], arrows: &[(&str, &str)]) -> Vec<(String, &'static str, String)> {
    let findings = check(&graph(ours, arrows), &BTreeMap::new());
    findings.into_iter().map(|Finding { file, rule, item, .. }| (file, rule, item)).collect()
}

fn one(file: &str, rule: &'static str, item: &str) -> Vec<(String, &'static str, String)> {
    vec![(file.to_owned(), rule, item.to_owned())]
}

#[test]
fn arrows_down_the_layers_pass() {
    let arrows = [("charging", "money"), ("engine", "charging"), ("engine", "store"), ("talea", "engine")];
    assert_eq!(found(&["charging", "money", "engine", "store", "talea"], &arrows), vec![]);
}

#[test]
fn arrows_up_and_between_front_doors_are_refused() {
    assert_eq!(
        found(&["money", "store"], &[("money", "store")]),
        one("crates/money/Cargo.toml", "layer", "store")
    );
    assert_eq!(
        found(&["radius", "money"], &[("radius", "money")]),
        one("crates/radius/Cargo.toml", "layer", "money")
    );
    assert_eq!(
        found(&["api", "web-kit"], &[("api", "web-kit")]),
        one("crates/api/Cargo.toml", "layer", "web-kit")
    );
    let doors = found(&["front-radius", "front-diameter"], &[("front-radius", "front-diameter")]);
    assert_eq!(doors, one("crates/front-radius/Cargo.toml", "layer", "front-diameter"));
}

#[test]
fn the_core_reaches_no_clockwork_even_through_a_library() {
    let arrows = [("money", "numbers"), ("numbers", "dice"), ("dice", "getrandom")];
    let findings = check(&graph(&["money"], &arrows), &BTreeMap::new());
    assert_eq!(findings.len(), 1);
    assert!(findings[0].advice.ends_with("money -> numbers -> dice -> getrandom"), "{}", findings[0]);
}

#[test]
fn wire_crates_may_not_reach_the_runtime() {
    assert_eq!(
        found(&["diameter"], &[("diameter", "tokio")]),
        one("crates/diameter/Cargo.toml", "reach", "tokio")
    );
}

#[test]
fn heavy_libraries_have_one_home() {
    assert_eq!(found(&["store"], &[("store", "rusqlite")]), vec![]);
    assert_eq!(
        found(&["office"], &[("office", "rusqlite")]),
        one("crates/office/Cargo.toml", "home", "rusqlite")
    );
    assert_eq!(found(&["api"], &[("api", "pdf-writer")]), one("crates/api/Cargo.toml", "home", "pdf-writer"));
    assert_eq!(
        found(&["engine"], &[("engine", "reqwest")]),
        one("crates/engine/Cargo.toml", "home", "reqwest")
    );
}

#[test]
fn dev_dependencies_are_free() {
    let arrows = [("money", "*rand"), ("engine", "*reqwest"), ("store", "*testkit")];
    assert_eq!(found(&["money", "engine", "store", "testkit"], &arrows), vec![]);
}

#[test]
fn a_crate_without_a_row_is_refused() {
    assert_eq!(found(&["surprise"], &[]), one("crates/surprise/Cargo.toml", "layer", "surprise"));
}

#[test]
fn the_finding_points_at_the_line_of_the_arrow() {
    let manifest = "[dependencies]\nmoney-like.workspace = true\nmoney.workspace = true\n".to_owned();
    let manifests = BTreeMap::from([("radius".to_owned(), manifest)]);
    let findings = check(&graph(&["radius", "money"], &[("radius", "money")]), &manifests);
    assert_eq!(findings.first().map(|finding| finding.line), Some(3));
}

#[test]
fn every_core_crate_has_a_row_that_stays_in_the_core() {
    for name in CORE {
        let row = ROWS.iter().find(|row| row.name == *name).unwrap();
        assert!(row.may_use.iter().flat_map(|group| group.iter()).all(|used| CORE.contains(used)), "{name}");
    }
}
