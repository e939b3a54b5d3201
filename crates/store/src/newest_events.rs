//! The newest events of all customers: what may not have reached the network before a restart.

use crate::{Store, StoreError};
use charging::{CustomerId, EventKind};

impl Store {
    /// The newest events, newest first. Kinds that this program does not know are left out.
    pub fn newest_events(&self, most: usize) -> Result<Vec<(CustomerId, EventKind)>, StoreError> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT customer_id, kind FROM event ORDER BY position DESC LIMIT ?1")?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = statement.query_map([most], |row| {
                let (customer, kind) = (CustomerId(row.get(0)?), row.get::<_, String>(1)?);
                Ok(EventKind::parse(&kind).map(|kind| (customer, kind)))
            });
            let mut found = Vec::new();
            for row in rows? {
                found.extend(row?);
            }
            Ok(found)
        })
    }
}
