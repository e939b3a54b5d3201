//! Wall-clock time agrees with the time zone database, and stretches end where clocks change.

use calendar::{BillingZone, Instant, LocalTime};
use proptest::prelude::*;

#[test]
fn a_stretch_ends_where_the_clocks_are_changed() {
    let zone = BillingZone::named("Europe/Madrid").unwrap();
    let winter = zone.stretch(Instant::parse("2026-03-01T00:00:00Z").unwrap());
    assert_eq!((winter.offset, winter.until), (3_600, Instant::parse("2026-03-29T01:00:00Z").unwrap()));
    let summer = zone.stretch(winter.until);
    assert_eq!((summer.offset, summer.until), (7_200, Instant::parse("2026-10-25T01:00:00Z").unwrap()));
    let utc = BillingZone::utc().stretch(winter.until);
    assert_eq!((utc.offset, utc.until), (0, Instant::from_micros(i64::MAX)));
}

#[test]
fn a_zone_keeps_its_name() {
    assert_eq!(BillingZone::named("Asia/Kolkata").unwrap().name(), "Asia/Kolkata");
    assert_eq!(
        BillingZone::named("asia/kolkata").unwrap().name(),
        "Asia/Kolkata",
        "whatever case it was asked in"
    );
    assert_eq!(BillingZone::utc().name(), "UTC");
    assert!(BillingZone::named("Mars/Olympus").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Year to minute are what the time zone library shows, from 1600 to 2400.
    #[test]
    fn the_wall_clock_shows_what_the_library_shows(seconds in -11_676_096_000i64..13_569_465_600, zone in 0usize..4) {
        let zones = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Apia"];
        let zone = BillingZone::named(zones[zone]).unwrap();
        let at = Instant::from_unix_seconds(seconds);
        let ours = LocalTime::of_local_seconds(zone.stretch(at).local_seconds(at));
        let theirs = zone.jiff().to_datetime(at.to_jiff().unwrap());
        prop_assert_eq!((ours.year, ours.month as i8, ours.day as i8), (theirs.year(), theirs.month(), theirs.day()));
        prop_assert_eq!(i16::try_from(ours.minute).unwrap(), i16::from(theirs.hour()) * 60 + i16::from(theirs.minute()));
        prop_assert_eq!(ours.weekday as i8, theirs.weekday().to_monday_zero_offset());
    }
}
