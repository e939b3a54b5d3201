//! Refunds (RFC 8506 6.4, Requested-Action REFUND_ACCOUNT): which charge is given back, and how much of it.
//!
//! An event is named by what its answer carried as Refund-Information (TS 32.299: the OCS says what it needs for a refund), else by
//! CC-Correlation-Id, else by the request's own Session-Id; the first that names an event counts. Our name is
//! `Session-Id/CC-Request-Number`; a Session-Id alone means its last event; where the request names a
//! sub-session, that of it is tried first. Only events of the same subscriber are found, for as
//! long as the core remembers purchase numbers (40 days). Where no event has one of the names, a session that ended may: what was
//! charged for it is in the tables, one record for each of its rating groups; parts are given back only where there is one.
//! How much: CC-Money says a sum, other units a share of what was counted; all that is left of it otherwise. The core never gives
//! back more than was charged. A repeated request gets its first answer.

use crate::answer_writing::Outcome;
use crate::ask::{Ask, Body, Intent, RefundAsk, RefundShare, Refused};
use crate::request_mapping::{Reader, WRONG_UNIT, amount, counted_by};
use crate::subscribers::{Found, Subscribers};
use crate::wire_money;
use charging::{
    AccountId, Command, Customer, Refund, RefundOf, Refusal, Reply, RequestKey, RowId, SessionKey, Xdr,
};
use diameter::codes::{avp, result};
use diameter::credit_control::{CreditControlRequest, Units};
use engine::{Engine, EngineError};
use money::{Amount, Currency, Exact, MoneyError, Rounding};

/// What the core keeps purchase numbers under.
const PURCHASE: &str = "purchase:";
/// Between a Session-Id and the number of a sub-session.
const PART: &str = ";sub=";
/// What people read in the ledger and on the invoice.
const NOTE: &str = "refunded by the network";

/// The name that an event has for the core and for a later refund.
pub(crate) fn event_name(ccr: &CreditControlRequest<'_>) -> String {
    let (session_id, request_number) = (ccr.session_id, ccr.request_number);
    match ccr.sub_session_id {
        None => format!("{session_id}/{request_number}"),
        Some(part) => format!("{session_id}{PART}{part}/{request_number}"),
    }
}

impl Reader<'_> {
    /// Maps a refund.
    pub(crate) fn refund(&self, ccr: &CreditControlRequest<'_>) -> Result<Ask, Refused> {
        let named = [ccr.refund_information, ccr.correlation_id].into_iter().flatten();
        let named = named.filter_map(|octets| std::str::from_utf8(octets).ok());
        let ask = RefundAsk {
            names: named.chain([ccr.session_id]).flat_map(|name| names(name, ccr.sub_session_id)).collect(),
            key: format!("refund:{}", event_name(ccr)).into(),
            share: self.share(ccr)?,
        };
        Ok(Ask { intent: Intent::Refund(ask), form: self.form(ccr, Body::Nothing) })
    }

    fn share(&self, ccr: &CreditControlRequest<'_>) -> Result<RefundShare, Refused> {
        let service = ccr.services.first();
        let requested: Units = service.map_or(ccr.requested, |service| service.requested).unwrap_or_default();
        let wrong = |id| Refused::lacking(result::RATING_FAILED, WRONG_UNIT, id);
        if let Some(money) = requested.money {
            let micros = wire_money::micros(money, self.catalog.currency());
            let sum = micros.and_then(|micros| i64::try_from(micros).ok());
            return sum
                .map(|sum| RefundShare::Sum(Amount::from_micros(sum)))
                .ok_or_else(|| wrong(avp::CC_MONEY));
        }
        if requested.is_empty() {
            return Ok(RefundShare::All);
        }
        let identifiers: Vec<u32> = match service {
            Some(service) => service.service_identifiers.clone(),
            None => ccr.service_identifier.into_iter().collect(),
        };
        let meaning = self.meaning(ccr, service.and_then(|s| s.rating_group), &identifiers);
        let meaning = meaning.ok_or_else(|| wrong(avp::REQUESTED_SERVICE_UNIT))?;
        let units = amount(&meaning, &requested).ok_or_else(|| wrong(counted_by(meaning.service.unit)))?;
        Ok(RefundShare::Units(units))
    }
}

/// Finds the charge and gives it back. Blocks; not for readers.
pub(crate) fn submit(
    engine: &Engine,
    subscribers: &dyn Subscribers,
    whose: Found,
    ask: RefundAsk,
) -> Result<Outcome, EngineError> {
    let names = ask.names.clone();
    let event = engine.look(whose.customer, move |found| {
        let customer = found?;
        Some((customer.head.currency, names.iter().find_map(|name| event(customer, whose.account, name))))
    });
    let Some((currency, event)) = event? else { return Ok(refused(Refusal::UnknownCustomer)) };
    let records = records(engine, whose.account, event.as_ref(), &ask.names)?;
    let mut charges = Vec::with_capacity(records.len());
    for record in &records {
        let part = part(record, ask.share, currency).map_err(|_| EngineError::Broken)?;
        let charged = subscribers.charged(record).map_err(|_| EngineError::Busy)?;
        charges.push((RefundOf::Charge(charged), part));
    }
    match (event, records.len(), ask.share) {
        (None, 1, _) | (None, 2.., RefundShare::All) => {}
        (None, ..) => return Ok(refused(Refusal::UnknownReference)),
        (Some(_), 1.., _) => {}
        // So new that no table has it.
        (Some(event), 0, _) => charges.push((RefundOf::Reference(event.reference), None)),
    }
    give_back(engine, whose, &ask.key, charges, currency)
}

fn refused(refusal: Refusal) -> Outcome {
    Outcome::Replied(Ok(Reply::Refused(refusal)))
}

/// Gives the charges back, each once: a repeated request finds the first answers under its key.
fn give_back(
    engine: &Engine,
    whose: Found,
    key: &RequestKey,
    charges: Vec<(RefundOf, Option<Amount>)>,
    currency: Currency,
) -> Result<Outcome, EngineError> {
    let (mut sum, mut nothing_left) = (None, Refusal::UnknownReference);
    for (position, (of, amount)) in charges.into_iter().enumerate() {
        let key = if position == 0 { key.clone() } else { format!("{key}#{position}").into() };
        let command = Command::Refund(Refund { of, amount, note: NOTE.to_owned() });
        match engine.call(whose.customer, Some((key, 0)), command, None)? {
            Reply::Refunded(back) => {
                sum = Some(sum.unwrap_or(Amount::ZERO).saturating_plus(back.amount));
            }
            Reply::Refused(refusal @ Refusal::RefundTooHigh { .. }) => nothing_left = refusal,
            other => return Ok(Outcome::Replied(Ok(other))),
        }
    }
    Ok(sum.map_or_else(|| refused(nothing_left), |sum| Outcome::Costs(sum, currency)))
}

/// An event that was charged.
struct Event {
    reference: Box<str>,
    xdr: RowId,
}

/// The event of that name, or the last one of that session.
fn event(customer: &Customer, account: AccountId, name: &str) -> Option<Event> {
    let of = |key: &RequestKey, reply: &Reply| match reply {
        Reply::Debited(first) if first.account == account => {
            Some(Event { reference: key.strip_prefix(PURCHASE)?.into(), xdr: first.xdr })
        }
        _ => None,
    };
    let exact: RequestKey = format!("{PURCHASE}{name}").into();
    if let Some(found) = customer.applied.get(&exact).and_then(|applied| of(&exact, &applied.reply)) {
        return Some(found);
    }
    let number = |key: &RequestKey| -> Option<u32> {
        key.strip_prefix(PURCHASE)?.strip_prefix(name)?.strip_prefix('/')?.parse().ok()
    };
    let events = customer.applied.iter().filter_map(|(key, applied)| Some((number(key)?, key, applied)));
    let (_, key, applied) = events.max_by_key(|(number, ..)| *number)?;
    of(key, &applied.reply)
}

/// The records of the event, or of the first session that has one of the names.
fn records(
    engine: &Engine,
    account: AccountId,
    event: Option<&Event>,
    names: &[String],
) -> Result<Vec<Xdr>, EngineError> {
    let store = engine.store();
    let busy = |_| EngineError::Busy;
    // What was charged a moment ago may not be in the tables yet.
    store.flush().map_err(busy)?;
    if let Some(event) = event {
        return Ok(store.xdr(event.xdr).map_err(busy)?.into_iter().map(|row| row.xdr).collect());
    }
    for name in names {
        let session = session(name).shown();
        let found = store.xdrs_of_session(account, &session).map_err(busy)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

/// What is meant by a name and the request's sub-session: that part of it, else itself.
fn names(name: &str, part: Option<u64>) -> impl Iterator<Item = String> {
    part.map(|part| format!("{name}{PART}{part}")).into_iter().chain([name.to_owned()])
}

/// The session of that name.
fn session(name: &str) -> SessionKey {
    match name.rsplit_once(PART).and_then(|(name, part)| Some((name, part.parse().ok()?))) {
        Some((name, part)) => SessionKey::diameter_part(name.as_bytes(), part),
        None => SessionKey::diameter(name.as_bytes()),
    }
}

/// The sum that is asked for; `None` = all that is left.
fn part(record: &Xdr, share: RefundShare, currency: Currency) -> Result<Option<Amount>, MoneyError> {
    let units = match share {
        RefundShare::All => return Ok(None),
        RefundShare::Sum(sum) => return Ok(Some(sum)),
        RefundShare::Units(units) if units >= record.units => return Ok(None),
        RefundShare::Units(units) => units,
    };
    let part = Exact::from_amount(record.amount).share(units, record.units)?;
    part.round(currency.exponent(), Rounding::TowardZero).map(Some)
}
