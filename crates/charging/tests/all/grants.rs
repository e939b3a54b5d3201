//! Golden decisions about the size and end of grants, and about the attributes a network gets.

use crate::plan_world;
use crate::world;

use catalog::FinalAction;
use charging::{
    AccountId, AccountPolicy, Asked, Command, EventKind, Policy, Refusal, SessionReply, Step, UnitOutcome,
};
use plan_world::details;
use world::{World, at, granted, unit_refusal, usd};

fn grant(reply: &SessionReply) -> (u64, Option<FinalAction>, u32, u64, u32) {
    let UnitOutcome::Granted { units, last, validity, threshold, holding, .. } =
        reply.units[0].outcome.clone()
    else {
        panic!("{reply:?}")
    };
    (units, last, validity, threshold, holding)
}

#[test]
fn the_first_grant_has_its_own_size_and_tiny_ones_are_not_made() {
    let mut world = plan_world::world(Some("0.50"));
    let phone = world.account("plain", &[]);
    let voice = ("voice", "1");
    let (reply, _) = world.one(("s", phone), (0, Step::Start), voice, (0, Asked::Default));
    assert_eq!(grant(&reply), (120, None, 600, 30, 30), "first size, validity, a quarter left, holding time");
    let (reply, _) = world.one(("s", phone), (1, Step::Update), voice, (120, Asked::Default));
    assert_eq!(grant(&reply).0, 60, "then the usual size");
    let (reply, _) = world.one(("s", phone), (2, Step::Update), voice, (55, Asked::Units(1000)));
    assert_eq!(
        grant(&reply).0,
        125,
        "five started minutes are paid for, three are used up but for five seconds"
    );
    // Of the paid minutes five seconds are left: fewer than ten are no grant.
    let (reply, _) = world.one(("s", phone), (3, Step::Update), voice, (120, Asked::Default));
    assert_eq!(
        unit_refusal(&reply),
        &Refusal::InsufficientFunds { available: usd("0"), needed: usd("0.10") }
    );
    // Fewer than ten are granted where no more was asked; the two that remain are no grant, so it is the last.
    let (reply, _) = world.one(("s", phone), (4, Step::Update), voice, (0, Asked::Units(3)));
    assert_eq!(granted(&reply), (3, true));
}

#[test]
fn a_grant_ends_with_the_units_it_is_made_of() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &["turbo"]);
    let data = ("data", "");
    let (reply, _) = world.one(("s", phone), (0, Step::Start), data, (0, Asked::Units(10)));
    assert_eq!(grant(&reply).2, 3600);
    world.now = at("2026-06-01T23:50:00Z");
    let (reply, _) = world.one(("s", phone), (1, Step::Update), data, (10, Asked::Units(10)));
    assert_eq!(grant(&reply).2, 600, "the network asks again when Turbo ends");
    // Reported after the end: the units of Turbo are gone, what was locked returns to nobody, and use is paid.
    world.now = at("2026-06-02T00:00:00Z");
    world.one(("s", phone), (2, Step::Update), data, (10, Asked::Nothing));
    assert_eq!(world.customer().head.purse.reserved, usd("0.10"));
}

#[test]
fn after_the_last_grant_the_network_does_what_account_product_class_or_service_say() {
    let mut world = plan_world::world(Some("0.05"));
    let phone = world.account("plain", &[]);
    let data = ("data", "");
    let (reply, _) = world.one(("s", phone), (0, Step::Start), data, (0, Asked::Default));
    let walled = FinalAction::Restrict { filter: "walled-garden".into() };
    assert_eq!((grant(&reply).0, grant(&reply).1), (5, Some(walled)));
    let portal = FinalAction::Redirect { url: "https://pay.example".into() };
    set(
        &mut world,
        phone,
        "data",
        AccountPolicy { final_action: Some(portal.clone()), ..AccountPolicy::default() },
    );
    let (reply, _) = world.one(("s", phone), (1, Step::Update), data, (1, Asked::Default));
    assert_eq!((grant(&reply).0, grant(&reply).1), (4, Some(portal)));
    let (reply, _) = world.one(("t", phone), (0, Step::Start), ("open", ""), (0, Asked::Default));
    assert_eq!(unit_refusal(&reply).code(), "CHG-010", "the other session holds the money");
}

#[test]
fn authorize_only_looks_at_funds_and_locks_what_was_used() {
    let mut world = plan_world::world(Some("0.50"));
    let phone = world.account("plain", &[]);
    let open = ("open", "");
    for session in ["s", "t"] {
        let (reply, _) = world.one((session, phone), (0, Step::Start), open, (0, Asked::Default));
        assert_eq!(granted(&reply), (50, true), "each session is told of all the funds");
    }
    assert_eq!(world.customer().head.purse.reserved, usd("0"));
    world.one(("s", phone), (1, Step::Update), open, (30, Asked::Nothing));
    assert_eq!(world.customer().head.purse.reserved, usd("0.30"), "use is locked when it is known");
    let (reply, _) = world.one(("t", phone), (1, Step::Update), open, (5, Asked::Default));
    assert_eq!(granted(&reply), (15, true));
}

fn set(world: &mut World, account: AccountId, service: &str, policy: AccountPolicy) {
    let service = world.service(service);
    let policy = Some(Box::new(AccountPolicy { service, ..policy }));
    let (_, effects) = world.run(Command::SetPolicy { account, service, policy });
    assert_eq!(effects.events[0].kind, EventKind::PolicyChanged);
}

fn attribute<'a>(policy: &'a Policy, name: &str) -> Option<&'a str> {
    policy.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

#[test]
fn attributes_come_from_the_account_then_the_product_then_the_class() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &[]);
    let business = world.catalog.class("business").unwrap().id;
    let (_, effects) = world.run(Command::SetClass { class: Some(business) });
    assert_eq!(details(&effects, EventKind::ClassChanged), ["Business"]);
    let policy = world.access(phone, "data").policy;
    assert_eq!((policy.down_kbps, policy.up_kbps), (Some(100), Some(700)), "product, and class beneath it");
    assert_eq!((attribute(&policy, "apn"), attribute(&policy, "vlan")), (Some("product.apn"), Some("7")));
    let own =
        Policy { down_kbps: Some(5), attributes: vec![("apn".into(), "own".into())], ..Policy::default() };
    set(&mut world, phone, "data", AccountPolicy { regular: own, ..AccountPolicy::default() });
    let policy = world.access(phone, "data").policy;
    assert_eq!((policy.down_kbps, attribute(&policy, "apn")), (Some(5), Some("own")));
    let service = world.service("data");
    world.done(Command::SetPolicy { account: phone, service, policy: None });
    assert_eq!(world.access(phone, "data").policy.down_kbps, Some(100));
    assert_eq!(world.refused(Command::SetClass { class: Some(catalog::ClassId(9)) }), Refusal::UnknownClass);
    world.replay();
}

/// VOIP-28: policies set directly on accounts are not considered for `push_events`; neither are those of a class.
#[test]
fn push_events_counts_only_on_the_product() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &[]);
    let business = world.catalog.class("business").unwrap().id;
    world.done(Command::SetClass { class: Some(business) });
    let attributes = vec![("push_events".into(), "1".into()), ("tone".into(), "soft".into())];
    let own = Policy { attributes, ..Policy::default() };
    set(&mut world, phone, "sms", AccountPolicy { regular: own, ..AccountPolicy::default() });
    let policy = world.access(phone, "sms").policy;
    assert_eq!(attribute(&policy, "push_events"), None);
    assert_eq!((attribute(&policy, "tone"), attribute(&policy, "centre")), (Some("soft"), Some("product")));
}
