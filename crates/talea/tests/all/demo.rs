//! The demo's story holds from beginning to end over the real protocols, and says so by its exit code.

use std::process::Command;

#[test]
fn the_story_holds() {
    story_holds(&[]);
}

#[test]
fn the_story_holds_on_postgresql() {
    let database = testkit::postgres::Server::shared().unwrap().database().unwrap();
    story_holds(&["--database", &database]);
}

fn story_holds(more: &[&str]) {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_talea"));
    let output = demo.args(["demo", "--once", "--json"]).args(more).output().unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let steps = told["steps"].as_array().unwrap();
    let failed: Vec<&serde_json::Value> = steps
        .iter()
        .flat_map(|step| step["facts"].as_array().unwrap())
        .filter(|fact| fact["kind"] == "failed")
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(told["held"], true);
    assert_eq!(
        steps.len(),
        9,
        "sign-up, Internet, mobile data, film, month end, suspension, payment, termination, books"
    );
    assert!(output.status.success());
}
