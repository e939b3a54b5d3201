//! Which row of a tariff holds: by date, by group, by time of day in the customer's zone; and what is refused.

use crate::refusals;

use calendar::{BillingZone, Instant, Seconds};
use catalog::{Catalog, CatalogVersion, DayPart, ProductId, RateChoice, RateQuery, Snapshot};
use proptest::prelude::*;

fn sample() -> Catalog {
    toml::from_str(include_str!("prices.toml")).unwrap()
}

fn compiled(catalog: Catalog) -> Snapshot {
    Snapshot::compile(catalog, CatalogVersion(1), None).unwrap()
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

/// The rate of a call, in the words of the tests.
fn call<'a>(
    snapshot: &'a Snapshot,
    products: &'a [ProductId],
    access_code: &'a str,
    destination: &'a str,
    when: &str,
    zone: &'a str,
) -> Option<RateChoice<'a>> {
    let service = snapshot.service("voice").unwrap().id;
    snapshot.rate(&RateQuery { products, service, node: "", access_code, destination, at: at(when), zone })
}

/// The first change of a price in a span of time.
fn next_change(
    snapshot: &Snapshot,
    tariff: &str,
    destination: &str,
    span: (Instant, Instant),
    zone: &str,
) -> Option<Instant> {
    let tariff = snapshot.catalog().tariffs.iter().find(|t| t.code == tariff).unwrap().id;
    let found = snapshot.tariff_rate(tariff, destination, span.0, zone).unwrap();
    let mut changes = snapshot.price_changes(found, destination, span, zone);
    changes.next().map(|(change, _)| change)
}

fn price(snapshot: &Snapshot, access_code: &str, destination: &str, when: &str) -> String {
    let products = [snapshot.product("mobile").unwrap().id];
    let found = call(snapshot, &products, access_code, destination, when, "UTC");
    found.map_or("none".into(), |c| {
        format!("{} {}", catalog::matched_destination(destination, c.matched), c.rate.first_price)
    })
}

#[test]
fn the_row_in_force_at_the_instant_prices_and_shorter_prefixes_fill_the_gaps() {
    let snapshot = compiled(sample());
    let cases = [
        ("2026-01-01T00:00:00Z", "4420 0.10"),
        ("2026-02-28T23:59:59.999999Z", "4420 0.10"),
        ("2026-03-01T00:00:00Z", "44 0.20"),
        ("2026-06-01T00:00:00Z", "4420 0.12"),
        ("2026-08-31T22:00:00Z", "44 0.20"),
        ("2026-09-01T00:00:00Z", "4420 0.14"),
        ("2027-01-01T00:00:00Z", "44 0.20"),
    ];
    for (when, expected) in cases {
        assert_eq!(price(&snapshot, "", "442071234567", when), expected, "{when}");
    }
}

#[test]
fn a_rate_for_a_group_is_a_rate_for_each_member() {
    let snapshot = compiled(sample());
    for (destination, expected) in
        [("49301234", "49 0.20"), ("331", "33 0.20"), ("81", "* 0.60"), ("4", "* 0.60")]
    {
        assert_eq!(price(&snapshot, "", destination, "2026-01-01T00:00:00Z"), expected, "{destination}");
    }
}

#[test]
fn a_sheet_prices_like_rows() {
    let snapshot = compiled(sample());
    let cases = [
        ("15551234", "2026-01-01T12:00:00Z", "1 0.01"),
        ("15551234", "2026-06-01T12:00:00Z", "1 0.02"),
        ("4420", "2026-06-01T12:00:00Z", "44 0.02"),
        ("SATELLITE", "2026-06-01T12:00:00Z", "SATELLITE 0.00"),
        ("7", "2026-06-01T12:00:00Z", "* 0.90"),
    ];
    for (destination, when, expected) in cases {
        assert_eq!(price(&snapshot, "SHEET", destination, when), expected, "{destination} {when}");
    }
    let products = [snapshot.product("mobile").unwrap().id];
    let night = call(&snapshot, &products, "SHEET", "1555", "2026-06-01T20:00:00Z", "UTC").unwrap();
    assert_eq!((night.rate.name.as_str(), night.day_part), ("United States, Canada", DayPart::First));
    assert_eq!(night.rate.off_peak_price(night.day_part).unwrap().first_price.to_string(), "0.005");
    assert!(
        call(&snapshot, &products, "SHEET", "SATELLITE", "2026-06-01T20:00:00Z", "UTC")
            .unwrap()
            .rate
            .forbidden
    );
}

#[test]
fn off_peak_is_what_the_customers_clock_says() {
    let snapshot = compiled(sample());
    let products = [snapshot.product("mobile").unwrap().id];
    let part = |when, zone| call(&snapshot, &products, "", "7", when, zone).unwrap().day_part;
    // Wednesday 1 July 2026.
    assert_eq!(part("2026-07-01T15:59:59Z", "Europe/Madrid"), DayPart::Peak);
    assert_eq!(part("2026-07-01T16:00:00Z", "Europe/Madrid"), DayPart::First, "18:00 in Madrid");
    assert_eq!(part("2026-07-01T16:00:00Z", "America/New_York"), DayPart::Peak, "noon in New York");
    assert_eq!(part("2026-07-01T09:59:59Z", "America/New_York"), DayPart::First);
    // Saturday, a holiday of one year, a holiday of every year; nights go before weekends.
    assert_eq!(part("2026-07-04T12:00:00Z", "UTC"), DayPart::Second);
    assert_eq!(part("2026-07-04T20:00:00Z", "UTC"), DayPart::First);
    assert_eq!(part("2026-07-03T12:00:00Z", "UTC"), DayPart::Second);
    assert_eq!(part("2030-12-25T12:00:00Z", "UTC"), DayPart::Second);
    assert_eq!(part("2026-07-01T20:00:00Z", "Mars/Olympus"), DayPart::First, "an unknown zone is UTC");
}

#[test]
fn the_next_price_change_is_told_across_days_dates_and_daylight_saving() {
    let snapshot = compiled(sample());
    let next = |destination: &str, from: &str, until: &str, zone: &str| {
        next_change(&snapshot, "voice", destination, (at(from), at(until)), zone)
            .map(|change| change.to_string())
    };
    let year = "2027-06-01T00:00:00Z";
    // Friday evening: night until Saturday six, then the weekend until eighteen.
    assert_eq!(next("7", "2026-06-05T17:00:00Z", year, "UTC").as_deref(), Some("2026-06-05T18:00:00Z"));
    assert_eq!(next("7", "2026-06-05T18:00:00Z", year, "UTC").as_deref(), Some("2026-06-06T06:00:00Z"));
    assert_eq!(next("7", "2026-06-06T06:00:00Z", year, "UTC").as_deref(), Some("2026-06-06T18:00:00Z"));
    assert_eq!(next("7", "2026-06-05T17:00:00Z", "2026-06-05T18:00:00Z", "UTC"), None, "not before the end");
    // A row that comes into force at noon, between two switches of the day; a tariff without off-peak periods.
    assert_eq!(next("4420", "2026-08-31T20:30:00Z", year, "UTC").as_deref(), Some("2026-08-31T22:00:00Z"));
    assert_eq!(next("4420", "2026-08-31T22:00:00Z", year, "UTC").as_deref(), Some("2026-09-01T00:00:00Z"));
    // In Madrid the clocks are put forward at two and back at three: six o'clock is an hour nearer or farther.
    let madrid = |from| next("7", from, year, "Europe/Madrid");
    assert_eq!(madrid("2026-03-28T20:00:00Z").as_deref(), Some("2026-03-29T04:00:00Z"));
    assert_eq!(madrid("2026-10-24T20:00:00Z").as_deref(), Some("2026-10-25T05:00:00Z"));
    let keeps = next_change(&snapshot, "carrier", "7", (at("2026-06-05T17:00:00Z"), at(year)), "UTC");
    assert_eq!(keeps, None, "sessions of this tariff keep their price");
}

#[test]
fn price_changes_follow_one_another_with_their_prices() {
    let snapshot = compiled(sample());
    let span = (at("2026-08-31T12:00:00Z"), at("2026-09-01T12:00:00Z"));
    let tariff = snapshot.catalog().tariffs[0].id;
    let found = snapshot.tariff_rate(tariff, "4420", span.0, "UTC").unwrap();
    let changes = snapshot.price_changes(found, "4420", span, "UTC").map(|(when, to)| {
        (
            when.to_string(),
            catalog::matched_destination("4420", to.matched),
            to.rate.first_price.to_string(),
            to.day_part,
        )
    });
    let expected = [
        ("2026-08-31T18:00:00Z", "4420", "0.12", DayPart::First),
        ("2026-08-31T22:00:00Z", "44", "0.20", DayPart::First),
        ("2026-09-01T00:00:00Z", "4420", "0.14", DayPart::First),
        ("2026-09-01T06:00:00Z", "4420", "0.14", DayPart::Peak),
    ];
    assert!(changes.eq(expected.map(|(when, to, price, part)| (
        when.to_owned(),
        to,
        price.to_owned(),
        part
    ))));
}

#[test]
fn a_use_is_costed_by_the_connection_that_fits_in_the_vendors_zone() {
    let snapshot = compiled(sample());
    let service = snapshot.service("voice").unwrap().id;
    let cost = |node, access_code, when| {
        let query = RateQuery {
            products: &[],
            service,
            node,
            access_code,
            destination: "7",
            at: at(when),
            zone: "UTC",
        };
        snapshot.cost(&query).map(|c| (c.connection.code.as_str(), c.rate.day_part, c.rate.currency.code()))
    };
    assert_eq!(cost("msc", "OUTGOING.SI120", "2026-07-01T15:00:00Z"), Some(("trunk", DayPart::Peak, "EUR")));
    assert_eq!(cost("", "OUTGOING", "2026-07-01T16:00:00Z"), Some(("trunk", DayPart::First, "EUR")));
    assert_eq!(cost("msc", "", "2026-07-01T16:00:00Z"), None, "the other connection is out of use");
}

/// MIDA-03: calls to the queues of a vendor and calls from them come over two connections of it, each with its own tariff.
#[test]
fn a_use_is_costed_by_the_connection_of_its_direction() {
    let mut catalog = sample();
    let trunk = catalog.connections[0].clone();
    let way = |code: &str, direction| catalog::Connection {
        code: code.into(),
        direction,
        access_code: None,
        ..trunk.clone()
    };
    catalog.connections =
        vec![way("from-mida", catalog::Direction::FromVendor), way("to-mida", catalog::Direction::ToVendor)];
    let named = catalog::Connection {
        access_code: Some("SIP-IN".into()),
        ..way("named", catalog::Direction::FromVendor)
    };
    catalog.connections.push(named);
    // It says no direction; the code that it names does.
    let coded = catalog::Connection {
        access_code: Some("INCOMING.QUEUE".into()),
        ..way("coded", catalog::Direction::default())
    };
    catalog.connections.push(coded);
    let snapshot = compiled(catalog);
    let cost = |access_code| {
        let query = RateQuery {
            products: &[],
            service: snapshot.service("voice").unwrap().id,
            node: "pbx",
            access_code,
            destination: "7",
            at: at("2026-07-01T15:00:00Z"),
            zone: "UTC",
        };
        snapshot.cost(&query).map(|c| c.connection.code.clone())
    };
    for (access_code, connection) in [
        ("OUTGOING", "to-mida"),
        ("INCOMING", "from-mida"),
        ("ROAMING.europe.INCOMING", "from-mida"),
        ("", "to-mida"),
        ("SIP-IN", "named"),
        ("INCOMING.QUEUE", "coded"),
    ] {
        assert_eq!(cost(access_code).as_deref(), Some(connection), "{access_code}");
    }
}

#[test]
fn a_rating_group_is_its_own_service_where_the_product_prices_it() {
    let snapshot = compiled(sample());
    let products = [snapshot.product("mobile").unwrap().id];
    let data = snapshot.service("data").unwrap().id;
    let class = |group| {
        let id = snapshot.traffic_class(&products, data, group);
        snapshot.service_by_id(id).unwrap().code.as_str()
    };
    assert_eq!((class(Some(100)), class(Some(101))), ("social", "social"));
    assert_eq!((class(None), class(Some(7))), ("data", "data"));
    assert_eq!(class(Some(200)), "data", "the product does not price video apart");
}

/// Spoils the sample and expects exactly this one problem.
fn refused(object: &str, field: &str, spoil: impl FnOnce(&mut Catalog)) {
    refusals::refused(sample(), object, field, spoil);
}

#[test]
fn overlapping_dates_are_refused_with_tariff_row_and_field() {
    let date = |text| Some(catalog::EffectiveDate::parse(text).unwrap());
    refused("tariff voice, rate 4420", "effective_until", |c| {
        c.tariffs[0].rates[2].effective_until = date("2026-06-02")
    });
    refused("tariff voice, rate 4420", "effective_from", |c| {
        c.tariffs[0].rates[4].effective_from = date("2027-01-01")
    });
    refused("tariff voice, rate 4420", "destination", |c| {
        (c.tariffs[0].rates[3].effective_from, c.tariffs[0].rates[3].effective_until) =
            (None, date("2026-03-01"));
    });
    refused("tariff voice, rate 44", "destination", |c| {
        let row = catalog::Rate { destination: "44".into(), ..c.tariffs[0].rates[0].clone() };
        c.tariffs[0].rates.push(row);
    });
    refused("tariff voice, rate 4420", "effective_until", |c| {
        c.tariffs[0].rates[4].effective_until = date("2026-08-31")
    });
    refused("tariff sheet, rate 44", "destination", |c| c.tariffs[1].rate_sheet += "44,Again,1,1,1,,,\n");
}

#[test]
fn bad_sheets_are_refused_with_the_line() {
    refused("tariff sheet, rate sheet line 7", "rate_sheet", |c| {
        c.tariffs[1].rate_sheet += "45,Nowhere,dear,1,1,,,\n"
    });
    refused("tariff sheet, rate sheet line 7", "rate_sheet", |c| c.tariffs[1].rate_sheet += "45,Nowhere,1\n");
    refused("tariff sheet, rate sheet line 7", "rate_sheet", |c| {
        c.tariffs[1].rate_sheet += ",Nowhere,1,1,1,,,\n"
    });
    refused("tariff sheet, rate sheet line 1", "rate_sheet", |c| {
        c.tariffs[1].rate_sheet = "prefix,price\n1,2\n".into()
    });
    refused("tariff sheet, rate sheet line 2", "rate_sheet", |c| {
        c.tariffs[1].rate_sheet = "destination,first_price,colour\n1,2,red\n".into();
    });
    refused("tariff sheet, rate sheet, rows like \"Nowhere\" at 1.00", "first_interval", |c| {
        c.tariffs[1].rate_sheet += "45,Nowhere,1,1,0,,,\n";
    });
}

#[test]
fn calendars_groups_and_connections_refer_to_what_exists() {
    refused("tariff voice", "off_peak", |c| c.tariffs[0].off_peak[1] = "siesta".into());
    refused("tariff voice", "off_peak", |c| c.tariffs[0].off_peak.push("night".into()));
    refused("tariff sheet, rate *", "off_peak", |c| {
        let mut rate = c.tariffs[0].rates[0].clone();
        rate.off_peak.truncate(2);
        (c.tariffs[1].rates, c.tariffs[1].rate_sheet) = (vec![rate], String::new());
    });
    refused("tariff voice", "group_set", |c| c.tariffs[0].group_set = Some("moon".into()));
    refused("tariff voice, rate group europe", "group", |c| c.destination_group_sets[0].groups.truncate(0));
    refused("tariff voice, rate group moon", "group", |c| c.tariffs[0].rates[1].group = Some("moon".into()));
    refused("destination group set world", "groups", |c| c.destination_groups[1].prefixes.push("44".into()));
    refused("off-peak period night, window 1", "hours", |c| {
        c.off_peak_periods[0].when[0].hours = Some("25-3".into())
    });
    refused("off-peak period weekend, window 1", "weekdays", |c| {
        c.off_peak_periods[1].when[0].weekdays = Some("6-7".into());
    });
    refused("off-peak period weekend, window 2", "holidays", |c| {
        c.off_peak_periods[1].when[1].holidays = Some("mars".into());
    });
    refused("off-peak period night", "when", |c| c.off_peak_periods[0].when.clear());
    refused("holiday calendar us", "days", |c| c.holidays[0].days.push("13-01".into()));
    refused("vendor carrier", "zone", |c| c.vendors[0].zone = Some("Mars/Olympus".into()));
    refused("connection trunk", "tariff", |c| c.connections[0].tariff = "gone".into());
    refused("connection trunk", "vendor", |c| c.connections[0].vendor = "gone".into());
    refused("product mobile", "rating", |c| c.products[0].rating[0].tariff = "carrier".into());
    refused("service data", "rating_groups", |c| c.services[1].rating_groups[1].groups.push(100));
    refused("service data", "rating_groups", |c| c.services[1].rating_groups[1].service = "voice".into());
}

#[test]
fn formulas_are_complete() {
    let spoil = |formula: &'static str| {
        move |c: &mut Catalog| {
            let rate = format!("first_price = \"0\"\ndestination = \"9\"\nformula = {formula}");
            c.tariffs[0].rates.push(toml::from_str(&rate).unwrap());
        }
    };
    let mut good = sample();
    spoil(
        "[{ interval = { units = 60, count = 1, price = \"0.1\" } }, { fixed = \"0.5\" }, \"connect_fee\", { interval = { units = 6, count = 10, price = \"0.2\" } }, { percent = \"10\" }, { chance = { percent = \"2.5\", price = \"1\" } }, { chance = { percent = \"50\" } }, \"disconnect\"]",
    )(&mut good);
    let published = compiled(good);
    let text = toml::to_string(published.catalog()).unwrap();
    assert_eq!(
        toml::from_str::<Catalog>(&text).unwrap(),
        *published.catalog(),
        "it reads back as it was written"
    );
    for bad in [
        "[{ fixed = \"0.5\" }]",
        "[{ interval = { units = 60, count = 1, price = \"0.1\" } }]",
        "[{ interval = { units = 0, price = \"0.1\" } }]",
        "[{ interval = { units = 6, price = \"0.1\" } }, { interval = { units = 6, price = \"0.1\" } }]",
        "[{ interval = { units = 6, price = \"0.1\" } }, \"disconnect\"]",
        "[\"disconnect\", { interval = { units = 6, price = \"0.1\" } }]",
        "[{ interval = { units = 6, price = \"0.1\" } }, { percent = \"-1\" }]",
        "[{ interval = { units = 6, price = \"0.1\" } }, { chance = { percent = \"100\" } }]",
        "[{ interval = { units = 6, price = \"0.1\" } }, { chance = { percent = \"0\" } }]",
        "[{ interval = { units = 6, price = \"0.1\" } }, { chance = { percent = \"5\", price = \"-1\" } }]",
    ] {
        refused("tariff voice, rate 9", "formula", spoil(bad));
    }
}

/// Slow and obvious: second by second, with the time zone library's own clock.
fn day_part_by_hand(at: Instant, zone: &BillingZone, holidays: bool) -> DayPart {
    let shown = zone.jiff().to_datetime(at.to_jiff().unwrap());
    let weekend = matches!(shown.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
    let holiday = (shown.month(), shown.day()) == (12, 25) || shown.date() == jiff::civil::date(2026, 7, 3);
    match shown.hour() {
        18.. | ..6 => DayPart::First,
        _ if weekend || holidays && holiday => DayPart::Second,
        _ => DayPart::Peak,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The next change is the first minute at which the clock on the wall says another part of the day, with holidays and where weeks
    /// are all alike.
    #[test]
    fn changes_are_found_where_walking_minute_by_minute_finds_them(
        minutes in 29_700_000i64..30_300_000,
        zone in 0usize..5,
        near_change in any::<bool>(),
        holidays in any::<bool>(),
    ) {
        let names = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Madrid"];
        let zone = BillingZone::named(names[zone]).unwrap();
        let mut from = Instant::from_unix_seconds(minutes * 60);
        if near_change {
            // Half of the cases begin within a day before the clocks are changed, where there are changes.
            let change = zone.stretch(from).until;
            if change < at("2029-01-01T00:00:00Z") {
                from = change.minus(Seconds(minutes.unsigned_abs() % 1_440 * 60));
            }
        }
        let mut catalog = sample();
        for period in &mut catalog.off_peak_periods {
            period.when.retain(|window| holidays || window.holidays.is_none());
        }
        let snapshot = compiled(catalog);
        let until = from.plus(Seconds(4 * 86_400));
        let found = next_change(&snapshot, "voice", "7", (from, until), zone.name());
        let now = day_part_by_hand(from, &zone, holidays);
        let found_now = snapshot.tariff_rate(snapshot.catalog().tariffs[0].id, "7", from, zone.name());
        prop_assert_eq!(found_now.unwrap().day_part, now);
        let mut walked = from.plus(Seconds(60));
        while walked < until && day_part_by_hand(walked, &zone, holidays) == now {
            walked = walked.plus(Seconds(60));
        }
        prop_assert_eq!(found, (walked < until).then_some(walked));
    }
}
