//! The ledger as screens list it, and sums of it.

use crate::db::{Row, params};
use crate::{Partition, Store, StoreError, customers};
use calendar::Instant;
use charging::{CustomerId, NOT_INVOICED, RowId};
use money::{Amount, Currency};

/// A movement of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// Row id.
    pub id: RowId,
    /// Whose balance.
    pub customer: CustomerId,
    /// His number for people.
    pub customer_number: String,
    /// His name.
    pub customer_name: String,
    /// Booked then.
    pub at: Instant,
    /// [`charging::LedgerCode`] by name.
    pub code: String,
    /// [`charging::LedgerSide`] that is debited.
    pub debit: String,
    /// [`charging::LedgerSide`] that is credited.
    pub credit: String,
    /// How much; more than zero.
    pub amount: Amount,
    /// The customer's currency.
    pub currency: Currency,
    /// xDR or invoice it belongs to.
    pub reference: Option<RowId>,
    /// Words for people.
    pub note: String,
}

impl LedgerRow {
    /// What the customer has more of: positive = to him. A transfer to an own balance of one of his accounts leaves his own. A tax
    /// that a price contains moves past him.
    pub fn to_customer(&self) -> Amount {
        if [&self.debit, &self.credit].iter().all(|side| !side.ends_with("_balance")) {
            Amount::ZERO
        } else if self.credit == "customer_balance"
            || (self.credit == "account_balance" && self.debit != "customer_balance")
        {
            self.amount
        } else {
            Amount::ZERO.saturating_minus(self.amount)
        }
    }

    /// Where the next page begins.
    pub fn page_key(&self) -> (i64, i64) {
        (self.at.as_micros(), self.id.0)
    }
}

/// A page of the ledger, newest first.
#[derive(Debug, Clone, Default)]
pub struct LedgerPage {
    /// Only of this customer.
    pub customer: Option<CustomerId>,
    /// Only this code.
    pub code: Option<String>,
    /// Booked at or after.
    pub from: Option<Instant>,
    /// Booked before.
    pub to: Option<Instant>,
    /// Key of the last row of the page before, as [`LedgerRow::page_key`] gives it.
    pub after: Option<(i64, i64)>,
    /// How many at most.
    pub limit: usize,
}

/// What moved a customer's balance beside his invoices in a span of his rows; positive = to him.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MoneyIn {
    /// Payments.
    pub payments: Amount,
    /// Charges of closed periods that were given back, with their taxes.
    pub refunds: Amount,
    /// Everything else: credits less charges by hand, gifts, vouchers, what went to an account's own balance or came from it.
    pub adjustments: Amount,
}

const ENTRY: &str = "SELECT l.entry_id, l.customer_id, COALESCE(c.number, ''), COALESCE(c.name, ''), l.at, l.code, l.debit, l.credit,
    l.amount, l.reference, l.note, s.currency
  FROM ledger_entry l LEFT JOIN customer c ON c.partition = l.partition AND c.customer_id = l.customer_id
    LEFT JOIN customer_state s ON s.partition = l.partition AND s.customer_id = l.customer_id";

fn entry_row(row: &Row<'_>) -> crate::db::Result<LedgerRow> {
    Ok(LedgerRow {
        id: RowId(row.get(0)?),
        customer: CustomerId(row.get(1)?),
        customer_number: row.get(2)?,
        customer_name: row.get(3)?,
        at: Instant::from_micros(row.get(4)?),
        code: row.get(5)?,
        debit: row.get(6)?,
        credit: row.get(7)?,
        amount: Amount::from_micros(row.get(8)?),
        reference: row.get::<_, Option<i64>>(9)?.map(RowId),
        note: row.get(10)?,
        currency: customers::currency(row, 11)?,
    })
}

impl Store {
    /// A page of the ledger.
    pub fn ledger(&self, page: &LedgerPage) -> Result<Vec<LedgerRow>, StoreError> {
        let from = page.from.map_or(i64::MIN, Instant::as_micros);
        let to = page.to.map_or(i64::MAX, Instant::as_micros);
        let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
        self.read(|connection| match page.customer {
            Some(customer) => {
                let (first, end) = (i64::from(customer.0) << 32, (i64::from(customer.0) + 1) << 32);
                let before = page.after.map_or(end, |(_, id)| id.min(end));
                let sql = format!(
                    "{ENTRY} WHERE l.partition = ?1 AND l.entry_id >= ?2 AND l.entry_id < ?3 AND (?4 IS NULL OR l.code = ?4)
                       AND l.at >= ?5 AND l.at < ?6 ORDER BY l.entry_id DESC LIMIT ?7"
                );
                let mut statement = connection.prepare_cached(&sql)?;
                let key = params![Partition::of(customer).sql(), first, before, page.code, from, to, limit];
                let rows = statement.query_map(key, entry_row)?;
                Ok(rows.collect::<Result<_, _>>()?)
            }
            None => {
                let (at, id) = page.after.unwrap_or((to, i64::MIN));
                let sql = format!(
                    "{ENTRY} WHERE l.at <= ?1 AND (l.at, l.entry_id) < (?1, ?2) AND (?3 IS NULL OR l.code = ?3)
                       AND l.at >= ?4 AND l.at < ?5 ORDER BY l.at DESC, l.entry_id DESC LIMIT ?6"
                );
                let mut statement = connection.prepare_cached(&sql)?;
                let rows = statement.query_map(params![at, id, page.code, from, to, limit], entry_row)?;
                Ok(rows.collect::<Result<_, _>>()?)
            }
        })
    }

    /// One ledger entry.
    pub fn ledger_entry(&self, id: RowId) -> Result<Option<LedgerRow>, StoreError> {
        let Some(customer) = id.customer() else { return Ok(None) };
        self.read(|connection| {
            let sql = format!("{ENTRY} WHERE l.partition = ?1 AND l.entry_id = ?2");
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query_map(params![Partition::of(customer).sql(), id.0], entry_row)?;
            Ok(rows.next().transpose()?)
        })
    }

    /// What moved the customer's own balance among his rows after counter `after` up to counter `upto`, apart from what is on an
    /// invoice: charges, and refunds and corrections of the period they belong to. Charges of a closed period that were given back
    /// later are on none.
    pub fn money_in(&self, customer: CustomerId, after: u32, upto: u32) -> Result<MoneyIn, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT COALESCE(SUM(CASE WHEN code = 'payment' THEN change END), 0),
                        COALESCE(SUM(CASE WHEN code IN ('refund', 'correction', 'tax') THEN change END), 0),
                        COALESCE(SUM(CASE WHEN code NOT IN ('payment', 'refund', 'correction', 'tax') THEN change END), 0)
                 FROM (SELECT l.code, CASE WHEN l.credit = 'customer_balance' THEN l.amount ELSE -l.amount END AS change
                       FROM ledger_entry l LEFT JOIN xdr x ON x.partition = l.partition AND x.xdr_id = l.reference
                       WHERE l.partition = ?1 AND l.entry_id > ?2 AND l.entry_id <= ?3
                         AND 'customer_balance' IN (l.debit, l.credit)
                         AND ('tax' NOT IN (l.debit, l.credit) OR x.kind IN ('refund', 'correction'))
                          AND ('revenue' NOT IN (l.debit, l.credit) OR x.period_number = ?4)) AS changes",
            )?;
            let partition = Partition::of(customer).sql();
            let (after, upto) = (RowId::new(customer, after).0, RowId::new(customer, upto).0);
            Ok(statement.query_row(params![partition, after, upto, NOT_INVOICED], |row| {
                Ok(MoneyIn {
                    payments: Amount::from_micros(row.get(0)?),
                    refunds: Amount::from_micros(row.get(1)?),
                    adjustments: Amount::from_micros(row.get(2)?),
                })
            })?)
        })
    }
}
