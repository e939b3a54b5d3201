//! wpa_supplicant's eapol_test as the station and the access point of a log-in by EAP: both sides of it are nobody's here. It fails by itself
//! where the keys in the Access-Accept are not those that the station derives.

use crate::world::*;
use charging::Payment;
use std::process::{Command, Output};

/// Logs in by a method; what came of it.
fn log_in(world: &World, method: &str, password: &str, more: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("network.conf");
    let network = format!(
        "network={{\n key_mgmt=IEEE8021X\n eapol_flags=0\n eap={method}\n identity=\"anna@home\"\n password=\"{password}\"\n}}\n"
    );
    std::fs::write(&file, network).unwrap();
    let port = world.server.auth_address().port().to_string();
    Command::new("eapol_test")
        .args(["-a", "127.0.0.1", "-p", &port, "-s", SECRET, "-t", "20", "-c", file.to_str().unwrap()])
        .args(more)
        .output()
        .expect("this test needs eapoltest: see scripts/install-test-tools")
}

#[test]
fn a_station_logs_in_by_md5_and_by_ms_chap_v2_and_not_with_a_wrong_password() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "correct horse");
    let outcome = |method, password, more: &[&str]| {
        let output = log_in(&world, method, password, more);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let verdict = said.lines().last().unwrap_or_default().to_owned();
        assert_eq!(output.status.success(), verdict == "SUCCESS", "{said}");
        (verdict, said)
    };
    let (verdict, said) = outcome("MSCHAPV2", "correct horse", &[]);
    assert_eq!(verdict, "SUCCESS", "{said}");
    assert!(said.contains("MPPE keys OK: 1  mismatch: 0"), "{said}");
    let (verdict, said) = outcome("MD5", "correct horse", &["-n"]);
    assert_eq!(verdict, "SUCCESS", "after its Nak: {said}");
    for (method, password) in [("MSCHAPV2", "wrong horse"), ("MD5", "wrong horse"), ("PEAP", "correct horse")]
    {
        let (verdict, said) = outcome(method, password, &["-n"]);
        assert_eq!(verdict, "FAILURE", "{method}: {said}");
        assert!(said.contains("EAP: Received EAP-Failure"), "{method}: {said}");
    }
    world.stop();
}
