//! Who is told what: only what a client cannot know, and only what its peer can do.

use super::*;

fn profile(reauthorize: bool, abort: bool) -> PeerProfile {
    let generic = PeerProfile::shipped().unwrap().swap_remove(0);
    PeerProfile { reauthorize, abort, ..(*generic).clone() }
}

#[test]
fn a_client_is_told_what_it_cannot_know_and_nothing_else() {
    let (both, money, policy) = (profile(true, true), Why { policy: false }, Why { policy: true });
    assert!(
        commands(&both, Standing::Good, money).is_empty(),
        "a payment means nothing to a session with units"
    );
    assert_eq!(commands(&both, Standing::Starved, money), [ServerCommand::ReAuth]);
    assert_eq!(commands(&both, Standing::Good, policy), [ServerCommand::ReAuth]);
    assert_eq!(commands(&both, Standing::Barred, money), [ServerCommand::Abort, ServerCommand::ReAuth]);
    assert_eq!(commands(&both, Standing::Ended, money), [ServerCommand::Abort]);
    assert_eq!(commands(&both, Standing::Suspended, money), [ServerCommand::ReAuth, ServerCommand::Abort]);
}

#[test]
fn a_peer_is_not_asked_for_what_it_ignores() {
    assert_eq!(commands(&profile(true, false), Standing::Barred, Why::default()), [ServerCommand::ReAuth]);
    assert_eq!(commands(&profile(false, true), Standing::Suspended, Why::default()), [ServerCommand::Abort]);
    assert!(commands(&profile(false, false), Standing::Ended, Why::default()).is_empty());
}

#[test]
fn its_own_doing_is_no_news_to_a_client() {
    assert!(why(EventKind::FundsExhausted, Concern::Standing).is_none());
    assert!(why(EventKind::PaymentReceived, Concern::Standing).is_some_and(|why| !why.policy));
    assert!(why(EventKind::ProductChanged, Concern::Policy).is_some_and(|why| why.policy));
}

#[test]
fn the_client_is_found_behind_the_details_or_in_the_session_id() {
    for start in ["APN internet", ""] {
        let mut details = start.to_owned();
        note_client(&mut details, "pgw1.visited.example", "visited.example");
        assert_eq!(client(&details), Some(("pgw1.visited.example", "visited.example")), "{details}");
    }
    assert_eq!(client("APN at home"), None);
    assert_eq!(from_session_id("pgw.example.net;1;2"), ("pgw.example.net", "example.net"));
}
