//! Golden decisions about service wallets: filling, weights, expiry, and paying when the balance is empty.

use crate::plan_world;
use crate::world;

use charging::{Asked, Command, EventKind, Explanation, GrantUnits, LedgerCode, Refusal, Step, XdrKind};
use plan_world::details;
use world::{at, count, granted, only_xdr, usd};

/// ACC-03: empty, topped up, expired.
#[test]
fn a_top_up_is_charged_extends_the_wallet_and_ends_by_itself() {
    let mut world = plan_world::world(Some("30.10"));
    let phone = world.account("plain", &["coins"]);
    let small = world.top_up(phone, "coins", "Coins", "100");
    let (_, effects) = world.run(small.clone());
    let xdr = only_xdr(&effects);
    assert_eq!((xdr.kind, xdr.amount, xdr.description.as_str()), (XdrKind::TopUp, usd("5"), "Coins: 100"));
    assert_eq!(effects.ledger[0].code, LedgerCode::WalletTopUp);
    assert_eq!(count(&effects, EventKind::WalletToppedUp), 1);
    assert_eq!(world.available(), usd("25.10"));
    let ends = |world: &world::World| world.buckets(phone)[0].ends;
    assert_eq!(ends(&world), at("2026-06-11T00:00:00Z"));
    // A larger option five days later lasts longer and takes everything with it; a smaller one never shortens.
    world.now = at("2026-06-06T00:00:00Z");
    let large = world.top_up(phone, "coins", "Coins", "300");
    world.done(large);
    assert_eq!(ends(&world), at("2026-06-26T00:00:00Z"));
    world.done(small.clone());
    assert_eq!(ends(&world), at("2026-06-26T00:00:00Z"));
    assert_eq!(world.bucket(phone, "coins", "Coins"), Some((500, 0, 0)));
    assert_eq!(world.uses(phone, "sms", "1", 499).0, 0);
    let poor = world.top_up(phone, "coins", "Coins", "300");
    assert_eq!(world.refused(poor), Refusal::InsufficientFunds { available: usd("5.10"), needed: usd("15") });
    let none = world.top_up(phone, "coins", "Coins", "1000");
    assert_eq!(world.refused(none), Refusal::UnknownPlan);
    // The last coin is lost with the wallet, at that moment.
    assert_eq!(world.lapse_at(at("2026-06-11T00:00:00Z")).events, [], "the first end was put off");
    assert_eq!(world.customer().head.next_due(), Some(at("2026-06-26T00:00:00Z")));
    let effects = world.lapse_at(at("2026-06-26T00:00:00Z"));
    assert_eq!(details(&effects, EventKind::WalletExpired), ["Coins"]);
    assert_eq!(world.uses(phone, "sms", "1", 1).0, 100_000);
    world.done(small);
    assert_eq!(world.bucket(phone, "coins", "Coins"), Some((100, 0, 0)), "it begins anew");
    world.replay();
}

#[test]
fn one_wallet_pays_for_several_services_by_weight_when_the_balance_is_empty() {
    let mut world = plan_world::world(Some("5"));
    let phone = world.account("plain", &["coins"]);
    let command = world.top_up(phone, "coins", "Coins", "100");
    world.done(command);
    assert_eq!(world.available(), usd("0"), "nothing is left but coins");
    assert_eq!(world.access(phone, "voice").refusal, None);
    assert_eq!(world.uses(phone, "sms", "1", 2).0, 0, "one coin a message");
    assert_eq!(world.uses(phone, "data", "", 3).0, 0, "five coins a unit");
    // Three coins a minute, also when a call is reported second by second: 61 s are 3.05 coins, so 4.
    let voice = ("voice", "1");
    let (reply, _) = world.one(("s", phone), (0, Step::Start), voice, (0, Asked::Units(61)));
    assert_eq!(granted(&reply), (61, false));
    assert_eq!(world.bucket(phone, "coins", "Coins"), Some((100, 17, 4)));
    for number in 1..=60 {
        world.one(("s", phone), (number, Step::Update), voice, (1, Asked::Units(1)));
    }
    world.one(("s", phone), (61, Step::Stop), voice, (1, Asked::Nothing));
    assert_eq!(world.bucket(phone, "coins", "Coins"), Some((100, 21, 0)));
    // 79 coins are 15 units of data; the 16th finds neither coins nor money. Warned at 90 percent, told at the end of coins.
    let command = world.purchase(phone, "data", "", 16, None);
    assert!(matches!(world.refused(command), Refusal::InsufficientFunds { .. }));
    let (_, effects) = world.uses(phone, "data", "", 15);
    assert_eq!(details(&effects, EventKind::QuotaWarning), ["Coins: 90 %"]);
    assert_eq!(details(&effects, EventKind::QuotaExhausted), ["Coins"], "four coins buy no unit of data");
    let (_, effects) = world.uses(phone, "sms", "1", 4);
    assert_eq!(details(&effects, EventKind::QuotaExhausted), ["Coins"], "nor any message now");
    assert!(world.access(phone, "voice").refusal.is_some());
    world.replay();
}

#[test]
fn filling_a_wallet_tells_that_the_service_is_there_again() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &["coins"]);
    let command = world.top_up(phone, "coins", "Coins", "100");
    world.done(command.clone());
    world.uses(phone, "sms", "1", 100);
    let (_, effects) = world.run(command);
    assert_eq!(details(&effects, EventKind::QuotaAvailable), ["sms"]);
}

#[test]
fn a_wallet_of_money_pays_before_the_balance_and_the_rest_comes_from_it() {
    let mut world = plan_world::world(Some("1"));
    let phone = world.account("plain", &["purse"]);
    let command = world.top_up(phone, "purse", "Call money", "one");
    world.done(command);
    assert_eq!(world.available(), usd("0.20"));
    let voice = ("voice", "1");
    // One dollar in the wallet and 20 cents beside it make twelve minutes.
    let (reply, _) = world.one(("s", phone), (0, Step::Start), voice, (0, Asked::Units(3600)));
    assert_eq!(granted(&reply), (720, true));
    assert_eq!(world.bucket(phone, "purse", "Call money"), Some((1_000_000, 0, 1_000_000)));
    assert_eq!(world.customer().head.purse.reserved, usd("0.20"));
    world.one(("s", phone), (1, Step::Update), voice, (61, Asked::Nothing));
    assert_eq!(world.bucket(phone, "purse", "Call money"), Some((1_000_000, 200_000, 0)));
    assert_eq!(world.customer().head.purse.reserved, usd("0"));
    let (_, effects) = world.one(("s", phone), (2, Step::Stop), voice, (600, Asked::Nothing));
    let xdr = only_xdr(&effects);
    assert_eq!(xdr.amount, usd("0.20"), "12 started minutes, a dollar of it from the wallet");
    let Explanation::Rated { wallets, priced, .. } = &xdr.explanation else { panic!() };
    assert_eq!((priced.amount, wallets[0].amount), (usd("1.20"), usd("1")));
    assert_eq!(details(&effects, EventKind::QuotaExhausted), ["Call money"]);
    assert!(matches!(world.access(phone, "voice").refusal, Some(Refusal::InsufficientFunds { .. })));
    world.replay();
}

#[test]
fn wallets_are_only_for_who_holds_them() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &[]);
    let command = world.top_up(phone, "coins", "Coins", "100");
    assert_eq!(world.refused(command.clone()), Refusal::UnknownPlan);
    let add_on = world.add(phone, "coins");
    world.done(command.clone());
    world.done(charging::Command::RemoveAddOn { account: phone, add_on });
    assert_eq!(world.refused(command), Refusal::UnknownPlan);
    assert_eq!(world.uses(phone, "sms", "1", 1).0, 100_000, "the wallet went with the add-on");
}

/// Units that were given end by the clock: what they kept off runs out then, and it is told as after the last use, once; the quota's
/// next period tells that there are units again.
#[test]
fn a_gift_that_ends_unused_tells_that_the_units_have_run_out() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("smart-net", &[]);
    let plan = world.plan("smart-net", "Base");
    let until = at("2026-06-03T12:00:00Z");
    let (_, effects) = world.uses(phone, "data", "", 1024);
    assert_eq!(details(&effects, EventKind::QuotaExhausted), ["Base"]);
    let gift = GrantUnits { account: phone, plan, units: 10, until, note: "sorry".into() };
    let (_, effects) = world.run(Command::GrantUnits(gift));
    assert_eq!(details(&effects, EventKind::QuotaAvailable), ["data"]);
    assert_eq!(world.access(phone, "data").policy.down_kbps, Some(10_000), "fast");
    assert_eq!(world.customer().head.next_due(), Some(until));
    let effects = world.lapse_at(until);
    assert_eq!(details(&effects, EventKind::UnitsExpired), ["Base"]);
    assert_eq!(details(&effects, EventKind::QuotaExhausted), ["Base"]);
    assert_eq!(world.access(phone, "data").policy.down_kbps, Some(1), "slow");
    assert_eq!(world.lapse_at(until).events, [], "told once");
    let renewal = at("2026-07-01T00:00:00Z");
    assert_eq!(world.customer().head.plans_due, Some(renewal));
    let effects = world.lapse_at(renewal);
    assert_eq!(details(&effects, EventKind::QuotaAvailable), ["data"]);
    world.replay();
}

/// What a running session holds stays until it reports; that nothing is left is told at the end all the same, once.
#[test]
fn a_wallet_that_ends_while_all_of_it_is_granted_is_told_too() {
    let mut world = plan_world::world(Some("5"));
    let phone = world.account("plain", &["coins"]);
    let command = world.top_up(phone, "coins", "Coins", "100");
    world.done(command);
    let (reply, _) = world.one(("s", phone), (0, Step::Start), ("sms", "1"), (0, Asked::Units(100)));
    assert_eq!(granted(&reply).0, 100);
    let end = at("2026-06-11T00:00:00Z");
    let effects = world.lapse_at(end);
    assert_eq!(details(&effects, EventKind::WalletExpired), [""; 0], "nothing is lost yet");
    assert_eq!(count(&effects, EventKind::QuotaExhausted), 3, "for messages, calls and data");
    assert_eq!(world.lapse_at(end).events, []);
    world.one(("s", phone), (1, Step::Stop), ("sms", "1"), (0, Asked::Nothing));
    assert_eq!(
        world.bucket(phone, "coins", "Coins"),
        Some((100, 0, 0)),
        "given back, and of no use any more"
    );
    assert_eq!(world.lapse_at(end).events, []);
    world.replay();
}
