//! Overdue, suspended, paid, resumed; and the clockwork that does it by itself.

use crate::world::{STAFF, amount, open};
use calendar::Instant;
use charging::{CustomerStatus, LedgerCode};
use office::{Actor, Clockwork, IdempotencyKey, InvoiceFilter, InvoiceQuery, LedgerQuery, Role};
use std::time::Duration;

#[test]
fn an_unpaid_invoice_suspends_after_its_due_date_and_payment_brings_the_customer_back() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    let customer = world.sign_up("anna");
    let status = || world.office.engine().customer(customer).unwrap().unwrap().head.status();
    world.go_to("2026-07-01T00:00:01Z");
    let report = world.go_to("2026-07-15T23:00:00Z");
    assert_eq!((report.suspended, status()), (0, CustomerStatus::Active), "the due date itself is in time");
    let report = world.go_to("2026-07-16T00:00:01Z");
    assert_eq!((report.suspended, status()), (1, CustomerStatus::Suspended));
    let overdue = InvoiceQuery { status: InvoiceFilter::Overdue, ..InvoiceQuery::default() };
    assert_eq!(world.office.invoices(&overdue).unwrap().items.len(), 1);
    assert_eq!(world.office.home().unwrap().overdue, (1, amount("50.97")));

    let booked = world.office.pay(&STAFF(), customer, amount("50"), "card", None).unwrap();
    assert_eq!((booked.owed, status()), (amount("0.97"), CustomerStatus::Suspended), "not all is paid");
    let booked = world.office.pay(&STAFF(), customer, amount("0.97"), "card", None).unwrap();
    assert_eq!((booked.owed, status()), (amount("0"), CustomerStatus::Active));
    assert!(world.office.invoices(&overdue).unwrap().items.is_empty());
    world.verify();
}

#[test]
fn the_clockwork_bills_by_itself_when_the_clock_is_moved() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    let customer = world.sign_up("anna");
    let clockwork = Clockwork::start(world.office.clone()).unwrap();
    world.office.clock().advance_to(Instant::parse("2026-07-20T00:00:00Z").unwrap());
    clockwork.wake();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    let query = InvoiceQuery { customer: Some(customer), ..InvoiceQuery::default() };
    while world.office.invoices(&query).unwrap().items.is_empty() {
        assert!(std::time::Instant::now() < deadline, "nothing was billed");
        std::thread::yield_now();
    }
    clockwork.stop();
}

#[test]
fn the_same_key_pays_once_and_other_content_under_it_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    let customer = world.sign_up("anna");
    let key = |content: &str| Some(IdempotencyKey::new("payment-1", content.as_bytes()).unwrap());
    let first = world.office.pay(&STAFF(), customer, amount("10"), "cash", key("10")).unwrap();
    let again = world.office.pay(&STAFF(), customer, amount("10"), "cash", key("10")).unwrap();
    assert_eq!(first, again);
    let other = world.office.pay(&STAFF(), customer, amount("11"), "cash", key("11")).unwrap_err();
    assert_eq!(other.code(), "CHG-014");
    let query = LedgerQuery { customer: Some(customer), ..LedgerQuery::default() };
    let rows = world.office.ledger(&query).unwrap().items;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].code.as_str(), rows[0].to_customer()), ("payment", amount("10")));
    let lines = world.office.audit(&office::AuditQuery { customer: Some(customer), ..Default::default() });
    let payments = lines.unwrap().items.into_iter().filter(|l| l.action == "payment/received").count();
    assert_eq!(payments, 1, "the trail shows one payment");
}

#[test]
fn money_is_refused_in_words_and_to_those_who_may_not() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    let customer = world.sign_up("anna");
    let error = world.office.pay(&STAFF(), customer, amount("-1"), "", None).unwrap_err();
    assert_eq!(error.code(), "OFF-001");
    let error = world.office.adjust(&STAFF(), customer, amount("5"), " ", None).unwrap_err();
    assert_eq!(error.to_string(), "note: say why; the customer sees it");
    let helpdesk = Actor::Staff { login: "otto".to_owned(), role: Role::Helpdesk };
    assert_eq!(world.office.pay(&helpdesk, customer, amount("1"), "", None).unwrap_err().code(), "OFF-004");
    let nobody = charging::CustomerId(999_999);
    assert_eq!(world.office.pay(&STAFF(), nobody, amount("1"), "", None).unwrap_err().code(), "OFF-002");
}

#[test]
fn the_whole_ledger_is_paged_by_time_and_filtered_by_code() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    let (anna, bert) = (world.sign_up("anna"), world.sign_up("bert"));
    for n in 0..5 {
        let customer = if n % 2 == 0 { anna } else { bert };
        world.office.pay(&STAFF(), customer, amount("1"), &format!("no {n}"), None).unwrap();
    }
    world.office.adjust(&STAFF(), bert, amount("-2"), "router", None).unwrap();
    let mut notes = Vec::new();
    let mut query = LedgerQuery { code: Some(LedgerCode::Payment), limit: 2, ..LedgerQuery::default() };
    loop {
        let page = world.office.ledger(&query).unwrap();
        notes.extend(page.items.into_iter().map(|row| row.note));
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(notes, ["no 4", "no 3", "no 2", "no 1", "no 0"]);
}

#[test]
fn the_first_page_counts_money_customers_and_days() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), "2026-06-01T08:00:00Z");
    let customer = world.sign_up("anna");
    world.film("anna", "p1");
    world.office.pay(&STAFF(), customer, amount("10"), "cash", None).unwrap();
    let today = world.office.home().unwrap();
    assert_eq!((today.today.charged, today.today.paid), (amount("3.99"), amount("10")));
    assert_eq!((today.customers_with("active"), today.sessions, today.parked), (1, 0, 0));
    world.go_to("2026-06-03T12:00:00Z");
    let later = world.office.home().unwrap();
    assert_eq!(later.days.len(), 14);
    assert_eq!(later.today.charged, amount("0"));
    assert_eq!(later.days[11].sums.charged, amount("3.99"), "the day before yesterday");
    assert_eq!(later.days[11].sums.records, 1);
}
