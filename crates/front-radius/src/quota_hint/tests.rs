//! Quotas in the units of vendors.

use super::*;

fn hint(units: u64, unit: Unit) -> QuotaHint {
    QuotaHint::of(QuotaLeft { units, unit, ends: None }).unwrap()
}

#[test]
fn volume_is_told_rounded_down_and_never_as_nothing() {
    let of = |units: u64, name: &str| hint(units, Unit::Octet).get(name).unwrap();
    let five = (5 << 30) + 1_500;
    let said = NAMES.map(|name| hint(five, Unit::Octet).get(name));
    let expected =
        ["5368710620", "1073743324", "1", "4294967295", "5242881", "5120"].map(|text| Some(text.to_owned()));
    assert_eq!(said[..6], expected);
    assert_eq!(said[6..8], [None, None], "no time, no end");
    assert_eq!(
        [
            of(3, "quota_kilobytes"),
            of(3, "quota_megabytes"),
            of(8 << 30, "quota_low"),
            of(8 << 30, "quota_high")
        ],
        ["1", "1", "4294967295", "1"],
        "no half is nothing that a device may know alone"
    );
    assert_eq!([of(0, "quota_low"), of(0, "quota_high")], ["1", "0"]);
    assert_eq!(of(1 << 50, "quota_megabytes"), "16777215", "what 24 bits hold");
}

#[test]
fn a_session_may_last_as_long_as_the_time_that_is_left_and_no_longer_than_the_quota_lives() {
    let now = Instant::parse("2026-06-01T10:00:00Z").unwrap();
    let ends = Some(now.plus(Seconds(3_600)));
    let of = |units, unit, ends| QuotaHint::of(QuotaLeft { units, unit, ends }).unwrap().seconds(now);
    assert_eq!(of(7_200, Unit::Second, None), Some(7_200));
    assert_eq!(of(7_200, Unit::Second, ends), Some(3_600));
    assert_eq!(of(7_200, Unit::Octet, ends), Some(3_600));
    assert_eq!(of(7_200, Unit::Octet, None), None);
    assert_eq!(QuotaHint::of(QuotaLeft { units: 1, unit: Unit::Event, ends }), None);
    let told = QuotaHint::of(QuotaLeft { units: 1, unit: Unit::Octet, ends }).unwrap().get("quota_ends");
    assert_eq!(told.as_deref(), Some("2026-06-01T11:00:00Z"));
}

#[test]
fn who_asks_again_is_granted_what_was_used_and_the_rest() {
    let now = Instant::parse("2026-06-01T10:00:00Z").unwrap();
    let of =
        |used: u64, left: u64, name: &str| hint(left, Unit::Octet).granted_after((used, used), now).get(name);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!([of(0, 1_000, "quota_granted"), of(0, 1_000, "quota_threshold")], [text("1000"), text("900")]);
    assert_eq!(
        [of(500, 1_000, "quota_granted"), of(500, 1_000, "quota_threshold")],
        [text("1500"), text("1400")]
    );
    assert_eq!([of(0, 1_000, "quota_granted_high"), of(0, 1_000, "quota_threshold_high")], [None, None]);
    assert_eq!(
        [of(3 << 30, 2 << 30, "quota_granted"), of(3 << 30, 2 << 30, "quota_granted_high")],
        [text("1073741824"), text("1")]
    );
    assert_eq!(
        [of(2 << 30, 2 << 30, "quota_granted"), of(2 << 30, 2 << 30, "quota_granted_high")],
        [text("4294967295"), None]
    );
    assert_eq!(
        [of(0, 1, "quota_metering"), of(0, 1, "quota_id")],
        [text("1"), text(&now.unix_seconds().to_string())]
    );
    assert_eq!(hint(60, Unit::Second).get("quota_metering"), None, "time ends by Session-Timeout");
    assert_eq!(hint(60, Unit::Second).get("quota_granted"), None);
}

#[test]
fn what_no_report_has_told_is_not_granted_again() {
    let now = Instant::parse("2026-06-01T10:00:00Z").unwrap();
    let of = |used, counted, left| {
        let hint = hint(left, Unit::Octet).granted_after((used, counted), now);
        ["quota_granted", "quota_threshold"].map(|name| hint.get(name).unwrap().parse::<u64>().unwrap())
    };
    assert_eq!(of(90, 0, 100), [100, 99], "a hundred in all, as before");
    assert_eq!(of(90, 90, 10), [100, 99], "the same when it was told");
    assert_eq!(of(90, 40, 60), [100, 99], "or some of it");
    assert_eq!(of(150, 0, 100), [150, 150], "never less than it has used, and no more");
    assert_eq!(of(90, 95, 10), [100, 99], "a report may have overtaken the question");
}
