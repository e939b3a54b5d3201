//! Staff users and the log-ins of subscribers.

use crate::db::{OptionalExtension, Row, params};
use crate::{Store, StoreError};
use calendar::Instant;
use charging::CustomerId;

/// A staff user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffRow {
    /// Number.
    pub id: i64,
    /// Name to sign in with.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// `admin`, `agent`, `helpdesk`.
    pub role: String,
    /// PHC string of the password's hash.
    pub password_hash: String,
    /// Must choose another password first.
    pub must_change: bool,
    /// May not sign in.
    pub disabled: bool,
    /// Made then.
    pub created_at: Instant,
}

/// A new staff user.
#[derive(Debug, Clone)]
pub struct NewStaff {
    /// Name to sign in with.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// Role word.
    pub role: String,
    /// PHC string of the password's hash.
    pub password_hash: String,
    /// Must choose another password first.
    pub must_change: bool,
    /// Made then.
    pub created_at: Instant,
}

/// A subscriber's way into the self-care portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriberRow {
    /// Name to sign in with.
    pub login: String,
    /// Whose.
    pub customer: CustomerId,
    /// PHC string of the password's hash.
    pub password_hash: String,
    /// Made then.
    pub created_at: Instant,
}

const STAFF: &str =
    "SELECT user_id, login, name, role, password_hash, must_change, disabled, created_at FROM staff_user";

fn staff_row(row: &Row<'_>) -> crate::db::Result<StaffRow> {
    Ok(StaffRow {
        id: row.get(0)?,
        login: row.get(1)?,
        name: row.get(2)?,
        role: row.get(3)?,
        password_hash: row.get(4)?,
        must_change: row.get(5)?,
        disabled: row.get(6)?,
        created_at: Instant::from_micros(row.get(7)?),
    })
}

impl Store {
    /// A staff user by login.
    pub fn staff_by_login(&self, login: &str) -> Result<Option<StaffRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!("{STAFF} WHERE login = ?1"))?;
            Ok(statement.query_row([login], staff_row).optional()?)
        })
    }

    /// A staff user by number.
    pub fn staff(&self, id: i64) -> Result<Option<StaffRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!("{STAFF} WHERE user_id = ?1"))?;
            Ok(statement.query_row([id], staff_row).optional()?)
        })
    }

    /// Staff users after a login, in alphabetical order.
    pub fn staff_list(&self, after: &str, limit: usize) -> Result<Vec<StaffRow>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("{STAFF} WHERE login > ?1 ORDER BY login LIMIT ?2"))?;
            let rows = statement.query_map(params![after, limit], staff_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Whether there is any staff user.
    pub fn has_staff(&self) -> Result<bool, StoreError> {
        self.read(|connection| {
            Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM staff_user)", [], |row| row.get(0))?)
        })
    }

    /// Adds a staff user; `None` when the login is taken.
    pub fn add_staff(&self, user: NewStaff) -> Result<Option<i64>, StoreError> {
        self.write(move |transaction| {
            let added = transaction.query_row(
                "INSERT INTO staff_user (login, name, role, password_hash, must_change, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING RETURNING user_id",
                params![
                    user.login,
                    user.name,
                    user.role,
                    user.password_hash,
                    user.must_change,
                    user.created_at.as_micros()
                ],
                |row| row.get(0),
            );
            Ok(added.optional()?)
        })
    }

    /// Changes name, role and standing; signs a disabled user out. Tells whether there is such a user.
    pub fn change_staff(
        &self,
        id: i64,
        name: String,
        role: String,
        disabled: bool,
    ) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let changed = transaction.execute(
                "UPDATE staff_user SET name = ?2, role = ?3, disabled = ?4 WHERE user_id = ?1",
                params![id, name, role, disabled],
            )?;
            if disabled {
                transaction
                    .execute("DELETE FROM web_session WHERE portal = 'staff' AND subject = ?1", [id])?;
            }
            Ok(changed > 0)
        })
    }

    /// Writes a new password hash and signs the user out everywhere, except where `keep` is the session's hash.
    pub fn set_staff_password(
        &self,
        id: i64,
        hash: String,
        must_change: bool,
        keep: Vec<u8>,
    ) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let changed = transaction.execute(
                "UPDATE staff_user SET password_hash = ?2, must_change = ?3 WHERE user_id = ?1",
                params![id, hash, must_change],
            )?;
            transaction.execute(
                "DELETE FROM web_session WHERE portal = 'staff' AND subject = ?1 AND token_hash <> ?2",
                params![id, keep],
            )?;
            Ok(changed > 0)
        })
    }

    /// A subscriber's log-in.
    pub fn subscriber_login(&self, login: &str) -> Result<Option<SubscriberRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT login, customer_id, password_hash, created_at FROM subscriber_login WHERE login = ?1",
            )?;
            Ok(statement.query_row([login], subscriber_row).optional()?)
        })
    }

    /// The log-ins of a customer.
    pub fn subscriber_logins(&self, customer: CustomerId) -> Result<Vec<SubscriberRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT login, customer_id, password_hash, created_at FROM subscriber_login WHERE customer_id = ?1 ORDER BY login",
            )?;
            let rows = statement.query_map([customer.0], subscriber_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Adds a log-in; false when the login is taken.
    pub fn add_subscriber_login(&self, row: SubscriberRow) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let added = transaction.execute(
                "INSERT INTO subscriber_login (login, customer_id, password_hash, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                params![row.login, row.customer.0, row.password_hash, row.created_at.as_micros()],
            )?;
            Ok(added > 0)
        })
    }

    /// Writes a new password hash and signs that log-in out everywhere, except where `keep` is the session's hash.
    pub fn set_subscriber_password(
        &self,
        login: String,
        hash: String,
        keep: Vec<u8>,
    ) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let changed = transaction.execute(
                "UPDATE subscriber_login SET password_hash = ?2 WHERE login = ?1",
                params![login, hash],
            )?;
            transaction.execute(
                "DELETE FROM web_session WHERE portal = 'selfcare' AND login = ?1 AND token_hash <> ?2
                   AND subject = (SELECT customer_id FROM subscriber_login WHERE login = ?1)",
                params![login, keep],
            )?;
            Ok(changed > 0)
        })
    }

    /// Takes a log-in away and signs it out. Tells whether there was one.
    pub fn remove_subscriber_login(&self, customer: CustomerId, login: String) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let removed = transaction.execute(
                "DELETE FROM subscriber_login WHERE login = ?1 AND customer_id = ?2",
                params![login, customer.0],
            )?;
            transaction.execute(
                "DELETE FROM web_session WHERE portal = 'selfcare' AND subject = ?1 AND login = ?2",
                params![customer.0, login],
            )?;
            Ok(removed > 0)
        })
    }
}

fn subscriber_row(row: &Row<'_>) -> crate::db::Result<SubscriberRow> {
    Ok(SubscriberRow {
        login: row.get(0)?,
        customer: CustomerId(row.get(1)?),
        password_hash: row.get(2)?,
        created_at: Instant::from_micros(row.get(3)?),
    })
}
