//! Gateways at the open door: USSD in slices, roaming, what peers want to be told, and clients behind a relay.

use crate::wire_client::{Answer, WireClient, initial};
use crate::world::{GATEWAY, MB, World, msisdn, usd};
use diameter::codes::{application, avp};
use diameter::credit_control::{
    CreditControlRequest, Money, RequestType, RequestedAction, ServiceRequest, SubscriptionId,
    SubscriptionKind, Units, UsedUnits,
};
use diameter::{Encoder, Message};

/// One request of a USSD session: its slice is asked for, the last one reported.
fn ussd(client: &mut WireClient, kind: RequestType, number: u32, asks: bool) -> Answer {
    let units = |seconds| Units { time: Some(seconds), ..Units::default() };
    let (who, host) = (msisdn(1), format!("pharos-cig{GATEWAY}"));
    let reported = UsedUnits { units: units(20), ..UsedUnits::default() };
    let mut ccr =
        CreditControlRequest::new("cig;ussd", kind, number, "010.655.02.ussd@mtn.co.za", client.ids())
            .from_node(&host, "gw.example")
            .to_realm("talea.example", None)
            .about(SubscriptionId { kind: SubscriptionKind::E164, data: &who })
            .with_service(ServiceRequest {
                service_identifiers: vec![120],
                requested: asks.then(|| units(20)),
                used: (number > 0).then_some(reported).into_iter().collect(),
                ..ServiceRequest::default()
            });
    ccr.called_party = Some("*102*3#");
    client.ask(&ccr)
}

/// USSD-13, USSD-14: 45 seconds are three requests of twenty; each is a charge of its own of 20 cents, once however often it comes,
/// and the end costs nothing more. Without funds for the next slice both levels say 4012.
#[test]
pub fn forty_five_seconds_of_ussd_are_three_charges_of_twenty_cents() {
    let world = World::open();
    world.sign_up(1, "0.70");
    let mut client = WireClient::open_as(&world, &format!("pharos-cig{GATEWAY}"), 4);
    for (number, balance) in [(0, "-0.20"), (1, "-0.40"), (2, "-0.60")] {
        let kind = if number == 0 { RequestType::Initial } else { RequestType::Update };
        for _ in 0..2 {
            let answer = ussd(&mut client, kind, number, true).read();
            let service = &answer.services[0];
            assert_eq!((answer.result_code, service.result_code), (2001, Some(2001)));
            assert_eq!(service.service_identifiers, [120]);
            assert_eq!(service.granted.unwrap().units.time, Some(20));
            assert_eq!(world.customer(1).head.purse.balance, usd(balance));
        }
    }
    let short = ussd(&mut client, RequestType::Update, 3, true).read();
    assert_eq!((short.result_code, short.services[0].result_code), (4012, Some(4012)));
    assert_eq!(ussd(&mut client, RequestType::Termination, 4, false).code(), 2001);
    let customer = world.customer(1);
    assert_eq!((customer.head.purse.balance, customer.sessions.len()), (usd("-0.60"), 0));
    world.engine.store().flush().unwrap();
    let charges: std::collections::BTreeSet<_> = customer
        .applied
        .values()
        .filter_map(|applied| match &applied.reply {
            charging::Reply::Debited(debited) => Some((debited.xdr, debited.amount)),
            _ => None,
        })
        .collect();
    assert_eq!(charges.iter().map(|(_, amount)| *amount).collect::<Vec<_>>(), [usd("0.20"); 3]);
}

/// USSD-13: the tariff says how long a slice is, whatever the gateway asks for.
#[test]
fn a_slice_of_ussd_is_one_interval_of_the_tariff() {
    let world = World::open();
    world.sign_up(1, "10");
    let mut client = WireClient::open_as(&world, &format!("pharos-cig{GATEWAY}"), 4);
    let mut ask = |number, code, asked: Option<u32>| {
        let (who, host) = (msisdn(1), format!("pharos-cig{GATEWAY}"));
        let context = "010.655.02.ussd@mtn.co.za";
        let mut ccr =
            CreditControlRequest::new("cig;slice", RequestType::Update, number, context, client.ids())
                .from_node(&host, "gw.example")
                .to_realm("talea.example", None)
                .about(SubscriptionId { kind: SubscriptionKind::E164, data: &who })
                .with_service(ServiceRequest {
                    service_identifiers: vec![120],
                    requested: Some(Units { time: asked, ..Units::default() }),
                    ..ServiceRequest::default()
                });
        ccr.called_party = Some(code);
        client.ask(&ccr).read().services[0].granted.unwrap().units.time
    };
    assert_eq!(ask(1, "*102*3#", Some(60)), Some(20));
    assert_eq!(ask(2, "*102*3#", None), Some(20));
    assert_eq!(world.customer(1).head.purse.balance, usd("-0.40"));
    assert_eq!(ask(3, "*103#", Some(7)), Some(7), "a tariff by the second leaves it to the gateway");
}

/// A call of a CAMEL gateway from a visited network, as its octets: the typed request knows no VCS-Information.
fn call(client: &mut WireClient, session: &str, vlr: &[u8]) -> Answer {
    let (who, host) = (msisdn(1), format!("protei-camel{GATEWAY}"));
    let minute = Units { time: Some(60), ..Units::default() };
    let ccr = CreditControlRequest::new(session, RequestType::Initial, 0, "32276@3gpp.org", client.ids())
        .from_node(&host, "gw.example")
        .to_realm("talea.example", None)
        .about(SubscriptionId { kind: SubscriptionKind::E164, data: &who })
        .with_service(ServiceRequest { requested: Some(minute), ..ServiceRequest::default() });
    let mut written = Vec::new();
    ccr.write(&mut written);
    let known = diameter::Dictionary::builtin();
    let id = |name: &str| known.named(name).unwrap().id;
    let mut octets = Vec::new();
    let mut encoder = Encoder::new(&mut octets, &ccr.header);
    for found in Message::decode(&written).unwrap().avps() {
        let found = found.unwrap();
        encoder.avp(found.id, found.flags, found.data);
    }
    let service = encoder.begin_group(avp::SERVICE_INFORMATION);
    let ims = encoder.begin_group(avp::IMS_INFORMATION);
    assert!(known.put(&mut encoder, "Role-Of-Node", "0"));
    encoder.text(avp::CALLED_PARTY_ADDRESS, "tel:+15559");
    encoder.end_group(ims);
    let vcs = encoder.begin_group(id("VCS-Information"));
    encoder.octets(id("VLR-Number"), vlr);
    encoder.end_group(vcs);
    encoder.end_group(service);
    encoder.finish();
    client.send(&octets);
    client.answer()
}

/// DIA-110, DIA-112: the same call costs what the tariff of its zone says, and staff see where the caller is.
#[test]
pub fn a_roaming_call_is_priced_by_the_zone_of_the_visited_network() {
    let world = World::with(|config| {
        let zones = [("home", "2783"), ("europe", "49")];
        let zones = zones.map(|(zone, network)| (zone.to_owned(), vec![network.to_owned()]));
        config.zones = zones.into_iter().collect();
    });
    world.sign_up(1, "100");
    let mut client = WireClient::open_as(&world, &format!("protei-camel{GATEWAY}"), 4);
    assert_eq!(call(&mut client, "cap;home", b"27831110000").code(), 2001);
    assert_eq!(world.customer(1).head.purse.reserved, usd("0.05"));
    assert_eq!(call(&mut client, "cap;away", &[0x91, 0x94, 0x71, 0xf1]).code(), 2001);
    let customer = world.customer(1);
    assert_eq!(customer.head.purse.reserved, usd("0.55"));
    let away = customer.open_sessions().find(|session| session.key.shown() == "cap;away").unwrap();
    assert!(away.details.contains(" in 49171 "), "{}", away.details);
}

/// TS 32.299: a peer that wants to know hears of the funds that are left, whether they are low, and what an event cost.
#[test]
pub fn a_peer_that_wants_to_know_hears_of_balance_and_cost() {
    let world = World::open();
    world.sign_up(1, "0.21");
    let host = format!("telling{GATEWAY}");
    let mut client = WireClient::open_as(&world, &host, 4);
    let who = msisdn(1);
    let mut event = |number: u32, count: u64| {
        let mut ccr =
            CreditControlRequest::new("smsc;1", RequestType::Event, number, "32274@3gpp.org", client.ids())
                .from_node(&host, "gw.example")
                .to_realm("talea.example", None)
                .about(SubscriptionId { kind: SubscriptionKind::E164, data: &who });
        ccr.requested_action = Some(RequestedAction::DirectDebiting);
        ccr.requested = Some(Units { specific: Some(count), ..Units::default() });
        client.ask(&ccr).read()
    };
    let cents = |digits| Some(Money { digits, exponent: -2, currency: Some(840) });
    let first = event(0, 1);
    assert_eq!((first.result_code, first.cost, first.remaining_balance), (2001, cents(7), cents(14)));
    assert_eq!(first.low_balance, Some(false));
    let last = event(1, 2);
    assert_eq!((last.cost, last.low_balance), (cents(14), Some(true)));
    assert_eq!(last.remaining_balance.unwrap().digits, 0);
    let refused = event(2, 1);
    assert_eq!((refused.result_code, refused.cost, refused.low_balance), (4012, None, Some(true)));
}

/// RFC 6733 6.1.4: what a relay sent the wrong way goes back with a protocol error; a client that is a node of its own keeps its name
/// behind the relay, another one counts as the relay.
#[test]
pub fn a_relay_hears_of_wrong_ways_and_its_clients_keep_their_names() {
    let world = World::open();
    world.sign_up(1, "100");
    let mut relay = WireClient::open_as(&world, &format!("relay{GATEWAY}"), application::RELAY);
    let who = msisdn(1);
    let client = format!("huawei-ugw{GATEWAY}");
    for (realm, host, code) in [
        ("talea.example", Some("other.talea.example"), 3002),
        ("other.example", None, 3003),
        ("TALEA.example", Some("OCS.talea.example"), 2001),
    ] {
        // The relay's own way of taking things decides where a client is none of ours.
        let mut ccr = initial(&mut relay, "gw;behind", &who).to_realm(realm, host);
        ccr.origin_host = "somebody.example";
        let answer = relay.ask(&ccr);
        assert_eq!((answer.code(), answer.header().flags & 0x20 != 0), (code, code != 2001));
    }
    let mut ccr = initial(&mut relay, "gw;own", &who);
    ccr.origin_host = &client;
    assert_eq!(relay.ask(&ccr).read().services[0].granted.unwrap().units.total_octets, Some(10 * MB));
    let customer = world.customer(1);
    let mut nodes: Vec<_> = customer.open_sessions().map(|session| &*session.node).collect();
    nodes.sort_unstable();
    assert_eq!(nodes, ["huawei-ugw", "relay"]);
}
