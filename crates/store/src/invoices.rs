//! Issued invoices as screens list them.

use crate::db::{Connection, OptionalExtension, Row, Transaction, params};
use crate::{DatabaseError, InvoiceRecord, Partition, PeriodRecord, Store, StoreError};
use calendar::Instant;
use charging::{CustomerId, RowId};
use money::{Amount, Currency};

/// An issued invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceRow {
    /// Row id.
    pub id: RowId,
    /// Whose.
    pub customer: CustomerId,
    /// His number for people.
    pub customer_number: String,
    /// His name.
    pub customer_name: String,
    /// Number for people.
    pub number: String,
    /// Billing period.
    pub period_number: u32,
    /// Period from (inclusive).
    pub period_start: Instant,
    /// Period to (exclusive).
    pub period_end: Instant,
    /// Issued then.
    pub issued_at: Instant,
    /// Overdue from then on.
    pub due_at: Instant,
    /// Currency.
    pub currency: Currency,
    /// Sum of the lines.
    pub total: Amount,
    /// Paid in full then.
    pub paid_at: Option<Instant>,
}

/// Which invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InvoiceFilter {
    /// All, newest first.
    #[default]
    All,
    /// Not paid in full, due first first.
    Unpaid,
    /// Not paid in full and past the due date, due first first.
    Overdue,
    /// Paid in full, newest first.
    Paid,
}

/// A page of invoices.
#[derive(Debug, Clone, Copy)]
pub struct InvoicePage {
    /// Only of this customer.
    pub customer: Option<CustomerId>,
    /// Which.
    pub filter: InvoiceFilter,
    /// Decides what is overdue.
    pub now: Instant,
    /// Key of the last row of the page before: (instant, row id) as [`InvoiceRow::page_key`] gives it.
    pub after: Option<(i64, i64)>,
    /// How many at most.
    pub limit: usize,
}

impl InvoiceRow {
    /// Where the next page begins.
    pub fn page_key(&self, filter: InvoiceFilter) -> (i64, i64) {
        let at = if by_due_date(filter) { self.due_at } else { self.issued_at };
        (at.as_micros(), self.id.0)
    }
}

fn by_due_date(filter: InvoiceFilter) -> bool {
    matches!(filter, InvoiceFilter::Unpaid | InvoiceFilter::Overdue)
}

const INVOICE: &str = "SELECT i.invoice_id, i.customer_id, COALESCE(c.number, ''), COALESCE(c.name, ''), i.number, i.period_number,
    i.period_start, i.period_end, i.issued_at, i.due_at, i.currency, i.total, i.paid_at
  FROM invoice i LEFT JOIN customer c ON c.partition = i.partition AND c.customer_id = i.customer_id";

fn invoice_row(row: &Row<'_>) -> crate::db::Result<InvoiceRow> {
    let code: String = row.get(10)?;
    let currency = Currency::parse(&code).map_err(|_| DatabaseError::Column(10))?;
    let at = |column| row.get(column).map(Instant::from_micros);
    Ok(InvoiceRow {
        id: RowId(row.get(0)?),
        customer: CustomerId(row.get(1)?),
        customer_number: row.get(2)?,
        customer_name: row.get(3)?,
        number: row.get(4)?,
        period_number: row.get(5)?,
        period_start: at(6)?,
        period_end: at(7)?,
        issued_at: at(8)?,
        due_at: at(9)?,
        currency,
        total: Amount::from_micros(row.get(11)?),
        paid_at: row.get::<_, Option<i64>>(12)?.map(Instant::from_micros),
    })
}

/// Writes an invoice. Its paid event of the same commit is in the table before it.
pub(crate) fn insert(
    transaction: &Transaction<'_>,
    customer: CustomerId,
    invoice: &InvoiceRecord,
) -> crate::db::Result<usize> {
    let partition = Partition::of(customer).sql();
    let mut statement = transaction.prepare_cached(
        "INSERT INTO invoice (partition, invoice_id, customer_id, number, period_number, period_start, period_end, issued_at,
           due_at, currency, total, document, pdf, paid_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
           (SELECT MIN(at) FROM event WHERE partition = ?1 AND event_id > ?2 AND event_id < ?14
              AND kind = 'invoice/paid' AND detail = ?4)) ON CONFLICT DO NOTHING",
    )?;
    statement.execute(params![
        partition,
        invoice.id.0,
        customer.0,
        invoice.number,
        invoice.period_number,
        invoice.period_start.as_micros(),
        invoice.period_end.as_micros(),
        invoice.issued_at.as_micros(),
        invoice.due_at.as_micros(),
        invoice.currency.code(),
        invoice.total.micros(),
        invoice.document,
        invoice.pdf,
        (i64::from(customer.0) + 1) << 32,
    ])?;
    let mut settle = transaction.prepare_cached(
        "UPDATE billing_period SET settled = 1 WHERE partition = ?1 AND customer_id = ?2 AND period_number = ?3",
    )?;
    settle.execute(params![partition, customer.0, invoice.period_number])
}

/// Writes a closed period.
pub(crate) fn insert_period(
    transaction: &Transaction<'_>,
    customer: CustomerId,
    period: &PeriodRecord,
) -> crate::db::Result<usize> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO billing_period (partition, customer_id, period_number, period_start, period_end, closed_at, rows_before)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
    )?;
    statement.execute(params![
        Partition::of(customer).sql(),
        customer.0,
        period.period_number,
        period.start.as_micros(),
        period.end.as_micros(),
        period.closed_at.as_micros(),
        period.rows_before,
    ])
}

impl Store {
    /// A page of invoices.
    pub fn invoices(&self, page: &InvoicePage) -> Result<Vec<InvoiceRow>, StoreError> {
        self.read(|connection| match page.customer {
            Some(customer) => of_customer(connection, customer, page),
            None => of_all(connection, page),
        })
    }

    /// An invoice with its content as JSON.
    pub fn invoice(&self, id: RowId) -> Result<Option<(InvoiceRow, String)>, StoreError> {
        let Some(customer) = id.customer() else { return Ok(None) };
        self.read(|connection| {
            let key = params![Partition::of(customer).sql(), id.0];
            let sql = format!("{INVOICE} WHERE i.partition = ?1 AND i.invoice_id = ?2");
            let row = connection.prepare_cached(&sql)?.query_row(key, invoice_row).optional()?;
            let Some(row) = row else { return Ok(None) };
            let document = connection
                .prepare_cached("SELECT document FROM invoice WHERE partition = ?1 AND invoice_id = ?2")?
                .query_row(key, |row| row.get(0))?;
            Ok(Some((row, document)))
        })
    }

    /// An invoice's id by its number.
    pub fn invoice_by_number(&self, number: &str) -> Result<Option<RowId>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT invoice_id FROM invoice WHERE number = ?1")?;
            Ok(statement.query_row([number], |row| row.get(0).map(RowId)).optional()?)
        })
    }

    /// An invoice's PDF.
    pub fn invoice_pdf(&self, id: RowId) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(customer) = id.customer() else { return Ok(None) };
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT pdf FROM invoice WHERE partition = ?1 AND invoice_id = ?2")?;
            let found = statement.query_row(params![Partition::of(customer).sql(), id.0], |row| {
                row.get::<_, Option<Vec<u8>>>(0)
            });
            Ok(found.optional()?.flatten())
        })
    }
}

/// One customer's invoices: his range of the key, newest first.
fn of_customer(
    connection: &Connection,
    customer: CustomerId,
    page: &InvoicePage,
) -> Result<Vec<InvoiceRow>, StoreError> {
    let condition = match page.filter {
        InvoiceFilter::All => "?5 = ?5",
        InvoiceFilter::Unpaid => "i.paid_at IS NULL AND ?5 = ?5",
        InvoiceFilter::Overdue => "i.paid_at IS NULL AND i.due_at <= ?5",
        InvoiceFilter::Paid => "i.paid_at IS NOT NULL AND ?5 = ?5",
    };
    let sql = format!(
        "{INVOICE} WHERE i.partition = ?1 AND i.invoice_id >= ?2 AND i.invoice_id < ?3 AND {condition}
         ORDER BY i.invoice_id DESC LIMIT ?4"
    );
    let (first, end) = (i64::from(customer.0) << 32, (i64::from(customer.0) + 1) << 32);
    let before = page.after.map_or(end, |(_, id)| id.min(end));
    let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
    let key = params![Partition::of(customer).sql(), first, before, limit, page.now.as_micros()];
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(key, invoice_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn of_all(connection: &Connection, page: &InvoicePage) -> Result<Vec<InvoiceRow>, StoreError> {
    let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
    let now = page.now.as_micros();
    let (sql, start) = match page.filter {
        InvoiceFilter::All | InvoiceFilter::Paid => {
            let condition =
                if page.filter == InvoiceFilter::Paid { "i.paid_at IS NOT NULL AND " } else { "" };
            let order = "(i.issued_at, i.invoice_id) < (?1, ?2) AND ?4 = ?4 ORDER BY i.issued_at DESC, i.invoice_id DESC";
            (format!("{INVOICE} WHERE {condition}{order} LIMIT ?3"), (i64::MAX, i64::MAX))
        }
        InvoiceFilter::Unpaid | InvoiceFilter::Overdue => {
            let condition = if page.filter == InvoiceFilter::Overdue { "i.due_at <= ?4" } else { "?4 = ?4" };
            let order = "ORDER BY i.due_at, i.invoice_id";
            let sql = format!(
                "{INVOICE} WHERE i.paid_at IS NULL AND (i.due_at, i.invoice_id) > (?1, ?2) AND {condition} {order} LIMIT ?3"
            );
            (sql, (i64::MIN, i64::MIN))
        }
    };
    let (at, id) = page.after.unwrap_or(start);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![at, id, limit, now], invoice_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
