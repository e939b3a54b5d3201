//! Embedded migrations: only ever add first, remove later. They are written for SQLite and turned over for PostgreSQL.
//!
//! The schema number is SQLite's `user_version`, and on PostgreSQL a row of `meta`.

use crate::StoreError;
use crate::db::{self, Connection, Transaction, dialect};

const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_first_light.sql"),
    include_str!("../migrations/0002_journal_files.sql"),
    include_str!("../migrations/0003_own_balances.sql"),
    include_str!("../migrations/0004_sessions_by_key.sql"),
    include_str!("../migrations/0005_resellers.sql"),
    include_str!("../migrations/0006_vouchers.sql"),
    include_str!("../migrations/0007_reratings.sql"),
    include_str!("../migrations/0008_exchange_rates.sql"),
    include_str!("../migrations/0009_report_views.sql"),
    include_str!("../migrations/0010_session_counts.sql"),
    include_str!("../migrations/0011_partition_keys.sql"),
];
/// What each of the two gets besides, after the migration of the number: keys are changed in other words.
const SQLITE: &[(i64, &str)] = &[(11, include_str!("../migrations/sqlite/0011_event_key.sql"))];
const POSTGRES: &[(i64, &str)] = &[
    (2, include_str!("../migrations/postgres/0002_journal_table.sql")),
    (11, include_str!("../migrations/postgres/0011_partition_keys.sql")),
];
/// First schema whose customers can be read. Before it there was no release, and rows had another shape.
const READABLE_FROM: i64 = 3;

/// Brings the schema up to date; each step commits by itself.
pub(crate) fn migrate(connection: &Connection) -> Result<(), StoreError> {
    let found = found(connection)?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    if (1..READABLE_FROM).contains(&found)
        && connection.query_row("SELECT EXISTS (SELECT 1 FROM customer_state)", [], |row| row.get(0))?
    {
        return Err(StoreError::BeforeRelease);
    }
    for (number, sql) in (1i64..).zip(MIGRATIONS) {
        if number > found {
            let transaction = connection.begin(true)?;
            step(&transaction, number, sql)?;
            transaction.commit()?;
        }
    }
    Ok(())
}

/// The number of the schema; 0 for an empty database.
fn found(connection: &Connection) -> db::Result<i64> {
    if connection.sqlite().is_some() {
        return connection.query_row("PRAGMA user_version", [], |row| row.get(0));
    }
    if connection.query_row("SELECT to_regclass('meta') IS NULL", [], |row| row.get(0))? {
        return Ok(0);
    }
    let sql = "SELECT CAST(MAX(value) AS BIGINT) FROM meta WHERE key = 'schema'";
    Ok(connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0))?.unwrap_or(0))
}

fn step(transaction: &Transaction<'_>, number: i64, sql: &str) -> db::Result<()> {
    if transaction.sqlite().is_some() {
        transaction.execute_batch(sql)?;
        for (_, more) in SQLITE.iter().filter(|(after, _)| *after == number) {
            transaction.execute_batch(more)?;
        }
        return transaction.execute_batch(&format!("PRAGMA user_version = {number}"));
    }
    transaction.execute_batch(&dialect::schema(sql))?;
    for (_, more) in POSTGRES.iter().filter(|(after, _)| *after == number) {
        transaction.execute_batch(more)?;
    }
    let sql = "INSERT INTO meta (key, value) VALUES ('schema', ?1) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    transaction.execute(sql, [number.to_string()]).map(|_| ())
}

#[cfg(test)]
mod tests;
