//! Rows found by their due time.

use crate::db::params;
use crate::{Partition, Store, StoreError, image};
use calendar::Instant;
use charging::{CustomerId, SessionKey};

impl Store {
    /// Open sessions that should have been heard of by now, longest silent first. Puts off those that were heard of.
    pub fn silent_sessions(
        &self,
        now: Instant,
        most: usize,
    ) -> Result<Vec<(CustomerId, SessionKey)>, StoreError> {
        let due = self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT customer_id, image, counts FROM session WHERE closed_at IS NULL AND due_at <= ?1 ORDER BY due_at LIMIT ?2",
            )?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![now.as_micros(), most], |row| {
                Ok((CustomerId(row.get(0)?), row.get::<_, Vec<u8>>(1)?, row.get::<_, Option<Vec<u8>>>(2)?))
            })?;
            rows.map(|row| {
                let (customer, image, counts) = row?;
                Ok((customer, image::read_counted_session(&image, counts.as_deref())?))
            })
            .collect::<Result<Vec<_>, StoreError>>()
        })?;
        let (silent, heard): (Vec<_>, Vec<_>) = due.into_iter().partition(|(_, s)| s.expires_at <= now);
        if !heard.is_empty() {
            self.write(move |transaction| {
                let mut statement = transaction.prepare_cached(
                    "UPDATE session SET due_at = ?4 WHERE partition = ?1 AND customer_id = ?2 AND session_key = ?3",
                )?;
                for (customer, session) in heard {
                    let (key, expires_at) = (session.key.as_bytes(), session.expires_at.as_micros());
                    statement.execute(params![Partition::of(customer).sql(), customer.0, key, expires_at])?;
                }
                Ok(())
            })?;
        }
        Ok(silent.into_iter().map(|(customer, session)| (customer, session.key)).collect())
    }

    /// Customers with a period end or a due date that has come, earliest first.
    pub fn due_customers(&self, now: Instant, most: usize) -> Result<Vec<CustomerId>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT customer_id FROM customer_state WHERE next_due <= ?1 ORDER BY next_due LIMIT ?2",
            )?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows =
                statement.query_map(params![now.as_micros(), most], |row| row.get(0).map(CustomerId))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Deletes remembered requests that are past and sessions closed before `closed_before`, `most` of each.
    pub fn purge(&self, now: Instant, closed_before: Instant, most: usize) -> Result<(), StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.write(move |transaction| {
            transaction.execute(
                "DELETE FROM applied WHERE (partition, customer_id, key) IN
                   (SELECT partition, customer_id, key FROM applied WHERE until <= ?1 LIMIT ?2)",
                params![now.as_micros(), most],
            )?;
            transaction.execute(
                "DELETE FROM session WHERE (partition, customer_id, session_key) IN
                   (SELECT partition, customer_id, session_key FROM session WHERE closed_at <= ?1 LIMIT ?2)",
                params![closed_before.as_micros(), most],
            )?;
            Ok(())
        })
    }
}
