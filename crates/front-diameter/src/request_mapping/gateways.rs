//! A message of each kind of gateway, built as its maker documents it or, where nothing is public, as its profile says was assumed, becomes
//! the right question about the right subscriber.

#[path = "../../tests/front_door/by_name.rs"]
mod by_name;

use super::*;
use crate::subscribers::{names, own_names};
use crate::whereabouts::{Zones, whereabouts};
use by_name::{Written, at};
use catalog::{Catalog, CatalogVersion};
use charging::Debit;
use diameter::Header;
use std::collections::BTreeMap;

const IMS: &str = "Service-Information/IMS-Information";
const VCS: &str = "Service-Information/VCS-Information";
const PS: &str = "Service-Information/PS-Information";
const SMS: &str = "Service-Information/SMS-Information";
const MSCC: &str = "Multiple-Services-Credit-Control";

fn message(kind: &str, context: &str, number: &str, avps: &[Written]) -> Vec<u8> {
    let head = [
        ("Session-Id", "gw.example;1;2"),
        ("Origin-Host", "gw.example"),
        ("Origin-Realm", "example"),
        ("Destination-Realm", "talea.example"),
        ("Auth-Application-Id", "4"),
        ("Service-Context-Id", context),
        ("CC-Request-Type", kind),
        ("CC-Request-Number", number),
    ];
    by_name::request(&Header::request(272, 4, 0x40, 1, 2), &head, avps)
}

/// What was asked, and by whose names.
struct Heard {
    ask: Ask,
    names: Vec<(&'static str, String)>,
}

fn hear(profile: &str, octets: &[u8]) -> Heard {
    let catalog: Catalog = toml::from_str(include_str!("../../tests/front_door/catalog.toml")).unwrap();
    let catalog = Snapshot::compile(catalog, CatalogVersion(1), None).unwrap();
    let profile = PeerProfile::shipped_by_name(profile).unwrap();
    let message = Message::decode(octets).unwrap();
    let ccr = CreditControlRequest::read(&message, &profile.rules()).unwrap();
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let zones = BTreeMap::from([
        ("home".to_owned(), list(&["65510", "2783"])),
        ("europe".to_owned(), list(&["262", "49"])),
    ]);
    let place = whereabouts(&profile, &message, &Zones::of(&zones));
    let own = own_names(&profile, &ccr, &message);
    let names =
        names(&ccr, own.as_deref()).into_iter().map(|name| (name.realm, name.value.into_owned())).collect();
    let now = Instant::from_unix_seconds(1_780_000_000);
    let arrived = std::time::Instant::now();
    let (message, at) = (Some(&message), &place);
    let reader = Reader { catalog: &catalog, profile: &profile, node: "gw", now, arrived, message, at };
    Heard { ask: reader.read(&ccr).unwrap(), names }
}

fn unit(heard: &Heard) -> (&str, &str, Used, Asked) {
    match &heard.ask.intent {
        Intent::Session(request) => {
            let unit = &request.units[0];
            (&unit.access_code, &unit.destination, unit.used, unit.asked)
        }
        other => panic!("no session: {other:?}"),
    }
}

fn debit(heard: &Heard) -> &Debit {
    match &heard.ask.intent {
        Intent::Debit(debit) | Intent::Slice(debit, _) => debit,
        other => panic!("no event: {other:?}"),
    }
}

fn subscriber(kind: &'static str, data: &'static str) -> [Written; 2] {
    [at("Subscription-Id", "Subscription-Id-Type", kind), at("Subscription-Id", "Subscription-Id-Data", data)]
}

/// A call as the table "CAP to Ro" has it: parties in IMS-Information, switches in VCS-Information.
fn call(role: &'static str, vlr: &'static str) -> Vec<Written> {
    let mut avps = subscriber("END_USER_E164", "27831234567").to_vec();
    avps.extend([
        at("", "Multiple-Services-Indicator", "1"),
        at(MSCC, "Requested-Service-Unit/CC-Time", "60"),
        at(MSCC, "Service-Identifier", "5"),
        at(IMS, "Role-Of-Node", role),
        at(IMS, "Calling-Party-Address", "tel:+27831234567"),
        at(IMS, "Called-Party-Address", "tel:+27115557122"),
        at(VCS, "VLR-Number", vlr),
        at(VCS, "Network-Call-Reference-Number", "0x0102"),
    ]);
    avps
}

/// DIA-70 to 86, 100 to 112: each CAMEL or WIN gateway's call is charged by direction and place, and the command's Result-Code is raised.
#[test]
fn calls_of_gateways_are_charged_by_direction_and_visited_network() {
    // 0x91 and half octets: +27 83 999 and +49 17 1, as a VLR's address comes from the network.
    let (home, germany) = ("0x9172389999", "0x919471f1");
    for gateway in ["broadforward-win", "protei-camel", "yate-camel", "pharos-cig"] {
        for (role, vlr, code, number) in [
            ("0", home, "OUTGOING", "+27115557122"),
            ("1", home, "INCOMING", "27831234567"),
            ("0", germany, "ROAMING.europe.OUTGOING", "+27115557122"),
            ("1", germany, "ROAMING.europe.INCOMING", "27831234567"),
        ] {
            let heard = hear(gateway, &message("1", "32276@3gpp.org", "0", &call(role, vlr)));
            assert_eq!(unit(&heard), (code, number, Used::None, Asked::Units(60)), "{gateway}");
            assert_eq!(heard.names, [("msisdn", "27831234567".to_owned())]);
            assert!(heard.ask.form.raise, "{gateway} reads the command's Result-Code");
        }
    }
}

/// DIA-75: the subscriber of a CDMA network goes by his MDN, else by the MIN as User-Name; the service key need not be there.
#[test]
fn broadforward_finds_the_subscriber_by_mdn_or_user_name() {
    let avps = [
        at("", "User-Name", "5551234567"),
        at("", "Requested-Service-Unit/CC-Time", "60"),
        at(IMS, "Called-Party-Address", "411"),
    ];
    let heard = hear("broadforward-win", &message("1", "32276@3gpp.org", "0", &avps));
    assert_eq!(heard.names, [("user", "5551234567".to_owned())]);
    assert_eq!(unit(&heard), ("OUTGOING", "411", Used::None, Asked::Units(60)));
    assert!(matches!(heard.ask.form.body, Body::Root(GrantAs::Time)), "units at the command's own level");
}

/// USSD-13 to 17: every request of a USSD session is a charge of its own, named by the operator's access code and the short code.
#[test]
fn pharos_ussd_is_charged_request_by_request() {
    let context = "010.655.02.ussd@mtn.co.za";
    let slice = |kind: &str, number: &str, reports: bool| {
        let mut avps = subscriber("END_USER_E164", "27831234567").to_vec();
        avps.extend(reports.then(|| at(MSCC, "Used-Service-Unit/CC-Time", "20")));
        avps.extend((kind != "3").then(|| at(MSCC, "Requested-Service-Unit/CC-Time", "20")));
        avps.push(at(MSCC, "Service-Identifier", "120"));
        avps.push(at(IMS, "Called-Party-Address", "*102*3#"));
        hear("pharos-cig", &message(kind, context, number, &avps))
    };
    for (kind, number, reports) in [("1", "0", false), ("2", "1", true), ("2", "2", true)] {
        let heard = slice(kind, number, reports);
        let charged = debit(&heard);
        assert_eq!((&*charged.access_code, &*charged.destination), ("OUTGOING.SI120", "*102*3#"));
        assert_eq!((charged.units, charged.description.as_str()), (20, "USSD to *102*3#"));
        assert_eq!(charged.reference.as_deref(), Some(format!("gw.example;1;2/{number}").as_str()));
    }
    assert!(
        matches!(slice("1", "0", false).ask.intent, Intent::Slice(_, None)),
        "the tariff says how long a slice is"
    );
    assert!(matches!(slice("3", "3", true).ask.intent, Intent::Nothing), "the end costs nothing more");
    // DIA-110: abroad it is priced by the zone, as calls and messages are.
    let mut avps = subscriber("END_USER_E164", "27831234567").to_vec();
    avps.extend([
        at(MSCC, "Requested-Service-Unit/CC-Time", "20"),
        at(MSCC, "Service-Identifier", "120"),
        at(IMS, "Called-Party-Address", "*102*3#"),
        at(VCS, "VLR-Number", "0x919471f1"),
    ]);
    let heard = hear("pharos-cig", &message("1", context, "0", &avps));
    assert_eq!(&*debit(&heard).access_code, "ROAMING.europe.OUTGOING.SI120");
    // As an event for each slice, without a size.
    let mut avps = subscriber("END_USER_E164", "27831234567").to_vec();
    avps.extend([
        at("", "Requested-Action", "DIRECT_DEBITING"),
        at("", "Service-Identifier", "120"),
        at("Service-Parameter-Info", "Service-Parameter-Type", "1"),
        at("Service-Parameter-Info", "Service-Parameter-Value", "*101#"),
    ]);
    let heard = hear("pharos-cig", &message("4", context, "0", &avps));
    let charged = debit(&heard);
    assert_eq!(
        (&*charged.access_code, &*charged.destination, charged.units),
        ("OUTGOING.SI120", "*101#", 20),
        "the size of the profile, where the tariff has no interval"
    );
}

/// DIA-84, 90, 111: a message is one event to its recipient, whose number is where TS 32.299 puts it; the sender may be named there only.
#[test]
fn messages_are_single_events_to_their_recipient() {
    let recipient = "Recipient-Info/Recipient-Address/Address-Data";
    let sender = "Originator-Received-Address/Address-Data";
    for gateway in ["protei-smsc", "protei-camel", "pharos-cig"] {
        let mut avps = subscriber("END_USER_E164", "27831234567").to_vec();
        avps.extend([
            at("", "Requested-Action", "DIRECT_DEBITING"),
            at("", "Requested-Service-Unit/CC-Service-Specific-Units", "1"),
            at(SMS, "SM-Message-Type", "SUBMISSION"),
            at(SMS, recipient, "+27115557122"),
        ]);
        let heard = hear(gateway, &message("4", "ext.10.655.12.32274@3gpp.org", "0", &avps));
        let charged = debit(&heard);
        assert_eq!((&*charged.access_code, &*charged.destination), ("OUTGOING", "27115557122"), "{gateway}");
        assert_eq!((charged.units, charged.description.as_str()), (1, "Messages to 27115557122"));
    }
    let avps = [
        at("", "Requested-Action", "DIRECT_DEBITING"),
        at(MSCC, "Requested-Service-Unit/CC-Service-Specific-Units", "1"),
        at(SMS, sender, "27831234567"),
        at(SMS, recipient, "27115557122"),
        at(PS, "3GPP-SGSN-MCC-MNC", "26201"),
    ];
    let heard = hear("protei-smsc", &message("4", "32274@3gpp.org", "0", &avps));
    assert_eq!(heard.names, [("msisdn", "27831234567".to_owned())]);
    assert_eq!(&*debit(&heard).access_code, "ROAMING.europe.OUTGOING");
}

/// DIA-112, VOIP-44: what comes in is told from what goes out, by each gateway that charges it: the other party is who called or sent.
#[test]
fn calls_and_messages_that_come_in_have_their_own_access_code() {
    for (profile, role, code, number) in [
        ("kamailio", "0", "", "+27115557122"),
        ("kamailio", "1", "INCOMING", "27831234567"),
        ("generic", "1", "INCOMING", "27831234567"),
        ("relay", "1", "INCOMING", "27831234567"),
    ] {
        let heard = hear(profile, &message("1", "32260@3gpp.org", "0", &call(role, "0x9172389999")));
        assert_eq!(unit(&heard), (code, number, Used::None, Asked::Units(60)), "{profile} {role}");
    }
    for gateway in ["protei-smsc", "protei-camel", "pharos-cig"] {
        for (kind, vlr, code, number) in [
            ("SUBMISSION", "0x9172389999", "OUTGOING", "27831234567"),
            ("DELIVERY_REPORT", "0x9172389999", "INCOMING", "4915112345"),
            ("DELIVERY_REPORT", "0x919471f1", "ROAMING.europe.INCOMING", "4915112345"),
        ] {
            let mut avps = subscriber("END_USER_E164", "27831234567").to_vec();
            avps.extend([
                at("", "Requested-Action", "DIRECT_DEBITING"),
                at("", "Requested-Service-Unit/CC-Service-Specific-Units", "1"),
                at(SMS, "SM-Message-Type", kind),
                at(SMS, "Recipient-Info/Recipient-Address/Address-Data", "27831234567"),
                at(SMS, "Originator-Received-Address/Address-Data", "+4915112345"),
                at(VCS, "VLR-Number", vlr),
            ]);
            let heard = hear(gateway, &message("4", "32274@3gpp.org", "0", &avps));
            assert_eq!(
                (&*debit(&heard).access_code, &*debit(&heard).destination),
                (code, number),
                "{gateway}"
            );
            let pays = &heard.names[..if kind == "SUBMISSION" { 1 } else { heard.names.len() }];
            assert_eq!(
                pays,
                [("msisdn", "27831234567".to_owned())],
                "nobody else pays for what is sent to him"
            );
        }
    }
}

/// Service-Information is optional in later requests: without it the access code is left to the use so far, and what was said counts.
#[test]
fn a_later_request_that_tells_no_direction_or_place_leaves_the_access_code_to_the_use_so_far() {
    let later = |avps: &[Written]| {
        let mut all = subscriber("END_USER_E164", "27831234567").to_vec();
        all.push(at(MSCC, "Requested-Service-Unit/CC-Time", "60"));
        all.extend_from_slice(avps);
        message("2", "32276@3gpp.org", "1", &all)
    };
    let role = at(IMS, "Role-Of-Node", "1");
    for (profile, avps, code) in [
        ("generic", vec![], "="),
        ("generic", vec![role.clone()], "INCOMING"),
        ("protei-camel", vec![], "=OUTGOING"),
        ("protei-camel", vec![role.clone()], "=INCOMING"),
        ("protei-camel", vec![role, at(VCS, "VLR-Number", "0x9172389999")], "INCOMING"),
    ] {
        assert_eq!(unit(&hear(profile, &later(&avps))).0, code, "{profile} {avps:?}");
    }
    let mut data = subscriber("END_USER_E164", "27831234567").to_vec();
    data.push(at(MSCC, "Requested-Service-Unit", "group"));
    data.push(at(MSCC, "Rating-Group", "20"));
    let data = message("2", "32251@3gpp.org", "1", &data);
    assert_eq!(unit(&hear("generic", &data)).0, "", "nothing depends on it");
}

/// DIA-20 to 61: packet gateways name traffic by Rating-Group, the APN is what is paid for, and where it is used tells the access code.
#[test]
fn packet_gateways_are_charged_by_rating_group_apn_and_visited_network() {
    let session = |network: Written| {
        let mut avps = subscriber("END_USER_IMSI", "655101234567890").to_vec();
        avps.extend([
            at("", "Multiple-Services-Indicator", "1"),
            at(MSCC, "Requested-Service-Unit", "group"),
            at(MSCC, "Used-Service-Unit/CC-Input-Octets", "700"),
            at(MSCC, "Used-Service-Unit/CC-Output-Octets", "300"),
            at(MSCC, "Rating-Group", "20"),
            at(MSCC, "Reporting-Reason", "RATING_CONDITION_CHANGE"),
            at(PS, "3GPP-PDP-Type", "0"),
            at(PS, "Called-Station-Id", "Internet"),
            network,
        ]);
        message("2", "8.32251@3gpp.org", "4", &avps)
    };
    let places = [
        (at(PS, "3GPP-SGSN-MCC-MNC", "65510"), ""),
        (at(PS, "3GPP-SGSN-MCC-MNC", "26201"), "ROAMING.europe"),
        // TAI and cell of 262-01.
        (at(PS, "3GPP-User-Location-Info", "0x8262f2100001"), "ROAMING.europe"),
        (at(PS, "3GPP-User-Location-Info", "0x8213001400010000"), "ROAMING.other"),
    ];
    for gateway in ["huawei-ugw", "adax-pgw", "protei-pgw", "yate-pgw", "zte-pgw"] {
        for (place, code) in &places {
            let heard = hear(gateway, &session(place.clone()));
            assert_eq!(unit(&heard), (*code, "internet", Used::Since(1_000), Asked::Default), "{gateway}");
            assert_eq!(heard.names, [("imsi", "655101234567890".to_owned())]);
            let Body::Services(forms) = &heard.ask.form.body else { panic!("no services") };
            assert_eq!(forms[0].rating_group, Some(20));
            let triggers = (gateway == "huawei-ugw").then(|| vec![3]);
            assert_eq!(forms[0].triggers, triggers, "{gateway}");
        }
    }
}
