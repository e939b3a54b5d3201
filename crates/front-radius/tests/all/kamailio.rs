//! Kamailio's auth_radius as a registrar that nobody here wrote: it makes the nonce, a telephone answers it, Talea checks the digest that
//! comes in the form of the old draft (draft-sterman-aaa-sip-00). Beside it calls that reports in the manner of acc_radius and of voice gateways tell.

use crate::world;

use charging::{Command as Order, Payment};
use md5::{Digest, Md5};
use radius::client::{Request, RequestBuilder};
use radius::number::*;
use std::cell::Cell;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use world::child::{Program, eventually, free_port};
use world::wire::{Client, START, STOP};
use world::*;

const REALM: &str = "home.example";

/// A registrar that asks for the password of everybody, from the address of the node `sip-1`.
fn registrar(world: &World, directory: &Path, sip: u16) -> Program {
    let place = directory.display();
    let write = |name: &str, text: String| std::fs::write(directory.join(name), text).unwrap();
    write("servers", format!("127.0.0.1 {SECRET}\n"));
    // The client library's own dictionaries lack values that the modules ask for.
    let dictionaries =
        ["/etc/radcli/dictionary", "/etc/radcli/dictionary.sip", "/etc/kamailio/dictionary.kamailio"];
    let included: String = dictionaries.iter().map(|file| format!("$INCLUDE {file}\n")).collect();
    write(
        "dictionary",
        format!("{included}VALUE Service-Type Sip-Session 15\nVALUE Acct-Status-Type Failed 15\n"),
    );
    let (auth, accounting) = (world.server.auth_address(), world.server.accounting_address());
    write(
        "radius.conf",
        format!(
            "authserver {auth}\nacctserver {accounting}\nservers {place}/servers\ndictionary {place}/dictionary\n\
             default_realm\nradius_timeout 5\nradius_retries 2\nbindaddr {SIP}\n"
        ),
    );
    write(
        "kamailio.cfg",
        format!(
            r#"debug=1
log_stderror=yes
children=1
disable_tcp=yes
listen=udp:127.0.0.1:{sip}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "textops.so"
loadmodule "pv.so"
loadmodule "auth.so"
loadmodule "auth_radius.so"
loadmodule "acc.so"
loadmodule "acc_radius.so"
modparam("auth_radius", "radius_config", "{place}/radius.conf")
modparam("auth_radius", "auth_extra", "Called-Station-Id=$rU")
modparam("auth_radius", "radius_avps_mode", 1)
modparam("acc_radius", "radius_config", "{place}/radius.conf")
modparam("acc_radius", "radius_extra", "User-Name=$fu;Called-Station-Id=$tu")
request_route {{
  if (is_method("INVITE|BYE")) {{
    acc_rad_request("200 OK");
    sl_send_reply("200", "OK");
    exit;
  }}
  if (!radius_www_authorize("{REALM}")) {{
    www_challenge("{REALM}", "1");
    exit;
  }}
  append_to_reply("X-Seconds: $avp(Session-Timeout)\r\n");
  sl_send_reply("200", "OK");
}}
"#
        ),
    );
    let mut kamailio = Command::new("/usr/sbin/kamailio");
    kamailio.args(["-DD", "-E", "-f"]).arg(directory.join("kamailio.cfg"));
    Program::start(&mut kamailio, "kamailio-radius-modules")
}

/// A telephone that registers.
struct Telephone {
    socket: UdpSocket,
    registrar: SocketAddr,
    sequence: Cell<u32>,
}

impl Telephone {
    /// The answer to a REGISTER with these headers, if there is one soon.
    fn register(&self, headers: &str) -> Option<String> {
        self.request("REGISTER", &format!("sip:{REALM}"), headers)
    }

    fn request(&self, method: &str, to: &str, headers: &str) -> Option<String> {
        let (sequence, own) = (self.sequence.get() + 1, self.socket.local_addr().unwrap());
        self.sequence.set(sequence);
        let request = format!(
            "{method} {to} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{sequence}\r\n\
             From: <sip:anna@{REALM}>;tag=1\r\nTo: <sip:anna@{REALM}>\r\nCall-ID: c1\r\n\
             CSeq: {sequence} {method}\r\nMax-Forwards: 5\r\n{headers}Content-Length: 0\r\n\r\n"
        );
        self.socket.send_to(request.as_bytes(), self.registrar).unwrap();
        let mut buffer = [0; 4096];
        // Answers to earlier tries may still come.
        loop {
            let length = self.socket.recv(&mut buffer).ok()?;
            let answer = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if answer.contains(&format!("CSeq: {sequence} ")) {
                return Some(answer);
            }
        }
    }

    /// A request of a call is answered with 200.
    fn calls(&self, method: &str, from: &str, to: &str) {
        let (sequence, own) = (self.sequence.get() + 1, self.socket.local_addr().unwrap());
        self.sequence.set(sequence);
        let request = format!(
            "{method} sip:+442071234567@{REALM} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{sequence}\r\n\
             From: {from}\r\nTo: {to}\r\nCall-ID: call-1\r\n\
             CSeq: {sequence} {method}\r\nMax-Forwards: 5\r\nContent-Length: 0\r\n\r\n"
        );
        self.socket.send_to(request.as_bytes(), self.registrar).unwrap();
        let mut buffer = [0; 4096];
        let length = self.socket.recv(&mut buffer).expect("an answer");
        let answer = String::from_utf8_lossy(&buffer[..length]).into_owned();
        assert!(answer.starts_with("SIP/2.0 200"), "{answer}");
    }

    /// The status of a REGISTER that answers a fresh challenge with this password.
    fn log_in(&self, password: &str) -> String {
        let answer = self.proves("REGISTER", &format!("sip:{REALM}"), password);
        answer.lines().next().unwrap().to_owned()
    }

    /// The answer to a request that answers a fresh challenge with this password.
    fn proves(&self, method: &str, to: &str, password: &str) -> String {
        let challenge = self.request(method, to, "").expect("a challenge");
        let nonce = challenge.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
        let (ha1, ha2) = (md5(&format!("anna:{REALM}:{password}")), md5(&format!("{method}:{to}")));
        let response = md5(&format!("{ha1}:{nonce}:00000001:c1:auth:{ha2}"));
        let proof = format!(
            "Authorization: Digest username=\"anna\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"{to}\", \
             response=\"{response}\", qop=auth, nc=00000001, cnonce=\"c1\", algorithm=MD5\r\n"
        );
        self.request(method, to, &proof).expect("the registrar has an answer from us")
    }
}

fn md5(text: &str) -> String {
    Md5::digest(text).iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Log-ins, then a call that Kamailio's acc_radius reports with Start and Stop, without a duration: it is charged by the called number for
/// the time between.
#[test]
fn a_telephone_registers_at_kamailio_with_its_password_only_and_its_call_is_charged() {
    let world = World::start();
    let user = format!("anna@{REALM}");
    let account = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, &user, "sim");
    let (directory, sip) = (tempfile::tempdir().unwrap(), free_port());
    let _registrar = registrar(&world, directory.path(), sip);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let telephone = Telephone { socket, registrar: ([127, 0, 0, 1], sip).into(), sequence: Cell::new(0) };
    eventually("Kamailio answers", || telephone.register("").is_some());
    telephone.socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    assert_eq!(telephone.log_in("sim"), "SIP/2.0 200 OK");
    assert_eq!(telephone.log_in("sam"), "SIP/2.0 401 Unauthorized");
    let limit = charging::LimitChange::Credit(Some(money::Amount::parse("0.52").unwrap()));
    world.command(account.customer().unwrap(), Order::SetLimit { account: None, change: limit });
    // How long somebody may call who asks for a number: Kamailio hears it, and its script has it.
    let answer = telephone.proves("SUBSCRIBE", &format!("sip:+442071234567@{REALM}"), "sim");
    assert!(answer.starts_with("SIP/2.0 200"), "{answer}");
    assert!(answer.contains("X-Seconds: 600\r\n"), "{answer}");
    let caller = format!("<sip:anna@{REALM}>;tag=1");
    let called = format!("<sip:+442071234567@{REALM}>;tag=2");
    telephone.calls("INVITE", &caller, &called);
    let [call] = &world.open(7)[..] else { panic!("the call runs") };
    assert_eq!(call.key.shown(), "call-1");
    assert_eq!((&*call.meters[0].access_code, &*call.meters[0].destination), ("OUTGOING", "442071234567"));
    // Kamailio says when it happened by its own clock, in whole seconds.
    std::thread::park_timeout(Duration::from_millis(1_200));
    // The called party hangs up: Kamailio names it as the user.
    telephone.calls("BYE", &called, &caller);
    assert!(world.open(7).is_empty());
    let [(seconds, cost)] = world.xdrs(7)[..] else { panic!("one record") };
    assert!((1..60).contains(&seconds) && cost == 50_000, "{seconds} seconds, one started minute: {cost}");
    let block = Order::BlockAccount { account, blocked: true };
    world.command(account.customer().unwrap(), block);
    assert_eq!(telephone.log_in("sim"), "SIP/2.0 401 Unauthorized", "Talea refuses whom it does not serve");
    let nodes = world.server.nodes();
    let node = nodes.iter().find(|node| &*node.name == "sip-1").unwrap();
    assert_eq!(
        (node.requests, node.answers),
        (6, 6),
        "each question was one log-in, or one report of the call"
    );
    world.stop();
}

const ANNA: &str = "sip:anna@home.example";
const BOB: &str = "sip:bob@home.example";

/// A report of the one Call-ID, with Sip-From-Tag (105) and Sip-To-Tag (104) where they are told.
fn call(identifier: u8, status: u32, user: &str, tags: [&str; 2], at: Option<i64>) -> Request {
    let mut request = RequestBuilder::accounting(identifier, status).unwrap();
    request.attribute(USER_NAME, user.as_bytes()).unwrap();
    request.attribute(ACCT_SESSION_ID, b"one-call-id").unwrap();
    request.attribute(CALLED_STATION_ID, b"sip:+442071234567@home.example").unwrap();
    for (number, tag) in [(105, tags[0]), (104, tags[1])].into_iter().filter(|(_, tag)| !tag.is_empty()) {
        request.attribute(number, tag.as_bytes()).unwrap();
    }
    if let Some(at) = at {
        request.integer(EVENT_TIMESTAMP, u32::try_from(at).unwrap()).unwrap();
    }
    request.sign(SECRET.as_bytes()).unwrap()
}

/// A world with two telephones, and the SIP proxy.
fn proxied() -> (World, Client) {
    let world = World::start();
    for (number, user) in [(7, ANNA), (8, BOB)] {
        let user = user.trim_start_matches("sip:");
        world.subscriber(number, "homeconnect-plus", Payment::Postpaid, user, "x");
    }
    (world, Client::at(SIP))
}

/// Calls of a minute and a half, at five cents a started minute; nodes tell whole seconds.
fn are_of_ninety_seconds(calls: &[(i64, i64)], number: usize) {
    let good = calls.iter().all(|(seconds, cost)| (89..120).contains(seconds) && *cost == 100_000);
    assert!(good && calls.len() == number, "{calls:?}");
}

/// A BYE of the called party makes a Stop that names him; he may be a subscriber, or nobody here, and we may have been started anew.
#[test]
fn a_call_is_its_callers_whoever_hangs_up_and_dialogs_of_one_call_id_are_told_apart() {
    let (mut world, mut client) = proxied();
    let accounting = world.server.accounting_address();
    // The last one was reported before there was an answer.
    for (identifier, to) in [(1, "b"), (2, "c"), (3, "d"), (4, "")] {
        client.ask(accounting, &call(identifier, START, ANNA, ["a", to], None)).unwrap();
    }
    assert_eq!(world.open(7).len(), 4, "four dialogs");
    world.engine.clock().advance(calendar::Seconds(90));
    client.ask(accounting, &call(5, STOP, BOB, ["b", "a"], None)).unwrap();
    client.ask(accounting, &call(6, STOP, "sip:+49301234@elsewhere.example", ["c", "a"], None)).unwrap();
    client.ask(accounting, &call(7, STOP, BOB, ["e", "a"], None)).unwrap();
    are_of_ninety_seconds(&world.xdrs(7), 3);
    world.without_door(|_| {});
    let accounting = world.server.accounting_address();
    client.ask(accounting, &call(8, STOP, BOB, ["d", "a"], None)).unwrap();
    are_of_ninety_seconds(&world.xdrs(7), 4);
    assert_eq!((world.open(7).len(), world.open(8).len(), world.xdrs(8)), (0, 0, vec![]));
    world.stop();
}

#[test]
fn a_clock_that_is_set_during_a_call_makes_it_no_longer() {
    let (world, mut client) = proxied();
    let accounting = world.server.accounting_address();
    let now = || world.engine.clock().now().unix_seconds();
    for (identifier, wrong) in [(1, 12 * 86_400), (3, 600)] {
        let tags = ["a", if wrong == 600 { "b" } else { "c" }];
        client.ask(accounting, &call(identifier, START, ANNA, tags, Some(now() - wrong))).unwrap();
        world.engine.clock().advance(calendar::Seconds(90));
        client.ask(accounting, &call(identifier + 1, STOP, ANNA, tags, Some(now()))).unwrap();
    }
    are_of_ninety_seconds(&world.xdrs(7), 2);
    // Near enough: it says itself when the call ended, though the report came late.
    client.ask(accounting, &call(5, START, ANNA, ["a", "d"], Some(now()))).unwrap();
    let ended = now() + 90;
    world.engine.clock().advance(calendar::Seconds(200));
    client.ask(accounting, &call(6, STOP, ANNA, ["a", "d"], Some(ended))).unwrap();
    are_of_ninety_seconds(&world.xdrs(7), 3);
    world.stop();
}

/// Only the Start of a leg says which one it is; its Stop is about the same call, also where we were started anew meanwhile.
#[test]
fn a_later_report_that_says_less_than_the_first_is_still_about_the_running_call() {
    let mut world = World::start();
    let account = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna", "x");
    world.name(account, "msisdn", "15551234567");
    let leg = |identifier: u8, status: u32, leg: &str, origin: &[u8]| {
        let mut request = RequestBuilder::accounting(identifier, status).unwrap();
        request.attribute(CALLING_STATION_ID, b"15551234567").unwrap();
        request.attribute(CALLED_STATION_ID, b"442071234567").unwrap();
        request.attribute(ACCT_SESSION_ID, leg.as_bytes()).unwrap();
        request.integer(ACCT_SESSION_TIME, if status == STOP { 61 } else { 0 }).unwrap();
        if !origin.is_empty() {
            request.packet_mut().push_vendor(9, Default::default(), 26, origin).unwrap();
        }
        request.sign(SECRET.as_bytes()).unwrap()
    };
    let mut client = Client::at(VOICE);
    let accounting = world.server.accounting_address();
    for (identifier, name, origin) in [(1, "x", "originate"), (2, "y", "originate"), (3, "z", "answer")] {
        client.ask(accounting, &leg(identifier, START, name, origin.as_bytes())).unwrap();
    }
    world.engine.clock().advance(calendar::Seconds(61));
    client.ask(accounting, &leg(4, STOP, "x", b"")).unwrap();
    client.ask(accounting, &leg(5, STOP, "z", b"")).unwrap();
    assert_eq!(world.xdrs(7), [(61, 100_000)], "and the leg that is not charged still is not");
    world.without_door(|_| {});
    client.ask(world.server.accounting_address(), &leg(6, STOP, "y", b"")).unwrap();
    assert_eq!((world.xdrs(7), world.open(7).len()), (vec![(61, 100_000); 2], 0));
    world.stop();
}
