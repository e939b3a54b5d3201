//! The comparison finds what it is there to find.

use store::{Options, Store};
use talea_load::books::{Answered, Comparison, compare};

/// Books without a customer whose use was answered differ by what he owes, by his units, and have his session unfinished.
#[test]
fn a_lost_customer_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let answered = Answered::from([(1, 3 * 1_048_576 + 1)]);
    let lost = Comparison {
        balance_difference: 40_000,
        unit_difference: 3 * 1_048_576 + 1,
        unfinished: 1,
        verify_differences: 0,
    };
    let store = Store::open(&Options { directory: directory.path().to_owned() }).unwrap();
    assert_eq!(compare(&store, &answered, 1..=9, false).unwrap(), lost);
    assert!(!lost.agrees());
    let nothing = compare(&store, &Answered::new(), 1..=9, false).unwrap();
    assert!(nothing.agrees(), "nothing sent, nothing booked");
}
