//! What is dialled is translated before it is priced: golden decisions around "a user dials 411".

use crate::world;

use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::{
    AccountId, AccountPolicy, Asked, Command, Context, Effects, EventKind, Explanation, Policy, PolicySource,
    Refusal, Reply, SessionKey, SessionReply, Step, Told, UnitOutcome, Used, effective_policies, enquire,
};
use world::{World, granted, only_xdr, unit_refusal, usd};

/// A postpaid customer of the operator in Alabama with one account.
fn world(product: &str, limit: &str) -> (World, AccountId) {
    let mut world = World::postpaid(Some(limit));
    let catalog: Catalog = toml::from_str(include_str!("dialing_world/catalog.toml")).unwrap();
    world.catalog = Snapshot::compile(catalog, CatalogVersion(1), None).unwrap();
    let account = world.account(product, &[]);
    (world, account)
}

fn call(
    world: &mut World,
    account: AccountId,
    (number, step): (u64, Step),
    to: &str,
    used: Used,
) -> (SessionReply, Effects) {
    let asked = if step == Step::Stop { Asked::Nothing } else { Asked::Default };
    let unit = world.unit("voice", to, used, asked);
    let request = world.step(account, number, step, vec![unit]);
    world.session(request)
}

fn number(reply: &SessionReply) -> Option<&str> {
    reply.told.as_deref().and_then(|told| told.number.as_deref())
}

/// DIA-75, BILL-40: 411 becomes 12055576061, is priced as that, and the network is told.
#[test]
fn a_user_dials_411() {
    let (mut world, phone) = world("mobile", "10");
    let (reply, _) = call(&mut world, phone, (0, Step::Start), "411", Used::None);
    assert_eq!(granted(&reply), (60, false));
    let told = Told { number: Some("12055576061".into()), provision: Some(true), raise: Some(true) };
    assert_eq!(reply.told.as_deref(), Some(&told));
    let (again, effects) = call(&mut world, phone, (0, Step::Start), "411", Used::None);
    assert_eq!((again, effects), (reply, Effects::default()), "sent again: the same answer, number included");
    assert_eq!(world.customer().head.purse.reserved, usd("0.10"), "the price of Alabama is locked");

    world.wait(60);
    let (reply, _) = call(&mut world, phone, (1, Step::Update), "411", Used::Since(60));
    assert_eq!(
        (granted(&reply).0, number(&reply)),
        (60, None),
        "told once, with the request that began to count"
    );
    world.wait(30);
    let (_, effects) = call(&mut world, phone, (2, Step::Stop), "411", Used::Since(30));
    let xdr = only_xdr(&effects);
    assert_eq!((xdr.destination.as_str(), xdr.amount), ("12055576061", usd("0.20")));
    let Explanation::Rated { rate, dialled: Some(dialled), .. } = &xdr.explanation else { panic!("{xdr:?}") };
    assert_eq!(rate, "1205");
    assert_eq!((dialled.number.as_str(), dialled.rules.as_str()), ("411", "alabama"));
    assert_eq!(dialled.rule, "Directory assistance");
    let (again, _) = call(&mut world, phone, (0, Step::Start), "411", Used::None);
    assert_eq!(number(&again), Some("12055576061"), "also when the session has ended");
    world.replay();
}

#[test]
fn what_no_rule_is_for_stays_as_it_was_dialled() {
    let (mut world, phone) = world("mobile", "100");
    for (to, destination, price) in [
        ("12055550000", "12055550000", "0.10"),
        ("2055550000", "12055550000", "0.10"),
        // Ten digits, but international: the national rule is not for it, and rates know it without its sign.
        ("+4989123456", "4989123456", "1"),
    ] {
        let unit = world.unit("voice", to, Used::None, Asked::Default);
        let session = SessionKey::diameter(to.as_bytes());
        let start = world.step(phone, 0, Step::Start, vec![unit]);
        world.session(charging::SessionRequest { session: session.clone(), ..start });
        let unit = world.unit("voice", to, Used::Since(10), Asked::Nothing);
        let stop = world.step(phone, 1, Step::Stop, vec![unit]);
        let (_, effects) = world.session(charging::SessionRequest { session, ..stop });
        let xdr = only_xdr(&effects);
        assert_eq!((xdr.destination.as_str(), xdr.amount), (destination, usd(price)), "{to}");
        assert_eq!(xdr.explanation.dialled().is_some(), to == "2055550000", "{to}");
    }
}

/// A forbidden destination is forbidden whatever was dialled for it, and nothing is told of it.
#[test]
fn the_translated_number_decides_what_is_forbidden() {
    let (mut world, phone) = world("mobile", "10");
    let (reply, _) = call(&mut world, phone, (0, Step::Start), "900", Used::None);
    assert_eq!((&reply.refusal, unit_refusal(&reply)), (&Some(Refusal::NotAllowed), &Refusal::NotAllowed));
    let (reply, _) = call(&mut world, phone, (0, Step::Start), "19005550000", Used::None);
    assert_eq!(reply.refusal, Some(Refusal::NotAllowed));
    let (plain, phone) = self::world("plain", "10");
    let mut world = plain;
    let (reply, _) = call(&mut world, phone, (0, Step::Start), "900", Used::None);
    assert_eq!((reply.refusal, reply.told), (Some(Refusal::NotAllowed), None), "900 as such has no price");
}

/// Account, then customer, then product, then class; the customer's own rules are for calls only.
#[test]
fn rules_come_from_account_customer_product_or_class() {
    let (mut world, phone) = world("plain", "10");
    let priced = |world: &World, service: &str| {
        let Command::Debit(debit) = world.purchase(phone, service, "411", 1, None) else { panic!() };
        let context = Context { catalog: &world.catalog, now: world.now };
        enquire(world.customer(), &debit, context)
            .map(|asked| asked.called.map(|(number, _)| number.into_string()))
    };
    let to = |number: &str| Ok(Some(number.to_owned()));
    assert_eq!(priced(&world, "sms"), Ok(None));
    let hotels = world.catalog.class("hotels").unwrap().id;
    world.done(Command::SetClass { class: Some(hotels) });
    assert_eq!((priced(&world, "voice"), priced(&world, "sms")), (to("12055550000"), to("12055550000")));

    let product = world.product("mobile");
    world.done(Command::ChangeProduct { account: phone, product });
    assert_eq!(priced(&world, "voice"), to("12055576061"));

    let (_, effects) = world.run(Command::SetDialing { rules: Some("works".into()) });
    assert_eq!(effects.events[0].kind, EventKind::PolicyChanged);
    assert_eq!((priced(&world, "voice"), priced(&world, "sms")), (to("12055551111"), to("12055550000")));

    let service = world.service("voice");
    let regular = Policy { attributes: vec![("dialing_rules".into(), "hotel".into())], ..Policy::default() };
    let own = AccountPolicy { service, regular, ..AccountPolicy::default() };
    world.done(Command::SetPolicy { account: phone, service, policy: Some(Box::new(own)) });
    assert_eq!(priced(&world, "voice"), to("12055550000"));
    let customer = world.customer();
    let shown = effective_policies(&world.catalog, &customer.head, &customer.accounts[0], world.now);
    let rules = shown[0].regular.iter().find(|attribute| attribute.name == "dialing_rules").unwrap();
    assert_eq!((rules.from, rules.value.as_str()), (PolicySource::Account, "hotel"));
    assert_eq!(rules.overruled[0], (PolicySource::Customer, "works".to_owned()));

    let unknown = Command::SetDialing { rules: Some("gone".into()) };
    assert_eq!(world.refused(unknown), Refusal::UnknownDialingRules);
    world.done(Command::SetDialing { rules: None });
    assert_eq!(world.customer().head.dialing, None);
    world.replay();
}

/// One message to a short code: charged as the translated number, and a repetition tells it again.
#[test]
fn a_direct_debit_is_translated_and_repeated_alike() {
    let (mut world, phone) = world("plain", "10");
    let hotels = world.catalog.class("hotels").unwrap().id;
    world.done(Command::SetClass { class: Some(hotels) });
    let command = world.purchase(phone, "sms", "411", 1, Some("m1"));
    let (first, effects) = world.debited(command.clone());
    let told = Told { number: Some("12055550000".into()), provision: Some(false), raise: None };
    assert_eq!(first.told.as_deref(), Some(&told));
    let xdr = only_xdr(&effects);
    assert_eq!(
        (xdr.destination.as_str(), xdr.explanation.dialled().unwrap().number.as_str()),
        ("12055550000", "411")
    );
    let (again, effects) = world.debited(command);
    assert_eq!((again.told, again.repeated, effects.xdrs.len()), (first.told, true, 0));

    let command = world.purchase(phone, "sms", "411", 1, None);
    let (keyed, _) = world.keyed("k", 1, command.clone());
    let (repeated, effects) = world.keyed("k", 1, command);
    assert_eq!((&keyed, effects), (&repeated, Effects::default()));
    assert!(matches!(keyed, Reply::Debited(reply) if reply.told.is_some()));
    world.replay();
}

/// A film is bought by its code, whatever that looks like.
#[test]
fn only_calls_and_messages_are_dialled() {
    let (mut world, phone) = world("mobile", "10");
    let (reply, effects) = world.debited(world.purchase(phone, "film", "+411", 1, None));
    assert_eq!((reply.told, only_xdr(&effects).destination.as_str()), (None, "+411"));
}

/// Rise MSCC result code: what the policy says goes with every answer of the session; no policy, nothing is said.
#[test]
fn options_of_the_policy_go_with_every_answer() {
    let (mut world, phone) = world("mobile", "0.10");
    call(&mut world, phone, (0, Step::Start), "411", Used::None);
    let (reply, _) = call(&mut world, phone, (1, Step::Update), "411", Used::Since(60));
    assert!(matches!(reply.units[0].outcome, UnitOutcome::Refused(Refusal::InsufficientFunds { .. })));
    assert_eq!(reply.told.unwrap().raise, Some(true));
    let (mut world, phone) = self::world("plain", "10");
    let (reply, _) = call(&mut world, phone, (0, Step::Start), "12055550000", Used::None);
    assert_eq!(reply.told, None);
}
