//! Included units that ran out come anew with their period.

use crate::desk::Desk;
use calendar::Instant;
use charging::EventKind;
use office::run_due;

#[test]
fn used_up_minutes_are_there_again_with_the_next_period_and_the_clock_says_so_once() {
    let desk = Desk::new();
    let signed_up = desk.anna_smith();
    let account = signed_up.account.unwrap();
    desk.use_units(account, "voice", "12025550123", 60_000, "call-1");
    let bar = || desk.office.usage_bars(&desk.office.account(account).unwrap().1).remove(0);
    assert_eq!((bar().used, bar().left(), bar().percent()), (60_000, 0, 100));
    let told = |kind| {
        desk.office.store().flush().unwrap();
        desk.office.store().events_of(signed_up.customer, None, &[kind], 50).unwrap().len()
    };
    assert_eq!((told(EventKind::QuotaExhausted), told(EventKind::QuotaAvailable)), (1, 0));
    // Midnight in New York, where her billing period ends.
    let midnight = Instant::parse("2026-07-01T04:00:00Z").unwrap();
    assert_eq!(bar().renews, Some(midnight));
    desk.office.clock().advance_to(midnight.plus_micros(1));
    for _ in 0..2 {
        run_due(&desk.office).unwrap();
    }
    assert_eq!((told(EventKind::QuotaExhausted), told(EventKind::QuotaAvailable)), (1, 1));
    assert_eq!((bar().used, bar().left(), bar().total), (0, 60_000, 60_000));
}
