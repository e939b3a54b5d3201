//! Whole lives with gateways: requests as each kind sends them, what its answers hold, and what is charged in the end.

use crate::by_name::{self, Written, at};
use crate::wire_client::{Answer, WireClient};
use crate::world::{GATEWAY, MB, World, msisdn, usd};
use charging::{Explanation, Xdr};
use diameter::credit_control::RequestType;
use diameter::{AvpRef, Dictionary, Header};

const IMS: &str = "Service-Information/IMS-Information";
const VCS: &str = "Service-Information/VCS-Information";
const PS: &str = "Service-Information/PS-Information";
const SMS: &str = "Service-Information/SMS-Information";
const MSCC: &str = "Multiple-Services-Credit-Control";

/// A gateway of a shipped profile in one session of a subscriber.
pub struct Gateway<'a> {
    client: WireClient,
    host: String,
    session: &'a str,
    context: &'a str,
    subscriber: Vec<Written>,
    next: u32,
}

impl<'a> Gateway<'a> {
    pub fn of(world: &World, (profile, number): (&str, u32), session: &'a str, context: &'a str) -> Self {
        let host = format!("{profile}{GATEWAY}");
        let client = WireClient::open_as(world, &host, 4);
        let subscriber = named("END_USER_E164", &msisdn(number)).to_vec();
        Self { client, host, session, context, subscriber, next: 0 }
    }

    /// The next request is the last one again.
    pub fn repeat(&mut self) {
        self.next -= 1;
    }

    /// The next request of the session.
    pub fn send(&mut self, kind: RequestType, avps: &[Written]) -> Answer {
        let (ids, kind, number) = (self.client.ids(), kind.number().to_string(), self.next.to_string());
        self.next += 1;
        let head = [
            ("Session-Id", self.session),
            ("Origin-Host", &self.host),
            ("Origin-Realm", "gw.example"),
            ("Destination-Realm", "talea.example"),
            ("Auth-Application-Id", "4"),
            ("Service-Context-Id", self.context),
            ("CC-Request-Type", &kind),
            ("CC-Request-Number", &number),
        ];
        let avps = [self.subscriber.as_slice(), avps].concat();
        let octets = by_name::request(&Header::request(272, 4, 0x40, ids.0, ids.1), &head, &avps);
        self.client.send(&octets);
        let answer = self.client.answer();
        let header = answer.header();
        assert_eq!((header.command, header.hop_by_hop, header.end_to_end), (272, ids.0, ids.1));
        answer
    }
}

fn named(kind: &str, data: &str) -> [Written; 2] {
    [at("Subscription-Id", "Subscription-Id-Type", kind), at("Subscription-Id", "Subscription-Id-Data", data)]
}

/// What an answer holds behind its head, as the dictionary names it; of a group its members.
fn contents(answer: &Answer) -> Vec<String> {
    const HEAD: [&str; 7] = [
        "Session-Id",
        "Result-Code",
        "Origin-Host",
        "Origin-Realm",
        "Auth-Application-Id",
        "CC-Request-Type",
        "CC-Request-Number",
    ];
    let message = answer.message();
    let names: Vec<String> = message.avps().flat_map(|avp| names("", &avp.unwrap())).collect();
    let (head, behind) = names.split_at(HEAD.len());
    assert_eq!(head, HEAD);
    behind.to_vec()
}

fn names(above: &str, avp: &AvpRef<'_>) -> Vec<String> {
    let definition = Dictionary::builtin().avp(avp.id).unwrap_or_else(|| panic!("unknown {:?}", avp.id));
    let name = if definition.name == MSCC { "MSCC" } else { &definition.name };
    let path = if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
    if definition.kind != diameter::dictionary::Kind::Grouped {
        return vec![path];
    }
    avp.group().unwrap().flat_map(|member| names(&path, &member.unwrap())).collect()
}

/// A record as people read it: to whom or what, access code, node, units, amount.
fn shown(record: &Xdr) -> (String, String, String, u64, money::Amount) {
    let Explanation::Rated { source, .. } = &record.explanation else { panic!("{record:?}") };
    (record.destination.clone(), source.access_code.clone(), source.node.clone(), record.units, record.amount)
}

/// What a CAMEL or WIN gateway says of a call from a switch: parties and role as a table "CAP to Ro" has them. A WIN gateway knows no VLR
/// number and names the switch in words.
fn call(gateway: &str, vlr: &str) -> Vec<Written> {
    let place = if gateway == "broadforward-win" { "MSC-Address" } else { "VLR-Number" };
    vec![
        at(IMS, "Role-Of-Node", 0),
        at(IMS, "Calling-Party-Address", "tel:+15551"),
        at(IMS, "Called-Party-Address", "tel:+27115557122"),
        at(VCS, place, vlr),
    ]
}

/// Units of a call: BroadForward writes them at the command's own level, the others in a service.
fn seconds(gateway: &str, used: Option<u32>, asked: Option<u32>) -> Vec<Written> {
    let at_root = gateway == "broadforward-win";
    let place = |kind: &str| if at_root { kind.to_owned() } else { format!("{MSCC}/{kind}") };
    let mut avps = Vec::new();
    avps.extend((!at_root).then(|| at("", "Multiple-Services-Indicator", 1)));
    avps.extend(asked.map(|count| at(&place("Requested-Service-Unit"), "CC-Time", count)));
    avps.extend(used.map(|count| at(&place("Used-Service-Unit"), "CC-Time", count)));
    avps.extend((!at_root).then(|| at(MSCC, "Service-Identifier", 5)));
    avps
}

fn zones(config: &mut front_diameter::Config) {
    let zones = [("home", vec!["2783", "65510"]), ("europe", vec!["49", "26201"])];
    let of = |(zone, networks): (&str, Vec<&str>)| {
        (zone.to_owned(), networks.into_iter().map(str::to_owned).collect())
    };
    config.zones = zones.into_iter().map(of).collect();
}

/// DIA-70 to 74, 80 to 83, 100, 101, 110 to 112: funds are locked for the first minute and for each next one; the end is a record with
/// direction, place and node. Without money for the next minute the command itself says so, and the gateway hangs up.
#[test]
pub fn a_call_through_each_gateway_locks_minute_by_minute_and_ends_in_a_record() {
    let world = World::with(zones);
    for (number, gateway) in (1..).zip(["broadforward-win", "protei-camel", "yate-camel", "pharos-cig"]) {
        let account = world.sign_up(number, "0.60");
        let (near, far) = (format!("{gateway};home"), format!("{gateway};abroad"));
        let step = |call_of: &mut Gateway<'_>, kind, vlr: &str, used, asked| {
            call_of.send(kind, &[seconds(gateway, used, asked), call(gateway, vlr)].concat())
        };
        let (home, germany) =
            if gateway == "broadforward-win" { ("2783999", "49171") } else { ("0x9172389999", "0x919471f1") };
        let mut at_home = Gateway::of(&world, (gateway, number), &near, "32276@3gpp.org");
        let first = step(&mut at_home, RequestType::Initial, home, None, Some(60));
        let in_service = [
            "MSCC/Granted-Service-Unit/CC-Time",
            "MSCC/Service-Identifier",
            "MSCC/Validity-Time",
            "MSCC/Result-Code",
            "MSCC/Time-Quota-Threshold",
            "CC-Session-Failover",
        ];
        let at_root = ["Granted-Service-Unit/CC-Time", "Validity-Time", "CC-Session-Failover"];
        let expected = if gateway == "broadforward-win" { &at_root[..] } else { &in_service };
        assert_eq!(
            (first.code(), contents(&first)),
            (2001, expected.iter().map(ToString::to_string).collect())
        );
        assert_eq!(world.customer(number).head.purse.reserved, usd("0.05"), "{gateway}");
        let second = step(&mut at_home, RequestType::Update, home, Some(60), Some(60));
        assert_eq!((second.code(), world.customer(number).head.purse.reserved), (2001, usd("0.10")));
        let last = step(&mut at_home, RequestType::Termination, home, Some(31), None);
        let said: &[&str] = match gateway {
            "broadforward-win" => &[],
            _ => &["MSCC/Service-Identifier", "MSCC/Result-Code"],
        };
        assert_eq!((last.code(), contents(&last)), (2001, said.iter().map(ToString::to_string).collect()));
        assert_eq!(world.customer(number).head.purse.balance, usd("-0.10"), "two started minutes");

        let mut abroad = Gateway::of(&world, (gateway, number), &far, "32276@3gpp.org");
        assert_eq!(step(&mut abroad, RequestType::Initial, germany, None, Some(60)).code(), 2001);
        let no_more = step(&mut abroad, RequestType::Update, germany, Some(60), Some(60));
        let of_service = no_more.read().services.first().and_then(|service| service.result_code);
        assert_eq!((no_more.code(), of_service.unwrap_or(4012)), (4012, 4012), "{gateway}: raised");
        assert_eq!(step(&mut abroad, RequestType::Termination, germany, None, None).code(), 2001);
        let head = world.customer(number).head;
        assert_eq!((head.purse.balance, head.purse.reserved), (usd("-0.60"), usd("0")));
        world.engine.store().flush().unwrap();
        let record = |session: &str| {
            let records = world.engine.store().xdrs_of_session(account, session).unwrap();
            records.iter().map(shown).collect::<Vec<_>>()
        };
        let direction = |code: &str| ("27115557122".to_owned(), code.to_owned(), gateway.to_owned());
        let (to, code, node) = direction("OUTGOING");
        assert_eq!(record(&near), [(to, code, node, 91, usd("0.10"))]);
        let (to, code, node) = direction("ROAMING.europe.OUTGOING");
        assert_eq!(record(&far), [(to, code, node, 60, usd("0.50"))]);
    }
}

/// VOIP-44: who is called pays nothing where the catalog says so, in each request of the call, also in those that tell neither direction
/// nor place; a call abroad stays one abroad.
#[test]
pub fn a_call_stays_what_its_first_request_said() {
    let world = World::with(zones);
    let gateways = (1..).zip(["broadforward-win", "protei-camel", "yate-camel", "pharos-cig"]);
    let accounts: Vec<_> =
        gateways.map(|(number, gateway)| (number, gateway, world.sign_up(number, "10"))).collect();
    let ways =
        [("in", 1, "INCOMING", "15551", "0"), ("out", 0, "ROAMING.europe.OUTGOING", "27115557122", "1")];
    for ((number, gateway, account), (way, role, code, other, amount)) in
        accounts.iter().flat_map(|of| ways.map(|way| (*of, way)))
    {
        let vlr = match (gateway, way) {
            ("broadforward-win", "in") => "2783999",
            ("broadforward-win", _) => "49171",
            (_, "in") => "0x9172389999",
            _ => "0x919471f1",
        };
        let session = &format!("{gateway};{way}");
        let mut first = seconds(gateway, None, Some(60));
        first.push(at(IMS, "Role-Of-Node", role));
        first.extend(call(gateway, vlr).into_iter().skip(1));
        let mut called = Gateway::of(&world, (gateway, number), session, "32276@3gpp.org");
        assert_eq!(called.send(RequestType::Initial, &first).code(), 2001);
        let more = seconds(gateway, Some(60), Some(60));
        assert_eq!(called.send(RequestType::Update, &more).code(), 2001);
        assert_eq!(world.customer(number).head.purse.reserved, usd(amount), "{session}");
        let last = seconds(gateway, Some(31), None);
        assert_eq!(called.send(RequestType::Termination, &last).code(), 2001);
        world.engine.store().flush().unwrap();
        let records = world.engine.store().xdrs_of_session(account, session).unwrap();
        let expected = (other.to_owned(), code.to_owned(), gateway.to_owned(), 91, usd(amount));
        assert_eq!(records.iter().map(shown).collect::<Vec<_>>(), [expected]);
    }
}

/// DIA-82, 83 and 111: a message through a CAMEL gateway is charged at once by direction and place, once however often it comes; without money the
/// command itself says so.
#[test]
pub fn messages_through_camel_gateways_are_charged_by_direction_and_place() {
    const HOME: &str = "0x9172389999";
    const GERMANY: &str = "0x919471f1";
    let world = World::with(zones);
    for (number, gateway) in (1..).zip(["protei-camel", "pharos-cig"]) {
        world.sign_up(number, "0.14");
        let send = |session: &str, kind: &str, vlr: &str| {
            let mut of = Gateway::of(&world, (gateway, number), session, "32274@3gpp.org");
            let message = [
                at("", "Requested-Action", 0),
                at(&format!("{MSCC}/Requested-Service-Unit"), "CC-Service-Specific-Units", 1),
                at(&format!("{SMS}/Originator-Received-Address"), "Address-Data", "27115557122"),
                at(SMS, "SM-Message-Type", kind),
                at(&format!("{SMS}/Recipient-Info/Recipient-Address"), "Address-Data", "27115557133"),
                at(VCS, "VLR-Number", vlr),
            ];
            let first = of.send(RequestType::Event, &message);
            of.repeat();
            let again = of.send(RequestType::Event, &message);
            assert_eq!((again.code(), contents(&again)), (first.code(), contents(&first)), "{session}");
            first
        };
        let granted =
            ["MSCC/Granted-Service-Unit/CC-Service-Specific-Units", "MSCC/Result-Code", "Refund-Information"];
        for (name, kind, vlr) in [
            ("out", "SUBMISSION", HOME),
            ("in", "DELIVERY_REPORT", HOME),
            ("out;abroad", "SUBMISSION", GERMANY),
        ] {
            let answer = send(&format!("{gateway};{name}"), kind, vlr);
            assert_eq!(
                (answer.code(), contents(&answer)),
                (2001, granted.map(str::to_owned).to_vec()),
                "{name}"
            );
        }
        let refused = send(&format!("{gateway};none"), "SUBMISSION", HOME).read();
        assert_eq!((refused.result_code, refused.services[0].result_code), (4012, Some(4012)), "{gateway}");
        let record = |to: &str, code: &str, amount| {
            (to.to_owned(), code.to_owned(), gateway.to_owned(), 1, usd(amount))
        };
        let expected = [
            record("27115557133", "OUTGOING", "0.07"),
            record("27115557122", "INCOMING", "0"),
            record("27115557133", "ROAMING.europe.OUTGOING", "0.07"),
        ];
        assert_eq!(world.records(number).iter().map(shown).collect::<Vec<_>>(), expected);
    }
}

/// A packet gateway's report of a rating group, megabytes up and down; `reason` stands in the use at a threshold, else in the service.
fn traffic(
    gateway: &str,
    group: u32,
    used: Option<(u64, u64)>,
    reason: Option<&str>,
    asks: bool,
) -> Vec<Written> {
    let mscc = &format!("{MSCC}#{group}");
    let mut avps = Vec::new();
    avps.extend(asks.then(|| at(mscc, "Requested-Service-Unit", "group")));
    if let Some((up, down)) = used {
        let place = format!("{mscc}/Used-Service-Unit");
        avps.extend(reason.filter(|r| *r == "THRESHOLD").map(|r| at(&place, "Reporting-Reason", r)));
        avps.push(at(&place, "CC-Input-Octets", up * MB));
        avps.push(at(&place, "CC-Output-Octets", down * MB));
    }
    // YateUCN names both of its rule.
    avps.extend((gateway == "yate-pgw").then(|| at(mscc, "Service-Identifier", group)));
    avps.push(at(mscc, "Rating-Group", group));
    avps.extend(reason.filter(|r| *r != "THRESHOLD").map(|r| at(mscc, "Reporting-Reason", r)));
    avps
}

fn bearer(network: &str) -> Vec<Written> {
    vec![
        at("", "Multiple-Services-Indicator", 1),
        at(PS, "3GPP-PDP-Type", 0),
        at(PS, "Called-Station-Id", "Internet"),
        at(PS, "3GPP-SGSN-MCC-MNC", network),
    ]
}

/// DIA-20 to 61: each packet gateway gets a quota of the catalog's size for each rating group, with the time and the threshold at which
/// it asks again; it reports at the threshold, when the subscriber moves into another network, and at the end.
#[test]
pub fn a_session_through_each_packet_gateway_ends_in_a_record_for_each_rating_group() {
    let world = World::with(zones);
    for (number, gateway) in (1..).zip(["huawei-ugw", "adax-pgw", "protei-pgw", "yate-pgw", "zte-pgw"]) {
        let account = world.sign_up(number, "10");
        let (bearing, imsi) = (format!("{gateway};bearer"), format!("65510123456789{number}"));
        world.names.add("imsi", &imsi, account);
        let mut pgw = Gateway::of(&world, (gateway, number), &bearing, "8.32251@3gpp.org");
        pgw.subscriber.extend(
            named("END_USER_IMSI", &imsi)
                .map(|(path, value)| (path.replace("Subscription-Id/", "Subscription-Id#imsi/"), value)),
        );
        let report = |group, used, reason, asks| traffic(gateway, group, used, reason, asks);
        let first = pgw.send(
            RequestType::Initial,
            &[report(20, None, None, true), report(900, None, None, true), bearer("65510")].concat(),
        );
        let mut service = vec!["MSCC/Granted-Service-Unit/CC-Total-Octets"];
        service.extend((gateway == "yate-pgw").then_some("MSCC/Service-Identifier"));
        service.extend([
            "MSCC/Rating-Group",
            "MSCC/Validity-Time",
            "MSCC/Result-Code",
            "MSCC/Volume-Quota-Threshold",
        ]);
        service.extend((gateway == "huawei-ugw").then_some("MSCC/Trigger/Trigger-Type"));
        assert_eq!(
            (first.code(), contents(&first)),
            (
                2001,
                [&service, &service, &["CC-Session-Failover"][..]]
                    .concat()
                    .iter()
                    .map(ToString::to_string)
                    .collect()
            ),
            "{gateway}"
        );
        let sizes: Vec<_> = first
            .read()
            .services
            .iter()
            .map(|s| (s.granted.unwrap().units.total_octets, s.volume_quota_threshold))
            .collect();
        assert_eq!(sizes, [(Some(10 * MB), Some(2 * 1_048_576)); 2]);

        let at_threshold = [report(20, Some((2, 6)), Some("THRESHOLD"), true), bearer("65510")].concat();
        let second = pgw.send(RequestType::Update, &at_threshold);
        assert_eq!((second.code(), world.customer(number).head.purse.reserved), (2001, usd("0.18")));
        let moved =
            [report(20, Some((1, 1)), Some("RATING_CONDITION_CHANGE"), true), bearer("26201")].concat();
        let third = pgw.send(RequestType::Update, &moved);
        assert_eq!(
            (third.code(), world.customer(number).head.purse.reserved),
            (2001, usd("1.10")),
            "ten abroad"
        );
        let last =
            [report(20, Some((0, 3)), Some("FINAL"), false), report(900, Some((0, 7)), Some("FINAL"), false)];
        let last = pgw.send(RequestType::Termination, &[last.concat(), bearer("26201")].concat());
        assert_eq!(last.code(), 2001);
        assert!(last.read().services.iter().all(|s| s.granted.is_none() && s.result_code == Some(2001)));
        let head = world.customer(number).head;
        assert_eq!((head.purse.balance, head.purse.reserved), (usd("-0.40"), usd("0")), "{gateway}");
        world.engine.store().flush().unwrap();
        let records = world.engine.store().xdrs_of_session(account, &bearing).unwrap();
        let expected = [("", 10, "0.10"), ("", 7, "0"), ("ROAMING.europe", 3, "0.30")];
        let expected = expected.map(|(code, units, amount)| {
            ("internet".to_owned(), code.to_owned(), gateway.to_owned(), units * MB, usd(amount))
        });
        assert_eq!(records.iter().map(shown).collect::<Vec<_>>(), expected);
    }
}

/// DIA-90: an SMSC names the sender in the message alone, has it charged at once, and what was charged comes back when the message was not
/// delivered, by what the answer gave it to remember; a message of a visitor abroad has his place in its record.
#[test]
pub fn a_message_of_an_smsc_is_charged_at_once_and_comes_back_undelivered() {
    let world = World::with(zones);
    world.sign_up(1, "1");
    let mut smsc = Gateway::of(&world, ("protei-smsc", 1), "smsc;a", "32274@3gpp.org");
    smsc.subscriber = vec![
        at(&format!("{SMS}/Originator-Received-Address"), "Address-Type", 1),
        at(&format!("{SMS}/Originator-Received-Address"), "Address-Data", msisdn(1)),
        at(SMS, "SM-Message-Type", "SUBMISSION"),
        at(&format!("{SMS}/Recipient-Info/Recipient-Address"), "Address-Data", "27115557122"),
        at(PS, "3GPP-SGSN-MCC-MNC", "26201"),
    ];
    let one = "Requested-Service-Unit/CC-Service-Specific-Units";
    let charged = smsc.send(RequestType::Event, &[at("", "Requested-Action", 0), at(MSCC, one, 1)]);
    let expected =
        ["MSCC/Granted-Service-Unit/CC-Service-Specific-Units", "MSCC/Result-Code", "Refund-Information"];
    assert_eq!((charged.code(), contents(&charged)), (2001, expected.map(str::to_owned).to_vec()));
    assert_eq!(world.customer(1).head.purse.balance, usd("-0.07"));
    let remembered = charged.read().refund_information.unwrap();
    let hex: String = remembered.iter().map(|octet| format!("{octet:02x}")).collect();
    let back = [at("", "Requested-Action", 1), at("", "Refund-Information", format!("0x{hex}"))];
    let back = smsc.send(RequestType::Event, &back);
    let expected = ["Value-Digits", "Exponent"].map(|name| format!("Cost-Information/Unit-Value/{name}"));
    let expected = [&expected[..], &["Cost-Information/Currency-Code".to_owned()]].concat();
    assert_eq!((back.code(), contents(&back)), (2001, expected));
    assert_eq!(world.customer(1).head.purse.balance, usd("0"));
    let records = world.records(1);
    let place = "ROAMING.europe.OUTGOING".to_owned();
    assert_eq!(
        shown(&records[0]),
        ("27115557122".to_owned(), place, "protei-smsc".to_owned(), 1, usd("0.07"))
    );
    assert_eq!(records[1].amount, usd("-0.07"));
}
