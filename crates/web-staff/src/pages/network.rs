//! The network: sessions that are open now, of everybody or by node.

use office::{Page as Rows, SessionQuery, SessionRow};
use web_kit::{
    Card, Column, EmptyState, Icon, Markup, Row, StaffSection, Table, TableState, Weight, button_link, el,
    link, tag,
};

use crate::fault::Fault;
use crate::pages::nodes::head;
use crate::visit::{Page, Visit};

/// Seconds between two looks.
const LIVE_SECONDS: u16 = 5;

/// Reads a page of open sessions.
pub(crate) async fn read(visit: &Visit, query: SessionQuery) -> Result<Rows<SessionRow>, Fault> {
    Ok(visit.ask(move |office, _| office.sessions(&query)).await?)
}

/// The page that asks before a session is ended.
fn end_address(visit: &Visit, row: &SessionRow) -> String {
    let name = office::session_name(&row.session.key);
    visit.url(&format!("/customers/{}/sessions/{name}/end", row.customer))
}

/// A table of open sessions; `with_customer` on pages of all customers.
pub(crate) fn table(visit: &Visit, state: &TableState, rows: &[SessionRow], with_customer: bool) -> Table {
    let mut table = Table::new("Live sessions", state);
    if with_customer {
        table = table.column(Column::text("customer", "Customer"));
    }
    table = table
        .column(Column::text("account", "Account"))
        .column(Column::text("service", "Service"))
        .column(Column::text("node", "Node").minor())
        .column(Column::text("protocol", "Protocol").minor())
        .column(Column::figure("used", "Used"))
        .column(Column::figure("granted", "Granted").minor())
        .column(Column::figure("reserved", "Reserved"))
        .column(Column::figure("since", "Open for"))
        .column(Column::figure("last", "Last heard").minor());
    if visit.may_change() {
        table = table.column(Column::text("end", ""));
    }
    table
        .rows(rows.iter().map(|row| {
            let session = &row.session;
            let mut line = Row::new().opens(visit.url(&format!("/customers/{}", row.customer)));
            if with_customer {
                line = line.cell(row.customer_name.as_str());
            }
            let label = if row.account_label.is_empty() {
                session.identifier.to_string()
            } else {
                row.account_label.clone()
            };
            let open = visit.now().since(session.started_at).0;
            let each = |cell: &dyn Fn(&office::MeterRow) -> Markup| {
                Markup::join(row.meters.iter().map(|meter| Markup::from(el("div").child(cell(meter)))))
            };
            let reserved =
                row.meters.iter().fold(money::Amount::ZERO, |sum, meter| sum.saturating_plus(meter.reserved));
            let line = line
                .cell(label)
                .cell(each(&|meter| Markup::text(&meter.service.name)))
                .cell(&*session.node)
                .cell(tag(session.key.protocol()))
                .cell(each(&|meter| crate::words::quantity(meter.used, Some(meter.service.unit))))
                .cell(each(&|meter| match meter.granted {
                    // Accounting counts without granting.
                    0 => Markup::new(),
                    granted => crate::words::quantity(granted, Some(meter.service.unit)),
                }))
                .cell(visit.money(reserved, row.currency))
                .cell(web_kit::seconds(open))
                .cell(visit.ago(session.last_at));
            if visit.may_change() { line.cell(link(end_address(visit, row), "End…")) } else { line }
        }))
        .empty(EmptyState::new(
            Icon::Wifi,
            "Nobody is online",
            "Sessions appear here from the first accounting or credit-control request until the last one.",
        ))
}

async fn live_part(visit: &Visit, state: &TableState) -> Result<Markup, Fault> {
    let query = SessionQuery {
        node: state.filter("node").map(str::to_owned),
        cursor: state.after().map(str::to_owned),
        ..SessionQuery::default()
    };
    let page = read(visit, query).await?;
    let nodes = visit.ask(|office, _| office.nodes()).await?;
    let names: Vec<(String, String)> =
        nodes.iter().map(|node| (node.name.clone(), node.name.clone())).collect();
    let mut table = table(visit, state, &page.items, true).choice("node", "Node", names).pages(page.next);
    if nodes.is_empty() && visit.is_admin() {
        table = table.tools(button_link(Weight::Plain, &visit.url("/network/nodes/new"), "Add node"));
    }
    let address = state.moved(visit.url("/live/network")).here();
    Ok(web_kit::live("network-sessions", &address, LIVE_SECONDS, Card::bare().flush().child(table)))
}

pub(crate) async fn show(visit: Visit, state: TableState) -> Page {
    let part = live_part(&visit, &state).await?;
    Ok(visit.page("Live sessions", StaffSection::Network, head(&visit, "sessions").with(part)))
}

/// The part alone; links in it lead to the page, not to the part.
pub(crate) async fn live(visit: Visit, state: TableState) -> Page {
    live_part(&visit, &state.moved(visit.url("/network"))).await
}
