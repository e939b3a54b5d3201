//! How figures read.

use web_kit::*;

fn words(markup: impl Into<Markup>) -> String {
    let markup = markup.into();
    let mut inside = false;
    let kept = markup.as_str().chars().filter(|letter| {
        let shown = !inside && *letter != '<';
        inside = *letter == '<' || (inside && *letter != '>');
        shown
    });
    kept.collect::<String>().replace('\u{a0}', " ")
}

#[test]
fn money_shows_grouping_code_real_minus_and_never_rounds() {
    assert_eq!(words(money(39_990_000, "USD", 2)), "39.99 USD");
    assert_eq!(words(money(-12_345_670_000, "USD", 2)), "\u{2212}12,345.67 USD");
    assert_eq!(words(money(500_000, "USD", 2).signed()), "+0.50 USD");
    assert_eq!(words(money(0, "USD", 2).signed()), "0.00 USD");
    assert_eq!(words(money(15_000, "USD", 2)), "0.015 USD", "a rate keeps its digits");
    assert_eq!(words(money(1_200_000_000, "JPY", 0)), "1,200 JPY");
    assert_eq!(words(money(1, "KWD", 3)), "0.000001 KWD");
    assert_eq!(words(money(i64::MIN, "USD", 2)), "\u{2212}9,223,372,036,854.775808 USD");
    assert_eq!(
        words(money(1, "USD", 255)),
        "0.000001 USD",
        "a broken exponent is held to what a millionth has"
    );
}

#[test]
fn money_gives_machines_a_plain_decimal() {
    assert!(Markup::from(money(-1_234_500_000, "USD", 2)).as_str().contains("value=\"-1234.50\""));
}

#[test]
fn an_instant_is_shown_in_the_viewers_zone_with_the_exact_one_on_hover() {
    // 1 July 2026, 00:30 UTC is still June in New York.
    let html = Markup::from(instant(1_782_865_800_000_001, "America/New_York"));
    assert!(html.as_str().contains(">30 Jun 2026, 20:30<"), "{html}");
    assert!(html.as_str().contains("title=\"2026-07-01T00:30:00.000001Z\""), "{html}");
    assert_eq!(day(1_782_865_800_000_000, "America/New_York").words(), "30 Jun 2026");
}

#[test]
fn an_unknown_zone_or_an_impossible_instant_is_said_and_does_not_panic() {
    assert_eq!(instant(0, "Mars/Base").words(), "1 Jan 1970, 00:00 UTC");
    assert_eq!(instant(i64::MAX, "UTC").words(), "out of range");
}

#[test]
fn a_distance_in_time_names_its_largest_unit_and_direction() {
    let ago = |seconds: i64| instant(0, "UTC").ago(seconds * 1_000_000).words();
    assert_eq!(
        [ago(0), ago(59), ago(180), ago(7_300), ago(-200_000)],
        ["now", "59 s ago", "3 min ago", "2 h ago", "in 2 d"]
    );
}

#[test]
fn octets_and_seconds_are_short_and_exact_on_hover() {
    assert_eq!(words(octets(999)), "999 B");
    assert_eq!(words(octets(1_254_000_000)), "1.25 GB");
    assert_eq!(words(octets(42_400_000)), "42.4 MB");
    assert_eq!(words(octets(u64::MAX)), "18.4 EB");
    assert_eq!(words(octets_binary(1_048_576)), "1 MiB");
    assert_eq!(words(bits_per_second(10_000_000)), "10 Mbps");
    assert!(octets(1_254_000_000).as_str().contains("title=\"1,254,000,000 octets\""));
    assert_eq!(words(seconds(45)), "45 s");
    assert_eq!(words(seconds(754)), "12 min 34 s");
    assert_eq!(words(seconds(11_220)), "3 h 07 min");
    assert_eq!(words(seconds(93_784)), "1 d 2 h");
    assert_eq!(words(count(10_482_113)), "10,482,113");
}

#[test]
fn a_usage_bar_is_full_at_its_end_and_for_nothing() {
    assert_eq!(UsageBar::new("", 412, 1000, "").percent(), 41);
    assert_eq!(UsageBar::new("", 7, 3, "").percent(), 100);
    assert_eq!(UsageBar::new("", 0, 0, "").percent(), 100);
    assert_eq!(UsageBar::new("", u64::MAX, u64::MAX, "").percent(), 100);
}

#[test]
fn a_sparkline_stays_in_its_box_for_any_series() {
    let wild: Vec<i64> = (0..5_000).map(|at| if at % 2 == 0 { i64::MIN } else { i64::MAX }).collect();
    for series in [&[][..], &[5], &[3, 3, 3], &wild] {
        let html = sparkline(series, "x");
        let figures =
            html.as_str().split(['M', 'L', ' ', 'Z', '"']).filter_map(|word| word.parse::<i64>().ok());
        assert!(figures.clone().all(|figure| (0..=1200).contains(&figure)), "{html}");
        assert!(html.as_str().len() < 6_000, "a long series is thinned");
    }
}

#[test]
fn a_known_status_word_has_its_tone_and_an_unknown_one_is_neutral() {
    let tone = |word: &str| status(word).into_string();
    assert!(tone("active").contains("chip good") && tone("active").contains(">Active<"));
    assert!(tone("PAST_DUE").contains("chip bad"));
    assert!(tone("assumed").contains("chip warn"));
    assert!(tone("whatever").contains("chip neutral"));
}
