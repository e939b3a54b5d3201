//! Connectors to outside systems: state, contract mark, settings, dry run, retry of dead letters.

use std::collections::BTreeMap;

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use charging::{AccountId, RowId};
use office::{Office, OfficeError, Who};
use provisioning::{ConnectorOverview, Contract, Provisioning, ProvisioningError, SettingKind};
use serde::Deserialize;
use web_kit::{
    Card, Column, EmptyState, Facts, Field, Flash, Form, Icon, Markup, PageHead, Row, StaffSection, Table,
    TableState, Tone, Weight, button, chip, el, link,
};

use crate::fault::Fault;
use crate::pages::deliveries::{event_words, wire};
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// The running provisioning, where there is one.
pub(crate) fn desk(visit: &Visit) -> Result<Provisioning, Fault> {
    let missing = || Fault::Missing("This installation runs without provisioning.".to_owned());
    visit.portal().state.provisioning.clone().ok_or_else(missing)
}

/// Every connector; none where nothing is provisioned.
pub(crate) async fn overviews(visit: &Visit) -> Result<Vec<ConnectorOverview>, Fault> {
    match &visit.portal().state.provisioning {
        Some(desk) => desk.status().await.map_err(|error| failed(&error)),
        None => Ok(Vec::new()),
    }
}

/// A provisioning error as a page.
pub(crate) fn failed(error: &ProvisioningError) -> Fault {
    match error {
        ProvisioningError::Queue { .. } | ProvisioningError::Source { .. } => Fault::Inner(error.to_string()),
        other => Fault::Missing(crate::words::sentence(&other.to_string())),
    }
}

/// The head of the provisioning pages with their tabs.
pub(crate) fn head(visit: &Visit, current: &str) -> Markup {
    let paths = [
        visit.url("/provisioning"),
        visit.url("/provisioning/deliveries"),
        visit.url("/provisioning/deliveries?state=dead"),
    ];
    let [connectors, deliveries, dead] = &paths;
    let tabs = [
        ("Connectors", connectors.as_str(), current == "connectors"),
        ("Deliveries", deliveries.as_str(), current == "deliveries"),
        ("Dead letters", dead.as_str(), current == "dead"),
    ];
    Markup::new().with(PageHead::new("Provisioning")).with(web_kit::tabs("Provisioning", tabs))
}

/// The chip that says how much is known about a platform's interface.
fn contract_chip(contract: Contract) -> Markup {
    let (tone, word) = match contract {
        Contract::Verified => (Tone::Good, "Verified"),
        Contract::Documented => (Tone::Busy, "Documented"),
        Contract::Assumed => (Tone::Warn, "Assumed"),
    };
    chip(tone, word)
}

fn contract_words(contract: Contract) -> &'static str {
    match contract {
        Contract::Verified => "Tried against the real platform.",
        Contract::Documented => {
            "Written after the vendor's public documentation; not yet tried against the real platform."
        }
        Contract::Assumed => {
            "The vendor's interface is not public. What is sent is an assumption: expect to adapt the manifest at the first installation."
        }
    }
}

fn state_chip(connector: &ConnectorOverview) -> Markup {
    match connector.state.as_str() {
        "ok" => chip(Tone::Good, "Running"),
        "stopped" => chip(Tone::Bad, "Stopped: credentials refused"),
        "unusable" => chip(Tone::Bad, "Unusable"),
        _ if !connector.set_up => chip(Tone::Neutral, "Not set up"),
        _ => chip(Tone::Neutral, "Switched off"),
    }
}

fn plain(number: i64) -> Markup {
    web_kit::count(number.max(0).unsigned_abs())
}

pub(crate) async fn list(visit: Visit, state: TableState) -> Page {
    let all = overviews(&visit).await?;
    let dead = |connector: &ConnectorOverview| match connector.dead {
        0 => Markup::from("0"),
        some => link(
            visit.url(&format!("/provisioning/deliveries?connector={}&state=dead", connector.name)),
            chip(Tone::Bad, plain(some)),
        ),
    };
    let rows = all.iter().map(|connector| {
        let trouble = connector.live.as_ref().map(|live| live.last_trouble.clone()).unwrap_or_default();
        let words = if connector.state_detail.is_empty() { trouble } else { connector.state_detail.clone() };
        Row::new()
            .opens(visit.url(&format!("/provisioning/{}", connector.name)))
            .cell(connector.title.as_str())
            .cell(state_chip(connector))
            .cell(contract_chip(connector.contract))
            .cell(plain(connector.pending + connector.in_flight))
            .cell(dead(connector))
            .cell(connector.live.as_ref().map(|live| web_kit::count(live.done)))
            .cell(el("span").class("muted-ink").child(words))
    });
    let table = Table::new("Connectors", &state)
        .column(Column::text("name", "Connector"))
        .column(Column::text("state", "State"))
        .column(Column::text("contract", "Contract"))
        .column(Column::figure("waiting", "Waiting"))
        .column(Column::figure("dead", "Dead letters"))
        .column(Column::figure("done", "Done since start").minor())
        .column(Column::text("trouble", "Last trouble").minor())
        .rows(rows)
        .empty(EmptyState::new(
            Icon::Provisioning,
            "No connectors",
            "A connector brings an outside platform (IPTV, HSS, policy server) to the state of the books. Each is one manifest file.",
        ));
    let body = head(&visit, "connectors").with(Card::bare().flush().child(table));
    Ok(visit.page("Provisioning", StaffSection::Provisioning, body))
}

async fn find(visit: &Visit, name: &str) -> Result<ConnectorOverview, Fault> {
    let all = desk(visit)?.status().await.map_err(|error| failed(&error))?;
    let missing = || Fault::Missing(format!("There is no connector {name}."));
    all.into_iter().find(|connector| connector.name == name).ok_or_else(missing)
}

pub(crate) async fn show(visit: Visit, Path(name): Path<String>) -> Page {
    let connector = find(&visit, &name).await?;
    let kept: Vec<(&str, &str)> = connector
        .settings
        .iter()
        .filter_map(|setting| Some((setting.spec.name.as_str(), setting.value.as_deref()?)))
        .collect();
    let typed = Typed::filled(&kept);
    Ok(connector_page(&visit, &connector, &typed, &Complaints::none()))
}

fn connector_page(
    visit: &Visit,
    connector: &ConnectorOverview,
    typed: &Typed,
    complaints: &Complaints,
) -> Markup {
    let base = format!("/provisioning/{}", connector.name);
    let mut head = PageHead::new(connector.title.as_str())
        .crumb("Provisioning", visit.url("/provisioning"))
        .beside(state_chip(connector))
        .beside(contract_chip(connector.contract))
        .fact("Waiting", plain(connector.pending))
        .fact("Sending", plain(connector.in_flight))
        .fact(
            "Dead letters",
            link(
                visit.url(&format!("/provisioning/deliveries?connector={}&state=dead", connector.name)),
                plain(connector.dead),
            ),
        )
        .fact("Events to look at", plain(connector.events_behind));
    if visit.may_change() && connector.dead > 0 {
        head = head.action(sheet::press(
            visit,
            &format!("{base}/replay"),
            &[],
            button(Weight::Primary, "Retry all dead letters"),
        ));
    }
    if visit.is_admin() && connector.set_up {
        let (value, words) = if connector.enabled { ("", "Switch off") } else { ("on", "Switch on") };
        head = head.action(sheet::press(
            visit,
            &format!("{base}/enable"),
            &[("enabled", value)],
            button(Weight::Plain, words),
        ));
    }
    let trouble = (!connector.state_detail.is_empty()).then(|| Flash::bad(connector.state_detail.as_str()));
    let main = Markup::new()
        .with(settings_card(visit, connector, typed, complaints))
        .with(dry_run_card(visit, connector));
    let body = Markup::new().with(head).with(trouble).with(web_kit::split(main, side(visit, connector)));
    visit.page(&connector.title, StaffSection::Provisioning, body)
}

fn side(visit: &Visit, connector: &ConnectorOverview) -> Markup {
    let at = |micros: Option<i64>| {
        micros.map(|micros| Markup::from(visit.ago(calendar::Instant::from_micros(micros))))
    };
    let contract = Card::new("Contract")
        .child(
            el("p")
                .child(contract_chip(connector.contract))
                .child(" ")
                .child(contract_words(connector.contract)),
        )
        .child(el("p").class("muted-ink").child(crate::words::sentence(&connector.source)));
    let mut facts = Facts::new().fact("Service", connector.service.as_str());
    if let Some(live) = &connector.live {
        facts = facts
            .fact("Done since start", web_kit::count(live.done))
            .fact("To be repeated", web_kit::count(live.retried))
            .fact("Last success", at(live.last_done_at))
            .fact("Last trouble", at(live.last_trouble_at))
            .fact("What it was", live.last_trouble.as_str());
    }
    let events = el("div").class("prose").child(
        el("ul").children(connector.events.iter().map(|event| el("li").child(event_words(event.name())))),
    );
    Markup::new()
        .with(contract)
        .with(Card::new("At work").child(facts))
        .with(Card::new("Sent when").child(events))
}

fn settings_card(
    visit: &Visit,
    connector: &ConnectorOverview,
    typed: &Typed,
    complaints: &Complaints,
) -> Card {
    let sheet = Sheet::new(typed, complaints);
    if !visit.is_admin() {
        let facts = connector.settings.iter().fold(Facts::new(), |facts, setting| {
            let hidden = if setting.given { "stored, never shown" } else { "" };
            facts.fact(setting.spec.title.as_str(), setting.value.as_deref().unwrap_or(hidden))
        });
        return Card::new("Settings").child(facts);
    }
    let mut form: Form =
        sheet::form(visit, &format!("/provisioning/{}", connector.name)).submit("Save settings");
    for setting in &connector.settings {
        let name = setting.spec.name.as_str();
        let mut field = match setting.spec.kind {
            SettingKind::Secret => sheet
                .bind(Field::password(name, setting.spec.title.as_str()), &[name])
                .attr("autocomplete", "new-password"),
            SettingKind::Url | SettingKind::Text => sheet.text(name, &setting.spec.title),
        };
        if setting.spec.kind == SettingKind::Secret && setting.given {
            field = field.help("Stored and never shown. Leave it empty to keep it.");
        } else if setting.spec.required {
            field = field.required();
        }
        form = form.field(field);
    }
    let shown: Vec<&str> = connector.settings.iter().map(|setting| setting.spec.name.as_str()).collect();
    Card::new("Settings").child(sheet.beyond(&shown)).child(form)
}

fn dry_run_card(visit: &Visit, connector: &ConnectorOverview) -> Markup {
    let form = Form::get(visit.url(&format!("/provisioning/{}/dry-run", connector.name)))
        .field(
            Field::text("account", "Account")
                .required()
                .help("A user name, phone number, MAC address or account number. Nothing is sent."),
        )
        .submit("Show the requests");
    let dry_run = Card::new("Dry run").child(form);
    let resync = (visit.is_admin() && connector.enabled).then(|| {
        let path = format!("/provisioning/{}/resync", connector.name);
        let all = sheet::press(visit, &path, &[], button(Weight::Plain, "Bring every account up to date"));
        let words = "For a platform that was added later, or after the packages of a product changed: queues one delivery for every account.";
        let words = el("p").class("muted-ink").child(words);
        Card::new("Everybody").child(web_kit::stack(Markup::from(words).with(all)))
    });
    Markup::from(dry_run).with(resync)
}

pub(crate) async fn save(visit: Visit, Path(name): Path<String>, typed: Typed) -> Turn {
    visit.admins_only()?;
    let connector = find(&visit, &name).await?;
    let mut given = BTreeMap::new();
    for setting in &connector.settings {
        let value = typed.get(&setting.spec.name);
        if !(value.is_empty() && setting.spec.kind == SettingKind::Secret) {
            given.insert(setting.spec.name.clone(), value.to_owned());
        }
    }
    match desk(&visit)?.configure(&name, given).await {
        Ok(()) => {
            note(&visit, "connector/configured", &name, "settings were changed").await?;
            Ok(visit.done(
                &format!("/provisioning/{name}"),
                "The settings were saved. A running connector goes on with them.",
            ))
        }
        Err(ProvisioningError::Setting { setting, reason, .. }) => {
            let mut complaints = Complaints::none();
            complaints.add(setting, format!("this {reason}"));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, connector_page(&visit, &connector, &typed, &complaints))
                .into_response())
        }
        Err(error) => Err(failed(&error)),
    }
}

/// Leaves a line in the audit: provisioning itself does not know who asked.
pub(crate) async fn note(
    visit: &Visit,
    action: &'static str,
    object: &str,
    detail: &str,
) -> Result<(), Fault> {
    let (object, detail) = (object.to_owned(), detail.to_owned());
    Ok(visit.ask(move |office, actor| office.note(actor, action, &object, &detail)).await?)
}

pub(crate) async fn enable(visit: Visit, Path(name): Path<String>, typed: Typed) -> Turn {
    visit.admins_only()?;
    let enabled = typed.ticked("enabled");
    desk(&visit)?.set_enabled(&name, enabled).await.map_err(|error| failed(&error))?;
    let (action, words) = match enabled {
        true => ("connector/enabled", "switched on"),
        false => ("connector/disabled", "switched off"),
    };
    note(&visit, action, &name, "").await?;
    Ok(visit.done(&format!("/provisioning/{name}"), format!("The connector was {words}.")))
}

pub(crate) async fn replay(visit: Visit, Path(name): Path<String>, _: Typed) -> Turn {
    let count = desk(&visit)?.replay_dead(&name).await.map_err(|error| failed(&error))?;
    note(&visit, "delivery/replayed", &name, &format!("{count} dead letters")).await?;
    let words =
        format!("{} sent again now.", crate::words::counted(count, "dead letter is", "dead letters are"));
    Ok(visit.done(&format!("/provisioning/{name}"), words))
}

pub(crate) async fn resync(visit: Visit, Path(name): Path<String>, _: Typed) -> Turn {
    visit.admins_only()?;
    let count = desk(&visit)?.resync_all(&name).await.map_err(|error| failed(&error))?;
    note(&visit, "connector/resync", &name, &format!("{count} accounts")).await?;
    let words = format!("{} queued.", crate::words::counted(count, "account was", "accounts were"));
    Ok(visit.done(&format!("/provisioning/{name}"), words))
}

/// What a dry run asks.
#[derive(Debug, Deserialize)]
pub(crate) struct DryRun {
    #[serde(default)]
    account: String,
}

/// An account by its number or any of its identifiers.
fn account_named(office: &Office, text: &str) -> Result<AccountId, OfficeError> {
    let number = text.trim().parse().ok().map(RowId).filter(|id| id.customer().is_some());
    if let Some(Ok((found, _))) = number.map(|id| office.resolve(&Who::Account(id))) {
        return Ok(found.account);
    }
    let who = Who::Identifier { realm: None, value: text.trim().to_owned() };
    office.resolve(&who).map(|(found, _)| found.account)
}

pub(crate) async fn dry_run(visit: Visit, Path(name): Path<String>, Query(asked): Query<DryRun>) -> Page {
    let connector = find(&visit, &name).await?;
    let text = asked.account.clone();
    let account = visit.ask(move |office, _| account_named(office, &text)).await?;
    let planned = desk(&visit)?.dry_run(&name, account).await.map_err(|error| failed(&error))?;
    let cards = planned.iter().enumerate().map(|(at, request)| {
        let when = request.only_if.as_ref().map(|condition| {
            el("p")
                .class("muted-ink")
                .child("Only if ")
                .child(el("code").child(condition.as_str()))
                .child(", which depends on earlier answers.")
        });
        Markup::from(
            Card::new(format!("{}. {}", at + 1, request.title))
                .child(web_kit::stack(Markup::from(when).with(wire("Request", &request.request)))),
        )
    });
    let head = PageHead::new("Dry run")
        .crumb("Provisioning", visit.url("/provisioning"))
        .crumb(connector.title.as_str(), visit.url(&format!("/provisioning/{name}")))
        .subtitle(format!("What would be sent for {} now. Nothing was sent.", asked.account));
    let body = Markup::new().with(head).with(web_kit::stack(Markup::join(cards)));
    Ok(visit.page("Dry run", StaffSection::Provisioning, body))
}
