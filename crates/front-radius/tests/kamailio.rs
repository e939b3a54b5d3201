//! Kamailio's auth_radius as a registrar that nobody here wrote: it makes the nonce, a telephone answers it, Talea checks the digest that
//! comes in the form of the old draft (draft-sterman-aaa-sip-00).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use charging::{Command as Order, Payment};
use md5::{Digest, Md5};
use std::cell::Cell;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use world::child::{Program, eventually, free_port};
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
        let (sequence, own) = (self.sequence.get() + 1, self.socket.local_addr().unwrap());
        self.sequence.set(sequence);
        let request = format!(
            "REGISTER sip:{REALM} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{sequence}\r\n\
             From: <sip:anna@{REALM}>;tag=1\r\nTo: <sip:anna@{REALM}>\r\nCall-ID: c1\r\n\
             CSeq: {sequence} REGISTER\r\nMax-Forwards: 5\r\n{headers}Content-Length: 0\r\n\r\n"
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
    fn calls(&self, method: &str, to: &str) {
        let (sequence, own) = (self.sequence.get() + 1, self.socket.local_addr().unwrap());
        self.sequence.set(sequence);
        let request = format!(
            "{method} sip:+442071234567@{REALM} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{sequence}\r\n\
             From: <sip:anna@{REALM}>;tag=1\r\nTo: <sip:+442071234567@{REALM}>{to}\r\nCall-ID: call-1\r\n\
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
        let challenge = self.register("").expect("a challenge");
        let nonce = challenge.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
        let (ha1, ha2) = (md5(&format!("anna:{REALM}:{password}")), md5(&format!("REGISTER:sip:{REALM}")));
        let response = md5(&format!("{ha1}:{nonce}:00000001:c1:auth:{ha2}"));
        let proof = format!(
            "Authorization: Digest username=\"anna\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"sip:{REALM}\", \
             response=\"{response}\", qop=auth, nc=00000001, cnonce=\"c1\", algorithm=MD5\r\n"
        );
        let answer = self.register(&proof).expect("the registrar has an answer from us");
        answer.lines().next().unwrap().to_owned()
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
    telephone.calls("INVITE", "");
    let [call] = &world.open(7)[..] else { panic!("the call runs") };
    assert_eq!((&*call.meters[0].access_code, &*call.meters[0].destination), ("OUTGOING", "442071234567"));
    // Kamailio says when it happened by its own clock, in whole seconds.
    std::thread::park_timeout(Duration::from_millis(1_200));
    telephone.calls("BYE", ";tag=2");
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
        (5, 5),
        "each question was one log-in, or one report of the call"
    );
    world.stop();
}
