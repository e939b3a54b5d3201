//! The rate of a node.

use super::*;

#[test]
fn a_second_holds_as_many_as_the_limit_and_what_is_over_does_not_add_up() {
    let rates = NodeRates::default();
    let count = |node: &str, at: u64| (0..100).filter(|_| rates.pass(node, 10, at)).count();
    assert_eq!(count("one", 0), 10);
    assert_eq!(count("one", SECOND / 2), 5, "half a second later half as many");
    assert_eq!(count("one", 100 * SECOND), 10, "silence is not saved up");
    assert_eq!(count("other", 0), 10, "each node has its own");
    assert_eq!((0..100).filter(|_| rates.pass("free", 0, 0)).count(), 100);
}
