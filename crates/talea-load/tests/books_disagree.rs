//! The comparison finds what it is there to find.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

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
    assert_eq!(compare(directory.path(), &answered, false).unwrap(), lost);
    assert!(!lost.agrees());
    assert!(
        compare(directory.path(), &Answered::new(), false).unwrap().agrees(),
        "nothing sent, nothing booked"
    );
}
