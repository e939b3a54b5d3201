//! A trace of the running program: RADIUS and Diameter as they pass, read over the API and by Wireshark's own dissectors.

use crate::running_demo;

use diameter::answer::Identity;
use diameter::client::write_dwr;
use radius::client::RequestBuilder;
use radius::number;
use running_demo::gateway::{GATEWAY, Peer, ccr};
use running_demo::{Demo, curl, demo};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const SECRET: &[u8] = b"demo-radius-secret";
const STRANGER: &str = "stranger.example";
const NUMBER: &str = "12075559999";
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

fn start(demo: &Demo, of: &Value) -> String {
    let body = of.to_string();
    let made: Value = serde_json::from_slice(&curl(demo, &["-d", &body], "/traces")).unwrap();
    made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
}

fn read(demo: &Demo, trace: &str) -> Vec<Value> {
    let read: Value = serde_json::from_slice(&curl(demo, &[], &format!("/traces/{trace}"))).unwrap();
    read["messages"].as_array().unwrap_or_else(|| panic!("{read}")).clone()
}

/// A log-in from the node's address; its answer's code.
fn log_in(server: SocketAddr, user: &str) -> u8 {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut request = RequestBuilder::access(9, *b"quite unforeseen");
    request.attribute(number::USER_NAME, user.as_bytes()).unwrap();
    request.pap(b"open sesame", SECRET).unwrap();
    request.attribute(number::CALLING_STATION_ID, NUMBER.as_bytes()).unwrap();
    socket.send_to(request.sign(SECRET).unwrap().bytes(), server).unwrap();
    let mut answer = [0; 4096];
    socket.recv(&mut answer).unwrap();
    answer[0]
}

fn titles(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["title"].as_str().unwrap()).collect()
}

fn field<'a>(message: &'a Value, name: &str) -> &'a Value {
    let fields = message["fields"].as_array().unwrap();
    fields.iter().find(|field| field["name"] == name).unwrap_or_else(|| panic!("no {name} in {message}"))
}

fn tshark(capture: &Path, filter: &str, fields: &[&str]) -> Vec<String> {
    let mut command = Command::new("tshark");
    command.args(["-r", capture.to_str().unwrap(), "-Y", filter, "-T", "fields"]);
    for field in fields {
        command.args(["-e", field]);
    }
    let output = command.output().expect("tshark is missing: run `scripts/test setup` once");
    assert!(output.status.success(), "tshark: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn what_passes_both_doors_is_traced_decoded_and_dissected_by_tshark() {
    let demo = demo();
    let node = start(&demo, &json!({ "node": "bras-1" }));
    let peer = start(&demo, &json!({ "node": "pgw-1", "messages": 100 }));
    let stranger = start(&demo, &json!({ "peer": STRANGER }));
    let subscriber = start(&demo, &json!({ "subscriber": format!("+{NUMBER}") }));

    assert_eq!(log_in(demo.radius, "<script>alert(1)</script>"), 3, "nobody is called that");
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.send_to(&[[1, 8, 0, 24].as_slice(), &[0; 16], &[2, 1, 0, 0]].concat(), demo.radius).unwrap();
    let mut gateway = Peer::connect(demo.diameter, GATEWAY);
    gateway.ask(&ccr("pgw;trace;1", NUMBER));
    let mut dwr = Vec::new();
    let who = Identity { host: GATEWAY.to_owned(), realm: "demo.talea.local".to_owned(), state_id: None };
    write_dwr(&who, (3, 3), &mut dwr);
    gateway.ask(&dwr);
    Peer::connect(demo.diameter, STRANGER);

    let seen = read(&demo, &node);
    assert_eq!(titles(&seen), ["Access-Request", "Access-Reject", "Access-Request"]);
    assert_eq!(field(&seen[0], "User-Name")["value"], "\"<script>alert(1)</script>\"");
    let password = field(&seen[0], "User-Password");
    assert_eq!((&password["state"], &password["value"]), (&json!("secret"), &json!(null)));
    assert!(seen[1]["took_micros"].as_u64().is_some_and(|micros| micros > 0), "{}", seen[1]);
    let stop = seen[2]["fields"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&stop["state"], &stop["value"]),
        (&json!("stopped"), &json!("octet 20: attribute 2 has a wrong length"))
    );
    assert!(seen[2]["note"].as_str().unwrap().starts_with("not answered: "), "{}", seen[2]);

    let seen = read(&demo, &peer);
    let expected = [
        "Capabilities-Exchange-Request (CER)",
        "Capabilities-Exchange-Answer (CEA)",
        "Credit-Control-Request (CCR)",
        "Credit-Control-Answer (CCA)",
        "Device-Watchdog-Request (DWR)",
        "Device-Watchdog-Answer (DWA)",
    ];
    assert_eq!(titles(&seen), expected);
    assert_eq!(field(&seen[2], "Subscription-Id-Data")["depth"], 1);
    assert_eq!(seen[3]["result"], "DIAMETER_USER_UNKNOWN (5030)");
    assert_eq!((&seen[3]["direction"], &seen[3]["node"]), (&json!("out"), &json!("pgw-1")));

    let seen = read(&demo, &stranger);
    assert_eq!(titles(&seen), expected[..2], "a stranger's refusal is seen");
    assert_eq!((&seen[1]["result"], &seen[1]["node"]), (&json!("DIAMETER_UNKNOWN_PEER (3010)"), &json!("")));
    let seen = read(&demo, &subscriber);
    assert_eq!(
        titles(&seen),
        ["Access-Request", "Access-Reject", expected[2], expected[3]],
        "and nothing else"
    );

    let directory = tempfile::tempdir().unwrap();
    let capture = |trace: &str| {
        let path = directory.path().join(format!("{trace}.pcap"));
        std::fs::write(&path, curl(&demo, &[], &format!("/traces/{trace}/capture"))).unwrap();
        path
    };
    let file = capture(&subscriber);
    assert_eq!(tshark(&file, "radius.code == 1", &["radius.Calling_Station_Id"]), [NUMBER]);
    assert_eq!(tshark(&file, "diameter.cmd.code == 272", &["diameter.Session-Id"]), ["pgw;trace;1"; 2]);
    assert_eq!(tshark(&file, "_ws.malformed", &["frame.number"]), Vec::<String>::new());
    // On a machine that is held up the server's own watchdog comes behind them.
    let commands = tshark(&capture(&peer), "diameter", &["diameter.cmd.code"]);
    assert_eq!(commands[..6], ["257", "257", "272", "272", "280", "280"]);
    let hidden = std::fs::read(file).unwrap();
    let at = hidden.windows(4).position(|part| part == [31, 13, b'1', b'2']).expect("Calling-Station-Id");
    assert_eq!(hidden[at - 18..at], [[2, 18].as_slice(), &[0; 16]].concat(), "the password was never kept");
}
