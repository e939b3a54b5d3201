//! What an answer tells beside the grant, for peers whose profile wants it: Remaining-Balance and Low-Balance-Indication (TS 32.299
//! 7.2.145, 7.2.80), Cost-Information (RFC 8506 8.7), and the advice of charge that a request asked for. It is read of the customer after the commit, so it shows what the request changed.

use crate::advice::advice;
use crate::profile::PeerProfile;
use crate::wire_money::wire_money;
use charging::{AccountId, Context, Customer, Reply, Session, SessionKey, told_attributes};
use diameter::credit_control::{Advice, AdviceWanted, Money};
use money::Amount;

/// What a peer wants to be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tells {
    pub balance: bool,
    pub cost: bool,
    pub advice: AdviceWanted,
    /// Attributes of service policies, for AVPs of the operator's own.
    pub attributes: bool,
}

impl Tells {
    pub fn of(profile: &PeerProfile, wanted: AdviceWanted, attributes: bool) -> Self {
        let advice = if profile.advice_of_charge { wanted } else { AdviceWanted::default() };
        Self { balance: profile.tell_balance, cost: profile.tell_cost, advice, attributes }
    }

    /// Whether the customer has to be looked at for it.
    pub const fn any(self) -> bool {
        self.balance || self.cost || self.attributes || self.advice.any()
    }
}

/// What is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Available funds; `None` where there is no limit.
    pub remaining: Option<Money>,
    /// Whether a warning threshold is crossed.
    pub low: Option<bool>,
    /// What the event cost, or the session so far and in the end.
    pub cost: Option<Money>,
    /// What was asked about the price.
    pub advice: Option<Advice>,
    /// Attributes of the policies of the session's services.
    pub attributes: Vec<(String, String)>,
}

/// Reads it off the customer as the request left him.
pub(crate) fn told(
    customer: &Customer,
    (account, session): (AccountId, Option<&SessionKey>),
    (tells, reply): (Tells, &Reply),
    context: Context<'_>,
) -> Told {
    let mut told = Told::default();
    let currency = customer.head.currency;
    let own = customer.account(account).and_then(|account| account.purse.as_deref());
    let purse = own.unwrap_or(&customer.head.purse);
    if tells.balance {
        let available = purse.available(context.now);
        told.remaining = (available != Amount::MAX).then(|| wire_money(available, currency));
        let warnings = purse.guard.as_ref().map_or(&[][..], |guard| &guard.warnings);
        told.low = Some(warnings.iter().any(|warning| warning.crossed) || !available.is_positive());
    }
    let session = session.and_then(|key| customer.sessions.get(key));
    if tells.attributes
        && let (Some(account), Some(session)) = (customer.account(account), session)
    {
        let services = session.meters.iter().map(|meter| meter.service);
        told.attributes = told_attributes(context.catalog, &customer.head, account, services, context.now);
    }
    let cost = cost(session, reply);
    if tells.cost {
        told.cost = cost.map(|cost| wire_money(cost, currency));
    }
    if tells.advice.any() {
        told.advice = advice(tells.advice, (session, reply), (cost, currency), context.catalog);
    }
    told
}

fn cost(session: Option<&Session>, reply: &Reply) -> Option<Amount> {
    match reply {
        Reply::Debited(debited) => Some(debited.amount),
        _ => session?.cost_so_far(),
    }
}
