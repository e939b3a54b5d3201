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
        commands(&both, (Standing::Good, false), money).is_empty(),
        "a payment means nothing to a session with units"
    );
    assert_eq!(commands(&both, (Standing::Starved, false), money), [ServerCommand::ReAuth]);
    assert_eq!(commands(&both, (Standing::Good, false), policy), [ServerCommand::ReAuth]);
    assert_eq!(
        commands(&both, (Standing::Barred, false), money),
        [ServerCommand::Abort, ServerCommand::ReAuth]
    );
    assert_eq!(commands(&both, (Standing::Ended, false), money), [ServerCommand::Abort]);
    assert_eq!(
        commands(&both, (Standing::Suspended, false), money),
        [ServerCommand::ReAuth, ServerCommand::Abort]
    );
}

#[test]
fn a_peer_is_not_asked_for_what_it_ignores() {
    assert_eq!(
        commands(&profile(true, false), (Standing::Barred, false), Why::default()),
        [ServerCommand::ReAuth]
    );
    assert_eq!(
        commands(&profile(false, true), (Standing::Suspended, false), Why::default()),
        [ServerCommand::Abort]
    );
    let part = commands(&profile(true, true), (Standing::Ended, true), Why::default());
    assert_eq!(part, [ServerCommand::ReAuth], "an ASR would end all sub-sessions");
    assert!(commands(&profile(false, false), (Standing::Ended, false), Why::default()).is_empty());
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
        let details = start.to_owned();
        let names = ("pgw1.visited.example", "visited.example");
        for state in [None, Some(1_700_000_000)] {
            let mut details = details.clone();
            note_client(&mut details, names, state);
            assert_eq!(client(&details), Some(names), "{details}");
            assert_eq!(began_under(&details), state.map(|state| (names.0, state)), "{details}");
        }
    }
    assert_eq!(client("APN at home"), None);
    assert_eq!(from_session_id("pgw.example.net;1;2"), ("pgw.example.net", "example.net"));
}
