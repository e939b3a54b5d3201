//! Services that by the operator's policy are free of charge and not even counted (`metered = false` of a profile's entry): answered with
//! 4011, upon which the client serves them without asking again (RFC 8506 9.1). Within a service (MSCC) the other services go on as
//! ever; a request that is about nothing else begins no session here, but whoever is barred is refused all the same.
//!
//! A session may have begun when they were metered: it goes on and ends as ever, and their use counts where it has a meter of them.

use crate::answer_writing::Outcome;
use crate::ask::{AnswerForm, Ask, Body, Intent};
use crate::door::answering;
use crate::enquiry::standing;
use crate::outbox::Outbox;
use crate::request_mapping::{Meaning, Reader};
use crate::subscribers::Found;
use crate::told::CostsTold;
use catalog::Snapshot;
use charging::{
    AccountId, Asked, Command, Customer, Envelope, Refusal, Reply, Session, SessionRequest, Step, UnitReport,
    Used,
};
use diameter::credit_control::{CreditControlRequest, RequestType, UsedUnits};
use engine::Engine;
use std::sync::Arc;

impl Reader<'_> {
    /// Whether units outside services are of such a service.
    pub(crate) fn is_unmetered(&self, ccr: &CreditControlRequest<'_>) -> bool {
        self.profile.services.iter().any(|entry| !entry.metered)
            && self.first_meaning(ccr).is_some_and(|meaning| !meaning.entry.metered)
    }

    /// What is asked then, where nothing has begun.
    pub(crate) fn unmetered(&self, ccr: &CreditControlRequest<'_>, body: Body) -> Ask {
        Ask { intent: Intent::Unmetered, form: self.form(ccr, body) }
    }

    /// What a later request of a session reports of such a service.
    pub(crate) fn free_use(
        &self,
        ccr: &CreditControlRequest<'_>,
        meaning: &Meaning<'_>,
        names: (Option<u32>, Option<u32>),
        reported: &[UsedUnits],
    ) -> Option<UnitReport> {
        if reported.is_empty() || ccr.request_type == RequestType::Initial {
            return None;
        }
        let report = self.report(ccr, meaning, names, reported, Asked::Nothing);
        (!matches!(report.used, Used::None | Used::Since(0))).then_some(report)
    }

    /// The same outside services.
    pub(crate) fn free_use_outside(&self, ccr: &CreditControlRequest<'_>) -> Option<UnitReport> {
        self.free_use(ccr, &self.first_meaning(ccr)?, (None, ccr.service_identifier), &ccr.used)
    }
}

/// A step of a session of which something is not metered. Where it is about nothing else and there is no session, it is what a first
/// request would be, and the end, which a client need not tell, is only taken note of.
pub(crate) fn step(
    (engine, costs): (Engine, Arc<CostsTold>),
    mut request: SessionRequest,
    whose: Found,
    form: Box<AnswerForm>,
    outbox: Arc<Outbox>,
) {
    let (theirs, free) = (engine.clone(), form.free);
    theirs.look_then(whose.customer, move |seen| {
        let customer = match seen {
            Ok(customer) => customer,
            Err(error) => return outbox.answer_alone(&form, &Outcome::Replied(Err(error))),
        };
        let session = customer.and_then(|customer| customer.sessions.get(&request.session));
        if session.is_none() && free.is_some_and(|free| free.whole) {
            let outcome = match request.step {
                Step::Stop => Outcome::Nothing,
                Step::Start | Step::Update => may_use_outcome(customer, whose.account),
            };
            return outbox.answer_alone(&form, &outcome);
        }
        count_where_metered(&mut request, free.map_or(0, |free| free.behind), session, &engine.catalog());
        let command = Command::Session(request);
        let answer = answering((&engine, &costs), &command, whose, form, outbox);
        engine.submit_network(Envelope { customer: whose.customer, key: None, command }, answer);
    });
}

/// Leaves of the use behind so many units what the session has a meter of, as use of that.
fn count_where_metered(
    request: &mut SessionRequest,
    behind: usize,
    session: Option<&Session>,
    catalog: &Snapshot,
) {
    let unit = |service| catalog.service_by_id(service).map(|service| service.unit);
    let free = request.units.split_off(behind.min(request.units.len()));
    for report in free {
        let names = (report.rating_group, report.service_identifier);
        let mut meters = session.iter().flat_map(|session| session.meters.iter()).rev();
        let meter = meters.find(|meter| (meter.rating_group, meter.service_identifier) == names);
        if let Some(meter) = meter.filter(|meter| unit(meter.service) == unit(report.service)) {
            let (access_code, destination) = (meter.access_code.clone(), meter.destination.clone());
            request.units.push(UnitReport { service: meter.service, access_code, destination, ..report });
        }
    }
}

/// Answers when the customer was looked at.
pub(crate) fn answer(engine: &Engine, whose: Found, form: Box<AnswerForm>, outbox: Arc<Outbox>) {
    engine.look_then(whose.customer, move |seen| {
        let outcome = match seen {
            Err(error) => Outcome::Replied(Err(error)),
            Ok(customer) => may_use_outcome(customer, whose.account),
        };
        outbox.answer_alone(&form, &outcome);
    });
}

fn may_use_outcome(customer: Option<&Customer>, account: AccountId) -> Outcome {
    match may_use(customer, account) {
        Ok(()) => Outcome::Unmetered,
        Err(refusal) => Outcome::Replied(Ok(Reply::Refused(refusal))),
    }
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
