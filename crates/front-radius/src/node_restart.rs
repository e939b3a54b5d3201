//! Accounting-On and Accounting-Off (RFC 2866 5.1): the node has started or is about to stop, so every session it had before is over. A
//! thread of its own looks them up and ends them page by page; the reply leaves when all of them are durable.

use crate::accounting::last_step;
use crate::finished::{Pending, Verdict};
use crate::port::Port;
use crate::{Discard, RadiusNode};
use calendar::Instant;
use charging::{Refusal, Reply, SessionKey};
use engine::{Answer, EngineError};
use std::net::IpAddr;
use std::sync::{Arc, mpsc};
use store::{NodeSession, StoreError};

/// Sessions ended at a time.
const PAGE: usize = 1_000;

/// A node to clear of the sessions that were last heard of before an instant.
pub(crate) struct Restart {
    pub port: Arc<Port>,
    pub pending: Pending,
    pub before: Instant,
}

impl Restart {
    /// Ends the sessions; run by a thread that may wait.
    pub fn run(self) {
        let Self { port, pending, before } = self;
        let source = pending.peer().ip().to_canonical();
        let verdict = match end_sessions(&port, &pending.node, source, before) {
            Ok(ended) => {
                tracing::info!(node = %pending.node.name, peer = %pending.peer(), ended, "the node has restarted");
                Verdict::Recorded
            }
            Err(error) => Verdict::Discard(Discard::Engine(error)),
        };
        port.finished.push(pending, verdict);
    }
}

fn end_sessions(
    port: &Port,
    node: &RadiusNode,
    source: IpAddr,
    before: Instant,
) -> Result<usize, EngineError> {
    let broken = |error: StoreError| {
        tracing::error!(%error, node = %node.name, "cannot look up the node's sessions");
        EngineError::Broken
    };
    let store = port.shared.engine.store();
    // The tables are up to ten seconds behind the engine.
    store.flush().map_err(broken)?;
    let prefix = SessionKey::radius(&node.session_scope(source), b"");
    let (mut ended, mut after) = (0, None);
    loop {
        let page = store.open_sessions_of_node(&node.name, after.as_ref(), PAGE).map_err(broken)?;
        let Some(last) = page.last() else { return Ok(ended) };
        after = Some((last.customer, last.key.clone()));
        let over = page.into_iter().filter(|session| {
            session.last_at < before && session.key.as_bytes().starts_with(prefix.as_bytes())
        });
        ended += end_page(port, over.collect())?;
    }
}

fn end_page(port: &Port, page: Vec<NodeSession>) -> Result<usize, EngineError> {
    let (engine, count) = (&port.shared.engine, page.len());
    let (send, outcomes) = mpsc::channel();
    for session in page {
        let NodeSession { customer, account, key, identifier, node, .. } = session;
        let now = engine.clock().now();
        let step = last_step(customer, account, key, identifier, node, now);
        let send = send.clone();
        let answer = Answer::new(move |outcome| {
            let _ = send.send(outcome.map(|reply| (customer, now, reply)));
        });
        engine.submit_network(step, answer);
    }
    drop(send);
    for outcome in outcomes {
        let (customer, now, reply) = outcome?;
        match reply {
            // Ended by its own Stop meanwhile.
            Reply::Refused(Refusal::SessionEnded) => {}
            Reply::Session(_) => port.shared.forwarder.tell_ended(engine, &port.shared.nodes, customer, now),
            other => tracing::warn!(?other, "a session of a restarted node was not ended"),
        }
    }
    Ok(count)
}
