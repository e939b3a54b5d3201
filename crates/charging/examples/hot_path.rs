#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
//! What the core does most often, as often as is said; for counting instructions (`scripts/instructions`).
//! `cargo run --release -p charging --example hot_path updates|interims|calls ROUNDS`

use calendar::{BillingPeriod, Instant, Seconds};
use catalog::{Catalog, CatalogVersion, RateQuery, Snapshot, Unit};
use charging::{
    AddAccount, Asked, Command, Context, CreateCustomer, Customer, CustomerId, Effects, Envelope, Payment,
    Reply, SessionKey, SessionRequest, Step, UnitOutcome, UnitReport, Used,
};
use money::{Amount, Currency};
use std::fmt::Write;
use std::hint::black_box;

const WHO: CustomerId = CustomerId(7);
/// Between two reports.
const PAUSE: Seconds = Seconds(60);
const PREFIXES: usize = 10_000;

struct World {
    catalog: Snapshot,
    now: Instant,
    state: Option<Customer>,
}

impl World {
    /// A postpaid customer with one account, and a session of it that has begun.
    fn new(grants: bool) -> (Self, SessionRequest) {
        let now = Instant::parse("2026-06-01T00:00:00Z").unwrap();
        let mut world = Self { catalog: snapshot(), now, state: None };
        world.done(Command::CreateCustomer(CreateCustomer {
            currency: Currency::parse("USD").unwrap(),
            payment: Payment::Postpaid,
            credit_limit: Some(Amount::from_micros(1_000_000_000_000_000)),
            zone: calendar::BillingZone::named("Europe/Madrid").unwrap(),
            period: BillingPeriod::Monthly,
            period_bounds: (now, now.plus(Seconds(30 * 86_400))),
            net_days: 14,
            chain: Vec::new(),
            class: None,
        }));
        let product = world.catalog.product("mobile").unwrap().id;
        let add = AddAccount { product, add_ons: Vec::new(), detail: String::new() };
        let Reply::Done(Some(account)) = world.run(Command::AddAccount(add)).0 else { panic!() };
        let service = world.catalog.service("data").unwrap().id;
        let unit = UnitReport {
            rating_group: Some(1),
            service_identifier: None,
            service,
            access_code: "".into(),
            destination: "internet".into(),
            used: Used::None,
            asked: Asked::Default,
        };
        let mut request = SessionRequest {
            session: SessionKey::diameter(b"gateway.example.net;1780272000;42;gy"),
            account,
            identifier: "15551234567".into(),
            node: "gateway".into(),
            request: 0,
            step: Step::Start,
            event_at: now,
            units: vec![unit],
            grants,
            silence: 7_200,
            details: "".into(),
            hotlines: false,
        };
        world.run(Command::Session(request.clone()));
        request.step = Step::Update;
        (world, request)
    }

    fn run(&mut self, command: Command) -> (Reply, Effects) {
        let envelope = Envelope { customer: WHO, key: None, command };
        let context = Context { catalog: &self.catalog, now: self.now };
        charging::apply(&mut self.state, &envelope, context).unwrap()
    }

    fn done(&mut self, command: Command) {
        let (reply, _) = self.run(command);
        assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    }
}

fn snapshot() -> Snapshot {
    let mut catalog: Catalog = toml::from_str(CATALOG).unwrap();
    let sheet = &mut catalog.tariffs[1].rate_sheet;
    sheet.push_str("destination,first_price,per,first_interval,next_interval,off_peak_price\n");
    for prefix in 0..PREFIXES {
        let _ = writeln!(sheet, "{},0.{:04},60,60,6,0.01", 100_000 + prefix * 9, prefix % 997);
    }
    Snapshot::compile(catalog, CatalogVersion(1), None).unwrap()
}

/// Steps of one session.
fn steps(rounds: u64, grants: bool) -> (World, Vec<Envelope>) {
    let (world, request) = World::new(grants);
    let step = |number: u64| {
        let mut request = request.clone();
        (request.request, request.event_at) = (number, world.now.plus(Seconds(PAUSE.0 * number)));
        request.units[0].used = if grants { Used::Since(700_001) } else { Used::Total(number * 700_001) };
        request.units[0].asked = if grants { Asked::Default } else { Asked::Nothing };
        Envelope { customer: WHO, key: None, command: Command::Session(request) }
    };
    let steps = (1..=rounds).map(step).collect();
    (world, steps)
}

/// CCR-Updates of one session: use, and a further grant; a quota, then money.
#[inline(never)]
fn updates(mut world: World, steps: &[Envelope]) -> usize {
    steps.iter().filter(|step| granted(&step_of(&mut world, step))).count()
}

/// Interim Accounting-Requests of one session: a total, nothing granted.
#[inline(never)]
fn interims(mut world: World, steps: &[Envelope]) -> usize {
    steps.iter().filter(|step| matches!(step_of(&mut world, step), Reply::Session(_))).count()
}

fn step_of(world: &mut World, step: &Envelope) -> Reply {
    world.now = world.now.plus(PAUSE);
    let context = Context { catalog: &world.catalog, now: world.now };
    black_box(charging::apply(&mut world.state, step, context)).unwrap().0
}

fn granted(reply: &Reply) -> bool {
    let Reply::Session(reply) = reply else { return false };
    matches!(reply.units[0].outcome, UnitOutcome::Granted { .. })
}

/// Two-minute calls with one off-peak change, from number to amount.
#[inline(never)]
fn calls(catalog: &Snapshot, numbers: &[String]) -> usize {
    let products = [catalog.product("mobile").unwrap().id];
    let service = catalog.service("voice").unwrap().id;
    // 17:59 in Madrid on a Wednesday of July.
    let (at, zone) = (Instant::parse("2026-07-01T15:59:00Z").unwrap(), "Europe/Madrid");
    let priced = numbers.iter().filter(|destination| {
        let query =
            RateQuery { products: &products, service, node: "", access_code: "", destination, at, zone };
        let choice = catalog.rate(&query).unwrap();
        let span = (destination.as_str(), at, zone);
        let rule = rating::whole_use(catalog, &choice.found, span, (120, 0, Some(Unit::Second)));
        black_box(rating::price(&rule, 120)).unwrap().is_positive()
    });
    priced.count()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let part = arguments.next().unwrap_or_default();
    let rounds: u64 = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(1_000);
    let done = match part.as_str() {
        "updates" => {
            let (world, steps) = steps(rounds, true);
            updates(world, &steps)
        }
        "interims" => {
            let (world, steps) = steps(rounds, false);
            interims(world, &steps)
        }
        "calls" => {
            let number = |i: usize| format!("{}4711", 100_000 + i * 4_827 % PREFIXES * 9);
            let numbers: Vec<String> = (0..rounds as usize).map(number).collect();
            calls(&snapshot(), &numbers)
        }
        _ => panic!("usage: hot_path updates|interims|calls ROUNDS"),
    };
    assert_eq!(done, rounds as usize, "every one did what it should");
    println!("{part}: {done}");
}

const CATALOG: &str = r#"
currency = "USD"

[[services]]
code = "data"
name = "Data"
kind = "data"
unit = "octet"
grant = { units = 10485760, validity = 3600 }

[[services]]
code = "voice"
name = "Calls"
kind = "voice"
unit = "second"

[[off_peak_periods]]
code = "night"
name = "Nights"
when = [{ hours = "18:00-06:00" }]

[[tariffs]]
code = "data"
name = "One cent per started megabyte"
service = "data"
rates = [{ first_price = "0.01", first_interval = 1048576, per = 1048576 }]

[[tariffs]]
code = "voice"
name = "Two prices"
service = "voice"
off_peak = ["night"]
at_switch = "split"
rates = [{ first_price = "1" }]

[[products]]
code = "mobile"
name = "Mobile"
kind = "main"
rating = [{ service = "data", tariff = "data" }, { service = "voice", tariff = "voice" }]
quotas = [{ name = "Included", service = "data", units = 524288000 }]
"#;
