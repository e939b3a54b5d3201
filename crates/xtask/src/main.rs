//! `cargo run -p xtask -- check`: holds the workspace to the rules that the compiler cannot see.
//!
//! This file knows the command line and nothing else; every rule lives in its own module of the library, takes plain
//! data and returns findings. Exit code 0: no finding denies; 1: at least one does; 2: the check itself could not run.

use std::path::PathBuf;
use std::process::ExitCode;

use xtask::check;
use xtask::finding::Severity;

const USAGE: &str = "usage: cargo run -p xtask -- check [--quiet]\n\
    check    layers, sizes, names, openings, escapes, manifests, assets, links and the map; see CONTRIBUTING.md\n\
    --quiet  print only what denies";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["check"] => run_check(false),
        ["check", "--quiet"] => run_check(true),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn run_check(quiet: bool) -> ExitCode {
    // The manifest directory is crates/xtask; the workspace root is two levels up.
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let report =
        match root.canonicalize().map_err(|error| error.to_string()).and_then(|root| check::run(&root)) {
            Ok(report) => report,
            Err(reason) => {
                eprintln!("xtask check could not run: {reason}");
                return ExitCode::from(2);
            }
        };
    for finding in &report.findings {
        if finding.severity == Severity::Deny || !quiet {
            println!("{finding}");
        }
    }
    let denied = report.findings.iter().filter(|finding| finding.severity == Severity::Deny).count();
    let warned = report.findings.len() - denied;
    println!("{}", report.packages);
    println!(
        "xtask check: {} files, {} crates, {denied} denied, {warned} warned",
        report.files, report.crates
    );
    if denied == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
