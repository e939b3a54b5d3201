//! Refunds (RFC 8506 6.4, Requested-Action REFUND_ACCOUNT): which event is given back, and how much of it.
//!
//! The event is named by what its answer carried as Refund-Information (TS 32.299: the OCS says what it needs for a refund), else by
//! CC-Correlation-Id, else by the request's own Session-Id; the first that names an event counts. Our name is
//! `Session-Id/CC-Request-Number`; a Session-Id alone means its last event. Only events of the same subscriber are found, for as
//! long as the core remembers purchase numbers (40 days).
//! How much: CC-Money says a sum, other units a share of what the event counted; all that is left of it otherwise. The core never gives
//! back more than was charged. A repeated request gets its first answer.

use crate::answer_writing::Outcome;
use crate::ask::{Ask, Body, Intent, RefundAsk, RefundShare, Refused};
use crate::request_mapping::{Reader, WRONG_UNIT, amount, counted_by};
use crate::wire_money;
use charging::{
    AccountId, Command, Customer, CustomerId, Envelope, Refund, RefundOf, Refusal, Reply, RequestKey, RowId,
};
use diameter::codes::{avp, result};
use diameter::credit_control::{CreditControlRequest, Units};
use engine::{Answer, Engine, EngineError};
use money::{Amount, Currency, Exact, Rounding};

/// What the core keeps purchase numbers under.
const PURCHASE: &str = "purchase:";
/// What people read in the ledger and on the invoice.
const NOTE: &str = "refunded by the network";

/// The name that an event has for the core and for a later refund.
pub(crate) fn event_name(session_id: &str, request_number: u32) -> String {
    format!("{session_id}/{request_number}")
}

impl Reader<'_> {
    /// Maps a refund.
    pub(crate) fn refund(&self, ccr: &CreditControlRequest<'_>) -> Result<Ask, Refused> {
        let named = [ccr.refund_information, ccr.correlation_id].into_iter().flatten();
        let named = named.filter_map(|octets| std::str::from_utf8(octets).ok());
        let (session_id, number) = (ccr.session_id, ccr.request_number);
        let ask = RefundAsk {
            names: named.chain([session_id]).map(str::to_owned).collect(),
            key: format!("refund:{}", event_name(session_id, number)).into(),
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

/// An event that was charged.
struct Charge {
    reference: Box<str>,
    xdr: RowId,
    amount: Amount,
    currency: Currency,
}

/// Finds the event and asks the core; `answer` is told at once when there is none. Blocks; not for readers.
pub(crate) fn submit(
    engine: &Engine,
    (customer, account): (CustomerId, AccountId),
    ask: RefundAsk,
    answer: impl FnOnce(Outcome) + Send + 'static,
) {
    let RefundAsk { names, key, share } = ask;
    let found = engine.look(customer, move |found| {
        let customer = found.ok_or(Refusal::UnknownCustomer)?;
        let event = names.iter().find_map(|name| charge(customer, account, name));
        event.ok_or(Refusal::UnknownReference)
    });
    let charge = match found {
        Ok(Ok(charge)) => charge,
        Ok(Err(refusal)) => return answer(Outcome::Replied(Ok(Reply::Refused(refusal)))),
        Err(error) => return answer(Outcome::Replied(Err(error))),
    };
    let (currency, amount) = match sum(engine, &charge, share) {
        Ok(sum) => (charge.currency, sum),
        Err(error) => return answer(Outcome::Replied(Err(error))),
    };
    let command =
        Command::Refund(Refund { of: RefundOf::Reference(charge.reference), amount, note: NOTE.to_owned() });
    let told = Answer::new(move |outcome| {
        answer(match outcome {
            Ok(Reply::Refunded(back)) => Outcome::Costs(back.amount, currency),
            other => Outcome::Replied(other),
        });
    });
    engine.submit_network(Envelope { customer, key: Some((key, 0)), command }, told);
}

/// The event of that name, or the last one of that session.
fn charge(customer: &Customer, account: AccountId, name: &str) -> Option<Charge> {
    let of = |key: &RequestKey, reply: &Reply| match reply {
        Reply::Debited(first) if first.account == account => Some(Charge {
            reference: key.strip_prefix(PURCHASE)?.into(),
            xdr: first.xdr,
            amount: first.amount,
            currency: customer.head.currency,
        }),
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

/// The sum that is asked for; `None` = all that is left.
fn sum(engine: &Engine, charge: &Charge, share: RefundShare) -> Result<Option<Amount>, EngineError> {
    let units = match share {
        RefundShare::All => return Ok(None),
        RefundShare::Sum(sum) => return Ok(Some(sum)),
        RefundShare::Units(units) => units,
    };
    // The record may have been charged a moment ago and not be in the tables yet.
    let store = engine.store();
    let record = store.flush().and_then(|()| store.xdr(charge.xdr)).map_err(|_| EngineError::Busy)?;
    let charged = record.map_or(0, |row| row.xdr.units);
    if units >= charged {
        return Ok(None);
    }
    let places = charge.currency.exponent();
    let part = Exact::from_amount(charge.amount).share(units, charged);
    let part = part.and_then(|part| part.round(places, Rounding::TowardZero));
    part.map(Some).map_err(|_| EngineError::Broken)
}
