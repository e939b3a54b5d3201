//! Networks have zones by the longest beginning, and access codes are made of what a request says.

use super::*;

fn zones() -> Zones {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Zones::of(&BTreeMap::from([
        ("home".to_owned(), list(&["65510", "+2783"])),
        ("africa".to_owned(), list(&["655", "27"])),
        ("europe".to_owned(), list(&["262", "49"])),
    ]))
}

#[test]
fn the_longest_beginning_names_the_zone() {
    let zones = zones();
    for (network, zone) in [
        ("65510", "home"),
        ("65501", "africa"),
        ("27831234567", "home"),
        ("4917", "europe"),
        ("310410", "other"),
    ] {
        assert_eq!(zones.find(network), zone, "{network}");
    }
    assert_eq!(Zones::default().find("310410"), "home", "without zones everybody is at home");
}

#[test]
fn a_place_is_the_network_as_zones_know_it() {
    let zones = zones();
    let place = zones.place(" +27831234567 ");
    assert_eq!((&*place.network, &*place.zone, place.is_abroad()), ("27831234567", "home", false));
    assert!(zones.place("26201").is_abroad());
    assert_eq!(zones.place(&"9".repeat(65)), Whereabouts::default(), "no name of a network is so long");
    assert!(!Whereabouts::default().is_abroad(), "who tells nothing is at home");
}

#[test]
fn parts_of_an_access_code_that_lack_their_value_are_left_out() {
    let code = |text: &str, zone: &str, service_identifier: &str| {
        let at = Whereabouts { network: "26201".into(), zone: zone.into() };
        let others =
            [("{service_identifier}", service_identifier.to_owned()), ("{rating_group}", "9".to_owned())];
        at.access_code(text, &others).into_string()
    };
    assert_eq!(code("OUTGOING.SI{service_identifier}", "", "120"), "OUTGOING.SI120");
    assert_eq!(code("OUTGOING.SI{service_identifier}", "", ""), "OUTGOING");
    assert_eq!(code("ROAMING.{zone}.{network}", "europe", ""), "ROAMING.europe.26201");
    assert_eq!(code("ROAMING.{zone}", "", ""), "ROAMING");
    assert_eq!(code("RG{rating_group}", "", ""), "RG9");
    assert_eq!(code("INCOMING", "", ""), "INCOMING");
}
