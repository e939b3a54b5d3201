//! Fees in advance on invoices: charged at once, for the next month, and given back.

use crate::world::{CATALOG, STAFF, World, amount, open_with};
use charging::CustomerId;
use office::{InvoiceQuery, InvoiceView, XdrQuery};

/// The newest invoice.
fn invoice(world: &World, customer: CustomerId) -> InvoiceView {
    let query = InvoiceQuery { customer: Some(customer), ..InvoiceQuery::default() };
    let rows = world.office.invoices(&query).unwrap().items;
    world.office.invoice(rows[0].id).unwrap()
}

fn hbo(view: &InvoiceView) -> Vec<(&str, &str, &str, &str)> {
    let lines = view.content.sections[0].lines.iter().filter(|line| line.description.contains("HBO"));
    lines
        .map(|l| (l.description.as_str(), l.period.as_str(), l.quantity.as_str(), l.amount.as_str()))
        .collect()
}

#[test]
fn a_fee_in_advance_is_charged_ahead_and_given_back_with_its_reasons() {
    let directory = tempfile::tempdir().unwrap();
    let terms = r#"fee = "5.99", charged = "in_advance", activation_fee = "2.00""#;
    let catalog = CATALOG.replace(r#"fee = "5.99""#, terms);
    let world = open_with(directory.path(), "2026-06-10T08:00:00Z", &catalog);
    let customer = world.sign_up("anna");
    world.go_to("2026-07-01T00:00:01Z");
    let june = invoice(&world, customer);
    assert_eq!(
        hbo(&june),
        [
            ("HBO monthly fee", "10 – 30 June 2026", "21 of 30 days", "4.19"),
            ("HBO monthly fee: activation", "10 June 2026", "", "2.00"),
            ("HBO monthly fee", "1 – 31 July 2026", "31 days", "5.99"),
        ]
    );
    world.verify();

    world.go_to("2026-07-15T12:00:00Z");
    let account = world.office.engine().customer(customer).unwrap().unwrap().accounts[0].clone();
    world.office.remove_add_on(&STAFF(), account.id, account.add_ons[0].id, None).unwrap();
    world.go_to("2026-08-01T00:00:01Z");
    let july = invoice(&world, customer);
    let credit = ("HBO monthly fee: credit for days not used", "15 – 31 July 2026", "17 of 31 days", "−3.28");
    assert_eq!(hbo(&july), [credit]);
    assert_eq!(july.row.total, amount("41.70"), "39.99 + 4.99 - 3.28");
    world.verify();

    let query = XdrQuery { customer: Some(customer), ..XdrQuery::default() };
    let xdrs = world.office.xdrs(&query).unwrap().items;
    let given = xdrs.iter().find(|row| row.xdr.amount.is_negative()).unwrap();
    let lines = world.office.explain(given).unwrap();
    let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let why = "Charged in advance and not held from 2026-07-15 to 2026-07-31: 17 of 31 days of the period.";
    assert!(lines.contains(&why), "{lines:?}");
    assert!(lines.contains(&"Amount: -3.28 USD."), "{lines:?}");
}
