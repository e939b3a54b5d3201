//! Set-top boxes, modems, routers and phones of a customer: list, assign, take away.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use charging::RowId;
use office::{AccountStatus, CustomerView, NewDevice};
use web_kit::{Card, Column, EmptyState, Icon, Markup, Row, Table, TableState, Weight, button, copyable};

use super::{Tab, load, page, path};
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

const KINDS: [(&str, &str); 4] =
    [("stb", "Set-top box"), ("modem", "Modem"), ("router", "Router"), ("phone", "Phone")];
const SHOWN: [&str; 5] = ["account", "kind", "mac", "serial", "model"];

/// A kind of device in words.
pub(crate) fn kind_words(kind: &str) -> String {
    let found = KINDS.iter().find(|(name, _)| *name == kind);
    found.map_or_else(|| crate::words::capital(kind), |(_, words)| (*words).to_owned())
}

pub(crate) async fn show(visit: Visit, Path(who): Path<String>) -> Page {
    let customer = load(&visit, &who).await?;
    Ok(devices_page(&visit, &customer, &Typed::default(), &Complaints::none()))
}

fn devices_page(visit: &Visit, customer: &CustomerView, typed: &Typed, complaints: &Complaints) -> Markup {
    let state = TableState::new("", "");
    let change = visit.may_change();
    let mut rows = Vec::new();
    for account in &customer.accounts {
        for device in &account.devices {
            let remove = path(customer, &format!("/devices/{}/remove", device.id));
            let fields = [("account", account.id.0.to_string())];
            let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
            let button =
                change.then(|| sheet::press(visit, &remove, &fields, button(Weight::Quiet, "Take away")));
            let mac = (!device.mac.is_empty()).then(|| copyable(&device.mac));
            let row = Row::new()
                .cell(kind_words(&device.kind))
                .cell(mac)
                .cell(device.serial.as_str())
                .cell(device.model.as_str())
                .cell(account.label.as_str())
                .cell(visit.day(device.created_at))
                .cell(button);
            rows.push(row);
        }
    }
    let table = Table::new("Devices", &state)
        .column(Column::text("kind", "Kind"))
        .column(Column::text("mac", "MAC address"))
        .column(Column::text("serial", "Serial number").minor())
        .column(Column::text("model", "Model").minor())
        .column(Column::text("account", "Account"))
        .column(Column::text("since", "Since").minor())
        .column(Column::figure("remove", ""))
        .rows(rows)
        .empty(EmptyState::new(
            Icon::Device,
            "No devices yet",
            "A set-top box belongs to an account: the IPTV platform serves exactly the boxes that stand here.",
        ));
    let list = Card::new("Devices").flush().child(table);
    let open: Vec<(String, String)> = customer
        .accounts
        .iter()
        .filter(|account| account.status != AccountStatus::Terminated)
        .map(|account| (account.id.0.to_string(), account.label.clone()))
        .collect();
    let form = (change && !open.is_empty()).then(|| add_card(visit, customer, open, typed, complaints));
    let body = match form {
        Some(form) => web_kit::split(list, form),
        None => list.into(),
    };
    page(visit, customer, Tab::Devices, body)
}

fn add_card(
    visit: &Visit,
    customer: &CustomerView,
    accounts: Vec<(String, String)>,
    typed: &Typed,
    complaints: &Complaints,
) -> Card {
    let sheet = Sheet::new(typed, complaints);
    let form = sheet::once_form(visit, &path(customer, "/devices"), &sheet)
        .field(sheet.select("account", "Account", accounts))
        .field(sheet.select("kind", "Kind", KINDS))
        .field(
            sheet
                .text("mac", "MAC address")
                .attr("autocomplete", "off")
                .help("In any spelling, such as 00:1A:2B:3C:4D:5E."),
        )
        .field(sheet.text("serial", "Serial number").attr("autocomplete", "off"))
        .field(sheet.text("model", "Model").attr("autocomplete", "off"))
        .submit("Assign device");
    Card::new("Assign a device").child(sheet.beyond(&SHOWN)).child(form)
}

pub(crate) async fn add(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let account = typed.get("account").parse().ok().map(RowId).and_then(|id| customer.account(id));
    let mut complaints = Complaints::none();
    if let Some(account) = account {
        let device = NewDevice {
            kind: typed.get("kind").to_owned(),
            mac: typed.get("mac").to_owned(),
            serial: typed.get("serial").to_owned(),
            model: typed.get("model").to_owned(),
        };
        let (id, key) = (account.id, typed.once("device"));
        match visit.ask(move |office, actor| office.add_device(actor, id, device, key)).await {
            Ok(_) => {
                return Ok(visit.done(
                    &path(&customer, "/devices"),
                    "The device was assigned. Connected platforms are told now.",
                ));
            }
            Err(error) => complaints = Complaints::from_office(error)?,
        }
    } else {
        complaints.add("account", "Choose one of his accounts");
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, devices_page(&visit, &customer, &typed, &complaints))
        .into_response())
}

pub(crate) async fn remove(visit: Visit, Path((who, device)): Path<(String, i64)>, typed: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let account = RowId(typed.get("account").parse().unwrap_or_default());
    visit.ask(move |office, actor| office.remove_device(actor, account, RowId(device), None)).await?;
    Ok(visit.done(&path(&customer, "/devices"), "The device was taken away; it can be assigned again."))
}
