//! Golden decisions about subscribers without funds who are sent to a portal instead of being refused.

use crate::plan_world;
use crate::world;

use catalog::FinalAction;
use charging::{
    AccountId, AccountPolicy, Asked, Command, Effects, EventKind, Pay, Policy, Refusal, SessionKey,
    SessionReply, SessionRequest, Step, UnitOutcome,
};
use plan_world::details;
use world::{World, granted, only_xdr, unit_refusal, usd};

const DATA: (&str, &str) = ("data", "");

fn walled(validity: u32) -> UnitOutcome {
    UnitOutcome::Hotlined { action: FinalAction::Restrict { filter: "walled-garden".into() }, validity }
}

/// What the account itself says of hotlining.
fn says(world: &mut World, account: AccountId, value: &str) {
    let attributes = vec![("hotline_without_funds".to_owned(), value.to_owned())];
    let service = world.service("data");
    let regular = Policy { attributes, ..Policy::default() };
    let policy = AccountPolicy { service, regular, ..AccountPolicy::default() };
    world.run(Command::SetPolicy { account, service, policy: Some(Box::new(policy)) });
}

fn pay(world: &mut World, amount: &str) {
    let pay = Pay { account: None, exchanged: None, amount: usd(amount), note: "top-up".into() };
    world.done(Command::Pay(pay));
}

/// A first request over a network whose profile hotlines.
fn start_over_hotlining(world: &mut World, phone: AccountId, session: &str) -> (SessionReply, Effects) {
    let unit = world.unit("data", "", charging::Used::None, Asked::Default);
    let request = world.step(phone, 0, Step::Start, vec![unit]);
    let session = SessionKey::diameter(session.as_bytes());
    world.session(SessionRequest { session, hotlines: true, ..request })
}

#[test]
fn who_has_nothing_is_hotlined_where_a_policy_says_so_and_gets_units_when_money_comes() {
    let mut world = plan_world::world(Some("0"));
    let phone = world.account("plain", &[]);
    says(&mut world, phone, "yes");
    let (reply, effects) = world.one(("s", phone), (0, Step::Start), DATA, (0, Asked::Default));
    assert_eq!((&reply.refusal, &reply.units[0].outcome), (&None, &walled(300)), "five minutes, not an hour");
    assert_eq!(details(&effects, EventKind::SessionStarted).len(), 1);
    let before = world.state.clone();
    let (again, _) = world.one(("s", phone), (0, Step::Start), DATA, (0, Asked::Default));
    assert_eq!((&again, &world.state), (&reply, &before), "a repeated request gets the same answer");
    let session = world.customer().open_sessions().next().unwrap();
    assert_eq!((session.meters[0].granted, session.meters[0].reserved), (0, usd("0")), "it holds nothing");
    let (reply, _) = world.one(("s", phone), (1, Step::Update), DATA, (0, Asked::Default));
    assert_eq!(reply.units[0].outcome, walled(300), "as long as nothing has changed");
    pay(&mut world, "0.03");
    let (reply, _) = world.one(("s", phone), (2, Step::Update), DATA, (0, Asked::Default));
    assert_eq!(granted(&reply), (3, true));
    let (_, effects) = world.one(("s", phone), (3, Step::Stop), DATA, (2, Asked::Nothing));
    assert_eq!((only_xdr(&effects).units, only_xdr(&effects).amount), (2, usd("0.02")));
    world.replay();
}

#[test]
fn without_a_policy_the_network_decides_and_a_policy_overrules_it() {
    let mut world = plan_world::world(Some("0"));
    let phone = world.account("plain", &[]);
    let (reply, effects) = world.one(("s", phone), (0, Step::Start), DATA, (0, Asked::Default));
    assert!(matches!(reply.refusal, Some(Refusal::InsufficientFunds { .. })));
    assert_eq!(effects, Effects::default(), "refused as ever, and without a trace");
    assert_eq!(start_over_hotlining(&mut world, phone, "t").0.units[0].outcome, walled(300));
    says(&mut world, phone, "no");
    let (reply, _) = start_over_hotlining(&mut world, phone, "u");
    assert!(matches!(unit_refusal(&reply), Refusal::InsufficientFunds { .. }));
}

#[test]
fn a_service_that_ends_at_the_end_of_funds_refuses_whatever_the_policy_says() {
    let mut world = plan_world::world(Some("0"));
    let phone = world.account("plain", &[]);
    let unit = world.unit("open", "", charging::Used::None, Asked::Default);
    let request = world.step(phone, 0, Step::Start, vec![unit]);
    let (reply, _) = world.session(SessionRequest { hotlines: true, ..request });
    assert!(matches!(reply.refusal, Some(Refusal::InsufficientFunds { .. })));
}

/// RFC 8506 8.19: what is used beyond a grant is debited.
#[test]
fn use_that_is_reported_from_the_portal_is_counted_and_priced() {
    let mut world = plan_world::world(Some("0"));
    let phone = world.account("plain", &[]);
    start_over_hotlining(&mut world, phone, "s");
    let (reply, _) = world.one(("s", phone), (1, Step::Update), DATA, (4, Asked::Default));
    assert_eq!(reply.units[0].outcome, walled(300));
    assert_eq!(world.customer().head.purse.reserved, usd("0.04"));
    let (_, effects) = world.one(("s", phone), (2, Step::Stop), DATA, (0, Asked::Nothing));
    assert_eq!((only_xdr(&effects).units, only_xdr(&effects).amount), (4, usd("0.04")));
}

#[test]
fn a_session_that_never_got_a_unit_ends_with_a_record_of_nothing() {
    let mut world = plan_world::world(Some("0"));
    let phone = world.account("plain", &[]);
    start_over_hotlining(&mut world, phone, "s");
    let (_, effects) = world.one(("s", phone), (1, Step::Stop), DATA, (0, Asked::Nothing));
    assert_eq!((only_xdr(&effects).units, only_xdr(&effects).amount), (0, usd("0")));
    assert_eq!(effects.ledger, [], "nothing is booked");
}

/// DIA-05, 50, 60: funds or units that fit exactly are the last ones, and the network hears it with them.
#[test]
fn a_last_grant_that_fits_exactly_says_where_to_go() {
    let mut world = plan_world::world(Some("0.05"));
    let phone = world.account("plain", &[]);
    let five = Asked::Units(5);
    let (reply, _) = world.one(("s", phone), (0, Step::Start), DATA, (0, Asked::Units(4)));
    assert_eq!(granted(&reply), (4, false), "a fifth unit can follow");
    let (reply, _) = world.one(("s", phone), (1, Step::Update), DATA, (0, five));
    assert_eq!(granted(&reply), (5, true), "nothing can");
    let (reply, _) = world.one(("s", phone), (2, Step::Update), DATA, (5, Asked::Nothing));
    assert_eq!(reply.units[0].outcome, walled(300), "in time, and without any policy");
    // Units of quotas: more behind them, money behind them, nothing behind them.
    let mut world = plan_world::world(Some("0.01"));
    let daily = world.account("daily", &[]);
    let (reply, _) = world.one(("s", daily), (0, Step::Start), DATA, (0, Asked::Units(1_000)));
    assert_eq!(granted(&reply), (1_000, false), "24 of the day's units are left");
    let (reply, _) = world.one(("s", daily), (1, Step::Update), DATA, (1_000, Asked::Units(24)));
    assert_eq!(granted(&reply), (24, true), "a quota that blocks, and nothing behind it");
    let roaming = world.account("plain", &["later"]);
    let (reply, _) = world.one(("t", roaming), (0, Step::Start), DATA, (0, Asked::Units(10)));
    assert_eq!(granted(&reply), (10, false), "a cent is behind them");
    let (reply, _) = world.one(("t", roaming), (1, Step::Update), DATA, (0, Asked::Units(11)));
    assert_eq!(granted(&reply), (11, true));
    let limited = world.account("smart-net", &[]);
    let (reply, _) = world.one(("u", limited), (0, Step::Start), DATA, (0, Asked::Units(1_024)));
    assert_eq!(granted(&reply), (1_024, false), "a quota that only limits goes on");
}

/// A grant that is the last until its quota comes anew ends when it does: the network asks again then.
#[test]
fn a_last_grant_is_valid_until_the_quota_renews() {
    let mut world = plan_world::world(Some("0"));
    let phone = world.account("daily", &[]);
    world.now = world::at("2026-06-01T23:50:00Z");
    let (reply, _) = world.one(("s", phone), (0, Step::Start), DATA, (0, Asked::Units(1_024)));
    let UnitOutcome::Granted { last, validity, .. } = &reply.units[0].outcome else { panic!("{reply:?}") };
    assert_eq!((last.is_some(), *validity), (true, 600));
}

/// DIA-06: the portal of an access point, in a policy before the service.
#[test]
fn the_portal_is_that_of_the_access_point() {
    let mut world = plan_world::world(Some("0"));
    let mut catalog = world.catalog.catalog().clone();
    let portal = |url: &str| FinalAction::Redirect { url: url.into() };
    let data = catalog.services.iter_mut().find(|service| service.code == "data").unwrap();
    data.final_action_at.insert("corp.example".into(), portal("https://corp.example/pay"));
    let plain = catalog.products.iter_mut().find(|product| product.code == "plain").unwrap();
    plain.policies[0].final_action_at.insert("kids".into(), portal("https://kids.example"));
    world.catalog = catalog::Snapshot::compile(catalog, catalog::CatalogVersion(2), None).unwrap();
    let phone = world.account("plain", &[]);
    says(&mut world, phone, "yes");
    for (access_point, action) in [
        ("corp.example", portal("https://corp.example/pay")),
        ("kids", portal("https://kids.example")),
        ("internet", FinalAction::Restrict { filter: "walled-garden".into() }),
    ] {
        let place = ("data", access_point);
        let (reply, _) = world.one((access_point, phone), (0, Step::Start), place, (0, Asked::Default));
        assert_eq!(reply.units[0].outcome, UnitOutcome::Hotlined { action, validity: 300 });
    }
}

/// A suspended customer may reach the portal, where he can pay.
#[test]
fn a_suspended_customer_is_hotlined_where_a_policy_says_so() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &[]);
    let start =
        |world: &mut World, session| world.one((session, phone), (0, Step::Start), DATA, (0, Asked::Default));
    let (reply, _) = start(&mut world, "before");
    assert_eq!(granted(&reply), (100, false));
    world.suspend();
    let unit = world.unit("data", "", charging::Used::None, Asked::Default);
    let request = world.step(phone, 0, Step::Start, vec![unit]);
    assert_eq!(world.refused(Command::Session(request)), Refusal::CustomerSuspended, "no policy says it");
    says(&mut world, phone, "yes");
    let (reply, _) = start(&mut world, "after");
    assert_eq!((&reply.refusal, &reply.units[0].outcome), (&None, &walled(300)));
    let (reply, _) = world.one(("before", phone), (1, Step::Update), DATA, (7, Asked::Default));
    assert_eq!((&reply.refusal, &reply.units[0].outcome), (&None, &walled(300)), "also what was running");
    assert_eq!(world.customer().head.purse.reserved, usd("0.07"), "what was used counts");
    let (reply, _) = world.one(("after", phone), (1, Step::Update), DATA, (0, Asked::Nothing));
    assert_eq!((&reply.refusal, &reply.units[0].outcome), (&None, &walled(300)), "it stays there");
    assert!(world.customer().open_sessions().all(charging::Session::is_at_portal));
    world.pay("1");
    let (reply, _) = world.one(("after", phone), (2, Step::Update), DATA, (0, Asked::Default));
    assert_eq!(granted(&reply), (100, false));
    world.replay();
}

/// Who has reached the day's spending cap is sent to the portal where a policy says so, until the next day; what ran goes on.
#[test]
fn a_reached_spending_cap_hotlines_what_would_begin() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &[]);
    world.one(("before", phone), (0, Step::Start), DATA, (0, Asked::Default));
    world.set_limit(None, charging::LimitChange::DailyCap(Some(usd("5"))));
    world.uses(phone, "data", "", 400);
    let unit = world.unit("data", "", charging::Used::None, Asked::Default);
    let request = world.step(phone, 0, Step::Start, vec![unit]);
    assert_eq!(world.refused(Command::Session(request)), Refusal::SpendingCapReached);
    says(&mut world, phone, "yes");
    let (reply, _) = world.one(("after", phone), (0, Step::Start), DATA, (0, Asked::Default));
    assert_eq!((&reply.refusal, &reply.units[0].outcome), (&None, &walled(300)));
    let (reply, _) = world.one(("after", phone), (1, Step::Update), DATA, (0, Asked::Default));
    assert_eq!(reply.units[0].outcome, walled(300), "it stays there");
    let (reply, _) = world.one(("before", phone), (1, Step::Update), DATA, (1, Asked::Default));
    assert_eq!(granted(&reply), (100, false), "what ran goes on");
    for number in 3..8 {
        let nothing = world.step(phone, number, Step::Update, Vec::new());
        world.session(SessionRequest { session: SessionKey::diameter(b"after"), ..nothing });
    }
    let (reply, _) = world.one(("after", phone), (8, Step::Update), DATA, (0, Asked::Default));
    assert_eq!(reply.units[0].outcome, walled(300), "also when its answers are forgotten");
    world.now = world::at("2026-06-02T00:00:01Z");
    let (reply, _) = world.one(("after", phone), (9, Step::Update), DATA, (0, Asked::Default));
    assert_eq!(granted(&reply), (100, false));
    world.replay();
}

/// What is used at the portal is charged, but nobody comes out by it: only the next day, or a higher cap, lets him begin.
#[test]
fn use_at_the_portal_does_not_bring_anybody_past_his_spending_cap() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &[]);
    world.set_limit(None, charging::LimitChange::DailyCap(Some(usd("5"))));
    world.uses(phone, "data", "", 600);
    says(&mut world, phone, "yes");
    let (reply, _) = world.one(("s", phone), (0, Step::Start), DATA, (0, Asked::Default));
    assert_eq!(reply.units[0].outcome, walled(300));
    for number in 1..8 {
        let (reply, _) = world.one(("s", phone), (number, Step::Update), DATA, (1, Asked::Default));
        assert_eq!(reply.units[0].outcome, walled(300), "request {number}");
    }
    world.set_limit(None, charging::LimitChange::DailyCap(Some(usd("50"))));
    let (reply, _) = world.one(("s", phone), (8, Step::Update), DATA, (1, Asked::Default));
    assert_eq!(granted(&reply), (100, false));
    world.set_limit(None, charging::LimitChange::DailyCap(Some(usd("5"))));
    let (reply, _) = world.one(("s", phone), (9, Step::Update), DATA, (100, Asked::Default));
    assert_eq!(granted(&reply), (100, false), "what runs goes on");
    let (_, effects) = world.one(("s", phone), (10, Step::Stop), DATA, (0, Asked::Nothing));
    assert_eq!(only_xdr(&effects).units, 7 + 1 + 100);
    world.replay();
}

/// A rating group that is granted by one report is not at the portal by another of the same request.
#[test]
fn who_is_granted_units_leaves_the_portal_with_all_reports() {
    let mut world = plan_world::world(Some("0"));
    let phone = world.account("plain", &[]);
    let start = start_over_hotlining(&mut world, phone, "pgw;1;1").0;
    assert_eq!(start.units[0].outcome, walled(300));
    pay(&mut world, "1");
    let unit = |asked| world.unit("data", "", charging::Used::None, asked);
    let units = vec![unit(Asked::Units(5)), unit(Asked::Nothing)];
    let request = world.step(phone, 1, Step::Update, units);
    let (reply, _) = world.session(request);
    assert!(matches!(reply.units[0].outcome, UnitOutcome::Granted { units: 5, .. }), "{reply:?}");
    assert_eq!(reply.units[1].outcome, UnitOutcome::Noted);
}

/// A session may begin without any service, or with a free one: what costs money begins when it is first granted.
#[test]
fn a_reached_spending_cap_keeps_a_running_session_from_beginning_what_costs_money() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &[]);
    world.set_limit(None, charging::LimitChange::DailyCap(Some(usd("5"))));
    world.uses(phone, "data", "", 600);
    let start = world.step(phone, 0, Step::Start, Vec::new());
    let session = SessionKey::diameter(b"s");
    assert_eq!(world.session(SessionRequest { session, ..start }).0.refusal, None);
    for number in 1..8 {
        let (reply, _) = world.one(("s", phone), (number, Step::Update), DATA, (0, Asked::Default));
        assert_eq!(unit_refusal(&reply), &Refusal::SpendingCapReached, "however often it is asked for");
    }
    world.now = world::at("2026-06-02T00:00:01Z");
    let (reply, _) = world.one(("s", phone), (8, Step::Update), DATA, (0, Asked::Default));
    assert_eq!(granted(&reply), (100, false));
}

/// RFC 8506 5.6.2: after its last units the client reports without a wish for more, and the answer says when to ask again.
#[test]
fn who_has_used_the_last_units_is_hotlined_until_money_comes() {
    let mut world = plan_world::world(Some("0.05"));
    let phone = world.account("plain", &[]);
    let (reply, _) = world.one(("s", phone), (0, Step::Start), DATA, (0, Asked::Default));
    assert_eq!(granted(&reply), (5, true));
    let (reply, _) = world.one(("s", phone), (1, Step::Update), DATA, (2, Asked::Nothing));
    assert_eq!(reply.units[0].outcome, UnitOutcome::Noted, "a quota that is given back is not used up");
    let (reply, _) = world.one(("s", phone), (2, Step::Update), DATA, (0, Asked::Default));
    assert_eq!(granted(&reply), (3, true));
    let (reply, _) = world.one(("s", phone), (3, Step::Update), DATA, (3, Asked::Nothing));
    assert_eq!(reply.units[0].outcome, walled(300));
    let (reply, _) = world.one(("s", phone), (4, Step::Update), DATA, (0, Asked::Default));
    assert_eq!(reply.units[0].outcome, walled(300), "it stays there without any policy");
    pay(&mut world, "5");
    world.set_limit(None, charging::LimitChange::DailyCap(Some(usd("1"))));
    world.uses(phone, "data", "", 200);
    let (reply, _) = world.one(("s", phone), (5, Step::Update), DATA, (0, Asked::Default));
    assert_eq!(granted(&reply), (100, false), "the day's spending cap does not keep what ran");
}
