//! The customer's head row and the aggregate around it.

use crate::{
    Account, AccountId, AppliedRequests, Bucket, Chain, CustomerId, Purse, RareList, Reply, RowId, Session,
    SessionKey, Told,
};
use calendar::{BillingPeriod, BillingZone, Instant};
use catalog::ClassId;
use foldhash::quality::{FixedState, FoldHasher};
use indexmap::IndexMap;
use money::{Amount, Currency};
use serde::{Deserialize, Serialize};
use std::hash::BuildHasher;

/// Sessions by their names. Most customers have one, which is then found without hashing its long name, and lies in one place.
type Sessions = IndexMap<SessionKey, Session, SameHash>;

/// The same hashes always, without room for a seed in every customer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SameHash;

impl BuildHasher for SameHash {
    type Hasher = FoldHasher<'static>;

    fn build_hasher(&self) -> Self::Hasher {
        FixedState::default().build_hasher()
    }
}

/// One customer with all accounts, open sessions and remembered requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Balance, limit, status, billing period.
    pub head: Head,
    /// All accounts, terminated ones too, in the order of their making.
    pub accounts: Vec<Account>,
    /// Open sessions, and closed ones for as long as a retransmission may come.
    pub sessions: Sessions,
    /// Requests that must not be applied again.
    pub applied: AppliedRequests,
}

/// Prepaid customers spend what they have; postpaid customers spend up to their limit and get invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// Pays first.
    Prepaid,
    /// Pays the invoice.
    Postpaid,
}

/// The status shown to people, by priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerStatus {
    /// In service.
    Active,
    /// His reseller may not serve: out of funds, blocked or suspended.
    ResellerStopped,
    /// An invoice is overdue; lifted by payment.
    Suspended,
    /// Blocked by staff.
    Blocked,
    /// Closed for good, kept for information.
    Terminated,
}

/// The customer's own row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number.
    pub id: CustomerId,
    /// Counts the commands that changed this customer.
    pub seq: u64,
    /// Last row counter given out.
    pub rows: u32,
    /// Currency of every sum here.
    pub currency: Currency,
    /// Prepaid or postpaid.
    pub payment: Payment,
    /// His money; pays for every account that has no purse of its own.
    pub purse: Purse,
    /// The reseller who serves him, and his own reselling.
    pub chain: Option<Box<Chain>>,
    /// Earliest instant at which a temporary limit or a reached spending cap runs out, here or in an account.
    pub lapses_at: Option<Instant>,
    /// Earliest instant at which an add-on begins or ends, a quota that ran out comes anew, or a wallet ends.
    pub plans_due: Option<Instant>,
    /// Counters of plans that accounts share.
    pub shared: RareList<Bucket>,
    /// Customer class.
    pub class: Option<ClassId>,
    /// Charges of the open billing period so far.
    pub unbilled: Amount,
    /// Charges of the period closed last, before taxes: the total its invoice must have; [`crate::INVOICED`] once it was posted.
    pub closed_total: Amount,
    /// Counts the changes of products and accounts on which recurring fees depend.
    pub fee_basis: u32,
    /// The billing time zone.
    pub zone: BillingZone,
    /// How often he is billed.
    pub period: BillingPeriod,
    /// Number of the open billing period, from 1.
    pub period_number: u32,
    /// Row counter at the beginning of the open billing period: later rows belong to it.
    pub period_row: u32,
    /// Start of the open billing period.
    pub period_start: Instant,
    /// End of the open billing period.
    pub period_end: Instant,
    /// Days from invoice to due date.
    pub net_days: u16,
    /// Blocked by staff.
    pub blocked: bool,
    /// Suspended for an overdue invoice since then.
    pub suspended_at: Option<Instant>,
    /// Terminated then.
    pub terminated_at: Option<Instant>,
    /// Sign-up.
    pub created_at: Instant,
    /// Invoices not yet paid in full, oldest first.
    pub open_invoices: RareList<OpenInvoice>,
    /// Suspensions that ended in the open billing period, from (inclusive) to (exclusive).
    #[serde(default)]
    pub suspensions: RareList<(Instant, Instant)>,
    /// Pays no taxes.
    #[serde(default)]
    pub tax_exempt: bool,
    /// See [`Head::dialing_rules`].
    #[serde(default)]
    #[allow(clippy::box_collection, reason = "few have them, and the words that are saved are the point")]
    pub dialing: Option<Box<String>>,
}

/// An invoice that waits for money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenInvoice {
    /// Its row id.
    pub id: RowId,
    /// Its number for people.
    pub number: Box<str>,
    /// Overdue from this instant on.
    pub due_at: Instant,
    /// What is still to be paid.
    pub amount_due: Amount,
}

/// A request that was applied, with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// Digest of the request's content: the same key with other content is refused.
    pub fingerprint: u64,
    /// The answer, given again to a repetition.
    pub reply: Reply,
    /// Forgotten after this.
    pub until: Instant,
    /// What the answer tells beside.
    #[serde(default)]
    pub told: Option<Box<Told>>,
}

impl Applied {
    /// A request with its answer.
    pub(crate) fn new(fingerprint: u64, mut reply: Reply, until: Instant) -> Self {
        let told = if let Reply::Debited(debited) = &mut reply { debited.told.take() } else { None };
        Self { fingerprint, reply, until, told }
    }

    /// The whole answer, as it was given first.
    pub fn answer(&self) -> Reply {
        let mut reply = self.reply.clone();
        if let Reply::Debited(debited) = &mut reply {
            debited.told = self.told.clone();
        }
        reply
    }
}

/// An account for changing. Ids grow in the order of their making, so a customer with thousands is not searched through.
pub(crate) fn account_mut(accounts: &mut [Account], id: AccountId) -> Option<&mut Account> {
    let place = accounts.binary_search_by_key(&id, |account| account.id).ok()?;
    accounts.get_mut(place)
}

impl Customer {
    /// An aggregate from its rows.
    pub fn new(head: Head, mut accounts: Vec<Account>) -> Self {
        // Of many customers there is one account, and lists begin with room for four.
        accounts.shrink_to_fit();
        Self { head, accounts, sessions: IndexMap::default(), applied: AppliedRequests::default() }
    }

    /// An account by id.
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        let place = self.accounts.binary_search_by_key(&id, |account| account.id).ok()?;
        self.accounts.get(place)
    }

    /// Balance + credit limit - reserved; the largest amount when there is no limit. For showing and comparing.
    pub fn available(&self, now: Instant) -> Amount {
        self.head.purse.available(now)
    }

    /// Open sessions only.
    pub fn open_sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values().filter(|s| s.closed_at.is_none())
    }
}

impl Head {
    /// Code of the dialing rules for his calls, where an account says nothing else.
    pub fn dialing_rules(&self) -> Option<&str> {
        self.dialing.as_deref().map(String::as_str)
    }

    /// The one status that is shown, derived from the facts.
    pub fn status(&self) -> CustomerStatus {
        if self.terminated_at.is_some() {
            CustomerStatus::Terminated
        } else if self.blocked {
            CustomerStatus::Blocked
        } else if self.suspended_at.is_some() {
            CustomerStatus::Suspended
        } else if self.chain.as_ref().is_some_and(|chain| chain.stopped().is_some()) {
            CustomerStatus::ResellerStopped
        } else {
            CustomerStatus::Active
        }
    }

    /// Sum of unpaid invoices.
    pub fn owed(&self) -> Amount {
        self.open_invoices.iter().fold(Amount::ZERO, |sum, invoice| sum.saturating_plus(invoice.amount_due))
    }

    /// When the clock has work here next: period end ([`crate::Command::ClosePeriod`]), an invoice falling due
    /// ([`crate::Command::Collect`]), a limit running out, or an add-on, quota or wallet that begins or ends by itself
    /// ([`crate::Command::Lapse`]).
    pub fn next_due(&self) -> Option<Instant> {
        let period = self.bills().then_some(self.period_end);
        let invoice =
            self.open_invoices.iter().map(|i| i.due_at).min().filter(|_| self.suspended_at.is_none());
        let invoice = invoice.filter(|_| self.terminated_at.is_none());
        [period, invoice, self.lapses_at, self.plans_due].into_iter().flatten().min()
    }

    /// Whether periods are still closed: a terminated customer gets the invoice of the period he left in, then no more.
    pub fn bills(&self) -> bool {
        self.terminated_at.is_none_or(|at| at >= self.period_start)
    }

    /// The next row id.
    pub(crate) fn next_row(&mut self) -> RowId {
        self.rows += 1;
        RowId::new(self.id, self.rows)
    }
}
