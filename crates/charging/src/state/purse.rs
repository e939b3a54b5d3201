//! A purse: a balance with its limit and what is locked. The customer has one; a debit account has one of its own beside it.

use calendar::Instant;
use money::Amount;
use serde::{Deserialize, Serialize};

/// Money that pays for use. `reserved` is the sum of the reservations of the meters that it pays for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purse {
    /// Money held with us; negative = owed.
    pub balance: Amount,
    /// How far the balance may go below zero for good; `None` = no limit.
    pub credit_limit: Option<Amount>,
    /// Locked for running sessions.
    pub reserved: Amount,
    /// Row counter at its opening: charges after it were paid from here. 0 for the customer's.
    pub since: u32,
    /// Whether funds were available when last announced: an event is sent at each crossing only.
    pub funded: bool,
    /// What few purses have.
    pub guard: Option<Box<Guard>>,
}

/// Temporary limit, warnings and spending cap.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Guard {
    /// A limit that is higher for a while.
    pub raised: Option<TemporaryLimit>,
    /// Thresholds, each announced once per crossing in each direction.
    pub warnings: Vec<Warning>,
    /// Most that may be spent in a day.
    pub cap: Option<DailyCap>,
}

/// A sum, or a share of the permanent credit limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// A sum.
    Amount(Amount),
    /// Percent of the credit limit.
    Percent(u16),
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Amount(amount) => amount.fmt(f),
            Self::Percent(percent) => write!(f, "{percent} %"),
        }
    }
}

/// A credit limit that is higher until an instant, then falls back by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemporaryLimit {
    /// What is added to the permanent limit.
    pub raise: Share,
    /// Holds until then (exclusive).
    pub until: Instant,
}

/// A threshold: crossed when no more than this sum is left to spend, or when this share of the credit limit is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Where.
    pub at: Share,
    /// Whether it was crossed when last announced.
    pub crossed: bool,
}

/// Most that is spent on use and purchases in a local day; stops what is new, not what runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyCap {
    /// Most.
    pub most: Amount,
    /// Charged on the day that ends at `day_ends`.
    pub spent: Amount,
    /// Local midnight; from then on nothing is spent.
    pub day_ends: Instant,
    /// Whether reaching it was announced.
    pub reached: bool,
}

impl Purse {
    /// An empty purse.
    pub fn new(credit_limit: Option<Amount>, since: u32) -> Self {
        Self {
            balance: Amount::ZERO,
            credit_limit,
            reserved: Amount::ZERO,
            since,
            funded: credit_limit.is_none_or(Amount::is_positive),
            guard: None,
        }
    }

    /// The credit limit in force: the permanent one and a temporary raise; `None` = no limit.
    pub fn limit(&self, now: Instant) -> Option<Amount> {
        let permanent = self.credit_limit?;
        let raised = self.guard.as_ref().and_then(|guard| guard.raised).filter(|raised| now < raised.until);
        Some(raised.map_or(permanent, |raised| permanent.saturating_plus(share_of(raised.raise, permanent))))
    }

    /// Balance + credit limit in force - reserved; the largest amount when there is no limit.
    pub fn available(&self, now: Instant) -> Amount {
        self.unlocked(now).saturating_minus(if self.credit_limit.is_some() {
            self.reserved
        } else {
            Amount::ZERO
        })
    }

    /// Balance + credit limit in force, locked funds too, since they may come back.
    pub(crate) fn unlocked(&self, now: Instant) -> Amount {
        self.limit(now).map_or(Amount::MAX, |limit| self.balance.saturating_plus(limit))
    }

    /// The earliest instant at which something here runs out by itself.
    pub(crate) fn lapses_at(&self) -> Option<Instant> {
        let guard = self.guard.as_ref()?;
        let cap = guard.cap.filter(|cap| cap.reached).map(|cap| cap.day_ends);
        [guard.raised.map(|raised| raised.until), cap].into_iter().flatten().min()
    }

    /// Whether today's cap leaves nothing; what running sessions have locked counts as spent.
    pub fn cap_reached(&self, now: Instant) -> bool {
        let Some(cap) = self.guard.as_ref().and_then(|guard| guard.cap) else { return false };
        cap.spent_at(now).saturating_plus(self.reserved) >= cap.most
    }
}

impl DailyCap {
    /// Charged on the day of `now`.
    pub fn spent_at(&self, now: Instant) -> Amount {
        if now < self.day_ends { self.spent } else { Amount::ZERO }
    }
}

fn share_of(share: Share, whole: Amount) -> Amount {
    match share {
        Share::Amount(amount) => amount,
        Share::Percent(percent) => {
            let part = i128::from(whole.micros()) * i128::from(percent) / 100;
            Amount::from_micros(i64::try_from(part).unwrap_or(i64::MAX))
        }
    }
}
