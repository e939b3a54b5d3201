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
fn parts_of_an_access_code_that_lack_their_value_are_left_out() {
    let generic = PeerProfile::shipped().unwrap().swap_remove(0);
    let mut entry = generic.services[0].clone();
    let mut code = |text: &str, zone: &str, service_identifier| {
        text.clone_into(&mut entry.access_code);
        let at = Whereabouts { network: "26201".into(), zone: zone.into() };
        access_code(&entry, &at, (Some(9), service_identifier)).into_string()
    };
    assert_eq!(code("OUTGOING.SI{service_identifier}", "", Some(120)), "OUTGOING.SI120");
    assert_eq!(code("OUTGOING.SI{service_identifier}", "", None), "OUTGOING");
    assert_eq!(code("ROAMING.{zone}.{network}", "europe", None), "ROAMING.europe.26201");
    assert_eq!(code("ROAMING.{zone}", "", None), "ROAMING");
    assert_eq!(code("RG{rating_group}", "", None), "RG9");
    assert_eq!(code("INCOMING", "", None), "INCOMING");
}
