//! Signed-in browsers. Only the hash of a session's token is stored.

use crate::db::{OptionalExtension, params};
use crate::{Store, StoreError};
use calendar::Instant;

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSessionRow {
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// `staff` or `selfcare`.
    pub portal: String,
    /// Number of the staff user or customer.
    pub subject: i64,
    /// Name that signed in.
    pub login: String,
    /// Staff login that opened a subscriber's portal for him; empty otherwise.
    pub opened_by: String,
    /// Signed in then.
    pub created_at: Instant,
    /// Signed out then at the latest.
    pub expires_at: Instant,
}

impl Store {
    /// Writes a session.
    pub fn add_web_session(&self, session: WebSessionRow) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO web_session (token_hash, portal, subject, login, opened_by, created_at, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    session.token_hash,
                    session.portal,
                    session.subject,
                    session.login,
                    session.opened_by,
                    session.created_at.as_micros(),
                    session.expires_at.as_micros()
                ],
            )?;
            Ok(())
        })
    }

    /// The session of a token hash, unless it has expired.
    pub fn web_session(
        &self,
        portal: &str,
        token_hash: &[u8],
        now: Instant,
    ) -> Result<Option<WebSessionRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT token_hash, portal, subject, login, opened_by, created_at, expires_at FROM web_session
                 WHERE token_hash = ?1 AND portal = ?2 AND expires_at > ?3",
            )?;
            let found = statement.query_row(params![token_hash, portal, now.as_micros()], |row| {
                Ok(WebSessionRow {
                    token_hash: row.get(0)?,
                    portal: row.get(1)?,
                    subject: row.get(2)?,
                    login: row.get(3)?,
                    opened_by: row.get(4)?,
                    created_at: Instant::from_micros(row.get(5)?),
                    expires_at: Instant::from_micros(row.get(6)?),
                })
            });
            Ok(found.optional()?)
        })
    }

    /// Deletes a session.
    pub fn remove_web_session(&self, token_hash: Vec<u8>) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute("DELETE FROM web_session WHERE token_hash = ?1", [token_hash])?;
            Ok(())
        })
    }

    /// Deletes sessions that have expired, `most` at a time.
    pub fn purge_web_sessions(&self, now: Instant, most: usize) -> Result<(), StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.write(move |transaction| {
            transaction.execute(
                "DELETE FROM web_session WHERE token_hash IN
                   (SELECT token_hash FROM web_session WHERE expires_at <= ?1 LIMIT ?2)",
                params![now.as_micros(), most],
            )?;
            Ok(())
        })
    }
}
