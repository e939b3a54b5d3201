//! How the network stands, and what needs somebody's attention.

use crate::http::blocking::ask;
use crate::http::body::Json;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::ports::ApiState;
use crate::routes::connectors::overviews;
use crate::wire::{ConnectionBody, List, NodeStandingBody, NoticeBody, SessionToCutBody, SessionToCutParams};
use axum::extract::State;
use office::{DownConnector, NodeLink, NodeProtocol};

fn links(state: &ApiState) -> Option<Vec<NodeLink>> {
    state.network.as_ref().map(|network| network.links())
}

/// List network nodes with how they stand
#[utoipa::path(get, path = "/network/nodes", tag = "Nodes",
    responses((status = 200, description = "All, by name", body = List<NodeStandingBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn nodes(State(state): State<ApiState>) -> Result<Json<List<NodeStandingBody>>, Problem> {
    let links = links(&state).unwrap_or_default();
    let standings = ask(&state, move |office| office.node_standings(&links)).await?;
    Ok(Json(List::whole(standings.into_iter().map(NodeStandingBody::from))))
}

/// List connections of Diameter and of RADIUS over TLS
///
/// Those that are open, and the last one of each peer or address that is gone, with the reason.
#[utoipa::path(get, path = "/network/connections", tag = "Nodes",
    responses((status = 200, description = "Oldest first", body = List<ConnectionBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn connections(
    State(state): State<ApiState>,
) -> Result<Json<List<ConnectionBody>>, Problem> {
    let links = links(&state).unwrap_or_default().into_iter();
    let open = links.filter(|link| link.protocol == NodeProtocol::Diameter || !link.address.is_empty());
    Ok(Json(List::whole(open.map(ConnectionBody::from))))
}

/// List sessions that have to be ended in the device
///
/// Running sessions that may not go on as they do (no funds, no quota, a block) and whose devices take neither CoA nor Disconnect, such
/// as a GGSN that was deployed without: a program of the operator ends them there. A session leaves the list when it has ended or may
/// go on again.
#[utoipa::path(get, path = "/network/sessions-to-cut", tag = "Nodes",
    params(SessionToCutParams),
    responses((status = 200, description = "Longest known first", body = List<SessionToCutBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn sessions_to_cut(
    State(state): State<ApiState>,
    Query(of): Query<SessionToCutParams>,
) -> Result<Json<List<SessionToCutBody>>, Problem> {
    let sessions = state.network.as_ref().map(|network| network.sessions_to_cut()).unwrap_or_default();
    let wanted =
        sessions.into_iter().filter(|session| of.node.as_ref().is_none_or(|node| *node == session.node));
    Ok(Json(List::whole(wanted.map(SessionToCutBody::from))))
}

/// List what needs attention
///
/// Failed commits, connectors and peers that are down, deliveries given up, customers who could not be billed, rejected lines of
/// imported files, missing settings.
#[utoipa::path(get, path = "/notices", tag = "Overview",
    responses((status = 200, description = "The urgent first; nothing when all is well", body = List<NoticeBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn notices(State(state): State<ApiState>) -> Result<Json<List<NoticeBody>>, Problem> {
    let links = links(&state);
    let overviews = overviews(&state).await?;
    let down: Vec<DownConnector> = overviews
        .into_iter()
        .filter_map(|connector| {
            let trouble = connector.trouble()?.to_owned();
            Some(DownConnector { name: connector.name, title: connector.title, trouble })
        })
        .collect();
    let notices = ask(&state, move |office| office.notices(&down, links.as_deref())).await?;
    Ok(Json(List::whole(notices.into_iter().map(NoticeBody::from))))
}
