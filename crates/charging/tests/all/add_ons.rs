//! Golden decisions about add-ons: when they begin and end, and which ones clash.

use crate::plan_world;
use crate::world;

use charging::{AddAddOn, AddOnPhase, Command, ConflictReason, EventKind, Refusal, conflicts};
use plan_world::details;
use world::{World, at};

fn phase(world: &World) -> AddOnPhase {
    world.customer().accounts[0].add_ons[0].phase
}

#[test]
fn an_add_on_begins_and_ends_at_its_times_and_says_so_then() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("smart-net", &[]);
    let (from, until) = (at("2026-06-02T00:00:00Z"), at("2026-06-03T00:00:00Z"));
    world.add_from(phone, "regular", Some(from), Some(until));
    assert_eq!(phase(&world), AddOnPhase::Planned);
    world.uses(phone, "data", "", 10);
    assert_eq!(world.bucket(phone, "regular", "Regular"), None, "not held yet");
    assert_eq!(world.customer().head.next_due(), Some(from));
    let effects = world.lapse_at(from);
    assert_eq!(details(&effects, EventKind::AddOnAdded), ["Regular Internet access"]);
    assert_eq!(details(&world.lapse_at(from), EventKind::AddOnAdded), [""; 0], "told once");
    world.uses(phone, "data", "", 10);
    assert_eq!(world.bucket(phone, "regular", "Regular"), Some((5120, 10, 0)));
    assert_eq!(world.customer().head.next_due(), Some(until));
    // The clock looks late: the add-on has ended in time nevertheless.
    world.now = at("2026-06-03T00:00:01Z");
    world.uses(phone, "data", "", 10);
    assert_eq!(world.bucket(phone, "smart-net", "Base"), Some((1024, 20, 0)));
    let effects = world.lapse_at(at("2026-06-03T00:05:00Z"));
    assert_eq!(details(&effects, EventKind::AddOnRemoved), ["Regular Internet access"]);
    assert_eq!((phase(&world), world.customer().head.plans_due), (AddOnPhase::Over, None));
    world.replay();
}

#[test]
fn an_add_on_may_begin_with_its_first_use_and_lasts_from_then() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &["later"]);
    assert_eq!(phase(&world), AddOnPhase::OnFirstUse);
    world.now = at("2026-06-20T00:00:00Z");
    world.uses(phone, "sms", "1", 1);
    assert_eq!(phase(&world), AddOnPhase::OnFirstUse, "messages are no use of it");
    world.now = at("2026-06-20T10:00:00Z");
    let (amount, effects) = world.uses(phone, "data", "", 4);
    assert_eq!((amount, details(&effects, EventKind::AddOnAdded)), (0, vec!["Begins with its first use"]));
    let add_on = &world.customer().accounts[0].add_ons[0];
    assert_eq!((add_on.from, add_on.to), (world.now, Some(at("2026-06-20T11:00:00Z"))));
    let effects = world.lapse_at(at("2026-06-20T11:00:00Z"));
    assert_eq!(details(&effects, EventKind::AddOnRemoved), ["Begins with its first use"]);
    assert_eq!(world.uses(phone, "data", "", 1).0, 10_000);
    world.replay();
}

#[test]
fn units_given_before_the_first_use_begin_with_it_and_end_with_the_add_on() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &["later"]);
    let plan = world.plan("later", "Later");
    let until = at("2026-06-30T00:00:00Z");
    let gift = charging::GrantUnits { account: phone, plan, units: 5, until, note: "hello".into() };
    world.done(Command::GrantUnits(gift));
    assert_eq!(phase(&world), AddOnPhase::OnFirstUse);
    world.uses(phone, "data", "", 1);
    assert_eq!(phase(&world), AddOnPhase::Running);
    assert!(world.buckets(phone).iter().all(|bucket| bucket.ends == at("2026-06-01T01:00:00Z")));
    assert_eq!(world.uses(phone, "data", "", 14).0, 0, "the gift and the add-on's own");
    world.replay();
}

#[test]
fn the_same_add_on_twice_is_two_when_it_may_be_held_twice() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &["later"]);
    world.add(phone, "later");
    assert_eq!(world.uses(phone, "data", "", 25).0, 50_000, "ten, ten, and five to pay");
    let regular = AddAddOn {
        account: phone,
        product: world.product("regular"),
        from: None,
        until: None,
        accept_conflicts: true,
    };
    world.done(Command::AddAddOn(regular.clone()));
    let twice = world.refused(Command::AddAddOn(regular));
    assert_eq!(twice.code(), "CHG-015");
}

#[test]
fn add_ons_that_clash_are_named_and_may_be_accepted() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &["hundred", "fifty", "with-fee"]);
    let add = |world: &World, product: &str, accept_conflicts| {
        let product = world.product(product);
        Command::AddAddOn(AddAddOn { account: phone, product, from: None, until: None, accept_conflicts })
    };
    let account = world.customer().accounts[0].clone();
    let found = |world: &World, code: &str| {
        let product = world.catalog.product(code).unwrap();
        conflicts(&account, product, world.now, &world.catalog)
    };
    let same_plans = found(&world, "fifty-too");
    assert_eq!(same_plans.len(), 1, "with the other fifty, not with the hundred of another precedence");
    assert_eq!(same_plans[0].reason, ConflictReason::SamePlans(world.service("sms")));
    assert_eq!(found(&world, "with-same-fee")[0].reason, ConflictReason::SameSubscription);
    let command = add(&world, "fifty-too", false);
    let refusal = world.refused(command);
    assert_eq!(refusal.code(), "CHG-060");
    assert!(refusal.to_string().contains("50 messages"), "{refusal}");
    let command = add(&world, "fifty-too", true);
    world.done(command);
    let command = add(&world, "with-same-fee", false);
    assert!(matches!(world.refused(command), Refusal::AddOnConflict(_)));
}

#[test]
fn an_add_on_cannot_end_before_it_begins() {
    let mut world = plan_world::world(Some("100"));
    let phone = world.account("plain", &[]);
    let product = world.product("regular");
    let add = |from, until| AddAddOn { account: phone, product, from, until, accept_conflicts: false };
    let (june, july) = (at("2026-06-05T00:00:00Z"), at("2026-07-05T00:00:00Z"));
    for (from, until) in [(Some(july), Some(june)), (None, Some(world.now)), (Some(june), Some(june))] {
        assert_eq!(world.refused(Command::AddAddOn(add(from, until))).code(), "CHG-015");
    }
    let main = AddAddOn { product: world.product("family"), ..add(None, None) };
    assert_eq!(world.refused(Command::AddAddOn(main)).code(), "CHG-015");
}
