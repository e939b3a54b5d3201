//! Figures for the first page. Costly ones are asked for seldom; the caller keeps them.

use crate::db::{Connection, OptionalExtension, params};
use crate::{Store, StoreError};
use calendar::Instant;
use money::Amount;

/// Sums of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DaySums {
    /// Charged for use, purchases and fees.
    pub charged: Amount,
    /// Payments.
    pub paid: Amount,
    /// xDRs written.
    pub records: u64,
}

/// What is counted now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CountsNow {
    /// Open sessions.
    pub sessions: u64,
    /// Customers by status word.
    pub customers: Vec<(String, u64)>,
    /// Invoices not paid in full, and their sum.
    pub unpaid: (u64, Amount),
    /// Of these past their due date.
    pub overdue: (u64, Amount),
    /// Deliveries by connector and state.
    pub deliveries: Vec<(String, String, u64)>,
    /// Closed billing periods without an invoice yet.
    pub periods_to_invoice: u64,
}

impl Store {
    /// Sums of [from, to), read from an index.
    pub fn day_sums(&self, from: Instant, to: Instant) -> Result<DaySums, StoreError> {
        let span = (from.as_micros(), to.as_micros());
        self.read(|connection| {
            let mut money = connection.prepare_cached(
                "SELECT COALESCE(SUM(CASE WHEN code IN ('usage', 'purchase', 'recurring_fee') THEN amount END), 0),
                        COALESCE(SUM(CASE WHEN code = 'payment' THEN amount END), 0)
                 FROM ledger_entry WHERE at >= ?1 AND at < ?2",
            )?;
            let mut records = connection
                .prepare_cached("SELECT COUNT(*) FROM xdr WHERE posted_at >= ?1 AND posted_at < ?2")?;
            let (charged, paid) = money.query_row(span, |row| {
                Ok((Amount::from_micros(row.get(0)?), Amount::from_micros(row.get(1)?)))
            })?;
            let records: i64 = records.query_row(span, |row| row.get(0))?;
            Ok(DaySums { charged, paid, records: records.unsigned_abs() })
        })
    }

    /// Sums of a day that was over when they were kept. Days count from 1970-01-01 in the operator's zone.
    pub fn kept_day(&self, day: i64) -> Result<Option<DaySums>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT charged, paid, records FROM day_figures WHERE day = ?1")?;
            let found = statement.query_row([day], |row| {
                Ok(DaySums {
                    charged: Amount::from_micros(row.get(0)?),
                    paid: Amount::from_micros(row.get(1)?),
                    records: row.get::<_, i64>(2)?.unsigned_abs(),
                })
            });
            Ok(found.optional()?)
        })
    }

    /// Keeps the sums of a day that is over.
    pub fn keep_day(&self, day: i64, sums: DaySums) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO day_figures (day, charged, paid, records) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (day) DO UPDATE SET charged = excluded.charged, paid = excluded.paid, records = excluded.records",
                params![
                    day,
                    sums.charged.micros(),
                    sums.paid.micros(),
                    i64::try_from(sums.records).unwrap_or(i64::MAX)
                ],
            )?;
            Ok(())
        })
    }

    /// What there is now. Reads every customer's status: not for every page view.
    pub fn counts_now(&self, now: Instant) -> Result<CountsNow, StoreError> {
        self.read(|connection| {
            let count = |sql: &str| -> Result<u64, StoreError> {
                let count: i64 = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
                Ok(count.unsigned_abs())
            };
            let mut statement =
                connection.prepare_cached("SELECT status, COUNT(*) FROM customer_state GROUP BY status")?;
            let customers = statement
                .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?
                .collect::<Result<_, _>>()?;
            Ok(CountsNow {
                sessions: count("SELECT COUNT(*) FROM session WHERE closed_at IS NULL")?,
                customers,
                unpaid: unpaid(connection, i64::MAX)?,
                overdue: unpaid(connection, now.as_micros())?,
                deliveries: deliveries(connection)?,
                periods_to_invoice: count("SELECT COUNT(*) FROM billing_period WHERE settled = 0")?,
            })
        })
    }
}

fn unpaid(connection: &Connection, due_until: i64) -> Result<(u64, Amount), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT COUNT(*), COALESCE(SUM(total), 0) FROM invoice WHERE paid_at IS NULL AND due_at <= ?1",
    )?;
    Ok(statement.query_row([due_until], |row| {
        Ok((row.get::<_, i64>(0)?.unsigned_abs(), Amount::from_micros(row.get(1)?)))
    })?)
}

/// Deliveries that are not done, by connector: the index is entered once per connector and state.
fn deliveries(connection: &Connection) -> Result<Vec<(String, String, u64)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT d.connector, d.state, COUNT(*) FROM connector c JOIN delivery d ON d.connector = c.name
         WHERE d.state <> 'done' GROUP BY d.connector, d.state ORDER BY d.connector, d.state",
    )?;
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?.unsigned_abs())))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
