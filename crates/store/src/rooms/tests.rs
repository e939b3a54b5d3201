//! Room is used again, never what lay in it, and no more is kept than may be.

use super::*;

#[test]
fn room_comes_back_empty_to_whoever_shares_it() {
    let rooms = Rooms::default();
    let mut list = rooms.clone().take();
    list.extend([1_u64, 2, 3]);
    let room = list.capacity();
    rooms.keep(list);
    let again = rooms.take();
    assert_eq!((again.len(), again.capacity()), (0, room));
    assert_eq!(rooms.take().capacity(), 0, "it is given out once");
}

#[test]
fn neither_many_lists_nor_large_ones_are_kept() {
    let rooms = Rooms::default();
    (0..ROOMS_MOST + 1).for_each(|_| rooms.keep(Vec::<u8>::with_capacity(8)));
    assert_eq!((0..=ROOMS_MOST).filter(|_| rooms.take().capacity() > 0).count(), ROOMS_MOST);
    // Octets count, not entries.
    let half = OCTETS_MOST / 2 / size_of::<u64>();
    let rooms = Rooms::default();
    (0..3).for_each(|_| rooms.keep(Vec::<u64>::with_capacity(half)));
    assert_eq!((0..3).filter(|_| rooms.take().capacity() > 0).count(), 2);
}
