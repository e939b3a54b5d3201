//! The sessions of a customer as the worker sees them: those that run, and those that were ended here lately.

use crate::forward::Binding;
use crate::session_facts::Facts;
use crate::steering::Mode;
use calendar::{Instant as Moment, Seconds};
use catalog::{ServiceId, ServiceKind, Snapshot};
use charging::{AccountId, Context, Customer, CustomerId, Meter, Refusal, Session, SessionKey, calls_left};
use std::collections::HashMap;

/// A session that was ended here is told to its device for so long: a late telling would meet another session.
pub(super) const ENDED_TOLD: Seconds = Seconds(3_600);

/// A running session, as far as it matters here.
#[derive(Clone)]
pub(super) struct Seen {
    pub key: SessionKey,
    pub customer: CustomerId,
    pub account: AccountId,
    pub facts: Facts,
    /// By which the account was found.
    pub identifier: Box<str>,
    pub started_at: Moment,
    pub last_at: Moment,
    /// Ended here, and the network does not know.
    pub ended: bool,
    /// What its use is about; nothing where nothing was counted yet.
    pub used: Option<Used>,
    /// It is a call that is charged at its end.
    pub is_call: bool,
    /// Seconds for which such a call may go on; nothing where nothing ends it.
    pub left: Option<u64>,
}

/// What is used: service, access code, destination.
pub(super) type Used = (ServiceId, Box<str>, Box<str>);

impl Seen {
    /// It is to end, whatever charging would say.
    pub fn is_gone(&self) -> bool {
        self.ended || self.left == Some(0)
    }

    /// What it may do where a log-in for the same use would get `usual`, or was refused for that reason; nothing is to be done about
    /// what was begun below the day's cap. A call that is charged at its end goes on while its own money lasts, also where what is
    /// left would buy no other one.
    pub fn may(&self, refusal: Option<&Refusal>, usual: Mode) -> Option<Mode> {
        match (self.is_call, refusal) {
            (true, Some(Refusal::InsufficientFunds { .. } | Refusal::QuotaUsedUp)) => Some(Mode::Full),
            (_, Some(Refusal::SpendingCapReached)) => None,
            _ => Some(usual),
        }
    }

    /// What others are told of it.
    pub fn binding(&self) -> Binding {
        let owner = (self.customer, self.account);
        Binding::of(&self.facts, (&self.key, &self.identifier), owner, self.last_at)
    }
}

/// A destination that a meter has, as charging is asked for it: a number that dialling rules have made must not go through them again,
/// and a leading `+` keeps it from them.
pub(super) fn as_asked(kind: Option<ServiceKind>, destination: Box<str>) -> Box<str> {
    let is_dialled = matches!(kind, Some(ServiceKind::Voice | ServiceKind::Message));
    if is_dialled && !destination.is_empty() { format!("+{destination}").into() } else { destination }
}

/// Calls that something ends are looked at again after so long at the latest: other things take of the same money, and a device that
/// did not hear that its call is to end is told again.
const LOOKED_AT_EVERY: u64 = 300;

/// When it is looked again at calls that are charged at their end: when the first of them, going on alone, would have no money left; where
/// there are several sooner, since they spend together.
pub(super) fn look_again(seen: &[Seen], now: Moment) -> Option<Moment> {
    let left = || seen.iter().filter(|seen| !seen.ended).filter_map(|seen| seen.left);
    left().min()?;
    let together = u64::try_from(left().count()).unwrap_or(1);
    let first = left().filter(|left| *left > 0).min().unwrap_or(LOOKED_AT_EVERY);
    Some(now.plus(Seconds((first / together).clamp(1, LOOKED_AT_EVERY))))
}

/// The meter that counted last.
fn last(session: &Session) -> Option<&Meter> {
    session.meters.iter().max_by_key(|meter| meter.counted_at)
}

/// The RADIUS sessions of a customer that run, and those that were ended here lately.
pub(super) fn sessions(found: Option<&Customer>, catalog: &Snapshot, now: Moment) -> Vec<Seen> {
    let Some(customer) = found else { return Vec::new() };
    let calls: HashMap<_, _> = calls_left(customer, Context { catalog, now }).into_iter().collect();
    let seen = |session: &Session| {
        let ended = match session.closed_at {
            None => false,
            // The network's own last report ends a session at its time; anything else ends it later.
            Some(at) if at > session.last_at && at.plus(ENDED_TOLD) > now => true,
            Some(_) => return None,
        };
        Some(Seen {
            key: session.key.clone(),
            customer: customer.head.id,
            account: session.account,
            facts: Facts::of(session)?,
            identifier: session.identifier.clone(),
            started_at: session.started_at,
            last_at: session.last_at,
            ended,
            is_call: calls.contains_key(&session.key),
            left: calls.get(&session.key).copied().flatten(),
            used: last(session)
                .map(|m| (m.service, m.access_code.as_str().into(), m.destination.as_str().into())),
        })
    };
    customer.sessions.values().filter_map(seen).collect()
}

#[cfg(test)]
mod tests;
