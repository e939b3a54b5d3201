//! Every answer of a device has one consequence.

use super::*;

fn refused(cause: u32) -> Outcome {
    Outcome::Refused(Some(ErrorCause(cause)))
}

#[test]
fn each_kind_of_refusal_has_its_consequence() {
    assert_eq!(next(Outcome::Done, 1), Next::Content);
    assert_eq!(next(refused(503), 1), Next::NoSession);
    assert_eq!(next(refused(507), 1), Next::Content, "the device asks by itself");
    assert_eq!(next(refused(405), 1), Next::Other);
    assert_eq!(next(refused(401), 1), Next::Other, "repeating a wrong request never helps");
    assert_eq!(next(Outcome::Refused(None), 1), Next::Other);
}

#[test]
fn trouble_that_may_pass_is_tried_again_with_longer_pauses_and_then_otherwise() {
    for outcome in [refused(506), Outcome::NoAnswer] {
        assert_eq!(next(outcome, 1), Next::Again(PAUSES[0]));
        assert_eq!(next(outcome, 2), Next::Again(PAUSES[1]));
        assert_eq!(next(outcome, 3), Next::Other);
    }
}
