//! Kamailio's ims_charging as Ro client: SIP calls of sipp through it are reserved for, reported on and charged by the second; some are not
//! put through, some end by our will, and one is given up while it rings.

use crate::programs::{Program, free_port, free_udp_port};
use crate::recording::{From, Tap, tshark};
use crate::server_requests::change_policy;
use crate::world::{World, eventually, msisdn, usd};
use charging::Command;
use diameter::Message;
use diameter::codes::{avp, command};
use diameter::credit_control::{CreditControlAnswer, RequestType};
use front_diameter::{KnownPeer, PeerProfile, Peers};
use std::path::Path;

const KAMAILIO: &str = "kamailio.gw.example";
/// Kamailio looks the name of its peer up, so ours is one that every machine knows.
const US: &str = "localhost";
/// Where it says which way a call goes.
const ROLE: &str = "Service-Information/IMS-Information/Role-Of-Node";

/// Ports of SIP: of Kamailio, of telephones that answer and of one that only rings.
struct Ports {
    sip: u16,
    called: u16,
    rings: u16,
}

/// Kamailio's own files: its Diameter peer, and a proxy that asks before it passes a call on.
fn configure(directory: &Path, diameter: u16, ports: &Ports) {
    let acceptor = free_port();
    let peer = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<DiameterPeer FQDN="{KAMAILIO}" Realm="gw.example" Vendor_Id="10415" Product_Name="CDiameterPeer" AcceptUnknownPeers="0"
  DropUnknownOnDisconnect="1" Tc="1" Workers="2" QueueLength="32" ConnectTimeout="5" TransactionTimeout="5"
  SessionsHashSize="128" DefaultAuthSessionTimeout="3600" MaxAuthSessionTimeout="3600">
  <Peer FQDN="{US}" Realm="talea.example" port="{diameter}"/>
  <Acceptor port="{acceptor}" bind="127.0.0.1"/>
  <Auth id="4" vendor="10415"/>
  <DefaultRoute FQDN="{US}" metric="10"/>
</DiameterPeer>
"#
    );
    let peer_file = directory.join("peer.xml");
    std::fs::write(&peer_file, peer).unwrap();
    let modules =
        ["tm", "sl", "rr", "pv", "textops", "siputils", "cdp", "cdp_avp", "ims_dialog", "ims_charging"];
    let modules: String = modules.iter().map(|name| format!("loadmodule \"{name}.so\"\n")).collect();
    let Ports { sip, called, rings } = ports;
    let config = format!(
        r#"debug=2
log_stderror=yes
children=2
disable_tcp=yes
listen=udp:127.0.0.1:{sip}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
{modules}
modparam("cdp", "config_file", "{}")
modparam("ims_dialog", "dlg_flag", 4)
modparam("ims_dialog", "profiles_no_value", "orig ; term")
modparam("ims_charging", "origin_host", "{KAMAILIO}")
modparam("ims_charging", "origin_realm", "gw.example")
modparam("ims_charging", "destination_host", "{US}")
modparam("ims_charging", "destination_realm", "talea.example")
modparam("ims_charging", "ro_forced_peer", "{US}")
modparam("ims_charging", "interim_update_credits", 3)
modparam("ims_charging", "timer_buffer", 1)
request_route {{
  if (has_totag()) {{
    if (loose_route()) {{ t_relay(); exit; }}
    if (is_method("ACK") && t_check_trans()) {{ t_relay(); }}
    exit;
  }}
  if (is_method("CANCEL")) {{
    if (t_check_trans()) {{ t_relay(); }}
    exit;
  }}
  t_check_trans();
  if (!is_method("INVITE")) {{ exit; }}
  record_route();
  setflag(4);
  $du = "sip:127.0.0.1:{called}";
  if ($rU == "{RINGS}") {{ $du = "sip:127.0.0.1:{rings}"; }}
  set_dlg_profile("orig");
  t_newtran();
  Ro_CCR("CHARGED", "orig", 3, "0", "0");
  exit;
}}
route[CHARGED] {{
  if ($avp(s:cca_return_code) != 1) {{ t_reply("402", "Payment Required"); exit; }}
  t_relay();
  exit;
}}
"#,
        peer_file.display()
    );
    std::fs::write(directory.join("kamailio.cfg"), config).unwrap();
}

/// What a telephone plays.
type Scenario = (&'static str, &'static str);
const CALLS: Scenario = ("call.xml", include_str!("sip/call.xml"));
const IS_ENDED: Scenario = ("ended.xml", include_str!("sip/ended.xml"));
const GIVES_UP: Scenario = ("cancel.xml", include_str!("sip/cancel.xml"));
const ANSWERS: Scenario = ("answer.xml", include_str!("sip/answer.xml"));
const RINGS_ONLY: Scenario = ("ring.xml", include_str!("sip/ring.xml"));

/// Numbers that are called: a minute costs five cents, a second one cent, and one that nobody answers.
const BY_MINUTE: &str = "15559999";
const BY_SECOND: &str = "15558000";
const RINGS: &str = "15559998";

fn telephone((file, text): Scenario, port: u16, more: &[&str], directory: &Path) -> Program {
    std::fs::create_dir_all(directory).unwrap();
    std::fs::write(directory.join(file), text).unwrap();
    let port = port.to_string();
    let usual = ["-sf", file, "-i", "127.0.0.1", "-p", &port, "-nostdin"];
    Program::start("sipp", &[&usual, more].concat(), directory)
}

/// One call of a customer that lasts so many milliseconds, unless it is ended before.
fn call(directory: &Path, sip: u16, (number, to): (u32, &str), (plays, lasts): (Scenario, u32)) -> Program {
    let directory = directory.join(format!("call-{number}-{lasts}"));
    let (proxy, lasts, from) = (format!("127.0.0.1:{sip}"), lasts.to_string(), msisdn(number));
    let more =
        ["-m", "1", "-timeout", "20", "-d", &lasts, "-key", "caller", &from, "-key", "callee", to, &proxy];
    telephone(plays, free_udp_port(), &more, &directory)
}

/// What the server was sent or has sent: command, whether a request, CC-Request-Type, Result-Code, Session-Id.
type Passed = (u32, bool, Option<RequestType>, Option<u32>, String);

fn passed(tap: &Tap, from: From) -> Vec<Passed> {
    let read = |octets: &Vec<u8>| {
        let message = Message::decode(octets).unwrap();
        let session = message.find(avp::SESSION_ID).unwrap();
        let session = session.map(|found| String::from_utf8(found.data.to_vec()).unwrap());
        let kind = CreditControlAnswer::numbers(&message).map(|(kind, _)| kind);
        let header = message.header;
        (header.command, header.is_request(), kind, message.result_code(), session.unwrap_or_default())
    };
    tap.messages(from).iter().map(read).collect()
}

/// A world with Kamailio before it, which leaves first.
struct Exchange {
    kamailio: Program,
    _telephones: [Program; 2],
    world: World,
    tap: Tap,
    ports: Ports,
    directory: tempfile::TempDir,
}

impl Exchange {
    fn open() -> Self {
        let ports = Ports { sip: free_udp_port(), called: free_udp_port(), rings: free_udp_port() };
        let world = World::with(|config| {
            config.host = US.to_owned();
            config.realm = "talea.example".to_owned();
        });
        let tap = Tap::before(world.address());
        let directory = tempfile::tempdir().unwrap();
        configure(directory.path(), tap.address.port(), &ports);
        let path = directory.path().join("kamailio.cfg").display().to_string();
        let kamailio = Program::start("/usr/sbin/kamailio", &["-DD", "-E", "-f", &path], directory.path());
        eventually("Kamailio is connected", || {
            assert!(!kamailio.said().contains("CRITICAL"), "{}", kamailio.said());
            world.server.peers().iter().any(|peer| peer.host == KAMAILIO && peer.state.word() == "open")
        });
        let at = |name| directory.path().join(name);
        let telephones = [
            telephone(ANSWERS, ports.called, &[], &at("answers")),
            telephone(RINGS_ONLY, ports.rings, &[], &at("rings")),
        ];
        Self { world, tap, kamailio, _telephones: telephones, ports, directory }
    }

    fn call(&self, who: (u32, &str), how: (Scenario, u32)) -> Program {
        call(self.directory.path(), self.ports.sip, who, how)
    }

    /// Waits for the end of a call, and says whether it went as it was to.
    fn went(&self, mut call: Program) -> bool {
        let ended = call.ended();
        if !ended.success() {
            println!("{}\n{}", call.said(), self.kamailio.said());
        }
        ended.success()
    }

    fn open_sessions(&self, number: u32) -> usize {
        self.world.customer(number).open_sessions().count()
    }
}

/// The real Ro client of the tests' matrix. All calls at the same time: one goes on while its prices change; one has funds for three seconds and
/// is ended by Kamailio behind its last units; a caller without funds and a blocked one hear 402; one gives up before the answer and pays nothing; and one is blocked
/// meanwhile, which ends it with its next Update. Every answer is one that tshark reads.
#[test]
fn sip_calls_through_kamailio_are_charged_by_the_second() {
    let exchange = Exchange::open();
    let world = &exchange.world;
    let known =
        KnownPeer { node: "kamailio".into(), profile: PeerProfile::shipped_by_name("kamailio").unwrap() };
    assert_eq!(crate::world::Table.by_origin_host(KAMAILIO), Some(known));
    let limits = ["100", "0.03", "0", "100", "100"];
    let accounts: Vec<_> = (1..).zip(limits).map(|(number, limit)| world.sign_up(number, limit)).collect();
    let plain = exchange.call((1, BY_MINUTE), (CALLS, 4_500));
    let short = exchange.call((2, BY_SECOND), (IS_ENDED, 1));
    let broke = exchange.call((3, BY_MINUTE), (CALLS, 500));
    let given_up = exchange.call((4, RINGS), (GIVES_UP, 300));
    let blocked = exchange.call((5, BY_MINUTE), (IS_ENDED, 2));
    eventually("they talk", || exchange.open_sessions(1) + exchange.open_sessions(5) == 2);
    change_policy(world, 1, accounts[0]);
    world.done(5, Command::BlockAccount { account: accounts[4], blocked: true });

    assert!(!exchange.went(broke), "a caller without funds hears 402");
    assert!(
        exchange.went(given_up) && exchange.went(plain) && exchange.went(short) && exchange.went(blocked)
    );
    for number in 1..=5 {
        eventually("the session is over", || {
            exchange.open_sessions(number) == 0 && world.customer(number).head.purse.reserved == usd("0")
        });
    }
    let balance = |number| world.customer(number).head.purse.balance;
    let balances = [1, 3, 4, 5].map(balance);
    let expected = ["-0.05", "0", "0", "-0.05"].map(usd);
    assert_eq!(balances, expected, "a started minute, nothing, nothing, a minute");
    // Kamailio counts as long as it took to end the call.
    assert!((usd("-0.05")..=usd("-0.03")).contains(&balance(2)), "three seconds: {:?}", balance(2));
    assert!(!exchange.went(exchange.call((5, BY_MINUTE), (CALLS, 500))), "a blocked caller hears 402");

    let answers = passed(&exchange.tap, From::Server);
    let count = |kind, code| {
        let is = |answer: &&Passed| {
            answer.0 == command::CREDIT_CONTROL && (answer.2, answer.3) == (Some(kind), Some(code))
        };
        answers.iter().filter(is).count()
    };
    assert_eq!(count(RequestType::Initial, 2001), 4, "{answers:?}");
    assert!(count(RequestType::Update, 2001) >= 1, "{answers:?}");
    assert_eq!(count(RequestType::Update, 4010), 1, "the blocked one asks again: {answers:?}");
    assert_eq!(count(RequestType::Termination, 2001), 4, "{answers:?}");
    assert_eq!(count(RequestType::Termination, 5002), 2, "Kamailio ends what was refused, too: {answers:?}");
    assert_eq!((count(RequestType::Initial, 4012), count(RequestType::Initial, 4010)), (1, 1), "{answers:?}");
    // Version 5.6 takes both and answers neither; all goes on over the same connection.
    let mut ours: Vec<u32> = answers.iter().filter(|sent| sent.1).map(|sent| sent.0).collect();
    ours.retain(|command| *command != command::DEVICE_WATCHDOG);
    ours.sort_unstable();
    assert_eq!(ours, [command::RE_AUTH, command::ABORT_SESSION]);

    let role = diameter::path::AvpPath::parse(ROLE, diameter::Dictionary::builtin()).unwrap();
    let sent = exchange.tap.messages(From::Client);
    let roles =
        sent.iter().filter_map(|octets| Some(role.text(&Message::decode(octets).unwrap())?.into_owned()));
    let roles: Vec<_> = roles.collect();
    assert!(!roles.is_empty() && roles.iter().all(|role| role == "0"), "calls that go out: {roles:?}");
    let capture = exchange.directory.path().join("ro.pcap");
    exchange.tap.write_capture(&capture);
    let faults = "_ws.malformed && tcp.srcport == 3868";
    assert_eq!(tshark(&capture, faults, &["frame.number"]), Vec::<String>::new());
}
