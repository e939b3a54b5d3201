//! The whole check over a small workspace on disk: cargo is asked, every file is read, exceptions are applied.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use xtask::check;

const MANIFEST: &str = "[package]\nname = \"money\"\nversion.workspace = true\nedition.workspace = true\n\
    license.workspace = true\npublish.workspace = true\n[lints]\nworkspace = true\n";

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(
        root,
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"crates/money\"]\n[workspace.package]\nversion = \"0.1.0\"\n\
         edition = \"2024\"\nlicense = \"Apache-2.0\"\npublish = false\n[workspace.lints.rust]\nmissing_docs = \"warn\"\n",
    );
    write(root, "Cargo.lock", "version = 4\n\n[[package]]\nname = \"money\"\nversion = \"0.1.0\"\n");
    write(root, "crates/money/Cargo.toml", MANIFEST);
    write(root, "crates/money/src/lib.rs", "//! Amounts.\n//! Knows no clock.\n");
    write(root, "crates/xtask/allow.toml", "# nothing\n");
    write(root, "ARCHITECTURE.md", "`money`: amounts.\n");
    folder
}

fn rules(root: &Path) -> Vec<String> {
    let report = check::run(root).unwrap();
    report.findings.iter().map(|finding| format!("{} {}", finding.file, finding.rule)).collect()
}

#[test]
fn a_workspace_of_the_house_has_no_finding() {
    let folder = workspace();
    assert_eq!(rules(folder.path()), Vec::<String>::new());
}

#[test]
fn every_rule_of_text_reaches_its_file() {
    let folder = workspace();
    let root = folder.path();
    write(root, "crates/money/src/lib.rs", "//! Amounts.\nmod utils;\n");
    write(root, "crates/money/src/utils.rs", &format!("fn a() {{\n{}todo!() }}\n", "x();\n".repeat(500)));
    write(root, "crates/money/Cargo.toml", &MANIFEST.replace("[lints]\nworkspace = true\n", ""));
    write(root, "crates/web-kit/assets/css/large.css", &"a".repeat(31 * 1024));
    write(root, "ARCHITECTURE.md", "[gone](docs/gone.md)\n");
    let expected = [
        "ARCHITECTURE.md link",
        "ARCHITECTURE.md map",
        "crates/money/Cargo.toml manifest",
        "crates/money/src/lib.rs opening",
        "crates/money/src/utils.rs file-name",
        "crates/money/src/utils.rs file-size",
        "crates/money/src/utils.rs function-size",
        "crates/money/src/utils.rs opening",
        "crates/money/src/utils.rs unfinished",
        "crates/web-kit/assets/css/large.css asset-size",
    ];
    assert_eq!(rules(root), expected);
}

#[test]
fn an_exception_takes_a_finding_out() {
    let folder = workspace();
    let root = folder.path();
    write(root, "crates/money/src/types.rs", "//! Amounts by kind.\n");
    assert_eq!(rules(root), ["crates/money/src/types.rs file-name"]);
    let list = "[[allow]]\nrule = \"file-name\"\nfile = \"crates/money/src/types.rs\"\nreason = \"named so by the standard\"\n";
    write(root, "crates/xtask/allow.toml", list);
    assert_eq!(rules(root), Vec::<String>::new());
}

#[test]
fn material_that_cannot_be_read_is_an_error_and_not_a_clean_report() {
    let folder = workspace();
    fs::remove_file(folder.path().join("Cargo.lock")).unwrap();
    assert!(check::run(folder.path()).is_err());
}
