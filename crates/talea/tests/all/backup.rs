//! `talea backup` beside a running server, `talea restore` to another place: the same books, for the operator, by the program's own door.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const PORTS: [(&str, &str); 5] = [
    ("TALEA_HTTP__STAFF", "127.0.0.1:0"),
    ("TALEA_HTTP__SELFCARE", "127.0.0.1:0"),
    ("TALEA_RADIUS__AUTHENTICATION", "127.0.0.1:0"),
    ("TALEA_RADIUS__ACCOUNTING", "127.0.0.1:0"),
    ("TALEA_DIAMETER__LISTEN", "[\"127.0.0.1:0\"]"),
];

/// A server that ends with the test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn talea(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_talea")).args(arguments).envs(PORTS).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A server that is up.
fn serve(data: &str) -> Serving {
    let mut command = Command::new(env!("CARGO_BIN_EXE_talea"));
    command.args(["serve", "--data", data]).envs(PORTS).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("staff portal")), "it comes up");
    std::thread::spawn(move || lines.for_each(drop));
    Serving(child)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_running_servers_backup_is_restored_elsewhere_and_only_the_newest_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (live, kept, restored) = (path("live"), path("kept"), path("restored"));
    let server = serve(&live);
    for _ in 0..3 {
        let output = talea(&["backup", "--data", &live, "--to", &kept, "--keep", "2"]);
        assert!(output.status.success(), "{}", said(&output));
        // Names tell the second.
        std::thread::park_timeout(std::time::Duration::from_millis(1_050));
    }
    let dated = names(Path::new(&kept));
    assert_eq!(dated.len(), 2, "{dated:?}");
    let newest = format!("{kept}/{}", dated.last().unwrap());
    let refused = talea(&["restore", "--from", &newest, "--data", &live]);
    assert!(!refused.status.success() && said(&refused).contains("in use"), "{}", said(&refused));
    let output = talea(&["restore", "--from", &newest, "--data", &restored]);
    assert!(output.status.success() && said(&output).contains("0 differences"), "{}", said(&output));
    assert_eq!(
        std::fs::read(format!("{live}/secret.key")).unwrap(),
        std::fs::read(format!("{restored}/secret.key")).unwrap(),
        "what is sealed can be opened"
    );
    drop(server);
    let _again = serve(&restored);
}
