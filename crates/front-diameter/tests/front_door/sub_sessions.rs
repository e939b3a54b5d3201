//! Features of RFC 8506 that few clients use: sub-sessions (8.5) and the subscriber's name as an extension (8.58), as octets.

use crate::by_name::{self, Written, at};
use crate::server_requests::{change_policy, told};
use crate::wire_client::{Answer, WireClient, initial, written};
use crate::world::{MB, PEER, World, eventually, msisdn, usd};
use charging::{Command, SessionKey};
use diameter::codes::{avp, command};
use diameter::credit_control::{
    CreditControlRequest, RequestType, RequestedAction, ServiceRequest, Units, UsedUnits,
};
use diameter::{AvpId, Dictionary, Header};

/// A request about a part of the session `pgw;parts`.
fn part<'a>(
    client: &mut WireClient,
    (kind, number, part): (RequestType, u32, u64),
    (used, asked): (Option<u64>, Option<u64>),
    who: &'a str,
) -> CreditControlRequest<'a> {
    let octets = |count| Units { total_octets: Some(count), ..Units::default() };
    let used = used.map(|count| UsedUnits { units: octets(count), ..UsedUnits::default() });
    let mut ccr = initial(client, "pgw;parts", who);
    (ccr.request_type, ccr.request_number, ccr.sub_session_id) = (kind, number, Some(part));
    ccr.services = vec![ServiceRequest {
        rating_group: Some(1),
        requested: asked.map(octets),
        used: used.into_iter().collect(),
        ..ServiceRequest::default()
    }];
    ccr
}

fn part_of(answer: &Answer) -> Option<u64> {
    let message = answer.message();
    message.find(avp::CC_SUB_SESSION_ID).unwrap().map(|found| found.u64().unwrap())
}

/// Two parts of one Session-Id, with the same request numbers, are granted, counted, repeated and ended each by itself; every answer names
/// its part, a refusal and a protocol error, too.
#[test]
pub fn each_sub_session_is_charged_by_itself() {
    use RequestType::{Initial, Termination, Update};
    let world = World::open();
    world.sign_up(1, "0.30");
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    let mut ask = |step: (RequestType, u32, u64), units| {
        let ccr = part(&mut client, step, units, &who);
        let answer = client.ask(&ccr);
        assert_eq!(part_of(&answer), Some(step.2), "{step:?}");
        let read = answer.read();
        let granted = read.services.first().and_then(|service| service.granted);
        (read.result_code, granted.and_then(|granted| granted.units.total_octets))
    };
    for number in [1, u64::MAX] {
        assert_eq!(ask((Initial, 0, number), (None, Some(10 * MB))), (2001, Some(10 * MB)));
    }
    assert_eq!(world.customer(1).head.purse.reserved, usd("0.20"));
    assert_eq!(ask((Update, 1, 1), (Some(4 * MB), Some(10 * MB))), (2001, Some(10 * MB)));
    for _ in 0..2 {
        assert_eq!(ask((Update, 1, u64::MAX), (Some(2 * MB), Some(MB))), (2001, Some(MB)), "counted once");
    }
    assert_eq!(ask((Termination, 2, 1), (Some(MB), None)), (2001, None));
    assert_eq!(world.customer(1).head.purse.balance, usd("-0.05"), "the other goes on");
    assert_eq!(ask((Update, 1, 7), (Some(MB), Some(MB))).0, 5002, "nobody began this one");
    assert_eq!(ask((Termination, 2, u64::MAX), (None, None)), (2001, None));
    let amounts: Vec<_> = world.records(1).iter().map(|record| record.amount).collect();
    assert_eq!(amounts, [usd("0.05"), usd("0.02")]);
    assert_eq!(world.customer(1).head.purse.reserved, usd("0"));
}

/// RFC 8506 5.5: a RAR names the part that it is about; ending one part by hand asks for that one, since an ASR would end all of them.
#[test]
fn requests_of_the_server_name_the_sub_session() {
    let world = World::open();
    let account = world.sign_up(1, "100");
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    for number in [1, 2] {
        let ccr = part(&mut client, (RequestType::Initial, 0, number), (None, Some(MB)), &who);
        assert_eq!(client.ask(&ccr).code(), 2001);
    }
    change_policy(&world, 1, account);
    let mut heard: Vec<Answer> = (0..2).map(|_| told(&mut client, 2001)).collect();
    heard.sort_by_key(part_of);
    assert_eq!(heard.iter().map(part_of).collect::<Vec<_>>(), [Some(1), Some(2)]);
    let of = |answer: &Answer, id| answer.message().find(id).unwrap().unwrap().data.to_vec();
    for answer in &heard {
        assert_eq!(answer.header().command, command::RE_AUTH);
        assert_eq!(of(answer, avp::SESSION_ID), b"pgw;parts");
    }
    eventually("both", || world.server.metrics().steered_of("pgw-1", "RAR", "2001") == 2);
    world.done(1, Command::EndSession { session: SessionKey::diameter_part(b"pgw;parts", 2) });
    let last = told(&mut client, 2001);
    assert_eq!((last.header().command, part_of(&last)), (command::RE_AUTH, Some(2)));
    let open: Vec<_> = world.customer(1).open_sessions().map(|session| session.key.shown()).collect();
    assert_eq!(open, ["pgw;parts #1"]);
    // The part that was told is not told again with the next news.
    eventually("answered", || world.server.metrics().steered_of("pgw-1", "RAR", "2001") == 3);
    world.done(1, Command::EndSession { session: SessionKey::diameter_part(b"pgw;parts", 1) });
    assert_eq!(part_of(&told(&mut client, 2001)), Some(1));
    let over = part(&mut client, (RequestType::Update, 1, 1), (None, Some(MB)), &who);
    client.send(&written(&over));
    let next = client.answer();
    assert!(!next.header().is_request(), "{:?} of part {:?}", next.header(), part_of(&next));
    assert_eq!(next.code(), 5002);
}

/// A refund that names the session and its part gives that part back.
#[test]
fn a_part_of_a_session_is_given_back_by_its_number() {
    let world = World::open();
    world.sign_up(1, "100");
    let (mut client, who) = (WireClient::open(&world), msisdn(1));
    for (number, used) in [(1, 4), (2, 2)] {
        let first = part(&mut client, (RequestType::Initial, 0, number), (None, Some(10 * MB)), &who);
        assert_eq!(client.ask(&first).code(), 2001);
        let last = part(&mut client, (RequestType::Termination, 1, number), (Some(used * MB), None), &who);
        assert_eq!(client.ask(&last).code(), 2001);
    }
    let mut refund = |of: &[u8], number: Option<u64>, session: &str| {
        let mut ccr = initial(&mut client, session, &who);
        ccr.services.clear();
        (ccr.request_type, ccr.requested_action) = (RequestType::Event, Some(RequestedAction::RefundAccount));
        (ccr.refund_information, ccr.sub_session_id) = (Some(of), number);
        (client.ask(&ccr).code(), world.customer(1).head.purse.balance)
    };
    assert_eq!(refund(b"pgw;parts", Some(3), "pgw;r1"), (5012, usd("-0.06")));
    assert_eq!(refund(b"pgw;parts", Some(1), "pgw;r2"), (2001, usd("-0.02")));
    assert_eq!(refund(b"pgw;parts;sub=2", None, "pgw;r3"), (2001, usd("0")));
}

/// A request with these AVPs behind its head.
fn asked(client: &mut WireClient, session: &str, avps: &[Written]) -> Answer {
    let ids = client.ids();
    let head = [
        ("Session-Id", session),
        ("Origin-Host", PEER),
        ("Origin-Realm", "test.example"),
        ("Destination-Realm", "talea.example"),
        ("Auth-Application-Id", "4"),
        ("Service-Context-Id", "32251@3gpp.org"),
        ("CC-Request-Type", "1"),
        ("CC-Request-Number", "0"),
    ];
    client.send(&by_name::request(&Header::request(272, 4, 0x40, ids.0, ids.1), &head, avps));
    client.answer()
}

/// RFC 8506 8.58 to 8.63: each member finds the subscriber, in any place among other names; equipment in the new form is in nobody's way.
#[test]
pub fn a_subscriber_is_found_by_the_extension_of_his_name() {
    let world = World::open();
    let account = world.sign_up(1, "100");
    world.names.add("imsi", "001010000000001", account);
    world.names.add("user", "anna@home.example", account);
    let mut client = WireClient::open(&world);
    let ways = [
        ("Subscription-Id-E164", "15551"),
        ("Subscription-Id-IMSI", "001010000000001"),
        ("Subscription-Id-SIP-URI", "sip:Anna@home.example;user=phone"),
        ("Subscription-Id-NAI", "anna@home.example"),
        ("Subscription-Id-Private", "anna@home.example"),
    ];
    for (member, value) in ways {
        let avps = [
            at("Subscription-Id-Extension", member, value),
            at("User-Equipment-Info-Extension", "User-Equipment-Info-IMEI", "0x35209900176148"),
            at("Multiple-Services-Credit-Control", "Rating-Group", 1),
            at("Multiple-Services-Credit-Control/Requested-Service-Unit", "CC-Total-Octets", MB),
        ];
        assert_eq!(asked(&mut client, &format!("pgw;{member}"), &avps).code(), 2001, "{member}");
    }
    assert_eq!(world.customer(1).open_sessions().count(), ways.len());
    let nobody = [at("Subscription-Id-Extension", "Subscription-Id-E164", "999")];
    assert_eq!(asked(&mut client, "pgw;nobody", &nobody).code(), 5030);
}

/// Octets that are no number and no text are refused by the AVP at fault.
#[test]
fn parts_and_names_that_cannot_be_are_refused_with_their_avp() {
    let world = World::open();
    world.sign_up(1, "100");
    let mut client = WireClient::open(&world);
    let named = |name: &str| Dictionary::builtin().named(name).unwrap().id;
    let cases: [(&str, &str, u32); 2] = [
        ("CC-Sub-Session-Id", "0x0102", 5014),
        ("Subscription-Id-Extension/Subscription-Id-E164", "0xff", 5004),
    ];
    for (place, value, code) in cases {
        let refused = asked(&mut client, "pgw;bad", &[at("", place, value)]);
        let failed = refused.read().failed_avp.unwrap().id;
        let outer: AvpId = named(place.split('/').next().unwrap());
        assert_eq!((refused.code(), failed), (code, outer), "{place}");
    }
}
