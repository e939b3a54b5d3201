//! The times of RFC 5080 2.2.1: doubling, trembling, bounded, ending.

use super::*;

/// Deadlines of a request that is never answered.
fn deadlines(times: RetransmissionTimes, random: u64) -> Vec<u64> {
    let (mut schedule, mut at) = Schedule::start(times, 0, random);
    let mut all = vec![at];
    while let Some(next) = schedule.repeat(at, random) {
        at = next;
        all.push(at);
    }
    all
}

#[test]
fn waits_double_up_to_the_bound_and_end_with_the_duration() {
    // The middle of the random range trembles by nothing.
    let seconds: Vec<u64> =
        deadlines(RetransmissionTimes::default(), TREMBLE).iter().map(|at| at / 1_000_000).collect();
    assert_eq!(seconds, [2, 6, 14, 30], "2, 4, 8, 16 seconds, then MRD");
}

#[test]
fn the_count_ends_it_where_the_duration_does_not() {
    let times = RetransmissionTimes { most: 2, ..RetransmissionTimes::default() };
    assert_eq!(deadlines(times, TREMBLE).len(), 3, "sent once, repeated twice");
}

#[test]
fn the_first_wait_trembles_by_a_tenth_each_way() {
    let first = |random| deadlines(RetransmissionTimes::default(), random)[0];
    assert_eq!((first(0), first(2 * TREMBLE)), (1_800_000, 2_200_000));
}
