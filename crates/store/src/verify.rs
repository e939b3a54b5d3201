//! Recomputing every balance from the ledger.

use crate::db::{Connection, Statement, params};
use crate::{RelayReport, StoreError, image, relays, voucher_books};
use charging::{AccountId, CustomerId, Head, LedgerSide, Purse};
use money::Amount;
use std::collections::BTreeMap;

/// Customers looked at together.
const PAGE: i64 = 500;

/// A customer whose books do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceDifference {
    /// Who.
    pub customer: CustomerId,
    /// What disagrees, in words.
    pub what: &'static str,
    /// What the state says.
    pub stored: Amount,
    /// What the records say.
    pub computed: Amount,
}

/// The outcome of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifyReport {
    /// Customers looked at.
    pub customers: i64,
    /// Ledger entries added up.
    pub entries: i64,
    /// Transaction records added up.
    pub xdrs: i64,
    /// What does not agree.
    pub differences: Vec<BalanceDifference>,
    /// Vouchers that were redeemed without their credit, and credits without a voucher.
    pub vouchers: Vec<BalanceDifference>,
    /// Messages between resellers and their customers, and what does not agree between the levels.
    pub relays: RelayReport,
}

/// Balance = credits - debits of its side, of the customer and of every account with a balance of its own; reserved = sum of the open
/// sessions' locks, purse by purse; revenue in the ledger, before taxes leave it, = transaction records;
/// redeemed vouchers = their credits.
pub(crate) fn verify(connection: &Connection) -> Result<VerifyReport, StoreError> {
    let mut report = VerifyReport {
        entries: connection.query_row("SELECT COUNT(*) FROM ledger_entry", [], |row| row.get(0))?,
        xdrs: connection.query_row("SELECT COUNT(*) FROM xdr", [], |row| row.get(0))?,
        vouchers: voucher_books::verify(connection)?,
        relays: relays::compare_levels(connection)?,
        ..VerifyReport::default()
    };
    let mut books = Books::prepare(connection)?;
    let mut after = (-1, 0);
    loop {
        let page = heads(connection, after)?;
        let Some((partition, id, _)) = page.last() else { return Ok(report) };
        after = (*partition, *id);
        for (partition, id, head) in page {
            compare(&mut books, &mut report, partition, id, &head)?;
        }
    }
}

/// The next customers in the order of their keys: partition, number, head.
pub(crate) fn heads(connection: &Connection, after: (i64, u32)) -> Result<Vec<(i64, u32, Head)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT partition, customer_id, image, seq, reserved FROM customer_state WHERE (partition, customer_id) > (?1, ?2)
         ORDER BY partition, customer_id LIMIT ?3",
    )?;
    let mut rows = statement.query((after.0, after.1, PAGE))?;
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        let head = image::read_counted_head(&row.get::<_, Vec<u8>>(2)?, row.get(3)?, row.get(4)?)?;
        page.push((row.get(0)?, row.get(1)?, head));
    }
    Ok(page)
}

fn compare(
    books: &mut Books<'_>,
    report: &mut VerifyReport,
    partition: i64,
    id: u32,
    head: &Head,
) -> Result<(), StoreError> {
    let range = (partition, i64::from(id) << 32, (i64::from(id) + 1) << 32);
    let own = books.own_purses(range)?;
    let mut locked = books.locked(partition, id, &own)?;
    let (revenue, xdrs) = books.revenue(range)?;
    let mut differs = |what, stored: Amount, computed: Amount| {
        if stored != computed {
            let customer = CustomerId(id);
            report.differences.push(BalanceDifference { customer, what, stored, computed });
        }
    };
    differs("balance against the ledger", head.purse.balance, books.balance(range, None)?);
    differs(
        "reserved funds against open sessions",
        head.purse.reserved,
        locked.remove(&None).unwrap_or_default(),
    );
    for (account, purse) in &own {
        let owner = Some(*account);
        differs("an account's own balance against the ledger", purse.balance, books.balance(range, owner)?);
        let locked = locked.remove(&owner).unwrap_or_default();
        differs("an account's reserved funds against its open sessions", purse.reserved, locked);
    }
    differs("charges in the ledger against xDRs", revenue, xdrs);
    report.customers += 1;
    Ok(())
}

/// A partition and the ids of one customer's rows in it, the last one not included.
type Range = (i64, i64, i64);

/// What is asked for each customer.
struct Books<'a> {
    balance: Statement<'a>,
    revenue: Statement<'a>,
    xdrs: Statement<'a>,
    accounts: Statement<'a>,
    sessions: Statement<'a>,
}

impl<'a> Books<'a> {
    fn prepare(connection: &'a Connection) -> Result<Self, StoreError> {
        Ok(Self {
            balance: connection.prepare_cached(
                "SELECT COALESCE(SUM(CASE WHEN credit = ?4 THEN amount ELSE 0 END), 0)
                      - COALESCE(SUM(CASE WHEN debit = ?4 THEN amount ELSE 0 END), 0)
                 FROM ledger_entry WHERE partition = ?1 AND entry_id >= ?2 AND entry_id < ?3 AND (?5 IS NULL OR account_id = ?5)",
            )?,
            revenue: connection.prepare_cached(
                "SELECT COALESCE(SUM(CASE WHEN credit = 'revenue' THEN amount ELSE 0 END), 0)
                      - COALESCE(SUM(CASE WHEN debit = 'revenue' THEN amount ELSE 0 END), 0)
                 FROM ledger_entry WHERE partition = ?1 AND entry_id >= ?2 AND entry_id < ?3
                   AND code <> 'tax'",
            )?,
            xdrs: connection.prepare_cached(
                "SELECT COALESCE(SUM(amount), 0) FROM xdr WHERE partition = ?1 AND xdr_id >= ?2 AND xdr_id < ?3",
            )?,
            accounts: connection.prepare_cached(
                "SELECT image FROM account_state WHERE partition = ?1 AND account_id >= ?2 AND account_id < ?3",
            )?,
            sessions: connection.prepare_cached(
                "SELECT image, counts FROM session WHERE partition = ?1 AND customer_id = ?2 AND closed_at IS NULL",
            )?,
        })
    }

    /// The customer's balance, or an account's own.
    fn balance(&mut self, range: Range, account: Option<AccountId>) -> Result<Amount, StoreError> {
        let side = if account.is_some() { LedgerSide::AccountBalance } else { LedgerSide::CustomerBalance };
        let (partition, first, last) = range;
        let values = params![partition, first, last, side.name(), account.map(|account| account.0)];
        Ok(Amount::from_micros(self.balance.query_row(values, |row| row.get(0))?))
    }

    /// By ledger and by transaction records.
    fn revenue(&mut self, range: Range) -> Result<(Amount, Amount), StoreError> {
        let ledger = self.revenue.query_row(range, |row| row.get(0))?;
        let xdrs = self.xdrs.query_row(range, |row| row.get(0))?;
        Ok((Amount::from_micros(ledger), Amount::from_micros(xdrs)))
    }

    fn own_purses(&mut self, range: Range) -> Result<BTreeMap<AccountId, Purse>, StoreError> {
        let mut own = BTreeMap::new();
        let mut rows = self.accounts.query(range)?;
        while let Some(row) = rows.next()? {
            let account = image::read_account(&row.get::<_, Vec<u8>>(0)?)?;
            own.extend(account.purse.map(|purse| (account.id, *purse)));
        }
        Ok(own)
    }

    /// Funds locked by open sessions, by the account whose purse pays; the customer's where that is nobody.
    fn locked(
        &mut self,
        partition: i64,
        customer: u32,
        own: &BTreeMap<AccountId, Purse>,
    ) -> Result<BTreeMap<Option<AccountId>, Amount>, StoreError> {
        let mut locked = BTreeMap::new();
        let mut rows = self.sessions.query((partition, customer))?;
        while let Some(row) = rows.next()? {
            let session = image::read_counted_session(
                &row.get::<_, Vec<u8>>(0)?,
                row.get::<_, Option<Vec<u8>>>(1)?.as_deref(),
            )?;
            let payer = Some(session.account).filter(|account| own.contains_key(account));
            let sum: &mut Amount = locked.entry(payer).or_default();
            *sum = session.meters.iter().fold(*sum, |sum, meter| sum.saturating_plus(meter.reserved));
        }
        Ok(locked)
    }
}
