//! Batches of vouchers: made in pieces so that nobody waits long behind a large one, listed with their counts, revoked in pieces.

use crate::db::{Connection, OptionalExtension, Row, params};
use crate::vouchers::currency;
use crate::{Store, StoreError};
use calendar::Instant;
use money::{Amount, Currency};

/// A batch to be made.
#[derive(Debug, Clone)]
pub struct NewVoucherBatch {
    /// Name for people.
    pub name: String,
    /// Worth of each voucher.
    pub amount: Amount,
    /// In this currency.
    pub currency: Currency,
    /// Redeemed before then.
    pub expires_at: Option<Instant>,
    /// Made then.
    pub created_at: Instant,
    /// By whom.
    pub created_by: String,
    /// Name and digest of the request, when it has a name.
    pub request: Option<(String, u64)>,
}

/// A batch and how many of its vouchers are in which state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherBatchRow {
    /// Number.
    pub id: i64,
    /// Name for people.
    pub name: String,
    /// Worth of each voucher.
    pub amount: Amount,
    /// In this currency.
    pub currency: Currency,
    /// Redeemed before then.
    pub expires_at: Option<Instant>,
    /// Made then.
    pub created_at: Instant,
    /// By whom.
    pub created_by: String,
    /// May be redeemed, unless they have expired.
    pub free: u64,
    /// Being redeemed.
    pub claimed: u64,
    /// Redeemed.
    pub redeemed: u64,
    /// Taken back.
    pub revoked: u64,
}

impl VoucherBatchRow {
    /// All its vouchers.
    pub fn count(&self) -> u64 {
        self.free + self.claimed + self.redeemed + self.revoked
    }
}

const BATCH: &str = "SELECT batch_id, name, amount, currency, expires_at, created_at, created_by, free, claimed, redeemed, revoked
   FROM voucher_batch";

fn batch_row(row: &Row<'_>) -> Result<VoucherBatchRow, StoreError> {
    let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
    Ok(VoucherBatchRow {
        id: row.get(0)?,
        name: row.get(1)?,
        amount: Amount::from_micros(row.get(2)?),
        currency: currency(&row.get::<_, String>(3)?)?,
        expires_at: row.get::<_, Option<i64>>(4)?.map(Instant::from_micros),
        created_at: Instant::from_micros(row.get(5)?),
        created_by: row.get(6)?,
        free: count(7)?,
        claimed: count(8)?,
        redeemed: count(9)?,
        revoked: count(10)?,
    })
}

/// A piece's size for SQL.
fn rows(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

fn unfinished(connection: &Connection) -> crate::db::Result<Option<i64>> {
    let sql = "SELECT batch_id FROM voucher_batch WHERE made_at IS NULL LIMIT 1";
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()
}

impl Store {
    /// Begins a batch; its vouchers are not found before [`Store::finish_voucher_batch`]. Gives its number.
    pub fn begin_voucher_batch(&self, batch: NewVoucherBatch) -> Result<i64, StoreError> {
        self.write(move |transaction| {
            let (request, fingerprint) = batch.request.unzip();
            Ok(transaction.query_row(
                "INSERT INTO voucher_batch (name, amount, currency, expires_at, created_at, created_by, request, fingerprint)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING batch_id",
                params![
                    batch.name,
                    batch.amount.micros(),
                    batch.currency.code(),
                    batch.expires_at.map(Instant::as_micros),
                    batch.created_at.as_micros(),
                    batch.created_by,
                    request,
                    fingerprint.unwrap_or(0).cast_signed(),
                ],
                |row| row.get(0),
            )?)
        })
    }

    /// Adds free vouchers to a batch that was begun: one piece of it.
    pub fn add_vouchers(&self, batch: i64, digests: Vec<String>) -> Result<(), StoreError> {
        self.write(move |transaction| {
            for digest in &digests {
                transaction
                    .post("INSERT INTO voucher (digest, batch_id) VALUES (?1, ?2)", params![digest, batch])?;
            }
            let sql = "UPDATE voucher_batch SET free = free + ?2 WHERE batch_id = ?1";
            transaction.prepare_cached(sql)?.execute(params![batch, rows(digests.len())])?;
            Ok(())
        })
    }

    /// From now on the batch's vouchers may be redeemed.
    pub fn finish_voucher_batch(&self, batch: i64, at: Instant) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let sql = "UPDATE voucher_batch SET made_at = ?2 WHERE batch_id = ?1";
            transaction.execute(sql, params![batch, at.as_micros()])?;
            Ok(())
        })
    }

    /// Whether a batch was begun and never finished.
    pub fn has_unfinished_voucher_batch(&self) -> Result<bool, StoreError> {
        self.read(|connection| Ok(unfinished(connection)?.is_some()))
    }

    /// Removes up to `most` vouchers of a batch that was never finished, and the batch once it is empty. Tells whether there may
    /// be more to remove.
    pub fn remove_unfinished_vouchers(&self, most: usize) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let Some(batch) = unfinished(transaction)? else { return Ok(false) };
            let removed = transaction.execute(
                "DELETE FROM voucher WHERE digest IN (SELECT digest FROM voucher WHERE batch_id = ?1 LIMIT ?2)",
                params![batch, rows(most)],
            )?;
            if removed < most {
                transaction.execute("DELETE FROM voucher_batch WHERE batch_id = ?1", [batch])?;
            }
            Ok(true)
        })
    }

    /// The finished batch that a request made, and the digest of that request.
    pub fn voucher_batch_of_request(&self, request: &str) -> Result<Option<(i64, u64)>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT batch_id, fingerprint FROM voucher_batch WHERE request = ?1 AND made_at IS NOT NULL",
            )?;
            let found = statement
                .query_row([request], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())));
            Ok(found.optional()?)
        })
    }

    /// A finished batch.
    pub fn voucher_batch(&self, batch: i64) -> Result<Option<VoucherBatchRow>, StoreError> {
        self.read(|connection| {
            let sql = format!("{BATCH} WHERE batch_id = ?1 AND made_at IS NOT NULL");
            let mut statement = connection.prepare_cached(&sql)?;
            statement.query_row([batch], |row| Ok(batch_row(row))).optional()?.transpose()
        })
    }

    /// Finished batches with a number below `before`, newest first.
    pub fn voucher_batches(&self, before: i64, limit: usize) -> Result<Vec<VoucherBatchRow>, StoreError> {
        self.read(|connection| {
            let sql = format!(
                "{BATCH} WHERE batch_id < ?1 AND made_at IS NOT NULL ORDER BY batch_id DESC LIMIT ?2"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_map(params![before, rows(limit)], |row| Ok(batch_row(row)))?;
            found.map(|row| row.map_err(StoreError::from)?).collect()
        })
    }

    /// Revokes up to `most` free vouchers of a batch: one piece of it. Tells how many it were.
    pub fn revoke_free_vouchers(&self, batch: i64, now: Instant, most: usize) -> Result<usize, StoreError> {
        self.write(move |transaction| {
            let revoked = transaction.execute(
                "UPDATE voucher SET state = 'revoked', changed_at = ?2 WHERE digest IN
                   (SELECT digest FROM voucher WHERE batch_id = ?1 AND state = 'free' LIMIT ?3)",
                params![batch, now.as_micros(), rows(most)],
            )?;
            let sql = "UPDATE voucher_batch SET free = free - ?2, revoked = revoked + ?2 WHERE batch_id = ?1";
            transaction.execute(sql, params![batch, rows(revoked)])?;
            Ok(revoked)
        })
    }
}
