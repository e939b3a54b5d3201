//! Invoices with taxes: on top, contained, two rates, none for who is exempt.

use crate::world::{CATALOG, STAFF, World, amount, open_with};
use calendar::Instant;
use charging::{Command, CustomerId, Payment, Refund, RefundOf};
use office::{
    Actor, InvoiceQuery, InvoiceView, LedgerQuery, NewAccount, NewRefund, RefundedCharge, ReratingTerms,
    Role, SignUp,
};
use std::path::Path;

const JUNE: &str = "2026-06-01T08:00:00Z";
const FIRST_OF_JULY: &str = "2026-07-01T00:00:01Z";
const TAXES: &str = r#"
[taxes]
default = "standard"
rates = [
    { code = "vat", name = "VAT", category = "standard", percent = "20" },
    { code = "vat", name = "VAT", category = "media", percent = "7.7" },
]
"#;

fn taxed(directory: &Path) -> World {
    let media = CATALOG.replace("kind = \"event\"\nunit", "kind = \"event\"\ntax = \"media\"\nunit");
    open_with(directory, JUNE, &(media + TAXES))
}

fn invoice(world: &World, customer: CustomerId) -> InvoiceView {
    let query = InvoiceQuery { customer: Some(customer), ..InvoiceQuery::default() };
    let rows = world.office.invoices(&query).unwrap().items;
    world.office.invoice(rows[0].id).unwrap()
}

fn printed(view: &InvoiceView) -> Vec<(&str, &str, &str)> {
    let taxes = view.content.taxes.iter();
    taxes.map(|tax| (tax.name.as_str(), tax.net.as_str(), tax.amount.as_str())).collect()
}

#[test]
fn two_rates_come_on_top_and_are_owed() {
    let directory = tempfile::tempdir().unwrap();
    let world = taxed(directory.path());
    let customer = world.sign_up("anna");
    world.film("anna", "p1");
    world.film("anna", "p2");
    world.go_to(FIRST_OF_JULY);
    let view = invoice(&world, customer);
    assert_eq!(printed(&view), [("VAT 20 %", "50.97", "10.19"), ("VAT 7.7 %", "7.98", "0.61")]);
    assert_eq!((view.content.subtotal.as_str(), view.content.total.as_str()), ("58.95", "69.75"));
    assert_eq!((view.row.total, view.amount_due), (amount("69.75"), amount("69.75")));
    assert_eq!(view.content.figures.net(), amount("58.95"));
    let live = world.office.engine().customer(customer).unwrap().unwrap();
    assert_eq!(live.head.purse.balance, amount("-69.75"));
    let query = LedgerQuery { code: Some(charging::LedgerCode::Tax), ..LedgerQuery::default() };
    let booked = world.office.ledger(&query).unwrap().items;
    let booked: Vec<_> = booked.iter().map(|entry| (entry.note.as_str(), entry.to_customer())).collect();
    assert_eq!(booked, [("VAT 7.7 %", amount("-0.61")), ("VAT 20 %", amount("-10.19"))]);
    world.verify();

    world.office.pay(&STAFF(), customer, amount("60"), "bank", None).unwrap();
    world.go_to("2026-08-01T00:00:01Z");
    let figures = invoice(&world, customer).content.figures;
    assert_eq!((figures.previous_balance, figures.payments), (amount("69.75"), amount("60")));
    assert_eq!((figures.total, figures.adjustments), (amount("61.16"), amount("0")), "50.97 and 10.19");
    assert_eq!(figures.amount_due, amount("70.91"));
    world.verify();
}

#[test]
fn what_was_given_back_is_not_taxed() {
    let directory = tempfile::tempdir().unwrap();
    let world = taxed(directory.path());
    let customer = world.sign_up("anna");
    world.film("anna", "p1");
    world.film("anna", "p2");
    let (of, note) = (RefundOf::Reference("p1".into()), "did not play".to_owned());
    let refund = Command::Refund(Refund { of, amount: None, note });
    world.office.engine().call(customer, None, refund, None).unwrap();
    world.go_to(FIRST_OF_JULY);
    let view = invoice(&world, customer);
    assert_eq!(printed(&view)[1], ("VAT 7.7 %", "3.99", "0.31"));
    world.verify();
}

/// A film of June at 3.99, taxed with 7.7 % on June's invoice: giving it back in July brings back 0.31, however many parts it has.
#[test]
fn what_is_given_back_after_the_invoice_brings_its_tax_back() {
    let directory = tempfile::tempdir().unwrap();
    let world = taxed(directory.path());
    let customer = world.sign_up("anna");
    world.film("anna", "p1");
    world.go_to(FIRST_OF_JULY);
    let owed = || world.office.engine().customer(customer).unwrap().unwrap().head.owed();
    assert_eq!(owed(), amount("65.46"), "50.97 + 10.19 + 3.99 + 0.31");
    for (sum, left) in [(Some("1"), "64.38"), (Some("1"), "63.31"), (None, "61.16")] {
        let of = RefundedCharge::Reference("p1".into());
        let refund = NewRefund { of, amount: sum.map(amount), note: "did not play".into() };
        world.office.refund(&STAFF(), customer, refund, None).unwrap();
        assert_eq!(owed(), amount(left), "{sum:?}");
    }
    world.verify();
    world.office.pay(&STAFF(), customer, amount("61.16"), "bank", None).unwrap();
    world.go_to("2026-08-01T00:00:01Z");
    let figures = invoice(&world, customer).content.figures;
    assert_eq!((figures.previous_balance, figures.refunds), (amount("65.46"), amount("4.30")));
    assert_eq!((figures.adjustments, figures.amount_due), (amount("0"), amount("61.16")), "July alone");
    world.verify();
}

/// Publishes another price of films and books what June's would cost by it.
fn rerate(world: &World, customer: CustomerId, price: &str) {
    let admin = Actor::Staff { login: "root".to_owned(), role: Role::Admin };
    let mut catalog = world.office.catalog().catalog().clone();
    catalog.tariffs[0].rates[0].first_price = money::Price::parse(price).unwrap();
    let version = world.office.publish(&admin, catalog, "films").unwrap();
    let terms = ReratingTerms {
        from: Instant::parse(JUNE).unwrap(),
        to: Instant::parse("2026-07-01T00:00:00Z").unwrap(),
        customer: Some(customer),
        product: None,
        tariff: Some("films".to_owned()),
        becomes: None,
        version: Some(version),
    };
    let view = world.office.book_rerating(&STAFF(), &format!("films at {price}"), &terms).unwrap();
    assert_eq!((view.booked[0].charges, view.refused), (1, 0));
}

/// A film of June at 3.99 with 7.7 %, corrected in July: down with its tax at once, up on July's invoice, which taxes it.
#[test]
fn a_rerating_after_the_invoice_takes_its_taxes_along() {
    let directory = tempfile::tempdir().unwrap();
    let world = taxed(directory.path());
    let customer = world.sign_up("anna");
    world.film("anna", "p1");
    world.go_to(FIRST_OF_JULY);
    let owed = || world.office.engine().customer(customer).unwrap().unwrap().head.owed();
    assert_eq!(owed(), amount("65.46"), "50.97 + 10.19 + 3.99 + 0.31");
    rerate(&world, customer, "2.99");
    assert_eq!(owed(), amount("64.38"), "1.00 and 0.08 came back");
    rerate(&world, customer, "4.99");
    assert_eq!(owed(), amount("64.38"), "2.00 more is for July's invoice");
    world.verify();
    world.go_to("2026-08-01T00:00:01Z");
    let view = invoice(&world, customer);
    assert_eq!(printed(&view), [("VAT 20 %", "50.97", "10.19"), ("VAT 7.7 %", "2.00", "0.15")]);
    let figures = view.content.figures;
    assert_eq!((figures.refunds, figures.adjustments), (amount("1.08"), amount("0")));
    assert_eq!((figures.previous_balance, figures.amount_due), (amount("65.46"), amount("127.69")));
    world.verify();
}

#[test]
fn prepaid_prices_contain_their_tax() {
    let directory = tempfile::tempdir().unwrap();
    let world = taxed(directory.path());
    let account = NewAccount {
        product: "homeconnect-plus".to_owned(),
        add_ons: vec!["hbo".to_owned(), "dvr".to_owned()],
        ..NewAccount::default()
    };
    let form = SignUp { payment: Payment::Prepaid, account: Some(account), ..SignUp::named("Berta") };
    let customer = world.office.sign_up(&STAFF(), form, None).unwrap().customer;
    world.office.pay(&STAFF(), customer, amount("100"), "cash", None).unwrap();
    world.go_to(FIRST_OF_JULY);
    let view = invoice(&world, customer);
    // 50.97 x 20 / 120 is 8.495.
    assert_eq!(printed(&view), [("VAT 20 %", "42.47", "8.50")]);
    assert_eq!((view.content.subtotal.as_str(), view.content.total.as_str()), ("42.47", "50.97"));
    let live = world.office.engine().customer(customer).unwrap().unwrap();
    assert_eq!(live.head.purse.balance, amount("49.03"), "the tax was in the price");
    world.verify();
}

#[test]
fn who_is_exempt_pays_the_net() {
    let directory = tempfile::tempdir().unwrap();
    let world = taxed(directory.path());
    let customer = world.sign_up("anna");
    world.office.set_tax_exempt(&STAFF(), customer, true, None).unwrap();
    world.go_to(FIRST_OF_JULY);
    let view = invoice(&world, customer);
    assert_eq!((printed(&view), view.row.total), (vec![], amount("50.97")));
    world.verify();
}
