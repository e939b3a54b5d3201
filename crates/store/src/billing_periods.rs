//! Closed billing periods on their way to an invoice, and the charges that go on it.

use crate::db::{Connection, OptionalExtension, Row, params};
use crate::{Partition, Store, StoreError, xdrs};
use calendar::Instant;
use catalog::{ProductId, ServiceId, Unit};
use charging::{AccountId, CustomerId, RowId, XdrKind};
use money::Amount;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

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

/// One charge of a period, or several added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeRow {
    /// Session, purchase or recurring fee.
    pub kind: XdrKind,
    /// Who used or holds the product.
    pub account: Option<AccountId>,
    /// Service; `None` for fees. What is given back or corrected has that of the charge, as its product.
    pub service: Option<ServiceId>,
    /// Product that decided the price.
    pub product: Option<ProductId>,
    /// From (inclusive) to (exclusive), or the moment of a purchase.
    pub span: (Instant, Instant),
    /// Units; days for a fee.
    pub units: u64,
    /// Unit of `units`; `None` for fees.
    pub unit: Option<Unit>,
    /// Words for people.
    pub description: String,
    /// Number, APN or item.
    pub destination: String,
    /// What was charged.
    pub amount: Amount,
    /// [`charging::Explanation`] as JSON, of fees only.
    pub explanation: Option<String>,
    /// How many charges this stands for.
    pub count: u64,
}

const PERIOD: &str = "SELECT customer_id, period_number, period_start, period_end, closed_at, rows_before, invoice_number FROM billing_period";

fn period_row(row: &Row<'_>) -> crate::db::Result<PeriodRow> {
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
                     ON CONFLICT (name) DO UPDATE SET value = sequence.value + 1 RETURNING value",
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

    /// The charges of a period in the order in which they were made. Purchases beyond the first `purchases_most` are added up
    /// by account and service.
    pub fn period_charges(
        &self,
        period: &PeriodRow,
        purchases_most: usize,
    ) -> Result<Vec<ChargeRow>, StoreError> {
        self.read(|connection| charges(connection, period, purchases_most))
    }

    /// The content of the invoice of a period, as JSON.
    pub fn invoice_document(&self, customer: CustomerId, period: u32) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT document FROM invoice
                 WHERE partition = ?1 AND invoice_id >= ?2 AND invoice_id < ?3 AND period_number = ?4",
            )?;
            let (first, end) = (i64::from(customer.0) << 32, (i64::from(customer.0) + 1) << 32);
            let key = params![Partition::of(customer).sql(), first, end, period];
            Ok(statement.query_row(key, |row| row.get(0)).optional()?)
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

fn charges(
    connection: &Connection,
    period: &PeriodRow,
    purchases_most: usize,
) -> Result<Vec<ChargeRow>, StoreError> {
    let from = first_row(connection, period)?;
    let mut statement = connection.prepare_cached(
        "SELECT x.kind, x.account_id, COALESCE(x.service_id, o.service_id), x.started_at, x.ended_at, x.units, x.unit, x.description,
           x.destination, x.amount, CASE WHEN x.kind = 'recurring_fee' THEN x.explanation END, COALESCE(x.product_id, o.product_id)
         FROM xdr x LEFT JOIN xdr o ON x.kind IN ('refund', 'correction') AND o.partition = x.partition
           AND o.xdr_id = CAST(x.reference AS INTEGER)
         WHERE x.partition = ?1 AND x.xdr_id >= ?2 AND x.xdr_id < ?3 AND x.period_number = ?4 ORDER BY x.xdr_id",
    )?;
    let key = params![Partition::of(period.customer).sql(), from, end_row(period), period.period_number];
    let mut rows = statement.query(key)?;
    let (mut found, mut purchases) = (Vec::new(), 0);
    let mut rest: BTreeMap<(Option<ServiceId>, Option<AccountId>), ChargeRow> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let charge = charge_row(&row)?;
        if charge.kind != XdrKind::Event {
            found.push(charge);
            continue;
        }
        purchases += 1;
        if purchases <= purchases_most {
            found.push(charge);
            continue;
        }
        match rest.entry((charge.service, charge.account)) {
            Entry::Vacant(place) => {
                place.insert(charge);
            }
            Entry::Occupied(mut sum) => add(sum.get_mut(), &charge)?,
        }
    }
    found.extend(rest.into_values());
    Ok(found)
}

fn add(sum: &mut ChargeRow, charge: &ChargeRow) -> Result<(), StoreError> {
    sum.count += 1;
    sum.units = sum.units.saturating_add(charge.units);
    sum.amount = sum.amount.plus(charge.amount).map_err(|_| StoreError::Corrupt("sum of charges"))?;
    sum.span = (sum.span.0.min(charge.span.0), sum.span.1.max(charge.span.1));
    Ok(())
}

fn charge_row(row: &Row<'_>) -> Result<ChargeRow, StoreError> {
    let kind: String = row.get(0)?;
    let unit: Option<String> = row.get(6)?;
    Ok(ChargeRow {
        kind: xdrs::kind(&kind)?,
        account: row.get::<_, Option<i64>>(1)?.map(RowId),
        service: row.get::<_, Option<u16>>(2)?.map(ServiceId),
        span: (Instant::from_micros(row.get(3)?), Instant::from_micros(row.get(4)?)),
        units: row.get::<_, i64>(5)?.unsigned_abs(),
        unit: unit.map(|word| xdrs::unit(&word)).transpose()?,
        description: row.get(7)?,
        destination: row.get(8)?,
        amount: Amount::from_micros(row.get(9)?),
        explanation: row.get(10)?,
        product: row.get::<_, Option<u32>>(11)?.map(ProductId),
        count: 1,
    })
}
