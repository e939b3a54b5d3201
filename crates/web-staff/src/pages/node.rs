//! One node or peer: its state, its counters, why requests were dropped, how fast it is answered, its last errors, its connections.

use axum::extract::Path;
use office::{LinkFigures, NodeLink, NodeProtocol, NodeStanding, OfficeError, Permission};
use web_kit::{
    Card, Facts, Icon, Markup, PageHead, StaffSection, TableState, Timeline, Weight, button_link, count, el,
    link,
};

use super::node_standing::{connection_table, protocol_word, state_chip};
use crate::fault::Fault;
use crate::visit::{Page, Visit};

/// Seconds between two looks.
const LIVE_SECONDS: u16 = 5;
/// Microseconds of a millisecond.
const MILLI: u64 = 1_000;

/// The node, and its links; no links where the doors do not watch.
async fn find(visit: &Visit, id: i64) -> Result<(NodeStanding, Option<Vec<NodeLink>>), Fault> {
    let links = visit.portal().state.network.as_ref().map(|network| network.links());
    let known = links.clone().unwrap_or_default();
    let standings = visit.ask(move |office, _| office.node_standings(&known)).await?;
    let standing = standings.into_iter().find(|standing| standing.node.id == id);
    let standing = standing.ok_or_else(|| OfficeError::not_found("node", id))?;
    let own = |link: &NodeLink| link.protocol == standing.node.protocol && link.node == standing.node.name;
    let links = links.map(|links| links.into_iter().filter(|link| own(link)).collect());
    Ok((standing, links))
}

pub(crate) async fn show(visit: Visit, Path(id): Path<i64>) -> Page {
    let (standing, links) = find(&visit, id).await?;
    let node = &standing.node;
    let to = |path: &str| TableState::new(visit.url(path), "").with("node", &node.name);
    let plain = |icon: Icon, words: &str, href: &str| {
        button_link(Weight::Plain, href, Markup::from(icon).with(words))
    };
    let mut head = PageHead::new(node.name.as_str())
        .crumb("Network", visit.url("/network"))
        .crumb("Nodes and peers", visit.url("/network/nodes"))
        .action(plain(Icon::Wifi, "Sessions", &to("/network")));
    if visit.may(Permission::Trace) {
        head = head.action(plain(Icon::Eye, "Trace", &to("/network/traces")));
    }
    if visit.is_admin() {
        let edit = visit.url(&format!("/network/nodes/{id}/edit"));
        head = head.action(plain(Icon::Edit, "Edit", &edit));
    }
    let body = Markup::from(head).with(part(&visit, &standing, links));
    Ok(visit.page(&node.name, StaffSection::Network, body))
}

/// The part that fetches itself again.
pub(crate) async fn live(visit: Visit, Path(id): Path<i64>) -> Page {
    let (standing, links) = find(&visit, id).await?;
    Ok(part(&visit, &standing, links))
}

fn part(visit: &Visit, standing: &NodeStanding, links: Option<Vec<NodeLink>>) -> Markup {
    let node = &standing.node;
    let watched = links.is_some();
    let facts = Facts::new()
        .fact("State", state_chip(standing.state, watched))
        .fact("Protocol", protocol_word(node.protocol))
        .fact("Address", el("code").child(node.address.as_str()))
        .fact("Profile", if node.profile.is_empty() { "generic" } else { node.profile.as_str() });
    let mut main = Markup::new();
    let mut side = Markup::from(Card::new("The node").child(facts));
    if watched {
        side.push(Card::new("Counted").child(counters(visit, standing)));
        side.push(drops(node.protocol, &standing.figures));
        main.push(errors(visit, &standing.figures));
    }
    let diameter = links.filter(|links| node.protocol == NodeProtocol::Diameter && !links.is_empty());
    if let Some(links) = diameter {
        main.push(Card::new("Connections").flush().child(connection_table(visit, &links)));
    }
    let address = visit.url(&format!("/live/nodes/{}", node.id));
    web_kit::live("node", &address, LIVE_SECONDS, web_kit::split(main, side))
}

fn counters(visit: &Visit, standing: &NodeStanding) -> Facts {
    let latency = &standing.figures.latency;
    let within = |thousandths| latency.within(thousandths).map(duration);
    let mut facts = Facts::new()
        .fact("Requests", count(standing.requests))
        .fact("Answers", count(standing.answers))
        .fact("Errors", count(standing.errors))
        .fact("Requests sent again", count(standing.figures.repeated))
        .fact("Half answered within", Markup::from(within(500)))
        .fact("99 % answered within", Markup::from(within(990)));
    if let Some(at) = standing.last_at {
        facts = facts.fact("Last heard", visit.ago(at));
    }
    facts
}

/// `0.2 ms`, `5 s`: the upper end of a class of answer times.
fn duration(micros: u64) -> String {
    match micros {
        u64::MAX => "more than 5 s".to_owned(),
        0..1_000 => format!("0.{} ms", micros / 100),
        1_000..1_000_000 => format!("{} ms", micros / MILLI),
        _ => format!("{} s", micros / (MILLI * MILLI)),
    }
}

fn drops(protocol: NodeProtocol, figures: &LinkFigures) -> Card {
    let title = match protocol {
        NodeProtocol::Radius => "Not answered, by reason",
        NodeProtocol::Diameter => "Refused, by Result-Code",
    };
    let rows = figures.drops.iter();
    let facts = rows.fold(Facts::new(), |facts, (reason, number)| {
        facts.fact(crate::words::capital(&reason.replace('_', " ")), count(*number))
    });
    let none = figures.drops.is_empty().then(|| el("p").class("muted-ink").child("None since the start."));
    Card::new(title).child(none).child(facts)
}

fn errors(visit: &Visit, figures: &LinkFigures) -> Card {
    let entries = figures.errors().fold(Timeline::new(), |line, (at, words)| {
        line.entry(Icon::Alert, words.as_str(), visit.ago(*at), Markup::new())
    });
    let card = Card::new("Last errors");
    if figures.errors().next().is_some() {
        return card.child(entries);
    }
    let guide = link(visit.url("/network/traces"), "trace");
    let words = Markup::text("None since the start. A ").with(guide).with(" shows what passes.");
    card.child(el("p").class("muted-ink").child(words))
}
