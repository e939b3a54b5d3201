#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;

const NODE: Place<'static> = Place::Node("bras-1");

fn line(number: u32) -> String {
    format!("00-11-22-33-44-{number:05}")
}

fn at(seconds: u64) -> Instant {
    Instant::from_unix_seconds(1_780_000_000).plus(Seconds(seconds))
}

/// Ten wrong passwords are enough for a user, from wherever they come; after the window he may try again.
#[test]
fn a_user_is_limited_wherever_the_guesses_come_from_until_the_window_is_over() {
    let limit = GuessLimit::default();
    for number in 0..10 {
        let line = line(number);
        let place = Place::Line { node: "bras-1", line: line.as_bytes() };
        assert_eq!(limit.reached("anna", place, at(0)), None);
        limit.wrong("anna", place, at(0));
    }
    assert_eq!(limit.reached("anna", NODE, at(299)), Some(Limited::User));
    assert_eq!(limit.reached("berta", NODE, at(0)), None, "others are not");
    assert_eq!(limit.reached("anna", NODE, at(300)), None);
}

/// One password tried on many users counts for the line, and for no other line of the same node.
#[test]
fn a_line_is_limited_whichever_users_it_tries() {
    let limit = GuessLimit::default();
    let (bad, good) = (line(1), line(2));
    let place = |line: &'static str| Place::Line { node: "bras-1", line: line.as_bytes() };
    let (bad, good) = (place(bad.leak()), place(good.leak()));
    for number in 0..30 {
        assert_eq!(limit.reached(&format!("user{number}"), bad, at(0)), None);
        if number % 2 == 0 {
            limit.wrong(&format!("user{number}"), bad, at(0))
        } else {
            limit.stranger(bad, at(0))
        }
    }
    assert_eq!(limit.reached("anna", bad, at(1)), Some(Limited::Place));
    limit.right("anna");
    assert_eq!(limit.reached("anna", bad, at(1)), Some(Limited::Place), "a right password clears users only");
    assert_eq!(limit.reached("anna", good, at(1)), None);
    assert_eq!(limit.reached("anna", NODE, at(1)), None);
}

/// A right password forgets the slips before it.
#[test]
fn the_right_password_clears_the_user() {
    let limit = GuessLimit::default();
    for _ in 0..9 {
        limit.wrong("anna", NODE, at(0));
    }
    limit.right("anna");
    for _ in 0..9 {
        limit.wrong("anna", NODE, at(1));
    }
    assert_eq!(limit.reached("anna", NODE, at(1)), None);
}

/// A million invented places take no further memory and do not free a user who is limited.
#[test]
fn invented_places_do_not_push_out_users() {
    let limit = GuessLimit::default();
    for _ in 0..10 {
        limit.wrong("anna", NODE, at(0));
    }
    for number in 0..1_000_000_u32 {
        limit.stranger(Place::Line { node: "bras-1", line: &number.to_be_bytes() }, at(0));
    }
    assert_eq!(limit.users.lock().slots.len() + limit.places.lock().slots.len(), 2 * SLOTS);
    assert_eq!(limit.reached("anna", NODE, at(1)), Some(Limited::User));
}
