//! Pauses between two tries.

use super::*;
use std::cell::Cell;

#[tokio::test]
async fn a_long_pause_ends_when_the_record_was_put_right_and_a_short_one_by_itself() {
    let (began, looks) = (Instant::now(), Cell::new(0));
    pause_while(PAUSES.1, || {
        looks.set(looks.get() + 1);
        looks.get() < 2
    })
    .await;
    assert!(began.elapsed() < PAUSES.1 / 4, "it did not wait for the pause: {:?}", began.elapsed());
    assert_eq!(looks.get(), 2, "and looked once a second");
    let (began, short) = (Instant::now(), Duration::from_millis(20));
    pause_while(short, || true).await;
    assert!((short..LOOK).contains(&began.elapsed()), "{:?}", began.elapsed());
}
