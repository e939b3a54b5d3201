//! Bytes checked by hand against RFC 6733, RFC 8506 and TS 32.299.

use diameter::answer::Identity;
use diameter::codes::{avp, result};
use diameter::credit_control::{
    AddedAvps, CreditControlAnswer, CreditControlRequest, GrantedUnits, RequestType, ServiceAnswer,
    ServiceRequest, SubscriptionId, SubscriptionKind, Units, UsedUnits,
};
use diameter::peer::watchdog;
use diameter::{AvpRef, Dictionary, Header, Leniencies, Message, Rules};
use std::sync::Arc;

/// Hex with spaces and line breaks to octets.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn identity() -> Identity {
    Identity { host: "a.example".into(), realm: "example".into(), state_id: Some(7) }
}

/// A watchdog request is exactly these 68 octets: lengths without padding, padding of zeros, 24-bit message length.
#[test]
fn watchdog_request() {
    let expected = hex("
        01 000044  80 000118  00000000  11111111  22222222
        00000108 40 000011 612e6578616d706c65 000000
        00000128 40 00000f 6578616d706c65 00
        00000116 40 00000c 00000007");
    let mut out = Vec::new();
    assert_eq!(watchdog::write_request(&identity(), (0x1111_1111, 0x2222_2222), &mut out), 68);
    assert_eq!(out, expected);
}

const CCR: &str = "
    01 0000e4  d0 000110  00000004  00000001  00000002
    00000107 40 00000b 733b31 00
    00000108 40 00000a 6777 0000
    00000128 40 000009 72 000000
    0000011b 40 000009 72 000000
    00000102 40 00000c 00000004
    000001cd 40 000016 33323235 31403367 70702e6f 7267 0000
    000001a0 40 00000c 00000002
    0000019f 40 00000c 00000001
    000001bb 40 000020
        000001c2 40 00000c 00000001
        000001bc 40 00000b 303031 00
    000001c8 40 000044
        000001be 40 000034
            00000368 c0 000010 000028af 00000003
            000001a4 40 00000c 0000003c
            0000019c 40 000010 0000000000000064
        000001b5 40 000008";

/// A CCR-Update in the shape Open5GS sends is read into its parts, and what is unusual about it is noted.
#[test]
fn update_request_is_read() {
    let bytes = hex(CCR);
    let message = Message::decode(&bytes).unwrap();
    assert!(message.header.is_retransmitted());
    let request = CreditControlRequest::read(&message, &Rules::default()).unwrap();
    assert_eq!(request.session_id, "s;1");
    assert_eq!((request.origin_host, request.origin_realm, request.destination_realm), ("gw", "r", "r"));
    assert_eq!(request.service_context_id, "32251@3gpp.org");
    assert_eq!((request.request_type, request.request_number), (RequestType::Update, 1));
    assert_eq!(request.subscription_ids, [SubscriptionId { kind: SubscriptionKind::Imsi, data: "001" }]);
    let units = Units { time: Some(60), input_octets: Some(100), ..Units::default() };
    let used = UsedUnits { units, reporting_reason: Some(3), tariff_change_usage: None };
    let service =
        ServiceRequest { requested: Some(Units::default()), used: vec![used], ..ServiceRequest::default() };
    assert_eq!(request.services, [service]);
    assert!(request.leniencies.has(Leniencies::SERVICE_WITHOUT_RATING_GROUP));
    assert!(!request.leniencies.has(Leniencies::NO_AUTH_APPLICATION));
}

/// Our own client writes the same octets.
#[test]
fn update_request_is_written() {
    let bytes = hex(CCR);
    let message = Message::decode(&bytes).unwrap();
    let request = CreditControlRequest::read(&message, &Rules::default()).unwrap();
    let mut out = Vec::new();
    // The client puts RSU before USU; in the golden bytes it is the other way round, so compare what is read.
    request.write(&mut out);
    assert_eq!(out.len(), bytes.len());
    let again = Message::decode(&out).unwrap();
    assert_eq!(CreditControlRequest::read(&again, &Rules::default()).unwrap(), request);
}

/// The answer repeats identifiers, P bit, Session-Id, type and number, puts the service's Result-Code and thresholds where
/// Open5GS and Kamailio look for them, and has no T bit and no Service-Context-Id.
#[test]
fn update_answer() {
    let expected = hex("
        01 0000e0  40 000110  00000004  00000001  00000002
        00000107 40 00000b 733b31 00
        0000010c 40 00000c 000007d1
        00000108 40 000011 612e6578616d706c65 000000
        00000128 40 00000f 6578616d706c65 00
        00000102 40 00000c 00000004
        000001a0 40 00000c 00000002
        0000019f 40 00000c 00000001
        00000116 40 00000c 00000007
        000001c8 40 000060
            000001af 40 000018
                000001a5 40 000010 00000000000f4240
            000001b7 40 00000c 00000009
            000001b0 40 00000c 00000064
            000001c0 40 00000c 0000012c
            0000010c 40 00000c 000007d1
            00000365 c0 000010 000028af 000186a0");
    let bytes = hex(CCR);
    let message = Message::decode(&bytes).unwrap();
    let request = CreditControlRequest::read(&message, &Rules::default()).unwrap();
    let units = Units { total_octets: Some(1_000_000), ..Units::default() };
    let service = ServiceAnswer {
        granted: Some(GrantedUnits { units, tariff_time_change: None }),
        rating_group: Some(100),
        service_identifiers: vec![9],
        result_code: Some(result::SUCCESS),
        validity_time: Some(300),
        volume_quota_threshold: Some(100_000),
        ..ServiceAnswer::default()
    };
    let answer =
        CreditControlAnswer { services: vec![service], ..CreditControlAnswer::code(result::SUCCESS) };
    let mut out = Vec::new();
    answer.write(&request.echo(), &identity(), &mut out);
    assert_eq!(out, expected);
    assert_eq!(CreditControlAnswer::read(&Message::decode(&out).unwrap()).unwrap(), answer);
}

/// Time counts from 1900 and its second era begins on 2036-02-07 06:28:16 UTC.
#[test]
fn time_and_its_wrap() {
    use diameter::time::{to_text, unix_from_wire, wire_from_unix};
    assert_eq!(unix_from_wire(2_208_988_800), 0);
    assert_eq!(to_text(unix_from_wire(0xffff_ffff)), "2036-02-07 06:28:15Z");
    assert_eq!(to_text(unix_from_wire(0)), "2036-02-07 06:28:16Z");
    assert_eq!(to_text(951_782_400), "2000-02-29 00:00:00Z");
    for unix in [0, 1_780_272_000, 2_085_978_495, 2_085_978_496, 3_000_000_000] {
        assert_eq!(unix_from_wire(wire_from_unix(unix)), unix);
    }
}

/// A trace names command, AVPs, values and nesting, and shows unknown AVPs in hex.
#[test]
fn trace_text() {
    let mut out = Vec::new();
    let header = Header::request(272, 4, 0x40, 1, 2);
    let mut encoder = diameter::Encoder::new(&mut out, &header);
    encoder.i32(avp::CC_REQUEST_TYPE, 1);
    let group = encoder.begin_group(avp::SUBSCRIPTION_ID);
    encoder.i32(avp::SUBSCRIPTION_ID_TYPE, 0);
    encoder.text(avp::SUBSCRIPTION_ID_DATA, "4670\n1");
    encoder.end_group(group);
    encoder.avp(diameter::AvpId { vendor: 99, code: 5 }, 0x40, &[0xca, 0xfe]);
    encoder.time(avp::EVENT_TIMESTAMP, 1_780_272_000);
    encoder.finish();
    let text = diameter::trace::render(&out, diameter::Dictionary::builtin());
    let expected = r#"Credit-Control-Request (CCR) application 4 (Diameter-Credit-Control) flags P hop-by-hop 0x00000001 end-to-end 0x00000002 96 octets
  CC-Request-Type: INITIAL_REQUEST (1)
  Subscription-Id
    Subscription-Id-Type: END_USER_E164 (0)
    Subscription-Id-Data: "4670\n1"
  AVP 99/5 M: 0xcafe
  Event-Timestamp: 2026-06-01 00:00:00Z
"#;
    assert_eq!(text, expected);
}

/// The called number and AVPs of the operator's own share one IMS-Information.
#[test]
fn added_avps_go_into_the_answers_own_group() {
    let places = [
        ("Service-Information/IMS-Information/Node-Functionality", "6"),
        ("Service-Information/PS-Information/3GPP-Charging-Id", "0x01020304"),
        ("Service-Information/IMS-Information/Role-Of-Node", "0"),
    ];
    let added = AddedAvps::encode(&places, Dictionary::builtin()).unwrap();
    let groups = |called: Option<&str>| {
        let ccr = CreditControlRequest::new("s", RequestType::Initial, 0, "32260@3gpp.org", (1, 2));
        let answer = CreditControlAnswer {
            called_party: called.map(str::to_owned),
            added: Some(Arc::new(added.clone())),
            ..CreditControlAnswer::code(2001)
        };
        let who = Identity { host: "ocs.example".to_owned(), realm: "example".to_owned(), state_id: None };
        let mut octets = Vec::new();
        answer.write(&ccr.echo(), &who, &mut octets);
        let message = Message::decode(&octets).unwrap();
        let information = message.find(avp::SERVICE_INFORMATION).unwrap().unwrap();
        let members =
            |group: &AvpRef<'_>| group.group().unwrap().map(|member| member.unwrap().id.code).collect();
        let groups = information.group().unwrap().map(Result::unwrap);
        groups.map(|group| (group.id.code, members(&group))).collect::<Vec<(u32, Vec<u32>)>>()
    };
    assert_eq!(groups(Some("12055576061")), [(876, vec![832, 862, 829]), (874, vec![2])]);
    assert_eq!(groups(None), [(876, vec![862, 829]), (874, vec![2])]);
}
