//! Customers: their numbers, names and contacts, and the list that staff look through.

use crate::db::Value;
use crate::db::{OptionalExtension, Row, params};
use crate::{CustomerRecord, DatabaseError, Partition, Store, StoreError};
use calendar::Instant;
use charging::CustomerId;
use money::Currency;

/// One line of the customer list, as the tables have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerListRow {
    /// Name and contact.
    pub record: CustomerRecord,
    /// `active`, `suspended`, `blocked`, `terminated`.
    pub status: String,
    /// `prepaid`, `postpaid`.
    pub payment: String,
    /// Currency code.
    pub currency: String,
    /// Balance in millionths.
    pub balance: i64,
    /// Credit limit in millionths; `None` = no limit.
    pub credit_limit: Option<i64>,
    /// Locked funds in millionths.
    pub reserved: i64,
    /// Unpaid invoices in millionths.
    pub owed: i64,
    /// Serves other customers.
    pub reseller: bool,
}

/// Order of the customer list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CustomerOrder {
    /// Oldest number first.
    Number,
    /// Newest number first.
    #[default]
    NumberDescending,
    /// By name.
    Name,
    /// By name, backwards.
    NameDescending,
}

/// Which customers, and from where on.
#[derive(Debug, Clone, Default)]
pub struct CustomerFilter {
    /// Part of the name, or start of number, e-mail or phone.
    pub text: String,
    /// Only this status.
    pub status: Option<&'static str>,
    /// Only resellers, or only others.
    pub reseller: Option<bool>,
    /// Only those whom this reseller serves.
    pub parent: Option<CustomerId>,
    /// Order.
    pub order: CustomerOrder,
    /// Sort value and number of the last line seen.
    pub after: Option<(String, String)>,
    /// Lines at most.
    pub most: usize,
}

const RECORD: &str = "c.customer_id, c.number, c.name, c.email, c.phone, c.address, c.language, c.created_at";

fn record(row: &Row<'_>) -> crate::db::Result<CustomerRecord> {
    Ok(CustomerRecord {
        id: CustomerId(row.get(0)?),
        number: row.get(1)?,
        name: row.get(2)?,
        email: row.get(3)?,
        phone: row.get(4)?,
        address: row.get(5)?,
        language: row.get(6)?,
        created_at: Instant::from_micros(row.get(7)?),
    })
}

fn list_row(row: &Row<'_>) -> crate::db::Result<CustomerListRow> {
    Ok(CustomerListRow {
        record: record(row)?,
        status: row.get(8)?,
        payment: row.get(9)?,
        currency: row.get(10)?,
        balance: row.get(11)?,
        credit_limit: row.get(12)?,
        reserved: row.get(13)?,
        owed: row.get(14)?,
        reseller: row.get(15)?,
    })
}

/// `\`, `%` and `_` stand for themselves.
pub(crate) fn like_literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// A column with a currency code.
pub(crate) fn currency(row: &Row<'_>, column: usize) -> crate::db::Result<Currency> {
    let code: String = row.get(column)?;
    Currency::parse(&code).map_err(|_| DatabaseError::Column(column))
}

/// The ids of a customer's rows: first (inclusive) and last (exclusive).
pub(crate) fn rows_of(customer: CustomerId) -> (i64, i64) {
    (i64::from(customer.0) << 32, (i64::from(customer.0) + 1) << 32)
}

impl Store {
    /// The next customer number. With `key`, the number that was set aside for this key since `kept_since`, if any.
    pub fn claim_customer(
        &self,
        key: Option<String>,
        now: Instant,
        kept_since: Instant,
    ) -> Result<CustomerId, StoreError> {
        self.write(move |transaction| {
            if let Some(key) = &key {
                let mut claimed = transaction
                    .prepare_cached("SELECT customer_id FROM signup_claim WHERE key = ?1 AND at >= ?2")?;
                let found = claimed.query_row(params![key, kept_since.as_micros()], |row| row.get(0));
                if let Some(id) = found.optional()? {
                    return Ok(CustomerId(id));
                }
            }
            let id: u32 = next_in_sequence(transaction, "customer", 1)?;
            if let Some(key) = &key {
                transaction.execute(
                    "INSERT INTO signup_claim (key, customer_id, at) VALUES (?1, ?2, ?3)
             ON CONFLICT (key) DO UPDATE SET customer_id = excluded.customer_id, at = excluded.at",
                    params![key, id, now.as_micros()],
                )?;
            }
            Ok(CustomerId(id))
        })
    }

    /// The first of `count` fresh numbers of a sequence, such as `device`; sequences start at 1.
    pub fn take_numbers(&self, sequence: &'static str, count: u32) -> Result<u32, StoreError> {
        self.write(move |transaction| next_in_sequence(transaction, sequence, count))
    }

    /// A customer's name and contact.
    pub fn customer_record(&self, id: CustomerId) -> Result<Option<CustomerRecord>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {RECORD} FROM customer c WHERE c.partition = ?1 AND c.customer_id = ?2",
            ))?;
            Ok(statement.query_row(params![Partition::of(id).sql(), id.0], record).optional()?)
        })
    }

    /// The customer with this number for people.
    pub fn customer_with_number(&self, number: &str) -> Result<Option<CustomerId>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT customer_id FROM customer WHERE number = ?1")?;
            Ok(statement.query_row([number], |row| row.get(0).map(CustomerId)).optional()?)
        })
    }

    /// A page of the customer list.
    pub fn customer_list(&self, filter: &CustomerFilter) -> Result<Vec<CustomerListRow>, StoreError> {
        let (order, beyond) = match filter.order {
            CustomerOrder::Number => ("c.number", "c.number > ?"),
            CustomerOrder::NumberDescending => ("c.number DESC", "c.number < ?"),
            CustomerOrder::Name => (
                "c.name COLLATE NOCASE, c.number",
                "(c.name COLLATE NOCASE, c.number) > (? COLLATE NOCASE, ?)",
            ),
            CustomerOrder::NameDescending => (
                "c.name COLLATE NOCASE DESC, c.number DESC",
                "(c.name COLLATE NOCASE, c.number) < (? COLLATE NOCASE, ?)",
            ),
        };
        let by_name = matches!(filter.order, CustomerOrder::Name | CustomerOrder::NameDescending);
        let (mut conditions, mut values) = (vec!["TRUE"], Vec::<Value>::new());
        if let Some((name, number)) = &filter.after {
            conditions.push(beyond);
            values.extend(by_name.then(|| name.clone().into()));
            values.push(number.clone().into());
        }
        let like = like_literal(filter.text.trim());
        if !like.is_empty() {
            conditions.push(
                "(c.name LIKE ? ESCAPE '\\' OR c.number LIKE ? ESCAPE '\\' OR c.email LIKE ? ESCAPE '\\' OR c.phone LIKE ? ESCAPE '\\')",
            );
            let start = Value::from(format!("{like}%"));
            values.extend([format!("%{like}%").into(), start.clone(), start.clone(), start]);
        }
        if let Some(status) = filter.status {
            conditions.push("s.status = ?");
            values.push(status.to_owned().into());
        }
        if let Some(reseller) = filter.reseller {
            conditions.push(if reseller { "s.reseller = 1" } else { "s.reseller = 0" });
        }
        if let Some(parent) = filter.parent {
            conditions.push("s.parent_id = ?");
            values.push(parent.0.into());
        }
        values.push(i64::try_from(filter.most).unwrap_or(i64::MAX).into());
        let sql = format!(
            "SELECT {RECORD}, s.status, s.payment, s.currency, s.balance, s.credit_limit, s.reserved, s.owed, s.reseller
             FROM customer c JOIN customer_state s ON s.partition = c.partition AND s.customer_id = c.customer_id
             WHERE {} ORDER BY {order} LIMIT ?",
            conditions.join(" AND "),
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(values, list_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn next_in_sequence(
    transaction: &crate::db::Transaction<'_>,
    name: &str,
    count: u32,
) -> Result<u32, StoreError> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO sequence (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = sequence.value + ?2 RETURNING value",
    )?;
    let last: u32 = statement.query_row(params![name, count], |row| row.get(0))?;
    Ok(last.saturating_sub(count).saturating_add(1))
}
