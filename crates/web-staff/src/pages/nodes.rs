//! Network nodes: add, edit, remove. A secret goes in and never comes out. How they stand is told by [`super::node_standing`].

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use office::{Node, NodeForm, NodeProtocol};
use web_kit::{Card, Field, Form, Markup, PageHead, StaffSection, Weight, button_link, el};

use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// Field names shown on the form; complaints about others go above it.
const SHOWN: [&str; 6] = ["name", "protocol", "address", "profile", "secret", "settings"];

/// The head of the network pages with their tabs.
pub(crate) fn head(visit: &Visit, current: &str) -> Markup {
    let (sessions, nodes) = (visit.url("/network"), visit.url("/network/nodes"));
    let traces = visit.url("/network/traces");
    let tabs = [
        ("Live sessions", sessions.as_str(), current == "sessions"),
        ("Nodes and peers", nodes.as_str(), current == "nodes"),
        ("Traces", traces.as_str(), current == "traces"),
    ];
    Markup::new().with(PageHead::new("Network")).with(web_kit::tabs("Network", tabs))
}

fn node_form(visit: &Visit, path: &str, sheet: &Sheet<'_>, has_secret: bool) -> Form {
    let secret = sheet
        .bind(Field::password("secret", "Shared secret"), &["secret"])
        .attr("autocomplete", "new-password");
    let secret = if has_secret {
        secret.help("A secret is stored and cannot be shown. Leave this empty to keep it.")
    } else {
        secret.help("RADIUS nodes have one. It is encrypted and never shown again.")
    };
    sheet::form(visit, path)
        .columns()
        .field(sheet.text("name", "Name").required().autofocus().help("Sessions and xDRs carry it. Unique."))
        .field(sheet.select("protocol", "Protocol", [("radius", "RADIUS"), ("diameter", "Diameter")]))
        .field(
            sheet.text("address", "Address").required().help(
                "RADIUS: an IP address or a prefix such as 10.0.0.0/8. Diameter: the peer's Origin-Host.",
            ),
        )
        .field(
            sheet
                .text("profile", "Profile")
                .help("What the device type can do, such as generic or huawei-me60."),
        )
        .field(secret)
        .field(
            sheet
                .area("settings", "Further settings", 3)
                .help("One in a line, as name = value.")
                .attr("spellcheck", "false"),
        )
        .field(sheet.check("enabled", "This node may talk to us").wide())
}

pub(crate) async fn new(visit: Visit) -> Page {
    visit.admins_only()?;
    let typed = Typed::filled(&[("protocol", "radius"), ("enabled", "on")]);
    Ok(editor(&visit, None, &typed, &Complaints::none()))
}

fn editor(visit: &Visit, node: Option<&Node>, typed: &Typed, complaints: &Complaints) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let (title, path, words) = match node {
        Some(node) => (node.name.clone(), format!("/network/nodes/{}", node.id), "Save node"),
        None => ("Add node".to_owned(), "/network/nodes/new".to_owned(), "Add node"),
    };
    let form = node_form(visit, &path, &sheet, node.is_some_and(|node| node.has_secret))
        .submit(words)
        .beside(button_link(Weight::Quiet, &visit.url("/network/nodes"), "Cancel"));
    let main = Card::bare().child(sheet.beyond(&SHOWN)).child(form);
    let head = PageHead::new(title.as_str())
        .crumb("Network", visit.url("/network"))
        .crumb("Nodes", visit.url("/network/nodes"));
    let body = match node {
        Some(node) => Markup::new().with(head).with(web_kit::split(main, removal(visit, node))),
        None => Markup::new().with(head).with(main),
    };
    visit.page(&title, StaffSection::Network, body)
}

fn removal(visit: &Visit, node: &Node) -> Card {
    let words = format!(
        "{} becomes a stranger at once: its requests are no longer answered. Sessions it has open stay charged and end when nothing more is heard of them.",
        node.name
    );
    let form = sheet::form(visit, &format!("/network/nodes/{}/remove", node.id))
        .danger()
        .submit(format!("Remove {}", node.name));
    Card::new("Remove this node").child(el("p").class("muted-ink").child(words)).child(form)
}

pub(crate) async fn edit(visit: Visit, Path(id): Path<i64>) -> Page {
    visit.admins_only()?;
    let node = visit.ask(move |office, _| office.node(id)).await?;
    let settings: Vec<String> =
        node.settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let typed = Typed::filled(&[
        ("name", &node.name),
        ("protocol", node.protocol.name()),
        ("address", &node.address),
        ("profile", &node.profile),
        ("settings", &settings.join("\n")),
        ("enabled", if node.enabled { "on" } else { "" }),
    ]);
    Ok(editor(&visit, Some(&node), &typed, &Complaints::none()))
}

fn read(typed: &Typed, complaints: &mut Complaints) -> NodeForm {
    let mut settings = BTreeMap::new();
    for line in typed.raw("settings").lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once('=') {
            Some((name, value)) => {
                settings.insert(name.trim().to_owned(), value.trim().to_owned());
            }
            None => complaints.add("settings", format!("“{line}” is not of the form name = value")),
        }
    }
    let secret = typed.raw("secret");
    NodeForm {
        name: typed.get("name").to_owned(),
        protocol: NodeProtocol::parse(typed.get("protocol")).unwrap_or(NodeProtocol::Radius),
        address: typed.get("address").to_owned(),
        profile: typed.get("profile").to_owned(),
        secret: (!secret.is_empty()).then(|| secret.into()),
        settings,
        enabled: typed.ticked("enabled"),
    }
}

pub(crate) async fn create(visit: Visit, typed: Typed) -> Turn {
    visit.admins_only()?;
    let mut complaints = Complaints::none();
    let form = read(&typed, &mut complaints);
    if complaints.is_empty() {
        let name = form.name.clone();
        match visit.ask(move |office, actor| office.create_node(actor, form)).await {
            Ok(_) => {
                return Ok(visit.done(
                    "/network/nodes",
                    format!("Node {name} was added. It may talk to us from now on."),
                ));
            }
            Err(error) => complaints = Complaints::from_office(error)?,
        }
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, editor(&visit, None, &typed, &complaints)).into_response())
}

pub(crate) async fn save(visit: Visit, Path(id): Path<i64>, typed: Typed) -> Turn {
    visit.admins_only()?;
    let node = visit.ask(move |office, _| office.node(id)).await?;
    let mut complaints = Complaints::none();
    let form = read(&typed, &mut complaints);
    if complaints.is_empty() {
        let name = form.name.clone();
        match visit.ask(move |office, actor| office.update_node(actor, id, form)).await {
            Ok(()) => return Ok(visit.done("/network/nodes", format!("Node {name} was saved."))),
            Err(error) => complaints = Complaints::from_office(error)?,
        }
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, editor(&visit, Some(&node), &typed, &complaints)).into_response())
}

pub(crate) async fn remove(visit: Visit, Path(id): Path<i64>, _: Typed) -> Turn {
    visit.admins_only()?;
    let name = visit.ask(move |office, _| office.node(id)).await?.name;
    visit.ask(move |office, actor| office.remove_node(actor, id)).await?;
    Ok(visit.done("/network/nodes", format!("Node {name} was removed.")))
}
