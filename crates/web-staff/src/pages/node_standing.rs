//! Nodes and Diameter peers as they stand now: state, counters, last error; fetches itself again.

use calendar::Instant;
use office::{LinkState, NodeLink, NodeProtocol, NodeStanding, NodeState, SessionToCut};
use web_kit::{
    Card, Column, EmptyState, Icon, Markup, Row, StaffSection, Table, TableState, Tone, Weight, button_link,
    chip, count, el, tag,
};

use crate::fault::Fault;
use crate::pages::nodes::head;
use crate::visit::{Page, Visit};

/// Sessions to end that are shown; the API has them all.
const TO_CUT_SHOWN: usize = 100;
/// Seconds between two looks.
const LIVE_SECONDS: u16 = 5;

pub(crate) async fn show(visit: Visit, state: TableState) -> Page {
    let part = live_part(&visit, &state).await?;
    Ok(visit.page("Nodes and peers", StaffSection::Network, head(&visit, "nodes").with(part)))
}

/// The part alone; links in it lead to the page, not to the part.
pub(crate) async fn live(visit: Visit, state: TableState) -> Page {
    live_part(&visit, &state.moved(visit.url("/network/nodes"))).await
}

async fn live_part(visit: &Visit, state: &TableState) -> Result<Markup, Fault> {
    let links = visit.portal().state.network.as_ref().map(|network| network.links());
    let known = links.clone().unwrap_or_default();
    let standings = visit.ask(move |office, _| office.node_standings(&known)).await?;
    let nodes = Card::bare().flush().child(node_table(visit, state, &standings, links.is_some()));
    let (diameter, radius): (Vec<NodeLink>, Vec<NodeLink>) = links
        .into_iter()
        .flatten()
        .filter(|link| link.protocol == NodeProtocol::Diameter || !link.address.is_empty())
        .partition(|link| link.protocol == NodeProtocol::Diameter);
    let connections = (!diameter.is_empty())
        .then(|| Card::new("Diameter connections").flush().child(connection_table(visit, &diameter)));
    let over_tls =
        (!radius.is_empty()).then(|| Card::new("RADIUS over TLS").flush().child(tls_table(visit, &radius)));
    let network = visit.portal().state.network.as_ref();
    let to_cut = network.map(|network| network.sessions_to_cut()).unwrap_or_default();
    let to_cut = (!to_cut.is_empty())
        .then(|| Card::new("Sessions to end in the device").flush().child(to_cut_table(visit, &to_cut)));
    let warnings = network.map(|network| network.warnings()).unwrap_or_default();
    let warnings: Vec<Markup> =
        warnings.iter().map(|words| el("p").child(chip(Tone::Warn, words.as_str())).into()).collect();
    let warnings = warnings.into_iter().fold(Markup::new(), |all, one| all.with(one));
    let address = state.moved(visit.url("/live/nodes")).here();
    let body = web_kit::stack(warnings.with(nodes).with(to_cut).with(over_tls).with(connections));
    Ok(web_kit::live("network-nodes", &address, LIVE_SECONDS, body))
}

pub(super) fn state_chip(state: NodeState, watched: bool) -> Markup {
    match state {
        NodeState::Off => chip(Tone::Neutral, "Switched off"),
        _ if !watched => chip(Tone::Neutral, "Enabled"),
        NodeState::Up => chip(Tone::Good, "Up"),
        NodeState::Suspect => chip(Tone::Warn, "Does not answer the watchdog"),
        NodeState::Down => chip(Tone::Bad, "Not connected"),
        NodeState::Silent => chip(Tone::Neutral, "Not heard since the start"),
    }
}

fn link_chip(state: LinkState) -> Markup {
    match state {
        LinkState::Connecting => chip(Tone::Busy, "Connecting"),
        LinkState::Open => chip(Tone::Good, "Open"),
        LinkState::Suspect => chip(Tone::Warn, "Does not answer the watchdog"),
        LinkState::Closing => chip(Tone::Busy, "Leaving"),
        LinkState::Closed => chip(Tone::Neutral, "Gone"),
    }
}

/// The last error, below the state: `3 min ago: a message was not understood`.
fn error(visit: &Visit, last: Option<&(Instant, String)>) -> Option<Markup> {
    let (at, words) = last?;
    Some(el("div").class("muted-ink").child(visit.ago(*at)).child(": ").child(words.as_str()).into())
}

pub(super) fn protocol_word(protocol: NodeProtocol) -> &'static str {
    match protocol {
        NodeProtocol::Radius => "RADIUS",
        NodeProtocol::Diameter => "Diameter",
    }
}

/// All nodes; without front doors that are `watched` nothing is known but what was written down.
fn node_table(visit: &Visit, state: &TableState, standings: &[NodeStanding], watched: bool) -> Table {
    let mut empty = EmptyState::new(
        Icon::Network,
        "No nodes yet",
        "A node is a NAS, gateway or Diameter peer that may talk to Talea. Requests of anybody else are not answered.",
    );
    let mut table = Table::new("Nodes", state)
        .column(Column::text("name", "Name"))
        .column(Column::text("protocol", "Protocol"))
        .column(Column::text("address", "Address").minor())
        .column(Column::text("state", "State"));
    if watched {
        table = table
            .column(Column::figure("requests", "Requests"))
            .column(Column::figure("answers", "Answers").minor())
            .column(Column::figure("errors", "Errors"))
            .column(Column::figure("heard", "Last heard").minor());
    }
    if visit.is_admin() {
        let add = || button_link(Weight::Primary, &visit.url("/network/nodes/new"), "Add node");
        empty = empty.step(add());
        table = table.tools(if standings.is_empty() { Markup::new() } else { add() });
    }
    table
        .found(crate::words::counted(standings.len(), "node", "nodes"))
        .rows(standings.iter().map(|standing| node_row(visit, standing, watched)))
        .empty(empty)
}

fn node_row(visit: &Visit, standing: &NodeStanding, watched: bool) -> Row {
    let node = &standing.node;
    let mut row = Row::new().opens(visit.url(&format!("/network/nodes/{}", node.id)));
    let connections = (standing.connections > 1)
        .then(|| el("span").class("muted-ink").child(format!(" {} connections", standing.connections)));
    row = row
        .cell(node.name.as_str())
        .cell(tag(protocol_word(node.protocol)))
        .cell(el("code").child(node.address.as_str()))
        .cell(
            state_chip(standing.state, watched)
                .with(connections)
                .with(error(visit, standing.last_error.as_ref())),
        );
    if !watched {
        return row;
    }
    row.cell(count(standing.requests))
        .cell(count(standing.answers))
        .cell(count(standing.errors))
        .cell(standing.last_at.map(|at| Markup::from(visit.ago(at))))
}

/// Sessions that may not go on, whose devices take neither CoA nor Disconnect.
fn to_cut_table(visit: &Visit, sessions: &[SessionToCut]) -> Table {
    let rows = sessions.iter().take(TO_CUT_SHOWN).map(|session| {
        Row::new()
            .cell(session.node.as_str())
            .cell(el("code").child(session.session.as_str()))
            .cell(session.details.as_str())
            .cell(Markup::from(visit.ago(session.since)))
    });
    Table::new("Sessions to end in the device", &TableState::new(visit.url("/network/nodes"), ""))
        .column(Column::text("node", "Node"))
        .column(Column::text("session", "Session"))
        .column(Column::text("details", "Known as").minor())
        .column(Column::figure("since", "Since"))
        .rows(rows)
}

/// Packets of a connection are counted with its node.
fn tls_table(visit: &Visit, links: &[NodeLink]) -> Table {
    let rows = links.iter().map(|link| {
        Row::new()
            .cell(link.node.as_str())
            .cell(el("code").child(link.address.as_str()))
            .cell(el("code").child(link.host.as_str()))
            .cell(link.since.map(|at| Markup::from(visit.ago(at))))
            .cell(link.last_at.map(|at| Markup::from(visit.ago(at))))
    });
    Table::new("RADIUS over TLS", &TableState::new(visit.url("/network/nodes"), ""))
        .column(Column::text("node", "Node"))
        .column(Column::text("address", "From"))
        .column(Column::text("certificate", "Certificate").minor())
        .column(Column::figure("since", "Came").minor())
        .column(Column::figure("heard", "Last heard"))
        .rows(rows)
}

pub(super) fn connection_table(visit: &Visit, links: &[NodeLink]) -> Table {
    let rows = links.iter().map(|link| {
        let peer = if link.host.is_empty() { "Not told yet" } else { &link.host };
        let node = match link.node.as_str() {
            "" => Markup::from(el("span").class("muted-ink").child("no node")),
            name => Markup::text(name),
        };
        let row = Row::new()
            .cell(peer)
            .cell(node)
            .cell(link_chip(link.state).with(error(visit, link.last_error.as_ref())))
            .cell(link.product.as_str())
            .cell(el("code").child(link.address.as_str()))
            .cell(link.since.map(|at| Markup::from(visit.ago(at))))
            .cell(count(link.requests))
            .cell(count(link.answers))
            .cell(count(link.errors));
        if link.state == LinkState::Closed { row.muted() } else { row }
    });
    Table::new("Diameter connections", &TableState::new(visit.url("/network/nodes"), ""))
        .column(Column::text("host", "Peer"))
        .column(Column::text("node", "Node"))
        .column(Column::text("state", "State"))
        .column(Column::text("product", "Product").minor())
        .column(Column::text("address", "From").minor())
        .column(Column::figure("since", "Came").minor())
        .column(Column::figure("requests", "Requests"))
        .column(Column::figure("answers", "Answers").minor())
        .column(Column::figure("errors", "Errors"))
        .rows(rows)
}
