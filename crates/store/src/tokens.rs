//! API tokens. Only the hash of a token is stored.

use crate::db::{OptionalExtension, Row, params};
use crate::{Store, StoreError};
use calendar::Instant;

/// An API token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// Name for people and the audit trail.
    pub name: String,
    /// Scope words separated by spaces.
    pub scopes: String,
    /// Made then.
    pub created_at: Instant,
    /// Made by.
    pub created_by: String,
    /// No longer good from then on.
    pub expires_at: Option<Instant>,
    /// Withdrawn then.
    pub revoked_at: Option<Instant>,
}

const TOKEN: &str =
    "SELECT token_hash, name, scopes, created_at, created_by, expires_at, revoked_at FROM api_token";

fn token_row(row: &Row<'_>) -> crate::db::Result<TokenRow> {
    Ok(TokenRow {
        token_hash: row.get(0)?,
        name: row.get(1)?,
        scopes: row.get(2)?,
        created_at: Instant::from_micros(row.get(3)?),
        created_by: row.get(4)?,
        expires_at: row.get::<_, Option<i64>>(5)?.map(Instant::from_micros),
        revoked_at: row.get::<_, Option<i64>>(6)?.map(Instant::from_micros),
    })
}

impl Store {
    /// Writes a token.
    pub fn add_token(&self, token: TokenRow) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO api_token (token_hash, name, scopes, created_at, created_by, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    token.token_hash,
                    token.name,
                    token.scopes,
                    token.created_at.as_micros(),
                    token.created_by,
                    token.expires_at.map(Instant::as_micros)
                ],
            )?;
            Ok(())
        })
    }

    /// The token of a hash, good or not.
    pub fn token_by_hash(&self, token_hash: &[u8]) -> Result<Option<TokenRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!("{TOKEN} WHERE token_hash = ?1"))?;
            Ok(statement.query_row([token_hash], token_row).optional()?)
        })
    }

    /// All tokens, newest first.
    pub fn token_list(&self, most: usize) -> Result<Vec<TokenRow>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached(&format!("{TOKEN} ORDER BY created_at DESC, token_hash LIMIT ?1"))?;
            let rows = statement.query_map([most], token_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Withdraws a token. Tells whether there was one that was good.
    pub fn revoke_token(&self, token_hash: Vec<u8>, at: Instant) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let changed = transaction.execute(
                "UPDATE api_token SET revoked_at = ?2 WHERE token_hash = ?1 AND revoked_at IS NULL",
                params![token_hash, at.as_micros()],
            )?;
            Ok(changed > 0)
        })
    }
}
