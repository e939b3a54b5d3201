//! Everything used, bought and charged, newest first, day by day, in plain words.

use charging::{CustomerId, XdrKind};
use office::{Page as Rows, XdrQuery, XdrView};
use web_kit::{
    Card, EmptyState, Icon, Markup, PageHead, SelfCareSection, TableState, Weight, button_link, drawer_link,
    el, tabs,
};

use crate::amount_rows::{amount_row, happenings};
use crate::visit::{Page, Visit};
use crate::words::{day, moment, quantity, service_icon, time_of_day, what};

/// Rows of a page.
const ROWS: usize = 40;

pub(crate) async fn show(visit: Visit, state: TableState) -> Page {
    let service = state.filter("service").map(str::to_owned);
    let cursor = state.after().map(str::to_owned);
    let query = |customer: CustomerId| XdrQuery {
        customer: Some(customer),
        service,
        cursor,
        limit: ROWS,
        ..XdrQuery::default()
    };
    let rows = visit.ask(move |office, me| office.xdrs(&query(me.customer))).await?;
    let zone = visit.zone().await?;
    let head = PageHead::new("Usage")
        .subtitle("What was used, bought and charged. “Why” tells how an amount came about.");
    let mut body = Markup::new().with(head).with(services(&visit, &state));
    if rows.items.is_empty() {
        body.push(Card::bare().child(nothing(&state)));
    }
    for part in days(&visit, &rows, &zone) {
        body.push(part);
    }
    let next = rows.next.as_ref().map(|next| state.page_after(next));
    body.push(web_kit::pages(state.page_before(), next));
    Ok(visit.page("Usage", SelfCareSection::Usage, body))
}

fn nothing(state: &TableState) -> EmptyState {
    if state.is_filtered() || state.after().is_some() {
        EmptyState::new(Icon::Usage, "Nothing here", "There is no use of this kind.").step(button_link(
            Weight::Plain,
            "/usage",
            "Show everything",
        ))
    } else {
        let words = "Calls, data, films and fees appear here with their price as soon as they happen.";
        EmptyState::new(Icon::Usage, "Nothing used yet", words)
    }
}

/// One tab for everything and one for each service.
fn services(visit: &Visit, state: &TableState) -> Markup {
    let catalog = visit.office().catalog();
    let asked = state.filter("service").unwrap_or_default();
    let list: Vec<(String, String, bool)> = catalog
        .catalog()
        .services
        .iter()
        .map(|service| {
            let href = TableState::new("/usage", "").with("service", &service.code);
            (service.name.clone(), href, service.code == asked)
        })
        .collect();
    let all = [("All", "/usage", asked.is_empty())];
    let each = list.iter().map(|(name, href, current)| (name.as_str(), href.as_str(), *current));
    tabs("Services", all.into_iter().chain(each))
}

/// One card for each day.
fn days(visit: &Visit, rows: &Rows<XdrView>, zone: &str) -> Vec<Card> {
    let date = |row: &XdrView| day(row.xdr.posted_at, zone).words();
    let groups = rows.items.chunk_by(|one, other| date(one) == date(other));
    groups
        .filter_map(|group| Some((date(group.first()?), group)))
        .map(|(date, group)| Card::new(date).child(entries(visit, group, zone, false)))
        .collect()
}

/// Records as a list: what and the amount, when, how much, and the way to its reasons. Under a day's heading only the time is
/// said; `dated` says the day too.
pub(crate) fn entries(visit: &Visit, rows: &[XdrView], zone: &str, dated: bool) -> Markup {
    let catalog = visit.office().catalog();
    happenings(rows.iter().map(|row| {
        let record = &row.xdr;
        let service = record.service.and_then(|id| catalog.service_by_id(id));
        let icon = match record.kind {
            XdrKind::RecurringFee => Icon::Calendar,
            XdrKind::Refund | XdrKind::Correction => Icon::Refresh,
            XdrKind::TopUp => Icon::Plus,
            _ => service_icon(service),
        };
        let words = what(row, service.map(|service| service.kind));
        let amount: Markup = if record.amount.is_zero() {
            el("span").class("muted-ink").child("included").into()
        } else {
            el("strong").child(visit.money(record.amount)).into()
        };
        let href = format!("/usage/{}", record.id);
        let why = drawer_link(&href, Markup::text("Why").with(hidden(&words)));
        let mut below: Vec<Markup> = vec![when(row, zone, dated)];
        // One film is one film: only what is measured needs its quantity.
        if record.units != 1 && record.unit.is_some() {
            below.push(quantity(record.units, record.unit));
        }
        below.push(Markup::text(&row.account_label));
        below.push(why);
        (icon, amount_row(words.as_str(), amount), dotted(below))
    }))
}

/// The days of a fee, or the moment of a use.
fn when(row: &XdrView, zone: &str, dated: bool) -> Markup {
    let record = &row.xdr;
    let (from, posted) = (day(record.started_at, zone), day(record.posted_at, zone));
    match record.kind {
        XdrKind::RecurringFee => {
            Markup::from(from).with(" to ").with(day(record.ended_at.plus_micros(-1), zone))
        }
        _ if dated || from.words() != posted.words() => moment(record.started_at, zone).into(),
        _ => time_of_day(record.started_at, zone),
    }
}

fn dotted(parts: Vec<Markup>) -> Markup {
    let mut line = Markup::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        if !line.is_empty() {
            line.push(" · ");
        }
        line.push(part);
    }
    line
}

/// For screen readers: which line this link is about.
fn hidden(words: &str) -> Markup {
    el("span").class("sr-only").child(format!(" this amount: {words}")).into()
}
