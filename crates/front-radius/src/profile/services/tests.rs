//! What a report is about, by the entries of a profile: a roaming device, calls, legs of calls, what nobody charges.

use super::*;
use crate::{Profile, Profiles};
use radius::client::RequestBuilder;
use radius::{Dictionary, VendorFormat};
use std::sync::Arc;

const TGPP: u32 = 10_415;
const CISCO: u32 = 9;

fn zones() -> Zones {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let zones = [("home", list(&["65510"])), ("europe", list(&["262", "208"]))];
    Zones::of(&zones.into_iter().map(|(zone, names)| (zone.to_owned(), names)).collect())
}

fn shipped(name: &str) -> Arc<Profile> {
    Profiles::built_in(&Dictionary::built_in()).unwrap().get(name).unwrap()
}

fn catalog() -> Snapshot {
    let text = include_str!("../../../../../catalogs/triple-play.toml");
    Snapshot::compile(toml::from_str(text).unwrap(), catalog::CatalogVersion(1), None).unwrap()
}

/// Standard attributes, then those of a vendor.
fn report(standard: &[(u8, &[u8])], vendor: u32, attributes: &[(u32, &[u8])]) -> Vec<u8> {
    let mut request = RequestBuilder::accounting(1, 3).unwrap();
    for (number, value) in standard {
        request.attribute(*number, value).unwrap();
    }
    for (number, value) in attributes {
        request.packet_mut().push_vendor(vendor, VendorFormat::default(), *number, value).unwrap();
    }
    request.sign(b"secret").unwrap().bytes().to_vec()
}

fn read<'p>(profile: &'p Profile, report: &[u8], later: bool) -> Option<UseOf<'p>> {
    let packet = Packet::decode(report).unwrap();
    profile.services.read(profile.service(), &packet, (&zones(), &catalog()), later)
}

#[test]
fn a_gateways_report_says_access_point_and_visited_network() {
    let profile = shipped("cisco-asr-5700");
    let apn: &[(u8, &[u8])] = &[(30, b"Fleet.Example")];
    let of = |attributes: &[(u32, &[u8])], later| {
        let found = read(&profile, &report(apn, TGPP, attributes), later).unwrap();
        assert_eq!((found.service, &*found.destination), ("mobile-data", "fleet.example"));
        (found.access_code.into_string(), found.network)
    };
    let said = |code: &str, network: &str| (code.to_owned(), network.to_owned());
    assert_eq!(of(&[(18, b"65510")], false), said("", "65510"));
    assert_eq!(of(&[(18, b"26201")], false), said("ROAMING.europe", "26201"));
    assert_eq!(of(&[(18, b"310410")], false), said("ROAMING.other", "310410"));
    // TS 29.061: a TAI and an ECGI of 208-01; both begin with the network.
    let location = [130, 0x02, 0xf8, 0x10, 0, 1, 0x02, 0xf8, 0x10, 0, 0, 1, 2];
    assert_eq!(of(&[(22, &location)], false), said("ROAMING.europe", "20801"));
    assert_eq!(of(&[(22, &location[..3])], false), said("", ""), "cut");
    assert_eq!(of(&[], false), said("", ""), "who tells nothing is at home");
    assert_eq!(of(&[], true), said("=", ""), "or where he was");
}

#[test]
fn a_calls_report_says_who_was_called() {
    let profile = shipped("sip-proxy");
    let called = |text: &str| {
        let found = read(&profile, &report(&[(30, text.as_bytes())], 0, &[]), false).unwrap();
        assert_eq!((found.service, &*found.access_code), ("voice", "OUTGOING"));
        found.destination.into_string()
    };
    assert_eq!(called("sip:+1-202-555-0123@home.example;user=phone"), "+12025550123");
    assert_eq!(called("411"), "411", "as it was dialled: dialing rules are for it");
    assert_eq!(called("sip:Bob@home.example"), "bob@home.example");
}

#[test]
fn one_leg_of_a_voice_gateways_call_is_charged() {
    let profile = shipped("cisco-voice");
    let leg = |origin: &str| report(&[(30, b"12025550123")], CISCO, &[(26, origin.as_bytes())]);
    let found = read(&profile, &leg("h323-call-origin=originate"), false).unwrap();
    assert_eq!((found.service, &*found.destination), ("voice", "12025550123"));
    assert!(read(&profile, &leg("originate\0"), false).is_some(), "its own name need not stand in it");
    assert_eq!(read(&profile, &leg("h323-call-origin=answer"), false), None);
    assert_eq!(read(&profile, &report(&[], 0, &[]), false), None);
}

#[test]
fn a_profile_without_entries_is_about_its_service() {
    let (profile, report) = (shipped("generic"), report(&[(30, b"00-11-22")], 0, &[]));
    let found = read(&profile, &report, false).unwrap();
    assert_eq!((found.service, &*found.access_code, &*found.destination), ("internet", "", ""));
}

/// All the words of an entry, with numbers by their names; incoming calls have the caller as destination.
#[test]
fn directions_and_values_decide_between_entries() {
    let text = r#"
        name = "own"
        title = "Own"
        identify = [{ attribute = "User-Name", realm = "user" }]
        location = ["3GPP-SGSN-MCC-MNC"]
        incoming = { "NAS-Port-Type" = ["Virtual"] }
        [[services]]
        when = { "Service-Type" = ["Call-Check"], "3GPP-RAT-Type" = ["EUTRAN", "2"] }
        service = "sms"
        access_code = "CHECK.{network}"
        destination = "network"
        [[services]]
        incoming = true
        service = "voice"
        access_code = "INCOMING"
        destination = "calling-party"
        [[services]]
        service = "voice"
        access_code = "OUTGOING"
        destination = "called-party"
        destination_from = ["Connect-Info"]
    "#;
    let profile = Profile::parse(&Dictionary::built_in(), "own.toml", text).unwrap();
    let of = |standard: &[(u8, &[u8])], network: &[(u32, &[u8])], later| {
        let found = read(&profile, &report(standard, TGPP, network), later).unwrap();
        format!("{} {} {}", found.service, found.access_code, found.destination)
    };
    let virtual_port: (u8, &[u8]) = (61, &[0, 0, 0, 5]);
    assert_eq!(of(&[virtual_port, (31, b"+4930123"), (30, b"77")], &[], false), "voice INCOMING 4930123");
    assert_eq!(of(&[(31, b"4930123"), (30, b"77")], &[], false), "voice OUTGOING 77");
    assert_eq!(of(&[(30, b"77"), (77, b"tel:78")], &[], false), "voice OUTGOING 78");
    let check = |rat: u8| of(&[(6, &[0, 0, 0, 10])], &[(18, b"26201"), (21, &[rat])], false);
    assert_eq!([check(6), check(2)], ["sms CHECK.26201 26201"; 2]);
    assert_eq!(check(1), "voice OUTGOING ", "both conditions hold, or neither counts");
    assert_eq!(of(&[(30, b"77")], &[], true), "voice =OUTGOING 77", "an interim does not turn a call round");
    let other_port: (u8, &[u8]) = (61, &[0, 0, 0, 15]);
    assert_eq!(of(&[other_port, (30, b"77")], &[], true), "voice OUTGOING 77", "it tells its direction");
}

#[test]
fn entries_that_never_fit_are_told_by_field() {
    let text = r#"
        name = "own"
        title = "Own"
        identify = [{ attribute = "User-Name", realm = "user" }]
        [[services]]
        abroad = true
        incoming = true
        access_code = "SI{service_identifier}"
        destination_from = ["No-Such-Attribute", "User-Password"]
    "#;
    let problems = Profile::parse(&Dictionary::built_in(), "own.toml", text).unwrap_err();
    let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
    let first = "services[0].destination_from[0]";
    let second = "services[0].destination_from[1]";
    assert_eq!(fields, ["services", "services", "services[0].access_code", first, second]);
}
