//! Reratings: which are booked and how far, and the stored charges that they price anew.

use crate::db::{OptionalExtension, Row, params};
use crate::{Partition, Store, StoreError, customers, xdrs};
use calendar::Instant;
use charging::{CustomerId, RowId, Xdr};
use money::{Amount, Currency};

/// A rerating that is booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReratingRow {
    /// Its name.
    pub name: String,
    /// What is priced anew, and how, as JSON.
    pub terms: String,
    /// Begun then.
    pub begun_at: Instant,
    /// By whom.
    pub begun_by: String,
    /// Behind which (customer, record) booking goes on; empty = from the beginning.
    pub cursor: String,
    /// Parts that the core refused.
    pub refused: u64,
    /// Nothing is left since then.
    pub finished_at: Option<Instant>,
}

/// What a rerating booked so far in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReratedSum {
    /// Of customers with this currency.
    pub currency: Currency,
    /// Charges corrected.
    pub charges: u64,
    /// What customers pay in addition; negative = they got back.
    pub total: Amount,
}

/// Which charges of one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatedUse {
    /// Whose.
    pub customer: CustomerId,
    /// Begun at or after.
    pub from: Instant,
    /// Begun before.
    pub to: Instant,
    /// Behind this record.
    pub after: RowId,
    /// Records at most.
    pub most: usize,
}

const RERATING: &str = "SELECT name, terms, begun_at, begun_by, cursor, refused, finished_at FROM rerating";

fn rerating(row: &Row<'_>) -> crate::db::Result<ReratingRow> {
    Ok(ReratingRow {
        name: row.get(0)?,
        terms: row.get(1)?,
        begun_at: Instant::from_micros(row.get(2)?),
        begun_by: row.get(3)?,
        cursor: row.get(4)?,
        refused: u64::try_from(row.get::<_, i64>(5)?).unwrap_or(0),
        finished_at: row.get::<_, Option<i64>>(6)?.map(Instant::from_micros),
    })
}

impl Store {
    /// Begins a rerating; `false` when one of that name exists.
    pub fn add_rerating(&self, row: ReratingRow) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let added = transaction.execute(
                "INSERT INTO rerating (name, terms, begun_at, begun_by) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                params![row.name, row.terms, row.begun_at.as_micros(), row.begun_by],
            )?;
            Ok(added == 1)
        })
    }

    /// One by name.
    pub fn rerating(&self, name: &str) -> Result<Option<ReratingRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!("{RERATING} WHERE name = ?1"))?;
            Ok(statement.query_row([name], rerating).optional()?)
        })
    }

    /// The latest ones first.
    pub fn reratings(&self, most: usize) -> Result<Vec<ReratingRow>, StoreError> {
        self.read(|connection| {
            let sql = format!("{RERATING} ORDER BY begun_at DESC, name LIMIT ?1");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([i64::try_from(most).unwrap_or(i64::MAX)], rerating)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Names of those that are not finished, oldest first.
    pub fn open_reratings(&self) -> Result<Vec<String>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT name FROM rerating WHERE finished_at IS NULL ORDER BY begun_at, name";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Writes how far one has come.
    pub fn advance_rerating(
        &self,
        name: &str,
        cursor: String,
        refused: u64,
        finished_at: Option<Instant>,
    ) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.write(move |transaction| {
            let refused = i64::try_from(refused).unwrap_or(i64::MAX);
            transaction.execute(
                "UPDATE rerating SET cursor = ?2, refused = refused + ?3, finished_at = ?4 WHERE name = ?1",
                params![name, cursor, refused, finished_at.map(Instant::as_micros)],
            )?;
            Ok(())
        })
    }

    /// What was booked under a name since an instant: `words` is how the descriptions of its corrections begin.
    pub fn rerated(&self, words: &str, since: Instant) -> Result<Vec<ReratedSum>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT s.currency, COUNT(*), SUM(x.amount) FROM xdr x
                   JOIN customer_state s ON s.partition = x.partition AND s.customer_id = x.customer_id
                 WHERE x.posted_at >= ?1 AND x.kind = 'correction' AND substr(x.description, 1, length(?2)) = ?2
                 GROUP BY s.currency ORDER BY s.currency",
            )?;
            let rows = statement.query_map(params![since.as_micros(), words], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
            })?;
            let mut sums = Vec::new();
            for row in rows {
                let (currency, charges, total) = row?;
                sums.push(ReratedSum {
                    currency: Currency::parse(&currency).map_err(|_| StoreError::Corrupt("currency"))?,
                    charges: u64::try_from(charges).unwrap_or(0),
                    total: Amount::from_micros(total),
                });
            }
            Ok(sums)
        })
    }

    /// Customers in the order in which partitions keep them, behind one.
    pub fn customers_after(&self, after: CustomerId, most: usize) -> Result<Vec<CustomerId>, StoreError> {
        let start = if after.0 == 0 { (-1, 0) } else { (Partition::of(after).sql(), i64::from(after.0)) };
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT customer_id FROM customer_state WHERE (partition, customer_id) > (?1, ?2)
                 ORDER BY partition, customer_id LIMIT ?3",
            )?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows =
                statement.query_map(params![start.0, start.1, most], |row| row.get(0).map(CustomerId))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Use of one customer by number, then the corrections and refunds of it; what was not used (fees, top-ups) is left out.
    pub fn rated_use(&self, of: &RatedUse) -> Result<(Vec<Xdr>, Vec<Xdr>), StoreError> {
        let (first, end) = customers::rows_of(of.customer);
        let partition = Partition::of(of.customer).sql();
        self.read(|connection| {
            let sql = format!(
                "{} WHERE x.partition = ?1 AND x.xdr_id > ?2 AND x.xdr_id < ?3 AND x.started_at >= ?4 AND x.started_at < ?5
                   AND x.kind IN ('session', 'event', 'wholesale') ORDER BY x.xdr_id LIMIT ?6",
                xdrs::ROW
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let (from, to) = (of.from.as_micros(), of.to.as_micros());
            let most = i64::try_from(of.most).unwrap_or(i64::MAX);
            let mut rows =
                statement.query(params![partition, of.after.0.max(first), end, from, to, most])?;
            let mut used = Vec::new();
            while let Some(row) = rows.next()? {
                used.push(xdrs::list_row(&row)?.xdr);
            }
            let (Some(lowest), Some(highest)) = (used.first(), used.last()) else {
                return Ok((used, Vec::new()));
            };
            let sql = format!(
                "{} WHERE x.partition = ?1 AND x.xdr_id > ?2 AND x.xdr_id < ?3 AND x.kind IN ('correction', 'refund')
                   AND CAST(x.reference AS INTEGER) BETWEEN ?2 AND ?4 ORDER BY x.xdr_id",
                xdrs::ROW
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params![partition, lowest.id.0, end, highest.id.0])?;
            let mut changes = Vec::new();
            while let Some(row) = rows.next()? {
                changes.push(xdrs::list_row(&row)?.xdr);
            }
            Ok((used, changes))
        })
    }
}
