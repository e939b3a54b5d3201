#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
//! Golden decisions about subscribers without funds who are sent to a portal instead of being refused.

mod plan_world;
mod world;

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
    pay(&mut world, "1");
    let (reply, _) = world.one(("s", phone), (5, Step::Update), DATA, (0, Asked::Default));
    assert_eq!(granted(&reply), (100, false));
}
