//! Transaction records as screens list and explain them.

use crate::db::Value;
use crate::db::{OptionalExtension, Row, params};
use crate::{Partition, Store, StoreError, customers};
use calendar::Instant;
use catalog::{ProductId, ServiceId, Unit};
use charging::{AccountId, CustomerId, RowId, Xdr, XdrKind};
use money::Amount;

/// A record with the names of its customer and account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XdrListRow {
    /// The record.
    pub xdr: Xdr,
    /// The customer's number for people.
    pub customer_number: String,
    /// His name.
    pub customer_name: String,
    /// The account's label; empty when no account is concerned.
    pub account_label: String,
}

/// Which records, newest first. Everything that is given must fit.
#[derive(Debug, Clone, Default)]
pub struct XdrFilter {
    /// Of this customer.
    pub customer: Option<CustomerId>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this service.
    pub service: Option<ServiceId>,
    /// Of this billing period.
    pub period_number: Option<u32>,
    /// Posted at or after.
    pub from: Option<Instant>,
    /// Posted before.
    pub to: Option<Instant>,
    /// (posted_at, xdr_id) of the last record seen.
    pub after: Option<(i64, i64)>,
    /// Rows at most.
    pub most: usize,
}

pub(crate) const ROW: &str = "SELECT x.xdr_id, x.customer_id, x.account_id, x.kind, x.service_id, x.product_id, x.period_number, x.started_at,
    x.ended_at, x.posted_at, x.units, x.unit, x.destination, x.description, x.reference, x.amount, x.explanation,
    COALESCE(c.number, ''), COALESCE(c.name, ''), COALESCE(a.label, '')
  FROM xdr x LEFT JOIN customer c ON c.partition = x.partition AND c.customer_id = x.customer_id
    LEFT JOIN account a ON a.partition = x.partition AND a.account_id = x.account_id";

pub(crate) fn kind(word: &str) -> Result<XdrKind, StoreError> {
    XdrKind::parse(word).ok_or(StoreError::Corrupt("xDR kind"))
}

pub(crate) fn unit(word: &str) -> Result<Unit, StoreError> {
    let units = [Unit::Second, Unit::Octet, Unit::Message, Unit::Event, Unit::Money];
    let found = units.into_iter().find(|unit| crate::fold::unit_word(*unit) == word);
    found.ok_or(StoreError::Corrupt("xDR unit"))
}

pub(crate) fn list_row(row: &Row<'_>) -> Result<XdrListRow, StoreError> {
    let explanation: String = row.get(16)?;
    let units: i64 = row.get(10)?;
    let xdr = Xdr {
        id: RowId(row.get(0)?),
        customer: CustomerId(row.get(1)?),
        account: row.get::<_, Option<i64>>(2)?.map(RowId),
        kind: kind(&row.get::<_, String>(3)?)?,
        service: row.get::<_, Option<u16>>(4)?.map(ServiceId),
        product: row.get::<_, Option<u32>>(5)?.map(ProductId),
        period_number: row.get(6)?,
        started_at: Instant::from_micros(row.get(7)?),
        ended_at: Instant::from_micros(row.get(8)?),
        posted_at: Instant::from_micros(row.get(9)?),
        units: u64::try_from(units).unwrap_or(0),
        unit: row.get::<_, Option<String>>(11)?.map(|word| unit(&word)).transpose()?,
        destination: row.get(12)?,
        description: row.get(13)?,
        reference: row.get(14)?,
        amount: Amount::from_micros(row.get(15)?),
        explanation: serde_json::from_str(&explanation).map_err(|_| StoreError::Corrupt("explanation"))?,
    };
    Ok(XdrListRow {
        xdr,
        customer_number: row.get(17)?,
        customer_name: row.get(18)?,
        account_label: row.get(19)?,
    })
}

impl Store {
    /// A record by number.
    pub fn xdr(&self, id: RowId) -> Result<Option<XdrListRow>, StoreError> {
        let Some(customer) = id.customer() else { return Ok(None) };
        self.read(|connection| {
            let sql = format!("{ROW} WHERE x.partition = ?1 AND x.xdr_id = ?2");
            let mut statement = connection.prepare_cached(&sql)?;
            let key = params![Partition::of(customer).sql(), id.0];
            statement.query_row(key, |row| Ok(list_row(row))).optional()?.transpose()
        })
    }

    /// The purchase of a customer with this reference.
    pub fn xdr_with_reference(
        &self,
        customer: CustomerId,
        reference: &str,
    ) -> Result<Option<Xdr>, StoreError> {
        self.read(|connection| {
            let sql = format!(
                "{ROW} WHERE x.partition = ?1 AND x.customer_id = ?2 AND x.reference = ?3 AND x.kind = 'event' ORDER BY x.xdr_id LIMIT 1"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let key = params![Partition::of(customer).sql(), customer.0, reference];
            let found = statement.query_row(key, |row| Ok(list_row(row))).optional()?.transpose()?;
            Ok(found.map(|row| row.xdr))
        })
    }

    /// The records of an account's session of this name, oldest first.
    pub fn xdrs_of_session(&self, account: RowId, session: &str) -> Result<Vec<Xdr>, StoreError> {
        let Some(customer) = account.customer() else { return Ok(Vec::new()) };
        self.read(|connection| {
            let sql = format!(
                "{ROW} WHERE x.partition = ?1 AND x.xdr_id >= ?2 AND x.xdr_id < ?3 AND x.account_id = ?4 AND x.kind = 'session'
                 AND x.reference = ?5 ORDER BY x.xdr_id"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let (first, end) = customers::rows_of(customer);
            let key = params![Partition::of(customer).sql(), first, end, account.0, session];
            let mut rows = statement.query(key)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(list_row(&row)?.xdr);
            }
            Ok(found)
        })
    }

    /// A page of records. Those of one customer are read by his range of the key, those of all by the time of posting.
    pub fn xdrs(&self, filter: &XdrFilter) -> Result<Vec<XdrListRow>, StoreError> {
        let (mut conditions, mut values) = (Vec::<&str>::new(), Vec::<Value>::new());
        let customer = filter.customer.or_else(|| filter.account.and_then(RowId::customer));
        let order = match customer {
            Some(customer) => {
                let (first, end) = customers::rows_of(customer);
                let end = filter.after.map_or(end, |(_, id)| id.min(end));
                conditions.push("x.partition = ? AND x.xdr_id >= ? AND x.xdr_id < ?");
                values.extend([Partition::of(customer).sql().into(), first.into(), end.into()]);
                "x.xdr_id DESC"
            }
            None => {
                if let Some((at, id)) = filter.after {
                    conditions.push("x.posted_at <= ? AND (x.posted_at, x.xdr_id) < (?, ?)");
                    values.extend([at.into(), at.into(), id.into()]);
                }
                "x.posted_at DESC, x.xdr_id DESC"
            }
        };
        let mut fits = |condition: &'static str, value: Option<i64>| {
            if let Some(value) = value {
                conditions.push(condition);
                values.push(value.into());
            }
        };
        fits("x.account_id = ?", filter.account.map(|a| a.0));
        fits("x.service_id = ?", filter.service.map(|s| i64::from(s.0)));
        fits("x.period_number = ?", filter.period_number.map(i64::from));
        fits("x.posted_at >= ?", filter.from.map(Instant::as_micros));
        fits("x.posted_at < ?", filter.to.map(Instant::as_micros));
        conditions.push("TRUE");
        values.push(i64::try_from(filter.most).unwrap_or(i64::MAX).into());
        let sql = format!("{ROW} WHERE {} ORDER BY {order} LIMIT ?", conditions.join(" AND "));
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(values)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(list_row(&row)?);
            }
            Ok(found)
        })
    }
}
