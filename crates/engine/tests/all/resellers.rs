//! Chains of resellers over the running engine and a real store: every event is charged once per level at that level's tariff and in
//! its currency, whatever is killed meanwhile; a reseller who may not serve stops those below him.

use crate::world;

use calendar::{BillingPeriod, BillingZone, Instant};
use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::*;
use engine::{Clock, Config, Engine};
use money::{Amount, Currency};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use store::{RelayCounts, XdrFilter};
use world::{MB, apply, step};

/// A megabyte is a cent for the subscriber, 0.006 dollars for his reseller, 0.004 euros for the one above.
const CATALOG: &str = r#"
currency = "USD"
[[services]]
code = "mobile-data"
name = "Mobile data"
kind = "data"
unit = "octet"
grant = { units = 10485760, validity = 600 }
[[tariffs]]
code = "data"
name = "Per megabyte"
service = "mobile-data"
rates = [{ first_interval = 1048576, first_price = "0.01", per = 1048576 }]
[[tariffs]]
code = "data-resale"
name = "Per megabyte, resellers"
service = "mobile-data"
places = 3
rates = [{ first_interval = 1048576, first_price = "0.006", per = 1048576 }]
[[tariffs]]
code = "data-wholesale"
name = "Per megabyte, distributors"
service = "mobile-data"
currency = "EUR"
places = 3
rates = [{ first_interval = 1048576, first_price = "0.004", per = 1048576 }]
[[products]]
code = "mobile"
name = "Mobile"
kind = "main"
rating = [{ service = "mobile-data", tariff = "data", reseller_tariff = "data-resale" }]
[[products]]
code = "wholesale"
name = "Wholesale"
kind = "main"
currency = "EUR"
rating = [{ service = "mobile-data", tariff = "data-wholesale" }]
"#;

const TOP: CustomerId = CustomerId(3);
const MIDDLE: CustomerId = CustomerId(5);
/// Numbers of the subscribers: these and up.
const FIRST: u32 = 100;
/// Longest wait for messages to arrive.
const PATIENCE: u32 = 3_000;

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn start(directory: &Path) -> Engine {
    start_at(directory, "2026-06-01T10:00:00Z")
}

/// As after a crash or a stop some minutes later.
fn start_again(directory: &Path) -> Engine {
    start_at(directory, "2026-06-01T10:05:00Z")
}

fn start_at(directory: &Path, at: &str) -> Engine {
    let store = Arc::new(testkit::books::open(directory).unwrap());
    let catalog: Catalog = toml::from_str(CATALOG).unwrap();
    let snapshot = Arc::new(Snapshot::compile(catalog, CatalogVersion(1), None).unwrap());
    let clock = Clock::starting_at(Instant::parse(at).unwrap());
    Engine::start(store, snapshot, clock, Config { threads: 2, ..Config::default() }).unwrap()
}

fn done(engine: &Engine, id: CustomerId, command: Command) -> Option<RowId> {
    match engine.call(id, None, command, None).unwrap() {
        Reply::Done(row) => row,
        other => panic!("{other:?}"),
    }
}

fn create(engine: &Engine, id: CustomerId, currency: &str, limit: &str, chain: &[CustomerId]) {
    let (now, period) = (engine.clock().now(), BillingPeriod::Monthly);
    let create = CreateCustomer {
        currency: Currency::parse(currency).unwrap(),
        payment: Payment::Postpaid,
        credit_limit: Some(amount(limit)),
        zone: BillingZone::utc(),
        period,
        period_bounds: (
            period.start_of(now, &BillingZone::utc()),
            period.end_after(now, &BillingZone::utc()),
        ),
        net_days: 15,
        class: None,
        chain: chain.to_vec(),
    };
    done(engine, id, Command::CreateCustomer(create));
}

/// A distributor who pays in euros, a reseller below him, and subscribers below that one.
fn levels(engine: &Engine, limit: &str, subscribers: u32) {
    let wholesale = engine.catalog().product("wholesale").unwrap().id;
    create(engine, TOP, "EUR", "1000", &[]);
    done(engine, TOP, Command::SetResale { wholesale: Some(wholesale), cushion: Amount::ZERO });
    create(engine, MIDDLE, "USD", limit, &[TOP]);
    done(engine, MIDDLE, Command::SetResale { wholesale: None, cushion: Amount::ZERO });
    for number in FIRST..FIRST + subscribers {
        subscribe(engine, CustomerId(number), &[MIDDLE, TOP]);
    }
}

fn subscribe(engine: &Engine, id: CustomerId, chain: &[CustomerId]) -> AccountId {
    create(engine, id, "USD", "100", chain);
    let product = engine.catalog().product("mobile").unwrap().id;
    let add = AddAccount { product, add_ons: Vec::new(), detail: String::new() };
    done(engine, id, Command::AddAccount(add)).unwrap()
}

fn account(engine: &Engine, number: u32) -> AccountId {
    engine.customer(CustomerId(number)).unwrap().unwrap().accounts[0].id
}

/// One session of six megabytes in four steps; sent again, it gets the same answers.
fn session(engine: &Engine, number: u32) {
    let account = account(engine, number);
    let steps = [(Step::Start, 0), (Step::Update, 3 * MB), (Step::Update, 2 * MB), (Step::Stop, MB)];
    for (request, (kind, used)) in (0..).zip(steps) {
        let reply = apply(engine, step(engine, account, request, kind, used));
        assert!(matches!(&reply, Reply::Session(s) if s.refusal.is_none()), "{reply:?}");
    }
}

fn eventually(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..PATIENCE {
        if holds() {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    panic!("{what}");
}

/// Waits until no message is on its way.
fn settle(engine: &Engine) {
    eventually("messages are still on their way", || {
        engine.store().flush().unwrap();
        let waiting = engine.store().relay_counts().unwrap().waiting;
        // Counted a moment after it is durable.
        waiting == 0 && engine.metrics().relays_waiting.get() == 0
    });
}

fn balance(engine: &Engine, id: CustomerId) -> Amount {
    engine.customer(id).unwrap().unwrap().head.purse.balance
}

fn records(engine: &Engine, id: CustomerId, kind: XdrKind) -> Vec<Xdr> {
    let filter = XdrFilter { customer: Some(id), most: 10_000, ..XdrFilter::default() };
    let rows = engine.store().xdrs(&filter).unwrap().into_iter().map(|row| row.xdr);
    rows.filter(|xdr| xdr.kind == kind).collect()
}

/// Each session once at every level, at that level's price, and the books agree.
fn levels_agree(engine: &Engine, subscribers: u32) {
    settle(engine);
    let sorted = |mut all: Vec<String>| {
        all.sort_unstable();
        all
    };
    let ids = |xdrs: &[Xdr]| sorted(xdrs.iter().map(|xdr| xdr.id.to_string()).collect());
    let origins = |xdrs: &[Xdr]| sorted(xdrs.iter().filter_map(|xdr| xdr.reference.clone()).collect());
    let retail: Vec<Xdr> = (FIRST..FIRST + subscribers)
        .flat_map(|number| records(engine, CustomerId(number), XdrKind::Session))
        .collect();
    let (middle, top) =
        (records(engine, MIDDLE, XdrKind::Wholesale), records(engine, TOP, XdrKind::Wholesale));
    assert_eq!(retail.len(), usize::try_from(subscribers).unwrap());
    assert_eq!(origins(&middle), ids(&retail), "the reseller's charges are one to one with the sessions");
    assert_eq!(origins(&top), ids(&middle), "the distributor's are one to one with the reseller's");
    for (xdrs, price) in [(&retail, "0.06"), (&middle, "0.036"), (&top, "0.024")] {
        assert!(xdrs.iter().all(|xdr| xdr.amount == amount(price)), "{price}: {xdrs:?}");
    }
    let times = |price: &str| Amount::from_micros(-amount(price).micros() * i64::from(subscribers));
    assert_eq!(balance(engine, MIDDLE), times("0.036"));
    assert_eq!(balance(engine, TOP), times("0.024"), "in euros");
    let report = engine.store().verify().unwrap();
    assert!(report.differences.is_empty(), "{:?}", report.differences);
    assert_eq!(report.relays, store::RelayReport::default());
}

/// Set for the process that is killed: the data directory it works in.
const KILLED: &str = "TALEA_TEST_KILLED";
const SESSIONS: u32 = 100;

/// Works until half of the sessions are done, then dies on the spot.
fn work_and_die(directory: &Path) {
    let engine = start(directory);
    levels(&engine, "1000", SESSIONS);
    let ended = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for first in 0..4 {
            let (engine, ended) = (&engine, &ended);
            scope.spawn(move || {
                for number in (FIRST + first..FIRST + SESSIONS).step_by(4) {
                    session(engine, number);
                    if ended.fetch_add(1, Ordering::AcqRel) == 50 {
                        std::process::abort();
                    }
                }
            });
        }
    });
}

#[test]
fn a_hundred_sessions_are_charged_once_at_each_of_three_levels_though_the_program_is_killed_in_the_middle() {
    if let Some(directory) = std::env::var_os(KILLED) {
        return work_and_die(Path::new(&directory));
    }
    let directory = tempfile::tempdir().unwrap();
    let name = "resellers::a_hundred_sessions_are_charged_once_at_each_of_three_levels_though_the_program_is_killed_in_the_middle";
    let killed = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(KILLED, directory.path())
        .envs(testkit::postgres::for_another_process(directory.path()).unwrap())
        .output()
        .unwrap();
    assert_eq!(killed.status.code(), None, "it dies by a signal: {killed:?}");
    let engine = start_again(directory.path());
    assert!(engine.store().recovered() > 0, "the tables were behind when it died");
    for number in FIRST..FIRST + SESSIONS {
        session(&engine, number);
    }
    levels_agree(&engine, SESSIONS);
    engine.stop();
}

#[test]
fn a_message_that_comes_again_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    levels(&engine, "1000", 2);
    (FIRST..FIRST + 2).for_each(|number| session(&engine, number));
    settle(&engine);
    let before = engine.customer(MIDDLE).unwrap().unwrap();
    for origin in (FIRST..FIRST + 2).flat_map(|n| records(&engine, CustomerId(n), XdrKind::Session)) {
        let relay = Relay { id: origin.id, to: MIDDLE, previous: 0, message: Message::Join };
        done(&engine, MIDDLE, Command::Receive { relay: Box::new(relay), charged: None });
    }
    assert_eq!(engine.customer(MIDDLE).unwrap().unwrap(), before);
    engine.stop();
    drop(engine);
    let engine = start_again(directory.path());
    levels_agree(&engine, 2);
    let after = engine.customer(MIDDLE).unwrap().unwrap();
    assert_eq!(after.applied, before.applied, "the numbers that were reached are loaded with the reseller");
    engine
        .store()
        .purge(Instant::parse("2099-01-01T00:00:00Z").unwrap(), Instant::from_micros(0), 1_000)
        .unwrap();
    assert!(engine.store().verify().unwrap().relays.differences.is_empty(), "and are never forgotten");
    engine.stop();
}

fn is_stopped(engine: &Engine, number: u32) -> bool {
    let customer = engine.customer(CustomerId(number)).unwrap().unwrap();
    customer.head.status() == CustomerStatus::ResellerStopped
}

#[test]
fn a_reseller_out_of_funds_stops_his_customers_and_a_payment_lets_them_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    levels(&engine, "0.07", 3);
    let running = account(&engine, FIRST + 2);
    apply(&engine, step(&engine, running, 0, Step::Start, 0));
    session(&engine, FIRST);
    session(&engine, FIRST + 1);
    eventually("they are told", || (FIRST..FIRST + 3).all(|number| is_stopped(&engine, number)));
    let stopped =
        |reply: Reply, why| format!("{reply:?}").contains(&format!("{:?}", Refusal::ResellerStopped(why)));
    let said = |reply| stopped(reply, ResellerStop::OutOfFunds);
    let update = apply(&engine, step(&engine, running, 1, Step::Update, MB));
    assert!(said(update), "the running session gets no further quota");
    let other = account(&engine, FIRST);
    let mut next = step(&engine, other, 0, Step::Start, 0);
    let Command::Session(request) = &mut next.command else { panic!("a session") };
    request.session = SessionKey::diameter(b"pgw;next");
    assert!(said(apply(&engine, next.clone())), "nothing new begins");
    let pay = Pay { account: None, amount: amount("10"), exchanged: None, note: String::new() };
    done(&engine, MIDDLE, Command::Pay(pay));
    eventually("they are told again", || (FIRST..FIRST + 3).all(|number| !is_stopped(&engine, number)));
    assert!(!said(apply(&engine, next)));
    // Two levels up, across a restart.
    done(&engine, TOP, Command::BlockCustomer { blocked: true });
    engine.stop();
    drop(engine);
    let engine = start_again(directory.path());
    eventually("the stop climbs down", || (FIRST..FIRST + 3).all(|number| is_stopped(&engine, number)));
    let late = subscribe(&engine, CustomerId(FIRST + 9), &[MIDDLE, TOP]);
    eventually("who joins hears of it", || is_stopped(&engine, FIRST + 9));
    let refused = apply(&engine, step(&engine, late, 0, Step::Start, 0));
    assert!(stopped(refused, ResellerStop::Blocked));
    eventually("nothing is left to be told", || engine.store().standings_due(10).unwrap().is_empty());
    engine.stop();
}

#[test]
fn a_refund_climbs_as_a_share() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    levels(&engine, "1000", 1);
    session(&engine, FIRST);
    engine.store().flush().unwrap();
    let charge = &records(&engine, CustomerId(FIRST), XdrKind::Session)[0];
    // At once: the charge may still be on its way up.
    for _ in 0..2 {
        let of = RefundOf::Charge(Charged::from(charge));
        let refund = Refund { of, amount: Some(amount("0.015")), note: "sorry".to_owned() };
        let reply = engine.call(CustomerId(FIRST), None, Command::Refund(refund), None).unwrap();
        assert!(matches!(reply, Reply::Refunded(_)), "{reply:?}");
    }
    settle(&engine);
    assert_eq!(balance(&engine, CustomerId(FIRST)), amount("-0.03"));
    assert_eq!(balance(&engine, MIDDLE), amount("-0.018"), "half of his charge");
    assert_eq!(balance(&engine, TOP), amount("-0.012"), "half of his");
    assert!(engine.store().verify().unwrap().differences.is_empty());
    engine.stop();
}

#[test]
fn what_is_refused_for_good_is_parked_and_taken_when_the_cause_is_mended() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    create(&engine, MIDDLE, "USD", "1000", &[]);
    subscribe(&engine, CustomerId(FIRST), &[MIDDLE]);
    session(&engine, FIRST);
    // Nobody is a reseller yet: his joining and his use are refused.
    let counts = |engine: &Engine| engine.store().relay_counts().unwrap();
    eventually("parked", || counts(&engine) == RelayCounts { waiting: 0, parked: 2 });
    eventually("counted", || engine.metrics().relays_parked.get() == 2);
    let parked = engine.store().parked_relays(10).unwrap();
    assert!(parked.iter().all(|one| one.reason.contains("CHG-052")), "{parked:?}");
    assert_eq!(engine.store().verify().unwrap().relays.counts.parked, 2);
    done(&engine, MIDDLE, Command::SetResale { wholesale: None, cushion: Amount::ZERO });
    engine.retry_parked_relays();
    eventually("taken", || counts(&engine) == RelayCounts::default());
    settle(&engine);
    assert_eq!(balance(&engine, MIDDLE), amount("-0.036"));
    assert_eq!(engine.store().verify().unwrap().relays, store::RelayReport::default());
    engine.stop();
}
