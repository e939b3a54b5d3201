//! Embedded migrations: only ever add first, remove later. The schema number is SQLite's `user_version`.

use crate::StoreError;
use rusqlite::Connection;

const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_first_light.sql"),
    include_str!("../migrations/0002_journal_files.sql"),
    include_str!("../migrations/0003_own_balances.sql"),
    include_str!("../migrations/0004_sessions_by_key.sql"),
    include_str!("../migrations/0005_resellers.sql"),
    include_str!("../migrations/0006_vouchers.sql"),
    include_str!("../migrations/0007_reratings.sql"),
    include_str!("../migrations/0008_session_counts.sql"),
];
/// First schema whose customers can be read. Before it there was no release, and rows had another shape.
const READABLE_FROM: i64 = 3;

/// Brings the schema up to date; each step commits by itself.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
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
            let transaction =
                connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "user_version", number)?;
            transaction.commit()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
