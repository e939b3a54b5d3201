//! Texts of catalogs as older versions kept them, and damaged ones.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::Options;

fn opened(directory: &tempfile::TempDir) -> Store {
    Store::open(&Options { directory: directory.path().to_owned() }).unwrap()
}

fn publication(version: u32, body: String) -> CatalogRow {
    let published_at = Instant::from_micros(1);
    CatalogRow { version, published_at, published_by: "a".into(), comment: "why".into(), body }
}

/// Text that compresses badly.
fn noise(octets: u32) -> String {
    let letter = |number: u32| char::from(b'a' + (number.wrapping_mul(2_654_435_769) >> 27) as u8);
    (0..octets).map(|number| letter(number.wrapping_mul(number))).collect()
}

#[test]
fn a_text_in_its_row_as_before_is_read_like_one_in_parts() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(&directory);
    let before = "INSERT INTO catalog_version (version, published_at, published_by, comment, body) VALUES (1, 1, 'a', '', '{old}')";
    store.write(|transaction| Ok(transaction.execute(before, [])?)).unwrap();
    assert!(store.add_catalog(publication(2, "{new}".to_owned())).unwrap());
    assert_eq!(store.catalogs_upto(u32::MAX).unwrap(), [1, 2]);
    let bodies = [1, 2, 3].map(|version| store.catalog_body(version).unwrap());
    assert_eq!(bodies, [Some("{old}".to_owned()), Some("{new}".to_owned()), None]);
}

#[test]
fn parts_that_an_attempt_left_behind_do_not_get_into_the_text_and_a_missing_one_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(&directory);
    store.add_parts(1, noise(1_000_000).as_bytes()).unwrap();
    assert_eq!(store.catalog_body(1).unwrap(), None, "without its row it is none");
    let body = noise(500_000);
    assert!(store.add_catalog(publication(1, body.clone())).unwrap());
    assert_eq!(store.catalog_body(1).unwrap(), Some(body));
    let gone = "DELETE FROM catalog_part WHERE version = 1 AND part = 1";
    assert_eq!(store.write(|transaction| Ok(transaction.execute(gone, [])?)).unwrap(), 1);
    assert!(matches!(store.catalog_body(1), Err(StoreError::Corrupt("catalog"))));
}
