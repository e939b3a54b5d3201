//! Reratings: previewed with reasons, booked once, resumed where they stopped.

use crate::desk::{Desk, amount, anna, phone_account, sample_catalog};
use calendar::{Instant, Seconds};
use catalog::CatalogVersion;
use charging::{AccountId, CustomerId};
use money::Amount;
use office::{Actor, OfficeError, ReratingState, ReratingTerms, Role, SignUp};

const MB: u64 = 1 << 20;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

/// The sample catalog with another price for a megabyte.
fn publish(desk: &Desk, price: &str) -> CatalogVersion {
    let mut catalog = sample_catalog();
    let tariff = catalog.tariffs.iter_mut().find(|tariff| tariff.code == "mobile-per-mb").unwrap();
    tariff.rates[0].first_price = money::Price::parse(price).unwrap();
    desk.office.publish(&anna(), catalog, "price").unwrap()
}

fn terms(customer: Option<CustomerId>) -> ReratingTerms {
    ReratingTerms {
        from: at("2026-06-01T00:00:00Z"),
        to: at("2026-06-02T00:00:00Z"),
        customer,
        product: None,
        tariff: Some("mobile-per-mb".to_owned()),
        becomes: None,
        version: None,
    }
}

/// Somebody with a phone who used so many sessions of three megabytes.
fn phone(desk: &Desk, msisdn: &str, sessions: u32) -> (CustomerId, AccountId) {
    let form = SignUp { account: Some(phone_account(msisdn)), ..SignUp::named(msisdn) };
    let made = desk.office.sign_up(&anna(), form, None).unwrap();
    let account = made.account.unwrap();
    for number in 0..sessions {
        desk.use_units(account, "mobile-data", "", 3 * MB, &format!("{msisdn}-{number}"));
    }
    (made.customer, account)
}

fn balance(desk: &Desk, customer: CustomerId) -> Amount {
    desk.office.customer(customer).unwrap().live.head.purse.balance
}

#[test]
fn a_preview_tells_each_difference_and_why_and_booking_it_happens_once() {
    let desk = Desk::new();
    let (anton, _) = phone(&desk, "15550001", 2);
    let (berta, _) = phone(&desk, "15550002", 1);
    publish(&desk, "0.02");
    desk.office.clock().advance(Seconds(86_400));
    let page = desk.office.preview_rerating(&anna(), &terms(None), None).unwrap();
    assert_eq!((page.rows.len(), page.next.clone(), page.totals["USD"]), (3, None, amount("0.09")));
    let first = &page.rows[0];
    assert_eq!((first.was, first.becomes), (amount("0.03"), amount("0.06")));
    let why: Vec<&str> = first.why.iter().map(|line| line.text.as_str()).collect();
    let intervals = "Intervals: 2 started of 1 MB at 0.02 USD per 1 MB = 0.04 USD.";
    assert!(why.contains(&intervals) && why.contains(&"Amount: 0.06 USD."), "{why:?}");
    assert_eq!(balance(&desk, anton), amount("-0.06"), "a preview changes nothing");
    for _ in 0..2 {
        let view = desk.office.book_rerating(&anna(), "June data", &terms(None)).unwrap();
        assert!(matches!(view.state, ReratingState::Finished(_)));
        assert_eq!((view.booked[0].charges, view.booked[0].total), (3, amount("0.09")));
    }
    assert_eq!((balance(&desk, anton), balance(&desk, berta)), (amount("-0.12"), amount("-0.06")));
    let again = desk.office.preview_rerating(&anna(), &terms(None), None).unwrap();
    assert_eq!((again.rows.len(), again.same), (0, 3), "what is booked differs no more");
    let back = ReratingTerms { version: Some(CatalogVersion(1)), ..terms(Some(anton)) };
    let refused = desk.office.book_rerating(&anna(), "June data", &back).unwrap_err();
    assert!(
        matches!(refused, OfficeError::Invalid(fields) if fields[0].field == "name"),
        "one name, one rerating"
    );
    desk.office.book_rerating(&anna(), "Back", &back).unwrap();
    assert_eq!((balance(&desk, anton), balance(&desk, berta)), (amount("-0.06"), amount("-0.06")));
    assert!(desk.office.store().verify().unwrap().differences.is_empty(), "the books balance");
}

#[test]
fn a_preview_pages_through_one_customers_use_without_gaps_or_repeats() {
    let desk = Desk::new();
    let (customer, _) = phone(&desk, "15550001", 230);
    publish(&desk, "0.005");
    desk.office.clock().advance(Seconds(86_400));
    let (mut seen, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = desk.office.preview_rerating(&anna(), &terms(Some(customer)), cursor.as_deref()).unwrap();
        seen.extend(page.rows.iter().map(|row| row.charge.xdr.id));
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let count = seen.len();
    seen.dedup();
    assert_eq!((count, seen.len(), pages > 1), (230, 230, true));
}

#[test]
fn a_rerating_of_everybody_goes_on_where_it_stopped() {
    let desk = Desk::new();
    let mut used = Vec::new();
    for number in 0..510 {
        if number % 100 == 0 {
            used.push(phone(&desk, &format!("1555{number:04}"), 1).0);
        } else {
            desk.office.sign_up(&anna(), SignUp::named("nobody"), None).unwrap();
        }
    }
    publish(&desk, "0.02");
    desk.office.clock().advance(Seconds(86_400));
    let view = desk.office.book_rerating(&anna(), "All", &terms(None)).unwrap();
    assert!(matches!(view.state, ReratingState::Running(1..=99)), "{:?}", view.state);
    let view = desk.office.run_rerating(&anna(), "All").unwrap();
    assert!(matches!(view.state, ReratingState::Finished(_)), "{:?}", view.state);
    assert_eq!((view.booked[0].charges, view.refused), (6, 0));
    assert!(used.iter().all(|customer| balance(&desk, *customer) == amount("-0.06")));
    assert_eq!(desk.office.reratings().unwrap()[0].name, "All");
}

#[test]
fn terms_that_make_no_sense_are_refused_field_by_field() {
    let desk = Desk::new();
    let wrong = ReratingTerms {
        from: at("2024-01-01T00:00:00Z"),
        to: at("2027-01-01T00:00:00Z"),
        customer: Some(CustomerId(77)),
        product: Some("gold".to_owned()),
        tariff: Some("films".to_owned()),
        becomes: Some("voice-per-minute".to_owned()),
        version: None,
    };
    let refused = desk.office.preview_rerating(&anna(), &wrong, None).unwrap_err();
    let OfficeError::Invalid(fields) = refused else { panic!("{refused}") };
    let fields: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["to", "from", "product", "becomes", "customer"]);
    let lost = ReratingTerms { version: Some(CatalogVersion(9)), ..terms(None) };
    let refused = desk.office.preview_rerating(&anna(), &lost, None).unwrap_err();
    assert!(matches!(refused, OfficeError::Invalid(fields) if fields.iter().any(|f| f.field == "version")));
    let agent = Actor::Staff { login: "ben".to_owned(), role: Role::Agent };
    let all = desk.office.book_rerating(&agent, "All", &terms(None));
    assert_eq!(all.map_err(|e| e.code()), Err("OFF-004"), "what concerns everybody is for administrators");
}
