//! A network session and its meters.

use super::answers::{Answers, as_list};
use crate::{AccountId, Dialled, PartEnd, PlanUse, SessionKey, discount};
use calendar::{Instant, Seconds};
use catalog::{CatalogVersion, DayPart, ProductId, ServiceId, TariffId};
use money::{Amount, MoneyError};
use rating::PriceRule;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// An open session, or a closed one that is remembered for retransmissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Protocol name of the session.
    pub key: SessionKey,
    /// Who uses.
    pub account: AccountId,
    /// The identifier by which the account was found.
    pub identifier: Box<str>,
    /// Node that reports.
    pub node: Box<str>,
    /// First request.
    pub started_at: Instant,
    /// Last request.
    pub last_at: Instant,
    /// Ended by us when nothing is heard until then (twice the validity time, RFC 8506 7).
    pub expires_at: Instant,
    /// Set when the session ended.
    pub closed_at: Option<Instant>,
    /// Framed address, APN and the like, for people.
    pub details: Box<str>,
    /// One meter per rating group and service identifier.
    pub meters: Vec<Meter>,
    /// The last answers by request: CC-Request-Number, or a digest of an accounting request.
    #[serde(with = "as_list")]
    pub answered: Answers,
    /// What became of dialled numbers, and how answers tell it; most sessions have nothing of it.
    #[serde(default)]
    pub dialing: Option<Box<Dialing>>,
    /// Parts with counters of their own, where the network reports it in parts.
    pub parts: Vec<Part>,
    /// What all its use has cost, with what wallets paid; nothing before it has ended.
    #[serde(default)]
    pub cost: Amount,
}

/// What policies say of a session's answers, decided when it began to count, and its translated numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dialing {
    /// Provision CLD; `None` = as the peer's profile says.
    pub provision: Option<bool>,
    /// Rise MSCC result code; likewise.
    pub raise: Option<bool>,
    /// Numbers that are called instead of dialled ones.
    pub numbers: Vec<CalledNumber>,
}

/// A number that is called instead of the dialled one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalledNumber {
    /// Position of its meter in the session.
    pub meter: u16,
    /// The request whose answer tells it.
    pub request: u64,
    /// What is called.
    pub number: Box<str>,
    /// What was dialled, and by which rule it changed.
    pub dialled: Dialled,
}

/// A part of a session with counters of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which: a number the adapter makes from its name.
    pub part: u64,
    /// What it has counted so far.
    pub total: u64,
    /// Whether it goes on.
    pub end: PartEnd,
}

/// Use of one service at one price inside a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    /// Rating-Group as received.
    pub rating_group: Option<u32>,
    /// Service-Identifier as received.
    pub service_identifier: Option<u32>,
    /// Service.
    pub service: ServiceId,
    /// Access code, empty when none.
    pub access_code: SmolStr,
    /// Destination priced.
    pub destination: SmolStr,
    /// Product whose rating entry decided.
    pub product: ProductId,
    /// Tariff that decided.
    pub tariff: TariffId,
    /// Destination of the matching rate.
    pub rate: SmolStr,
    /// Catalog version of the price.
    pub version: CatalogVersion,
    /// The price, with its changes so far.
    pub rule: PriceRule,
    /// Off-peak set of the use now; quotas may count the sets apart.
    pub part: DayPart,
    /// When the price changed.
    pub changes: Vec<Instant>,
    /// Use was counted up to then.
    pub counted_at: Instant,
    /// Units used so far.
    pub used: u64,
    /// Units granted and not yet reported.
    pub granted: u64,
    /// What plans do for it; `None` while they do nothing.
    pub plans: Option<Box<PlanUse>>,
    /// Money locked in the purse: the price of what was used and granted, without what wallets pay.
    pub reserved: Amount,
}

/// Closed sessions are remembered this long for retransmissions from a node's spool.
pub const CLOSED_KEPT: Seconds = Seconds(24 * 3_600);

impl Session {
    /// Whether the session still decides anything: it is open, or closed so lately that a retransmission may come. Others may be
    /// dropped from memory and store at any time without being named in the effects.
    pub fn is_remembered(&self, now: Instant) -> bool {
        self.closed_at.is_none_or(|at| at.plus(CLOSED_KEPT) > now)
    }
}

impl Session {
    /// What its use has cost so far, or in all; `None` for sums out of range.
    pub fn cost_so_far(&self) -> Option<Amount> {
        self.meters.iter().try_fold(self.cost, |sum, meter| sum.plus(meter.cost().ok()?).ok())
    }

    /// How the number of the meter at that position came about, where it is not the dialled one.
    pub fn dialled(&self, meter: usize) -> Option<&Dialled> {
        let numbers = &self.dialing.as_deref()?.numbers;
        numbers.iter().find(|called| usize::from(called.meter) == meter).map(|called| &called.dialled)
    }
}

impl Meter {
    /// Units that plans covered.
    pub fn covered(&self) -> u64 {
        self.plans.as_ref().map_or(0, |plans| plans.covered())
    }

    /// Price of what was used, discounts taken off; what wallets paid is part of it.
    pub fn cost(&self) -> Result<Amount, MoneyError> {
        self.cost_of(self.rated())
    }

    /// The same for other units than the paid ones so far.
    pub(crate) fn cost_of(&self, rated: u64) -> Result<Amount, MoneyError> {
        let bands = self.plans.as_ref().map_or(&[][..], |plans| &plans.bands);
        discount::cost(&self.rule, rated, bands)
    }

    /// Money that wallets paid.
    pub fn drawn(&self) -> Amount {
        self.plans.as_ref().map_or(Amount::ZERO, |plans| plans.drawn())
    }

    /// Units to be paid with money.
    pub fn rated(&self) -> u64 {
        self.used.saturating_sub(self.covered())
    }
}
