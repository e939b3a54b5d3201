//! How an instant is kept: order, extremes, and what is written of it.

use calendar::{Instant, Seconds};

const EDGES: [i64; 7] = [i64::MIN + 1, -1_000_001, -1, 0, 1, 1_780_000_000_000_000, i64::MAX];

#[test]
fn order_and_micros_are_those_of_signed_numbers() {
    for one in EDGES {
        assert_eq!(Instant::from_micros(one).as_micros(), one);
        for other in EDGES {
            let kept = Instant::from_micros(one).cmp(&Instant::from_micros(other));
            assert_eq!(kept, one.cmp(&other), "{one} {other}");
        }
    }
    assert_eq!(Instant::default().as_micros(), 0);
    assert_eq!(Instant::from_micros(-1).unix_seconds(), -1);
}

#[test]
fn the_ends_of_time_are_not_passed() {
    let (first, last) = (Instant::from_micros(i64::MIN), Instant::from_micros(i64::MAX));
    assert_eq!(first.as_micros(), i64::MIN + 1);
    assert_eq!(first.minus(Seconds(1)), first);
    assert_eq!(first.plus_micros(i64::MIN), first);
    assert_eq!(last.plus(Seconds(u64::MAX)), last);
    assert_eq!(last.since(first), Seconds(9_223_372_036_854));
    assert_eq!(first.since(last), Seconds(0));
    assert_eq!(first.to_jiff(), None);
    assert_eq!(format!("{last}"), format!("@{}us", i64::MAX));
}

#[test]
fn a_choice_of_an_instant_takes_no_more_room() {
    assert_eq!(size_of::<Option<Instant>>(), 8);
}

#[test]
fn it_is_written_as_the_number_of_microseconds() {
    for micros in EDGES {
        let at = Instant::from_micros(micros);
        assert_eq!(serde_json::to_string(&at).unwrap(), micros.to_string());
        assert_eq!(serde_json::from_str::<Instant>(&micros.to_string()).unwrap(), at);
    }
}
