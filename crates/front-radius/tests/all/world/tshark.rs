//! tshark as a decoder not written here.

use super::SECRET;
use super::wire::{Datagram, pcap};
use std::process::Command;

/// What tshark says of a port that traceroute might use, 33435 to 33464: the system may give our clients one.
const CHAT: &str = "2097152";
const STARENT: &str = "/usr/share/wireshark/radius/dictionary.starent";

/// What tshark finds of each datagram: code, whether its authenticator holds, and the fields that were asked for. Fails on anything malformed
/// or remarkable. `ports` tells which of our ports stands for which well-known one.
pub fn dissect(datagrams: &[Datagram], ports: &[(u16, u16)], fields: &[&str]) -> Vec<Vec<String>> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("exchange.pcap");
    std::fs::write(&file, pcap(datagrams, ports)).unwrap();
    // Of Starent's two forms it takes the older one, with types and lengths of one octet, where nobody tells it otherwise.
    let dictionaries = directory.path().join("radius");
    std::fs::create_dir(&dictionaries).unwrap();
    std::fs::copy(STARENT, dictionaries.join("dictionary.starent")).expect("tshark's dictionary of Starent");
    std::fs::write(dictionaries.join("dictionary"), "$INCLUDE dictionary.starent\n").unwrap();
    let mut command = Command::new("tshark");
    command
        .env("WIRESHARK_CONFIG_DIR", directory.path())
        .args(["-r", file.to_str().unwrap(), "-T", "fields", "-E", "separator=;"])
        .args(["-o", &format!("radius.shared_secret:{SECRET}"), "-o", "radius.validate_authenticator:TRUE"])
        .args(["-e", "_ws.malformed", "-e", "_ws.expert.severity"])
        .args([
            "-e",
            "radius.authenticator.invalid",
            "-e",
            "radius.code",
            "-e",
            "radius.authenticator.valid",
        ]);
    for field in fields {
        command.args(["-e", field]);
    }
    let output = command.output();
    let output = output.expect("this test needs tshark: run scripts/test setup, or apt-get install tshark");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let sound = |line: &str| {
        let columns: Vec<String> = line.split(';').map(str::to_owned).collect();
        let (faults, read) = columns.split_at(3);
        let [malformed, severity, invalid] = faults else { panic!("{line}") };
        let remarkable = !severity.is_empty() && severity != CHAT;
        assert!(malformed.is_empty() && !remarkable && invalid != "1", "{line}");
        read.to_vec()
    };
    text.lines().map(sound).collect()
}
