#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods, clippy::float_arithmetic)]
//! How long many rates take to load, how much memory they take, and how fast one is found.
//! `cargo run --release -p catalog --example rate_tables [rates] [look-ups]`

use calendar::Instant;
use catalog::{Catalog, CatalogVersion, RateQuery, Snapshot};
use std::fmt::Write;
use std::hint::black_box;

/// A small linear congruential generator: the same numbers each run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 20
    }

    /// A prefix or number of so many digits, not beginning with 0.
    fn digits(&mut self, count: u32) -> u64 {
        let least = 10u64.pow(count - 1);
        least + self.next() % (least * 9)
    }
}

/// Resident memory of this process in octets, as Linux tells it.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4_096
}

/// Processor time this process has used, in seconds (Linux counts hundredths): what others do on the machine does not count.
fn processor_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split(' ').collect();
    [12, 13].iter().filter_map(|i| fields.get(*i)?.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn main() {
    let wanted: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(5_000_000);
    let mut numbers = Numbers(7);
    // Prefixes of 4 to 10 digits, mostly of 7 to 9: world-wide destinations by operator and range. 20,000 names with a price each.
    let mut prefixes: Vec<u64> = Vec::with_capacity(wanted);
    while prefixes.len() < wanted {
        let missing = wanted - prefixes.len();
        prefixes.extend((0..missing).map(|_| {
            let length = [4, 7, 7, 8, 8, 8, 9, 9, 9, 10][numbers.next() as usize % 10];
            numbers.digits(length)
        }));
        prefixes.sort_unstable();
        prefixes.dedup();
    }
    let mut sheet = String::from("destination,name,first_price,per,first_interval,next_interval\n");
    for prefix in &prefixes {
        let name = prefix.wrapping_mul(2_654_435_761) % 20_000;
        let _ = writeln!(sheet, "{prefix},Destination {name},0.{:05},60,30,6", name * 3);
    }
    drop(prefixes);
    let text = sheet.len();
    let mut catalog: Catalog = toml::from_str(CATALOG).unwrap();
    catalog.tariffs[0].rate_sheet = sheet;
    let before = resident() - text as u64;
    let watch = processor_time();
    let snapshot = Snapshot::compile(catalog, CatalogVersion(1), None).unwrap();
    let loaded = processor_time() - watch;
    let memory = resident() - before;
    println!("{wanted} rates loaded in {:.2} s", loaded);
    println!(
        "{:.1} octets a rate, {:.1} of them the sheet's own text",
        memory as f64 / wanted as f64,
        text as f64 / wanted as f64
    );
    let calls = std::env::args().nth(2).and_then(|n| n.parse().ok()).unwrap_or(2_000_000);
    let random: Vec<String> = (0..calls).map(|_| numbers.digits(12).to_string()).collect();
    look_up("random numbers", &snapshot, &random);
    // As most traffic is: the n-th most called number is called n times less often than the first (Zipf).
    let rank = |part: f64| (calls as f64).powf(part) as usize - 1;
    let share = |n: u64| (n % 1_000_000_007) as f64 / 1_000_000_007.0;
    let skewed: Vec<String> = (0..calls).map(|_| random[rank(share(numbers.next()))].clone()).collect();
    look_up("numbers as they are called", &snapshot, &skewed);
    memory_read();
}

/// What a single read of memory takes here, one after the other in as many lines as 5 million rates have: less no look-up can take.
#[inline(never)]
fn memory_read() {
    let lines = vec![1u64; 8 << 20];
    let reads = 5_000_000;
    let (watch, mut at) = (processor_time(), 0usize);
    for _ in 0..reads {
        at =
            (at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407)) ^ (at >> 29);
        at = at.wrapping_add(black_box(lines[(at >> 8) % lines.len()]) as usize);
    }
    black_box(at);
    println!("one read of memory: {:.0} ns", (processor_time() - watch) * 1e9 / f64::from(reads));
}

/// Finds the rate of every call and prints how long that takes.
#[inline(never)]
fn look_up(what: &str, snapshot: &Snapshot, calls: &[String]) {
    let products = [snapshot.product("all").unwrap().id];
    let service = snapshot.service("voice").unwrap().id;
    let at = Instant::from_unix_seconds(1_780_000_000);
    let (watch, mut found) = (processor_time(), 0usize);
    for destination in calls {
        let query = RateQuery {
            products: &products,
            service,
            node: "",
            access_code: "",
            destination,
            at,
            zone: "UTC",
        };
        found += usize::from(black_box(snapshot.rate(&query)).is_some());
    }
    let each = (processor_time() - watch) * 1e9 / calls.len() as f64;
    let share = found as f64 * 100.0 / calls.len() as f64;
    println!("{what}: {each:.0} ns from product to rate ({share:.0} % have one)");
}

const CATALOG: &str = r#"
currency = "USD"
services = [{ code = "voice", name = "Calls", kind = "voice", unit = "second" }]
products = [{ code = "all", name = "All", kind = "main", rating = [{ service = "voice", tariff = "world" }] }]
[[tariffs]]
code = "world"
name = "World"
service = "voice"
"#;
