//! Chains of resellers to any depth: one event, one charge per level; a reseller who may not serve stops those below him.
//!
//! The charge of the customer and the message that charges his reseller are one commit; the reseller takes the message once and
//! sends his own further up. Nothing is locked at a reseller while a session runs below him: he may overrun his limit by what is
//! being used until his customers have heard, which `cushion` keeps inside the limit (docs/decisions/0006).
//! A circle cannot arise: only resellers serve, a reseller never moves, and nobody is put under himself.

use crate::apply::{Decision, Stop, Work};
use crate::funds::headroom;
use crate::ledger::LedgerCode;
use crate::relay::{self, Message, Relay};
use crate::{
    Customer, CustomerId, EventKind, Explanation, Head, Parent, Refusal, Reply, Resale, ResellerStop, RowId,
    Source, Xdr, XdrKind, lot,
};
use calendar::Instant;
use catalog::{ProductId, RateChoice, RateQuery, ServiceId, TariffId, Unit, matched_destination};
use money::Amount;
use rating::{price_explained, whole_use};
use serde::{Deserialize, Serialize};

/// Resellers above one customer.
pub const LEVELS_MOST: usize = 16;

/// What was used below, for the reseller's own charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelCharge {
    /// Service.
    pub service: ServiceId,
    /// Who and where.
    pub source: Source,
    /// Number, APN or item.
    pub destination: String,
    /// Words for people.
    pub description: String,
    /// How much, included units too.
    pub units: u64,
    /// Unit of `units`.
    pub unit: Option<Unit>,
    /// Beginning of the use.
    pub started_at: Instant,
    /// End of the use.
    pub ended_at: Instant,
    /// Product that priced it below; `None` where a reseller has none.
    pub product: Option<ProductId>,
    /// The reseller tariff that product names for this level.
    pub tariff: Option<TariffId>,
    /// Levels climbed so far.
    pub hops: u8,
}

/// Where a new or moved customer stands: below the first of `chain`.
pub(crate) fn placed(id: CustomerId, chain: &[CustomerId]) -> Result<Option<Parent>, Refusal> {
    let circle = chain.contains(&id)
        || chain.iter().enumerate().any(|(i, one)| chain.iter().skip(i + 1).any(|o| o == one));
    if circle || chain.len() > LEVELS_MOST {
        return Err(Refusal::CyclicChain);
    }
    // Until the reseller has answered he is taken to serve.
    Ok(chain.first().map(|id| Parent { id: *id, announced: None, stopped: None, relayed: 0 }))
}

/// Puts a customer under a reseller and asks how that one stands.
pub(crate) fn join(work: &mut Work<'_>, head: &mut Head, parent: Option<Parent>) {
    if parent.is_none() && head.chain.is_none() {
        return;
    }
    let chain = head.chain.get_or_insert_default();
    if let Some(left) = chain.parent.take().filter(|left| left.relayed > 0) {
        chain.former.retain(|(id, _)| *id != left.id);
        chain.former.push((left.id, left.relayed));
    }
    chain.parent = parent.map(|parent| {
        let known = chain.former.iter().find(|(id, _)| *id == parent.id);
        Parent { relayed: known.map_or(0, |(_, relayed)| *relayed), ..parent }
    });
    if parent.is_some() {
        let id = head.next_row();
        relay::send_up(work, head, id, Message::Join);
    }
    work.effects.changes.head = true;
}

/// Moves a customer who is no reseller.
pub(crate) fn move_to(work: &mut Work<'_>, customer: &mut Customer, chain: &[CustomerId]) -> Decision {
    let head = &mut customer.head;
    if head.terminated_at.is_some() {
        return Err(Refusal::CustomerTerminated.into());
    }
    let parent = placed(head.id, chain)?;
    let now = head.chain.as_ref();
    if now.is_some_and(|chain| chain.resale.is_some()) {
        return Err(Refusal::CyclicChain.into());
    }
    let stopped = now.is_some_and(|chain| chain.stopped().is_some());
    join(work, head, parent);
    if stopped {
        work.event(head, EventKind::ServiceRestored, None, "");
    }
    Ok(Reply::Done(None))
}

/// Makes a reseller, or changes his terms.
pub(crate) fn set_resale(
    work: &mut Work<'_>,
    customer: &mut Customer,
    wholesale: Option<ProductId>,
    cushion: Amount,
) -> Decision {
    if cushion.is_negative() {
        return Err(Refusal::AmountNotPositive.into());
    }
    if let Some(product) = wholesale
        && work.context.catalog.product_by_id(product).is_none()
    {
        return Err(Refusal::ProductNotAssignable("there is no such product".to_owned()).into());
    }
    let chain = customer.head.chain.get_or_insert_default();
    let fresh = Resale { wholesale, cushion, stopped: None, announced: None };
    chain.resale = Some(Resale { wholesale, cushion, ..chain.resale.unwrap_or(fresh) });
    work.effects.changes.head = true;
    Ok(Reply::Done(None))
}

/// Why this reseller may not serve now, if so.
fn stop(head: &Head, cushion: Amount, now: Instant) -> Option<ResellerStop> {
    let own = [
        (head.terminated_at.is_some(), ResellerStop::Terminated),
        (head.blocked, ResellerStop::Blocked),
        (head.suspended_at.is_some(), ResellerStop::Suspended),
        (head.purse.unlocked(now) <= cushion, ResellerStop::OutOfFunds),
    ];
    let own = own.into_iter().find_map(|(holds, stop)| holds.then_some(stop));
    own.or_else(|| head.chain.as_ref()?.stopped())
}

/// Announces a change of the reseller's standing. The event tells the shell to send [`Head::standing`] to all he serves.
pub(crate) fn announce(work: &mut Work<'_>, head: &mut Head) {
    let Some(resale) = head.chain.as_ref().and_then(|chain| chain.resale) else { return };
    let stopped = stop(head, resale.cushion, work.now());
    if stopped == resale.stopped {
        return;
    }
    let kind = if stopped.is_some() { EventKind::ResellerStopped } else { EventKind::ResellerServing };
    work.event(head, kind, None, stopped.map_or_else(String::new, |stop| stop.to_string()));
    let announced = work.effects.events.last().map(|event| event.id);
    if let Some(resale) = head.chain.as_mut().and_then(|chain| chain.resale.as_mut()) {
        *resale = Resale { stopped, announced, ..*resale };
    }
}

/// Answers a customer who has come.
pub(crate) fn welcome(work: &mut Work<'_>, head: &mut Head, to: CustomerId) {
    let id = head.next_row();
    let stopped = head.chain.as_ref().and_then(|chain| chain.resale?.stopped);
    work.effects.relays.push(Relay { id, to, previous: 0, message: Message::Standing(stopped) });
}

/// Takes note of how the reseller stands, unless something newer was heard.
pub(crate) fn hear(
    work: &mut Work<'_>,
    head: &mut Head,
    from: CustomerId,
    announced: RowId,
    stopped: Option<ResellerStop>,
) {
    let parent = head.chain.as_mut().and_then(|chain| chain.parent.as_mut());
    let Some(parent) = parent.filter(|parent| parent.id == from && parent.announced < Some(announced)) else {
        return;
    };
    let before = std::mem::replace(&mut parent.stopped, stopped);
    parent.announced = Some(announced);
    work.effects.changes.head = true;
    match (before, stopped) {
        (None, Some(stop)) => {
            work.event(head, EventKind::ServiceStopped, None, format!("the reseller {stop}"))
        }
        (Some(_), None) => work.event(head, EventKind::ServiceRestored, None, ""),
        _ => {}
    }
}

/// Passes a charge for use on to the reseller above. What has no units, and fees, are each level's own.
pub(crate) fn pass_on(work: &mut Work<'_>, head: &mut Head, xdr: &Xdr) {
    let above = head.chain.as_ref().is_some_and(|chain| chain.parent.is_some());
    let (Some(source), Some(service), true) = (xdr.explanation.source(), xdr.service, above) else { return };
    if xdr.units == 0 {
        return;
    }
    if usize::from(work.hops) > LEVELS_MOST {
        return work.event(head, EventKind::ResellerUnpriced, None, "the chain of resellers is too long");
    }
    let query = RateQuery {
        products: xdr.product.as_slice(),
        service,
        node: &source.node,
        access_code: &source.access_code,
        destination: &xdr.destination,
        at: xdr.started_at,
        zone: head.zone.name(),
    };
    let tariff = work.context.catalog.reseller_tariff(&query);
    let level = LevelCharge {
        service,
        source: source.clone(),
        destination: xdr.destination.clone(),
        description: xdr.description.clone(),
        units: xdr.units,
        unit: xdr.unit,
        started_at: xdr.started_at,
        ended_at: xdr.ended_at,
        product: xdr.product,
        tariff,
        hops: work.hops,
    };
    relay::send_up(work, head, xdr.id, Message::Charge(Box::new(level)));
}

/// Charges a reseller for what was used below. Always taken: what has no price, or an absurd one, is recorded at nothing and
/// announced, so that one event never holds up those behind it; a rerating puts it right.
pub(crate) fn charge(
    work: &mut Work<'_>,
    head: &mut Head,
    origin: RowId,
    level: &LevelCharge,
) -> Result<(), Stop> {
    work.hops = level.hops.saturating_add(1);
    let wholesale = head.chain.as_ref().and_then(|chain| chain.resale?.wholesale);
    let (catalog, zone) = (work.context.catalog, head.zone.name());
    let query = |products| RateQuery {
        products,
        service: level.service,
        node: &level.source.node,
        access_code: &level.source.access_code,
        destination: &level.destination,
        at: level.started_at,
        zone,
    };
    let named = level.tariff.and_then(|tariff| catalog.rate_in(tariff, &query(level.product.as_slice())));
    let choice: Option<RateChoice<'_>> = named.or_else(|| catalog.rate(&query(wholesale.as_slice())));
    let choice = choice.filter(|choice| choice.currency == head.currency);
    let room = headroom(head, None);
    let priced = choice.as_ref().and_then(|choice| {
        let span = (level.destination.as_str(), level.started_at, zone);
        let mut rule = whole_use(catalog, &choice.found, span, (level.units, 0, level.unit));
        rule.draw(|| lot::of(head.id, Some(&origin.to_string()), level.started_at));
        price_explained(&rule, level.units).ok()
    });
    let priced = priced.filter(|priced| priced.amount <= room);
    if priced.is_none() {
        let detail = format!("{} units of service {} to {}", level.units, level.service, level.destination);
        work.event(head, EventKind::ResellerUnpriced, None, detail);
    }
    let amount = priced.as_ref().map_or(Amount::ZERO, |priced| priced.amount);
    let id = head.next_row();
    let explanation = match (choice, priced) {
        (Some(choice), Some(priced)) => Explanation::Rated {
            source: level.source.clone(),
            product: choice.product.id,
            tariff: choice.tariff.id,
            rate: matched_destination(&level.destination, choice.matched).to_owned(),
            version: catalog.version(),
            buckets: Vec::new(),
            priced: Box::new(priced),
            discounts: Vec::new(),
            wallets: Vec::new(),
            changes: Vec::new(),
            cost: None,
            dialled: None,
        },
        _ => Explanation::Unpriced { source: level.source.clone(), version: catalog.version() },
    };
    let mut xdr = Xdr {
        id,
        customer: head.id,
        account: None,
        kind: XdrKind::Wholesale,
        service: Some(level.service),
        product: wholesale,
        period_number: head.period_number,
        started_at: level.started_at,
        ended_at: level.ended_at,
        posted_at: work.now(),
        units: level.units,
        unit: level.unit,
        destination: level.destination.clone(),
        description: level.description.clone(),
        reference: Some(origin.to_string()),
        amount,
        explanation,
    };
    work.charge(head, None, LedgerCode::Wholesale, &mut xdr)?;
    work.effects.xdrs.push(xdr);
    Ok(())
}

impl Head {
    /// What a reseller has to tell `to`, whom he serves; `None` when nothing was ever announced.
    pub fn standing(&self, to: CustomerId) -> Option<Relay> {
        let resale = self.chain.as_ref()?.resale?;
        Some(Relay { id: resale.announced?, to, previous: 0, message: Message::Standing(resale.stopped) })
    }
}
