//! Connectors as the operator set them up: on or off, sealed settings, how far their events are worked through.

use crate::db::{OptionalExtension, Row, params};
use crate::{Store, StoreError};
use charging::{AccountId, RowId};

/// One connector's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorRow {
    /// The manifest's name.
    pub name: String,
    /// Whether it sends.
    pub enabled: bool,
    /// The operator's settings, sealed by the caller.
    pub settings: Vec<u8>,
    /// Position of the last event whose deliveries are made; `None` before it was first enabled.
    pub cursor: Option<i64>,
    /// `ok`, `stopped` (credentials refused) or `unusable` (manifest or settings).
    pub state: String,
    /// Why, for people.
    pub state_detail: String,
}

const COLUMNS: &str = "name, enabled, settings, cursor, state, state_detail";

fn connector_row(row: &Row<'_>) -> crate::db::Result<ConnectorRow> {
    Ok(ConnectorRow {
        name: row.get(0)?,
        enabled: row.get(1)?,
        settings: row.get(2)?,
        cursor: row.get(3)?,
        state: row.get(4)?,
        state_detail: row.get(5)?,
    })
}

impl Store {
    /// All connectors that were ever set up, by name.
    pub fn connectors(&self) -> Result<Vec<ConnectorRow>, StoreError> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM connector ORDER BY name");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([], connector_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// One connector.
    pub fn connector(&self, name: &str) -> Result<Option<ConnectorRow>, StoreError> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM connector WHERE name = ?1");
            let mut statement = connection.prepare_cached(&sql)?;
            Ok(statement.query_row([name], connector_row).optional()?)
        })
    }

    /// Keeps sealed settings; a connector that is new starts switched off.
    pub fn save_connector_settings(&self, name: &str, sealed: Vec<u8>) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO connector (name, enabled, settings) VALUES (?1, 0, ?2)
                 ON CONFLICT (name) DO UPDATE SET settings = excluded.settings",
                params![name, sealed],
            )?;
            Ok(())
        })
    }

    /// Switches a connector on or off. Switched on for the first time it starts with the events from now on; later on it goes
    /// on where it stood, so that what happened while it was off is sent. `None` when it was never set up.
    pub fn enable_connector(&self, name: &str, enabled: bool) -> Result<Option<ConnectorRow>, StoreError> {
        let name = name.to_owned();
        self.write(move |transaction| {
            transaction.execute("UPDATE connector SET enabled = ?2 WHERE name = ?1", params![name, enabled])?;
            if enabled {
                transaction.execute(
                    "UPDATE connector SET cursor = (SELECT COALESCE(MAX(position), 0) FROM event) WHERE name = ?1 AND cursor IS NULL",
                    params![name],
                )?;
            }
            let sql = format!("SELECT {COLUMNS} FROM connector WHERE name = ?1");
            Ok(transaction.query_row(&sql, params![name], connector_row).optional()?)
        })
    }

    /// Notes how a connector is doing.
    pub fn set_connector_state(&self, name: &str, state: &str, detail: &str) -> Result<(), StoreError> {
        let (name, state, detail) = (name.to_owned(), state.to_owned(), detail.to_owned());
        self.write(move |transaction| {
            transaction.execute(
                "UPDATE connector SET state = ?2, state_detail = ?3 WHERE name = ?1",
                params![name, state, detail],
            )?;
            Ok(())
        })
    }

    /// Accounts that are not terminated, after `after` in an order of their own; for work that goes through all of them.
    pub fn live_accounts(
        &self,
        after: Option<LiveAccount>,
        most: usize,
    ) -> Result<Vec<LiveAccount>, StoreError> {
        let after = after.unwrap_or(LiveAccount { partition: -1, account: RowId(0) });
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT partition, account_id FROM account_state
                 WHERE (partition, account_id) > (?1, ?2) AND status <> 'terminated' ORDER BY partition, account_id LIMIT ?3",
            )?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![after.partition, after.account.0, most], |row| {
                Ok(LiveAccount { partition: row.get(0)?, account: RowId(row.get(1)?) })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// A place in the walk through all accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveAccount {
    partition: i64,
    /// The account.
    pub account: AccountId,
}
