//! How long a call may last that asks once and reports at its end: golden decisions, and the law that what is told is paid for.

use crate::plan_world;
use crate::world;

use calendar::Seconds;
use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::{
    AccessReply, AccountId, AddAddOn, Asked, Authorize, Command, Context, Effects, LimitChange, Payment,
    Refusal, Reply, SessionKey, SessionRequest, Step, Used, calls_left,
};
use money::Amount;
use proptest::prelude::*;
use world::{World, at, usd};

const ABROAD: &str = "442071234567";

/// A prepaid customer of the sample operator with so much money.
fn prepaid(product: &str, money: &str) -> (World, AccountId) {
    let mut world = World::empty();
    let sign_up = world.sign_up(Payment::Prepaid, None);
    world.done(sign_up);
    let account = world.account(product, &[]);
    if usd(money).is_positive() {
        world.pay(money);
    }
    (world, account)
}

fn may_call(world: &mut World, account: AccountId, to: &str) -> AccessReply {
    let (service, node, access_code) = (world.service("voice"), "gw".into(), "".into());
    let ask = Authorize { account, service, node, access_code, destination: to.into() };
    match world.run(Command::Authorize(ask)).0 {
        Reply::Access(access) => access,
        other => panic!("no access reply: {other:?}"),
    }
}

fn told(world: &mut World, account: AccountId, to: &str) -> Option<u64> {
    let access = may_call(world, account, to);
    assert_eq!(access.refusal, None);
    access.quota.map(|left| left.units)
}

fn key(name: &str) -> SessionKey {
    SessionKey::radius("gw", name.as_bytes())
}

/// A report of a call whose network counts nothing.
fn report(world: &mut World, account: AccountId, name: &str, step: Step, to: &str) -> Effects {
    let unit = world.unit("voice", to, Used::Elapsed, Asked::Nothing);
    let number = world.now.as_micros().unsigned_abs() + step as u64;
    let request = world.step(account, number, step, vec![unit]);
    world.session(SessionRequest { session: key(name), grants: false, ..request }).1
}

fn call(world: &mut World, account: AccountId, to: &str, seconds: u64) {
    report(world, account, "call", Step::Start, to);
    world.wait(seconds);
    report(world, account, "call", Step::Stop, to);
}

fn left(world: &World) -> Vec<(String, u64)> {
    let left = calls_left(world.customer(), Context { catalog: &world.catalog, now: world.now });
    left.into_iter().filter_map(|(key, left)| Some((key.shown(), left?))).collect()
}

#[test]
fn a_caller_is_told_what_his_money_buys_to_that_number() {
    let (mut world, phone) = prepaid("mobile-data", "0.54");
    let access = may_call(&mut world, phone, ABROAD);
    assert_eq!(access.quota.map(|left| left.units), Some(600), "ten started minutes at five cents");
    assert_eq!(
        access.funds.map(|funds| (funds.available, funds.text())),
        Some((usd("0.54"), "0.54".to_owned()))
    );
    call(&mut world, phone, ABROAD, 600);
    assert_eq!(world.available(), usd("0.04"));
    let refused = may_call(&mut world, phone, ABROAD);
    let short = Refusal::InsufficientFunds { available: usd("0.04"), needed: usd("0.05") };
    assert_eq!((refused.refusal, refused.quota), (Some(short), None));
    assert_eq!(may_call(&mut world, phone, "900123").refusal, Some(Refusal::NotAllowed), "forbidden");
    world.replay();
}

#[test]
fn units_and_money_count_together_and_a_day_is_the_most() {
    let (mut world, phone) = prepaid("homeconnect-plus", "0.50");
    assert_eq!(told(&mut world, phone, "15551234"), Some(60_000 + 600), "a thousand minutes, then ten more");
    assert_eq!(told(&mut world, phone, ABROAD), Some(600), "abroad they do not count");
    world.pay("200");
    assert_eq!(told(&mut world, phone, ABROAD), Some(86_400));
    call(&mut world, phone, "15551234", 59_000);
    assert_eq!(told(&mut world, phone, "15551234"), Some(86_400));
    assert_eq!(world.available(), usd("200.50"));
}

#[test]
fn who_has_no_limit_is_told_nothing_and_a_credit_limit_counts_like_money() {
    let mut world = World::postpaid(None);
    let phone = world.account("mobile-data", &[]);
    let access = may_call(&mut world, phone, ABROAD);
    assert_eq!((access.refusal, access.quota, access.funds), (None, None, None));
    let mut world = World::postpaid(Some("0.25"));
    let phone = world.account("mobile-data", &[]);
    assert_eq!(told(&mut world, phone, ABROAD), Some(300));
    world.set_limit(None, LimitChange::DailyCap(Some(usd("0.10"))));
    assert_eq!(told(&mut world, phone, ABROAD), Some(300), "the cap stops what is new, not what runs");
    call(&mut world, phone, ABROAD, 61);
    assert_eq!(may_call(&mut world, phone, ABROAD).refusal, Some(Refusal::SpendingCapReached));
}

/// The first step of a prepaid call says who calls, not whom: any money will do, and any units.
#[test]
fn who_has_not_said_whom_he_calls_is_let_in_with_anything_at_all() {
    let (mut world, phone) = prepaid("mobile-data", "0.01");
    assert_eq!(told(&mut world, phone, ""), None, "no number, no seconds");
    assert!(may_call(&mut world, phone, ABROAD).refusal.is_some());
    let (mut world, phone) = prepaid("homeconnect-plus", "0");
    assert_eq!(told(&mut world, phone, ""), None, "domestic minutes");
    let (mut world, phone) = prepaid("mobile-data", "0");
    assert!(may_call(&mut world, phone, "").refusal.is_some(), "nothing at all");
}

#[test]
fn what_a_running_call_has_cost_until_now_is_not_there_for_another_one() {
    let (mut world, phone) = prepaid("mobile-data", "0.50");
    report(&mut world, phone, "one", Step::Start, ABROAD);
    world.wait(130);
    assert_eq!(world.available(), usd("0.50"), "nothing was reported yet");
    assert_eq!(told(&mut world, phone, ABROAD), Some(420), "three minutes have begun");
    assert_eq!(left(&world), [("one".to_owned(), 470)]);
    // A second one spends with it: seven minutes are left, and the rest of the third one.
    report(&mut world, phone, "two", Step::Start, ABROAD);
    world.wait(60);
    assert_eq!(left(&world), [("one".to_owned(), 50 + 300), ("two".to_owned(), 300)]);
    world.fine("0.25");
    assert_eq!(left(&world), [("one".to_owned(), 50), ("two".to_owned(), 0)], "its minute is over");
    world.replay();
}

#[test]
fn a_call_ends_with_its_money_and_one_whose_end_was_lost_is_over_after_a_day() {
    let (mut world, phone) = prepaid("mobile-data", "0.50");
    report(&mut world, phone, "lost", Step::Start, ABROAD);
    world.wait(599);
    assert_eq!(left(&world), [("lost".to_owned(), 1)]);
    world.wait(1);
    assert_eq!(left(&world), [("lost".to_owned(), 0)]);
    world.wait(30);
    assert_eq!(left(&world), [("lost".to_owned(), 0)], "the minute that has begun was not his");
    assert!(may_call(&mut world, phone, ABROAD).refusal.is_some());
    world.wait(3_600);
    assert!(may_call(&mut world, phone, ABROAD).refusal.is_some(), "nobody has heard that it is over");
    world.wait(82_800);
    assert_eq!(told(&mut world, phone, ABROAD), Some(600), "no device goes on for longer than a day");
    report(&mut world, phone, "next", Step::Start, ABROAD);
    assert_eq!(left(&world), [("next".to_owned(), 600)]);
    world.done(Command::EndSession { session: key("lost") });
    assert_eq!(world.available(), usd("0.50"), "nothing of it was reported");
    // What was taken at once may be more than a long call has left.
    world.pay("5");
    world.wait(3_600);
    assert_eq!(left(&world), [("next".to_owned(), 6_600 - 3_600)]);
    world.fine("4");
    assert_eq!(left(&world), [("next".to_owned(), 0)]);
}

#[test]
fn a_running_call_uses_units_before_it_reports_them() {
    let (mut world, phone) = prepaid("homeconnect-plus", "0.50");
    report(&mut world, phone, "one", Step::Start, "15551234");
    world.wait(20_000);
    assert_eq!(told(&mut world, phone, "15559999"), Some(40_600));
    assert_eq!(world.customer().accounts[0].buckets.len(), 0, "asking changes nothing");
}

/// A prepaid customer of an operator with cheaper nights.
fn night(product: &str, money: &str, now: &str) -> (World, AccountId) {
    let mut world = World::empty();
    let catalog: Catalog = toml::from_str(include_str!("switch_world/catalog.toml")).unwrap();
    world.catalog = Snapshot::compile(catalog, CatalogVersion(1), None).unwrap();
    world.now = at(now);
    let sign_up = world.sign_up(Payment::Prepaid, None);
    world.done(sign_up);
    let account = world.account(product, &[]);
    world.pay(money);
    (world, account)
}

#[test]
fn a_dearer_price_on_the_way_counts_from_the_moment_it_can_come() {
    // Thirty cents a minute, sixty from 06:00 on; the call fee is five.
    let (mut world, phone) = night("split", "3.05", "2026-06-03T05:30:00Z");
    assert_eq!(told(&mut world, phone, "44"), Some(600), "morning is far away");
    let (mut world, phone) = night("split", "3.05", "2026-06-03T05:56:00Z");
    // Two minutes to answer and two more at night, for a dollar less; four minutes by day for the rest.
    assert_eq!(told(&mut world, phone, "44"), Some(120 + 240));
    // What a call ends by itself (a formula that disconnects) is told, too.
    assert_eq!(told(&mut world, phone, "8811234"), Some(60), "three dollars a minute");
    world.pay("10");
    assert_eq!(told(&mut world, phone, "8811234"), Some(120), "nobody may stay longer");
}

/// Prices, plans and money of a made-up operator.
#[derive(Debug, Clone)]
struct Terms {
    cents: u64,
    price: (u64, u64),
    intervals: (u64, u64),
    fee: u64,
    night: (u64, &'static str),
    quota: (u64, &'static str),
    discount: u8,
    /// Seconds until an add-on with so many units ends.
    pack: Option<(u64, u64)>,
    /// Seconds at the beginning that cost nothing, and a dollar in a wallet.
    free: (u64, bool),
    start: u64,
    answered: u64,
}

fn terms() -> impl Strategy<Value = Terms> {
    let interval = prop::sample::select(vec![1u64, 6, 30, 60]);
    let modes = prop::sample::select(vec!["keep", "split", "per_report"]);
    let beyond = prop::sample::select(vec!["pay_as_you_go", "block"]);
    (
        (0u64..400, (1u64..60, 0u64..60), (interval.clone(), interval), 0u64..20),
        ((0u64..90, modes), (prop_oneof![Just(1u64), 2u64..4_000], beyond), 1u8..60),
        (
            prop::option::of((1u64..5_000, 1u64..3_000)),
            0u64..86_400,
            prop_oneof![3 => Just(0u64), 2 => 0u64..=120],
            (prop_oneof![Just(0u64), 1u64..100], any::<bool>()),
        ),
    )
        .prop_map(
            |((cents, price, intervals, fee), (night, quota, discount), (pack, start, answered, free))| {
                Terms { cents, price, intervals, fee, night, quota, discount, pack, free, start, answered }
            },
        )
}

impl Terms {
    fn world(&self) -> (World, AccountId) {
        let Self { price: (first, next), intervals, fee, night: (night, mode), quota, .. } = self;
        // Intervals of both prices are the same, so that a change comes at the same boundaries.
        let text = format!(
            r#"
currency = "USD"
[[services]]
code = "voice"
name = "Calls"
kind = "voice"
unit = "second"
[[off_peak_periods]]
code = "night"
name = "Nights"
when = [{{ hours = "18:00-06:00" }}]
[[tariffs]]
code = "calls"
name = "Calls"
service = "voice"
off_peak = ["night"]
at_switch = "{mode}"
connect_fee = "{fee}"
free_units = {free}
rates = [{{ first_price = "{first}", first_interval = {}, next_price = "{next}", next_interval = {}, per = 60, off_peak = [{{ first_price = "{night}" }}] }}]
[[products]]
code = "phone"
name = "Phone"
kind = "main"
add_ons = ["pack"]
quotas = [{{ name = "Included", service = "voice", units = {}, when_exhausted = "{}" }}]
discounts = [{{ name = "Talker", service = "voice", steps = [{{ from_units = 300, percent = {} }}] }}]
wallets = [{{ name = "Calls", money = true, services = [{{ service = "voice" }}], options = [{{ code = "one", amount = "1", price = "0.01", days = 30 }}] }}]
rating = [{{ service = "voice", tariff = "calls" }}]
[[products]]
code = "pack"
name = "Pack"
kind = "add_on"
precedence = 5
quotas = [{{ name = "Pack", service = "voice", units = {}, renewal = "once" }}]
"#,
            intervals.0,
            intervals.1,
            quota.0,
            quota.1,
            self.discount,
            self.pack.map_or(1, |(_, units)| units),
            free = self.free.0,
            fee = cents(*fee),
            first = cents(*first),
            next = cents(*next),
            night = cents(*night),
        );
        let catalog: Catalog = toml::from_str(&text).unwrap();
        let mut world = World::empty();
        world.catalog = Snapshot::compile(catalog, CatalogVersion(1), None).unwrap();
        world.wait(self.start);
        let sign_up = world.sign_up(Payment::Prepaid, None);
        world.done(sign_up);
        let account = world.account("phone", &[]);
        if let Some((ends, _)) = self.pack {
            let (product, until) = (world.product("pack"), Some(world.now.plus(Seconds(ends))));
            world.done(Command::AddAddOn(AddAddOn {
                account,
                product,
                from: None,
                until,
                accept_conflicts: false,
            }));
        }
        if self.cents > 0 {
            world.pay(&cents(self.cents));
        }
        if self.free.1 && self.cents > 0 {
            let top_up = world.top_up(account, "phone", "Calls", "one");
            world.done(top_up);
        }
        (world, account)
    }

    /// What is left after a call of so long.
    fn after(&self, answered: u64, seconds: u64) -> Amount {
        let (mut world, account) = self.world();
        world.wait(answered);
        call(&mut world, account, "44", seconds);
        world.customer().head.purse.balance
    }

    /// The price stays as it is, and so do the plans.
    fn is_steady(&self, seconds: u64) -> bool {
        let (from, to) = (self.start, self.start + seconds + 300);
        let switches = [6 * 3_600, 18 * 3_600, 30 * 3_600, 42 * 3_600];
        let calm = !switches.iter().any(|switch| (from..=to).contains(switch));
        calm && self.pack.is_none_or(|(ends, _)| ends > seconds + 300)
    }
}

fn cents(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whoever calls for the time that he was told has paid for it; one second more he could not have paid.
    #[test]
    fn a_call_of_the_told_time_is_paid_for_and_a_longer_one_is_not(terms in terms()) {
        let (mut world, account) = terms.world();
        let access = may_call(&mut world, account, "44");
        match (access.refusal, access.quota) {
            (Some(_), _) if !terms.is_steady(1) => {}
            (Some(Refusal::QuotaUsedUp), _) => prop_assert_eq!(terms.quota.1, "block"),
            (Some(_), _) => prop_assert!(terms.after(0, 1).is_negative(), "refused though he could pay"),
            (None, None) => prop_assert!(!terms.after(0, 86_400).is_negative(), "nothing ends it"),
            (None, Some(left)) => {
                let seconds = left.units;
                prop_assert!(seconds > 0 && seconds <= 86_400);
                prop_assert!(!terms.after(terms.answered, seconds).is_negative(), "{seconds} s are not paid for");
                let tight = seconds < 86_400 && terms.is_steady(seconds) && terms.quota.1 != "block";
                if tight {
                    prop_assert!(terms.after(0, seconds + 1).is_negative(), "{seconds} s are too few");
                }
            }
        }
    }

    /// A call that is ended when nothing is left of its money has paid for its time, whenever it is looked at.
    #[test]
    fn a_call_that_is_ended_when_nothing_is_left_is_paid_for(terms in terms(), looks in prop::collection::vec(1u64..500, 0..6)) {
        let (mut world, account) = terms.world();
        if may_call(&mut world, account, "44").refusal.is_some() {
            return Ok(());
        }
        report(&mut world, account, "call", Step::Start, "44");
        let mut looks = looks.into_iter();
        for _ in 0..40 {
            let Some((_, left)) = self::left(&world).into_iter().next() else { return Ok(()) };
            if left == 0 {
                break;
            }
            world.wait(looks.next().map_or(left, |look| look.min(left)));
        }
        report(&mut world, account, "call", Step::Stop, "44");
        prop_assert!(!world.customer().head.purse.balance.is_negative());
    }

    /// Calls that spend together are looked at again in the share of each: they may have begun one interval that only one could pay.
    #[test]
    fn calls_at_a_time_end_when_their_money_does(money in 1u64..60, begins in prop::collection::vec(0u64..400, 1..4)) {
        let (mut world, account) = prepaid("mobile-data", &cents(5 * money));
        let began = world.now;
        let mut begins: Vec<u64> = begins;
        begins.sort_unstable();
        let mut calls = 0;
        for _ in 0..300 {
            let now = world.now.since(began).0;
            if begins.first().is_some_and(|at| *at <= now) {
                begins.remove(0);
                if may_call(&mut world, account, ABROAD).refusal.is_none() {
                    report(&mut world, account, &format!("call-{calls}"), Step::Start, ABROAD);
                    calls += 1;
                }
                continue;
            }
            let (over, on): (Vec<_>, Vec<_>) = left(&world).into_iter().partition(|(_, left)| *left == 0);
            for (name, _) in over {
                report(&mut world, account, &name, Step::Stop, ABROAD);
            }
            let together = on.len().max(1) as u64;
            let look = on.iter().map(|(_, left)| (left / together).max(1)).min();
            match (look, begins.first()) {
                (None, None) => break,
                (look, next) => world.wait(look.into_iter().chain(next.map(|at| at - now)).min().unwrap()),
            }
        }
        prop_assert!(left(&world).is_empty(), "all of them ended");
        let most = usd("0.05").micros() * (i64::from(calls) - 1).max(0);
        prop_assert!(world.customer().head.purse.balance.micros() >= -most, "{} of {calls}", world.available());
    }
}

#[test]
fn more_calls_than_are_counted_are_known_and_free_ones_take_nobodys_place() {
    let (mut world, phone) = prepaid("mobile-data", "20");
    for number in 0..130 {
        report(&mut world, phone, &format!("call-{number}"), Step::Start, ABROAD);
    }
    world.wait(10);
    let calls = calls_left(world.customer(), Context { catalog: &world.catalog, now: world.now });
    assert_eq!(calls.len(), 130, "none of them is taken for a new one");
    assert_eq!(calls.iter().filter(|(_, left)| left.is_some()).count(), 100);
    assert_eq!(told(&mut world, phone, ABROAD), Some(18_000), "a hundred minutes at 5 cents have begun");
}

#[test]
fn money_alone_pays_for_a_call_where_a_wallet_ends_at_once() {
    let mut world = plan_world::world(Some("1"));
    let phone = world.account("plain", &["purse"]);
    let fill = world.top_up(phone, "purse", "Call money", "one");
    world.done(fill);
    assert_eq!(told(&mut world, phone, "1"), Some(720), "a dollar there and 20 cents beside it");
    world.now = at("2026-06-30T23:58:20Z");
    assert_eq!(told(&mut world, phone, "1"), Some(120), "the dollar may be gone before anybody answers");
}

#[test]
fn calls_that_are_long_over_take_nobodys_place() {
    let (mut world, phone) = prepaid("mobile-data", "20");
    for number in 0..210 {
        report(&mut world, phone, &format!("lost-{number}"), Step::Start, ABROAD);
    }
    world.wait(90_000);
    report(&mut world, phone, "new", Step::Start, ABROAD);
    assert_eq!(left(&world), [("new".to_owned(), 24_000)]);
}
