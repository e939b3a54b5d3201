//! Services that by the operator's policy are free of charge and not even counted (`metered = false` of a profile's entry): answered with
//! 4011, upon which the client serves them without asking again (RFC 8506 9.1). Within a service (MSCC) the other services go on as
//! ever; a request that is about nothing else begins no session here, but whoever is barred is refused all the same.

use crate::answer_writing::Outcome;
use crate::ask::{AnswerForm, Ask, Body, Intent};
use crate::enquiry::standing;
use crate::outbox::Outbox;
use crate::request_mapping::Reader;
use crate::subscribers::Found;
use charging::{AccountId, Customer, Refusal, Reply};
use diameter::credit_control::{CreditControlRequest, RequestType};
use engine::Engine;
use std::sync::Arc;

impl Reader<'_> {
    /// Whether units outside services are of such a service.
    pub(crate) fn is_unmetered(&self, ccr: &CreditControlRequest<'_>) -> bool {
        self.profile.services.iter().any(|entry| !entry.metered)
            && self.first_meaning(ccr).is_some_and(|meaning| !meaning.entry.metered)
    }

    /// What is asked then. The end of such a use, which a client need not tell, is only taken note of.
    pub(crate) fn unmetered(&self, ccr: &CreditControlRequest<'_>, body: Body) -> Ask {
        let is_end = ccr.request_type == RequestType::Termination;
        let intent = if is_end { Intent::Nothing } else { Intent::Unmetered };
        Ask { intent, form: self.form(ccr, body) }
    }
}

/// Answers when the customer was looked at.
pub(crate) fn answer(engine: &Engine, whose: Found, form: Box<AnswerForm>, outbox: Arc<Outbox>) {
    engine.look_then(whose.customer, move |seen| {
        let outcome = match seen {
            Err(error) => Outcome::Replied(Err(error)),
            Ok(customer) => match may_use(customer, whose.account) {
                Ok(()) => Outcome::Unmetered,
                Err(refusal) => Outcome::Replied(Ok(Reply::Refused(refusal))),
            },
        };
        outbox.answer_alone(&form, &outcome);
    });
}

fn may_use(customer: Option<&Customer>, account: AccountId) -> Result<(), Refusal> {
    let customer = customer.ok_or(Refusal::UnknownCustomer)?;
    standing(customer)?;
    match customer.account(account) {
        None => Err(Refusal::UnknownAccount),
        Some(account) if account.terminated_at.is_some() => Err(Refusal::AccountTerminated),
        Some(account) if account.blocked => Err(Refusal::AccountBlocked),
        Some(_) => Ok(()),
    }
}
