//! EVENT requests: one message, no session (RFC 8506 6). Direct debiting, price enquiry and balance check;
//! refunds are in [`crate::refund_request`].
//!
//! USSD is charged the same way by slices: each request of the session is an event of its own and pays for the next seconds: those of
//! one interval of the tariff; where it has none, as many as the request or the profile says (USSD-13).
//!
//! A repeated event is recognised by Session-Id and CC-Request-Number, whatever its T flag says (RFC 8506 6.5).

use crate::ask::{Ask, Body, GrantAs, Intent, Refused, ServiceForm};
use crate::enquiry::Question;
use crate::refund_request::event_name;
use crate::request_mapping::{Meaning, NOBODY, Reader, WRONG_UNIT, amount, counted_by, wish};
use catalog::Unit;
use charging::Debit;
use diameter::codes::{avp, result};
use diameter::credit_control::{CreditControlRequest, RequestType, RequestedAction, Units};

/// Contexts of clients that know the AVPs of TS 32.299.
const TGPP: &str = "3gpp.org";

impl Reader<'_> {
    /// Maps an EVENT request.
    pub(crate) fn event(&self, ccr: &CreditControlRequest<'_>) -> Result<Ask, Refused> {
        let action = ccr.requested_action.unwrap_or(RequestedAction::DirectDebiting);
        if action == RequestedAction::RefundAccount {
            return self.refund(ccr);
        }
        self.charge(ccr, action)
    }

    /// Whether each request of such a session pays for itself (`slices` of the profile).
    pub(crate) fn is_sliced(&self, ccr: &CreditControlRequest<'_>) -> bool {
        self.profile.services.iter().any(|entry| entry.slices)
            && self.first_meaning(ccr).is_some_and(|meaning| meaning.entry.slices)
    }

    /// A request of a session in slices: what it asks for is charged at once, as an event; a report alone costs nothing more.
    pub(crate) fn slice(&self, ccr: &CreditControlRequest<'_>) -> Result<Ask, Refused> {
        let asks = ccr.requested.is_some() || ccr.services.iter().any(|service| service.requested.is_some());
        match ccr.request_type {
            RequestType::Initial => self.charge(ccr, RequestedAction::DirectDebiting),
            RequestType::Update if asks => self.charge(ccr, RequestedAction::DirectDebiting),
            _ => Ok(Ask { intent: Intent::Nothing, form: self.form(ccr, Body::Nothing) }),
        }
    }

    /// The meaning of the only or first service.
    pub(crate) fn first_meaning(&self, ccr: &CreditControlRequest<'_>) -> Option<Meaning<'_>> {
        match ccr.services.first() {
            Some(service) => self.meaning(ccr, service.rating_group, &service.service_identifiers),
            None => self.meaning(ccr, None, ccr.service_identifier.as_slice()),
        }
    }

    fn charge(&self, ccr: &CreditControlRequest<'_>, action: RequestedAction) -> Result<Ask, Refused> {
        if ccr.services.len() > 1 {
            return Err(Refused::new(result::UNABLE_TO_COMPLY, "an EVENT request is about one service"));
        }
        let service = ccr.services.first();
        let rating_group = service.and_then(|s| s.rating_group);
        let identifier = service.map_or(ccr.service_identifier, |s| s.service_identifiers.first().copied());
        let Some(meaning) = self.first_meaning(ccr) else {
            let (code, data) = (result::RATING_FAILED, ccr.service_context_id.as_bytes());
            let message = "no service of the catalog is charged for this context";
            return Err(Refused::showing(code, message, avp::SERVICE_CONTEXT_ID, data));
        };
        let requested = service.map_or(ccr.requested, |service| service.requested).unwrap_or_default();
        let units = if meaning.entry.metered { how_many(&meaning, &requested)? } else { 0 };
        let grant_as = wish(&meaning, Some(&requested)).map_or(GrantAs::Specific, |(_, grant_as)| grant_as);
        let (access_code, destination) = self.place(ccr, meaning.entry, (rating_group, identifier));
        let description = match destination.trim_start_matches('+') {
            "" => meaning.service.name.clone(),
            number => format!("{} to {number}", meaning.service.name),
        };
        let debit = Debit {
            account: NOBODY,
            identifier: Box::default(),
            node: self.node.into(),
            service: meaning.service.id,
            access_code: access_code.as_str().into(),
            destination: destination.as_str().into(),
            units,
            description,
            reference: Some(event_name(ccr).into_boxed_str()),
            at: self.event_at(ccr),
        };
        let service = service.map(|service| ServiceForm {
            rating_group: service.rating_group,
            service_identifiers: service.service_identifiers.clone(),
            grant_as,
            reported: true,
            problem: None,
            quota_consumption_time: 0,
            triggers: None,
        });
        if !meaning.entry.metered {
            let body = Body::Event { units, grant_as, service, refund_information: None };
            return Ok(self.unmetered(ccr, body));
        }
        let question = match action {
            RequestedAction::CheckBalance => Some(Question::Balance),
            RequestedAction::PriceEnquiry => Some(Question::Price),
            RequestedAction::DirectDebiting | RequestedAction::RefundAccount => None,
        };
        let intent = match question {
            _ if meaning.entry.slices => Intent::Slice(debit, question),
            Some(Question::Balance) => Intent::CheckBalance(debit),
            Some(Question::Price) => Intent::PriceEnquiry(debit),
            None => Intent::Debit(debit),
        };
        let event = event_name(ccr);
        let can_be_refunded =
            ccr.request_type == RequestType::Event && ccr.service_context_id.ends_with(TGPP);
        let refund_information = can_be_refunded.then(|| event.into_bytes());
        Ok(Ask { intent, form: self.form(ccr, Body::Event { units, grant_as, service, refund_information }) })
    }
}

/// Units of the event: one message or purchase when nothing is said; time and volume must be said, unless the event is a slice.
fn how_many(meaning: &Meaning<'_>, requested: &Units) -> Result<u64, Refused> {
    let unit = meaning.service.unit;
    let counted_one_by_one = matches!(unit, Unit::Message | Unit::Event);
    match (amount(meaning, requested), meaning.entry.units) {
        (Some(0), Some(units)) => Ok(units),
        (None, Some(units)) if requested.is_empty() => Ok(units),
        (Some(units), _) => Ok(units),
        (None, _) if requested.is_empty() && counted_one_by_one => Ok(1),
        (None, None) if requested.is_empty() && meaning.entry.slices => Ok(meaning.service.grant.units),
        (None, _) => Err(Refused::lacking(result::RATING_FAILED, WRONG_UNIT, counted_by(unit))),
    }
}
