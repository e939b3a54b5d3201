//! The identifier directory: (realm, value) finds an account. Claimed first, given to an account by his command, released on failure.

use crate::db::{OptionalExtension, Row, params};
use crate::{Store, StoreError};
use calendar::Instant;
use charging::{AccountId, CustomerId};

/// One identifier and whom it finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentifierRow {
    /// Realm.
    pub realm: String,
    /// Value, normalised.
    pub value: String,
    /// Customer.
    pub customer: CustomerId,
    /// Account; `None` while it is only claimed.
    pub account: Option<AccountId>,
}

const COLUMNS: &str = "realm, value, customer_id, account_id";

fn identifier(row: &Row<'_>) -> crate::db::Result<IdentifierRow> {
    let account: i64 = row.get(3)?;
    Ok(IdentifierRow {
        realm: row.get(0)?,
        value: row.get(1)?,
        customer: CustomerId(row.get(2)?),
        account: (account != 0).then_some(charging::RowId(account)),
    })
}

impl Store {
    /// Whom (realm, value) finds; claims that no account has yet find nobody.
    pub fn find_identifier(
        &self,
        realm: &str,
        value: &str,
    ) -> Result<Option<(CustomerId, AccountId)>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT customer_id, account_id FROM identifier WHERE realm = ?1 AND value = ?2 AND account_id <> 0",
            )?;
            let found = statement.query_row(params![realm, value], |row| {
                Ok((CustomerId(row.get(0)?), charging::RowId(row.get(1)?)))
            });
            Ok(found.optional()?)
        })
    }

    /// Identifiers of any realm with one of these values, `most` of them.
    pub fn identifiers_with_value(&self, value: &str, most: usize) -> Result<Vec<IdentifierRow>, StoreError> {
        self.identifiers_between(value, value, most)
    }

    /// Identifiers whose value starts with `prefix`, in order of value.
    pub fn identifiers_starting(&self, prefix: &str, most: usize) -> Result<Vec<IdentifierRow>, StoreError> {
        self.identifiers_between(prefix, &format!("{prefix}\u{10ffff}"), most)
    }

    fn identifiers_between(
        &self,
        first: &str,
        last: &str,
        most: usize,
    ) -> Result<Vec<IdentifierRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM identifier WHERE value >= ?1 AND value <= ?2 AND account_id <> 0 ORDER BY value, realm LIMIT ?3",
            ))?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![first, last, most], identifier)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Identifiers of all accounts of a customer, by account, realm and value.
    pub fn identifiers_of(&self, customer: CustomerId) -> Result<Vec<IdentifierRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM identifier WHERE account_id >= ?1 AND account_id < ?2 ORDER BY account_id, realm, value",
            ))?;
            let (first, last) = crate::customers::rows_of(customer);
            let rows = statement.query_map(params![first, last], identifier)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Sets identifiers aside for a customer: all of them, or none and the ones that are taken. Claims made before
    /// `stale_before` that never found their account are taken over.
    pub fn claim_identifiers(
        &self,
        customer: CustomerId,
        identifiers: Vec<(String, String)>,
        now: Instant,
        stale_before: Instant,
    ) -> Result<Vec<IdentifierRow>, StoreError> {
        self.write(move |transaction| {
            let mut taken = Vec::new();
            let mut held = transaction.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM identifier WHERE realm = ?1 AND value = ?2
                   AND NOT (account_id = 0 AND (customer_id = ?3 OR claimed_at < ?4))",
            ))?;
            for (realm, value) in &identifiers {
                let asked = params![realm, value, customer.0, stale_before.as_micros()];
                taken.extend(held.query_row(asked, identifier).optional()?);
            }
            if !taken.is_empty() {
                return Ok(taken);
            }
            let mut claim = transaction.prepare_cached(
                "INSERT INTO identifier (realm, value, customer_id, account_id, claimed_at) VALUES (?1, ?2, ?3, 0, ?4)
             ON CONFLICT (realm, value) DO UPDATE SET customer_id = excluded.customer_id, account_id = excluded.account_id,
               claimed_at = excluded.claimed_at",
            )?;
            for (realm, value) in &identifiers {
                claim.execute(params![realm, value, customer.0, now.as_micros()])?;
            }
            Ok(taken)
        })
    }

    /// Gives up claims of a customer that found no account.
    pub fn release_claims(
        &self,
        customer: CustomerId,
        identifiers: Vec<(String, String)>,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let mut release = transaction.prepare_cached(
                "DELETE FROM identifier WHERE realm = ?1 AND value = ?2 AND customer_id = ?3 AND account_id = 0",
            )?;
            for (realm, value) in &identifiers {
                release.execute(params![realm, value, customer.0])?;
            }
            Ok(())
        })
    }
}
