//! Recomputing every balance from the ledger.

use crate::{RelayReport, StoreError, image, relays};
use charging::{AccountId, CustomerId, LedgerSide, Purse};
use money::Amount;
use rusqlite::{Connection, Statement, params};
use std::collections::BTreeMap;

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
    /// Messages between resellers and their customers, and what does not agree between the levels.
    pub relays: RelayReport,
}

/// Balance = credits - debits of its side, of the customer and of every account with a balance of its own; reserved = sum of the open
/// sessions' locks, purse by purse; revenue in the ledger, before taxes leave it, = transaction records.
pub(crate) fn verify(connection: &Connection) -> Result<VerifyReport, StoreError> {
    let mut report = VerifyReport {
        entries: connection.query_row("SELECT COUNT(*) FROM ledger_entry", [], |row| row.get(0))?,
        xdrs: connection.query_row("SELECT COUNT(*) FROM xdr", [], |row| row.get(0))?,
        relays: relays::verify(connection)?,
        ..VerifyReport::default()
    };
    let mut heads =
        connection.prepare("SELECT partition, customer_id, image, seq, reserved FROM customer_state")?;
    let mut books = Books::prepare(connection)?;
    let mut rows = heads.query([])?;
    while let Some(row) = rows.next()? {
        let (partition, id): (i64, u32) = (row.get(0)?, row.get(1)?);
        let head = image::read_counted_head(&row.get::<_, Vec<u8>>(2)?, row.get(3)?, row.get(4)?)?;
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
            differs(
                "an account's own balance against the ledger",
                purse.balance,
                books.balance(range, owner)?,
            );
            let locked = locked.remove(&owner).unwrap_or_default();
            differs("an account's reserved funds against its open sessions", purse.reserved, locked);
        }
        differs("charges in the ledger against xDRs", revenue, xdrs);
        report.customers += 1;
    }
    Ok(report)
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
            balance: connection.prepare(
                "SELECT COALESCE(SUM(CASE WHEN credit = ?4 THEN amount ELSE 0 END), 0)
                      - COALESCE(SUM(CASE WHEN debit = ?4 THEN amount ELSE 0 END), 0)
                 FROM ledger_entry WHERE partition = ?1 AND entry_id >= ?2 AND entry_id < ?3 AND (?5 IS NULL OR account_id = ?5)",
            )?,
            revenue: connection.prepare(
                "SELECT COALESCE(SUM(CASE WHEN credit = 'revenue' THEN amount ELSE 0 END), 0)
                      - COALESCE(SUM(CASE WHEN debit = 'revenue' THEN amount ELSE 0 END), 0)
                 FROM ledger_entry WHERE partition = ?1 AND entry_id >= ?2 AND entry_id < ?3
                   AND code <> 'tax'",
            )?,
            xdrs: connection.prepare(
                "SELECT COALESCE(SUM(amount), 0) FROM xdr WHERE partition = ?1 AND xdr_id >= ?2 AND xdr_id < ?3",
            )?,
            accounts: connection.prepare(
                "SELECT image FROM account_state WHERE partition = ?1 AND account_id >= ?2 AND account_id < ?3",
            )?,
            sessions: connection.prepare(
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
