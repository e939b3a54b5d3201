//! Add-ons with their times, wallets, given units, policies and the order of use, as staff and subscribers deal with them.

use crate::desk::{Desk, amount, anna, keyed};
use calendar::Instant;
use charging::{AccountId, AddOnPhase, CustomerId, Payment};
use office::{
    Actor, AttributeView, NewAccount, NewAddOn, NewGrant, NewTopUp, OfficeError, OwnAttributes, OwnPolicy,
    Role, SignUp, UsageState,
};

const MB: u64 = 1 << 20;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

/// The clock of a test goes on, so only the hour is compared.
fn hour(at: Instant) -> String {
    at.to_string().chars().take("2026-06-11T10".len()).collect()
}

pub fn with_plans() -> Desk {
    let desk = Desk::new();
    let text = concat!(include_str!("../../../../catalogs/triple-play.toml"), include_str!("plans.toml"));
    desk.office.publish(&anna(), toml::from_str(text).unwrap(), "plans").unwrap();
    desk
}

/// A prepaid customer with Mobile Plus and some money.
pub fn mobile(desk: &Desk, money: &str) -> (CustomerId, AccountId) {
    let account =
        NewAccount { product: "mobile-plus".to_owned(), label: "Phone".to_owned(), ..NewAccount::default() };
    let form = SignUp { payment: Payment::Prepaid, account: Some(account), ..SignUp::named("Mo") };
    let made = desk.office.sign_up(&anna(), form, None).unwrap();
    desk.office.pay(&anna(), made.customer, amount(money), "cash", None).unwrap();
    (made.customer, made.account.unwrap())
}

fn fields(error: &OfficeError) -> Vec<&str> {
    match error {
        OfficeError::Invalid(fields) => fields.iter().map(|field| field.field.as_str()).collect(),
        _ => Vec::new(),
    }
}

fn top_up(option: &str) -> NewTopUp {
    NewTopUp { product: "mobile-plus".to_owned(), wallet: "Coins".to_owned(), option: option.to_owned() }
}

fn grant(plan: &str, units: u64, until: &str) -> NewGrant {
    let (product, plan, note) = ("mobile-plus".to_owned(), plan.to_owned(), "sorry".to_owned());
    NewGrant { product, plan, units, until: at(until), note }
}

#[test]
fn add_ons_begin_later_end_at_a_date_or_wait_for_their_first_use_and_show_it() {
    let desk = with_plans();
    let (_, account) = mobile(&desk, "10");
    let from = Some(at("2026-06-10T00:00:00Z"));
    let until = Some(at("2026-06-20T00:00:00Z"));
    let planned = NewAddOn { from, until, ..NewAddOn::from("roaming") };
    desk.office.add_add_on(&anna(), account, planned, None).unwrap();
    desk.office.add_add_on(&anna(), account, "turbo", None).unwrap();
    let held = || {
        let view = desk.office.account(account).unwrap().1;
        view.add_ons.into_iter().map(|a| (a.product.code, a.state, a.from, a.to)).collect::<Vec<_>>()
    };
    let roaming = |state| ("roaming".to_owned(), state, from, until);
    let waits = ("turbo".to_owned(), AddOnPhase::OnFirstUse, None, None);
    assert_eq!(held(), [roaming(AddOnPhase::Planned), waits]);
    desk.use_units(account, "mobile-data", "", MB, "s1");
    desk.office.clock().advance_to(at("2026-06-10T00:00:01Z"));
    office::run_due(&desk.office).unwrap();
    assert_eq!(held(), [roaming(AddOnPhase::Running)], "Turbo began with the use and ended after a day");
    let late = NewAddOn { until: from, ..NewAddOn::from("weekend") };
    let refused = desk.office.add_add_on(&anna(), account, late, None).unwrap_err();
    assert_eq!(fields(&refused), ["until"], "an end in the past");
}

#[test]
fn a_conflict_is_told_in_words_and_accepted_only_by_staff() {
    let desk = with_plans();
    let (customer, account) = mobile(&desk, "10");
    desk.office.add_add_on(&anna(), account, "turbo", None).unwrap();
    let refused = desk.office.add_add_on(&anna(), account, "weekend", None).unwrap_err();
    assert_eq!(refused.code(), "CHG-060");
    assert!(refused.to_string().contains("Turbo has the same precedence and plans for Mobile data too"));
    let accepted = NewAddOn { accept_conflicts: true, ..NewAddOn::from("weekend") };
    desk.office.add_add_on(&anna(), account, accepted.clone(), None).unwrap();
    let me = Actor::Subscriber { customer, number: "C1000001".to_owned() };
    let mine = NewAddOn { until: Some(at("2030-01-01T00:00:00Z")), ..NewAddOn::from("turbo") };
    let longer = desk.office.add_add_on(&me, account, mine, None).unwrap_err();
    assert_eq!(fields(&longer), ["until"], "a day's pack bought for years");
    assert_eq!(desk.office.add_add_on(&me, account, "turbo", None).map_err(|e| e.code()), Err("CHG-060"));
}

#[test]
fn a_top_up_is_paid_from_the_balance_fills_the_wallet_and_extends_it() {
    let desk = with_plans();
    let (customer, account) = mobile(&desk, "50");
    let me = Actor::Subscriber { customer, number: "C1000001".to_owned() };
    let made = desk.office.top_up(&me, account, &top_up("small"), keyed("k1", "small")).unwrap();
    assert_eq!((made.price, made.wallet.free), (amount("5"), 100));
    assert_eq!(made.wallet.ends.map(hour), Some("2026-06-11T10".to_owned()));
    let again = desk.office.top_up(&me, account, &top_up("small"), keyed("k1", "small")).unwrap();
    assert_eq!((again.xdr, again.wallet.free), (made.xdr, 100), "a double click fills once");
    let made = desk.office.top_up(&anna(), account, &top_up("large"), None).unwrap();
    assert_eq!((made.wallet.free, made.wallet.ends.map(hour)), (600, Some("2026-07-01T10".to_owned())));
    assert_eq!(desk.available(customer), amount("5"));
    let poor = desk.office.top_up(&anna(), account, &top_up("large"), None);
    assert_eq!(poor.map_err(|e| e.code()), Err("CHG-010"));
    let unknown = desk.office.top_up(&anna(), account, &top_up("huge"), None).unwrap_err();
    assert_eq!(unknown, OfficeError::field("option", "is one of: small, large"));
    let other = NewTopUp { wallet: "Gold".to_owned(), ..top_up("small") };
    assert_eq!(fields(&desk.office.top_up(&anna(), account, &other, None).unwrap_err()), ["wallet"]);
    desk.office.clock().advance_to(at("2026-07-01T11:00:00Z"));
    office::run_due(&desk.office).unwrap();
    let wallets = desk.office.account(account).unwrap().1.wallets;
    assert_eq!((wallets[0].free, wallets[0].ends), (0, None), "what is left at its end is lost");
}

#[test]
fn units_are_given_with_a_reason_and_stand_beside_those_of_the_period() {
    let desk = with_plans();
    let (_, account) = mobile(&desk, "50");
    let until = "2026-06-03T00:00:00Z";
    desk.office.grant_units(&anna(), account, grant("Data", 50 * MB, until), None).unwrap();
    let bar = || desk.office.usage_bars(&desk.office.account(account).unwrap().1).remove(0);
    assert_eq!((bar().total, bar().kept, bar().ends), (150 * MB, 50 * MB, Some(at(until))));
    desk.use_units(account, "mobile-data", "", 150 * MB, "s1");
    assert_eq!((bar().state(), bar().left()), (UsageState::Limited, 0));
    desk.office.grant_units(&anna(), account, grant("Coins", 7, until), None).unwrap();
    assert_eq!(desk.office.account(account).unwrap().1.wallets[0].free, 7);
    let silent = NewGrant { note: String::new(), ..grant("Data", 1, until) };
    assert_eq!(fields(&desk.office.grant_units(&anna(), account, silent, None).unwrap_err()), ["note"]);
    let wrong = grant("Gold", 0, "2026-05-01T00:00:00Z");
    let wrong = desk.office.grant_units(&anna(), account, wrong, None).unwrap_err();
    assert_eq!(fields(&wrong), ["plan", "units", "until"]);
    let helpdesk = Actor::Staff { login: "hal".to_owned(), role: Role::Helpdesk };
    let denied = desk.office.grant_units(&helpdesk, account, grant("Data", 1, until), None);
    assert_eq!(denied.map_err(|e| e.code()), Err("OFF-004"));
}

#[test]
fn what_is_used_first_is_told_portion_by_portion() {
    let desk = with_plans();
    let (_, account) = mobile(&desk, "50");
    desk.office.add_add_on(&anna(), account, "turbo", None).unwrap();
    desk.office.top_up(&anna(), account, &top_up("small"), None).unwrap();
    let money = NewTopUp { wallet: "Call money".to_owned(), ..top_up("ten") };
    desk.office.top_up(&anna(), account, &money, None).unwrap();
    let order = |code: &str| {
        let (customer, view) = desk.office.account(account).unwrap();
        let all = desk.office.order_of_use(&customer, &view);
        let of = all.into_iter().find(|order| order.service.code == code).unwrap();
        (of.portions.iter().map(|p| (p.plan.clone(), p.free)).collect::<Vec<_>>(), of.discounts)
    };
    let portion = |plan: &str, free: u64| (plan.to_owned(), free);
    assert_eq!(order("mobile-data").0, [portion("Turbo", 200 * MB), portion("Data", 100 * MB)]);
    let calls = [portion("Family calls", 6_000), portion("Coins", 100), portion("Call money", 10_000_000)];
    assert_eq!(order("voice").0, calls);
    assert_eq!(order("sms"), (vec![portion("Coins", 100)], vec!["Writer".to_owned()]));
    // The second account of the customer sees the shared minutes go.
    desk.use_units(account, "voice", "12025550123", 600, "call");
    assert_eq!(order("voice").0[0], portion("Family calls", 5_400));
}

fn seen(attributes: &[AttributeView], name: &str) -> (String, &'static str, Vec<String>) {
    let found = attributes.iter().find(|attribute| attribute.name == name).unwrap();
    let lost = found.overruled.iter().map(|(from, value)| format!("{value} of {}", from.kind)).collect();
    (found.value.clone(), found.from.kind, lost)
}

#[test]
fn each_attribute_tells_where_it_comes_from_and_what_it_overrules() {
    let desk = with_plans();
    let (customer, account) = mobile(&desk, "50");
    desk.office.set_class(&anna(), customer, Some("business"), None).unwrap();
    let regular = OwnAttributes { down_kbps: Some(2_000), ..OwnAttributes::default() };
    let own = OwnPolicy { regular, ..OwnPolicy::default() };
    desk.office.set_policy(&anna(), account, "mobile-data", Some(own.clone()), None).unwrap();
    let policy = || {
        let (customer, view) = desk.office.account(account).unwrap();
        desk.office.policies(&customer, &view).into_iter().find(|p| p.service.code == "mobile-data").unwrap()
    };
    let words = |value: &str, from, lost: &[&str]| {
        (value.to_owned(), from, lost.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    };
    let found = policy();
    assert_eq!(found.own, Some(own));
    assert_eq!(seen(&found.regular, "down_kbps"), words("2000", "account", &["50000 of product"]));
    assert_eq!(seen(&found.regular, "apn"), words("fast", "product", &["business of class"]));
    assert_eq!(seen(&found.regular, "vlan"), words("7", "class", &[]));
    let limited = words("1000", "product", &["2000 of account", "50000 of product"]);
    assert_eq!(seen(&found.limited, "down_kbps"), limited, "while the quota is used up");
    desk.office.set_policy(&anna(), account, "mobile-data", None, None).unwrap();
    desk.office.set_class(&anna(), customer, None, None).unwrap();
    let found = policy();
    assert_eq!((found.own.is_none(), found.regular.len()), (true, 2));
    assert_eq!(seen(&found.regular, "down_kbps"), words("50000", "product", &[]));
}

#[test]
fn policies_and_classes_are_refused_with_the_field() {
    let desk = with_plans();
    let (customer, account) = mobile(&desk, "50");
    let set = |service: &str, attributes: OwnAttributes| {
        let policy = OwnPolicy { regular: attributes, ..OwnPolicy::default() };
        desk.office.set_policy(&anna(), account, service, Some(policy), None).unwrap_err()
    };
    let named = |name: &str| OwnAttributes {
        attributes: [(name.to_owned(), "1".to_owned())].into_iter().collect(),
        ..OwnAttributes::default()
    };
    assert_eq!(fields(&set("gas", OwnAttributes::default())), ["service"]);
    assert_eq!(
        fields(&set("sms", named("push_events"))),
        ["attributes.push_events"],
        "counts on products only"
    );
    assert_eq!(fields(&set("voice", named("two words"))), ["attributes.two words"]);
    let zero = OwnAttributes { down_kbps: Some(0), ..OwnAttributes::default() };
    assert_eq!(fields(&set("mobile-data", zero)), ["down_kbps"]);
    let class = desk.office.set_class(&anna(), customer, Some("gold"), None).unwrap_err();
    assert_eq!(class, OfficeError::field("class", "there is no customer class gold"));
}
