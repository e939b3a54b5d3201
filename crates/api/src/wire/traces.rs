//! Traces of the network: what starts one, how it stands, its messages decoded.

use crate::wire::{Id, Time};
use office::{DecodedField, DecodedMessage, DecodedValue, NewTrace, TraceView, TracedMessage};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A trace to start. Name one: a node, a peer or a subscriber.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTraceBody {
    /// Name of a node.
    #[schema(example = "bras-1")]
    pub node: Option<String>,
    /// Origin-Host of a Diameter peer, or an IP address; also of a stranger who is turned away.
    pub peer: Option<String>,
    /// Any identifier of a subscriber, also one that finds nobody.
    pub subscriber: Option<String>,
    /// Messages to keep, the last ones: 1 to 1000; 200 without it.
    pub messages: Option<usize>,
    /// Octets to keep: 4096 to 4194304; 1048576 without it.
    pub octets: Option<usize>,
    /// Seconds to run: 10 to 28800; 600 without it.
    pub seconds: Option<u64>,
}

impl NewTraceBody {
    /// The limits it names, the usual ones otherwise.
    pub(crate) fn limits(&self, mut new: NewTrace) -> NewTrace {
        new.messages = self.messages.unwrap_or(new.messages);
        new.octets = self.octets.unwrap_or(new.octets);
        new.seconds = self.seconds.unwrap_or(new.seconds);
        new
    }
}

/// A trace.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceBody {
    /// Its number.
    pub id: Id,
    /// What it is about: `node bras-1`.
    pub about: String,
    /// The customer it is about.
    pub customer: Option<Id>,
    /// When it was started.
    pub started_at: Time,
    /// By whom: `staff:anna`.
    pub started_by: String,
    /// When it ends, if nobody stops it before.
    pub until: Time,
    /// When it ended; null while it runs.
    pub ended_at: Option<Time>,
    /// Messages it keeps at most.
    pub messages_most: usize,
    /// Octets it keeps at most.
    pub octets_most: usize,
    /// Messages it keeps now.
    pub kept: usize,
    /// Messages it has seen; the older ones made room for the newer ones.
    pub seen: u64,
}

impl From<TraceView> for TraceBody {
    fn from(trace: TraceView) -> Self {
        Self {
            id: Id(i64::try_from(trace.number).unwrap_or(i64::MAX)),
            about: trace.about,
            customer: trace.customer.map(Id::from),
            started_at: trace.started_at.into(),
            started_by: trace.started_by,
            until: trace.until.into(),
            ended_at: trace.ended.map(|(at, _)| at.into()),
            messages_most: trace.messages_most,
            octets_most: trace.octets_most,
            kept: trace.kept,
            seen: trace.seen,
        }
    }
}

/// Which messages of a trace.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TraceParams {
    /// The next ones after this number; the last ones without it.
    pub after: Option<u64>,
    /// Those before this number.
    pub before: Option<u64>,
}

/// A trace with some of its messages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceMessagesBody {
    /// The trace.
    pub trace: TraceBody,
    /// Messages in the order they passed.
    pub messages: Vec<TraceMessageBody>,
    /// There are kept ones before these.
    pub has_earlier: bool,
    /// Personal data is masked: the token lacks the scope `admin`.
    pub masked: bool,
}

/// A message of a trace.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceMessageBody {
    /// Counts the messages of the trace from 1.
    pub number: u64,
    /// When it came or left.
    pub at: Time,
    /// `radius` or `diameter`.
    pub protocol: String,
    /// `in` or `out`.
    pub direction: String,
    /// Name of the node; empty for a stranger.
    pub node: String,
    /// Diameter: Origin-Host of the peer.
    pub host: String,
    /// Address and port of the other side.
    pub remote: String,
    /// Address and port of ours.
    pub local: String,
    /// What it is.
    #[schema(example = "Credit-Control-Answer (CCA)")]
    pub title: String,
    /// What its header says.
    pub header: String,
    /// Answers: how the request ended.
    pub result: String,
    /// Answers: microseconds since the request, where the trace has it.
    pub took_micros: Option<u64>,
    /// Why a request got no answer.
    pub note: Option<String>,
    /// Attributes or AVPs in order, groups before their members.
    pub fields: Vec<TraceFieldBody>,
}

impl TraceMessageBody {
    /// A message, and how its door reads it.
    pub(crate) fn of(message: TracedMessage, read: Option<DecodedMessage>) -> Self {
        let direction = if message.sent { "out" } else { "in" };
        let (title, header, result, fields) = match read {
            Some(read) => (read.title, read.header, read.result, read.fields),
            None => Default::default(),
        };
        Self {
            number: message.number,
            at: message.at.into(),
            protocol: message.protocol.name().to_owned(),
            direction: direction.to_owned(),
            node: message.node,
            host: message.host,
            remote: message.remote.to_string(),
            local: message.local.to_string(),
            title,
            header,
            result,
            took_micros: message.took,
            note: message.note,
            fields: fields.into_iter().map(TraceFieldBody::from).collect(),
        }
    }
}

/// One attribute or AVP.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceFieldBody {
    /// Groups around it.
    pub depth: usize,
    /// Its name, or its number where it is in no dictionary.
    pub name: String,
    /// Its vendor; empty for standard ones.
    pub vendor: String,
    /// Its number.
    pub code: String,
    /// Its type.
    pub kind: String,
    /// `group`, `value`, `misfit` (octets that do not fit the type), `masked`, `secret` or `stopped` (decoding stopped here).
    pub state: String,
    /// The value as text, or why decoding stopped; null where it is not shown.
    pub value: Option<String>,
}

impl From<DecodedField> for TraceFieldBody {
    fn from(field: DecodedField) -> Self {
        let (state, value) = match field.value {
            DecodedValue::Group => ("group", None),
            DecodedValue::Text(text) => ("value", Some(text)),
            DecodedValue::Misfit(octets) => ("misfit", Some(octets)),
            DecodedValue::Masked { .. } => ("masked", None),
            DecodedValue::Secret => ("secret", None),
            DecodedValue::Stopped { at, reason } => ("stopped", Some(format!("octet {at}: {reason}"))),
        };
        Self {
            depth: field.depth,
            name: field.name,
            vendor: field.vendor,
            code: field.code,
            kind: field.kind.to_owned(),
            state: state.to_owned(),
            value,
        }
    }
}
