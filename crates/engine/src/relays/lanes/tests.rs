//! Messages are handed over in order and each until it is done, whatever becomes of those under way.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use proptest::prelude::*;

const FROM: CustomerId = CustomerId(7);
const TO: CustomerId = CustomerId(5);

fn relay(counter: u32) -> Relay {
    Relay { id: RowId::new(FROM, counter), to: TO, previous: counter - 1, message: Message::Join }
}

fn refund(counter: u32) -> Relay {
    let (returned, charged) = (money::Amount::ZERO, money::Amount::ZERO);
    let xdr = RowId::new(FROM, 1);
    Relay { message: Message::Refund { xdr, returned, charged }, ..relay(counter) }
}

fn settle(lanes: &mut Lanes, relay: &Relay, outcome: Outcome) -> Option<(Relay, String)> {
    lanes.settle((FROM, TO), relay.id, outcome)
}

#[test]
fn a_refund_is_handed_over_only_after_all_before_it_were_taken() {
    let mut lanes = Lanes::default();
    [relay(1), refund(2), relay(3)].into_iter().for_each(|relay| lanes.add(relay));
    let first = lanes.next().unwrap();
    assert_eq!(lanes.next(), None);
    assert_eq!(settle(&mut lanes, &first, Outcome::Taken), None);
    assert_eq!(
        (lanes.next(), lanes.next()),
        (Some(refund(2)), Some(relay(3))),
        "what follows goes behind it"
    );
}

#[test]
fn what_is_refused_for_good_is_parked_and_what_follows_a_gap_too() {
    let mut lanes = Lanes::default();
    (1..=3).for_each(|counter| lanes.add(relay(counter)));
    let under_way: Vec<Relay> = std::iter::from_fn(|| lanes.next()).collect();
    let parked = settle(&mut lanes, &under_way[0], Outcome::Refused("no".to_owned()));
    assert_eq!(parked, Some((relay(1), "no".to_owned())));
    for early in &under_way[1..] {
        assert_eq!(settle(&mut lanes, early, Outcome::Early).unwrap().1, GAP);
    }
    assert!(lanes.is_empty());
}

#[test]
fn a_receiver_who_cannot_be_loaded_is_tried_a_few_times() {
    let mut lanes = Lanes::default();
    lanes.add(relay(1));
    for round in 1..=BROKEN_MOST {
        let one = lanes.next().unwrap();
        let parked = settle(&mut lanes, &one, Outcome::Broken);
        assert_eq!(parked.is_some(), round == BROKEN_MOST);
        lanes.resume();
    }
    assert!(lanes.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A receiver takes what follows on what he took last. Turned away at random, in any order of answers, all messages are
    /// taken in the end, and none twice.
    #[test]
    fn all_are_taken_in_order_whatever_is_turned_away(
        count in 1u32..40,
        turns in prop::collection::vec((any::<bool>(), any::<u8>()), 0..400),
    ) {
        let (mut lanes, mut taken, mut answers) = (Lanes::default(), 0, Vec::new());
        (1..=count).for_each(|counter| lanes.add(relay(counter)));
        let calm = std::iter::repeat((false, 0));
        for (busy, which) in turns.into_iter().chain(calm).take(100_000) {
            match lanes.next() {
                Some(one) => {
                    let outcome = match one.id.counter() {
                        _ if busy => Outcome::Later,
                        counter if counter == taken + 1 => { taken = counter; Outcome::Taken }
                        counter if counter <= taken => Outcome::Taken,
                        _ => Outcome::Early,
                    };
                    answers.push((one, outcome));
                }
                None if answers.is_empty() => {
                    if lanes.is_empty() { break }
                    lanes.resume();
                }
                None => {
                    let (one, outcome) = answers.remove(usize::from(which) % answers.len());
                    prop_assert_eq!(settle(&mut lanes, &one, outcome), None, "nothing is parked");
                }
            }
        }
        prop_assert!(lanes.is_empty());
        prop_assert_eq!(taken, count);
    }
}
