//! The schedule, the plan and the expected amount: everything the generator computes instead of remembering.

use proptest::prelude::*;
use std::time::Duration;
use talea_load::expected_amount::{MEGABYTE, of_session};
use talea_load::plan::{Lane, octets_per_step, put_digits};
use talea_load::schedule::{Pace, Schedule};

/// One cent for each started megabyte: nothing costs nothing, one octet costs a cent, a whole megabyte too, one more costs two.
#[test]
fn a_cent_for_each_started_megabyte() {
    let cents = |octets| of_session(octets).micros() / 10_000;
    assert_eq!([0, 1, MEGABYTE - 1, MEGABYTE, MEGABYTE + 1, 10 * MEGABYTE].map(cents), [0, 1, 1, 1, 2, 10]);
    assert_eq!(of_session(1).micros(), 10_000, "a cent is ten thousand millionths");
}

/// Steps are more than nothing and are no whole megabytes, so that a charge that is rounded too often or too seldom shows.
#[test]
fn steps_are_no_whole_megabytes() {
    for session in 1..10_000 {
        let octets = octets_per_step(session);
        assert!(octets > 0 && !octets.is_multiple_of(MEGABYTE), "session {session}: {octets}");
    }
}

/// A rate or "max"; anything else is refused.
#[test]
fn paces() {
    assert_eq!("max".parse(), Ok(Pace::Max));
    assert_eq!("20000".parse(), Ok(Pace::PerSecond(20_000)));
    for wrong in ["0", "", "-1", "fast", "10000001", "1.5"] {
        assert!(wrong.parse::<Pace>().is_err(), "{wrong}");
    }
}

/// Digits are written right-aligned with zeros before them.
#[test]
fn digits() {
    let mut place = *b"xxxxx";
    put_digits(&mut place, 407);
    assert_eq!(&place, b"00407");
}

proptest! {
    /// A request is due exactly when its time has come: `due_by` and `due_at` never disagree, so no request is early or forgotten.
    #[test]
    fn due_by_agrees_with_due_at(rate in 1_u64..2_000_000, lanes in 1_u64..9, n in 0_u64..1_000_000) {
        for index in 0..lanes {
            let schedule = Schedule::new(rate, lanes, index);
            let at = schedule.due_at(n);
            prop_assert!(schedule.due_by(at) > n);
            prop_assert!(at == 0 || schedule.due_by(at - 1) <= n);
        }
    }

    /// All lanes together send exactly the rate: in any whole number of seconds neither more nor less, and the lanes share evenly.
    #[test]
    fn lanes_share_the_rate(rate in 1_u64..100_000, lanes in 1_u64..9, seconds in 1_u64..100) {
        let all = |count: fn(&Schedule, u64) -> u64, of: u64| {
            (0..lanes).map(|index| count(&Schedule::new(rate, lanes, index), of)).sum::<u64>()
        };
        let micros = u64::try_from(Duration::from_secs(seconds).as_micros()).unwrap();
        prop_assert_eq!(all(Schedule::share, rate * seconds), rate * seconds);
        // At the very end of the last second the next one begins.
        prop_assert_eq!(all(Schedule::due_by, micros), rate * seconds + 1);
    }

    /// Every session belongs to one lane and has its turn as often as the lane's requests say.
    #[test]
    fn each_session_has_its_turns(sessions in 1_u32..200, lanes in 1_u32..9, requests in 0_u64..1_000) {
        let mut seen = vec![0; usize::try_from(sessions).unwrap()];
        for lane in Lane::all(sessions, lanes, 1) {
            let mut turns = vec![0; usize::try_from(lane.sessions).unwrap()];
            for n in 0..requests {
                prop_assert_eq!(turns[lane.position(n)], lane.turn(n));
                turns[lane.position(n)] += 1;
            }
            for (position, turns) in turns.into_iter().enumerate() {
                prop_assert_eq!(turns, lane.turns_in(requests, position));
                seen[usize::try_from(lane.session(position as u64)).unwrap() - 1] += 1;
            }
        }
        prop_assert!(seen.iter().all(|lanes| *lanes == 1));
    }
}
