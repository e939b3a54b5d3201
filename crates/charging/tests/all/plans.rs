//! Golden decisions about quotas and discounts: the worked examples of the requirements, to the unit.

use crate::plan_world;
use crate::world;

use charging::{Asked, Command, EventKind, Explanation, GrantUnits, QuotaLeft, Refusal, Step};
use plan_world::details;
use world::{World, at, count, granted, only_xdr, unit_refusal, usd};

/// HSS-54. Base 1 GB; after it is used the customer is at the portal and buys Turbo (2 GB, 24 hours, high precedence) and Regular
/// (5 GB, 30 days, medium precedence). Turbo goes first; when it expires, Regular.
#[test]
fn smart_net_uses_turbo_first_and_regular_when_turbo_expires() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("smart-net", &[]);
    world.now = at("2026-06-07T12:00:00Z");
    let (_, effects) = world.uses(phone, "data", "", 1024);
    assert_eq!(details(&effects, EventKind::QuotaExhausted), ["Base"]);
    let access = world.access(phone, "data");
    assert_eq!((access.refusal, access.policy.down_kbps), (None, Some(1)), "slow, at the portal");
    let apn = access.policy.attributes.iter().find(|(name, _)| name == "apn").unwrap();
    assert_eq!(apn.1, "selfcare");
    world.add(phone, "regular");
    let (_, effects) = world.run(Command::AddAddOn(charging::AddAddOn {
        account: phone,
        product: world.product("turbo"),
        from: None,
        until: None,
        accept_conflicts: false,
    }));
    assert_eq!(count(&effects, EventKind::AddOnAdded), 1);
    assert_eq!(world.access(phone, "data").policy.down_kbps, Some(10_000), "fast again");
    // 1.5 GB: all from Turbo.
    assert_eq!(world.uses(phone, "data", "", 1536).0, 0);
    assert_eq!(world.bucket(phone, "turbo", "Turbo"), Some((2048, 1536, 0)));
    assert_eq!(world.bucket(phone, "regular", "Regular"), None, "not touched");
    // Turbo ends by itself after 24 hours, at that moment, with its rest.
    assert_eq!(world.customer().head.next_due(), Some(at("2026-06-08T12:00:00Z")));
    let effects = world.lapse_at(at("2026-06-08T12:00:00Z"));
    assert_eq!(details(&effects, EventKind::AddOnRemoved), ["Turbo"]);
    assert_eq!(world.uses(phone, "data", "", 1000).0, 0);
    assert_eq!(world.bucket(phone, "regular", "Regular"), Some((5120, 1000, 0)));
    assert_eq!(world.bucket(phone, "turbo", "Turbo"), None);
    // Regular ends 30 days after it was bought; July's base quota is there then.
    let effects = world.lapse_at(at("2026-07-07T12:00:00Z"));
    assert_eq!(details(&effects, EventKind::AddOnRemoved), ["Regular Internet access"]);
    world.replay();
}

#[test]
fn the_order_is_precedence_then_expiry_then_main_product_then_wallet_then_money() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("smart-net", &["coins"]);
    let command = world.top_up(phone, "coins", "Coins", "100");
    world.done(command);
    world.add(phone, "turbo");
    world.add(phone, "regular");
    // Each is used to its last unit before the next: 2048 + 5120 + 1024, then 20 of the wallet at five coins each.
    let (amount, effects) = world.uses(phone, "data", "", 2048 + 5120 + 1024 + 20);
    assert_eq!(amount, 0);
    let Explanation::Rated { buckets, .. } = &only_xdr(&effects).explanation else { panic!("{effects:?}") };
    let names: Vec<&str> =
        buckets.iter().map(|b| world.catalog.plan(b.plan).unwrap().1.name.as_str()).collect();
    assert_eq!(names, ["Turbo", "Regular", "Base", "Coins"]);
    let units: Vec<u64> = buckets.iter().map(|b| b.units).collect();
    assert_eq!(units, [2048, 5120, 1024, 20]);
    assert_eq!(details(&effects, EventKind::QuotaExhausted), ["Coins"], "told once, after the last");
}

#[test]
fn services_of_a_pool_draw_on_the_same_units_and_count_for_the_same_discount() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("pooled", &[]);
    let (amount, effects) = world.uses(phone, "data", "", 60);
    assert_eq!((amount, details(&effects, EventKind::QuotaWarning)), (0, vec!["Any data: 50 %"]));
    let customer = world.customer();
    let shown = charging::allowances(&customer.head, &customer.accounts[0], &world.catalog, world.now);
    assert_eq!(shown.iter().map(|a| (a.size, a.used)).collect::<Vec<_>>(), [(100, 60)], "shown once");
    // 40 are left for the other service; of the next 20, ten have the full price and ten half of it.
    let (amount, effects) = world.uses(phone, "open", "", 60);
    assert_eq!(amount, 150_000);
    assert_eq!(details(&effects, EventKind::QuotaExhausted), ["Any data"]);
    assert_eq!(world.bucket(phone, "pooled", "Any data"), Some((100, 100, 0)));
    assert_eq!(world.uses(phone, "data", "", 10).0, 50_000, "the discount goes on for the first one");
    world.replay();
}

/// MVNO-23: 100 + 50 domestic messages; the event comes right after the 150th and not before.
#[test]
fn a_hundred_and_fifty_messages_are_announced_right_after_the_last() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &["hundred", "fifty"]);
    for number in 1..=151u32 {
        let (amount, effects) = world.uses(phone, "sms", "15551234", 1);
        assert_eq!(amount, if number <= 150 { 0 } else { 100_000 }, "message {number}");
        let told = details(&effects, EventKind::QuotaExhausted);
        assert_eq!(told, if number == 150 { vec!["50 messages"] } else { vec![] }, "message {number}");
        let warned = details(&effects, EventKind::QuotaWarning);
        let expected = match number {
            50 => vec!["100 messages: 50 %"],
            80 => vec!["100 messages: 80 %"],
            _ => vec![],
        };
        assert_eq!(warned, expected, "message {number}");
    }
    assert_eq!(world.uses(phone, "sms", "4420", 1).0, 100_000, "abroad was never included");
    // On 1 July there are 150 again; the network hears it at that moment.
    assert_eq!(world.customer().head.next_due(), Some(at("2026-07-01T00:00:00Z")));
    let effects = world.lapse_at(at("2026-07-01T00:00:00Z"));
    assert_eq!(details(&effects, EventKind::QuotaAvailable), ["sms"]);
    assert_eq!(world.uses(phone, "sms", "15551234", 150).0, 0);
    world.replay();
}

#[test]
fn four_hundred_minutes_are_standard_up_to_seven_hundred_ten_percent_off_then_twenty() {
    let mut world = plan_world::world(None);
    let phone = world.account("plain", &["talker"]);
    // 390 minutes at 10 cents, then a call over both thresholds: 10 at 0.10, 300 at 0.09, 50 at 0.08.
    assert_eq!(world.uses(phone, "voice", "1", 390 * 60).0, 39_000_000);
    let (amount, effects) = world.uses(phone, "voice", "1", 360 * 60);
    assert_eq!(amount, 1_000_000 + 27_000_000 + 4_000_000);
    let Explanation::Rated { discounts, priced, .. } = &only_xdr(&effects).explanation else { panic!() };
    assert_eq!(priced.amount, usd("36"), "the full price is told");
    let bands: Vec<(u8, u64)> = discounts.iter().map(|b| (b.percent, b.units / 60)).collect();
    assert_eq!(bands, [(0, 10), (10, 300), (20, 50)]);
    // A session counts on where the purchases stopped, and locks no more than it will cost.
    let call = ("voice", "1");
    world.one(("s", phone), (0, Step::Start), call, (0, Asked::Units(600)));
    assert_eq!(world.customer().head.purse.reserved, usd("0.80"));
    let (_, effects) = world.one(("s", phone), (1, Step::Stop), call, (300, Asked::Nothing));
    assert_eq!(only_xdr(&effects).amount, usd("0.40"));
    world.now = at("2026-07-01T00:00:00Z");
    assert_eq!(world.uses(phone, "voice", "1", 60).0, 100_000, "the month begins at the full price");
    world.replay();
}

#[test]
fn a_threshold_in_money_splits_the_use_that_passes_it() {
    let mut world = plan_world::world(None);
    let phone = world.account("plain", &["spender"]);
    // 500 units make five dollars; the other 200 are at half price.
    assert_eq!(world.uses(phone, "data", "", 700).0, 5_000_000 + 1_000_000);
    assert_eq!(world.uses(phone, "data", "", 3).0, 20_000, "1.5 cents, rounded up once");
}

#[test]
fn weekly_units_are_prorated_first_roll_over_twice_and_the_earliest_to_expire_go_first() {
    let mut world = plan_world::world(None);
    world.now = at("2026-06-04T09:00:00Z"); // a Thursday: 4 of 7 days are left
    let phone = world.account("rolling", &[]);
    world.uses(phone, "data", "", 10);
    assert_eq!(world.bucket(phone, "rolling", "Weekly"), Some((40, 10, 0)));
    // Two weeks later: 30 of the first week (good to the end of this week), 70 of the untouched second, 70 of this one.
    world.now = at("2026-06-17T09:00:00Z");
    world.uses(phone, "data", "", 35);
    let used: Vec<(u64, u64, String)> =
        world.buckets(phone).iter().map(|b| (b.size, b.used, b.ends.to_string())).collect();
    let expected = [(40, 40, "2026-06-22T00:00:00Z"), (70, 5, "2026-06-29T00:00:00Z")];
    assert_eq!(used, expected.map(|(size, used, ends)| (size, used, ends.to_owned())));
    let command = world.purchase(phone, "data", "", 136, None);
    assert_eq!(world.refused(command), Refusal::QuotaUsedUp, "135 are left: 65 and 70");
    assert_eq!(world.uses(phone, "data", "", 135).0, 0);
    // In the week from 22 June nothing of the first two weeks is left.
    world.now = at("2026-06-22T00:00:00Z");
    let command = world.purchase(phone, "data", "", 71, None);
    assert_eq!(world.refused(command), Refusal::QuotaUsedUp);
    assert_eq!(world.uses(phone, "data", "", 70).0, 0);
    world.replay();
}

#[test]
fn peak_and_off_peak_units_are_counted_apart() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("night-owl", &[]);
    world.now = at("2026-06-01T12:00:00Z");
    assert_eq!(
        world.uses(phone, "voice", "1", 660).0,
        100_000,
        "ten minutes a day are included, one is paid"
    );
    world.now = at("2026-06-01T22:00:00Z");
    let (reply, _) = world.one(("s", phone), (0, Step::Start), ("voice", "1"), (0, Asked::Units(1200)));
    assert_eq!((granted(&reply), world.customer().head.purse.reserved), ((1200, false), usd("0")));
    let (_, effects) = world.one(("s", phone), (1, Step::Stop), ("voice", "1"), (1260, Asked::Nothing));
    assert_eq!(only_xdr(&effects).amount, usd("0.05"), "the minute beyond at the price of the night");
    let counted: Vec<(u64, u64)> = world.buckets(phone).iter().map(|b| (b.size, b.used)).collect();
    assert_eq!(counted, [(600, 600), (1200, 1200)]);
}

#[test]
fn another_product_with_the_same_quota_takes_over_what_was_rolled_over() {
    let mut world = plan_world::world(None);
    let phone = world.account("rolling", &[]);
    world.uses(phone, "data", "", 20);
    world.now = at("2026-06-08T00:00:00Z");
    world.uses(phone, "data", "", 1);
    let product = world.product("rolling-plus");
    world.done(Command::ChangeProduct { account: phone, product });
    // 49 rolled over, and 700 of this week; the rest of the old week's own 70 stays behind.
    let command = world.purchase(phone, "data", "", 750, None);
    assert_eq!(world.refused(command), Refusal::QuotaUsedUp);
    assert_eq!(world.uses(phone, "data", "", 749).0, 0);
}

#[test]
fn a_daily_quota_blocks_and_comes_anew_at_midnight() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("daily", &[]);
    let data = ("data", "");
    let (reply, _) = world.one(("s", phone), (0, Step::Start), data, (0, Asked::Units(2000)));
    assert_eq!(granted(&reply), (1024, true));
    let (reply, effects) = world.one(("s", phone), (1, Step::Update), data, (1024, Asked::Default));
    assert_eq!(unit_refusal(&reply), &Refusal::QuotaUsedUp);
    assert_eq!(details(&effects, EventKind::QuotaExhausted), ["Daily"]);
    assert_eq!(world.access(phone, "data").refusal, Some(Refusal::QuotaUsedUp));
    let effects = world.lapse_at(at("2026-06-02T00:00:00Z"));
    assert_eq!(details(&effects, EventKind::QuotaAvailable), ["data"]);
    let (reply, _) = world.one(("s", phone), (2, Step::Update), data, (0, Asked::Units(2000)));
    assert_eq!(granted(&reply), (1024, true));
}

/// SAT-10: the line failed for a day; the administrator gives that day back in units.
#[test]
fn a_free_day_gives_units_beside_the_quota_until_it_ends() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("daily", &[]);
    world.uses(phone, "data", "", 1024);
    let plan = world.plan("daily", "Daily");
    let until = at("2026-06-03T00:00:00Z");
    let gift = |units, until| GrantUnits { account: phone, plan, units, until, note: "our fault".into() };
    let (_, effects) = world.run(Command::GrantUnits(gift(1024, until)));
    assert_eq!(details(&effects, EventKind::UnitsGranted), ["Daily: 1024 (our fault)"]);
    assert_eq!(details(&effects, EventKind::QuotaAvailable), ["data"], "the network opens the line");
    assert_eq!(world.uses(phone, "data", "", 24).0, 0);
    world.now = at("2026-06-02T00:00:00Z");
    // The day's own units end first and go first.
    assert_eq!(world.uses(phone, "data", "", 2024).0, 0);
    let command = world.purchase(phone, "data", "", 1, None);
    assert_eq!(world.refused(command), Refusal::QuotaUsedUp);
    assert_eq!(world.refused(Command::GrantUnits(gift(0, until))), Refusal::OutOfRange);
    assert_eq!(world.refused(Command::GrantUnits(gift(u64::MAX, until))), Refusal::OutOfRange);
    assert_eq!(world.refused(Command::GrantUnits(gift(1, world.now))), Refusal::AlreadyOver);
    let other = GrantUnits { plan: world.plan("rolling", "Weekly"), ..gift(1, until) };
    assert_eq!(world.refused(Command::GrantUnits(other)), Refusal::UnknownPlan);
}

#[test]
fn beyond_a_quota_that_limits_use_goes_on_for_nothing() {
    let mut world = plan_world::world(Some("0"));
    let phone = world.account("smart-net", &[]);
    let data = ("data", "");
    let (reply, _) = world.one(("s", phone), (0, Step::Start), data, (0, Asked::Units(2000)));
    assert_eq!(granted(&reply), (2000, false));
    let (reply, effects) = world.one(("s", phone), (1, Step::Update), data, (2000, Asked::Units(10)));
    assert_eq!(granted(&reply), (10, false));
    assert_eq!(count(&effects, EventKind::QuotaExhausted), 1);
    assert_eq!(world.access(phone, "data").policy.down_kbps, Some(1));
    let (_, effects) = world.one(("s", phone), (2, Step::Stop), data, (10, Asked::Nothing));
    assert_eq!(only_xdr(&effects).amount, usd("0"));
    assert_eq!(world.bucket(phone, "smart-net", "Base"), Some((1024, 2010, 0)));
}

/// One quota for all accounts of a customer: whoever comes first gets the units, and nobody gets them twice.
#[test]
fn a_shared_quota_is_one_for_all_accounts() {
    let mut world = plan_world::world(Some("100"));
    let accounts = [(); 4].map(|()| world.account("family", &[]));
    let data = ("data", "");
    let mut total = 0;
    for (number, account) in accounts.iter().enumerate() {
        let name = format!("s{number}");
        let (reply, _) = world.one((&name, *account), (0, Step::Start), data, (0, Asked::Units(300)));
        let (units, last) = if number < 4 && total < 1000 { granted(&reply) } else { (0, true) };
        assert_eq!((units, last), if number < 3 { (300, false) } else { (100, true) });
        total += units;
    }
    assert_eq!(world.bucket(accounts[0], "family", "Family"), Some((1000, 0, 1000)));
    let command = world.purchase(accounts[1], "data", "", 1, None);
    assert_eq!(world.refused(command), Refusal::QuotaUsedUp, "all of it is out in grants");
    // The first uses less; what returns is for everybody.
    world.one(("s0", accounts[0]), (1, Step::Stop), data, (100, Asked::Nothing));
    assert_eq!(world.uses(accounts[3], "data", "", 200).0, 0);
    assert_eq!(world.bucket(accounts[0], "family", "Family"), Some((1000, 300, 700)));
    assert_eq!(world.customer().accounts.iter().map(|a| a.buckets.len()).sum::<usize>(), 0);
    // The last unit is told of all accounts, and so is the new period.
    for (number, units) in [("s1", 300), ("s2", 300), ("s3", 100)] {
        let account = world.customer().sessions[&charging::SessionKey::diameter(number.as_bytes())].account;
        let (_, effects) = world.one((number, account), (1, Step::Stop), data, (units, Asked::Nothing));
        let told: Vec<_> = effects.events.iter().filter(|e| e.kind == EventKind::QuotaExhausted).collect();
        assert_eq!(told.len(), usize::from(number == "s3"));
        assert!(told.iter().all(|event| event.account.is_none()));
    }
    let effects = world.lapse_at(at("2026-07-01T00:00:00Z"));
    assert_eq!((effects.events[0].kind, effects.events[0].account), (EventKind::QuotaAvailable, None));
    world.replay();
}

/// RAD-01, RAD-14: what an access device can be told, so that it ends the session by itself.
#[test]
fn a_log_in_hears_what_is_left_where_the_end_of_the_quota_is_the_end_of_use() {
    let left = |world: &mut World, account, service| world.access(account, service).quota;
    let units = |units, ends| Some(QuotaLeft { units, unit: catalog::Unit::Octet, ends });
    let mut world = plan_world::world(Some("0"));
    let phone = world.account("daily", &[]);
    assert_eq!(
        left(&mut world, phone, "data"),
        units(1024, None),
        "it comes anew, so it never ends for good"
    );
    world.uses(phone, "data", "", 24);
    world.one(("s", phone), (0, Step::Start), ("data", ""), (0, Asked::Units(400)));
    assert_eq!(left(&mut world, phone, "data"), units(600, None), "less what is used and what is granted");
    world.uses(phone, "data", "", 600);
    assert_eq!(left(&mut world, phone, "data"), None, "who may not use is told no quota");
    let plain = world.account("plain", &[]);
    assert_eq!(left(&mut world, plain, "data"), None, "no quota");
    world.add(plain, "turbo");
    let tomorrow = world.now.plus(calendar::Seconds(86_400));
    assert_eq!(left(&mut world, plain, "data"), units(2048, Some(tomorrow)), "no money beyond it");
    let limited = world.account("smart-net", &[]);
    assert_eq!(left(&mut world, limited, "data"), None, "use goes on, slower");
    let mut rich = plan_world::world(Some("100"));
    let phone = rich.account("plain", &["turbo"]);
    assert_eq!(left(&mut rich, phone, "data"), None, "use goes on for money");
    let mut owl = plan_world::world(Some("0"));
    let phone = owl.account("night-owl", &[]);
    assert_eq!(left(&mut owl, phone, "voice"), None, "no device tells day from night");
}

#[test]
fn absurd_use_of_a_plan_is_refused_without_a_trace() {
    let mut world = plan_world::world(None);
    let phone = world.account("smart-net", &["spender"]);
    let data = ("data", "");
    world.one(("s", phone), (0, Step::Start), data, (0, Asked::Units(u64::MAX)));
    let unit = world.unit("data", "", charging::Used::Since(u64::MAX), Asked::Default);
    let request = world.step(phone, 1, Step::Update, vec![unit]);
    let request = charging::SessionRequest { session: charging::SessionKey::diameter(b"s"), ..request };
    assert_eq!(world.refused(Command::Session(request)), Refusal::OutOfRange);
    let command = world.purchase(phone, "data", "", u64::MAX, None);
    assert_eq!(world.refused(command), Refusal::OutOfRange);
}

#[test]
fn what_is_idle_stays_small() {
    let mut world: World = plan_world::world(Some("100"));
    let phone = world.account("smart-net", &["turbo", "coins"]);
    world.uses(phone, "data", "", 10);
    world.now = at("2026-06-03T00:00:00Z");
    let customer = world.customer();
    let account = &customer.accounts[0];
    let heap = std::mem::size_of_val(customer.accounts.as_slice())
        + std::mem::size_of_val(account.products.as_slice())
        + std::mem::size_of_val(&*account.add_ons)
        + std::mem::size_of_val(&*account.buckets);
    let bytes = std::mem::size_of_val(customer) + heap;
    assert!(bytes < 1024, "{bytes} octets in memory");
    let rows = postcard::to_allocvec(&(&customer.head, account)).unwrap().len();
    assert!(rows < 300, "{rows} octets stored");
}

/// A quota may name the access codes that it is for: calls that come in for nothing take no minutes, nor do those abroad.
#[test]
fn a_quota_is_for_the_access_codes_that_it_names() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("caller", &[]);
    let mut call = |code: &str, seconds: u64| {
        let Command::Debit(debit) = world.purchase(phone, "voice", "1555", seconds, None) else {
            panic!("a purchase is a debit")
        };
        let debit = charging::Debit { access_code: code.into(), ..debit };
        let cost = world.debited(Command::Debit(debit)).0.amount;
        (cost, world.bucket(phone, "caller", "Minutes out").map_or(0, |(_, used, _)| used))
    };
    assert_eq!(call("INCOMING", 300), (usd("0"), 0), "free, and no minute is used");
    assert_eq!(call("", 100), (usd("0"), 100));
    assert_eq!(call("OUTGOING.SI7", 100), (usd("0"), 200), "what goes on after a code");
    assert_eq!(call("ROAMING.europe.OUTGOING", 60), (usd("0.10"), 200), "abroad they cost");
}
