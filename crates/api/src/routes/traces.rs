//! Traces of the network.

use crate::http::blocking::ask;
use crate::http::body::{Json, created};
use crate::http::gate::Caller;
use crate::http::problem::Problem;
use crate::http::query::{Path, Query};
use crate::ports::ApiState;
use crate::wire::{Id, List, NewTraceBody, TraceBody, TraceMessageBody, TraceMessagesBody, TraceParams};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use office::{NewTrace, OfficeError, Scope, TraceAsk, TraceLook};

/// What a token without the scope `admin` does not see.
fn masked(caller: &Caller) -> bool {
    !caller.has(Scope::Admin)
}

/// The trace's number; 0 is none.
fn number(id: Id) -> u64 {
    u64::try_from(id.0).unwrap_or(0)
}

/// Start a trace
///
/// Keeps the last messages of a node, a peer or a subscriber in memory, in octets and time as bounded. The audit says who started it.
#[utoipa::path(post, path = "/traces", tag = "Nodes", request_body = NewTraceBody,
    responses((status = 201, description = "It runs", body = TraceBody)),
    security(("token" = ["admin"])))]
pub(crate) async fn start(
    State(state): State<ApiState>,
    caller: Caller,
    Json(body): Json<NewTraceBody>,
) -> Result<Response, Problem> {
    let of = match (&body.node, &body.peer, &body.subscriber) {
        (Some(node), None, None) => TraceAsk::Node(node.clone()),
        (None, Some(peer), None) => TraceAsk::Peer(peer.clone()),
        (None, None, Some(subscriber)) => TraceAsk::Subscriber(subscriber.clone()),
        _ => return Err(Problem::field("node", "name one: node, peer or subscriber")),
    };
    let new = body.limits(NewTrace::new(of));
    let made = ask(&state, move |office| {
        let number = office.start_trace(&caller.actor, &new)?;
        let made = office.traces(&caller.actor, false)?.into_iter().find(|trace| trace.number == number);
        made.map(TraceBody::from).ok_or_else(|| OfficeError::not_found("trace", number))
    })
    .await?;
    Ok(created(&format!("/api/v1/traces/{}", made.id), made))
}

/// List traces
#[utoipa::path(get, path = "/traces", tag = "Nodes",
    responses((status = 200, description = "Newest first, those that have ended too", body = List<TraceBody>)),
    security(("token" = ["read"])))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<List<TraceBody>>, Problem> {
    let traces = ask(&state, move |office| office.traces(&caller.actor, masked(&caller))).await?;
    Ok(Json(List::whole(traces.into_iter().map(TraceBody::from))))
}

/// Read messages of a trace
///
/// At most 50 at a time, decoded. Passwords and keys are never shown; names, numbers, addresses and places only to tokens with the
/// scope `admin`. The audit says who has read it.
#[utoipa::path(get, path = "/traces/{id}", tag = "Nodes",
    params(("id" = Id, Path, description = "The trace's number"), TraceParams),
    responses((status = 200, description = "The trace and its messages", body = TraceMessagesBody)),
    security(("token" = ["read"])))]
pub(crate) async fn messages(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
    Query(params): Query<TraceParams>,
) -> Result<Json<TraceMessagesBody>, Problem> {
    let look = TraceLook { after: params.after, before: params.before, masked: masked(&caller) };
    let found = ask(&state, move |office| office.trace_messages(&caller.actor, number(id), look)).await?;
    let network = state.network.as_ref();
    let messages = found.items.into_iter().map(|message| {
        let read = network.and_then(|network| network.decode(&message, found.masked));
        TraceMessageBody::of(message, read)
    });
    Ok(Json(TraceMessagesBody {
        trace: found.trace.into(),
        messages: messages.collect(),
        has_earlier: found.has_earlier,
        masked: found.masked,
    }))
}

/// Stop a trace
///
/// What it has is kept for a day.
#[utoipa::path(post, path = "/traces/{id}/stop", tag = "Nodes",
    params(("id" = Id, Path, description = "The trace's number")),
    responses((status = 204, description = "It is stopped, or was")),
    security(("token" = ["admin"])))]
pub(crate) async fn stop(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
) -> Result<StatusCode, Problem> {
    ask(&state, move |office| office.stop_trace(&caller.actor, number(id))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Throw a trace away
#[utoipa::path(delete, path = "/traces/{id}", tag = "Nodes",
    params(("id" = Id, Path, description = "The trace's number")),
    responses((status = 204, description = "It is gone with all its messages")),
    security(("token" = ["admin"])))]
pub(crate) async fn remove(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
) -> Result<StatusCode, Problem> {
    ask(&state, move |office| office.remove_trace(&caller.actor, number(id))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Download a trace for Wireshark
///
/// A capture file (pcap) with personal data, without passwords and keys. The audit says who downloaded it.
#[utoipa::path(get, path = "/traces/{id}/capture", tag = "Nodes",
    params(("id" = Id, Path, description = "The trace's number")),
    responses((status = 200, description = "The file", content_type = "application/vnd.tcpdump.pcap", body = Vec<u8>)),
    security(("token" = ["admin"])))]
pub(crate) async fn capture(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<Id>,
) -> Result<impl IntoResponse, Problem> {
    let file = ask(&state, move |office| office.trace_capture(&caller.actor, number(id))).await?;
    let disposition = format!("attachment; filename=\"trace-{id}.pcap\"");
    let kind = "application/vnd.tcpdump.pcap".to_owned();
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)], file))
}
