//! Vouchers against the ledger: every redeemed one was credited once, with what it is worth, and every credit is of one.

use crate::db::{Connection, params};
use crate::verify::BalanceDifference;
use crate::{Partition, StoreError};
use charging::CustomerId;
use money::Amount;

/// Differences told of each kind; more of them say nothing new.
const DIFFERENCES_MOST: usize = 100;

/// Redeemed vouchers; the credit of each is looked up in its customer's partition.
const REDEEMED: &str = "SELECT v.digest, v.customer_id, v.entry_id, b.amount FROM voucher v
   JOIN voucher_batch b ON b.batch_id = v.batch_id WHERE v.state = 'redeemed'";
/// The credit that a voucher names.
const CREDIT: &str = "SELECT amount FROM ledger_entry
   WHERE partition = ?1 AND entry_id = ?2 AND code = 'voucher' AND note = 'voucher ' || ?3";
/// Credits whose voucher names another one, or was neither redeemed nor is being so. One that is being redeemed when the program
/// ends has its credit first and names it at the next start.
const STRAY: &str = "SELECT l.customer_id, l.amount FROM ledger_entry l
   LEFT JOIN voucher v ON v.digest = substr(l.note, 9)
   WHERE l.code = 'voucher' AND NOT COALESCE(
     (v.state = 'redeemed' AND v.entry_id = l.entry_id) OR (v.state = 'claimed' AND v.customer_id = l.customer_id), FALSE)
   LIMIT ?1";

/// What does not agree.
pub(crate) fn verify(connection: &Connection) -> Result<Vec<BalanceDifference>, StoreError> {
    let (mut redeemed, mut credit) =
        (connection.prepare_cached(REDEEMED)?, connection.prepare_cached(CREDIT)?);
    let mut differences = Vec::new();
    let mut rows = redeemed.query([])?;
    while let Some(row) = rows.next()? {
        let (digest, customer): (String, u32) = (row.get(0)?, row.get(1)?);
        let (entry, worth): (i64, i64) = (row.get(2)?, row.get(3)?);
        let customer = CustomerId(customer);
        let mut credits = credit.query(params![Partition::of(customer).sql(), entry, digest])?;
        let credited: i64 = credits.next()?.map_or(Ok(0), |row| row.get(0))?;
        let his = entry >> 32 == i64::from(customer.0);
        if (credited != worth || !his) && differences.len() < DIFFERENCES_MOST {
            let (stored, computed) = (Amount::from_micros(worth), Amount::from_micros(credited));
            let what = "a redeemed voucher against its credit";
            differences.push(BalanceDifference { customer, what, stored, computed });
        }
    }
    let mut stray = connection.prepare_cached(STRAY)?;
    let most = i64::try_from(DIFFERENCES_MOST).unwrap_or(i64::MAX);
    let mut rows = stray.query([most])?;
    while let Some(row) = rows.next()? {
        let (customer, computed) = (CustomerId(row.get(0)?), Amount::from_micros(row.get(1)?));
        let what = "a voucher's credit without a voucher that was redeemed by it";
        differences.push(BalanceDifference { customer, what, stored: Amount::ZERO, computed });
    }
    Ok(differences)
}
