#![allow(clippy::unwrap_used)]

use super::{DOUBT_WITHIN, HOST_MOST, Restarts, WAITING_MOST, Way};
use crate::peers::KnownPeer;
use crate::profile::PeerProfile;

fn node() -> KnownPeer {
    KnownPeer { node: "dra".into(), profile: PeerProfile::shipped_by_name("relay").unwrap() }
}

const fn behind(at: u64, begins: bool) -> Way {
    Way::Behind { at, begins }
}

/// Inventing hosts fills the list and no more; whoever found no room is heard when there is some, and letters of either case are one host.
#[test]
fn hosts_that_wait_are_bounded() {
    let (restarts, node) = (Restarts::default(), node());
    for number in 0..WAITING_MOST {
        assert!(restarts.heard(&node, (&format!("Host{number}.example"), 5), behind(0, true)));
    }
    assert!(restarts.heard(&node, ("HOST7.example", 9), behind(0, true)), "it is there already");
    assert!(!restarts.heard(&node, ("late.example", 5), behind(0, true)));
    assert!(restarts.heard(&node, (&"x".repeat(HOST_MOST + 1), 5), behind(0, true)), "no session notes it");
    let taken = restarts.take();
    assert_eq!(taken["dra"].len(), WAITING_MOST);
    assert_eq!(taken["dra"]["host7.example"], 9);
    assert!(restarts.heard(&node, ("late.example", 5), behind(0, true)));
    assert_eq!(restarts.take()["dra"]["late.example"], 5);
}

/// Behind a relay a later request under a greater number, or a second greater one soon after the first, is the time; what its own
/// capabilities tell counts all the same, and restarts that are minutes apart are believed.
#[test]
fn a_clock_behind_a_relay_is_doubted() {
    let (restarts, node) = (Restarts::default(), node());
    let waits = |host: &str| {
        let mut hosts = restarts.take().remove("dra").unwrap_or_default();
        restarts.believed(&mut hosts);
        hosts.get(host).copied()
    };
    for (host, second_begins) in [("reports.example", false), ("begins.example", true)] {
        restarts.heard(&node, (host, 100), behind(0, true));
        restarts.heard(&node, (host, 101), behind(1, second_begins));
        restarts.heard(&node, (host, 102), behind(DOUBT_WITHIN, true));
        assert_eq!(waits(host), None, "{host}");
        restarts.heard(&node, (host, 103), behind(9 * DOUBT_WITHIN, true));
        assert_eq!(waits(host), None, "{host} for ever");
        restarts.heard(&node, (host, 6), Way::Own);
        assert_eq!(waits(host), Some(6), "{host} itself");
    }
    for (at, state) in [(0, 5), (1, 6), (1 + DOUBT_WITHIN, 7)] {
        restarts.heard(&node, ("real.example", state), behind(at, true));
        assert_eq!(waits("real.example"), Some(state));
    }
    assert!(!restarts.heard(&node, ("unknown.example", 5), behind(0, false)), "it may have begun long ago");
    assert_eq!(waits("unknown.example"), None);
}
