//! Batches of vouchers: making one, the list of them, revoking the rest of one.
//!
//! A batch is made in pieces that others can go between; its vouchers are good once the last piece is written. The codes are in the
//! answer and nowhere else. What a crash leaves of a batch is worth nothing, because nobody has its codes; it is cleared away.

use crate::page::cursor_numbers;
use crate::vouchers::{DigestKey, VoucherCode};
use crate::{Actor, IdempotencyKey, Office, OfficeError, Page, Permission, page_limit};
use calendar::Instant;
use charging::Refusal;
use money::{Amount, Currency};
use std::fmt::Write;
use std::time::Duration;
use store::NewVoucherBatch;
pub use store::VoucherBatchRow as VoucherBatch;

/// Vouchers of a batch at most.
pub const BATCH_MOST: u32 = 100_000;
/// Vouchers written at a time: some ten milliseconds, during which nobody else writes.
const PIECE: usize = 1_000;
/// Characters of a name at most.
const NAME_MOST: usize = 60;
/// Units of the currency that a voucher is worth at most: beyond it somebody slipped.
const WORTH_MOST: i64 = 10_000_000;
/// Millionths of a currency's unit.
const UNIT: i64 = 1_000_000;
/// How long a request waits for another batch to be finished.
const PATIENCE: Duration = Duration::from_secs(10);
/// First line of the codes.
const CSV_HEAD: &str = "code,amount,currency,expires_at\n";

/// Vouchers to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVouchers {
    /// The batch's name for people.
    pub name: String,
    /// How many; at most [`BATCH_MOST`].
    pub count: u32,
    /// What each is worth.
    pub amount: Amount,
    /// In this currency.
    pub currency: Currency,
    /// Redeemed before then; `None` = good for ever.
    pub expires_at: Option<Instant>,
}

impl NewVouchers {
    /// What all of them are worth.
    pub fn worth(&self) -> Amount {
        Amount::from_micros(self.amount.micros().saturating_mul(i64::from(self.count)))
    }
}

/// A batch that was made. The codes are kept nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct MadeVouchers {
    /// The batch.
    pub batch: VoucherBatch,
    /// CSV with the header `code,amount,currency,expires_at`.
    pub csv: String,
}

impl std::fmt::Debug for MadeVouchers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeVouchers").field("batch", &self.batch).finish_non_exhaustive()
    }
}

impl Office {
    /// Refuses vouchers that cannot be made, field by field; makes nothing.
    pub fn check_vouchers(&self, actor: &Actor, new: &NewVouchers) -> Result<(), OfficeError> {
        actor.require(Permission::MoveMoney)?;
        let mut wrong = Vec::new();
        let mut complain = |field: &str, reason: String| wrong.push(crate::FieldError::new(field, reason));
        let letters = new.name.trim().chars().count();
        if letters == 0 || letters > NAME_MOST || new.name.chars().any(char::is_control) {
            complain("name", format!("1 to {NAME_MOST} characters on one line"));
        }
        if !(1..=BATCH_MOST).contains(&new.count) {
            complain("count", format!("1 to {BATCH_MOST} vouchers"));
        }
        let (micros, places) = (new.amount.micros(), new.currency.exponent());
        let least = UNIT / 10i64.pow(u32::from(places));
        if micros <= 0 || micros > WORTH_MOST * UNIT {
            complain("amount", format!("more than zero and at most {WORTH_MOST}"));
        } else if micros % least != 0 {
            complain("amount", format!("{} has {places} decimal places", new.currency));
        }
        if new.expires_at.is_some_and(|at| at <= self.now()) {
            complain("expires_at", "must be in the future".to_owned());
        }
        if wrong.is_empty() { Ok(()) } else { Err(OfficeError::Invalid(wrong)) }
    }

    /// Makes a batch. With a key, a repetition makes no second one; as the codes are given out once only, it is a conflict.
    pub fn make_vouchers(
        &self,
        actor: &Actor,
        new: &NewVouchers,
        key: Option<&IdempotencyKey>,
    ) -> Result<MadeVouchers, OfficeError> {
        self.check_vouchers(actor, new)?;
        let desk = &self.inner.vouchers;
        let _making = desk.making.try_lock_for(PATIENCE).ok_or(OfficeError::Busy)?;
        if let Some(key) = key
            && let Some((batch, fingerprint)) = self.store().voucher_batch_of_request(key.text())?
        {
            if fingerprint != key.fingerprint() {
                return Err(Refusal::KeyReused.into());
            }
            let words = "its codes were given out once. If they were lost, revoke it and make another one";
            return Err(OfficeError::Conflict(format!("this request made batch {batch}, {words}")));
        }
        self.remove_unfinished()?;
        let batch = self.store().begin_voucher_batch(NewVoucherBatch {
            name: new.name.trim().to_owned(),
            amount: new.amount,
            currency: new.currency,
            expires_at: new.expires_at,
            created_at: self.now(),
            created_by: actor.text(),
            request: key.map(|key| (key.text().to_owned(), key.fingerprint())),
        })?;
        let csv = self.write_vouchers(batch, new)?;
        self.store().finish_voucher_batch(batch, self.now())?;
        desk.metrics.made.inc_by(u64::from(new.count));
        let worth = format!("{} × {} {}", new.count, new.amount.text(new.currency.exponent()), new.currency);
        self.note(actor, "voucher-batch/made", &about(batch, &new.name), &worth)?;
        Ok(MadeVouchers { batch: self.voucher_batch(batch)?, csv })
    }

    /// Writes a batch's vouchers piece by piece and gives their codes.
    fn write_vouchers(&self, batch: i64, new: &NewVouchers) -> Result<String, OfficeError> {
        let key = DigestKey::new(self.secrets());
        let until = new.expires_at.map_or_else(String::new, |at| at.to_string());
        let rest = format!(",{},{},{until}\n", new.amount.text(new.currency.exponent()), new.currency);
        let mut csv = CSV_HEAD.to_owned();
        let mut left = usize::try_from(new.count).unwrap_or_default();
        while left > 0 {
            let codes: Result<Vec<VoucherCode>, _> =
                (0..left.min(PIECE)).map(|_| VoucherCode::random()).collect();
            let codes = codes?;
            left -= codes.len();
            for code in &codes {
                let _ = write!(csv, "{}{rest}", code.shown());
            }
            self.store().add_vouchers(batch, codes.iter().map(|code| code.digest(&key)).collect())?;
        }
        Ok(csv)
    }

    /// Clears away what a crash left of a batch, unless one is being made now.
    pub(crate) fn clear_unfinished_batches(&self) -> Result<(), OfficeError> {
        match self.inner.vouchers.making.try_lock() {
            Some(_making) => self.remove_unfinished(),
            None => Ok(()),
        }
    }

    /// Only while `making` is held.
    fn remove_unfinished(&self) -> Result<(), OfficeError> {
        if self.store().has_unfinished_voucher_batch()? {
            while self.store().remove_unfinished_vouchers(PIECE)? {}
        }
        Ok(())
    }

    /// Batches, newest first.
    pub fn voucher_batches(
        &self,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<VoucherBatch>, OfficeError> {
        let before = cursor.map(cursor_numbers::<1>).transpose()?.map_or(i64::MAX, |[before]| before);
        let limit = page_limit(limit);
        let rows = self.store().voucher_batches(before, limit + 1)?;
        Ok(Page::from_surplus(rows, limit, |batch| batch.id.to_string()))
    }

    /// One batch.
    pub fn voucher_batch(&self, batch: i64) -> Result<VoucherBatch, OfficeError> {
        self.store().voucher_batch(batch)?.ok_or_else(|| OfficeError::not_found("voucher batch", batch))
    }

    /// Takes all vouchers of a batch back that nobody has redeemed. Tells how many it were.
    pub fn revoke_voucher_batch(&self, actor: &Actor, batch: i64) -> Result<u64, OfficeError> {
        actor.require(Permission::MoveMoney)?;
        let name = about(batch, &self.voucher_batch(batch)?.name);
        let mut revoked = 0;
        loop {
            let some = self.store().revoke_free_vouchers(batch, self.now(), PIECE)?;
            revoked += u64::try_from(some).unwrap_or(u64::MAX);
            if some < PIECE {
                break;
            }
        }
        if revoked > 0 {
            self.note(actor, "voucher-batch/revoked", &name, &format!("{revoked} vouchers"))?;
        }
        Ok(revoked)
    }
}

fn about(batch: i64, name: &str) -> String {
    format!("batch {batch} {}", name.trim())
}
