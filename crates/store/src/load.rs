//! Reading an aggregate back from its rows.

use crate::db::{Connection, OptionalExtension, params};
use crate::{Partition, StoreError, image};
use calendar::Instant;
use charging::{Customer, CustomerId};

/// The customer's aggregate; `None` when there is no such customer. Remembered requests that are past are left out.
pub(crate) fn customer(
    connection: &Connection,
    id: CustomerId,
    now: Instant,
    closed_after: Instant,
) -> Result<Option<Customer>, StoreError> {
    let partition = Partition::of(id).sql();
    let head: Option<(Vec<u8>, i64, i64)> = connection
        .prepare_cached(
            "SELECT image, seq, reserved FROM customer_state WHERE partition = ?1 AND customer_id = ?2",
        )?
        .query_row(params![partition, id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((head, seq, reserved)) = head else { return Ok(None) };
    // Account ids carry their customer, so his accounts are one range of the key.
    let (first, last) = (i64::from(id.0) << 32, (i64::from(id.0) + 1) << 32);
    let mut statement = connection.prepare_cached(
        "SELECT image FROM account_state WHERE partition = ?1 AND account_id >= ?2 AND account_id < ?3 ORDER BY account_id",
    )?;
    let images = statement.query_map(params![partition, first, last], |row| row.get::<_, Vec<u8>>(0))?;
    let accounts = images.map(|bytes| image::read_account(&bytes?)).collect::<Result<Vec<_>, _>>()?;
    let mut customer = Customer::new(image::read_counted_head(&head, seq, reserved)?, accounts);
    let mut statement = connection.prepare_cached(
        "SELECT image, counts FROM session WHERE partition = ?1 AND customer_id = ?2
           AND (closed_at IS NULL OR closed_at > ?3)",
    )?;
    let images = statement.query_map(params![partition, id.0, closed_after.as_micros()], |row| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Option<Vec<u8>>>(1)?))
    })?;
    for row in images {
        let (image, counts) = row?;
        let session = image::read_counted_session(&image, counts.as_deref())?;
        customer.sessions.insert(session.key.clone(), session);
    }
    let mut statement = connection.prepare_cached(
        "SELECT key, image FROM applied WHERE partition = ?1 AND customer_id = ?2 AND until > ?3",
    )?;
    let rows = statement.query_map(params![partition, id.0, now.as_micros()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
    })?;
    for row in rows {
        let (key, bytes) = row?;
        customer.applied.insert(key.into_boxed_str(), image::read_applied(&bytes)?);
    }
    Ok(Some(customer))
}
