//! A whole installation moves to PostgreSQL and back: the demo's operator, with everything that happened to him, is the same on both sides.

use std::path::Path;
use std::process::{Command, Output};
use testkit::postgres::Server;

fn talea(arguments: &[&str]) -> Output {
    let ports = [("TALEA_HTTP__STAFF", "127.0.0.1:0"), ("TALEA_HTTP__SELFCARE", "127.0.0.1:0")];
    Command::new(env!("CARGO_BIN_EXE_talea")).args(arguments).envs(ports).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Runs the program; what it said, which has to hold these words.
fn succeeds(arguments: &[&str], words: &str) -> String {
    let output = talea(arguments);
    let said = said(&output);
    assert!(output.status.success() && said.contains(words), "{arguments:?}: {said}");
    said
}

fn fails(arguments: &[&str], words: &str) {
    let output = talea(arguments);
    let said = said(&output);
    assert!(!output.status.success() && said.contains(words), "{arguments:?}: {said}");
}

/// Of each report view: how many rows, a sum of money in cents, the newest time or last text.
fn figures() -> String {
    let views = [
        ("customer", "balance + reserved + owed", "created_at"),
        ("account", "id", "created_at"),
        ("identifier", "account", "value"),
        ("device", "id", "created_at"),
        ("session", "account", "last_at"),
        ("xdr", "amount", "posted_at"),
        ("ledger_entry", "amount", "at"),
        ("invoice", "total", "due_at"),
        ("event", "position", "at"),
        ("delivery", "attempts", "finished_at"),
    ];
    let one = |(view, sum, newest): &(&str, &str, &str)| {
        format!(
            "SELECT '{view}', COUNT(*), CAST(ROUND(SUM({sum}) * 100) AS BIGINT), MAX({newest}) FROM report_{view}"
        )
    };
    views.iter().map(one).collect::<Vec<_>>().join(" UNION ALL ")
}

fn figures_of_files(data: &Path) -> String {
    let output = Command::new("sqlite3").arg(data.join("talea.db")).arg(figures()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_installation_moves_to_postgresql_and_back_and_the_report_views_tell_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let (data, again) = (directory.path().join("data"), directory.path().join("again"));
    let (files, files_again) = (data.to_str().unwrap(), again.to_str().unwrap());
    succeeds(&["demo", "--once", "--data", files], "Every step held");
    let before = figures_of_files(&data);
    for line in before.lines() {
        let (view, rest) = line.split_once('|').unwrap();
        assert!(!rest.starts_with("0|"), "{view} has rows after the demo: {before}");
    }
    let (kept, other) = (directory.path().join("kept"), directory.path().join("other"));
    let (kept, other) = (kept.to_str().unwrap(), other.to_str().unwrap());
    succeeds(&["backup", "--data", files, "--to", kept], "the database and secret.key");
    succeeds(&["restore", "--from", kept, "--data", other], "0 differences");
    assert_eq!(figures_of_files(Path::new(other)), before, "a restored backup tells the same");
    let server = Server::shared().unwrap();
    let database = server.database().unwrap();
    let there = ["migrate-store", "--from", files, "--to", &database];
    let told = succeeds(&there, "0 differences");
    assert!(told.contains("xdr: "), "progress table by table: {told}");
    assert_eq!(server.ask(&database, &figures()).unwrap(), before);
    let given = "SELECT last_value = (SELECT MAX(position) FROM audit) FROM audit_position_seq";
    assert_eq!(server.ask(&database, given).unwrap().trim(), "t", "the next line comes behind the last");

    fails(&["serve", "--data", files], "was moved to postgres://");
    succeeds(&there, "moved before");
    fails(&["migrate-store", "--from", other, "--to", &database], "not empty");
    succeeds(&["verify", "--data", other], "0 differences");

    let back = ["migrate-store", "--from", &database, "--to", files_again, "--data", files];
    succeeds(&back, "0 differences");
    assert_eq!(figures_of_files(&again), before);
    assert_eq!(
        std::fs::read(data.join("secret.key")).unwrap(),
        std::fs::read(again.join("secret.key")).unwrap()
    );
    succeeds(&["verify", "--data", files_again], "0 differences");
    fails(&["serve", "--database", &database, "--data", files], "was moved to");
    succeeds(&["migrate-store", "--from", &database, "--forget-move"], "may be served again");
    succeeds(&["verify", "--database", &database, "--data", files], "0 differences");
}
