//! Purchases: charged once, refused whole, priced without charging.

use crate::desk::{Desk, amount, anna, keyed, phone_account};
use calendar::Seconds;
use charging::AccountId;
use office::{Actor, OfficeError, Purchase, Who};

fn film(who: Who, reference: Option<&str>) -> Purchase {
    Purchase {
        who,
        service: "vod".to_owned(),
        item: "film-1".to_owned(),
        units: 1,
        description: "The Long Night".to_owned(),
        reference: reference.map(str::to_owned),
        at: None,
        channel: "api".to_owned(),
    }
}

fn api() -> Actor {
    Actor::Api { name: "shop".to_owned() }
}

fn account(desk: &Desk) -> (charging::CustomerId, AccountId) {
    let signed_up = desk.anna_smith();
    (signed_up.customer, signed_up.account.unwrap())
}

#[test]
fn a_film_leaves_the_available_funds_at_once_found_by_account_or_by_any_identifier() {
    let desk = Desk::new();
    let (customer, account) = account(&desk);
    let bought = desk.office.purchase(&api(), film(Who::Account(account), None), None).unwrap();
    assert_eq!((bought.amount, bought.available, bought.repeated), (amount("3.99"), amount("96.01"), false));
    let who = Who::Identifier { realm: None, value: "+1 555 0100".to_owned() };
    let bought = desk.office.purchase(&api(), film(who, None), None).unwrap();
    assert_eq!((bought.account, bought.available), (account, amount("92.02")));
    assert_eq!(desk.available(customer), amount("92.02"));
    let nobody = Who::Identifier { realm: Some("msisdn".to_owned()), value: "1999".to_owned() };
    let refused = desk.office.purchase(&api(), film(nobody, None), None);
    assert_eq!(refused.map_err(|e| e.code()), Err("OFF-002"));
}

#[test]
fn the_same_reference_is_charged_once_however_late_it_comes_again() {
    let desk = Desk::new();
    let (customer, account) = account(&desk);
    let first = desk.office.purchase(&api(), film(Who::Account(account), Some("P-1")), None).unwrap();
    assert!(!first.repeated);
    // The core forgets a reference after some weeks, the tables do not.
    for days in [0, 1, 60] {
        desk.office.clock().advance(Seconds(days * 24 * 3_600));
        let again = desk.office.purchase(&api(), film(Who::Account(account), Some("P-1")), None).unwrap();
        assert!(again.repeated);
        assert_eq!((again.xdr, again.amount), (first.xdr, amount("3.99")));
    }
    assert_eq!(desk.available(customer), amount("96.01"));
}

#[test]
fn the_same_key_is_charged_once_and_other_content_under_it_is_refused() {
    let desk = Desk::new();
    let (customer, account) = account(&desk);
    let buy = |content: &str| {
        let film = film(Who::Account(account), Some("P-7"));
        desk.office.purchase(&api(), film, keyed("order-7", content))
    };
    let first = buy("one film").unwrap();
    assert_eq!(buy("one film").unwrap(), first);
    assert_eq!(buy("two films").map_err(|e| e.code()), Err("CHG-014"));
    assert_eq!(desk.available(customer), amount("96.01"));
}

#[test]
fn a_purchase_beyond_the_funds_is_refused_with_both_sums_and_changes_nothing() {
    let desk = Desk::new();
    let (customer, account) = account(&desk);
    desk.office.set_credit_limit(&anna(), customer, Some(amount("3")), None).unwrap();
    let refused = desk.office.purchase(&api(), film(Who::Account(account), Some("P-2")), None);
    let refusal = charging::Refusal::InsufficientFunds { available: amount("3"), needed: amount("3.99") };
    assert_eq!(refused, Err(OfficeError::Refused(refusal)));
    assert_eq!(desk.available(customer), amount("3"));
    let none =
        desk.office.xdrs(&office::XdrQuery { customer: Some(customer), ..Default::default() }).unwrap();
    assert!(none.items.is_empty());
}

#[test]
fn a_price_enquiry_charges_nothing_and_faults_name_their_fields() {
    let desk = Desk::new();
    let (customer, account) = account(&desk);
    let priced = desk.office.price(&film(Who::Account(account), None)).unwrap();
    assert_eq!(priced.amount, amount("3.99"));
    assert_eq!(desk.available(customer), amount("100"));
    let wrong = Purchase {
        service: "films".to_owned(),
        units: 0,
        reference: Some("x".repeat(200)),
        ..film(Who::Account(account), None)
    };
    let Err(OfficeError::Invalid(faults)) = desk.office.purchase(&api(), wrong, None) else {
        panic!("a purchase full of faults was accepted")
    };
    let fields: Vec<&str> = faults.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(fields, ["service", "units", "reference"]);
    let phone = desk.office.add_account(&anna(), customer, phone_account("15550111"), None).unwrap();
    let refused = desk.office.price(&film(Who::Account(phone), None));
    assert_eq!(refused.map_err(|e| e.code()), Err("CHG-009"));
}

#[test]
fn nobody_buys_on_somebody_elses_account() {
    let desk = Desk::new();
    let (_, account) = account(&desk);
    let stranger = Actor::Subscriber { customer: charging::CustomerId(77), number: "C1000077".to_owned() };
    let refused = desk.office.purchase(&stranger, film(Who::Account(account), None), None);
    assert_eq!(refused.map_err(|e| e.code()), Err("OFF-004"));
}
