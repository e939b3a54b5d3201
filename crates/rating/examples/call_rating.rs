#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods, clippy::float_arithmetic)]
//! How many calls one core rates in a second: 100,000 prefixes, a two-minute call, with and without an off-peak change in it.
//! `cargo run --release -p rating --example call_rating`

use calendar::{Instant, Seconds};
use catalog::{Catalog, CatalogVersion, ProductId, RateQuery, ServiceId, Snapshot, Unit};
use rating::{PriceRule, price, whole_use};
use std::fmt::Write;
use std::hint::black_box;

const CALLS: usize = 1_000_000;
const PREFIXES: u64 = 100_000;
const ZONE: &str = "Europe/Madrid";

fn snapshot() -> Snapshot {
    let mut catalog: Catalog = toml::from_str(CATALOG).unwrap();
    for tariff in &mut catalog.tariffs {
        let timed = !tariff.off_peak.is_empty();
        let sheet = &mut tariff.rate_sheet;
        sheet.push_str("destination,first_price,per,first_interval,next_interval,off_peak_price\n");
        for prefix in 0..PREFIXES {
            let price = prefix % 997;
            let night = if timed { format!("0.{:04}", price / 2) } else { String::new() };
            let _ = writeln!(sheet, "{},0.{price:04},60,60,6,{night}", 1_000_000 + prefix * 9);
        }
    }
    Snapshot::compile(catalog, CatalogVersion(1), None).unwrap()
}

/// Rates every call and prints how fast.
fn measure(what: &str, rate: impl Fn(&str, Instant) -> money::Amount) {
    let calls: Vec<String> =
        (0..CALLS as u64).map(|i| format!("{}4711", 1_000_000 + i * 48_271 % PREFIXES * 9)).collect();
    // 17:59 in Madrid on a Wednesday of July, and a second later each call.
    let at = Instant::parse("2026-07-01T15:59:00Z").unwrap();
    let watch = processor_time();
    let mut total = 0i64;
    for (i, call) in (0..).zip(&calls) {
        total += black_box(rate(call, at.plus(Seconds(i % 30)))).micros();
    }
    let seconds = processor_time() - watch;
    println!(
        "{what}: {:.2} million ratings/s ({:.0} ns each, total {total})",
        CALLS as f64 / seconds / 1e6,
        seconds * 1e9 / CALLS as f64
    );
}

fn query<'a>(
    service: ServiceId,
    products: &'a [ProductId],
    destination: &'a str,
    at: Instant,
) -> RateQuery<'a> {
    RateQuery { products, service, node: "msc", access_code: "OUTGOING", destination, at, zone: ZONE }
}

/// Processor time this process has used, in seconds (Linux counts hundredths): what others do on the machine does not count.
fn processor_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split(' ').collect();
    [12, 13].iter().filter_map(|i| fields.get(*i)?.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn main() {
    let snapshot = snapshot();
    let service = snapshot.service("voice").unwrap().id;
    let products = |code: &str| [snapshot.product(code).unwrap().id];
    let (flat, split) = (products("flat"), products("split"));
    measure("plain rate", |call, at| {
        let choice = snapshot.rate(&query(service, &flat, call, at)).unwrap();
        price(&PriceRule::from(&choice), 120).unwrap()
    });
    measure("with one off-peak change, split", |call, at| {
        let choice = snapshot.rate(&query(service, &split, call, at)).unwrap();
        let rule = whole_use(&snapshot, &choice.found, (call, at, ZONE), (120, 0, Some(Unit::Second)));
        price(&rule, 120).unwrap()
    });
    let choice = snapshot.rate(&query(service, &flat, "10000004711", Instant::from_unix_seconds(0))).unwrap();
    let rule = PriceRule::from(&choice);
    measure("the arithmetic alone", |call, _| price(black_box(&rule), call.len() as u64).unwrap());
}

const CATALOG: &str = r#"
currency = "USD"
services = [{ code = "voice", name = "Calls", kind = "voice", unit = "second" }]
off_peak_periods = [{ code = "night", name = "Nights", when = [{ hours = "18:00-06:00" }] }]

[[tariffs]]
code = "flat"
name = "One price"
service = "voice"
off_peak = []
rates = [{ first_price = "1" }]

[[tariffs]]
code = "split"
name = "Two prices"
service = "voice"
off_peak = ["night"]
at_switch = "split"
rates = [{ first_price = "1" }]

[[products]]
code = "flat"
name = "One price"
kind = "main"
rating = [{ service = "voice", tariff = "flat" }]

[[products]]
code = "split"
name = "Two prices"
kind = "main"
rating = [{ service = "voice", tariff = "split" }]
"#;
