//! The door of the core: one command in, one answer and its effects out.

use crate::{
    Account, AccountId, Applied, Command, Customer, Effects, Envelope, Event, EventKind, LedgerEntry,
    Refusal, Reply, RowId, Xdr,
    ledger::{LedgerCode, LedgerSide},
};
use crate::{
    add_on, authorize, collection, compensation, correction, debit, fees, funds, lifecycle, limits,
    period_close, policy, refund, relay, reseller, session_step, voucher, wallet,
};
use calendar::{Instant, Seconds};
use catalog::{ProductId, Snapshot};
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
    pub(crate) effects: &'a mut Effects,
    /// Levels of resellers that this charge has climbed.
    pub(crate) hops: u8,
    /// Purses whose money or limits changed, for the announcement of crossings; `None` is the customer's.
    pub(crate) purses: Vec<Option<AccountId>>,
    /// Products that begin with this command.
    pub(crate) begun: Vec<(AccountId, ProductId)>,
    /// Products that somebody ends with this command; not what ends by the clock.
    pub(crate) ended: Vec<(AccountId, ProductId)>,
}

/// One movement between a balance and `other`.
pub(crate) struct Posting {
    pub(crate) code: LedgerCode,
    pub(crate) other: LedgerSide,
    pub(crate) reference: Option<RowId>,
    pub(crate) note: String,
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
    let mut effects = Effects::default();
    let reply = apply_into(state, envelope, context, &mut effects)?;
    Ok((reply, effects))
}

/// As [`apply`], with effects of the caller's, who keeps their lists' room from command to command; they must be empty. After an error
/// they mean nothing.
pub fn apply_into(
    state: &mut Option<Customer>,
    envelope: &Envelope,
    context: Context<'_>,
    effects: &mut Effects,
) -> Result<Reply, ChargingError> {
    if let (Some(customer), Some((key, fingerprint))) = (state.as_ref(), &envelope.key)
        && let Some(applied) = customer.applied.get(key)
        && applied.until > context.now
    {
        let same = applied.fingerprint == *fingerprint;
        let reply = if same { applied.answer() } else { Reply::Refused(Refusal::KeyReused) };
        return Ok(reply);
    }
    let mut work = Work::new(context, effects);
    let reply = match work.dispatch(state, envelope) {
        Ok(reply) => reply,
        Err(Stop::Refused(refusal)) => {
            *effects = Effects::default();
            return Ok(Reply::Refused(refusal));
        }
        Err(Stop::Broken(source)) => {
            return Err(ChargingError::Money { customer: envelope.customer, source });
        }
    };
    let Some(customer) = state.as_mut() else { return Ok(reply) };
    if !(work.begun.is_empty() && work.ended.is_empty()) && fees::settle(&mut work, customer).is_err() {
        return Err(ChargingError::Money { customer: envelope.customer, source: MoneyError::Overflow });
    }
    limits::announce(&mut work, customer);
    reseller::announce(&mut work, &mut customer.head);
    if let Some((key, fingerprint)) = &envelope.key
        && !matches!(reply, Reply::Refused(_))
    {
        work.remember(customer, key.clone(), *fingerprint, reply.clone(), APPLIED_KEPT);
    }
    if !work.effects.changes.is_empty() {
        customer.head.seq += 1;
        // A session's counts tell the number, too, and what it locks.
        work.effects.changes.head |= !work.effects.changes.counted;
    }
    Ok(reply)
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

impl<'a> Work<'a> {
    /// Nothing done yet.
    pub(crate) const fn new(context: Context<'a>, effects: &'a mut Effects) -> Self {
        Self { context, effects, hops: 0, purses: Vec::new(), begun: Vec::new(), ended: Vec::new() }
    }
}

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
            Command::AddAddOn(add) => add_on::add(self, customer, add),
            Command::RemoveAddOn { account, add_on } => add_on::remove(self, customer, *account, *add_on),
            Command::TopUp(top_up) => wallet::top_up(self, customer, top_up),
            Command::GrantUnits(grant) => wallet::grant_units(self, customer, grant),
            Command::SetPolicy { account, service, policy } => {
                policy::set_policy(self, customer, *account, *service, policy.as_deref())
            }
            Command::SetClass { class } => policy::set_class(self, customer, *class),
            Command::SetDialing { rules } => policy::set_dialing(self, customer, rules.as_deref()),
            Command::BlockAccount { account, blocked } => {
                lifecycle::block_account(self, customer, *account, *blocked)
            }
            Command::TerminateAccount { account } => lifecycle::terminate_account(self, customer, *account),
            Command::BlockCustomer { blocked } => lifecycle::block_customer(self, customer, *blocked),
            Command::TerminateCustomer => lifecycle::terminate_customer(self, customer),
            Command::SetLimit { account, change } => limits::set_limit(self, customer, *account, change),
            Command::OpenBalance { account, credit_limit } => {
                limits::open_balance(self, customer, *account, *credit_limit)
            }
            Command::SetTaxExempt { exempt } => lifecycle::set_tax_exempt(self, customer, *exempt),
            Command::Transfer { account, amount } => limits::transfer(self, customer, *account, *amount),
            Command::Lapse => limits::lapse(self, customer),
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
            Command::Refund(refund) => refund::refund(self, customer, refund),
            Command::Correct(correct) => correction::correct(self, customer, correct),
            Command::FreeDays(free) => compensation::free_days(self, customer, free),
            Command::RedeemVoucher(claim) => voucher::redeem(self, customer, claim),
            Command::ForgoVoucher(claim) => voucher::forgo(self, customer, claim),
            Command::SetResale { wholesale, cushion } => {
                reseller::set_resale(self, customer, *wholesale, *cushion)
            }
            Command::MoveTo { chain } => reseller::move_to(self, customer, chain),
            Command::Receive { relay, charged } => relay::receive(self, customer, relay, charged.as_ref()),
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

    /// Remembers to look at a purse for crossings.
    pub(crate) fn touched(&mut self, account: Option<AccountId>) {
        if !self.purses.contains(&account) {
            self.purses.push(account);
        }
    }

    /// Moves money between a balance and another side: positive to the customer, negative from him. Zero moves nothing. The balance
    /// is the account's own when it has one.
    pub(crate) fn book(
        &mut self,
        head: &mut crate::Head,
        account: Option<&mut Account>,
        posting: Posting,
        to_customer: Amount,
    ) -> Result<Option<RowId>, Stop> {
        if to_customer.is_zero() {
            return Ok(None);
        }
        let own = account.as_ref().filter(|account| account.purse.is_some()).map(|account| account.id);
        let purse = funds::purse_mut(head, account);
        purse.balance = purse.balance.plus(to_customer)?;
        if own.is_some() {
            self.touched(own);
        }
        Ok(Some(self.enter(head, own, posting, to_customer)?))
    }

    /// Writes the ledger entry of a movement to (positive) or from a balance: the account's own, or the customer's.
    pub(crate) fn enter(
        &mut self,
        head: &mut crate::Head,
        account: Option<AccountId>,
        Posting { code, other, reference, note }: Posting,
        to_balance: Amount,
    ) -> Result<RowId, Stop> {
        let ours = if account.is_some() { LedgerSide::AccountBalance } else { LedgerSide::CustomerBalance };
        let (debit, credit, amount) = if to_balance.is_positive() {
            (other, ours, to_balance)
        } else {
            (ours, other, to_balance.negated()?)
        };
        let id = head.next_row();
        let (customer, at) = (head.id, self.now());
        let entry = LedgerEntry { id, customer, account, at, code, debit, credit, amount, reference, note };
        self.effects.ledger.push(entry);
        self.effects.changes.head = true;
        Ok(id)
    }

    /// Takes the amount of an xDR from the balance that pays for the account. What an account pays from a balance of its own is
    /// on no invoice. Use is passed on to the reseller above.
    pub(crate) fn charge(
        &mut self,
        head: &mut crate::Head,
        mut account: Option<&mut Account>,
        code: LedgerCode,
        xdr: &mut Xdr,
    ) -> Result<(), Stop> {
        let own = account.as_ref().is_some_and(|account| account.purse.is_some());
        let unbilled = if own { head.unbilled } else { head.unbilled.plus(xdr.amount)? };
        let owed = xdr.amount.negated()?;
        let note = xdr.description.clone();
        let posting = Posting { code, other: LedgerSide::Revenue, reference: Some(xdr.id), note };
        self.book(head, account.as_deref_mut(), posting, owed)?;
        head.unbilled = unbilled;
        if own {
            xdr.period_number = crate::xdr::NOT_INVOICED;
        }
        if matches!(code, LedgerCode::Usage | LedgerCode::Purchase) {
            limits::spend(head, account, xdr.amount, self.now());
        }
        reseller::pass_on(self, head, xdr);
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
        // At powers of two only, so that a reseller with many remembered rows is not searched at every request.
        let (known, count) = (customer.applied.contains_key(&key), customer.applied.len());
        if !known && count >= APPLIED_SWEEP && count.is_power_of_two() {
            customer.applied.retain(|_, applied| applied.until > now);
        }
        let until = now.plus(kept);
        customer.applied.insert(key.clone(), Applied::new(fingerprint, reply, until));
        self.effects.changes.applied.push(key);
    }
}
