//! What an answer tells beside the grant, for peers whose profile wants it: Remaining-Balance and Low-Balance-Indication (TS 32.299
//! 7.2.145, 7.2.80), and Cost-Information (RFC 8506 8.7). It is read of the customer after the commit, so it shows what the request changed.

use crate::profile::PeerProfile;
use crate::wire_money::wire_money;
use calendar::Instant;
use charging::{AccountId, Customer, Reply, SessionKey};
use diameter::credit_control::Money;
use money::Amount;

/// What a peer wants to be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tells {
    pub balance: bool,
    pub cost: bool,
}

impl Tells {
    pub const fn of(profile: &PeerProfile) -> Self {
        Self { balance: profile.tell_balance, cost: profile.tell_cost }
    }

    /// Whether the customer has to be looked at for it.
    pub const fn any(self) -> bool {
        self.balance || self.cost
    }
}

/// What is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Available funds; `None` where there is no limit.
    pub remaining: Option<Money>,
    /// Whether a warning threshold is crossed.
    pub low: Option<bool>,
    /// What the event cost, or the session so far.
    pub cost: Option<Money>,
}

/// Reads it off the customer as the request left him.
pub(crate) fn told(
    customer: &Customer,
    (account, session): (AccountId, Option<&SessionKey>),
    (tells, reply): (Tells, &Reply),
    now: Instant,
) -> Told {
    let mut told = Told::default();
    let currency = customer.head.currency;
    let own = customer.account(account).and_then(|account| account.purse.as_deref());
    let purse = own.unwrap_or(&customer.head.purse);
    if tells.balance {
        let available = purse.available(now);
        told.remaining = (available != Amount::MAX).then(|| wire_money(available, currency));
        let warnings = purse.guard.as_ref().map_or(&[][..], |guard| &guard.warnings);
        told.low = Some(warnings.iter().any(|warning| warning.crossed) || !available.is_positive());
    }
    if tells.cost {
        told.cost = cost(customer, session, reply).map(|cost| wire_money(cost, currency));
    }
    told
}

fn cost(customer: &Customer, session: Option<&SessionKey>, reply: &Reply) -> Option<Amount> {
    if let Reply::Debited(debited) = reply {
        return Some(debited.amount);
    }
    let session = customer.sessions.get(session?).filter(|session| session.closed_at.is_none())?;
    session
        .meters
        .iter()
        .map(|meter| meter.cost().ok())
        .try_fold(Amount::ZERO, |sum, cost| sum.plus(cost?).ok())
}
