//! From what a device has to what it should have: the chains of requests.

use super::*;
use crate::Profiles;
use radius::Dictionary;

/// A profile's dynamic part; the generic one can both here and hotlines by CoA.
fn dynamic(change: bool, disconnect: bool) -> Dynamic {
    let profiles = Profiles::built_in(&Dictionary::built_in()).unwrap();
    let mikrotik = profiles.get("mikrotik").unwrap();
    Dynamic { change, disconnect, ..mikrotik.dynamic.clone() }
}

fn known(mode: Option<Mode>, speed: Option<u64>) -> Known {
    Known { mode, speed, by_login: false }
}

#[test]
fn a_session_that_has_what_it_should_have_is_left_alone() {
    let both = dynamic(true, true);
    assert!(tools(&both, known(Some(Mode::Full), Some(7)), Mode::Full, Some(7), true).is_empty());
    assert!(
        tools(&both, known(Some(Mode::Full), None), Mode::Full, Some(7), false).is_empty(),
        "a payment changes no speed"
    );
    assert!(tools(&both, known(Some(Mode::Hotline), None), Mode::Hotline, None, true).is_empty());
    assert!(tools(&both, known(Some(Mode::Gone), None), Mode::Gone, None, true).is_empty(), "told once");
    assert!(
        tools(&both, known(Some(Mode::Gone), None), Mode::Full, Some(7), true).is_empty(),
        "it is ending"
    );
}

#[test]
fn each_change_has_its_chain_from_the_gentlest_to_the_surest() {
    let both = dynamic(true, true);
    let chain = |from, to, policy| Vec::from(tools(&both, from, to, Some(1), policy));
    let full = known(Some(Mode::Full), Some(9));
    assert_eq!(chain(full, Mode::Full, true), [Tool::Speed, Tool::Disconnect]);
    assert_eq!(
        chain(known(Some(Mode::Full), None), Mode::Full, true),
        [Tool::Speed],
        "perhaps nothing is wrong"
    );
    assert_eq!(chain(full, Mode::Hotline, false), [Tool::Hotline, Tool::Disconnect]);
    assert_eq!(chain(full, Mode::Gone, false), [Tool::Disconnect]);
    let hotlined = known(Some(Mode::Hotline), None);
    assert_eq!(chain(hotlined, Mode::Full, false), [Tool::Resume, Tool::Disconnect]);
    assert_eq!(chain(hotlined, Mode::Gone, false), [Tool::Disconnect]);
    let at_log_in = Known { by_login: true, ..hotlined };
    assert_eq!(
        chain(at_log_in, Mode::Full, false),
        [Tool::Disconnect],
        "its Class says hotline until it logs in again"
    );
    let unknown = Known::default();
    assert_eq!(
        chain(unknown, Mode::Full, false),
        [Tool::Resume, Tool::Speed],
        "never a disconnect on suspicion"
    );
}

#[test]
fn what_a_device_cannot_do_is_left_out() {
    let full = known(Some(Mode::Full), Some(9));
    let chain = |dynamic: &Dynamic, to| Vec::from(tools(dynamic, full, to, Some(1), true));
    let only_disconnect = dynamic(false, true);
    assert_eq!(
        chain(&only_disconnect, Mode::Hotline),
        [Tool::Disconnect],
        "the next log-in meets the hotline"
    );
    let only_change = dynamic(true, false);
    assert_eq!(chain(&only_change, Mode::Gone), [Tool::Hotline], "the closest it can come to an end");
    assert!(
        tools(&only_change, known(Some(Mode::Hotline), None), Mode::Gone, None, true).is_empty(),
        "nothing is left"
    );
    let neither = dynamic(false, false);
    assert!(chain(&neither, Mode::Gone).is_empty() && chain(&neither, Mode::Full).is_empty());
    let steady = Dynamic { speed_by_disconnect: false, ..dynamic(false, true) };
    assert!(chain(&steady, Mode::Full).is_empty(), "a speed is not worth a disconnect there");
}

#[test]
fn a_session_that_is_sold_by_time_is_ended_rather_than_kept_at_the_portal() {
    let left = |unit, dynamic: &Dynamic| {
        let mut left = tools(dynamic, known(Some(Mode::Full), None), Mode::Hotline, None, false);
        without_paid_portal(&mut left, Some(unit));
        Vec::from(left)
    };
    let both = dynamic(true, true);
    assert_eq!(left(Unit::Second, &both), [Tool::Disconnect]);
    assert_eq!(left(Unit::Octet, &both), [Tool::Hotline, Tool::Disconnect]);
    assert_eq!(left(Unit::Second, &dynamic(true, false)), [Tool::Hotline], "better than nothing");
}
