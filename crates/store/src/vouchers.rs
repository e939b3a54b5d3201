//! Vouchers by the digest of their code: written only if the row still is what was read, so that of several who want one only one
//! gets it. Their batches are in `voucher_batches`.
//!
//! Must not know: codes, how a digest is made, what a claim may become ([`charging::Voucher`] decides).

use crate::db::{OptionalExtension, Row, Transaction, params};
use crate::{Partition, Store, StoreError};
use calendar::Instant;
use charging::{AccountId, CustomerId, LedgerCode, RowId, Voucher, VoucherState};
use money::{Amount, Currency};

/// A voucher and what is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherRow {
    /// The voucher as the core sees it.
    pub voucher: Voucher,
    /// Its batch.
    pub batch: i64,
    /// The batch's name.
    pub batch_name: String,
    /// To which account's own balance it went or is going; `None` = the customer's.
    pub account: Option<AccountId>,
    /// Claimed, redeemed or revoked then; `None` while it never was.
    pub changed_at: Option<Instant>,
}

const VOUCHER: &str = "SELECT v.digest, v.claims, v.state, v.customer_id, v.account_id, v.entry_id, v.changed_at, b.batch_id, b.name,
   b.amount, b.currency, b.expires_at FROM voucher v JOIN voucher_batch b ON b.batch_id = v.batch_id";

/// The word of a state in the table, which is also the name of its count in the batch.
pub(crate) const fn word(state: VoucherState) -> &'static str {
    match state {
        VoucherState::Free => "free",
        VoucherState::Claimed { .. } => "claimed",
        VoucherState::Redeemed { .. } => "redeemed",
        VoucherState::Revoked => "revoked",
    }
}

/// A currency by its code.
pub(crate) fn currency(code: &str) -> Result<Currency, StoreError> {
    Currency::parse(code).map_err(|_| StoreError::Corrupt("currency of a voucher"))
}

fn instant(micros: Option<i64>) -> Option<Instant> {
    micros.map(Instant::from_micros)
}

fn voucher_row(row: &Row<'_>) -> Result<VoucherRow, StoreError> {
    let customer = row.get::<_, Option<u32>>(3)?.map(CustomerId);
    let account = row.get::<_, Option<i64>>(4)?.map(RowId);
    let entry = row.get::<_, Option<i64>>(5)?.map(RowId);
    let changed_at = instant(row.get(6)?);
    let state = match (row.get::<_, String>(2)?.as_str(), customer, entry, changed_at) {
        ("free", ..) => VoucherState::Free,
        ("revoked", ..) => VoucherState::Revoked,
        ("claimed", Some(customer), _, Some(at)) => VoucherState::Claimed { customer, account, at },
        ("redeemed", Some(customer), Some(entry), _) => VoucherState::Redeemed { customer, entry },
        _ => return Err(StoreError::Corrupt("voucher")),
    };
    let voucher = Voucher {
        digest: row.get::<_, String>(0)?.into(),
        amount: Amount::from_micros(row.get(9)?),
        currency: currency(&row.get::<_, String>(10)?)?,
        expires_at: instant(row.get(11)?),
        claims: row.get(1)?,
        state,
    };
    Ok(VoucherRow { voucher, batch: row.get(7)?, batch_name: row.get(8)?, account, changed_at })
}

/// Writes a voucher's new state if it still is what was read, and counts it in its batch. Tells whether it was.
fn replace(
    transaction: &Transaction<'_>,
    read: &Voucher,
    becomes: &Voucher,
    now: Instant,
) -> Result<bool, StoreError> {
    // A redeemed voucher keeps the account of its claim.
    let (customer, account, entry, at) = match becomes.state {
        VoucherState::Free | VoucherState::Revoked => (None, None, None, now),
        VoucherState::Claimed { customer, account, at } => (Some(customer.0), account, None, at),
        VoucherState::Redeemed { customer, entry } => (Some(customer.0), None, Some(entry.0), now),
    };
    let (was, is) = (word(read.state), word(becomes.state));
    let mut update = transaction.prepare_cached(
        "UPDATE voucher SET claims = ?1, state = ?2, customer_id = ?3,
           account_id = CASE ?2 WHEN 'redeemed' THEN account_id ELSE ?4 END, entry_id = ?5, changed_at = ?6
         WHERE digest = ?7 AND claims = ?8 AND state = ?9",
    )?;
    let account = account.map(|account| account.0);
    let at = at.as_micros();
    let changed = update.execute(params![
        becomes.claims,
        is,
        customer,
        account,
        entry,
        at,
        &*read.digest,
        read.claims,
        was
    ])?;
    if changed == 0 {
        return Ok(false);
    }
    transaction.prepare_cached(&format!(
        "UPDATE voucher_batch SET {was} = {was} - 1, {is} = {is} + 1 WHERE batch_id = (SELECT batch_id FROM voucher WHERE digest = ?1)"
    ))?
    .execute([&*read.digest])?;
    Ok(true)
}

impl Store {
    /// The voucher of a digest. Vouchers of a batch that is still being made are not found.
    pub fn voucher(&self, digest: &str) -> Result<Option<VoucherRow>, StoreError> {
        self.read(|connection| {
            let sql = format!("{VOUCHER} WHERE v.digest = ?1 AND b.made_at IS NOT NULL");
            let mut statement = connection.prepare_cached(&sql)?;
            statement.query_row([digest], |row| Ok(voucher_row(row))).optional()?.transpose()
        })
    }

    /// Compare and set: the voucher becomes `becomes` if its number of claims and its state still are those of `read`. Tells
    /// whether they were.
    pub fn replace_voucher(&self, read: Voucher, becomes: Voucher, now: Instant) -> Result<bool, StoreError> {
        self.write(move |transaction| replace(transaction, &read, &becomes, now))
    }

    /// Vouchers claimed before `before`, oldest first, behind the place (instant, digest) where the page before ended.
    pub fn claimed_vouchers(
        &self,
        before: Instant,
        after: Option<(Instant, &str)>,
        limit: usize,
    ) -> Result<Vec<VoucherRow>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (at, digest) = after.map_or((i64::MIN, ""), |(at, digest)| (at.as_micros(), digest));
        self.read(|connection| {
            let sql = format!(
                "{VOUCHER} WHERE v.state = 'claimed' AND v.changed_at < ?1 AND (v.changed_at, v.digest) > (?2, ?3)
                 ORDER BY v.changed_at, v.digest LIMIT ?4"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows =
                statement.query_map(params![before.as_micros(), at, digest, limit], |row| Ok(voucher_row(row)))?;
            rows.map(|row| row.map_err(StoreError::from)?).collect()
        })
    }

    /// The credit of a voucher in a customer's ledger: what came of a claim so old that the core has forgotten it.
    pub fn voucher_credit(&self, customer: CustomerId, note: &str) -> Result<Option<RowId>, StoreError> {
        let (first, last) = (i64::from(customer.0) << 32, (i64::from(customer.0) + 1) << 32);
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT entry_id FROM ledger_entry WHERE partition = ?1 AND entry_id >= ?2 AND entry_id < ?3
                   AND code = ?4 AND note = ?5",
            )?;
            let code = LedgerCode::Voucher.name();
            let found = statement
                .query_row(params![Partition::of(customer).0, first, last, code, note], |row| row.get(0))
                .optional()?;
            Ok(found.map(RowId))
        })
    }
}

#[cfg(test)]
mod tests;
