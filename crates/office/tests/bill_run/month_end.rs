//! Closing periods and sending invoices.

use crate::world::{STAFF, World, amount, open};
use charging::{CustomerId, RowId};
use office::{InvoiceQuery, InvoiceRow, InvoiceStatus, run_due};
use std::num::NonZeroUsize;
use std::sync::atomic::Ordering;

const JUNE: &str = "2026-06-01T08:00:00Z";
const FIRST_OF_JULY: &str = "2026-07-01T00:00:01Z";

fn invoices(world: &World, customer: Option<CustomerId>) -> Vec<InvoiceRow> {
    world.office.invoices(&InvoiceQuery { customer, ..InvoiceQuery::default() }).unwrap().items
}

#[test]
fn june_is_three_fees_and_the_films_and_adds_up_to_what_was_charged() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), JUNE);
    let customer = world.sign_up("anna");
    world.film("anna", "p1");
    world.film("anna", "p2");
    let report = world.go_to(FIRST_OF_JULY);
    assert_eq!((report.closed, report.invoiced, report.failed), (1, 1, vec![]));

    let rows = invoices(&world, Some(customer));
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].number, "INV-2026-000001");
    assert_eq!(rows[0].total, amount("58.95"), "39.99 + 5.99 + 4.99 + 2 films at 3.99");
    let view = world.office.invoice(rows[0].id).unwrap();
    assert_eq!(view.status, InvoiceStatus::Unpaid);
    assert_eq!(view.amount_due, amount("58.95"));
    let content = &view.content;
    let fees: Vec<(&str, &str, &str)> = content.sections[0]
        .lines
        .iter()
        .map(|l| (l.description.as_str(), l.period.as_str(), l.amount.as_str()))
        .collect();
    assert_eq!(
        fees,
        [
            ("HomeConnect+ monthly fee", "1 – 30 June 2026", "39.99"),
            ("HBO monthly fee", "1 – 30 June 2026", "5.99"),
            ("DVR monthly fee", "1 – 30 June 2026", "4.99"),
        ]
    );
    assert_eq!(content.sections[0].subtotal, "50.97");
    assert_eq!(
        (content.sections[1].title.as_str(), content.sections[1].subtotal.as_str()),
        ("Video on demand", "7.98")
    );
    assert_eq!(content.sections[1].lines[0].description, "The Long Pier");
    assert_eq!((content.period_from.as_str(), content.period_to.as_str()), ("1 June", "30 June 2026"));
    assert_eq!((content.issue_date.as_str(), content.due_date.as_str()), ("1 July 2026", "15 July 2026"));
    assert_eq!((content.amount_due.as_str(), content.payable), ("58.95", true));
    assert_eq!(content.customer.address, ["17 Orchard Lane", "Lakeside"]);
    assert_eq!(content.previous_balance, None, "there was no invoice before");
    let pdf = world.office.invoice_pdf(rows[0].id).unwrap();
    assert_eq!(&serde_json::from_slice::<office::InvoiceContent>(&pdf).unwrap(), content);
    world.verify();
}

#[test]
fn running_again_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), JUNE);
    let customer = world.sign_up("anna");
    world.go_to(FIRST_OF_JULY);
    let before = world.office.engine().customer(customer).unwrap().unwrap().head;
    assert_eq!(run_due(&world.office).unwrap(), office::RunReport::default());
    assert_eq!(world.office.close_period(customer).unwrap(), None);
    assert_eq!(world.office.collect(customer).unwrap(), None);
    assert_eq!(world.office.engine().customer(customer).unwrap().unwrap().head, before);
    assert_eq!(invoices(&world, None).len(), 1);
}

#[test]
fn an_invoice_that_was_interrupted_is_finished_with_its_number_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let first = open(directory.path(), JUNE);
    let (anna, bert) = (first.sign_up("anna"), first.sign_up("bert"));
    first.renderer.broken.store(true, Ordering::Relaxed);
    let report = first.go_to(FIRST_OF_JULY);
    assert_eq!((report.closed, report.invoiced), (2, 0), "both periods are closed, no invoice is made");
    assert_eq!(report.failed.len(), 2, "{:?}", report.failed);
    assert_eq!(first.office.parked().len(), 2, "staff sees who could not be billed");
    // A film bought now belongs to July.
    first.film("anna", "july");
    assert!(invoices(&first, None).is_empty());
    drop(first);

    let second = open(directory.path(), "2026-07-01T01:00:00Z");
    let report = run_due(&second.office).unwrap();
    assert_eq!((report.closed, report.invoiced, report.failed), (0, 2, vec![]));
    let mut numbers: Vec<String> = invoices(&second, None).into_iter().map(|row| row.number).collect();
    numbers.sort();
    assert_eq!(numbers, ["INV-2026-000001", "INV-2026-000002"], "no number was lost or given twice");
    for customer in [anna, bert] {
        assert_eq!(invoices(&second, Some(customer))[0].total, amount("50.97"));
    }
    second.go_to("2026-08-01T00:00:01Z");
    let july = &invoices(&second, Some(anna))[0];
    assert_eq!(july.total, amount("54.96"), "the film is on July's invoice");
    second.verify();
}

#[test]
fn two_runs_at_once_bill_everybody_once_and_leave_no_gap() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), JUNE);
    let customers: Vec<CustomerId> = (0..40).map(|n| world.sign_up(&format!("user{n}"))).collect();
    world.office.clock().advance_to(calendar::Instant::parse(FIRST_OF_JULY).unwrap());
    let reports: Vec<_> = std::thread::scope(|scope| {
        let run = || {
            let report = run_due(&world.office).unwrap();
            assert_eq!(invoices(&world, None).len(), 40, "nothing is left when a run ends");
            report
        };
        let runs: Vec<_> = (0..3).map(|_| scope.spawn(run)).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let sum = |figure: fn(&office::RunReport) -> u64| reports.iter().map(figure).sum::<u64>();
    assert_eq!((sum(|r| r.closed), sum(|r| r.invoiced)), (40, 40));
    assert!(reports.iter().all(|r| r.failed.is_empty()), "{reports:?}");
    let mut numbers: Vec<String> = invoices(&world, None).into_iter().map(|row| row.number).collect();
    numbers.sort();
    let expected: Vec<String> = (1..=40).map(|n| format!("INV-2026-{n:06}")).collect();
    assert_eq!(numbers, expected);
    for customer in customers {
        assert_eq!(invoices(&world, Some(customer)).len(), 1);
    }
    world.verify();
}

#[test]
fn months_that_were_slept_through_are_billed_one_after_the_other() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), JUNE);
    let customer = world.sign_up("anna");
    let report = world.go_to("2026-09-10T00:00:00Z");
    assert_eq!((report.closed, report.invoiced), (3, 3));
    let rows = invoices(&world, Some(customer));
    let periods: Vec<u32> = rows.iter().rev().map(|row| row.period_number).collect();
    assert_eq!(periods, [1, 2, 3], "June, July, August");
    assert!(rows.iter().all(|row| row.total == amount("50.97")));
}

#[test]
fn the_next_invoice_tells_what_was_owed_and_what_came_in() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), JUNE);
    let customer = world.sign_up("anna");
    world.go_to(FIRST_OF_JULY);
    world.office.pay(&STAFF(), customer, amount("40"), "bank transfer 17", None).unwrap();
    world.office.adjust(&STAFF(), customer, amount("1"), "outage on 3 July", None).unwrap();
    let report = world.go_to("2026-08-01T00:00:01Z");
    assert_eq!(report.invoiced, 1);
    let view = world.office.invoice(invoices(&world, Some(customer))[0].id).unwrap();
    let figures = &view.content.figures;
    assert_eq!(figures.previous_balance, amount("50.97"));
    assert_eq!((figures.payments, figures.adjustments), (amount("40"), amount("1")));
    assert_eq!(figures.amount_due, amount("60.94"), "50.97 - 40 - 1 + 50.97");
    assert_eq!(view.content.previous_balance.as_deref(), Some("50.97"));
    assert_eq!(view.content.payments_received.as_deref(), Some("\u{2212}41.00"));
    assert_eq!(view.content.amount_due, "60.94");
}

#[test]
fn credit_pays_an_invoice_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), JUNE);
    let customer = world.sign_up("anna");
    world.office.pay(&STAFF(), customer, amount("80"), "cash", None).unwrap();
    world.go_to(FIRST_OF_JULY);
    let row = invoices(&world, Some(customer)).remove(0);
    assert!(row.paid_at.is_some(), "the table knows it, too");
    let view = world.office.invoice(row.id).unwrap();
    assert_eq!((view.status, view.amount_due), (InvoiceStatus::Paid, amount("0")));
    assert_eq!((view.content.amount_due.as_str(), view.content.payable), ("\u{2212}29.03", false));
    let unpaid = InvoiceQuery { status: office::InvoiceFilter::Unpaid, ..InvoiceQuery::default() };
    assert!(world.office.invoices(&unpaid).unwrap().items.is_empty());
}

#[test]
fn nothing_charged_is_no_invoice_and_takes_no_number() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), JUNE);
    world.office.sign_up(&STAFF(), office::SignUp::named("Nobody"), None).unwrap();
    let report = world.go_to(FIRST_OF_JULY);
    assert_eq!((report.closed, report.invoiced, report.failed), (1, 0, vec![]));
    world.sign_up("anna");
    world.go_to("2026-08-01T00:00:01Z");
    assert_eq!(invoices(&world, None)[0].number, "INV-2026-000001");
}

#[test]
fn pages_of_invoices_show_each_once() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), JUNE);
    for n in 0..7 {
        world.sign_up(&format!("user{n}"));
    }
    world.go_to("2026-08-01T00:00:01Z");
    for status in [office::InvoiceFilter::All, office::InvoiceFilter::Unpaid, office::InvoiceFilter::Overdue]
    {
        let mut seen: Vec<RowId> = Vec::new();
        let mut query = InvoiceQuery { status, limit: 3, ..InvoiceQuery::default() };
        loop {
            let page = world.office.invoices(&query).unwrap();
            seen.extend(page.items.iter().map(|row| row.id));
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        let expected = if status == office::InvoiceFilter::Overdue { 0 } else { 14 };
        assert_eq!((seen.len(), count), (expected, expected), "{status:?}");
    }
    let query = InvoiceQuery { cursor: Some("x".to_owned()), ..InvoiceQuery::default() };
    assert_eq!(world.office.invoices(&query).unwrap_err().code(), "OFF-001");
}

/// A month end of 70 customers, more than one step takes, with so many invoices drawn at a time: number, customer, content.
fn month_end_of_many(at_once: usize) -> (usize, Vec<(String, CustomerId, String)>) {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), JUNE);
    world.office.draw_invoices_at_once(NonZeroUsize::new(at_once).unwrap());
    world.renderer.sociable.store(at_once > 1, Ordering::Relaxed);
    for number in 0..70 {
        let login = format!("user{number}");
        world.sign_up(&login);
        (0..number % 4).for_each(|film| world.film(&login, &format!("{login}-{film}")));
    }
    let report = world.go_to(FIRST_OF_JULY);
    assert_eq!((report.closed, report.invoiced, report.failed), (70, 70, vec![]));
    let rows = world.office.invoices(&InvoiceQuery { limit: 100, ..InvoiceQuery::default() }).unwrap().items;
    let invoice = |row: &InvoiceRow| {
        let mut content = world.office.invoice(row.id).unwrap().content;
        // Everything but the moment is the same.
        (content.figures.issued_at, content.figures.due_at) = (row.period_end, row.period_end);
        for line in content.sections.iter_mut().flat_map(|section| &mut section.lines) {
            (line.from, line.to) = (row.period_end, row.period_end);
            line.period.clear();
        }
        (row.number.clone(), row.customer, serde_json::to_string(&content).unwrap())
    };
    let mut invoices: Vec<_> = rows.iter().map(invoice).collect();
    invoices.sort();
    world.verify();
    (world.renderer.most_at_once.load(Ordering::Relaxed), invoices)
}

#[test]
fn drawing_several_invoices_at_a_time_gives_the_same_invoices_with_the_same_numbers() {
    let (_, one_by_one) = month_end_of_many(1);
    let (at_once, side_by_side) = month_end_of_many(3);
    assert!((2..=3).contains(&at_once), "{at_once} were drawn at a time");
    assert_eq!(one_by_one.len(), 70);
    assert_eq!(one_by_one, side_by_side);
}

#[test]
fn an_invoice_is_in_the_language_of_the_settings_with_single_words_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let world = open(directory.path(), JUNE);
    let admin = office::Actor::System("test");
    let mut settings = world.office.settings().unwrap();
    settings.invoice_language = "de".to_owned();
    settings.invoice_words = [("title", "Monatsrechnung"), ("amount_due", "Offener Betrag")]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
    world.office.save_settings(&admin, &settings).unwrap();
    let customer = world.sign_up("anna");
    world.office.set_credit_limit(&STAFF(), customer, None, None).unwrap();
    (0..300).for_each(|film| world.film("anna", &format!("p{film}")));
    world.go_to(FIRST_OF_JULY);
    let content = world.office.invoice(invoices(&world, Some(customer))[0].id).unwrap().content;
    assert_eq!((content.title.as_str(), content.issue_date.as_str()), ("Monatsrechnung", "1. Juli 2026"));
    assert_eq!(content.sections[0].title, "Monatliche Gebühren");
    assert_eq!(content.sections[0].lines[0].period, "1. – 30. Juni 2026");
    assert_eq!(content.sections[0].lines[0].quantity, "30 Tage");
    assert_eq!(content.total, "1.247,97");
    assert_eq!(content.number, "INV-2026-000001");
    let look = office::InvoiceLook::of(&settings);
    assert_eq!(look.labels["amount_due"], "Offener Betrag");
    assert_eq!(look.labels["billed_to"], "Rechnung an");
    assert!(!look.labels.contains_key("title"), "words of the content are no labels");
}
