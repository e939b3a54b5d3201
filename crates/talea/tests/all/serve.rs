//! `talea serve` on a fresh directory: a one-time password, health, metrics, a clean end; and one clear sentence when it cannot start.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Ports of this test's server: any free ones.
const PORTS: [(&str, &str); 5] = [
    ("TALEA_HTTP__STAFF", "127.0.0.1:0"),
    ("TALEA_HTTP__SELFCARE", "127.0.0.1:0"),
    ("TALEA_RADIUS__AUTHENTICATION", "127.0.0.1:0"),
    ("TALEA_RADIUS__ACCOUNTING", "127.0.0.1:0"),
    ("TALEA_DIAMETER__LISTEN", "[\"127.0.0.1:0\"]"),
];

fn talea(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_talea"));
    command.args(arguments).envs(PORTS).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Reads what `serve` prints until it is up; (staff address, one-time password).
fn until_up(child: &mut Child) -> (String, Option<String>) {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut address, mut password) = (None, None);
    for line in lines.map_while(Result::ok) {
        if let Some(rest) = line.trim().strip_prefix("staff portal") {
            address = Some(rest.trim().trim_start_matches("http://").trim_end_matches("/staff").to_owned());
        }
        if let Some((_, text)) = line.split_once("one-time password") {
            password = Some(text.trim().to_owned());
        }
        if password.is_some() {
            break;
        }
    }
    (address.expect("serve prints where the staff portal is"), password)
}

fn get(address: &str, path: &str) -> String {
    let output = Command::new("curl")
        .args(["-sS", "-i", "-m", "5", &format!("http://{address}{path}")])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_first_start_prints_a_password_serves_and_ends_cleanly() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let mut child = talea(&["serve", "--data", data.to_str().unwrap()]).spawn().unwrap();
    let (address, password) = until_up(&mut child);
    assert!(password.is_some_and(|p| p.len() >= 12), "a first start prints a one-time password");
    assert!(get(&address, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(get(&address, "/readyz").ends_with("ready\n"));
    let metrics = get(&address, "/metrics");
    for name in ["talea_engine_commands", "talea_radius_in_flight", "talea_diameter", "talea_api_requests"] {
        assert!(metrics.contains(name), "{name} is missing in {metrics}");
    }
    assert!(get(&address, "/api/v1/customers").starts_with("HTTP/1.1 401"), "the API asks for a token");
    let document = get(&address, "/api/v1/openapi.json");
    assert!(document.contains("\"openapi\":\"3.1"), "{}", document.chars().take(300).collect::<String>());
    assert!(get(&address, "/staff/sign-in").contains("Sign in"));
    let second = talea(&["serve", "--data", data.to_str().unwrap()]).output().unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("in use by another talea process"), "{said}");
    let ended = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(ended.success());
    assert!(child.wait().unwrap().success(), "SIGTERM ends with exit code 0");
    let verify = talea(&["verify", "--data", data.to_str().unwrap()]).output().unwrap();
    assert!(verify.status.success());
    assert!(String::from_utf8(verify.stdout).unwrap().contains("0 differences"));
}

#[test]
fn a_broken_configuration_ends_the_start_with_one_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("talea.toml");
    std::fs::write(&file, "environment = \"test\"\n[http]\nstaff = \"not an address\"\n").unwrap();
    let output = talea(&["serve", "--config", file.to_str().unwrap()]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert_eq!(said.trim().lines().count(), 1, "{said}");
    assert!(said.contains("talea.toml") && said.contains("line 3"), "{said}");
}

#[test]
fn an_unusable_data_directory_ends_the_start_with_one_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a-file");
    std::fs::write(&file, "").unwrap();
    let output = talea(&["serve", "--data", file.to_str().unwrap()]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert_eq!(said.trim().lines().count(), 1, "{said}");
    assert!(said.contains("a-file"), "{said}");
}

#[test]
fn a_wrong_environment_variable_is_named() {
    let output = talea(&["serve"]).env("TALEA_ENGINE__THREADS", "many").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(said.contains("TALEA_ENGINE__THREADS"), "{said}");
}
