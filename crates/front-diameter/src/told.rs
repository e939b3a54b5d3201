//! What an answer tells beside the grant, for peers whose profile wants it: Remaining-Balance and Low-Balance-Indication (TS 32.299
//! 7.2.145, 7.2.80), Cost-Information (RFC 8506 8.7), and the advice of charge that a request asked for. It is read of the customer after the commit, so it shows what the request changed.

use crate::advice::{About, advice};
use crate::profile::PeerProfile;
use crate::wire_money::wire_money;
use charging::{
    AccountId, Context, Customer, Debit, Reply, Session, SessionKey, price_rule, told_attributes,
};
use diameter::credit_control::{Advice, AdviceWanted, Money};
use money::Amount;
use office::BoundedCache;

/// Sessions whose cost was told, in each half of the cache.
const SESSIONS_KEPT: usize = 100_000;

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

/// What the request was: the session of a step, or the event.
pub(crate) struct Asked {
    pub account: AccountId,
    /// With the request's number in it, and whether that begins it.
    pub session: Option<(SessionKey, u64, bool)>,
    /// Kept only where its price is wanted.
    pub debit: Option<Debit>,
}

/// Reads it off the customer as the request left him.
pub(crate) fn told(
    customer: &Customer,
    Asked { account, session, debit }: &Asked,
    (tells, reply): (Tells, &Reply),
    (context, costs): (Context<'_>, &CostsTold),
) -> Told {
    let mut told = Told::default();
    let currency = customer.head.currency;
    let own = customer.account(*account).and_then(|account| account.purse.as_deref());
    let purse = own.unwrap_or(&customer.head.purse);
    if tells.balance {
        let available = purse.available(context.now);
        told.remaining = (available != Amount::MAX).then(|| wire_money(available, currency));
        let warnings = purse.guard.as_ref().map_or(&[][..], |guard| &guard.warnings);
        told.low = Some(warnings.iter().any(|warning| warning.crossed) || !available.is_positive());
    }
    let step = session.as_ref();
    let session = step.and_then(|(key, ..)| customer.sessions.get(key));
    if tells.attributes
        && let (Some(account), Some(session)) = (customer.account(*account), session)
    {
        let services = session.meters.iter().map(|meter| meter.service);
        told.attributes = told_attributes(context.catalog, &customer.head, account, services, context.now);
    }
    let cost = cost(session, reply);
    if tells.cost {
        told.cost = cost.map(|cost| wire_money(cost, currency));
    }
    if tells.advice.any() {
        let about = match (session, debit) {
            (Some(session), _) => About::Session(session, reply),
            (None, Some(debit)) => About::Event(debit, price_rule(customer, debit, context)),
            (None, None) => About::Nothing,
        };
        let way = (context.catalog, customer.head.zone.name());
        told.advice = advice(tells.advice, &about, (cost, currency), way);
        if let (Some(advice), Some(step), Some(cost)) = (&mut told.advice, step, cost)
            && tells.advice.cost
        {
            let more = costs.increment(step, cost).map(|more| wire_money(more, currency));
            advice.increment = more.map(|more| (more.digits, more.exponent));
        }
    }
    told
}

/// The price of what a price enquiry is about, before it is used.
pub(crate) fn told_of_price(customer: &Customer, debit: &Debit, context: Context<'_>) -> Option<Box<Told>> {
    let about = About::Event(debit, price_rule(customer, debit, context));
    let (wanted, way) =
        (AdviceWanted { cost: false, tariff: true }, (context.catalog, customer.head.zone.name()));
    let advice = advice(wanted, &about, (None, customer.head.currency), way);
    Some(Box::new(Told { advice: Some(advice?), ..Told::default() }))
}

/// What sessions had cost when their clients were told last, for Incremental-Cost. In memory only: after a restart the first advice
/// of a session tells none.
pub(crate) struct CostsTold(BoundedCache<SessionKey, Last>);

/// The number of the request that was told last, what was told before it, and then.
#[derive(Clone, Copy)]
struct Last {
    request: u64,
    before: Option<Amount>,
    now: Amount,
}

impl Default for CostsTold {
    fn default() -> Self {
        Self(BoundedCache::new(SESSIONS_KEPT))
    }
}

impl CostsTold {
    /// What came on top; the same for a request that comes again.
    fn increment(&self, (key, request, begins): &(SessionKey, u64, bool), now: Amount) -> Option<Amount> {
        let last = match self.0.get(key) {
            Some(last) if last.request == *request => last,
            Some(last) => Last { request: *request, before: Some(last.now), now },
            None => Last { request: *request, before: begins.then_some(Amount::ZERO), now },
        };
        self.0.keep(key.clone(), last);
        last.now.minus(last.before?).ok()
    }
}

fn cost(session: Option<&Session>, reply: &Reply) -> Option<Amount> {
    match reply {
        Reply::Debited(debited) => Some(debited.amount),
        _ => session?.cost_so_far(),
    }
}
