//! Surcharges that only some uses pay: drawn once for a use, the same however often it is priced.

use crate::world;

use catalog::{Catalog, CatalogVersion, FormulaChance, FormulaInterval, FormulaStep, Snapshot};
use charging::{Asked, Command, Explanation, Rerating, SessionKey, Step, Used, Xdr};
use money::{Percent, Price};
use rating::PriceAddition;
use world::{MB, World, only_xdr, usd};

/// The sample operator, where a cent a megabyte is a formula with a dollar more for every fourth use.
fn world() -> World {
    let mut world = World::postpaid(None);
    let mut catalog: Catalog = world.catalog.catalog().clone();
    let price = |text: &str| Price::parse(text).unwrap();
    let interval = FormulaInterval { units: MB, count: None, price: price("0.01") };
    let chance = FormulaChance { percent: Percent::parse("25").unwrap(), price: Some(price("1")) };
    let tariff = catalog.tariffs.iter_mut().find(|tariff| tariff.code == "mobile-per-mb").unwrap();
    tariff.rates[0].formula = vec![FormulaStep::Interval(interval), FormulaStep::Chance(chance)];
    world.catalog = Snapshot::compile(catalog, CatalogVersion(1), None).unwrap();
    world
}

/// Whether the surcharge was drawn; the amount must be what the record tells.
fn drawn(xdr: &Xdr) -> bool {
    let Explanation::Rated { priced, .. } = &xdr.explanation else { panic!("{xdr:?}") };
    let [PriceAddition::Chance { price, .. }] = priced.additions[..] else { panic!("{priced:?}") };
    let drawn = price != Price::ZERO;
    assert_eq!(xdr.amount, usd(if drawn { "1.03" } else { "0.03" }));
    drawn
}

#[test]
fn a_session_draws_once_locks_what_it_will_cost_and_is_rerated_the_same() {
    let mut world = world();
    let phone = world.account("mobile-data", &[]);
    let mut xdrs = Vec::new();
    for number in 0..200 {
        let key = SessionKey::diameter(format!("pgw;1;{number}").as_bytes());
        let mut steps = Vec::new();
        for (request, step, used) in [
            (0, Step::Start, Used::None),
            (1, Step::Update, Used::Since(2 * MB)),
            (2, Step::Stop, Used::Since(MB)),
        ] {
            let asked = if step == Step::Update { Asked::Units(MB) } else { Asked::Nothing };
            let unit = world.unit("mobile-data", "internet", used, asked);
            let mut request = world.step(phone, request, step, vec![unit]);
            request.session = key.clone();
            let (_, effects) = world.session(request);
            steps.push((world.customer().head.purse.reserved, effects));
        }
        let xdr = only_xdr(&steps[2].1);
        drawn(xdr);
        assert_eq!(
            steps[1].0, xdr.amount,
            "two megabytes used and one granted are locked as they are charged"
        );
        xdrs.push(xdr.clone());
    }
    let paid = xdrs.iter().filter(|xdr| drawn(xdr)).count();
    assert!((30..70).contains(&paid), "about a quarter of 200, not {paid}");
    let preview = charging::rerate(&xdrs, Rerating { catalog: &world.catalog, tariff: None, zone: "UTC" });
    assert_eq!((preview.same, preview.differences.len()), (200, 0));
    world.replay();
}

#[test]
fn a_purchase_costs_what_was_told_before() {
    let mut world = world();
    let phone = world.account("mobile-data", &[]);
    let mut paid = 0;
    for number in 0..40 {
        let Command::Debit(debit) =
            world.purchase(phone, "mobile-data", "internet", 3 * MB, Some(&number.to_string()))
        else {
            panic!()
        };
        let context = charging::Context { catalog: &world.catalog, now: world.now };
        let told = charging::enquire(world.customer(), &debit, context).unwrap();
        world.wait(60);
        let (reply, effects) = world.debited(Command::Debit(debit));
        assert_eq!(reply.amount, told.amount);
        paid += usize::from(drawn(only_xdr(&effects)));
    }
    assert!((1..20).contains(&paid), "some of 40, not {paid}");
}
