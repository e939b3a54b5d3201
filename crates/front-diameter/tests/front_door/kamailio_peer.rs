//! Kamailio's ims_charging as Ro client: a SIP call of sipp through it is reserved for, reported on and charged by the second.

use crate::programs::{Program, free_port, free_udp_port};
use crate::recording::{From, Tap, tshark};
use crate::world::{World, eventually, usd};
use diameter::Message;
use diameter::codes::command;
use diameter::credit_control::{CreditControlAnswer, RequestType};
use front_diameter::{KnownPeer, PeerProfile, Peers};
use std::path::Path;

const KAMAILIO: &str = "kamailio.gw.example";
/// Kamailio looks the name of its peer up, so ours is one that every machine knows.
const US: &str = "localhost";
/// Where it says which way a call goes.
const ROLE: &str = "Service-Information/IMS-Information/Role-Of-Node";

/// Ports: SIP of Kamailio, of the called and of the calling telephone.
struct Ports {
    sip: u16,
    called: u16,
    calling: u16,
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
    let Ports { sip, called, .. } = ports;
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
  t_check_trans();
  if (!is_method("INVITE")) {{ exit; }}
  record_route();
  setflag(4);
  $du = "sip:127.0.0.1:{called}";
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

/// One call of so many milliseconds; whether it was put through.
fn call(directory: &Path, ports: &Ports, milliseconds: u32) -> bool {
    let directory = directory.join(format!("call-{milliseconds}"));
    std::fs::create_dir(&directory).unwrap();
    let (proxy, port) = (format!("127.0.0.1:{}", ports.sip), ports.calling.to_string());
    let lasts = milliseconds.to_string();
    std::fs::write(directory.join("call.xml"), include_str!("sip/call.xml")).unwrap();
    let arguments = [
        "-sf",
        "call.xml",
        &proxy,
        "-i",
        "127.0.0.1",
        "-p",
        &port,
        "-m",
        "1",
        "-d",
        &lasts,
        "-timeout",
        "20",
        "-nostdin",
    ];
    Program::start("sipp", &arguments, &directory).ended().success()
}

/// The real Ro client of the tests' matrix: Initial, Updates and Termination of a call with their seconds; a caller without funds
/// hears 402; every answer is one that tshark reads.
#[test]
fn a_sip_call_through_kamailio_is_charged_by_the_second() {
    let ports = Ports { sip: free_udp_port(), called: free_udp_port(), calling: free_udp_port() };
    let world = World::with(|config| {
        config.host = US.to_owned();
        config.realm = "talea.example".to_owned();
    });
    let account = world.sign_up(1, "100");
    assert_eq!(
        crate::world::Table.by_origin_host(KAMAILIO),
        Some(KnownPeer {
            node: "kamailio".into(),
            profile: PeerProfile::shipped_by_name("kamailio").unwrap()
        })
    );
    let tap = Tap::before(world.address());
    let directory = tempfile::tempdir().unwrap();
    configure(directory.path(), tap.address.port(), &ports);
    let path = directory.path().join("kamailio.cfg").display().to_string();
    let kamailio = Program::start("/usr/sbin/kamailio", &["-DD", "-E", "-f", &path], directory.path());
    eventually("Kamailio is connected", || {
        assert!(!kamailio.said().contains("CRITICAL"), "{}", kamailio.said());
        world.server.peers().iter().any(|peer| peer.host == KAMAILIO && peer.state.word() == "open")
    });
    let port = ports.called.to_string();
    std::fs::write(directory.path().join("answer.xml"), include_str!("sip/answer.xml")).unwrap();
    let arguments = ["-sf", "answer.xml", "-i", "127.0.0.1", "-p", &port, "-nostdin"];
    let _called = Program::start("sipp", &arguments, directory.path());

    assert!(call(directory.path(), &ports, 4_500), "{}", kamailio.said());
    eventually("the session is over", || {
        let customer = world.customer(1);
        customer.open_sessions().count() == 0 && customer.head.purse.reserved == usd("0")
    });
    // A started minute.
    assert_eq!(world.customer(1).head.purse.balance, usd("-0.05"));

    world.done(1, charging::Command::BlockAccount { account, blocked: true });
    assert!(!call(directory.path(), &ports, 500), "a blocked caller hears 402");

    let answers: Vec<_> = tap
        .messages(From::Server)
        .iter()
        .filter_map(|octets| {
            let message = Message::decode(octets).unwrap();
            let is_charging = message.header.command == command::CREDIT_CONTROL;
            let numbers = CreditControlAnswer::numbers(&message);
            is_charging.then(|| (numbers.map(|(kind, _)| kind), message.result_code().unwrap()))
        })
        .collect();
    let role = diameter::path::AvpPath::parse(ROLE, diameter::Dictionary::builtin()).unwrap();
    let roles: Vec<_> = tap
        .messages(From::Client)
        .iter()
        .filter_map(|octets| Some(role.text(&Message::decode(octets).unwrap())?.into_owned()))
        .collect();
    assert!(!roles.is_empty() && roles.iter().all(|role| role == "0"), "a call that goes out: {roles:?}");
    let count = |kind, code| answers.iter().filter(|answer| **answer == (Some(kind), code)).count();
    assert_eq!(count(RequestType::Initial, 2001), 1, "{answers:?}");
    assert!(count(RequestType::Update, 2001) >= 1, "{answers:?}");
    assert_eq!(count(RequestType::Termination, 2001), 1, "{answers:?}");
    assert_eq!(count(RequestType::Initial, 4010), 1, "{answers:?}");
    let capture = directory.path().join("ro.pcap");
    tap.write_capture(&capture);
    let faults = "_ws.malformed && tcp.srcport == 3868";
    assert_eq!(tshark(&capture, faults, &["frame.number"]), Vec::<String>::new());
}
