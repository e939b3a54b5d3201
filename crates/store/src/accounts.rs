//! Labels and service passwords of accounts.

use crate::db::{OptionalExtension, Row, params};
use crate::{AccountRecord, Partition, Store, StoreError, customers};
use calendar::Instant;
use charging::{AccountId, CustomerId, RowId};

const COLUMNS: &str = "account_id, label, password, created_at";

fn account(row: &Row<'_>) -> crate::db::Result<AccountRecord> {
    Ok(AccountRecord {
        id: RowId(row.get(0)?),
        label: row.get(1)?,
        password: row.get(2)?,
        created_at: Instant::from_micros(row.get(3)?),
    })
}

impl Store {
    /// An account's plain record.
    pub fn account_record(&self, id: AccountId) -> Result<Option<AccountRecord>, StoreError> {
        let Some(customer) = id.customer() else { return Ok(None) };
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM account WHERE partition = ?1 AND account_id = ?2",
            ))?;
            Ok(statement.query_row(params![Partition::of(customer).sql(), id.0], account).optional()?)
        })
    }

    /// Plain records of all accounts of a customer, in the order of their making.
    pub fn account_records(&self, customer: CustomerId) -> Result<Vec<AccountRecord>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM account WHERE partition = ?1 AND account_id >= ?2 AND account_id < ?3 ORDER BY account_id",
            ))?;
            let (first, last) = customers::rows_of(customer);
            let rows = statement.query_map(params![Partition::of(customer).sql(), first, last], account)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
