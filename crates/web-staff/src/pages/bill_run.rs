//! The bill run: what waits, who is parked and why, and a button that does everything that is due now.

use charging::CustomerId;
use office::RunReport;
use web_kit::{
    Card, Column, EmptyState, Facts, Flash, Icon, Markup, Row, StaffSection, Table, TableState, Weight,
    button, count, el, link,
};

use crate::fault::Fault;
use crate::sheet;
use crate::typed::Typed;
use crate::visit::{Page, Turn, Visit};

/// Most customers and periods that are counted as due; beyond it is said to be more.
const DUE_SHOWN: usize = 200;

pub(crate) async fn show(visit: Visit, state: TableState) -> Page {
    let body = page_body(&visit, &state, None).await?;
    Ok(visit.page("Bill run", StaffSection::Money, body))
}

async fn page_body(visit: &Visit, state: &TableState, report: Option<&RunReport>) -> Result<Markup, Fault> {
    let (due, open, parked, names) = visit
        .ask(|office, _| {
            let due = office.store().due_customers(office.now(), DUE_SHOWN + 1)?;
            let open = office.store().periods_to_invoice(DUE_SHOWN + 1)?;
            let parked = office.parked();
            let mut names = Vec::new();
            for customer in parked.iter().map(|parked| parked.customer) {
                names.push(name_of(office, customer)?);
            }
            Ok((due, open, parked, names))
        })
        .await?;
    let amount = |number: usize| match number {
        more if more > DUE_SHOWN => Markup::from(format!("more than {DUE_SHOWN}")),
        exact => count(u64::try_from(exact).unwrap_or(u64::MAX)),
    };
    let facts = Facts::new()
        .fact("Customers with something due now", amount(due.len()))
        .fact("Closed periods waiting for their invoice", amount(open.len()))
        .fact("Parked customers", amount(parked.len()));
    let mut now_card = Card::new("Due now").child(facts);
    if visit.may_change() {
        let run = sheet::press(visit, "/money/run", &[], button(Weight::Primary, "Run what is due now"));
        now_card = now_card.child(web_kit::stack(Markup::from(el("hr")).with(run)));
    }
    let rows = parked.iter().zip(&names).map(|(parked, name)| {
        Row::new()
            .opens(visit.url(&format!("/customers/{}", parked.customer)))
            .cell(name.as_str())
            .cell(parked.reason.as_str())
            .cell(visit.ago(parked.since))
            .cell(visit.ago(parked.retry_at))
    });
    let table = Table::new("Parked customers", state)
        .column(Column::text("name", "Customer"))
        .column(Column::text("reason", "Why"))
        .column(Column::text("since", "Since").minor())
        .column(Column::text("again", "Tried again").minor())
        .rows(rows)
        .empty(EmptyState::new(
            Icon::Check,
            "Nobody is parked",
            "A customer who cannot be billed is parked here with the reason, and tried again. Nobody else waits for him.",
        ));
    let how = el("div")
        .class("prose muted-ink")
        .child(el("p").child("Talea bills by itself: when a customer's period ends it is cut at that instant, recurring fees are computed, the invoice is numbered, printed and sent. When a due date passes unpaid, the customer is suspended; his payment resumes him."))
        .child(el("p").child("Each step is small and can be repeated, so running it again does no harm."));
    let result = report.map(|report| report_card(visit, report));
    let main = Markup::new().with(result).with(Card::new("Parked customers").flush().child(table));
    let side = Markup::new().with(now_card).with(Card::new("How it works").child(how));
    Ok(crate::pages::invoices::head(visit, "run").with(web_kit::split(main, side)))
}

fn name_of(office: &office::Office, customer: CustomerId) -> Result<String, office::OfficeError> {
    Ok(office
        .store()
        .customer_record(customer)?
        .map_or_else(|| format!("customer {customer}"), |record| record.name))
}

fn report_card(visit: &Visit, report: &RunReport) -> Card {
    let facts = Facts::new()
        .fact("Periods closed", count(report.closed))
        .fact("Invoices sent", count(report.invoiced))
        .fact("Customers suspended", count(report.suspended));
    let failed = report.failed.iter().map(|(customer, reason)| {
        Markup::from(Flash::bad(
            link(visit.url(&format!("/customers/{customer}")), format!("Customer {customer}"))
                .with(": ")
                .with(reason.as_str()),
        ))
    });
    Card::new("This run").child(facts).child(Markup::join(failed))
}

pub(crate) async fn run(visit: Visit, state: TableState, _: Typed) -> Turn {
    let report = visit
        .ask(|office, actor| {
            actor.require(office::Permission::MoveMoney)?;
            office::run_due(office)
        })
        .await?;
    let words = format!(
        "Run finished: {} closed, {} sent, {} suspended.",
        crate::words::counted(usize::try_from(report.closed).unwrap_or(usize::MAX), "period", "periods"),
        crate::words::counted(usize::try_from(report.invoiced).unwrap_or(usize::MAX), "invoice", "invoices"),
        crate::words::counted(
            usize::try_from(report.suspended).unwrap_or(usize::MAX),
            "customer",
            "customers"
        ),
    );
    if report.failed.is_empty() {
        return Ok(visit.done("/money/run", words));
    }
    visit.tell(Flash::warn(words));
    let body = page_body(&visit, &state, Some(&report)).await?;
    Ok(axum::response::IntoResponse::into_response(visit.page("Bill run", StaffSection::Money, body)))
}
