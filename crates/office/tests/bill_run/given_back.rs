//! Money given back: on the same invoice while its period is open, to the balance afterwards; every invoice tells what moved the
//! balance since the one before.

use crate::world::{STAFF, World, amount, open};
use charging::{CustomerId, LimitChange, RowId};
use office::{
    InvoiceQuery, InvoiceView, LedgerQuery, NewAdjustment, NewFreeDays, NewRefund, OfficeError,
    RefundedCharge, XdrQuery,
};

const JUNE: &str = "2026-06-01T08:00:00Z";

fn refund(of: RefundedCharge, sum: Option<&str>) -> NewRefund {
    NewRefund { of, amount: sum.map(amount), note: "the picture froze".to_owned() }
}

fn by_reference(reference: &str, sum: Option<&str>) -> NewRefund {
    refund(RefundedCharge::Reference(reference.to_owned()), sum)
}

fn newest_invoice(world: &World, customer: CustomerId) -> InvoiceView {
    let query = InvoiceQuery { customer: Some(customer), ..InvoiceQuery::default() };
    world.office.invoice(world.office.invoices(&query).unwrap().items[0].id).unwrap()
}

fn film(world: &World, customer: CustomerId, reference: &str) -> RowId {
    let query = XdrQuery { customer: Some(customer), ..XdrQuery::default() };
    let rows = world.office.xdrs(&query).unwrap().items;
    rows.iter().find(|row| row.xdr.reference.as_deref() == Some(reference)).unwrap().xdr.id
}

#[test]
fn a_refund_of_the_open_period_is_on_the_same_invoice_and_one_of_a_closed_period_is_a_credit_that_pays_it() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), JUNE);
    let customer = world.sign_up("anna");
    let owed = || world.office.engine().customer(customer).unwrap().unwrap().head.owed();
    world.film("anna", "p1");
    world.film("anna", "p2");
    let back = world.office.refund(&STAFF(), customer, by_reference("p2", Some("1.99")), None).unwrap();
    assert_eq!(
        (back.amount, back.so_far.rated, back.so_far.left()),
        (amount("1.99"), amount("3.99"), amount("2"))
    );
    world.go_to("2026-07-01T00:00:01Z");
    let june = newest_invoice(&world, customer);
    assert_eq!(june.content.figures.total, amount("56.96"), "50.97 + 2 films at 3.99 - 1.99");
    let amended = june.content.sections.last().unwrap();
    assert_eq!(
        (amended.title.as_str(), amended.subtotal.as_str()),
        ("Refunds and corrections", "\u{2212}1.99")
    );
    assert_eq!((june.amount_due, owed()), (amount("56.96"), amount("56.96")));

    // July: June's film goes back to the balance and pays June's invoice; so does everything else that comes in.
    let whole = refund(RefundedCharge::Xdr(film(&world, customer, "p1")), None);
    let back = world.office.refund(&STAFF(), customer, whole.clone(), None).unwrap();
    assert_eq!((back.amount, owed()), (amount("3.99"), amount("52.97")));
    let again = world.office.refund(&STAFF(), customer, whole, None).unwrap_err();
    assert_eq!(again.code(), "CHG-046", "never more than was charged");
    let rest = world.office.refund(&STAFF(), customer, by_reference("p2", Some("2.01")), None).unwrap_err();
    assert_eq!(rest.code(), "CHG-046");
    world.office.pay(&STAFF(), customer, amount("10"), "cash", None).unwrap();
    let gift =
        NewAdjustment { account: None, amount: amount("2"), promotional: true, note: "ten years".to_owned() };
    world.office.book_adjustment(&STAFF(), customer, gift, None).unwrap();
    let account = world.office.customer(customer).unwrap().accounts[0].id;
    let days = NewFreeDays {
        account,
        product: "homeconnect-plus".to_owned(),
        days: 1,
        note: "fibre cut on 3 July".to_owned(),
    };
    let given = world.office.give_free_days(&STAFF(), days, None).unwrap();
    assert_eq!(given.owed, amount("39.68"), "52.97 - 10 - 2 - 1.29: one of 31 days of 39.99");

    world.go_to("2026-08-01T00:00:01Z");
    let july = newest_invoice(&world, customer);
    let figures = &july.content.figures;
    assert_eq!(figures.previous_balance, amount("56.96"));
    assert_eq!(
        (figures.payments, figures.refunds, figures.adjustments),
        (amount("10"), amount("3.99"), amount("3.29"))
    );
    assert_eq!((figures.total, figures.amount_due), (amount("50.97"), amount("90.65")));
    let adds_up = [figures.payments, figures.refunds, figures.adjustments]
        .into_iter()
        .fold(figures.previous_balance.plus(figures.total).unwrap(), |due, moved| due.minus(moved).unwrap());
    assert_eq!(adds_up, figures.amount_due, "the invoice tells everything that moved the balance");
    assert_eq!(july.content.payments_received.as_deref(), Some("\u{2212}17.28"));
    assert!(
        july.content.notes.iter().any(|note| note.contains("USD 3.99 given back")),
        "{:?}",
        july.content.notes
    );
    world.verify();
}

#[test]
fn what_an_own_balance_pays_and_gets_back_is_on_no_invoice_but_what_goes_there_is() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), JUNE);
    let customer = world.sign_up("anna");
    let account = world.office.customer(customer).unwrap().accounts[0].id;
    world.office.open_balance(&STAFF(), account, Some(amount("0")), None).unwrap();
    let moved = world.office.transfer(&STAFF(), account, amount("5"), None).unwrap();
    assert_eq!((moved.balance, moved.owed), (amount("5"), amount("0")));
    world.film("anna", "p1");
    let back = world.office.refund(&STAFF(), customer, by_reference("p1", None), None).unwrap();
    assert_eq!(back.amount, amount("3.99"));
    world.go_to("2026-07-01T00:00:01Z");
    let figures = newest_invoice(&world, customer).content.figures;
    assert_eq!((figures.total, figures.adjustments), (amount("50.97"), amount("-5")));
    assert_eq!((figures.refunds, figures.amount_due), (amount("0"), amount("55.97")));
    let back = world.office.transfer(&STAFF(), account, amount("-5"), None).unwrap();
    assert_eq!(back.balance, amount("0"), "the film was given back to the balance that paid it");
    let short = world.office.transfer(&STAFF(), account, amount("-0.01"), None).unwrap_err();
    assert_eq!(short.code(), "CHG-010");
    world.verify();
}

#[test]
fn a_refund_counts_once_under_its_key_needs_a_reason_and_a_role_and_finds_only_the_customers_own_charges() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), JUNE);
    let (anna, bert) = (world.sign_up("anna"), world.sign_up("bert"));
    world.film("anna", "p1");
    let key = || Some(office::IdempotencyKey::new("r-1", b"1").unwrap());
    let first = world.office.refund(&STAFF(), anna, by_reference("p1", Some("1")), key()).unwrap();
    let again = world.office.refund(&STAFF(), anna, by_reference("p1", Some("1")), key()).unwrap();
    assert_eq!(first, again);
    let xdr = world.office.xdr(first.of).unwrap();
    assert_eq!(world.office.charge_so_far(&xdr).unwrap().unwrap().returned, amount("1"));
    let of_refund = world.office.xdr(first.xdr).unwrap();
    assert_eq!(world.office.charge_so_far(&of_refund).unwrap(), None, "a refund is no charge");

    let code = |customer, refund: NewRefund| {
        world.office.refund(&STAFF(), customer, refund, None).unwrap_err().code()
    };
    assert_eq!(code(bert, refund(RefundedCharge::Xdr(first.of), None)), "OFF-002");
    assert_eq!(code(bert, by_reference("p1", None)), "CHG-045");
    assert_eq!(code(anna, by_reference("nothing", None)), "CHG-045");
    let silent = NewRefund { note: " ".to_owned(), ..by_reference("p1", None) };
    let error = world.office.refund(&STAFF(), anna, silent, None).unwrap_err();
    assert!(matches!(&error, OfficeError::Invalid(fields) if fields[0].field == "note"), "{error}");
    let error = world.office.refund(&STAFF(), anna, by_reference("p1", Some("0")), None).unwrap_err();
    assert!(matches!(&error, OfficeError::Invalid(fields) if fields[0].field == "amount"), "{error}");
    let helpdesk = office::Actor::Staff { login: "hugo".to_owned(), role: office::Role::Helpdesk };
    let denied = world.office.refund(&helpdesk, anna, by_reference("p1", None), None).unwrap_err();
    assert_eq!(denied.code(), "OFF-004");
    let query = LedgerQuery { customer: Some(anna), ..LedgerQuery::default() };
    let codes: Vec<String> =
        world.office.ledger(&query).unwrap().items.into_iter().map(|row| row.code).collect();
    assert_eq!(codes, ["refund", "purchase"], "refused refunds leave nothing behind");
    // A year and a bit later it is too old.
    world.office.set_limits(&STAFF(), anna, None, vec![LimitChange::Credit(None)], None).unwrap();
    world.go_to("2027-07-20T00:00:00Z");
    assert_eq!(code(anna, by_reference("p1", None)), "CHG-047");
}
