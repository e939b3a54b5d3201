//! The demo's story holds from beginning to end over the real protocols, and says so by its exit code.

use std::process::Command;

#[test]
fn the_story_holds() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_talea")).args(["demo", "--once", "--json"]).output().unwrap();
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
