//! Deliveries of one customer: what outside systems were told about him, and a dry run for each of his accounts.

use axum::extract::Path;
use store::DeliveryQuery;
use web_kit::{Card, Column, EmptyState, Icon, Markup, Row, Table, TableState, el, link, tag};

use super::{Tab, load, page};
use crate::pages::{deliveries, provisioning};
use crate::visit::{Page, Visit};

pub(crate) async fn show(visit: Visit, Path(who): Path<String>, state: TableState) -> Page {
    let customer = load(&visit, &who).await?;
    let asked = DeliveryQuery { customer: Some(customer.record.id), ..deliveries::query(&state) };
    let listed = visit.ask(move |office, _| deliveries::read(office, asked)).await?;
    let table = deliveries::table(&visit, &state, &listed, false).empty(EmptyState::new(
        Icon::Provisioning,
        "Nothing was delivered yet",
        "Each change of his accounts becomes a delivery for every connector that wants it, with its exact requests and answers.",
    ));
    let list = Card::bare().flush().child(table);
    let connectors = match &visit.portal().state.provisioning {
        Some(desk) => desk.status().await.map_err(|error| provisioning::failed(&error))?,
        None => Vec::new(),
    };
    let enabled: Vec<_> = connectors.iter().filter(|connector| connector.set_up).collect();
    if enabled.is_empty() || customer.accounts.is_empty() {
        return Ok(page(&visit, &customer, Tab::Deliveries, list));
    }
    let rows = enabled.iter().flat_map(|connector| {
        let visit = &visit;
        customer.accounts.iter().map(move |account| {
            let ask = visit.url(&format!("/provisioning/{}/dry-run?account={}", connector.name, account.id));
            Row::new()
                .cell(link(visit.url(&format!("/provisioning/{}", connector.name)), connector.title.as_str()))
                .cell(tag(crate::words::capital(connector.contract.as_str())))
                .cell(account.label.as_str())
                .cell(link(ask, "Show the requests"))
        })
    });
    let table = Table::new("Dry run", &TableState::new("", ""))
        .column(Column::text("connector", "Connector"))
        .column(Column::text("contract", "Contract"))
        .column(Column::text("account", "Account"))
        .column(Column::text("ask", "Dry run"))
        .rows(rows);
    let words = el("p").class("muted-ink").child("What would be sent now, without sending it. A contract marked assumed is not confirmed by the vendor.");
    let dry = Card::new("Dry run").child(words).child(table);
    Ok(page(&visit, &customer, Tab::Deliveries, web_kit::stack(Markup::from(list).with(dry))))
}
