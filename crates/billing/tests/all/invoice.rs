//! The invoice shows every charge once, in sections people expect, and its total is their sum.

use billing::{
    ChargeFact, InvoiceDraft, InvoiceLine, InvoiceWords, SectionKind, UsageDetail, due_at, due_date,
    period_dates, quantity_text,
};
use calendar::{BillingZone, Instant};
use catalog::Unit;
use charging::{FeeWhy, XdrKind};
use money::Amount;
use proptest::prelude::*;

const MB: u64 = 1_048_576;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn fact(
    kind: XdrKind,
    service: &str,
    account: &str,
    description: &str,
    units: u64,
    unit: Unit,
    amount: &str,
) -> ChargeFact {
    let fee = kind == XdrKind::RecurringFee;
    let day = format!("2026-06-{:02}T12:00:00Z", units % 28 + 1);
    ChargeFact {
        kind,
        service: service.into(),
        account: account.into(),
        description: description.into(),
        units,
        of_days: if fee { 30 } else { 0 },
        why: FeeWhy::Held,
        unit: (!fee).then_some(unit),
        amount: Amount::parse(amount).unwrap(),
        started_at: at(&day),
        ended_at: at(&day).plus(calendar::Seconds(600)),
    }
}

fn june() -> Vec<ChargeFact> {
    let fee = |description, days, amount| {
        fact(XdrKind::RecurringFee, "", "alice", description, days, Unit::Event, amount)
    };
    let data = |account, units, amount| {
        fact(XdrKind::Session, "Mobile data", account, "", units, Unit::Octet, amount)
    };
    let film = |title, day, amount| fact(XdrKind::Event, "Films", "alice", title, day, Unit::Event, amount);
    vec![
        data("+15551", 3 * MB / 2, "0.02"),
        film("The Third Man", 12, "3.99"),
        fee("HomeConnect+ monthly fee", 30, "39.99"),
        data("+15552", 10 * MB, "0.10"),
        fee("HBO monthly fee", 20, "3.99"),
        data("+15551", 2 * MB, "0.02"),
        film("Metropolis", 3, "3.99"),
        data("+15553", 0, "0.00"),
        fact(XdrKind::Session, "Calls", "+15551", "", 725, Unit::Second, "0.65"),
    ]
}

fn text(line: &InvoiceLine) -> String {
    format!("{} | {} | {} | {}", line.account, line.description, line.quantity, line.amount)
}

#[test]
fn june_reads_fees_first_then_service_by_service() {
    let draft = InvoiceDraft::of(&june(), UsageDetail::Summary, &InvoiceWords::default()).unwrap();
    let titles: Vec<(SectionKind, &str, String)> =
        draft.sections.iter().map(|s| (s.kind, s.title.as_str(), s.subtotal.to_string())).collect();
    let expected = [
        (SectionKind::Fees, "Monthly fees", "43.98".to_owned()),
        (SectionKind::Service, "Calls", "0.65".to_owned()),
        (SectionKind::Service, "Films", "7.98".to_owned()),
        (SectionKind::Service, "Mobile data", "0.14".to_owned()),
    ];
    assert_eq!(titles, expected);
    assert_eq!(draft.total, Amount::parse("52.75").unwrap());
    let lines: Vec<String> = draft.sections.iter().flat_map(|s| s.lines.iter().map(text)).collect();
    let expected = [
        "alice | HomeConnect+ monthly fee | 30 days | 39.99",
        "alice | HBO monthly fee | 20 of 30 days | 3.99",
        "+15551 | 1 session | 12 min 5 s | 0.65",
        "alice | Metropolis | 3 events | 3.99",
        "alice | The Third Man | 12 events | 3.99",
        "+15551 | 2 sessions | 3.5 MB | 0.04",
        "+15552 | 1 session | 10 MB | 0.10",
    ];
    assert_eq!(sorted(&lines), sorted(&expected.map(str::to_owned)));
    let films: Vec<&str> = draft.sections[2].lines.iter().map(|l| l.description.as_str()).collect();
    assert_eq!(films, ["Metropolis", "The Third Man"], "purchases in order of time");
}

fn sorted(lines: &[String]) -> Vec<String> {
    let mut lines = lines.to_vec();
    lines.sort();
    lines
}

#[test]
fn each_session_can_have_its_own_line() {
    let draft = InvoiceDraft::of(&june(), UsageDetail::EachSession, &InvoiceWords::default()).unwrap();
    let data = &draft.sections[3];
    assert_eq!(data.lines.len(), 3, "three sessions that used something");
    assert!(data.lines.iter().all(|line| line.count == 1 && line.description == "Session"));
    assert_eq!(draft.total, Amount::parse("52.75").unwrap());
}

#[test]
fn a_period_without_charges_has_no_sections() {
    let draft = InvoiceDraft::of(&[], UsageDetail::Summary, &InvoiceWords::default()).unwrap();
    assert_eq!((draft.sections.len(), draft.total), (0, Amount::ZERO));
}

#[test]
fn sums_out_of_range_are_an_error() {
    let mut facts = june();
    facts[0].amount = Amount::MAX;
    assert_eq!(
        InvoiceDraft::of(&facts, UsageDetail::Summary, &InvoiceWords::default()).unwrap_err().code(),
        "BIL-002"
    );
}

#[test]
fn quantities_read_as_people_say_them() {
    let cases = [
        (0, Unit::Second, "0 s"),
        (59, Unit::Second, "59 s"),
        (60, Unit::Second, "1 min"),
        (725, Unit::Second, "12 min 5 s"),
        (60_000, Unit::Second, "1,000 min"),
        (71_582_788, Unit::Second, "1,193,046 min 28 s"),
        (1, Unit::Octet, "1 B"),
        (1_023, Unit::Octet, "1,023 B"),
        (1_024, Unit::Octet, "1 KB"),
        (1_536, Unit::Octet, "1.5 KB"),
        (MB - 1, Unit::Octet, "1 MB"),
        (MB + MB / 2, Unit::Octet, "1.5 MB"),
        (1_000 * MB, Unit::Octet, "1,000 MB"),
        (1_536 * MB, Unit::Octet, "1.5 GB"),
        (u64::MAX, Unit::Octet, "16,384 PB"),
        (1, Unit::Message, "1 message"),
        (2, Unit::Message, "2 messages"),
        (1_204, Unit::Event, "1,204 events"),
    ];
    for (units, unit, expected) in cases {
        assert_eq!(quantity_text(units, unit, &InvoiceWords::default()), expected);
    }
}

#[test]
fn numbers_and_dates_follow_the_operators_words() {
    let american = InvoiceWords {
        date: "{month} {day}, {year}".into(),
        date_in_year: "{month} {day}".into(),
        date_in_month: "{month} {day}".into(),
        last_in_month: "{day}, {year}".into(),
        ..InvoiceWords::default()
    };
    let german = InvoiceWords {
        months: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".into(),
        date: "{day}. {month} {year}".into(),
        date_in_year: "{day}. {month}".into(),
        date_in_month: "{day}.".into(),
        decimal_mark: ",".into(),
        group_mark: ".".into(),
        part_of_days: "{held} von {whole}".into(),
        days: "Tagen".into(),
        ..InvoiceWords::default()
    };
    let day = jiff::civil::date;
    let dates = [
        (day(2026, 6, 1), day(2026, 6, 30), "June 1 – 30, 2026", "1. – 30. Juni 2026"),
        (day(2026, 6, 5), day(2026, 7, 4), "June 5 – July 4, 2026", "5. Juni – 4. Juli 2026"),
        (
            day(2026, 12, 15),
            day(2027, 1, 14),
            "December 15, 2026 – January 14, 2027",
            "15. Dezember 2026 – 14. Januar 2027",
        ),
        (day(2026, 3, 9), day(2026, 3, 9), "March 9, 2026", "9. März 2026"),
    ];
    for (first, last, in_american, in_german) in dates {
        assert_eq!(american.date_range(first, last), in_american);
        assert_eq!(german.date_range(first, last), in_german);
    }
    let amount = Amount::parse("-1234567.5").unwrap();
    assert_eq!(
        (american.money(amount, 2), german.money(amount, 2)),
        ("−1,234,567.50".into(), "−1.234.567,50".into())
    );
    assert_eq!(quantity_text(1_536 * MB, Unit::Octet, &german), "1,5 GB");
    assert_eq!(billing::days_text(12, 30, &german), "12 von 30 Tagen");
}

#[test]
fn an_invoice_is_overdue_from_the_midnight_after_its_due_date() {
    let utc = BillingZone::utc();
    assert_eq!(due_at(at("2026-07-01T00:00:00Z"), 14, &utc), at("2026-07-16T00:00:00Z"));
    assert_eq!(due_date(at("2026-07-01T23:59:59Z"), 14, &utc), jiff::civil::date(2026, 7, 15));
    assert_eq!(due_at(at("2026-07-01T05:00:00Z"), 0, &utc), at("2026-07-02T00:00:00Z"), "today is in time");
    // Clocks go back in Madrid on 25 October: the midnight is local.
    let madrid = BillingZone::named("Europe/Madrid").unwrap();
    assert_eq!(due_at(at("2026-10-20T22:30:00Z"), 5, &madrid), at("2026-10-26T23:00:00Z"));
    let period = (at("2026-05-31T22:00:00Z"), at("2026-06-30T22:00:00Z"));
    let june = (jiff::civil::date(2026, 6, 1), jiff::civil::date(2026, 6, 30));
    assert_eq!(period_dates(period.0, period.1, &madrid), june);
}

fn facts() -> impl Strategy<Value = Vec<ChargeFact>> {
    let kind = prop_oneof![
        Just(XdrKind::Session),
        Just(XdrKind::Event),
        Just(XdrKind::RecurringFee),
        Just(XdrKind::Wholesale),
        Just(XdrKind::Refund),
    ];
    let one = (kind, 0usize..4, 0usize..3, 0u64..1 << 40, 0i64..1_000_000_000_000, 0usize..4);
    let one = one.prop_map(|(kind, service, account, units, amount, unit)| {
        let service = ["Calls", "Films", "", "Mobile data"][service];
        let unit = [Unit::Second, Unit::Octet, Unit::Message, Unit::Event][unit];
        let mut fact = fact(kind, service, ["a", "b", "c"][account], "x", units, unit, "0");
        fact.amount = Amount::from_micros(amount);
        fact
    });
    prop::collection::vec(one, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the detail: total = subtotals = lines = charges, and every charge that counts is in one line.
    #[test]
    fn the_total_is_the_sum_of_the_charges(facts in facts(), each in any::<bool>()) {
        let detail = if each { UsageDetail::EachSession } else { UsageDetail::Summary };
        let draft = InvoiceDraft::of(&facts, detail, &InvoiceWords::default()).unwrap();
        let charges: i64 = facts.iter().map(|fact| fact.amount.micros()).sum();
        let subtotals: i64 = draft.sections.iter().map(|s| s.subtotal.micros()).sum();
        let lines = || draft.sections.iter().flat_map(|s| &s.lines);
        prop_assert_eq!(draft.total.micros(), charges);
        prop_assert_eq!(subtotals, charges);
        prop_assert_eq!(lines().map(|l| l.amount.micros()).sum::<i64>(), charges);
        let use_of = |f: &ChargeFact| matches!(f.kind, XdrKind::Session | XdrKind::Wholesale);
        let nothing = |f: &&ChargeFact| use_of(f) && f.units == 0 && f.amount.is_zero();
        let counted = facts.len() - facts.iter().filter(nothing).count();
        prop_assert_eq!(lines().map(|l| l.count).sum::<u64>(), counted as u64);
        prop_assert!(draft.sections.iter().all(|s| !s.lines.is_empty() && !s.title.is_empty()));
    }
}
