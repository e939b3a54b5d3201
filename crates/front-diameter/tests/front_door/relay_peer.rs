//! freeDiameter as a relay between a foreign client and us: requests and answers pass through it, and so do our own requests.

use crate::programs::{Program, free_port, loopback};
use crate::python_peer::PythonPeer;
use crate::recording::{From, Tap, tshark};
use crate::world::{MB, World, eventually, msisdn, usd};
use charging::{AccountPolicy, Command, Policy};
use diameter::Message;
use diameter::codes::avp;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::json;
use std::path::Path;

/// The relay's name in the table of peers: it is a node of the kind `relay`.
const RELAY: &str = "relay.gw.example";

/// freeDiameter wants a certificate even where nobody speaks TLS.
fn certify(directory: &Path) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "Authority");
    let root = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![RELAY.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    for (name, text) in
        [("root.pem", root), ("relay.pem", certificate.pem()), ("relay.key", key.serialize_pem())]
    {
        std::fs::write(directory.join(name), text).unwrap();
    }
}

/// Starts the relay; it dials us at this port and accepts the client at the other.
fn relay(directory: &Path, (accepts, dials): (u16, u16)) -> Program {
    certify(directory);
    let at = |name: &str| directory.join(name).display().to_string();
    let (certificate, key, root, list) = (at("relay.pem"), at("relay.key"), at("root.pem"), at("clients"));
    std::fs::write(&list, "ALLOW_IPSEC pgw.test.example\n").unwrap();
    let text = format!(
        "Identity = \"{RELAY}\";\nRealm = \"gw.example\";\nPort = {accepts};\nSecPort = 0;\nNo_SCTP;\nNo_IPv6;\n\
         TcTimer = 1;\nTwTimer = 6;\nTLS_Cred = \"{certificate}\", \"{key}\";\nTLS_CA = \"{root}\";\n\
         LoadExtension = \"/usr/lib/freeDiameter/acl_wl.fdx\" : \"{list}\";\n\
         ConnectPeer = \"ocs.talea.example\" {{ ConnectTo = \"127.0.0.1\"; No_TLS; Port = {dials}; \
         Realm = \"talea.example\"; }};\n"
    );
    std::fs::write(at("relay.conf"), text).unwrap();
    Program::start("freeDiameterd", &["-c", &at("relay.conf")], directory)
}

/// DIA-02, the relay of the tests' matrix: a session, a refusal, RAR and ASR through freeDiameter; its Route-Record is tolerated, answers go
/// back hop by hop, and tshark finds nothing wrong in what we sent.
#[test]
fn a_relay_passes_requests_on_in_both_directions() {
    let world = World::open();
    let account = world.sign_up(1, "100");
    let tap = Tap::before(world.address());
    let directory = tempfile::tempdir().unwrap();
    let port = free_port();
    let relay = relay(directory.path(), (port, tap.address.port()));
    eventually("the relay is connected", || {
        assert!(!relay.said().contains("exit"), "{}", relay.said());
        world.server.peers().iter().any(|peer| peer.host == RELAY && peer.state.word() == "open")
    });
    let mut client = PythonPeer::connect_to(loopback(port), &[RELAY, "gw.example"]);
    let order = |kind: u8, number: u32, service: serde_json::Value, who: u32| {
        json!({ "session": format!("pgw;relay;{who}"), "type": kind, "number": number, "services": [service],
                "subscriptions": [[0, msisdn(who)]] })
    };
    let granted = client.ask(&order(1, 0, json!({ "rating_group": 10, "requested": 10 * MB }), 1));
    assert_eq!(granted["result_code"], 2001, "{granted}");
    assert_eq!(granted["services"][0]["granted"], 10 * MB);
    assert_eq!(granted["origin_host"], "ocs.talea.example");
    let nobody = client.ask(&order(1, 0, json!({ "rating_group": 10, "requested": MB }), 99));
    assert_eq!(nobody["result_code"], 5030, "{nobody}");
    // The client is a node of its own, though its requests come through the relay.
    let customer = world.customer(1);
    assert_eq!(customer.open_sessions().map(|session| &*session.node).collect::<Vec<_>>(), ["pgw-1"]);

    let service = world.engine.catalog().service("mobile-data").unwrap().id;
    let regular = Policy { down_kbps: Some(512), ..Policy::default() };
    let policy = AccountPolicy { service, regular, limited: Policy::default(), final_action: None };
    world.done(1, Command::SetPolicy { account, service, policy: Some(Box::new(policy)) });
    let heard = client.ask(&json!({ "heard": true }));
    assert_eq!((&heard["command"], &heard["session"]), (&json!(258), &json!("pgw;relay;1")));
    assert_eq!(heard["destination_host"], "pgw.test.example");
    eventually("the answer came back", || world.server.metrics().steered_of("pgw-1", "RAR", "2002") == 1);

    let last = client.ask(&order(3, 1, json!({ "rating_group": 10, "used": 5 * MB }), 1));
    assert_eq!((&last["result_code"], world.customer(1).head.purse.balance), (&json!(2001), usd("-0.05")));

    // A block ends what runs, and a session that the client has lost is ended here: both answers come back through the relay.
    for session in ["pgw;relay;blocked", "pgw;relay;gone"] {
        let mut begin = order(1, 0, json!({ "rating_group": 10, "requested": MB }), 1);
        begin["session"] = json!(session);
        assert_eq!(client.ask(&begin)["result_code"], 2001);
    }
    world.done(1, Command::BlockAccount { account, blocked: true });
    let mut aborted: Vec<_> = (0..2).map(|_| client.ask(&json!({ "heard": true }))).collect();
    aborted.sort_by_key(|heard| heard["session"].to_string());
    let heard: Vec<_> = aborted.iter().map(|heard| (&heard["command"], &heard["session"])).collect();
    let asr = json!(274);
    assert_eq!(heard, [(&asr, &json!("pgw;relay;blocked")), (&asr, &json!("pgw;relay;gone"))]);
    assert!(aborted.iter().all(|heard| heard["destination_host"] == "pgw.test.example"), "{aborted:?}");
    eventually("it was aborted", || world.server.metrics().steered_of("pgw-1", "ASR", "2001") == 1);
    eventually("it was not there", || world.server.metrics().steered_of("pgw-1", "ASR", "5002") == 1);
    let open = || world.customer(1).open_sessions().map(|open| open.key.shown()).collect::<Vec<_>>();
    eventually("the lost one is ended here", || open() == ["pgw;relay;blocked"]);
    client.leave();

    let came = tap.messages(From::Client);
    let routed = |octets: &Vec<u8>| {
        let message = Message::decode(octets).unwrap();
        message.find(avp::ROUTE_RECORD).unwrap().is_some_and(|found| found.data == b"pgw.test.example")
    };
    assert!(came.iter().any(routed), "the relay has recorded the way");
    let capture = directory.path().join("relay.pcap");
    tap.write_capture(&capture);
    let faults = "_ws.malformed || (_ws.expert.severity == \"Error\" && tcp.srcport == 3868)";
    assert_eq!(tshark(&capture, faults, &["frame.number"]), Vec::<String>::new());
}
