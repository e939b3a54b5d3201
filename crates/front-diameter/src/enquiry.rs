//! Price enquiry and balance check (RFC 8506 6.1, 6.2): a look at the live customer that changes nothing. Blocks; not for readers.

use crate::answer_writing::Outcome;
use crate::ask::AnswerForm;
use crate::told::told_of_price;
use charging::{Context, Customer, CustomerId, CustomerStatus, Debit, Refusal, Reply};
use engine::{Engine, EngineError};

/// Which question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// Would the funds suffice?
    Balance,
    /// What would it cost?
    Price,
}

/// Asks the engine. Where the form wants to hear of the tariff, an answer about a price tells that, too.
pub(crate) fn ask(
    engine: &Engine,
    customer: CustomerId,
    debit: Debit,
    question: Question,
    form: &mut AnswerForm,
) -> Outcome {
    let wants_tariff = question == Question::Price && form.tells.advice.tariff;
    let (catalog, now) = (engine.catalog(), engine.clock().now());
    let currency = catalog.currency();
    let looked = engine.look(customer, move |found| {
        let context = Context { catalog: &catalog, now };
        let customer = found.ok_or(Refusal::UnknownCustomer)?;
        standing(customer)?;
        let enquiry = charging::enquire(customer, &debit, context)?;
        let told = if wants_tariff { told_of_price(customer, &debit, context) } else { None };
        Ok((enquiry, told))
    });
    match looked {
        Err(error) => Outcome::Replied(Err(error)),
        Ok(Err(refusal)) => Outcome::Replied(Ok(Reply::Refused(refusal))),
        Ok(Ok((enquiry, told))) => {
            form.told = told;
            match question {
                Question::Balance => Outcome::Suffices(enquiry.enough),
                Question::Price => Outcome::Costs(enquiry.amount, currency),
            }
        }
    }
}

/// Units of one interval of the tariff that would price this; `None` where it has no intervals or the customer is unknown.
///
/// # Errors
/// The engine cannot look now.
pub(crate) fn interval(
    engine: &Engine,
    customer: CustomerId,
    debit: &Debit,
) -> Result<Option<u64>, EngineError> {
    let (catalog, now, debit) = (engine.catalog(), engine.clock().now(), debit.clone());
    engine.look(customer, move |found| {
        charging::tariff_interval(found?, &debit, Context { catalog: &catalog, now })
    })
}

/// Whether he may use anything.
pub(crate) fn standing(customer: &Customer) -> Result<(), Refusal> {
    match customer.head.status() {
        CustomerStatus::Active => Ok(()),
        CustomerStatus::ResellerStopped => {
            let stopped = customer.head.chain.as_ref().and_then(|chain| chain.stopped());
            stopped.map_or(Ok(()), |stop| Err(Refusal::ResellerStopped(stop)))
        }
        CustomerStatus::Suspended => Err(Refusal::CustomerSuspended),
        CustomerStatus::Blocked => Err(Refusal::CustomerBlocked),
        CustomerStatus::Terminated => Err(Refusal::CustomerTerminated),
    }
}
