//! Price enquiry and balance check (RFC 8506 6.2, 6.3): a look at the live customer that changes nothing. Blocks; not for readers.

use crate::answer_writing::Outcome;
use charging::{Context, Customer, CustomerId, CustomerStatus, Debit, Refusal, Reply};
use engine::Engine;

/// Which question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// Would the funds suffice?
    Balance,
    /// What would it cost?
    Price,
}

/// Asks the engine.
pub(crate) fn ask(engine: &Engine, customer: CustomerId, debit: Debit, question: Question) -> Outcome {
    let (catalog, now) = (engine.catalog(), engine.clock().now());
    let currency = catalog.currency();
    let looked = engine.look(customer, move |found| {
        let context = Context { catalog: &catalog, now };
        let customer = found.ok_or(Refusal::UnknownCustomer)?;
        standing(customer)?;
        let account = customer.account(debit.account).ok_or(Refusal::UnknownAccount)?;
        let price = charging::enquire(account, &debit, context)?;
        Ok((price, customer.available() >= price))
    });
    match looked {
        Err(error) => Outcome::Replied(Err(error)),
        Ok(Err(refusal)) => Outcome::Replied(Ok(Reply::Refused(refusal))),
        Ok(Ok((price, suffices))) => match question {
            Question::Balance => Outcome::Suffices(suffices),
            Question::Price => Outcome::Costs(price, currency),
        },
    }
}

fn standing(customer: &Customer) -> Result<(), Refusal> {
    match customer.head.status() {
        CustomerStatus::Active => Ok(()),
        CustomerStatus::Suspended => Err(Refusal::CustomerSuspended),
        CustomerStatus::Blocked => Err(Refusal::CustomerBlocked),
        CustomerStatus::Terminated => Err(Refusal::CustomerTerminated),
    }
}
