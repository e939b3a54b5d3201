//! Vouchers: each is credited once, whoever redeems it and whatever crashes in between.
//!
//! A voucher and a customer live in different partitions, so redeeming takes three durable steps, each repeatable:
//! 1. claim: the voucher's row says who redeems it ([`Voucher::claim`], written only if the row still is what was read);
//! 2. credit: [`crate::Command::RedeemVoucher`] on the customer, once per claim;
//! 3. settle: the voucher's row says what came of it ([`Voucher::settle`]).
//!
//! After a crash between two steps the row still names the claim, and going on at step 2 gives the answer of the first time. A
//! claim is given up by [`crate::Command::ForgoVoucher`] alone: once that is durable, a late step 2 of it credits nothing, so the
//! voucher may be claimed anew under the next number.

use crate::apply::{Decision, Posting, Work};
use crate::funds::{own_account, own_of, said};
use crate::ledger::{LedgerCode, LedgerSide};
use crate::{AccountId, Customer, CustomerId, EventKind, Refusal, Reply, RequestKey, RowId, collection};
use calendar::{Instant, Seconds};
use money::{Amount, Currency};
use serde::{Deserialize, Serialize};

/// A claim can be credited or given up this long.
pub const CLAIM_OPEN: Seconds = Seconds(30 * 86_400);
/// What came of it is remembered longer than anybody may still ask.
const CLAIM_KEPT: Seconds = Seconds(2 * CLAIM_OPEN.0);

/// A voucher, known by the digest of its code; the code itself is stored nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voucher {
    /// Digest of the code, as text.
    pub digest: Box<str>,
    /// What it is worth.
    pub amount: Amount,
    /// In this currency.
    pub currency: Currency,
    /// Redeemed before then.
    pub expires_at: Option<Instant>,
    /// Claims so far; counts up.
    pub claims: u32,
    /// Where it stands.
    pub state: VoucherState,
}

/// Where a voucher stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoucherState {
    /// May be redeemed.
    Free,
    /// Somebody is redeeming it.
    Claimed {
        /// Who.
        customer: CustomerId,
        /// To which account's own balance; `None` = the customer's.
        account: Option<AccountId>,
        /// Since when.
        at: Instant,
    },
    /// Credited.
    Redeemed {
        /// To whom.
        customer: CustomerId,
        /// The ledger entry.
        entry: RowId,
    },
    /// Taken back by staff.
    Revoked,
}

/// One attempt to redeem a voucher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoucherClaim {
    /// Which voucher.
    pub digest: Box<str>,
    /// Which claim of it.
    pub claim: u32,
    /// To which account's own balance; `None` = the customer's.
    pub account: Option<AccountId>,
    /// What it is worth.
    pub amount: Amount,
    /// In this currency.
    pub currency: Currency,
    /// Claimed then.
    pub at: Instant,
}

impl VoucherClaim {
    /// The words of its credit in the ledger; no other credit has them.
    pub fn note(&self) -> String {
        format!("voucher {}", self.digest)
    }
}

/// What came of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum VoucherOutcome {
    /// Credited by this ledger entry.
    Redeemed(RowId),
    /// Given up; nothing was credited and nothing will be.
    Forgone,
}

impl Voucher {
    /// Step 1: the row as it becomes, and the claim. The claim of the same customer again is the one he has.
    pub fn claim(
        &self,
        customer: CustomerId,
        account: Option<AccountId>,
        currency: Currency,
        now: Instant,
    ) -> Result<(Self, VoucherClaim), Refusal> {
        let (claim, at) = match self.state {
            VoucherState::Claimed { customer: holder, account: to, at }
                if (holder, to) == (customer, account) =>
            {
                (self.claims, at)
            }
            VoucherState::Free if self.expires_at.is_some_and(|at| at <= now) => {
                return Err(Refusal::VoucherExpired);
            }
            VoucherState::Free if self.currency != currency => {
                return Err(Refusal::WrongCurrency(self.currency.code().to_owned()));
            }
            VoucherState::Free => (self.claims.saturating_add(1), now),
            VoucherState::Revoked => return Err(Refusal::VoucherRevoked),
            _ => return Err(Refusal::VoucherUsed),
        };
        let state = VoucherState::Claimed { customer, account, at };
        let (digest, amount, currency) = (self.digest.clone(), self.amount, self.currency);
        let attempt = VoucherClaim { digest, claim, account, amount, currency, at };
        Ok((Self { claims: claim, state, ..self.clone() }, attempt))
    }

    /// Step 3: the row after the claim's outcome. An outcome of an earlier claim changes nothing.
    #[must_use]
    pub fn settle(&self, claim: u32, outcome: VoucherOutcome) -> Self {
        let VoucherState::Claimed { customer, .. } = self.state else { return self.clone() };
        if claim != self.claims {
            return self.clone();
        }
        let state = match outcome {
            VoucherOutcome::Redeemed(entry) => VoucherState::Redeemed { customer, entry },
            VoucherOutcome::Forgone => VoucherState::Free,
        };
        Self { state, ..self.clone() }
    }

    /// Takes a free voucher back.
    pub fn revoke(&self) -> Result<Self, Refusal> {
        match self.state {
            VoucherState::Free | VoucherState::Revoked => {
                Ok(Self { state: VoucherState::Revoked, ..self.clone() })
            }
            _ => Err(Refusal::VoucherUsed),
        }
    }
}

fn key(claim: &VoucherClaim) -> RequestKey {
    format!("voucher:{}:{}", claim.digest, claim.claim).into()
}

/// What came of this claim, if anything did.
fn outcome(customer: &Customer, claim: &VoucherClaim) -> Option<Reply> {
    customer.applied.get(&key(claim)).map(|applied| applied.reply.clone())
}

fn decide(
    work: &mut Work<'_>,
    customer: &mut Customer,
    claim: &VoucherClaim,
    outcome: VoucherOutcome,
) -> Reply {
    let kept = claim.at.plus(CLAIM_KEPT).since(work.now());
    work.remember(customer, key(claim), 0, Reply::Voucher(outcome), kept);
    Reply::Voucher(outcome)
}

/// Step 2: credits a claim once; pays invoices like a payment.
pub(crate) fn redeem(work: &mut Work<'_>, customer: &mut Customer, claim: &VoucherClaim) -> Decision {
    if let Some(reply) = outcome(customer, claim) {
        return Ok(reply);
    }
    let head = &mut customer.head;
    if claim.at.plus(CLAIM_OPEN) <= work.now() {
        return Err(Refusal::TooOld.into());
    }
    if head.terminated_at.is_some() {
        return Err(Refusal::CustomerTerminated.into());
    }
    if claim.currency != head.currency {
        return Err(Refusal::WrongCurrency(head.currency.code().to_owned()).into());
    }
    if !claim.amount.is_positive() {
        return Err(Refusal::AmountNotPositive.into());
    }
    let own = own_account(customer, claim.account)?;
    let note = claim.note();
    let posting = Posting { code: LedgerCode::Voucher, other: LedgerSide::Voucher, reference: None, note };
    let account = own_of(&mut customer.accounts, own);
    let Some(entry) = work.book(&mut customer.head, account, posting, claim.amount)? else {
        return Err(Refusal::AmountNotPositive.into());
    };
    let head = &mut customer.head;
    work.event(head, EventKind::VoucherRedeemed, own, said(head, claim.amount));
    if own.is_none() {
        collection::settle_with(work, head, claim.amount);
    }
    Ok(decide(work, customer, claim, VoucherOutcome::Redeemed(entry)))
}

/// Gives a claim up, unless it was credited.
pub(crate) fn forgo(work: &mut Work<'_>, customer: &mut Customer, claim: &VoucherClaim) -> Decision {
    if let Some(reply) = outcome(customer, claim) {
        return Ok(reply);
    }
    if claim.at.plus(CLAIM_OPEN) <= work.now() {
        return Err(Refusal::TooOld.into());
    }
    Ok(decide(work, customer, claim, VoucherOutcome::Forgone))
}
