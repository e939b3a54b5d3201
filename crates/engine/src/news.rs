//! What network doors hear of commits: whose sessions may have to be steered now. Told when the commit is durable.
//!
//! Nothing is kept here: who was not listening looks at the events in the tables.

use calendar::Instant;
use charging::{AccountId, Command, Customer, CustomerId, Event, EventKind, Step};
use parking_lot::RwLock;
use std::sync::Arc;

/// What an event may mean to a running session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Concern {
    /// Its attributes may be others now: product, add-on, policy, quota.
    Policy,
    /// Whether it may go on: money, blocks, suspension.
    Standing,
    /// It was ended here, and the network does not know.
    Ended,
}

impl Concern {
    /// What an event means; nothing for most of them.
    pub const fn of(kind: EventKind) -> Option<Self> {
        use EventKind as E;
        Some(match kind {
            E::ProductChanged
            | E::AddOnAdded
            | E::AddOnRemoved
            | E::PolicyChanged
            | E::ClassChanged
            | E::QuotaExhausted
            | E::QuotaAvailable
            | E::UnitsGranted
            | E::UnitsExpired
            | E::WalletToppedUp
            | E::WalletExpired => Self::Policy,
            E::CustomerSuspended
            | E::CustomerResumed
            | E::CustomerBlocked
            | E::CustomerUnblocked
            | E::CustomerTerminated
            | E::CreditLimitChanged
            | E::FundsExhausted
            | E::FundsAvailable
            | E::ServiceStopped
            | E::ServiceRestored
            | E::PaymentReceived
            | E::BalanceAdjusted
            | E::ChargeRefunded
            | E::VoucherRedeemed
            | E::CompensationGiven
            | E::AccountFundsExhausted
            | E::AccountFundsAvailable
            | E::AccountBlocked
            | E::AccountUnblocked
            | E::AccountTerminated => Self::Standing,
            E::SessionEnded => Self::Ended,
            _ => return None,
        })
    }
}

/// One piece of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    /// Whose.
    pub customer: CustomerId,
    /// Of which account; `None` = all of them.
    pub account: Option<AccountId>,
    /// What happened.
    pub kind: EventKind,
    /// What it means.
    pub concern: Concern,
}

impl News {
    /// What an event of a command tells. A session that the network itself has ended is no news to it.
    pub(crate) fn of(event: &Event, command: &Command) -> Option<Self> {
        let concern = Concern::of(event.kind)?;
        let known = concern == Concern::Ended && matches!(command, Command::Session(_));
        (!known).then_some(Self {
            customer: event.customer,
            account: event.account,
            kind: event.kind,
            concern,
        })
    }
}

/// A report of use without grants (accounting) leaves nothing to use: no event tells it while the session runs, since what it used is
/// only locked until it ends.
pub(crate) fn funds_used_up(command: &Command, customer: Option<&Customer>, now: Instant) -> Option<News> {
    let (Command::Session(request), Some(customer)) = (command, customer) else { return None };
    if request.grants || request.step == Step::Stop {
        return None;
    }
    let own = customer.account(request.account).and_then(|account| account.purse.as_deref());
    let left = own.unwrap_or(&customer.head.purse).available(now);
    let (kind, concern) = (EventKind::FundsExhausted, Concern::Standing);
    let news = News { customer: customer.head.id, account: Some(request.account), kind, concern };
    (!left.is_positive()).then_some(news)
}

type Hook = Box<dyn Fn(&[News]) + Send + Sync>;

/// Who listens.
#[derive(Clone, Default)]
pub(crate) struct Listeners(Arc<RwLock<Vec<Hook>>>);

impl Listeners {
    pub fn add(&self, hook: Hook) {
        self.0.write().push(hook);
    }

    pub fn is_empty(&self) -> bool {
        self.0.read().is_empty()
    }

    pub fn tell(&self, news: &[News]) {
        if !news.is_empty() {
            self.0.read().iter().for_each(|hook| hook(news));
        }
    }
}
