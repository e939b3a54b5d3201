//! Sub-sessions of a packet session that moves between access nodes (3GPP2 X.S0011-005, RAD-21): each has an Acct-Session-Id and
//! counters of its own, all of them have one correlation id. They are merged by that id and the account, wherever they come from.

use crate::finished::Pending;
use charging::{AccountId, PartEnd, SessionKey, Step};
use md5::{Digest, Md5};
use radius::{AccountingReport, Packet};

/// Longest correlation id that names a session; those of the standard have eight octets.
const CORRELATION_LONGEST: usize = 64;
/// A Stop says with it that another sub-session follows.
const CONTINUES: u32 = 1;

/// What a report says of its place in a packet session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubSession {
    correlation: Box<[u8]>,
    /// Its number inside the session.
    pub part: u64,
    pub end: PartEnd,
}

impl SubSession {
    /// Reads it; nothing where the profile knows no such thing or the report names no correlation.
    pub fn read(
        pending: &Pending,
        packet: &Packet<'_>,
        report: &AccountingReport<'_>,
        step: Step,
    ) -> Option<Self> {
        let names = pending.node.profile.sub_sessions.as_ref()?;
        let correlation = names.correlation.read(packet)?;
        if correlation.is_empty() || correlation.len() > CORRELATION_LONGEST {
            return None;
        }
        let end = match (step, names.continues.read_integer(packet)) {
            (Step::Start | Step::Update, _) => PartEnd::Open,
            (Step::Stop, Some(CONTINUES)) => PartEnd::Continues,
            (Step::Stop, _) => PartEnd::Last,
        };
        let scope = pending.node.session_scope(pending.peer().ip().to_canonical());
        let part = Self::number(&scope, report.session_id.as_bytes())?;
        Some(Self { correlation: correlation.into(), part, end })
    }

    /// The number of a part, by where Acct-Session-Id is unique and by itself. Stored with the session, so it must stay as it is.
    pub fn number(scope: &str, session_id: &[u8]) -> Option<u64> {
        let mut digest = Md5::new();
        digest.update(scope.as_bytes());
        digest.update([0]);
        digest.update(session_id);
        let digest: [u8; 16] = digest.finalize().into();
        Some(u64::from_be_bytes(*digest.first_chunk()?))
    }

    /// The name of the whole session.
    pub fn whole(&self, account: AccountId) -> SessionKey {
        Self::name(account, &self.correlation)
    }

    /// The same by the correlation alone.
    pub fn name(account: AccountId, correlation: &[u8]) -> SessionKey {
        SessionKey::radius(&format!("~{account}"), correlation)
    }
}
