//! Balances and metered use of everybody, for checkers that compare the books with what was sent.

use crate::{Store, StoreError, image};
use charging::CustomerId;
use money::Amount;

/// What the books say about one customer's use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeteredUse {
    /// Who.
    pub customer: CustomerId,
    /// Transaction records of sessions.
    pub records: u64,
    /// Their units together.
    pub units: u64,
    /// Their amounts together.
    pub amount: Amount,
}

impl Store {
    /// (customer, balance, reserved) of everybody, in order. Reads all: not for screens.
    pub fn balances(&self) -> Result<Vec<(CustomerId, Amount, Amount)>, StoreError> {
        self.flush()?;
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT image, seq, reserved FROM customer_state ORDER BY customer_id")?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let head = image::read_counted_head(&row.get::<_, Vec<u8>>(0)?, row.get(1)?, row.get(2)?)?;
                found.push((head.id, head.purse.balance, head.purse.reserved));
            }
            Ok(found)
        })
    }

    /// Sums over the session records of everybody who has any, in order. Reads all: not for screens.
    pub fn metered_use(&self) -> Result<Vec<MeteredUse>, StoreError> {
        self.flush()?;
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT customer_id, COUNT(*), SUM(units), SUM(amount) FROM xdr WHERE kind = 'session'
                 GROUP BY customer_id ORDER BY customer_id",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(MeteredUse {
                    customer: CustomerId(row.get(0)?),
                    records: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
                    units: u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
                    amount: Amount::from_micros(row.get(3)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
