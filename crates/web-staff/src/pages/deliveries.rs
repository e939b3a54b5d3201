//! Deliveries to outside systems: lists with filters, one with the exact requests and answers, retry.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use axum::extract::Path;
use charging::{AccountId, CustomerId};
use office::{Office, OfficeError};
use provisioning::{AttemptOutcome, AttemptRecord, Exchange};
use store::{DeliveryQuery, DeliveryRow, DeliveryState};
use web_kit::{
    Card, Column, EmptyState, Facts, Icon, Markup, PageHead, Row, StaffSection, Table, TableState, Tone,
    Weight, button, chip, el, link,
};

use crate::fault::Fault;
use crate::pages::provisioning::{desk, failed, head, note, overviews};
use crate::sheet;
use crate::typed::Typed;
use crate::visit::{Page, Turn, Visit};

/// Rows of one page.
const ROWS: usize = 50;
/// Letters of a result shown in lists.
const SUMMARY_LETTERS: usize = 80;

/// The chip of a delivery's state.
pub(crate) fn state_chip(state: DeliveryState) -> Markup {
    match state {
        DeliveryState::Pending => chip(Tone::Busy, "Waiting"),
        DeliveryState::InFlight => chip(Tone::Busy, "Sending"),
        DeliveryState::Done => chip(Tone::Good, "Done"),
        DeliveryState::Superseded => chip(Tone::Neutral, "Superseded"),
        DeliveryState::Dead => chip(Tone::Bad, "Dead letter"),
    }
}

/// Deliveries with the names of those they are about.
pub(crate) struct Listed {
    pub(crate) rows: Vec<DeliveryRow>,
    customers: BTreeMap<u32, String>,
    accounts: BTreeMap<i64, String>,
    next: Option<String>,
}

/// Reads one page of deliveries.
pub(crate) fn read(office: &Office, mut query: DeliveryQuery) -> Result<Listed, OfficeError> {
    query.limit = ROWS + 1;
    let store = office.store();
    let mut rows = store.deliveries(&query)?;
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let next = rows.last().filter(|_| more).map(|row| row.id.to_string());
    let (mut customers, mut accounts) = (BTreeMap::new(), BTreeMap::new());
    for row in &rows {
        if let Entry::Vacant(place) = customers.entry(row.customer.0) {
            place.insert(customer_name(office, row.customer)?);
        }
        if let Entry::Vacant(place) = accounts.entry(row.account.0) {
            place.insert(account_label(office, row.account)?);
        }
    }
    Ok(Listed { rows, customers, accounts, next })
}

fn customer_name(office: &Office, id: CustomerId) -> Result<String, OfficeError> {
    Ok(office.store().customer_record(id)?.map_or_else(|| format!("customer {id}"), |record| record.name))
}

fn account_label(office: &Office, id: AccountId) -> Result<String, OfficeError> {
    Ok(office.store().account_record(id)?.map_or_else(|| format!("account {id}"), |record| record.label))
}

/// The filters of the address.
pub(crate) fn query(state: &TableState) -> DeliveryQuery {
    DeliveryQuery {
        connector: state.filter("connector").map(str::to_owned),
        state: state.filter("state").and_then(DeliveryState::parse),
        cursor: state.after().and_then(|cursor| cursor.parse().ok()),
        ..DeliveryQuery::default()
    }
}

/// The table of deliveries; `with_customer` on pages of all customers.
pub(crate) fn table(visit: &Visit, state: &TableState, listed: &Listed, with_customer: bool) -> Table {
    let mut table = Table::new("Deliveries", state).column(Column::text("what", "What happened"));
    if with_customer {
        table = table.column(Column::text("customer", "Customer"));
    }
    let states = [
        ("pending", "Waiting"),
        ("in_flight", "Sending"),
        ("done", "Done"),
        ("superseded", "Superseded"),
        ("dead", "Dead letter"),
    ];
    table
        .column(Column::text("account", "Account").minor())
        .column(Column::text("connector", "Connector"))
        .column(Column::text("state", "State"))
        .column(Column::text("summary", "How it went"))
        .column(Column::figure("attempts", "Attempts").minor())
        .column(Column::text("at", "Made").minor())
        .choice("state", "State", states)
        .pages(listed.next.clone())
        .rows(listed.rows.iter().map(|row| {
            let customer = listed.customers.get(&row.customer.0).cloned().unwrap_or_default();
            let account = listed.accounts.get(&row.account.0).cloned().unwrap_or_default();
            let mut line = Row::new()
                .opens(visit.url(&format!("/provisioning/deliveries/{}", row.id)))
                .cell(event_words(&row.event_kind));
            if with_customer {
                line = line.cell(link(visit.url(&format!("/customers/{}", row.customer)), customer));
            }
            let summary = if row.summary.is_empty() && row.state == DeliveryState::Done {
                "In place".to_owned()
            } else {
                row.summary.clone()
            };
            line.cell(account)
                .cell(row.connector.as_str())
                .cell(state_chip(row.state))
                .cell(el("span").class("muted-ink").attr("title", &summary).child(shortened(&summary)))
                .cell(u64::from(row.attempts))
                .cell(visit.when(row.created_at).seconds())
        }))
}

/// The beginning of a long line; the whole is on its page.
fn shortened(words: &str) -> String {
    if words.chars().count() <= SUMMARY_LETTERS {
        return words.to_owned();
    }
    let beginning: String = words.chars().take(SUMMARY_LETTERS).collect();
    format!("{}…", beginning.trim_end())
}

/// `account/product-changed` becomes `Account: product changed`.
pub(crate) fn event_words(kind: &str) -> String {
    match kind.split_once('/') {
        Some((object, what)) => format!("{}: {}", crate::words::capital(object), what.replace('-', " ")),
        None if kind == "resync" => "Brought up to date by staff".to_owned(),
        None => crate::words::capital(kind),
    }
}

pub(crate) async fn list(visit: Visit, state: TableState) -> Page {
    let asked = query(&state);
    let listed = visit.ask(move |office, _| read(office, asked)).await?;
    let names = connector_names(&visit).await?;
    let empty = EmptyState::new(
        Icon::Provisioning,
        "No deliveries yet",
        "Each change of an account becomes a delivery for every connector that wants it, with its exact requests and answers.",
    );
    let mut table = table(&visit, &state, &listed, true).choice("connector", "Connector", names).empty(empty);
    if let (Some("dead"), Some(connector), true) =
        (state.filter("state"), state.filter("connector"), visit.may_change())
    {
        let retry = format!("/provisioning/{connector}/replay");
        table = table.tools(sheet::press(&visit, &retry, &[], button(Weight::Primary, "Retry all of these")));
    }
    let tab = if state.filter("state") == Some("dead") { "dead" } else { "deliveries" };
    let body = head(&visit, tab).with(Card::bare().flush().child(table));
    Ok(visit.page("Deliveries", StaffSection::Provisioning, body))
}

async fn connector_names(visit: &Visit) -> Result<Vec<(String, String)>, Fault> {
    let all = overviews(visit).await?;
    Ok(all.into_iter().map(|connector| (connector.name, connector.title)).collect())
}

pub(crate) async fn show(visit: Visit, Path(id): Path<i64>) -> Page {
    let (view, customer, account) = visit
        .ask(move |office, _| {
            let view = office.store().delivery(id)?.ok_or_else(|| OfficeError::not_found("delivery", id))?;
            let (customer, account) =
                (customer_name(office, view.row.customer)?, account_label(office, view.row.account)?);
            Ok((view, customer, account))
        })
        .await?;
    let row = &view.row;
    let attempts: Vec<AttemptRecord> = serde_json::from_str(&view.attempts).unwrap_or_default();
    let mut page_head = PageHead::new(event_words(&row.event_kind))
        .crumb("Provisioning", visit.url("/provisioning"))
        .crumb("Deliveries", visit.url("/provisioning/deliveries"))
        .beside(state_chip(row.state))
        .subtitle(
            Markup::text("Delivery ")
                .with(row.id)
                .with(" for ")
                .with(link(visit.url(&format!("/customers/{}", row.customer)), customer)),
        );
    let may_retry =
        matches!(row.state, DeliveryState::Dead | DeliveryState::Done | DeliveryState::Superseded);
    if visit.may_change() && may_retry && visit.portal().state.provisioning.is_some() {
        let words = if row.state == DeliveryState::Dead { "Retry now" } else { "Send again" };
        let path = format!("/provisioning/deliveries/{id}/replay");
        page_head = page_head.action(sheet::press(&visit, &path, &[], button(Weight::Primary, words)));
    }
    let facts = Facts::new()
        .fact(
            "Connector",
            link(visit.url(&format!("/provisioning/{}", row.connector)), row.connector.as_str()),
        )
        .fact("Account", account)
        .fact("Made", visit.when(row.created_at).seconds())
        .fact("Finished", row.finished_at.map(|at| Markup::from(visit.when(at).seconds())))
        .fact(
            "Next attempt",
            (row.state == DeliveryState::Pending).then(|| Markup::from(visit.ago(row.next_at))),
        )
        .fact("Failed attempts", u64::from(row.attempts))
        .fact(
            "Replaced by",
            row.superseded_by.map(|id| {
                link(visit.url(&format!("/provisioning/deliveries/{id}")), format!("delivery {id}"))
            }),
        )
        .fact("Last result", row.summary.as_str());
    let tried = attempts.iter().rev().map(|attempt| Markup::from(attempt_card(&visit, attempt)));
    let mut main = Markup::join(tried);
    if main.is_empty() {
        main = Card::bare()
            .flush()
            .child(EmptyState::new(
                Icon::Clock,
                "Nothing was sent yet",
                "Requests and answers of each attempt appear here.",
            ))
            .into();
    }
    let body = Markup::new().with(page_head).with(web_kit::split(main, Card::new("Delivery").child(facts)));
    Ok(visit.page("Delivery", StaffSection::Provisioning, body))
}

fn attempt_card(visit: &Visit, attempt: &AttemptRecord) -> Card {
    let (tone, word) = match attempt.outcome {
        AttemptOutcome::Done => (Tone::Good, "Done"),
        AttemptOutcome::Retry => (Tone::Warn, "Will be tried again"),
        AttemptOutcome::Fatal => (Tone::Bad, "Given up"),
        AttemptOutcome::Auth => (Tone::Bad, "Credentials refused"),
    };
    let at = visit.when(calendar::Instant::from_micros(attempt.started_at)).seconds();
    let beside = Markup::from(at).with(" ").with(chip(tone, word));
    let reason = (!attempt.reason.is_empty()).then(|| el("p").child(attempt.reason.as_str()));
    Card::new(format!("Attempt {}", attempt.attempt))
        .action(el("span").class("muted-ink").child(beside))
        .child(web_kit::stack(
            Markup::new().with(reason).with(Markup::join(attempt.exchanges.iter().map(exchange))),
        ))
}

fn exchange(exchange: &Exchange) -> Markup {
    let answer = exchange.answer.as_deref().unwrap_or("No answer came.");
    let status = exchange.status.map_or_else(|| "no answer".to_owned(), |status| format!("HTTP {status}"));
    let line = format!("{} · {status} · {} ms · {}", exchange.step, exchange.took_ms, exchange.judgement);
    Markup::new()
        .with(el("h3").child(line))
        .with(wire("Request", &exchange.request))
        .with(wire("Answer", answer))
}

/// Text of the wire, as it was sent or received. A long line scrolls inside; the parts stand in a stack.
pub(crate) fn wire(label: &str, text: &str) -> Markup {
    Markup::from(el("p").class("muted-ink").child(label))
        .with(el("pre").attr("tabindex", "0").attr("aria-label", label).child(el("code").child(text)))
}

pub(crate) async fn replay(visit: Visit, Path(id): Path<i64>, _: Typed) -> Turn {
    let replayed = desk(&visit)?.replay(id).await.map_err(|error| failed(&error))?;
    let path = format!("/provisioning/deliveries/{id}");
    if replayed {
        let found = visit.ask(move |office, _| Ok(office.store().delivery(id)?)).await?;
        let connector = found.map(|view| view.row.connector).unwrap_or_default();
        note(&visit, "delivery/replayed", &connector, &id.to_string()).await?;
        return Ok(
            visit.done(&path, "The delivery waits again and is sent now with the account's present state.")
        );
    }
    visit.tell(web_kit::Flash::note("It is on its way already; nothing was changed."));
    Ok(visit.go(&path))
}
