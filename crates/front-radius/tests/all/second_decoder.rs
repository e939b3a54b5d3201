//! What we send is read by a decoder not written here: of every way to log in, of reports, and of what each kind of device is told, tshark
//! finds nothing malformed, every signature good and the values that were meant.

use crate::world;

use charging::{AccountPolicy, Command, CustomerId, Pay, Payment, Policy};
use money::Amount;
use radius::client::{Request, RequestBuilder};
use world::device::Device;
use world::digest::digest;
use world::tshark::dissect;
use world::wire::{Client, Counters, Datagram, INTERIM, START, STOP, packet, pap, report};
use world::*;

const IMSI: &str = "655101234567890";
/// What tshark is asked for.
const FIELDS: [&str; 13] = [
    "radius.Acct_Session_Id",
    "radius.Mikrotik_Rate_Limit",
    "radius.Mikrotik_Address_List",
    "radius.Huawei_Input_Average_Rate",
    "radius.Huawei_Output_Peak_Rate",
    "radius.Huawei_Domain_Name",
    "radius.Alc_SLA_Prof_Str",
    "radius.SN_QoS_Traffic_Policy",
    "radius.WISPr_Bandwidth_Max_Down",
    "radius.MS_CHAP2_Success",
    "radius.MS_MPPE_Encryption_Types",
    "radius.MS_CHAP_Error",
    "radius.Unknown_Attribute",
];

/// Octets of hexadecimal digits.
fn octets(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// A log-in with Microsoft's attributes (RFC 2548).
fn ms_chap(identifier: u8, user: &str, attributes: &[(u8, String)]) -> Request {
    let mut request = RequestBuilder::access(identifier, [identifier; 16]);
    request.attribute(radius::number::USER_NAME, user.as_bytes()).unwrap();
    for (number, hex) in attributes {
        let value = octets(hex);
        let length = u8::try_from(value.len() + 2).unwrap();
        let attribute = [&[0, 0, 1, 0x37, *number, length], value.as_slice()].concat();
        request.attribute(26, &attribute).unwrap();
    }
    request.sign(SECRET.as_bytes()).unwrap()
}

/// The example of RFC 2433 B.3: password `MyPw`.
fn version_1(identifier: u8, response: &str) -> Request {
    let response = format!("0101{}{response}", "00".repeat(24));
    ms_chap(identifier, "my", &[(11, "102db5df085d3041".to_owned()), (1, response)])
}

/// The example of RFC 2759 9.2: user `User`, password `clientPass`.
fn version_2(identifier: u8) -> Request {
    let response = "010021402324255e262a28295f2b3a337c7e000000000000000082309ecd8d708b5ea08faa3981cd83544233114a3d85d6df";
    let challenge = "5b5d7c7d7b3f2f3e3c2c602132262628".to_owned();
    ms_chap(identifier, "User", &[(11, challenge), (25, response.to_owned())])
}

/// A device that is let in by its IMSI, without a password; its user name is nobody's.
fn by_imsi(identifier: u8, number: u8, value: &[u8]) -> Request {
    let mut request = RequestBuilder::access(identifier, [identifier; 16]);
    request.attribute(radius::number::USER_NAME, b"handset").unwrap();
    request.attribute(number, value).unwrap();
    request.integer(radius::number::NAS_PORT, 7).unwrap();
    request.sign(SECRET.as_bytes()).unwrap()
}

/// Every way to log in, at every kind of node.
fn log_ins(world: &World) -> Vec<Datagram> {
    let auth = world.server.auth_address();
    let mut seen = Vec::new();
    let mut asked = |node: &str, request: &Request| {
        let mut client = Client::at(node);
        let reply = client.ask(auth, request).unwrap();
        seen.extend(client.seen);
        reply
    };
    for node in [MIKROTIK, JUNIPER, HUAWEI, NOKIA, PPP] {
        asked(node, &pap(1, [1; 16], "anna@home", "x"));
    }
    for node in [GENERIC, PDSN[0], ASR, SCE, MOBILE] {
        asked(node, &pap(2, [2; 16], "ben", "x"));
    }
    asked(MIKROTIK, &pap(3, [3; 16], "anna@home", "wrong"));
    asked(MIKROTIK, &RequestBuilder::status_server(4, [4; 16]).sign(SECRET.as_bytes()).unwrap());
    let good = "4e9d3c8f9cfd385d5bf4d3246791956ca4c351ab409a3d61";
    asked(MIKROTIK, &version_1(5, good));
    asked(MIKROTIK, &version_1(6, &good.replace("4e9d", "4e9e")));
    asked(MIKROTIK, &version_2(7));
    asked(VPN, &version_2(8));
    let challenge = asked(SIP, &digest(9, "", "x"));
    let nonce = packet(&challenge).text(105).unwrap();
    asked(SIP, &digest(10, &nonce, "x"));
    asked(SIP, &digest(11, &nonce, "y"));
    // 3GPP-IMSI of a GGSN (TS 29.061 16.4.7), Calling-Station-Id of a PDSN.
    asked(ASR, &by_imsi(13, 26, &[&[0, 0, 0x28, 0xaf, 1, 17], IMSI.as_bytes()].concat()));
    asked(PDSN[0], &by_imsi(14, radius::number::CALLING_STATION_ID, IMSI.as_bytes()));
    asked(PDSN[0], &by_imsi(15, radius::number::CALLING_STATION_ID, b"655100000000000"));
    seen
}

fn reports(world: &World) -> Vec<Datagram> {
    let mut client = Client::at(MIKROTIK);
    let used = Counters { input: 5 << 32, output: 9, seconds: 60, delay: 1 };
    for (identifier, status) in [(1, START), (2, INTERIM), (3, STOP)] {
        let report = report(identifier, status, "s1", "anna@home", used);
        client.ask(world.server.accounting_address(), &report).unwrap();
    }
    client.seen
}

/// A running session at each kind of device: another speed where it takes one, the hotline and the way back, and the end.
fn steering(world: &World, devices: Vec<(Device, &str, &str, &[&str])>) -> Vec<Datagram> {
    let mut seen = Vec::new();
    for (number, (device, node, service, tools)) in (20..).zip(devices) {
        let product = if service == "internet" { "homeconnect-plus" } else { "mobile-data" };
        let payment = if tools.contains(&"hotline") { Payment::Prepaid } else { Payment::Postpaid };
        let user = format!("user-{number}");
        let account = world.subscriber(number, product, payment, &user, "x");
        let pay = |sum: &str| {
            let amount = Amount::parse(sum).unwrap();
            let pay = Pay { amount, account: None, exchanged: None, note: "cash".to_owned() };
            world.command(CustomerId(number), Command::Pay(pay));
        };
        let mut client = Client::at(node);
        let mut says = |identifier, status, counters| {
            let report = report(identifier, status, &format!("on-{node}"), &user, counters);
            client.ask(world.server.accounting_address(), &report).unwrap();
        };
        pay("1.00");
        says(1, START, Counters::default());
        for tool in tools {
            match *tool {
                "speed" => {
                    let service = world.engine.catalog().service(service).unwrap().id;
                    let regular =
                        Policy { down_kbps: Some(50_000), up_kbps: Some(5_000), ..Policy::default() };
                    let policy = AccountPolicy { service, regular, ..AccountPolicy::default() };
                    let set = Command::SetPolicy { account, service, policy: Some(Box::new(policy)) };
                    world.command(CustomerId(number), set);
                }
                "hotline" => {
                    says(2, INTERIM, Counters { input: 500 << 20, seconds: 60, ..Counters::default() })
                }
                "resume" => pay("50.00"),
                _ => {
                    world.command(CustomerId(number), Command::BlockAccount { account, blocked: true });
                }
            }
            device.answer(None);
        }
        seen.extend(client.seen);
        seen.extend(device.seen());
    }
    seen
}

/// One start of tshark reads all of it.
#[test]
fn tshark_reads_log_ins_reports_and_what_devices_are_told() {
    let (first, world) = Device::at(MIKROTIK);
    let port = first.address().port();
    let anna = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let ben = world.subscriber(8, "mobile-data", Payment::Postpaid, "ben", "x");
    world.name(ben, "imsi", IMSI);
    world.subscriber(9, "homeconnect-plus", Payment::Postpaid, "user", "clientPass");
    world.subscriber(10, "homeconnect-plus", Payment::Postpaid, "my", "MyPw");
    let mut seen = log_ins(&world);
    seen.extend(reports(&world));
    let told = ["speed", "disconnect"];
    let funds = ["hotline", "resume", "disconnect"];
    let mut devices = vec![(first, MIKROTIK, "internet", &told[..])];
    for (node, service, tools) in [
        (JUNIPER, "internet", &told[..]),
        (HUAWEI, "internet", &told),
        (NOKIA, "internet", &told),
        (GENERIC, "mobile-data", &told),
        (PDSN[0], "mobile-data", &told[1..]),
        (SCE, "mobile-data", &told[1..]),
        (MOBILE, "mobile-data", &funds),
    ] {
        devices.push((Device::alone(node, port), node, service, tools));
    }
    seen.extend(steering(&world, devices));
    world.suspend(anna);
    for node in [MIKROTIK, JUNIPER, HUAWEI, NOKIA] {
        let mut client = Client::at(node);
        client.ask(world.server.auth_address(), &pap(12, [12; 16], "anna@home", "x")).unwrap();
        seen.extend(client.seen);
    }
    let (auth, accounting) = (world.server.auth_address().port(), world.server.accounting_address().port());
    let lines = dissect(&seen, &[(auth, 1812), (accounting, 1813), (port, 3799)], &FIELDS);
    world.stop();
    let said: Vec<&str> = lines.iter().map(|line| line[0].as_str()).collect();
    let logged_in = "1 2 ".repeat(10) + "1 3 12 2 1 2 1 3 1 2 1 2 1 11 1 2 1 3 1 2 1 2 1 3";
    let reported = "4 5 4 5 4 5";
    let (steered, disconnected) = ("4 5 43 44 40 41 ".repeat(5), "4 5 40 41 ".repeat(2));
    let by_funds = "4 5 4 5 43 44 43 44 40 41";
    let suspended = "1 2 1 3 1 2 1 2";
    let expected = format!("{logged_in} {reported} {steered}{disconnected}{by_funds} {suspended}");
    assert_eq!(said.join(" "), expected);
    for pair in lines.chunks(2) {
        // It does not check replies to Status-Server; our own client did.
        assert!(pair[0][0] == "12" || pair[1][1] == "1", "{pair:?}");
    }
    let values = |name: &str| -> Vec<&str> {
        let column = FIELDS.iter().position(|field| *field == format!("radius.{name}")).unwrap() + 2;
        lines.iter().map(|line| line[column].as_str()).filter(|value| !value.is_empty()).collect()
    };
    let proof = "01533d34303741353538393131354644304436323039463531304645394330343536363933324344413536";
    let meant: [(&str, &[&str]); 11] = [
        (
            "Mikrotik_Rate_Limit",
            &["10M/10M", "10M/10M", "10M/10M", "5M/50M", "512k/512k", "0/0", "512k/512k"],
        ),
        ("Mikrotik_Address_List", &["hotline", "online", "hotline"]),
        ("Huawei_Input_Average_Rate", &["10000000", "5000000"]),
        ("Huawei_Output_Peak_Rate", &["10000000", "50000000"]),
        ("Huawei_Domain_Name", &["hotline"]),
        ("Alc_SLA_Prof_Str", &["gold", "hotline"]),
        ("SN_QoS_Traffic_Policy", &["7031", "7031"]),
        ("WISPr_Bandwidth_Max_Down", &["10000000", "10000000", "50000000"]),
        ("MS_CHAP2_Success", &[proof, proof]),
        ("MS_MPPE_Encryption_Types", &["6"]),
        ("MS_CHAP_Error", &["\u{1}E=691 R=0"]),
    ];
    for (name, expected) in meant {
        assert_eq!(values(name), expected, "{name}");
    }
    let told: Vec<&str> = lines.iter().filter(|l| l[0] == "40").map(|l| l[2].as_str()).collect();
    let nodes = [MIKROTIK, JUNIPER, HUAWEI, NOKIA, GENERIC, PDSN[0], SCE, MOBILE];
    let names =
        nodes.map(|node| if [PDSN[0], SCE].contains(&node) { String::new() } else { format!("on-{node}") });
    assert_eq!(told, names, "a PDSN names its sessions otherwise");
    only_these_are_unknown_to_it(&lines);
}

/// tshark's dictionary lacks Alc-Subscriber-QoS-Override and the attributes of RFC 5090; their octets are the words that were meant.
fn only_these_are_unknown_to_it(lines: &[Vec<String>]) {
    let ours = lines.iter().filter(|line| ["2", "11", "40", "43"].contains(&line[0].as_str()));
    let unknown = ours.map(|line| line.last().unwrap()).filter(|hex| !hex.is_empty());
    let text = |hex: &str| String::from_utf8(octets(hex)).unwrap();
    let said: Vec<Vec<String>> = unknown.map(|hex| hex.split(',').map(text).collect()).collect();
    let [accept, challenge, proof, speed] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(accept.as_slice(), ["e:r:rate=10000", "i:q:1:pir=10000"]);
    assert_eq!(
        (challenge[0].as_str(), &challenge[2..]),
        ("home", &["auth".to_owned(), "MD5".to_owned()][..])
    );
    assert_eq!((proof.len(), proof[0].len()), (1, 32), "an MD5 in digits");
    assert_eq!(speed.as_slice(), ["e:r:rate=50000", "i:q:1:pir=5000"]);
}
