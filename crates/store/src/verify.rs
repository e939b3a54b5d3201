//! Recomputing every balance from the ledger.

use crate::{StoreError, image};
use charging::CustomerId;
use money::Amount;
use rusqlite::Connection;

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
}

/// Balance = credits - debits of the customer's side; reserved = sum of open sessions' locks; xDR charges = ledger charges.
pub(crate) fn verify(connection: &Connection) -> Result<VerifyReport, StoreError> {
    let mut report = VerifyReport {
        entries: connection.query_row("SELECT COUNT(*) FROM ledger_entry", [], |row| row.get(0))?,
        xdrs: connection.query_row("SELECT COUNT(*) FROM xdr", [], |row| row.get(0))?,
        ..VerifyReport::default()
    };
    let mut heads = connection.prepare("SELECT partition, customer_id, image FROM customer_state")?;
    let mut sums = connection.prepare(
        "SELECT COALESCE(SUM(CASE WHEN credit = 'customer_balance' THEN amount ELSE 0 END), 0)
              - COALESCE(SUM(CASE WHEN debit = 'customer_balance' THEN amount ELSE 0 END), 0),
                COALESCE(SUM(CASE WHEN code IN ('usage', 'purchase', 'recurring_fee') THEN amount ELSE 0 END), 0)
         FROM ledger_entry WHERE partition = ?1 AND entry_id >= ?2 AND entry_id < ?3",
    )?;
    let mut charges = connection.prepare(
        "SELECT COALESCE(SUM(amount), 0) FROM xdr WHERE partition = ?1 AND xdr_id >= ?2 AND xdr_id < ?3",
    )?;
    let mut locks = connection.prepare(
        "SELECT image FROM session WHERE partition = ?1 AND customer_id = ?2 AND closed_at IS NULL",
    )?;
    let mut rows = heads.query([])?;
    while let Some(row) = rows.next()? {
        let (partition, id): (i64, u32) = (row.get(0)?, row.get(1)?);
        let head = image::read_head(&row.get::<_, Vec<u8>>(2)?)?;
        let range = (partition, i64::from(id) << 32, (i64::from(id) + 1) << 32);
        let (balance, charged): (i64, i64) = sums.query_row(range, |r| Ok((r.get(0)?, r.get(1)?)))?;
        let xdrs: i64 = charges.query_row(range, |r| r.get(0))?;
        let mut reserved = Amount::ZERO;
        let mut sessions = locks.query((partition, id))?;
        while let Some(session) = sessions.next()? {
            let session = image::read_session(&session.get::<_, Vec<u8>>(0)?)?;
            let locked = session.meters.iter().fold(Amount::ZERO, |sum, m| sum.saturating_plus(m.reserved));
            reserved = reserved.saturating_plus(locked);
        }
        report.customers += 1;
        let checks = [
            ("balance against the ledger", head.balance, Amount::from_micros(balance)),
            ("reserved funds against open sessions", head.reserved, reserved),
            ("charges in the ledger against xDRs", Amount::from_micros(charged), Amount::from_micros(xdrs)),
        ];
        for (what, stored, computed) in checks {
            if stored != computed {
                report.differences.push(BalanceDifference {
                    customer: CustomerId(id),
                    what,
                    stored,
                    computed,
                });
            }
        }
    }
    Ok(report)
}
