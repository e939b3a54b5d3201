//! Closed billing periods on their way to an invoice, and the charges that go on it.

use crate::{Partition, Store, StoreError};
use calendar::Instant;
use charging::{AccountId, CustomerId, RowId};
use money::Amount;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A closed billing period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodRow {
    /// Whose.
    pub customer: CustomerId,
    /// Which.
    pub period_number: u32,
    /// From (inclusive).
    pub start: Instant,
    /// To (exclusive).
    pub end: Instant,
    /// Closed then.
    pub closed_at: Instant,
    /// Rows of this period have a higher row counter.
    pub rows_before: u32,
    /// Number set aside for its invoice.
    pub invoice_number: Option<String>,
}

/// What a period's invoice is made of. Sums are exact; single uses are added up by account and service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeriodCharges {
    /// Recurring fees, in the order in which they were charged.
    pub fees: Vec<FeeCharge>,
    /// Purchases one by one, oldest first, as many as were asked for.
    pub purchases: Vec<PurchaseCharge>,
    /// Purchases beyond those, added up.
    pub more_purchases: Vec<UsageCharge>,
    /// Sessions, added up.
    pub usage: Vec<UsageCharge>,
}

/// A recurring fee that was charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeCharge {
    /// Account that holds the product.
    pub account: Option<AccountId>,
    /// Product number.
    pub product: Option<u32>,
    /// Line on the invoice.
    pub name: String,
    /// For days from (inclusive) to (exclusive).
    pub span: (Instant, Instant),
    /// How many days.
    pub days: u64,
    /// What was charged.
    pub amount: Amount,
    /// [`charging::Explanation`] as JSON.
    pub explanation: String,
}

/// A purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseCharge {
    /// Who bought.
    pub account: Option<AccountId>,
    /// Service number.
    pub service: Option<u16>,
    /// When.
    pub at: Instant,
    /// Words for people.
    pub description: String,
    /// Item or number.
    pub destination: String,
    /// How many.
    pub units: u64,
    /// What was charged.
    pub amount: Amount,
}

/// Uses of one service by one account, added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageCharge {
    /// Who used.
    pub account: Option<AccountId>,
    /// Service number.
    pub service: Option<u16>,
    /// How many uses.
    pub count: u64,
    /// Units together.
    pub units: u64,
    /// First and last instant.
    pub span: (Instant, Instant),
    /// What was charged.
    pub amount: Amount,
}

const PERIOD: &str = "SELECT customer_id, period_number, period_start, period_end, closed_at, rows_before, invoice_number FROM billing_period";

fn period_row(row: &Row<'_>) -> rusqlite::Result<PeriodRow> {
    Ok(PeriodRow {
        customer: CustomerId(row.get(0)?),
        period_number: row.get(1)?,
        start: Instant::from_micros(row.get(2)?),
        end: Instant::from_micros(row.get(3)?),
        closed_at: Instant::from_micros(row.get(4)?),
        rows_before: row.get(5)?,
        invoice_number: row.get(6)?,
    })
}

impl Store {
    /// Customers with a closed period that has no invoice yet, closed first first.
    pub fn periods_to_invoice(&self, most: usize) -> Result<Vec<CustomerId>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT customer_id FROM billing_period WHERE settled = 0 ORDER BY closed_at, customer_id LIMIT ?1",
            )?;
            let rows = statement.query_map([most], |row| row.get(0).map(CustomerId))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The customer's closed period that has no invoice yet.
    pub fn period_to_invoice(&self, customer: CustomerId) -> Result<Option<PeriodRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{PERIOD} WHERE partition = ?1 AND customer_id = ?2 AND settled = 0 ORDER BY period_number LIMIT 1"
            ))?;
            let key = params![Partition::of(customer).sql(), customer.0];
            Ok(statement.query_row(key, period_row).optional()?)
        })
    }

    /// The number of a period's invoice: the one that was set aside before, or the next of its year. There are no gaps: a number
    /// belongs to one period for good.
    pub fn invoice_number(
        &self,
        customer: CustomerId,
        period_number: u32,
        year: i16,
    ) -> Result<String, StoreError> {
        self.write(move |transaction| {
            let key = params![Partition::of(customer).sql(), customer.0, period_number];
            let known: Option<String> = transaction
                .prepare_cached(
                    "SELECT invoice_number FROM billing_period WHERE partition = ?1 AND customer_id = ?2 AND period_number = ?3",
                )?
                .query_row(key, |row| row.get(0))
                .optional()?
                .flatten();
            if let Some(number) = known {
                return Ok(number);
            }
            let next: i64 = transaction
                .prepare_cached(
                    "INSERT INTO sequence (name, value) VALUES (?1, 1)
                     ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
                )?
                .query_row([format!("invoice-{year}")], |row| row.get(0))?;
            let number = format!("INV-{year}-{next:06}");
            let mut bind = transaction.prepare_cached(
                "UPDATE billing_period SET invoice_number = ?4 WHERE partition = ?1 AND customer_id = ?2 AND period_number = ?3",
            )?;
            let key = params![Partition::of(customer).sql(), customer.0, period_number, number];
            if bind.execute(key)? == 0 {
                return Err(StoreError::Corrupt("billing period"));
            }
            Ok(number)
        })
    }

    /// A period that needs no invoice because nothing was charged.
    pub fn settle_period(&self, customer: CustomerId, period_number: u32) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute(
                "UPDATE billing_period SET settled = 1 WHERE partition = ?1 AND customer_id = ?2 AND period_number = ?3",
                params![Partition::of(customer).sql(), customer.0, period_number],
            )?;
            Ok(())
        })
    }

    /// The charges of a period, the first `purchases_most` purchases one by one.
    pub fn period_charges(
        &self,
        period: &PeriodRow,
        purchases_most: usize,
    ) -> Result<PeriodCharges, StoreError> {
        self.read(|connection| {
            let rows_from = first_row(connection, period)?;
            let (purchases, last) = purchases(connection, period, rows_from, purchases_most)?;
            let more_purchases = match last {
                Some(last) => added_up(connection, period, "event", last + 1)?,
                None => Vec::new(),
            };
            Ok(PeriodCharges {
                fees: fees(connection, period, rows_from)?,
                purchases,
                more_purchases,
                usage: added_up(connection, period, "session", rows_from)?,
            })
        })
    }

    /// Labels of a customer's accounts.
    pub fn account_labels(&self, customer: CustomerId) -> Result<Vec<(AccountId, String)>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT account_id, label FROM account WHERE partition = ?1 AND account_id >= ?2 AND account_id < ?3",
            )?;
            let (first, end) = (i64::from(customer.0) << 32, (i64::from(customer.0) + 1) << 32);
            let rows = statement.query_map(params![Partition::of(customer).sql(), first, end], |row| {
                Ok((RowId(row.get(0)?), row.get(1)?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The content of the customer's last invoice, as JSON.
    pub fn last_invoice_document(&self, customer: CustomerId) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT document FROM invoice WHERE partition = ?1 AND invoice_id >= ?2 AND invoice_id < ?3
                 ORDER BY invoice_id DESC LIMIT 1",
            )?;
            let (first, end) = (i64::from(customer.0) << 32, (i64::from(customer.0) + 1) << 32);
            let key = params![Partition::of(customer).sql(), first, end];
            Ok(statement.query_row(key, |row| row.get(0)).optional()?)
        })
    }
}

/// Rows of a period come after the ones counted when the period before was closed: older history is not looked at.
fn first_row(connection: &Connection, period: &PeriodRow) -> Result<i64, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT rows_before FROM billing_period WHERE partition = ?1 AND customer_id = ?2 AND period_number = ?3",
    )?;
    let before = i64::from(period.period_number) - 1;
    let key = params![Partition::of(period.customer).sql(), period.customer.0, before];
    let rows: u32 = statement.query_row(key, |row| row.get(0)).optional()?.unwrap_or(0);
    Ok(RowId::new(period.customer, rows).0)
}

/// Where the customer's rows end.
fn end_row(period: &PeriodRow) -> i64 {
    (i64::from(period.customer.0) + 1) << 32
}

fn fees(connection: &Connection, period: &PeriodRow, from: i64) -> Result<Vec<FeeCharge>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT account_id, product_id, description, started_at, ended_at, units, amount, explanation FROM xdr
         WHERE partition = ?1 AND xdr_id >= ?2 AND xdr_id < ?3 AND period_number = ?4 AND kind = 'recurring_fee' ORDER BY xdr_id",
    )?;
    let key = params![Partition::of(period.customer).sql(), from, end_row(period), period.period_number];
    let rows = statement.query_map(key, |row| {
        Ok(FeeCharge {
            account: row.get::<_, Option<i64>>(0)?.map(RowId),
            product: row.get(1)?,
            name: row.get(2)?,
            span: (Instant::from_micros(row.get(3)?), Instant::from_micros(row.get(4)?)),
            days: row.get::<_, i64>(5)?.unsigned_abs(),
            amount: Amount::from_micros(row.get(6)?),
            explanation: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The first purchases of a period, and the row id of the last one when there are more.
fn purchases(
    connection: &Connection,
    period: &PeriodRow,
    from: i64,
    most: usize,
) -> Result<(Vec<PurchaseCharge>, Option<i64>), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT account_id, service_id, started_at, description, destination, units, amount, xdr_id FROM xdr
         WHERE partition = ?1 AND xdr_id >= ?2 AND xdr_id < ?3 AND period_number = ?4 AND kind = 'event' ORDER BY xdr_id LIMIT ?5",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let key =
        params![Partition::of(period.customer).sql(), from, end_row(period), period.period_number, most];
    let mut last = from;
    let mut found = Vec::new();
    let mut rows = statement.query(key)?;
    while let Some(row) = rows.next()? {
        last = row.get(7)?;
        found.push(PurchaseCharge {
            account: row.get::<_, Option<i64>>(0)?.map(RowId),
            service: row.get(1)?,
            at: Instant::from_micros(row.get(2)?),
            description: row.get(3)?,
            destination: row.get(4)?,
            units: row.get::<_, i64>(5)?.unsigned_abs(),
            amount: Amount::from_micros(row.get(6)?),
        });
    }
    let full = i64::try_from(found.len()).unwrap_or(i64::MAX) >= most;
    Ok((found, full.then_some(last)))
}

fn added_up(
    connection: &Connection,
    period: &PeriodRow,
    kind: &str,
    from: i64,
) -> Result<Vec<UsageCharge>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT account_id, service_id, COUNT(*), SUM(units), MIN(started_at), MAX(ended_at), SUM(amount) FROM xdr
         WHERE partition = ?1 AND xdr_id >= ?2 AND xdr_id < ?3 AND period_number = ?4 AND kind = ?5
         GROUP BY service_id, account_id ORDER BY service_id, account_id",
    )?;
    let key =
        params![Partition::of(period.customer).sql(), from, end_row(period), period.period_number, kind];
    let rows = statement.query_map(key, |row| {
        Ok(UsageCharge {
            account: row.get::<_, Option<i64>>(0)?.map(RowId),
            service: row.get(1)?,
            count: row.get::<_, i64>(2)?.unsigned_abs(),
            units: row.get::<_, i64>(3)?.unsigned_abs(),
            span: (Instant::from_micros(row.get(4)?), Instant::from_micros(row.get(5)?)),
            amount: Amount::from_micros(row.get(6)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
