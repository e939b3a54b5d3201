//! The server's program for tests: beside the test's own, built when it is missing.

use std::path::PathBuf;
use std::process::Command;

/// Its path.
pub fn program() -> PathBuf {
    // target/<profile>/deps/<test>
    let own = std::env::current_exe().unwrap();
    let profile = own.parent().and_then(|deps| deps.parent()).unwrap();
    let program = profile.join("talea");
    if !program.is_file() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "-p", "talea"]).arg("--target-dir").arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        let built = build.status().expect("cargo can be started");
        assert!(built.success() && program.is_file(), "the server could not be built: {}", program.display());
    }
    program
}
