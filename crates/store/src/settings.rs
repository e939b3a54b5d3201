//! Named settings of the installation.

use crate::db::{OptionalExtension, params};
use crate::{Store, StoreError};
use std::collections::BTreeMap;

impl Store {
    /// One setting.
    pub fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT value FROM setting WHERE name = ?1")?;
            Ok(statement.query_row([name], |row| row.get(0)).optional()?)
        })
    }

    /// All settings whose name starts with `prefix`.
    pub fn settings_of(&self, prefix: &str) -> Result<BTreeMap<String, String>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT name, value FROM setting WHERE name >= ?1 AND substr(name, 1, length(?1)) = ?1",
            )?;
            let rows = statement.query_map([prefix], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Writes settings, all or none.
    pub fn put_settings(&self, values: BTreeMap<String, String>) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let mut statement = transaction.prepare_cached(
                "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )?;
            for (name, value) in &values {
                statement.execute(params![name, value])?;
            }
            Ok(())
        })
    }
}
