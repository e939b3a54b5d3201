//! Cargo's answer is read with its kinds, and a strange one is refused whole.

use serde_json::json;

use super::{DependencyKind, parse};

#[test]
fn members_and_kinds_are_read() {
    let graph = parse(&json!({
        "workspace_members": ["a"],
        "packages": [
            {"id": "a", "name": "money", "manifest_path": "/w/crates/money/Cargo.toml"},
            {"id": "b", "name": "proptest", "manifest_path": "/r/proptest/Cargo.toml"}
        ],
        "resolve": {"nodes": [
            {"id": "a", "deps": [{"pkg": "b", "dep_kinds": [{"kind": "dev"}, {"kind": null}]}]},
            {"id": "b", "deps": []}
        ]}
    }))
    .unwrap();
    assert_eq!(graph.ours().map(|(_, package)| package.name.as_str()).collect::<Vec<_>>(), ["money"]);
    let kinds: Vec<DependencyKind> = graph.packages["a"].arrows.iter().map(|arrow| arrow.kind).collect();
    assert_eq!(kinds, [DependencyKind::Dev, DependencyKind::Normal]);
    assert_eq!(graph.name("b"), "proptest");
}

#[test]
fn an_answer_without_resolution_is_refused() {
    assert_eq!(parse(&json!({"workspace_members": [], "packages": []})), None);
}
