//! Vouchers: redeeming, looking one up, revoking one; and carrying on with what a crash interrupted.
//!
//! Redeeming takes the three durable steps of [`charging::Voucher`]: the row is claimed (compare and set), the customer is credited once
//! per claim, the row is settled. Each step may be repeated, by the customer who tries again or by [`Office::tend_vouchers`], without
//! crediting anything twice. A credit that the core refuses gives the claim up, so that the voucher is free again.
//! Flows in: codes as typed. Flows out: the ledger entry. Must not know: who shows it. Codes go no further than their digest.

mod code;
mod guesses;
mod metrics;

pub(crate) use code::{DigestKey, VoucherCode};
pub use metrics::VoucherMetrics;

use crate::{
    Actor, AuditNote, Booked, IdempotencyKey, Office, OfficeError, Permission, SecretText, no_records,
};
use calendar::{Instant, Seconds};
use charging::{
    AccountId, Command, CustomerId, Refusal, Reply, RowId, Voucher, VoucherClaim, VoucherOutcome,
    VoucherState,
};
use guesses::{Guesser, WrongCodes};
use money::{Amount, Currency};
use parking_lot::Mutex;
use std::net::IpAddr;
use store::VoucherRow;

/// Tries to change a voucher's row that somebody else changes at the same time.
const TRIES_MOST: u32 = 5;
/// A claim older than this hangs: whoever made it is not at work on it any more.
const HANGS_AFTER: Seconds = Seconds(30);
/// Hanging claims read at a time.
const CLAIMS_AT_A_TIME: usize = 200;

/// What the office keeps of vouchers in memory.
#[derive(Default)]
pub(crate) struct VoucherDesk {
    wrong: WrongCodes,
    pub(crate) metrics: VoucherMetrics,
    /// Held while a batch is made, or what is left of one is cleared away.
    pub(crate) making: Mutex<()>,
}

/// A voucher somebody wants to redeem.
#[derive(Debug, Clone)]
pub struct RedeemVoucher {
    /// For whom.
    pub customer: CustomerId,
    /// To which account's own balance; `None` = the customer's.
    pub account: Option<AccountId>,
    /// The code as typed.
    pub code: SecretText,
    /// Where the request came from, for subscribers.
    pub source: Option<IpAddr>,
}

/// How a voucher stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoucherStanding {
    /// May be redeemed.
    Free,
    /// Was not redeemed in time.
    Expired,
    /// Is being redeemed.
    Claimed,
    /// Redeemed.
    Redeemed,
    /// Taken back by staff.
    Revoked,
}

impl VoucherStanding {
    fn of(voucher: &Voucher, now: Instant) -> Self {
        match voucher.state {
            VoucherState::Free if voucher.expires_at.is_some_and(|at| at <= now) => Self::Expired,
            VoucherState::Free => Self::Free,
            VoucherState::Claimed { .. } => Self::Claimed,
            VoucherState::Redeemed { .. } => Self::Redeemed,
            VoucherState::Revoked => Self::Revoked,
        }
    }

    /// The word in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Expired => "expired",
            Self::Claimed => "claimed",
            Self::Redeemed => "redeemed",
            Self::Revoked => "revoked",
        }
    }
}

/// A voucher as staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherView {
    /// Its batch.
    pub batch: i64,
    /// The batch's name.
    pub batch_name: String,
    /// What it is worth.
    pub amount: Amount,
    /// In this currency.
    pub currency: Currency,
    /// Redeemed before then.
    pub expires_at: Option<Instant>,
    /// How it stands.
    pub standing: VoucherStanding,
    /// Who redeemed it or is redeeming it: id, number and name.
    pub customer: Option<(CustomerId, String, String)>,
    /// To which account's own balance; `None` = the customer's.
    pub account: Option<AccountId>,
    /// The credit in the ledger.
    pub entry: Option<RowId>,
    /// Claimed, redeemed or revoked then.
    pub changed_at: Option<Instant>,
}

/// A claim, and what is told of it.
struct Claimed {
    claim: VoucherClaim,
    batch_name: String,
    /// Claimed before, by an attempt that did not come to its end.
    resumed: bool,
}

impl Office {
    /// Counters of vouchers.
    pub fn voucher_metrics(&self) -> &VoucherMetrics {
        &self.inner.vouchers.metrics
    }

    /// Credits a voucher to a customer or to one of his accounts with a balance of its own; open invoices are paid with it. Repeated
    /// with its key it gives the first answer.
    pub fn redeem_voucher(
        &self,
        actor: &Actor,
        ask: &RedeemVoucher,
        key: Option<IdempotencyKey>,
    ) -> Result<Booked, OfficeError> {
        match actor {
            Actor::Subscriber { customer: own, .. } if *own == ask.customer => {}
            Actor::Subscriber { .. } => {
                return Err(OfficeError::Denied("this cannot be done in self-care".to_owned()));
            }
            _ => actor.require(Permission::MoveMoney)?,
        }
        let digest = self.digest(ask.code.expose())?;
        let first = key.as_ref().map(|key| self.first_answer(ask.customer, key)).transpose()?.flatten();
        let entry = match first {
            Some(Reply::Voucher(VoucherOutcome::Redeemed(entry))) => entry,
            Some(Reply::Refused(refusal)) => return Err(refusal.into()),
            _ => {
                self.weigh_guess(actor, ask, &digest)?;
                let claimed = self.claim_voucher(&digest, ask.customer, ask.account)?;
                let entry = self.credit_voucher(actor, ask.customer, key.as_ref(), &claimed)?;
                self.inner.vouchers.metrics.redeemed.inc();
                entry
            }
        };
        self.booked((ask.customer, ask.account), Some(entry))
    }

    /// The digest of a code as typed.
    fn digest(&self, typed: &str) -> Result<String, OfficeError> {
        let code = VoucherCode::read(typed);
        let code = code.inspect_err(|_| {
            self.inner.vouchers.metrics.mistyped_codes.inc();
        })?;
        Ok(code.digest(&DigestKey::new(self.secrets())))
    }

    /// Turns away who has tried too many codes that are none of ours. Staff and the program itself may err.
    fn weigh_guess(&self, actor: &Actor, ask: &RedeemVoucher, digest: &str) -> Result<(), OfficeError> {
        let desk = &self.inner.vouchers;
        let guessers: Vec<Guesser> = match actor {
            Actor::Staff { .. } | Actor::System(_) => Vec::new(),
            Actor::Api { .. } | Actor::Subscriber { .. } => {
                let source = ask.source.map(Guesser::Source);
                [Some(Guesser::Customer(ask.customer)), source].into_iter().flatten().collect()
            }
        };
        desk.wrong.begin(&guessers, self.now()).inspect_err(|_| {
            desk.metrics.turned_away.inc();
        })?;
        if self.store().voucher(digest)?.is_some() {
            desk.wrong.was_right(&guessers);
            return Ok(());
        }
        desk.metrics.wrong_codes.inc();
        if desk.wrong.was_wrong(&guessers) {
            let source = ask.source.map_or_else(String::new, |source| format!("from {source}"));
            let object = format!("customer {}", ask.customer);
            self.note_about(Some(ask.customer), actor, "voucher/guesses-stopped", &object, &source)?;
        }
        Err(Refusal::UnknownVoucher.into())
    }

    /// Step 1: the row says who redeems it.
    fn claim_voucher(
        &self,
        digest: &str,
        customer: CustomerId,
        account: Option<AccountId>,
    ) -> Result<Claimed, OfficeError> {
        let currency = self.currency_of(customer)?;
        for _ in 0..TRIES_MOST {
            let row = self.store().voucher(digest)?.ok_or(Refusal::UnknownVoucher)?;
            let now = self.now();
            let (becomes, claim) = row.voucher.claim(customer, account, currency, now)?;
            let resumed = becomes == row.voucher;
            if resumed || self.store().replace_voucher(row.voucher, becomes, now)? {
                return Ok(Claimed { claim, batch_name: row.batch_name, resumed });
            }
        }
        Err(OfficeError::Busy)
    }

    /// Steps 2 and 3: the customer is credited and the row says so. What the core refuses gives the claim up.
    fn credit_voucher(
        &self,
        actor: &Actor,
        customer: CustomerId,
        key: Option<&IdempotencyKey>,
        claimed: &Claimed,
    ) -> Result<RowId, OfficeError> {
        let Claimed { claim, batch_name, resumed } = claimed;
        let words =
            format!("{} {}, {batch_name}", claim.amount.text(claim.currency.exponent()), claim.currency);
        let action = if *resumed { "voucher/carried-on" } else { "voucher/redeemed" };
        let audit = AuditNote::new(action, format!("customer {customer}"), words);
        let reply =
            self.command(actor, customer, key, Command::RedeemVoucher(claim.clone()), audit, no_records());
        let (outcome, refusal) = match reply {
            Ok(Reply::Voucher(outcome)) => (outcome, None),
            Ok(other) => {
                return Err(OfficeError::Store(format!("a voucher's credit was answered {other:?}")));
            }
            Err(OfficeError::Refused(refusal)) => (self.give_up(customer, claim)?, Some(refusal)),
            Err(other) => return Err(other),
        };
        // The credit is durable and stands; were the row not settled now, it would be when vouchers are tended.
        if let Err(error) = self.settle_voucher(claim, outcome) {
            tracing::warn!(%customer, %error, "a voucher's claim could not be settled yet");
        }
        match (outcome, refusal) {
            (_, Some(refusal)) => Err(refusal.into()),
            (VoucherOutcome::Redeemed(entry), None) => Ok(entry),
            (VoucherOutcome::Forgone, None) => {
                Err(OfficeError::Conflict("the attempt was given up meanwhile; try again".to_owned()))
            }
        }
    }

    /// Gives a claim up. What came of it is the answer: it may have been credited before.
    fn give_up(&self, customer: CustomerId, claim: &VoucherClaim) -> Result<VoucherOutcome, OfficeError> {
        match self.engine().call(customer, None, Command::ForgoVoucher(claim.clone()), None)? {
            Reply::Voucher(outcome) => Ok(outcome),
            // Too old to be credited or given up any more: the ledger knows what came of it.
            Reply::Refused(Refusal::TooOld) => {
                let entry = self.store().voucher_credit(customer, &claim.note())?;
                Ok(entry.map_or(VoucherOutcome::Forgone, VoucherOutcome::Redeemed))
            }
            Reply::Refused(refusal) => Err(refusal.into()),
            other => Err(OfficeError::Store(format!("a voucher's claim was answered {other:?}"))),
        }
    }

    /// Step 3: the row says what came of the claim.
    fn settle_voucher(&self, claim: &VoucherClaim, outcome: VoucherOutcome) -> Result<(), OfficeError> {
        for _ in 0..TRIES_MOST {
            let Some(VoucherRow { voucher, .. }) = self.store().voucher(&claim.digest)? else {
                return Ok(());
            };
            let settled = voucher.settle(claim.claim, outcome);
            if settled == voucher || self.store().replace_voucher(voucher, settled, self.now())? {
                return Ok(());
            }
        }
        Err(OfficeError::Busy)
    }

    /// A voucher by its code.
    pub fn find_voucher(&self, actor: &Actor, code: &SecretText) -> Result<VoucherView, OfficeError> {
        actor.require(Permission::View)?;
        let row = self.store().voucher(&self.digest(code.expose())?)?.ok_or(Refusal::UnknownVoucher)?;
        let standing = VoucherStanding::of(&row.voucher, self.now());
        let (customer, entry) = match row.voucher.state {
            VoucherState::Free | VoucherState::Revoked => (None, None),
            VoucherState::Claimed { customer, .. } => (Some(customer), None),
            VoucherState::Redeemed { customer, entry } => (Some(customer), Some(entry)),
        };
        let customer = match customer {
            Some(id) => {
                let record = self.store().customer_record(id)?;
                record.map(|record| (id, record.number, record.name))
            }
            None => None,
        };
        Ok(VoucherView {
            batch: row.batch,
            batch_name: row.batch_name,
            amount: row.voucher.amount,
            currency: row.voucher.currency,
            expires_at: row.voucher.expires_at,
            standing,
            customer,
            account: row.account,
            entry,
            changed_at: row.changed_at,
        })
    }

    /// Takes a voucher back that nobody has redeemed. Once more does nothing.
    pub fn revoke_voucher(&self, actor: &Actor, code: &SecretText) -> Result<VoucherView, OfficeError> {
        actor.require(Permission::MoveMoney)?;
        let digest = self.digest(code.expose())?;
        for _ in 0..TRIES_MOST {
            let row = self.store().voucher(&digest)?.ok_or(Refusal::UnknownVoucher)?;
            let revoked = row.voucher.revoke()?;
            if revoked == row.voucher {
                return self.find_voucher(actor, code);
            }
            if self.store().replace_voucher(row.voucher, revoked, self.now())? {
                self.note(actor, "voucher/revoked", &row.batch_name, &format!("voucher {digest}"))?;
                return self.find_voucher(actor, code);
            }
        }
        Err(OfficeError::Busy)
    }

    /// Carries hanging claims to their end and clears away what is left of batches that were never finished. After a start (`first`)
    /// every claim hangs.
    pub(crate) fn tend_vouchers(&self, first: bool) {
        let before = if first { Instant::from_micros(i64::MAX) } else { self.now().minus(HANGS_AFTER) };
        match self.carry_on_claims(before) {
            Ok(0) => {}
            Ok(claims) => tracing::info!(claims, "vouchers whose redemption was interrupted were carried on"),
            Err(error) => tracing::warn!(%error, "cannot look for interrupted vouchers"),
        }
        if let Err(error) = self.clear_unfinished_batches() {
            tracing::warn!(%error, "cannot clear away an unfinished batch of vouchers");
        }
    }

    /// Goes on with every claim made before `before`: credited once, or given up where the core refuses. Tells how many came to their
    /// end; the others are tried again. Harmless beside somebody who is at work on one.
    pub fn carry_on_claims(&self, before: Instant) -> Result<u64, OfficeError> {
        let mut ended = 0;
        let mut after: Option<(Instant, Box<str>)> = None;
        loop {
            let place = after.as_ref().map(|(at, digest)| (*at, &**digest));
            let rows = self.store().claimed_vouchers(before, place, CLAIMS_AT_A_TIME)?;
            for row in &rows {
                let VoucherState::Claimed { customer, account, at } = row.voucher.state else { continue };
                after = Some((at, row.voucher.digest.clone()));
                match self.carry_on(row, customer, account) {
                    Ok(_) | Err(OfficeError::Refused(_)) => ended += 1,
                    Err(error) => tracing::warn!(%customer, %error, "a voucher's claim cannot be carried on"),
                }
            }
            if rows.len() < CLAIMS_AT_A_TIME {
                return Ok(ended);
            }
        }
    }

    fn carry_on(
        &self,
        row: &VoucherRow,
        customer: CustomerId,
        account: Option<AccountId>,
    ) -> Result<RowId, OfficeError> {
        // The holder's own claim again is the one he has, whatever the day.
        let (_, claim) = row.voucher.claim(customer, account, row.voucher.currency, self.now())?;
        let claimed = Claimed { claim, batch_name: row.batch_name.clone(), resumed: true };
        self.credit_voucher(&Actor::System("vouchers"), customer, None, &claimed)
    }
}

#[cfg(test)]
mod tests;
