//! Sessions that run, as far as their later reports leave something to them: whose they are, what their use is. Memory knows those that
//! have reported since our start; the store and the engine know older ones. Must not know: packets, prices.

use crate::shared::Shared;
use crate::{Found, Lookup};
use catalog::ServiceId;
use charging::{CustomerId, SessionKey};

/// Sessions of a node looked through at a time.
const PAGE: usize = 1_000;
/// Pages looked through for one report.
const PAGES_MOST: usize = 200;

/// A session that charging knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Running {
    pub found: Found,
    /// What was used last, as far as it is known.
    pub service: Option<ServiceId>,
}

impl Shared {
    /// The open session of a node, as the tables have it; may wait.
    pub fn running_at(&self, node: &str, key: &SessionKey) -> Lookup<Running> {
        let store = self.engine.store();
        // The tables are up to ten seconds behind the engine.
        if let Err(error) = store.flush() {
            tracing::error!(%error, node, "cannot look up the node's sessions");
            return Lookup::NotNow;
        }
        let mut after = None;
        for _ in 0..PAGES_MOST {
            let page = match store.open_sessions_of_node(node, after.as_ref(), PAGE) {
                Ok(page) => page,
                Err(error) => {
                    tracing::error!(%error, node, "cannot look up the node's sessions");
                    return Lookup::NotNow;
                }
            };
            if let Some(session) = page.iter().find(|session| session.key == *key) {
                let found = Found { customer: session.customer, account: session.account };
                return Lookup::Found(Running { found, service: None });
            }
            let Some(last) = page.last() else { break };
            after = Some((last.customer, last.key.clone()));
        }
        Lookup::Unknown
    }

    /// A customer's open session, as the engine has it; may wait.
    pub fn running_of(&self, customer: CustomerId, key: &SessionKey) -> Lookup<Running> {
        let key = key.clone();
        let seen = self.engine.look(customer, move |found| {
            let session = found?.sessions.get(&key).filter(|session| session.closed_at.is_none())?;
            let last = session.meters.iter().max_by_key(|meter| meter.counted_at);
            let found = Found { customer, account: session.account };
            Some(Running { found, service: last.map(|meter| meter.service) })
        });
        match seen {
            Ok(Some(running)) => Lookup::Found(running),
            Ok(None) => Lookup::Unknown,
            Err(_) => Lookup::NotNow,
        }
    }
}
