//! Answers of the core.

use crate::{AccountId, Refusal, RowId, Told, VoucherOutcome};
use calendar::Instant;
use catalog::{FinalAction, Unit};
use money::{Amount, Currency};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// The answer to a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// Done; the row that was made, if any (account, add-on assignment, ledger entry, invoice).
    Done(Option<RowId>),
    /// Nothing was done, and why.
    Refused(Refusal),
    /// May use, with these attributes; or not, and why.
    Access(AccessReply),
    /// A session step.
    Session(SessionReply),
    /// A purchase was charged.
    Debited(DebitReply),
    /// A charge was given back, in whole or part.
    Refunded(RefundReply),
    /// What became of a voucher's claim.
    Voucher(VoucherOutcome),
}

/// Answer to [`crate::Command::Authorize`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessReply {
    /// `None` = allowed.
    pub refusal: Option<Refusal>,
    /// Attributes of the service for the network.
    pub policy: Policy,
    /// When a schedule may change this answer; nothing where none does within a month.
    pub changes_at: Option<Instant>,
    /// What is left of the quotas, where their end is the end of use; nothing where use goes on beyond them or there are none.
    /// Of a call (sold by time, with a number) it is what quotas and money together allow for it, where anything ends it.
    #[serde(default)]
    pub quota: Option<QuotaLeft>,
    /// Money that may be spent on a service that is sold by time, where there is a limit to it.
    #[serde(default)]
    pub funds: Option<Box<Funds>>,
}

/// Money that may be spent: funds of the purse that pays, and what wallets hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funds {
    /// How much; never negative.
    pub available: Amount,
    /// Of which currency.
    pub currency: Currency,
}

impl Funds {
    /// As it is read out: no digits beyond the currency's own, and never more than there is.
    pub fn text(&self) -> String {
        let places = self.currency.exponent();
        let smallest = 10_i64.pow(MICRO_PLACES.saturating_sub(places.into()));
        let micros = self.available.micros();
        Amount::from_micros(micros - micros % smallest).text(places)
    }
}

/// Decimal places of a millionth.
const MICRO_PLACES: u32 = 6;

/// What may still be used of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaLeft {
    /// Units neither used nor granted to running sessions.
    pub units: u64,
    /// What a unit is.
    pub unit: Unit,
    /// What is unused is lost then and does not come anew; `None` = else.
    pub ends: Option<Instant>,
}

/// Attributes of a service, resolved over the account's products.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Policy {
    /// Download limit in kbit/s.
    pub down_kbps: Option<u32>,
    /// Upload limit in kbit/s.
    pub up_kbps: Option<u32>,
    /// Further attributes by name.
    pub attributes: Vec<(String, String)>,
}

/// Nearly always one, which needs no place of its own in memory.
pub type UnitReplies = SmallVec<[UnitReply; 1]>;

/// Answer to a session step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionReply {
    /// Refusal of the whole step; `None` = look at the units.
    pub refusal: Option<Refusal>,
    /// One per reported unit, in the same order.
    pub units: UnitReplies,
    /// What it tells beside; kept with the session ([`crate::Session::dialing`]), not with its answers.
    #[serde(skip)]
    pub told: Option<Box<Told>>,
}

/// Answer for one rating group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitReply {
    /// Rating-Group as received.
    pub rating_group: Option<u32>,
    /// Service-Identifier as received.
    pub service_identifier: Option<u32>,
    /// Granted or not.
    pub outcome: UnitOutcome,
}

/// What became of a wish for quota.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnitOutcome {
    /// Nothing was asked; use was taken note of.
    Noted,
    /// So many units may be used.
    Granted {
        /// Units.
        units: u64,
        /// No more will follow these; what the network does then.
        last: Option<FinalAction>,
        /// `Validity-Time`, seconds.
        validity: u32,
        /// Ask again when so many units are left.
        threshold: u64,
        /// `Quota-Holding-Time`, seconds; 0 = not sent.
        holding: u32,
        /// `Tariff-Time-Change`: the network counts use before and after it apart.
        tariff_change: Option<Instant>,
    },
    /// Nothing more may be used.
    Refused(Refusal),
    /// Nothing is granted and nothing is locked, but the session goes on: funds and units are at their end, and the subscriber is
    /// where he can change that. Granted again when he has.
    Hotlined {
        /// What the network does; never [`FinalAction::Terminate`].
        action: FinalAction,
        /// `Validity-Time`, seconds: then the network asks again.
        validity: u32,
    },
}

/// Answer to a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebitReply {
    /// The xDR.
    pub xdr: RowId,
    /// Who bought.
    pub account: AccountId,
    /// What was charged.
    pub amount: Amount,
    /// Available funds afterwards.
    pub available: Amount,
    /// The reference had been charged before; nothing was charged now.
    pub repeated: bool,
    /// What it tells beside; kept in [`crate::Applied::told`].
    #[serde(skip)]
    pub told: Option<Box<Told>>,
}

/// Answer to a refund; also what is remembered of a charge that was refunded or corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundReply {
    /// xDR of the refund or correction.
    pub xdr: RowId,
    /// xDR of the charge.
    pub of: RowId,
    /// Given back now.
    pub amount: Amount,
    /// The charge as rated, corrections included.
    pub rated: Amount,
    /// Given back of it in all.
    pub returned: Amount,
    /// Available funds of the customer afterwards.
    pub available: Amount,
}
