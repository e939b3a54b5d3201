//! The door of the core: one command in, one answer and its effects out.

use crate::{
    AccountId, Applied, Command, Customer, Effects, Envelope, Event, EventKind, LedgerEntry, Refusal, Reply,
    Xdr,
    ledger::{LedgerCode, LedgerSide},
};
use crate::{RowId, authorize, collection, debit, funds, lifecycle, period_close, session_step};
use calendar::{Instant, Seconds};
use catalog::Snapshot;
use money::{Amount, MoneyError};

/// What the core may read besides the state.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The published catalog.
    pub catalog: &'a Snapshot,
    /// The time of the command.
    pub now: Instant,
}

/// The aggregate cannot be trusted any more: the shell must load it again. Never caused by input alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChargingError {
    /// Sums that were checked before did not hold.
    #[error("customer {customer}: {source}")]
    Money {
        /// Whose.
        customer: crate::CustomerId,
        /// What.
        source: MoneyError,
    },
}

/// How long a request key is remembered.
pub const APPLIED_KEPT: Seconds = Seconds(48 * 3_600);
/// Remembered requests before old ones are swept out.
const APPLIED_SWEEP: usize = 64;

/// Collects the effects of one command on one customer.
pub(crate) struct Work<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) effects: Effects,
}

/// Decides one command. `state` is the customer's aggregate, `None` when he does not exist yet.
///
/// A refusal leaves the state as it was, except that use reported by a session step is counted even when no further quota is
/// granted. Repeating an envelope with the same key, or a session step with the same request number, gives the first answer
/// and changes nothing.
pub fn apply(
    state: &mut Option<Customer>,
    envelope: &Envelope,
    context: Context<'_>,
) -> Result<(Reply, Effects), ChargingError> {
    if let (Some(customer), Some((key, fingerprint))) = (state.as_ref(), &envelope.key)
        && let Some(applied) = customer.applied.get(key)
        && applied.until > context.now
    {
        let same = applied.fingerprint == *fingerprint;
        let reply = if same { applied.reply.clone() } else { Reply::Refused(Refusal::KeyReused) };
        return Ok((reply, Effects::default()));
    }
    let mut work = Work { context, effects: Effects::default() };
    let outcome = work.dispatch(state, envelope);
    let reply = match outcome {
        Ok(reply) => reply,
        Err(Stop::Refused(refusal)) => return Ok((Reply::Refused(refusal), Effects::default())),
        Err(Stop::Broken(source)) => {
            return Err(ChargingError::Money { customer: envelope.customer, source });
        }
    };
    let Some(customer) = state.as_mut() else { return Ok((reply, work.effects)) };
    funds::announce_crossing(&mut customer.head, &mut work);
    if let Some((key, fingerprint)) = &envelope.key
        && !matches!(reply, Reply::Refused(_))
    {
        work.remember(customer, key.clone(), *fingerprint, reply.clone(), APPLIED_KEPT);
    }
    if !work.effects.changes.is_empty() {
        customer.head.seq += 1;
        work.effects.changes.head = true;
    }
    Ok((reply, work.effects))
}

/// Why a command goes no further.
pub(crate) enum Stop {
    /// Told to the asker; nothing was changed.
    Refused(Refusal),
    /// An invariant failed.
    Broken(MoneyError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Sums are checked before anything is changed, so an overflow then is a refusal of absurd input.
impl From<MoneyError> for Stop {
    fn from(_: MoneyError) -> Self {
        Self::Refused(Refusal::OutOfRange)
    }
}

pub(crate) type Decision = Result<Reply, Stop>;

impl Work<'_> {
    fn dispatch(&mut self, state: &mut Option<Customer>, envelope: &Envelope) -> Decision {
        if let Command::CreateCustomer(create) = &envelope.command {
            return lifecycle::create_customer(self, state, envelope.customer, create);
        }
        let customer = state.as_mut().ok_or(Refusal::UnknownCustomer)?;
        match &envelope.command {
            Command::CreateCustomer(_) => Err(Refusal::CustomerExists.into()),
            Command::AddAccount(add) => lifecycle::add_account(self, customer, add),
            Command::ChangeProduct { account, product } => {
                lifecycle::change_product(self, customer, *account, *product)
            }
            Command::AddAddOn(add) => lifecycle::add_add_on(self, customer, add),
            Command::RemoveAddOn { account, add_on } => {
                lifecycle::remove_add_on(self, customer, *account, *add_on)
            }
            Command::BlockAccount { account, blocked } => {
                lifecycle::block_account(self, customer, *account, *blocked)
            }
            Command::TerminateAccount { account } => lifecycle::terminate_account(self, customer, *account),
            Command::BlockCustomer { blocked } => lifecycle::block_customer(self, customer, *blocked),
            Command::TerminateCustomer => lifecycle::terminate_customer(self, customer),
            Command::SetCreditLimit { limit } => funds::set_credit_limit(self, customer, *limit),
            Command::AnnounceChange { kind, account, detail } => {
                lifecycle::announce_change(self, customer, *kind, *account, detail)
            }
            Command::Authorize(ask) => authorize::authorize(self, customer, ask),
            Command::Session(request) => session_step::step(self, customer, request),
            Command::EndSession { session } => session_step::end(self, customer, session),
            Command::ExpireSession { session } => session_step::expire(self, customer, session),
            Command::Debit(debit) => debit::debit(self, customer, debit),
            Command::Pay(pay) => funds::pay(self, customer, pay),
            Command::Adjust(adjust) => funds::adjust(self, customer, adjust),
            Command::ClosePeriod(close) => period_close::close_period(self, customer, close),
            Command::PostInvoice(invoice) => collection::post_invoice(self, customer, invoice),
            Command::Collect => collection::collect(self, customer),
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.context.now
    }

    /// Adds an event.
    pub(crate) fn event(
        &mut self,
        head: &mut crate::Head,
        kind: EventKind,
        account: Option<AccountId>,
        detail: impl Into<String>,
    ) {
        let id = head.next_row();
        let event = Event { id, kind, customer: head.id, account, at: self.now(), detail: detail.into() };
        self.effects.events.push(event);
        self.effects.changes.head = true;
    }

    /// Moves money between the customer's balance and `other`: positive to him, negative from him. Zero moves nothing.
    pub(crate) fn book(
        &mut self,
        head: &mut crate::Head,
        code: LedgerCode,
        other: LedgerSide,
        to_customer: Amount,
        reference: Option<RowId>,
        note: impl Into<String>,
    ) -> Result<Option<RowId>, Stop> {
        if to_customer.is_zero() {
            return Ok(None);
        }
        let balance = head.balance.plus(to_customer)?;
        let (debit, credit, amount) = if to_customer.is_positive() {
            (other, LedgerSide::CustomerBalance, to_customer)
        } else {
            (LedgerSide::CustomerBalance, other, to_customer.negated()?)
        };
        let id = head.next_row();
        let (customer, at, note) = (head.id, self.now(), note.into());
        self.effects.ledger.push(LedgerEntry {
            id,
            customer,
            at,
            code,
            debit,
            credit,
            amount,
            reference,
            note,
        });
        head.balance = balance;
        self.effects.changes.head = true;
        Ok(Some(id))
    }

    /// Takes the amount of an xDR from the balance.
    pub(crate) fn charge(&mut self, head: &mut crate::Head, code: LedgerCode, xdr: &Xdr) -> Result<(), Stop> {
        let unbilled = head.unbilled.plus(xdr.amount)?;
        let owed = xdr.amount.negated()?;
        self.book(head, code, LedgerSide::Revenue, owed, Some(xdr.id), xdr.description.clone())?;
        head.unbilled = unbilled;
        Ok(())
    }

    /// Remembers a request so that it is not applied again. Requests past their time are dropped now and then without being
    /// named in the effects: they no longer decide anything, in memory or in a store.
    pub(crate) fn remember(
        &mut self,
        customer: &mut Customer,
        key: crate::RequestKey,
        fingerprint: u64,
        reply: Reply,
        kept: Seconds,
    ) {
        let now = self.now();
        if customer.applied.len() >= APPLIED_SWEEP {
            customer.applied.retain(|_, applied| applied.until > now);
        }
        let until = now.plus(kept);
        customer.applied.insert(key.clone(), Applied { fingerprint, reply, until });
        self.effects.changes.applied.push(key);
    }
}
