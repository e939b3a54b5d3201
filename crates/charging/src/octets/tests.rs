//! Numbers written by hand are those that the library reads.

use super::*;

#[test]
fn numbers_are_postcards() {
    for number in (0..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + 1]).chain([u64::MAX]) {
        let mut octets = Vec::new();
        put_number(number, &mut octets);
        assert_eq!(Ok(octets), postcard::to_allocvec(&number), "{number}");
    }
}
