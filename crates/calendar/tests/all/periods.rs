//! Period boundaries hold in every zone, across daylight saving.

use calendar::{BillingPeriod, BillingZone, Instant, days_between};
use proptest::prelude::*;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

#[test]
fn june_in_new_york_ends_at_its_own_midnight() {
    let zone = BillingZone::named("America/New_York").unwrap();
    let start = zone.midnight(jiff::civil::date(2026, 6, 1));
    assert_eq!(start, at("2026-06-01T04:00:00Z"));
    assert_eq!(BillingPeriod::Monthly.end_after(start, &zone), at("2026-07-01T04:00:00Z"));
    assert_eq!(days_between(start, at("2026-07-01T04:00:00Z"), &zone), 30);
}

#[test]
fn a_day_with_a_clock_change_is_still_one_day() {
    let zone = BillingZone::named("Europe/Madrid").unwrap();
    let start = zone.midnight(jiff::civil::date(2026, 3, 29));
    let end = BillingPeriod::Daily.end_after(start, &zone);
    assert_eq!(end.since(start).0, 23 * 3600);
    assert_eq!(days_between(start, end, &zone), 1);
}

#[test]
fn an_unknown_zone_is_refused_by_name() {
    let error = BillingZone::named("Mars/Olympus").unwrap_err();
    assert!(error.to_string().contains("Mars/Olympus"));
}

proptest! {
    /// A period always contains the instant it was asked for, and its end starts the next one.
    #[test]
    fn a_period_contains_its_instant(seconds in 0i64..4_000_000_000, kind in 0usize..3, zone in 0usize..4) {
        let zones = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Apia"];
        let zone = BillingZone::named(zones[zone]).unwrap();
        let kind = [BillingPeriod::Daily, BillingPeriod::Weekly, BillingPeriod::Monthly][kind];
        let instant = Instant::from_unix_seconds(seconds);
        let (start, end) = (kind.start_of(instant, &zone), kind.end_after(instant, &zone));
        prop_assert!(start <= instant && instant < end);
        prop_assert_eq!(kind.start_of(end, &zone), end);
    }
}

#[test]
fn a_zone_is_written_as_its_name_and_read_by_it() {
    let madrid = BillingZone::named("Europe/Madrid").unwrap();
    assert_eq!(serde_json::to_string(&madrid).unwrap(), "\"Europe/Madrid\"");
    assert_eq!(serde_json::from_str::<BillingZone>("\"europe/madrid\"").unwrap(), madrid);
    assert_ne!(madrid, BillingZone::utc());
    assert!(serde_json::from_str::<BillingZone>("\"Nowhere/At-All\"").is_err());
    assert_eq!(format!("{madrid:?}"), "Europe/Madrid");
}
