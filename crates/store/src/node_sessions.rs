//! Sessions as their network node knows them: all open ones (over when the node restarts), and one by its name alone.

use crate::db::{OptionalExtension, params};
use crate::partition::PARTITIONS;
use crate::{Partition, Store, StoreError, image};
use calendar::Instant;
use charging::{AccountId, CustomerId, RowId, Session, SessionKey};

/// An open session as its node sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSession {
    /// Whose session.
    pub customer: CustomerId,
    /// Who uses.
    pub account: AccountId,
    /// Protocol name of the session.
    pub key: SessionKey,
    /// Identifier by which the account was found.
    pub identifier: Box<str>,
    /// Node that reports.
    pub node: Box<str>,
    /// Last request.
    pub last_at: Instant,
}

impl Store {
    /// Open sessions of a node in the order of customer and session, behind `after`, `most` at a time.
    pub fn open_sessions_of_node(
        &self,
        node: &str,
        after: Option<&(CustomerId, SessionKey)>,
        most: usize,
    ) -> Result<Vec<NodeSession>, StoreError> {
        let (customer, key) = after.map_or((0, &[][..]), |(customer, key)| (customer.0, key.as_bytes()));
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT customer_id, account_id, session_key, identifier, last_at FROM session
                 WHERE node = ?1 AND closed_at IS NULL AND (customer_id, session_key) > (?2, ?3)
                 ORDER BY customer_id, session_key LIMIT ?4",
            )?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![node, customer, key, most], |row| {
                Ok(NodeSession {
                    customer: CustomerId(row.get(0)?),
                    account: RowId(row.get(1)?),
                    key: SessionKey::from_bytes(&row.get::<_, Vec<u8>>(2)?),
                    identifier: row.get::<_, String>(3)?.into(),
                    node: node.into(),
                    last_at: Instant::from_micros(row.get(4)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The same with all that is known of them.
    pub fn whole_open_sessions_of_node(
        &self,
        node: &str,
        after: Option<&(CustomerId, SessionKey)>,
        most: usize,
    ) -> Result<Vec<(CustomerId, Session)>, StoreError> {
        let (customer, key) = after.map_or((0, &[][..]), |(customer, key)| (customer.0, key.as_bytes()));
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT customer_id, image, counts FROM session
                 WHERE node = ?1 AND closed_at IS NULL AND (customer_id, session_key) > (?2, ?3)
                 ORDER BY customer_id, session_key LIMIT ?4",
            )?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![node, customer, key, most], |row| {
                let counts: Option<Vec<u8>> = row.get(2)?;
                Ok((CustomerId(row.get(0)?), row.get::<_, Vec<u8>>(1)?, counts))
            })?;
            let mut sessions = Vec::new();
            for row in rows {
                let (customer, image, counts) = row?;
                sessions.push((customer, image::read_counted_session(&image, counts.as_deref())?));
            }
            Ok(sessions)
        })
    }

    /// Customers with an open session by partition and number, behind `after`, `most` at a time; an empty page is the end.
    pub fn customers_with_open_sessions(
        &self,
        after: Option<CustomerId>,
        most: usize,
    ) -> Result<Vec<CustomerId>, StoreError> {
        let first = after.map_or(0, |customer| Partition::of(customer).sql());
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT customer_id FROM session
                 WHERE partition = ?1 AND customer_id > ?2 AND closed_at IS NULL ORDER BY customer_id LIMIT ?3",
            )?;
            let mut behind = after.map_or(0, |customer| customer.0);
            // Over partitions: where few have sessions, a page of each would make many that are nearly empty.
            let mut page = Vec::new();
            for partition in first..i64::from(PARTITIONS) {
                let room = i64::try_from(most.saturating_sub(page.len())).unwrap_or(i64::MAX);
                let rows = statement
                    .query_map(params![partition, behind, room], |row| Ok(CustomerId(row.get(0)?)))?;
                for customer in rows {
                    page.push(customer?);
                }
                if page.len() >= most {
                    break;
                }
                behind = 0;
            }
            Ok(page)
        })
    }

    /// Whose a node's session is, open or still remembered.
    pub fn session_of_node(
        &self,
        node: &str,
        key: &SessionKey,
    ) -> Result<Option<(CustomerId, AccountId)>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT customer_id, account_id FROM session WHERE session_key = ?1 AND node = ?2
                 ORDER BY started_at DESC LIMIT 1",
            )?;
            let found = statement.query_row(params![key.as_bytes(), node], |row| {
                Ok((CustomerId(row.get(0)?), RowId(row.get(1)?)))
            });
            Ok(found.optional()?)
        })
    }
}
