//! Plans of products: what an operator may write, which numbers they get, and what is refused with object and field.

use crate::refusals;

use catalog::{
    Begins, Catalog, CatalogVersion, FinalAction, Lasting, PlanKind, Product, Quota, Renewal, Snapshot,
    WhenExhausted,
};
use money::Amount;

/// The sample with a product that has a plan of each kind.
fn sample() -> Catalog {
    let mut catalog: Catalog = toml::from_str(include_str!("sample.toml")).unwrap();
    catalog.products.push(toml::from_str(RICH).unwrap());
    catalog
}

const RICH: &str = r#"
code = "rich"
name = "Rich"
kind = "add_on"
begins = "on_first_use"
lasts = { days = 30, hours = 12 }
multiple = true
rating = [{ service = "calls", tariff = "calls" }]
quotas = [
    { name = "Free calls", service = "calls", destinations = "domestic", units = 600, off_peak = { first = 1200 }, renewal = "weekly", rollovers = 2, prorate_first = true, when_exhausted = "limited", warn_percent = [50, 80] },
]
discounts = [
    { name = "Talker", service = "calls", renewal = "monthly", steps = [{ from_units = 24000, percent = 10 }, { from_units = 42000, percent = 20 }] },
]
wallets = [
    { name = "Coins", services = [{ service = "calls", takes = 3, per = 60 }, { service = "tv" }], options = [{ code = "small", units = 100, price = "5", days = 10 }] },
    { name = "Purse", money = true, services = [{ service = "calls" }], options = [{ code = "ten", amount = "10", price = "9", days = 30 }] },
]
policies = [
    { service = "calls", limited = { down_kbps = 64 }, final_action = { redirect = { url = "https://pay.example" } } },
]
"#;

fn compiled(catalog: Catalog) -> Snapshot {
    Snapshot::compile(catalog, CatalogVersion(1), None).unwrap()
}

fn rich(catalog: &mut Catalog) -> &mut Product {
    catalog.products.last_mut().unwrap()
}

/// Spoils the sample and expects exactly this one problem.
fn refused(object: &str, field: &str, spoil: impl FnOnce(&mut Catalog)) {
    refusals::refused(sample(), object, field, spoil);
}

#[test]
fn plans_are_found_by_product_and_service_with_their_numbers() {
    let snapshot = compiled(sample());
    let product = snapshot.product("rich").unwrap();
    let (calls, tv) = (snapshot.service("calls").unwrap().id, snapshot.service("tv").unwrap().id);
    let plans = snapshot.plans(product.id, calls);
    let numbers: Vec<(u8, &str)> = plans.iter().map(|p| (p.key.plan, p.name.as_str())).collect();
    assert_eq!(numbers, [(1, "Free calls"), (2, "Talker"), (3, "Coins"), (4, "Purse")]);
    let PlanKind::Quota { units, parted, when_exhausted, .. } = &plans[0].kind else { panic!("{plans:?}") };
    assert_eq!((units, *parted, *when_exhausted), (&[600, 1200, 0], true, WhenExhausted::Limited));
    let PlanKind::Discount { steps, money, .. } = &plans[1].kind else { panic!("{plans:?}") };
    assert_eq!((steps.as_slice(), *money), ([(24_000, 10), (42_000, 20)].as_slice(), false));
    assert!(snapshot.covers(&plans[0], "15551234") && !snapshot.covers(&plans[0], "44"));
    assert!(snapshot.covers(&plans[1], "44"), "no group means everything");
    assert_eq!(snapshot.plans(product.id, tv)[0].kind, PlanKind::Wallet { money: false, takes: 1, per: 1 });
    assert_eq!(snapshot.plan(plans[3].key).unwrap().1.name, "Purse");
    assert_eq!(snapshot.wallet(plans[2].key).unwrap().options[0].code, "small");
    assert_eq!(product.lasts.unwrap().seconds().0, (30 * 24 + 12) * 3_600);
    assert_eq!(product.begins, Begins::OnFirstUse);
    assert_eq!(snapshot.plans(snapshot.product("extra").unwrap().id, calls), []);
}

#[test]
fn a_plan_keeps_its_number_when_others_come_before_it() {
    let first = compiled(sample());
    let mut next = first.catalog().clone();
    let mut new = rich(&mut next).quotas[0].clone();
    new.name = "New".into();
    rich(&mut next).quotas.insert(0, new);
    let second = Snapshot::compile(next, CatalogVersion(2), Some(&first)).unwrap();
    let quotas = &second.product("rich").unwrap().quotas;
    assert_eq!((quotas[0].id, quotas[1].id), (5, 1));
}

#[test]
fn a_rich_catalog_reads_back_as_it_was_written() {
    let first = compiled(sample());
    let text = toml::to_string(first.catalog()).unwrap();
    assert_eq!(toml::from_str::<Catalog>(&text).unwrap(), *first.catalog());
    let json = serde_json::to_string(first.catalog()).unwrap();
    assert_eq!(serde_json::from_str::<Catalog>(&json).unwrap(), *first.catalog());
}

#[test]
fn quotas_make_sense() {
    fn quota(change: impl FnOnce(&mut Quota)) -> impl FnOnce(&mut Catalog) {
        |catalog| change(&mut rich(catalog).quotas[0])
    }
    let object = "product rich, quota Free calls";
    refused(object, "service", quota(|q| q.service = "fax".into()));
    refused(object, "destinations", quota(|q| q.destinations = Some("moon".into())));
    refused(object, "pool", quota(|q| q.pool = vec!["fax".into()]));
    refused(object, "pool", quota(|q| q.pool = vec![q.service.clone()]));
    refused(object, "units", quota(|q| (q.units, q.off_peak) = (0, None)));
    refused(object, "units", quota(|q| q.units = u64::MAX));
    refused(object, "rollovers", quota(|q| q.rollovers = 4));
    refused(object, "renewal", quota(|q| q.renewal = Renewal::Once));
    refused(object, "warn_percent", quota(|q| q.warn_percent = vec![80, 50]));
    refused(object, "warn_percent", quota(|q| q.warn_percent = vec![100]));
    refused("product rich", "name", quota(|q| q.name = "Coins".into()));
    refused("product rich", "name", |c| rich(c).quotas[0].name = " ".into());
    refused("product rich", "quotas", |c| {
        let quota = rich(c).quotas[0].clone();
        rich(c).quotas = vec![quota; 256];
    });
}

#[test]
fn a_schedule_names_periods_that_exist() {
    refused("product rich", "schedule", |c| {
        let schedule = vec![catalog::AccessTime { during: "siesta".into(), access: catalog::Access::Turbo }];
        rich(c).policies =
            vec![catalog::ServicePolicy { service: "calls".into(), schedule, ..Default::default() }];
    });
}

#[test]
fn discounts_make_sense() {
    let object = "product rich, discount Talker";
    refused(object, "service", |c| rich(c).discounts[0].service = "fax".into());
    refused(object, "steps", |c| rich(c).discounts[0].steps.clear());
    refused(object, "steps", |c| rich(c).discounts[0].steps[0].percent = 101);
    refused(object, "steps", |c| rich(c).discounts[0].steps.swap(0, 1));
    refused(object, "steps", |c| rich(c).discounts[0].steps[0].from_units = None);
    refused(object, "steps", |c| rich(c).discounts[0].steps[0].from_amount = Some(Amount::ZERO));
}

#[test]
fn wallets_make_sense() {
    let (coins, purse) = ("product rich, wallet Coins", "product rich, wallet Purse");
    refused(coins, "services", |c| rich(c).wallets[0].services.clear());
    refused(coins, "service", |c| rich(c).wallets[0].services[0].service = "fax".into());
    refused(coins, "services", |c| rich(c).wallets[0].services[0].per = 0);
    refused(coins, "services", |c| {
        let twice = rich(c).wallets[0].services[0].clone();
        rich(c).wallets[0].services.push(twice);
    });
    refused(purse, "services", |c| rich(c).wallets[1].services[0].takes = 3);
    refused(coins, "options", |c| rich(c).wallets[0].options[0].units = 0);
    refused(coins, "options", |c| rich(c).wallets[0].options[0].amount = Amount::from_micros(1));
    refused(purse, "options", |c| rich(c).wallets[1].options[0].units = 5);
    refused(purse, "options", |c| rich(c).wallets[1].options[0].amount = Amount::from_micros(-1));
    refused(coins, "options", |c| rich(c).wallets[0].options[0].days = 0);
    refused(coins, "options", |c| {
        let twice = rich(c).wallets[0].options[0].clone();
        rich(c).wallets[0].options.push(twice);
    });
}

#[test]
fn only_add_ons_end_by_themselves_and_actions_name_their_place() {
    refused("product basic", "lasts", |c| c.products[0].lasts = Some(Lasting { days: 1, hours: 0 }));
    refused("product rich", "lasts", |c| rich(c).lasts = Some(Lasting::default()));
    refused("product rich", "begins", |c| {
        let product = rich(c);
        (product.rating, product.quotas, product.wallets) = Default::default();
    });
    refused("product rich", "final_action", |c| {
        rich(c).policies[0].final_action = Some(FinalAction::Redirect { url: String::new() });
    });
    refused("service calls", "final_action", |c| {
        c.services[0].final_action = FinalAction::Restrict { filter: " ".into() };
    });
    refused("service calls", "grant", |c| c.services[0].grant.least_units = 0);
    refused("service calls", "grant", |c| c.services[0].grant.first_units = Some(0));
}

#[test]
fn what_counters_rely_on_stays_once_published() {
    let first = compiled(sample());
    let later = |change: fn(&mut Product)| {
        let mut next = first.catalog().clone();
        change(rich(&mut next));
        let problems = Snapshot::compile(next, CatalogVersion(2), Some(&first)).unwrap_err();
        problems.into_iter().map(|p| p.object).collect::<Vec<_>>()
    };
    assert_eq!(later(|p| drop(p.quotas.pop())), ["product rich, plan Free calls"]);
    assert_eq!(later(|p| p.quotas[0].renewal = Renewal::Daily), ["product rich, plan Free calls"]);
    assert_eq!(later(|p| p.wallets[0].shared = true), ["product rich, plan Coins"]);
}

#[test]
fn the_catalog_that_comes_with_the_program_can_be_published() {
    compiled(toml::from_str(include_str!("../../../../catalogs/triple-play.toml")).unwrap());
}
