//! What a command changed: the rows to write again and the rows to add.

use crate::{AccountId, Event, LedgerEntry, Relay, RequestKey, SessionKey, Xdr};

/// Everything one command did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Rows of the aggregate that changed.
    pub changes: Changes,
    /// New transaction records.
    pub xdrs: Vec<Xdr>,
    /// New ledger entries.
    pub ledger: Vec<LedgerEntry>,
    /// New events.
    pub events: Vec<Event>,
    /// Messages to other customers; delivered at least once, in this order between the same two.
    pub relays: Vec<Relay>,
}

/// Which rows of the aggregate differ from what is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The head row.
    pub head: bool,
    /// Account rows.
    pub accounts: Vec<AccountId>,
    /// Session rows.
    pub sessions: Vec<SessionKey>,
    /// Of the session of which the command is a step only the counts differ, and of the head what they say ([`crate::Counts`]).
    pub counted: bool,
    /// Remembered requests.
    pub applied: Vec<RequestKey>,
}

impl Changes {
    /// Nothing changed.
    pub fn is_empty(&self) -> bool {
        !self.head && self.accounts.is_empty() && !self.has_session() && self.applied.is_empty()
    }

    /// A session changed.
    pub fn has_session(&self) -> bool {
        self.counted || !self.sessions.is_empty()
    }

    /// More of a session changed than its counts.
    pub(crate) fn session(&mut self, key: &SessionKey) {
        if !self.sessions.contains(key) {
            self.sessions.push(key.clone());
        }
    }

    pub(crate) fn account(&mut self, id: AccountId) {
        if !self.accounts.contains(&id) {
            self.accounts.push(id);
        }
    }
}
