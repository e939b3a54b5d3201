//! What waits is the newest of each row, and a session's counts never outlive a whole row that came after them.
#![allow(clippy::unwrap_used)]

use super::*;
use charging::SessionKey;

const WHO: CustomerId = CustomerId(7);
const NAME: &[u8] = b"Dgateway;1;1";

fn keys() -> (Vec<u8>, Vec<u8>) {
    (postcard::to_allocvec(&RowKey::Session(SessionKey::from_bytes(NAME))).unwrap(), counts_key(NAME))
}

fn whole<'a>(key: &'a [u8], bytes: &'a [u8]) -> Image<'a> {
    Image { customer: WHO, key, is_appended: false, session: Some(NAME), bytes }
}

fn counts<'a>(key: &'a [u8], bytes: &'a [u8]) -> Image<'a> {
    Image { customer: WHO, key, is_appended: false, session: None, bytes }
}

fn rows(pending: &mut Pending) -> Vec<Vec<u8>> {
    let images = pending.take_customer(WHO).unwrap();
    images.iter().map(|(_, bytes)| bytes.to_vec()).collect()
}

#[test]
fn the_newest_counts_stay_behind_their_session() {
    let ((session, count), mut pending) = (keys(), Pending::default());
    for image in [counts(&count, b"1"), whole(&session, b"w"), counts(&count, b"2"), counts(&count, b"33")] {
        pending.add(&image);
    }
    assert_eq!(rows(&mut pending), [b"w".to_vec(), b"33".to_vec()]);
}

#[test]
fn a_whole_session_takes_the_counts_before_it_away() {
    let ((session, count), mut pending) = (keys(), Pending::default());
    pending.add(&counts(&count, b"1"));
    pending.add(&whole(&session, b"w"));
    assert_eq!(rows(&mut pending), [b"w".to_vec()], "in one generation");
    pending.cover(1);
    pending.add(&counts(&count, b"1"));
    pending.turn();
    pending.add(&whole(&session, b"w"));
    assert_eq!(rows(&mut pending), [b"w".to_vec()], "in a generation before it");
}
