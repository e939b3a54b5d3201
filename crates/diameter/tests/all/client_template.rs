//! Templates change exactly the fields they are asked to change.

use diameter::client::Template;
use diameter::codes::avp;
use diameter::credit_control::{
    CreditControlRequest, RequestType, ServiceRequest, SubscriptionId, SubscriptionKind, Units, UsedUnits,
};
use diameter::{Message, Rules};

fn update<'a>(
    session: &'a str,
    number: u32,
    msisdn: &'a str,
    octets: u64,
    ids: (u32, u32),
) -> CreditControlRequest<'a> {
    let units = Units { total_octets: Some(octets), ..Units::default() };
    let service = ServiceRequest {
        rating_group: Some(100),
        requested: Some(Units::default()),
        used: vec![UsedUnits { units, ..UsedUnits::default() }],
        ..ServiceRequest::default()
    };
    let mut request = CreditControlRequest::new(session, RequestType::Update, number, "32251@3gpp.org", ids)
        .from_node("gw.example", "example")
        .to_realm("example", None)
        .about(SubscriptionId { kind: SubscriptionKind::Imsi, data: "001010000000001" })
        .about(SubscriptionId { kind: SubscriptionKind::E164, data: msisdn })
        .with_service(service);
    request.called_station_id = Some("internet");
    request
}

/// A patched template is, octet for octet, the request that would have been built with the new values.
#[test]
fn patched_equals_built() {
    let mut bytes = Vec::new();
    update("gw;1;0001", 1, "46700000001", 1, (1, 2)).write(&mut bytes);
    let mut template = Template::new(bytes).unwrap();
    let session = template.field(&[avp::SESSION_ID]).unwrap();
    let number = template.field(&[avp::CC_REQUEST_NUMBER]).unwrap();
    let msisdn = template.nth_field(&[avp::SUBSCRIPTION_ID, avp::SUBSCRIPTION_ID_DATA], 1).unwrap();
    let path = [avp::MULTIPLE_SERVICES_CREDIT_CONTROL, avp::USED_SERVICE_UNIT, avp::CC_TOTAL_OCTETS];
    let used = template.field(&path).unwrap();
    template.set_identifiers(0xaabb_ccdd, 0x1122_3344);
    template.set_retransmitted(true);
    assert!(template.set_octets(session, b"gw;1;9999"));
    assert!(template.set_octets(msisdn, b"46700000009"));
    assert!(template.set_u32(number, 77));
    assert!(template.set_u64(used, 5_000_000_000));

    let mut expected = Vec::new();
    let mut built = update("gw;1;9999", 77, "46700000009", 5_000_000_000, (0xaabb_ccdd, 0x1122_3344));
    built.header.flags |= diameter::codes::flags::RETRANSMITTED;
    built.write(&mut expected);
    assert_eq!(template.bytes(), expected);
    let message = Message::decode(template.bytes()).unwrap();
    assert!(CreditControlRequest::read(&message, &Rules::default()).unwrap().leniencies.is_empty());
}

/// A value of another length is refused and changes nothing; a path that is not there has no field.
#[test]
fn lengths_are_kept() {
    let mut bytes = Vec::new();
    update("gw;1;0001", 1, "46700000001", 1, (1, 2)).write(&mut bytes);
    let mut template = Template::new(bytes.clone()).unwrap();
    let session = template.field(&[avp::SESSION_ID]).unwrap();
    assert!(!template.set_octets(session, b"short"));
    assert!(!template.set_u32(session, 1) && !template.set_u64(session, 1));
    assert_eq!(template.bytes(), bytes);
    assert_eq!(template.field(&[avp::GRANTED_SERVICE_UNIT]), None);
    assert_eq!(template.field(&[]), None);
    assert!(Template::new(vec![1, 2, 3]).is_err());
}
