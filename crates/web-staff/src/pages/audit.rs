//! The audit trail: who did what, when, on what.

use office::AuditQuery;
use web_kit::{Card, Column, EmptyState, Icon, Markup, Row, StaffSection, Table, TableState, el, link};

use crate::pages::settings::head;
use crate::visit::{Page, Visit};

pub(crate) async fn list(visit: Visit, state: TableState) -> Page {
    let query = AuditQuery {
        customer: None,
        actor: state
            .filter("actor")
            .map(|typed| if typed.contains(':') { typed.to_owned() } else { format!("staff:{typed}") }),
        action: state.filter("action").map(str::to_owned),
        cursor: state.after().map(str::to_owned),
        limit: 0,
    };
    let page = visit.ask(move |office, _| office.audit(&query)).await?;
    let rows = page.items.iter().map(|line| {
        let object = match line.customer {
            Some(customer) => link(
                visit.url(&format!("/customers/{customer}")),
                if line.object.is_empty() { "customer" } else { &line.object },
            ),
            None => Markup::text(&line.object),
        };
        Row::new()
            .cell(visit.when(line.at).seconds())
            .cell(crate::words::actor(&line.actor))
            .cell(el("code").child(line.action.as_str()))
            .cell(object)
            .cell(line.detail.as_str())
    });
    let table = Table::new("Audit", &state)
        .column(Column::text("at", "When"))
        .column(Column::text("actor", "Who"))
        .column(Column::text("action", "What"))
        .column(Column::text("object", "On what"))
        .column(Column::text("detail", "Details"))
        .search("actor", "Who, such as anna or api:crm")
        .rows(rows)
        .pages(page.next)
        .empty(EmptyState::new(
            Icon::Eye,
            "Nothing recorded yet",
            "Each change by staff, subscribers, the API and the clock leaves a line here.",
        ));
    let body = head(&visit, "audit").with(Card::bare().flush().child(table));
    Ok(visit.page("Audit", StaffSection::Settings, body))
}
