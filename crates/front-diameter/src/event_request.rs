//! EVENT requests: one message, no session (RFC 8506 6). Direct debiting, price enquiry and balance check;
//! refunds are in [`crate::refund_request`].
//!
//! A repeated event is recognised by Session-Id and CC-Request-Number, whatever its T flag says (RFC 8506 6.5).

use crate::ask::{Ask, Body, GrantAs, Intent, Refused, ServiceForm};
use crate::refund_request::event_name;
use crate::request_mapping::{Meaning, NOBODY, Reader, WRONG_UNIT, amount, counted_by, destination, wish};
use catalog::Unit;
use charging::Debit;
use diameter::codes::{avp, result};
use diameter::credit_control::{CreditControlRequest, RequestedAction, Units};

/// Contexts of clients that know the AVPs of TS 32.299.
const TGPP: &str = "3gpp.org";

impl Reader<'_> {
    /// Maps an EVENT request.
    pub(crate) fn event(&self, ccr: &CreditControlRequest<'_>) -> Result<Ask, Refused> {
        let action = ccr.requested_action.unwrap_or(RequestedAction::DirectDebiting);
        if action == RequestedAction::RefundAccount {
            return self.refund(ccr);
        }
        if ccr.services.len() > 1 {
            return Err(Refused::new(result::UNABLE_TO_COMPLY, "an EVENT request is about one service"));
        }
        let service = ccr.services.first();
        let rating_group = service.and_then(|s| s.rating_group);
        let identifiers: Vec<u32> = match service {
            Some(service) => service.service_identifiers.clone(),
            None => ccr.service_identifier.into_iter().collect(),
        };
        let Some(meaning) = self.meaning(ccr, rating_group, &identifiers) else {
            let (code, data) = (result::RATING_FAILED, ccr.service_context_id.as_bytes());
            let message = "no service of the catalog is charged for this context";
            return Err(Refused::showing(code, message, avp::SERVICE_CONTEXT_ID, data));
        };
        let requested = service.map_or(ccr.requested, |service| service.requested).unwrap_or_default();
        let units = how_many(&meaning, &requested)?;
        let grant_as = wish(&meaning, Some(&requested)).map_or(GrantAs::Specific, |(_, grant_as)| grant_as);
        let destination = destination(ccr, &meaning);
        let description = match destination.trim_start_matches('+') {
            "" => meaning.service.name.clone(),
            number => format!("{} to {number}", meaning.service.name),
        };
        let debit = Debit {
            account: NOBODY,
            identifier: Box::default(),
            node: self.node.into(),
            service: meaning.service.id,
            destination,
            units,
            description,
            reference: Some(event_name(ccr.session_id, ccr.request_number).into_boxed_str()),
            at: self.event_at(ccr),
        };
        let service = service.map(|service| ServiceForm {
            rating_group: service.rating_group,
            service_identifiers: service.service_identifiers.clone(),
            grant_as,
            reported: true,
            problem: None,
        });
        let intent = match action {
            RequestedAction::CheckBalance => Intent::CheckBalance(debit),
            RequestedAction::PriceEnquiry => Intent::PriceEnquiry(debit),
            RequestedAction::DirectDebiting | RequestedAction::RefundAccount => Intent::Debit(debit),
        };
        let event = event_name(ccr.session_id, ccr.request_number);
        let refund_information = ccr.service_context_id.ends_with(TGPP).then(|| event.into_bytes());
        Ok(Ask { intent, form: self.form(ccr, Body::Event { units, grant_as, service, refund_information }) })
    }
}

/// Units of the event: one message or purchase when nothing is said; time and volume must be said.
fn how_many(meaning: &Meaning<'_>, requested: &Units) -> Result<u64, Refused> {
    let unit = meaning.service.unit;
    let counted_one_by_one = matches!(unit, Unit::Message | Unit::Event);
    match amount(meaning, requested) {
        Some(units) => Ok(units),
        None if requested.is_empty() && counted_one_by_one => Ok(1),
        None => Err(Refused::lacking(result::RATING_FAILED, WRONG_UNIT, counted_by(unit))),
    }
}
