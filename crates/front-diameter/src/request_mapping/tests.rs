//! What real clients send becomes the right question to the core.

use super::*;
use crate::ask::{GrantAs, RefundShare};
use catalog::{Catalog, CatalogVersion};
use charging::Debit;

use diameter::codes::AvpId;
use diameter::credit_control::{RequestedAction, ServiceRequest};

const CATALOG: &str = include_str!("../../tests/front_door/catalog.toml");
const NOW: i64 = 1_780_000_000;

fn snapshot() -> Snapshot {
    let catalog: Catalog = toml::from_str(CATALOG).unwrap();
    Snapshot::compile(catalog, CatalogVersion(1), None).unwrap()
}

fn ccr(kind: RequestType, context: &'static str) -> CreditControlRequest<'static> {
    CreditControlRequest::new("pgw;1;2", kind, 3, context, (1, 2)).from_node("pgw.x", "x")
}

fn read(ccr: &CreditControlRequest<'_>, profile: &str) -> Result<Ask, Refused> {
    let (catalog, profile) = (snapshot(), PeerProfile::shipped_by_name(profile).unwrap());
    let now = Instant::from_unix_seconds(NOW);
    let arrived = std::time::Instant::now();
    let at = &Whereabouts::default();
    Reader { catalog: &catalog, profile: &profile, node: "pgw", now, arrived, message: None, at }.read(ccr)
}

fn session(ask: &Ask) -> &SessionRequest {
    match &ask.intent {
        Intent::Session(request) => request,
        other => panic!("no session: {other:?}"),
    }
}

fn debit(ask: &Ask) -> &Debit {
    match &ask.intent {
        Intent::Debit(debit) | Intent::CheckBalance(debit) | Intent::PriceEnquiry(debit) => debit,
        other => panic!("no event: {other:?}"),
    }
}

fn octets(total: Option<u64>, input: Option<u64>, output: Option<u64>) -> Units {
    Units { total_octets: total, input_octets: input, output_octets: output, ..Units::default() }
}

fn used_units(units: Units) -> UsedUnits {
    UsedUnits { units, ..UsedUnits::default() }
}

fn failed(id: AvpId, refused: &Refused) -> bool {
    refused.failed.as_ref().is_some_and(|failed| failed.id == id)
}

/// Open5GS: no Rating-Group, Multiple-Services-Indicator 0, use as input + output + time, wish as total.
#[test]
fn open5gs_use_is_input_plus_output_and_never_time() {
    let used = Units { time: Some(99), ..octets(None, Some(700), Some(300)) };
    let mut ccr = ccr(RequestType::Update, "32251@3gpp.org").with_service(ServiceRequest {
        requested: Some(octets(Some(1_000_000), None, None)),
        used: vec![used_units(used)],
        ..ServiceRequest::default()
    });
    ccr.multiple_services = Some(false);
    ccr.called_station_id = Some("Internet");
    let ask = read(&ccr, "open5gs").unwrap();
    let request = session(&ask);
    let unit = &request.units[0];
    assert_eq!((unit.used, unit.asked), (Used::Since(1_000), Asked::Units(1_000_000)));
    assert_eq!((&*unit.destination, unit.rating_group), ("internet", None));
    assert_eq!((request.step, request.request, request.silence), (Step::Update, 3, 1_200));
    assert!(
        matches!(&ask.form.body, Body::Services(forms) if forms.len() == 1 && forms[0].problem.is_none())
    );
}

/// Kamailio: voice by CC-Time, the called number as a URI.
#[test]
fn kamailio_voice_is_seconds_to_a_number() {
    let units = |seconds| Units { time: Some(seconds), ..Units::default() };
    let mut ccr = ccr(RequestType::Initial, "ext.01.001.8.32260@3gpp.org").with_service(ServiceRequest {
        rating_group: Some(100),
        service_identifiers: vec![1_000],
        requested: Some(units(30)),
        ..ServiceRequest::default()
    });
    ccr.called_party = Some("sip:+15559999@ims.example");
    let ask = read(&ccr, "kamailio").unwrap();
    let unit = &session(&ask).units[0];
    assert_eq!((unit.asked, &*unit.destination), (Asked::Units(30), "+15559999"));
    assert_eq!((unit.rating_group, unit.service_identifier), (Some(100), Some(1_000)));
    assert_eq!(&*session(&ask).details, "to sip:+15559999@ims.example at pgw.x (x)");
}

#[test]
fn use_before_and_after_a_tariff_change_is_added_up() {
    let ccr = ccr(RequestType::Termination, "32251@3gpp.org").with_service(ServiceRequest {
        rating_group: Some(1),
        used: vec![used_units(octets(Some(5), None, None)), used_units(octets(Some(7), None, None))],
        ..ServiceRequest::default()
    });
    let ask = read(&ccr, "generic").unwrap();
    assert_eq!(session(&ask).units[0].used, Used::Since(12));
    assert_eq!(session(&ask).units[0].asked, Asked::Nothing);
}

#[test]
fn use_that_says_on_which_side_of_a_tariff_change_it_lies_is_kept_apart() {
    let part = |usage: Option<i32>, count: u64| UsedUnits {
        tariff_change_usage: usage,
        ..used_units(octets(Some(count), None, None))
    };
    let reported = |used: Vec<UsedUnits>| {
        let service = ServiceRequest { rating_group: Some(1), used, ..ServiceRequest::default() };
        let ccr = ccr(RequestType::Update, "32251@3gpp.org").with_service(service);
        session(&read(&ccr, "generic").unwrap()).units[0].used
    };
    let three = vec![part(Some(0), 5), part(Some(1), 7), part(Some(2), 1)];
    assert_eq!(reported(three), Used::Parted { before: 6, after: 7 });
    assert_eq!(reported(vec![part(Some(0), 5)]), Used::Parted { before: 5, after: 0 });
    assert_eq!(reported(vec![part(Some(2), 5), part(None, 1)]), Used::Since(6));
}

#[test]
fn money_counts_in_millionths_of_our_currency() {
    let usd = Currency::parse("USD").unwrap();
    let micros = |digits, exponent, currency| {
        wire_money::micros(diameter::credit_control::Money { digits, exponent, currency }, usd)
    };
    assert_eq!((micros(399, -2, Some(840)), micros(4, 0, None)), (Some(3_990_000), Some(4_000_000)));
    assert_eq!((micros(19, -7, None), micros(1, -90, None)), (Some(1), Some(0)));
    for impossible in
        [micros(4, 0, Some(978)), micros(-1, 0, None), micros(1, 14, None), micros(1, i32::MAX, None)]
    {
        assert_eq!(impossible, None, "another currency, a negative or an absurd sum");
    }
}

#[test]
fn units_outside_services_are_asked_and_answered_there() {
    let mut asked = ccr(RequestType::Initial, "32251@3gpp.org");
    asked.requested = Some(Units::default());
    let ask = read(&asked, "generic").unwrap();
    assert_eq!(session(&ask).units[0].asked, Asked::Default);
    assert!(matches!(ask.form.body, Body::Root(GrantAs::TotalOctets)));

    let silent = ccr(RequestType::Initial, "32251@3gpp.org");
    assert_eq!(session(&read(&silent, "generic").unwrap()).units[0].asked, Asked::Default);
    let mut later = silent.clone();
    later.multiple_services = Some(true);
    assert!(session(&read(&later, "generic").unwrap()).units.is_empty(), "services will be named later");
}

#[test]
fn quota_is_granted_in_the_direction_it_was_asked_for() {
    let ccr = ccr(RequestType::Initial, "32251@3gpp.org").with_service(ServiceRequest {
        rating_group: Some(1),
        requested: Some(octets(None, None, Some(5))),
        ..ServiceRequest::default()
    });
    let ask = read(&ccr, "generic").unwrap();
    assert!(matches!(&ask.form.body, Body::Services(forms) if forms[0].grant_as == GrantAs::OutputOctets));
}

#[test]
fn a_wish_in_another_unit_is_refused_but_its_use_is_counted() {
    let ccr = ccr(RequestType::Update, "32251@3gpp.org").with_service(ServiceRequest {
        rating_group: Some(1),
        requested: Some(Units { time: Some(60), ..Units::default() }),
        used: vec![used_units(octets(Some(9), None, None))],
        ..ServiceRequest::default()
    });
    let ask = read(&ccr, "generic").unwrap();
    let unit = &session(&ask).units[0];
    assert_eq!((unit.used, unit.asked), (Used::Since(9), Asked::Nothing));
    assert!(
        matches!(&ask.form.body, Body::Services(forms) if forms[0].problem == Some(result::RATING_FAILED))
    );
    assert_eq!(ask.form.failed.unwrap().id, avp::CC_TOTAL_OCTETS);
}

#[test]
fn what_cannot_be_rated_shows_the_avp_at_fault() {
    let refused = read(&ccr(RequestType::Initial, "32299@3gpp.org"), "generic").unwrap_err();
    assert_eq!(refused.code, result::RATING_FAILED);
    assert!(failed(avp::SERVICE_CONTEXT_ID, &refused));

    let unsold = ccr(RequestType::Initial, "32270@3gpp.org");
    let unsold = unsold.with_service(ServiceRequest { rating_group: Some(4), ..ServiceRequest::default() });
    let mut catalog: Catalog = toml::from_str(CATALOG).unwrap();
    catalog.services.retain(|service| service.code != "message");
    catalog.tariffs.retain(|tariff| tariff.service != "message");
    catalog.products.iter_mut().for_each(|p| p.rating.retain(|entry| entry.service != "message"));
    catalog.products.iter_mut().for_each(|p| p.quotas.clear());
    let catalog = Snapshot::compile(catalog, CatalogVersion(1), None).unwrap();
    let profile = PeerProfile::shipped_by_name("generic").unwrap();
    let (now, arrived) = (Instant::from_unix_seconds(NOW), std::time::Instant::now());
    let at = &Whereabouts::default();
    let reader =
        Reader { catalog: &catalog, profile: &profile, node: "pgw", now, arrived, message: None, at };
    let refused = reader.read(&unsold).unwrap_err();
    assert!(failed(avp::RATING_GROUP, &refused));
    assert_eq!(refused.failed.unwrap().data, 4u32.to_be_bytes());
}

#[test]
fn a_session_id_that_no_key_can_hold_is_refused() {
    let long = "x".repeat(SESSION_ID_MOST + 1);
    let ccr = CreditControlRequest::new(&long, RequestType::Initial, 0, "32251@3gpp.org", (1, 2));
    let refused = read(&ccr, "generic").unwrap_err();
    assert_eq!(refused.code, result::INVALID_AVP_VALUE);
    assert!(failed(avp::SESSION_ID, &refused));
}

#[test]
fn the_time_of_an_event_is_never_in_the_future() {
    let mut ccr = ccr(RequestType::Initial, "32251@3gpp.org");
    ccr.event_timestamp = Some(NOW + 500);
    assert_eq!(session(&read(&ccr, "generic").unwrap()).event_at.unix_seconds(), NOW);
    ccr.event_timestamp = Some(NOW - 500);
    assert_eq!(session(&read(&ccr, "generic").unwrap()).event_at.unix_seconds(), NOW - 500);
}

#[test]
fn one_message_is_one_unit_with_a_reference_of_session_and_number() {
    let mut ccr = ccr(RequestType::Event, "32274@3gpp.org");
    ccr.requested_action = Some(RequestedAction::DirectDebiting);
    ccr.called_party = Some("tel:+15550000");
    let ask = read(&ccr, "generic").unwrap();
    let debit = debit(&ask);
    assert_eq!((debit.units, debit.reference.as_deref()), (1, Some("pgw;1;2/3")));
    assert_eq!((&*debit.destination, debit.description.as_str()), ("+15550000", "Messages to 15550000"));
    assert!(matches!(ask.intent, Intent::Debit(_)));
}

#[test]
fn the_four_actions_of_an_event_are_told_apart() {
    let mut ccr = ccr(RequestType::Event, "32274@3gpp.org");
    ccr.requested_action = Some(RequestedAction::CheckBalance);
    assert!(matches!(read(&ccr, "generic").unwrap().intent, Intent::CheckBalance(_)));
    ccr.requested_action = Some(RequestedAction::PriceEnquiry);
    assert!(matches!(read(&ccr, "generic").unwrap().intent, Intent::PriceEnquiry(_)));
    ccr.requested_action = Some(RequestedAction::RefundAccount);
    ccr.correlation_id = Some(b"smsc;7");
    let Intent::Refund(refund) = read(&ccr, "generic").unwrap().intent else { panic!("no refund") };
    assert_eq!(refund.names, ["smsc;7", "pgw;1;2"], "by its correlation, else by its own session");
    assert_eq!((refund.share, &*refund.key), (RefundShare::All, "refund:pgw;1;2/3"));
    ccr.requested = Some(Units { time: Some(3), ..Units::default() });
    let refused = read(&ccr, "generic").unwrap_err();
    assert_eq!(refused.code, result::RATING_FAILED, "messages are not counted in seconds");
    let euros = diameter::credit_control::Money { digits: 1, exponent: 0, currency: Some(978) };
    ccr.requested = Some(Units { money: Some(euros), ..Units::default() });
    assert_eq!(read(&ccr, "generic").unwrap_err().code, result::RATING_FAILED, "dollars are charged here");
}

/// TS 32.299 7.2.175: a quota given back for idleness, or at the end of the service, is not answered with another one.
#[test]
fn a_quota_that_is_given_back_is_not_granted_anew() {
    let asked = |reason| {
        let service = ServiceRequest {
            rating_group: Some(1),
            requested: Some(Units::default()),
            used: vec![used_units(octets(Some(5), None, None))],
            reporting_reason: reason,
            ..ServiceRequest::default()
        };
        let ask = read(&ccr(RequestType::Update, "32251@3gpp.org").with_service(service), "generic").unwrap();
        (session(&ask).units[0].used, session(&ask).units[0].asked)
    };
    for given_back in [1, 2] {
        assert_eq!(asked(Some(given_back)), (Used::Since(5), Asked::Nothing));
    }
    for goes_on in [None, Some(0), Some(3), Some(4), Some(6), Some(7)] {
        assert_eq!(asked(goes_on), (Used::Since(5), Asked::Default));
    }
}

/// A client may fill a message with one text; sessions and records keep the beginning of it.
#[test]
fn long_texts_are_cut_off() {
    let long = "ü".repeat(30_000);
    let mut ccr = CreditControlRequest::new("pgw;1;2", RequestType::Initial, 0, "32251@3gpp.org", (1, 2))
        .from_node("pgw.x", "x");
    (ccr.called_station_id, ccr.called_party) = (Some(long.as_str()), Some(long.as_str()));
    let ask = read(&ccr, "generic").unwrap();
    let request = session(&ask);
    assert_eq!(request.units[0].destination.len(), 254, "no half letters");
    assert!(request.details.starts_with("APN ü") && request.details.len() < 600, "{}", request.details.len());
}
