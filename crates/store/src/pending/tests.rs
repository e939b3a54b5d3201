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

#[test]
fn each_row_keeps_its_newest_image_however_many_there_are() {
    let names = ["Dgateway;1;1", "Dgateway;1;2", "Dgateway;1;3"].map(|name| counts_key(name.as_bytes()));
    let mut rows = Rows::default();
    for round in 0..3_u8 {
        for (position, name) in names.iter().enumerate().take(usize::from(round) + 1) {
            rows.set(name, &[round, u8::try_from(position).unwrap()]);
            rows.set(name, &[round + 10, u8::try_from(position).unwrap()]);
        }
        let shown: Vec<_> = rows.iter().collect();
        let wanted: Vec<_> = (0..=round).map(|position| vec![round + 10, position]).collect();
        assert_eq!(shown.iter().map(|(_, image)| image.to_vec()).collect::<Vec<_>>(), wanted);
        assert_eq!(rows.len(), wanted.len());
    }
    names.iter().for_each(|name| rows.remove(name));
    assert_eq!((rows.len(), rows.iter().count()), (0, 0));
    rows.set(&names[2], b"anew");
    assert_eq!(rows.iter().collect::<Vec<_>>(), [(names[2].as_slice(), b"anew".as_slice())]);
}
