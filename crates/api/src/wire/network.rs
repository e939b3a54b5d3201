//! How the network nodes stand, their connections, and what needs attention.

use crate::wire::{Id, Time};
use calendar::Instant;
use office::{NodeLink, NodeStanding, Notice, SessionToCut};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// The last error of a node or connection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkErrorBody {
    /// When.
    pub at: Time,
    /// What, in words.
    pub reason: String,
}

fn error((at, reason): (Instant, String)) -> LinkErrorBody {
    LinkErrorBody { at: at.into(), reason }
}

/// A network node with how it stands. Counters begin at the start of the program, of Diameter at the start of the connection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NodeStandingBody {
    /// Name of the node.
    #[schema(example = "bras-1")]
    pub node: String,
    /// `radius` or `diameter`.
    pub protocol: String,
    /// `up`, `suspect` (a watchdog was not answered), `down` (a Diameter peer without a connection), `silent` (a RADIUS node that
    /// was not heard since the start) or `off` (switched off).
    pub state: String,
    /// Open connections of Diameter, or of RADIUS over TLS.
    pub connections: usize,
    /// Requests received.
    pub requests: u64,
    /// Answers sent.
    pub answers: u64,
    /// Messages that were refused, dropped or not understood.
    pub errors: u64,
    /// Last packet, of RADIUS nodes.
    pub last_at: Option<Time>,
    /// The last error, also of a connection that is gone.
    pub last_error: Option<LinkErrorBody>,
    /// Requests that came again.
    pub repeated: u64,
    /// Requests that got a refusal (Diameter: its Result-Code) or no answer (RADIUS: why), by reason.
    pub drops: BTreeMap<String, u64>,
    /// Microseconds within which half of the answers went out, as far as classes tell; null without answers.
    pub answered_half_within: Option<u64>,
    /// Microseconds within which 99 of 100 answers went out.
    pub answered_99_percent_within: Option<u64>,
    /// The last errors, newest first.
    pub last_errors: Vec<LinkErrorBody>,
}

impl From<NodeStanding> for NodeStandingBody {
    fn from(standing: NodeStanding) -> Self {
        Self {
            node: standing.node.name,
            protocol: standing.node.protocol.name().to_owned(),
            state: standing.state.name().to_owned(),
            connections: standing.connections,
            requests: standing.requests,
            answers: standing.answers,
            errors: standing.errors,
            last_at: standing.last_at.map(Time::from),
            last_error: standing.last_error.map(error),
            repeated: standing.figures.repeated,
            answered_half_within: standing.figures.latency.within(500),
            answered_99_percent_within: standing.figures.latency.within(990),
            last_errors: standing.figures.errors().cloned().map(error).collect(),
            drops: standing.figures.drops,
        }
    }
}

/// A connection of Diameter, or of RADIUS over TLS, whose packets are counted with its node.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectionBody {
    /// Name of the node; empty for a stranger.
    pub node: String,
    /// Origin-Host, empty before it is known; of RADIUS the fingerprint of the certificate.
    #[schema(example = "pgw-1.example.net")]
    pub host: String,
    /// Origin-Realm.
    pub realm: String,
    /// Product-Name, where the peer told one.
    pub product: String,
    /// Its address and port.
    pub address: String,
    /// `connecting`, `open`, `suspect`, `closing` or `closed`: the last one of a peer that is gone.
    pub state: String,
    /// When the connection came.
    pub since: Option<Time>,
    /// Requests received.
    pub requests: u64,
    /// Answers sent.
    pub answers: u64,
    /// Messages that were refused, dropped or not understood.
    pub errors: u64,
    /// The last of these, or why the connection ended.
    pub last_error: Option<LinkErrorBody>,
}

impl From<NodeLink> for ConnectionBody {
    fn from(link: NodeLink) -> Self {
        Self {
            node: link.node,
            host: link.host,
            realm: link.realm,
            product: link.product,
            address: link.address,
            state: link.state.name().to_owned(),
            since: link.since.map(Time::from),
            requests: link.requests,
            answers: link.answers,
            errors: link.errors,
            last_error: link.last_error.map(error),
        }
    }
}

/// Which sessions to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionToCutParams {
    /// Only of this node, by name.
    #[serde(default)]
    pub node: Option<String>,
}

/// A running session that has to be ended in its device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionToCutBody {
    /// Name of the node.
    #[schema(example = "ggsn-1")]
    pub node: String,
    /// The session's name in the device: Acct-Session-Id.
    #[schema(example = "0A0B0C0D")]
    pub session: String,
    /// The customer.
    pub customer: Id,
    /// The account.
    pub account: Id,
    /// Address, stations and what else names the session in the device, joined by ` · `.
    pub details: String,
    /// Since when it should not go on as it does.
    pub since: Time,
}

impl From<SessionToCut> for SessionToCutBody {
    fn from(session: SessionToCut) -> Self {
        Self {
            node: session.node,
            session: session.session,
            customer: session.customer.into(),
            account: session.account.into(),
            details: session.details,
            since: session.since.into(),
        }
    }
}

/// Something that needs somebody's attention.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeBody {
    /// `failed_commits`, `connector_down`, `dead_letters`, `peer_down`, `parked_customers`, `parked_messages`, `rejected_lines` or `missing_settings`.
    pub kind: String,
    /// Something fails now.
    pub urgent: bool,
    /// What is the matter.
    #[schema(example = "2 deliveries were given up")]
    pub title: String,
    /// What it means, or what to do.
    pub detail: String,
    /// Where it is mended: a page of the staff portal.
    pub path: String,
}

impl From<Notice> for NoticeBody {
    fn from(notice: Notice) -> Self {
        Self {
            kind: notice.kind.name().to_owned(),
            urgent: notice.kind.is_urgent(),
            title: notice.title,
            detail: notice.detail,
            path: notice.url_path,
        }
    }
}
