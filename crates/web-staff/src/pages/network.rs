//! The network: sessions that are open now, of everybody or as filtered, and ending several of them.

use charging::{CustomerId, Refusal};
use office::{MeterRow, OfficeError, Page as Rows, SessionQuery, SessionRow};
use web_kit::{
    Card, Column, EmptyState, Field, Icon, Markup, Row, StaffSection, Table, TableState, Weight, button_link,
    el, link, tag,
};

use crate::fault::Fault;
use crate::pages::nodes::head;
use crate::sheet;
use crate::typed::Typed;
use crate::visit::{Page, Turn, Visit};

/// Seconds between two looks.
const LIVE_SECONDS: u16 = 5;
/// Sessions that are ended with one form.
const ENDED_AT_ONCE: usize = 200;

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
        .column(Column::text("address", "Address"))
        .column(Column::text("service", "Service"))
        .column(Column::text("node", "Node").minor())
        .column(Column::text("protocol", "Protocol").minor())
        .column(Column::figure("used", "Used"))
        .column(Column::figure("granted", "Granted").minor())
        .column(Column::figure("reserved", "Reserved"))
        .column(Column::figure("since", "Open for"))
        .column(Column::figure("last", "Last heard").minor())
        .column(Column::figure("expires", "Expires").minor());
    if visit.may_change() {
        table = table.column(Column::text("end", ""));
    }
    table.rows(rows.iter().map(|row| session_row(visit, row, with_customer))).empty(EmptyState::new(
        Icon::Wifi,
        "Nobody is online",
        "Sessions appear here from the first accounting or credit-control request until the last one.",
    ))
}

/// Who uses: the account's label, or what found it.
pub(crate) fn user(row: &SessionRow) -> String {
    if row.account_label.is_empty() { row.session.identifier.to_string() } else { row.account_label.clone() }
}

fn session_row(visit: &Visit, row: &SessionRow, with_customer: bool) -> Row {
    let session = &row.session;
    let mut line = Row::new().opens(visit.url(&format!("/customers/{}", row.customer)));
    if with_customer {
        line = line.cell(row.customer_name.as_str());
    }
    // One line for each rating group.
    let each = |cell: &dyn Fn(&MeterRow) -> Markup| {
        Markup::join(row.meters.iter().map(|meter| Markup::from(el("div").child(cell(meter)))))
    };
    let service = |meter: &MeterRow| {
        let group = meter.rating_group.map(|group| format!(" group {group}"));
        Markup::text(&meter.service.name).with(group.map(|group| el("span").class("muted-ink").child(group)))
    };
    let granted = |meter: &MeterRow| match meter.granted {
        // Accounting counts without granting.
        0 => Markup::text("–"),
        granted => crate::words::quantity(granted, Some(meter.service.unit)),
    };
    let line = line
        .cell(Markup::text(user(row)).with(session.is_at_portal().then(|| tag("at the portal"))))
        .cell(address(&session.details))
        .cell(each(&service))
        .cell(&*session.node)
        .cell(tag(session.key.protocol()))
        .cell(each(&|meter| crate::words::quantity(meter.used, Some(meter.service.unit))))
        .cell(each(&granted))
        .cell(each(&|meter| visit.money(meter.reserved, row.currency).into()))
        .cell(web_kit::seconds(visit.now().since(session.started_at).0))
        .cell(visit.ago(session.last_at))
        .cell(visit.ago(session.expires_at));
    if visit.may_change() { line.cell(link(end_address(visit, row), "End…")) } else { line }
}

/// What comes first of a session's details is what people look for; the rest is on hover.
fn address(details: &str) -> Option<Markup> {
    let first = details.split(" · ").next().filter(|first| !first.is_empty())?;
    Some(el("span").attr("title", details).child(first).into())
}

/// What the address of the page asks for.
fn asked(state: &TableState) -> SessionQuery {
    let filter = |name| state.filter(name).map(str::to_owned);
    SessionQuery {
        node: filter("node"),
        service: filter("service"),
        who: filter("who"),
        cursor: state.after().map(str::to_owned),
        ..SessionQuery::default()
    }
}

async fn live_part(visit: &Visit, state: &TableState) -> Result<Markup, Fault> {
    let page = read(visit, asked(state)).await?;
    let nodes = visit.ask(|office, _| office.nodes()).await?;
    let names: Vec<(String, String)> =
        nodes.iter().map(|node| (node.name.clone(), node.name.clone())).collect();
    let catalog = visit.office().catalog();
    let services: Vec<(String, String)> = catalog
        .catalog()
        .services
        .iter()
        .map(|service| (service.code.clone(), service.name.clone()))
        .collect();
    let some = !page.items.is_empty();
    let mut table = table(visit, state, &page.items, true)
        .search("who", "Phone, user, IP, MAC, customer")
        .choice("node", "Node or peer", names)
        .choice("service", "Service", services)
        .pages(page.next);
    if nodes.is_empty() && visit.is_admin() {
        table = table.tools(button_link(Weight::Plain, &visit.url("/network/nodes/new"), "Add node"));
    }
    if some && visit.may_change() {
        let several = state.moved(visit.url("/network/end")).here();
        table = table.tools(button_link(Weight::Plain, &several, "End several…"));
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

/// The sessions of the list, to be ticked off before they are ended.
pub(crate) async fn end_form(visit: Visit, state: TableState) -> Page {
    let page = read(&visit, SessionQuery { limit: ENDED_AT_ONCE, ..asked(&state) }).await?;
    let form = page.items.iter().fold(sheet::form(&visit, "/network/end").danger(), |form, row| {
        let name = format!("session.{}.{}", row.customer, office::session_name(&row.session.key));
        // Where one has several, their addresses tell them apart.
        let address = row.session.details.split(" · ").next().filter(|first| !first.is_empty());
        let address = address.map(|first| format!(", {first}")).unwrap_or_default();
        let words = format!("{}, {}{address} on {}", row.customer_name, user(row), row.session.node);
        form.field(Field::check(name, words).value("on"))
    });
    let count = crate::words::counted(page.items.len(), "session", "sessions");
    let words = "What they used so far is charged, what is reserved for them returns. The nodes are told, as far as their profiles can be told something. Whoever may log in may do so again at once.";
    let body = web_kit::PageHead::new(format!("End {count}?")).crumb("Network", visit.url("/network"));
    let form = form.submit("End the ticked sessions");
    let back = button_link(Weight::Quiet, &state.moved(visit.url("/network")).here(), "Cancel");
    let words = Markup::from(el("p").class("muted-ink").child(words));
    let card = Card::bare().child(web_kit::stack(words.with(form.beside(back))));
    Ok(visit.page("End sessions", StaffSection::Network, Markup::from(body).with(card)))
}

pub(crate) async fn end(visit: Visit, typed: Typed) -> Turn {
    let ticked: Vec<(CustomerId, String)> = typed
        .ticked_names()
        .filter_map(|name| name.strip_prefix("session.")?.split_once('.'))
        .filter_map(|(customer, session)| Some((CustomerId(customer.parse().ok()?), session.to_owned())))
        .take(ENDED_AT_ONCE)
        .collect();
    let (ended, over) = visit
        .ask(move |office, actor| {
            let (mut ended, mut over) = (0, 0);
            for (customer, session) in ticked {
                match office.end_session(actor, customer, &session, None) {
                    Ok(()) => ended += 1,
                    Err(OfficeError::Refused(Refusal::SessionEnded | Refusal::UnknownSession)) => over += 1,
                    Err(error) => return Err(error),
                }
            }
            Ok((ended, over))
        })
        .await?;
    let words = format!("{} ended.", crate::words::counted(ended, "session was", "sessions were"));
    let rest = (over > 0).then(|| format!(" {over} had ended by itself."));
    Ok(visit.done("/network", Markup::text(words).with(rest)))
}
