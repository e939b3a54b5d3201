//! The running session that a log-in is about: a device asks again without a password (Authorize-Only), or tells what it has used of a
//! quota. Only charging knows whether it runs, and what of that use it has counted already.
//!
//! Must not know: packets' answers, balances.

use crate::finished::Pending;
use crate::sub_session::SubSession;
use charging::{AccountId, Customer, PartEnd, Session, SessionKey};
use radius::{Packet, number};

/// What is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Running {
    /// Units that its reports have counted; 0 also where it is not clear which session it is.
    pub counted: u64,
}

/// What a log-in says of its session.
pub(crate) struct Sought {
    account: AccountId,
    node: Box<str>,
    /// By its correlation, and by its own Acct-Session-Id.
    keys: [Option<SessionKey>; 2],
    /// Its number where it is a part of another.
    part: Option<u64>,
}

impl Sought {
    /// Reads it.
    pub fn read(pending: &Pending, packet: &Packet<'_>, account: AccountId) -> Self {
        let node = &*pending.node;
        let scope = node.session_scope(pending.peer().ip().to_canonical());
        let id = packet.first(number::ACCT_SESSION_ID);
        let correlation = node.profile.sub_sessions.as_ref().and_then(|names| names.correlation.read(packet));
        let keys = [
            correlation.map(|correlation| SubSession::name(account, correlation)),
            id.map(|id| SessionKey::radius(&scope, id)),
        ];
        Self {
            account,
            node: node.name.clone(),
            keys,
            part: id.and_then(|id| SubSession::number(&scope, id)),
        }
    }

    /// Finds it among the customer's; nothing where the account has no session on this node.
    pub fn among(&self, customer: &Customer) -> Option<Running> {
        let own = || customer.open_sessions().filter(|s| s.account == self.account && s.node == self.node);
        let only = own().next()?;
        let named = own().find(|session| self.keys.iter().flatten().any(|key| *key == session.key));
        let session = named.or_else(|| (own().count() == 1).then_some(only));
        Some(Running { counted: session.map_or(0, |session| self.counted(session)) })
    }

    /// Of a session with parts only what the one has counted that the log-in names, or that goes on alone: what others have counted
    /// the device may not have told again.
    fn counted(&self, session: &Session) -> u64 {
        if session.parts.is_empty() {
            return session.meters.iter().map(|meter| meter.used).fold(0, u64::saturating_add);
        }
        let mut fitting = session.parts.iter().filter(|part| match self.part {
            Some(number) => part.part == number,
            None => part.end == PartEnd::Open,
        });
        let first = fitting.next().filter(|_| fitting.next().is_none());
        first.map_or(0, |part| part.total)
    }
}
