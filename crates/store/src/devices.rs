//! Devices: set-top boxes, modems, phones, and which account they serve.

use crate::db::{Connection, Row, params};
use crate::{DeviceRecord, Partition, Store, StoreError, customers};
use calendar::Instant;
use charging::{CustomerId, RowId};

const COLUMNS: &str = "device_id, account_id, kind, mac, serial, model, created_at, removed_at";

fn device(row: &Row<'_>) -> crate::db::Result<DeviceRecord> {
    Ok(DeviceRecord {
        id: RowId(row.get(0)?),
        account: RowId(row.get(1)?),
        kind: row.get(2)?,
        mac: row.get(3)?,
        serial: row.get(4)?,
        model: row.get(5)?,
        created_at: Instant::from_micros(row.get(6)?),
        removed_at: row.get::<_, Option<i64>>(7)?.map(Instant::from_micros),
    })
}

fn starting(
    connection: &Connection,
    column: &'static str,
    prefix: &str,
    most: i64,
) -> Result<Vec<DeviceRecord>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM device WHERE {column} <> '' AND {column} >= ?1 AND {column} <= ?2 ORDER BY {column} LIMIT ?3",
    ))?;
    let rows = statement.query_map(params![prefix, format!("{prefix}\u{10ffff}"), most], device)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Store {
    /// All devices of a customer, those taken away too, in the order of their assignment.
    pub fn devices_of(&self, customer: CustomerId) -> Result<Vec<DeviceRecord>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM device WHERE partition = ?1 AND device_id >= ?2 AND device_id < ?3 ORDER BY device_id",
            ))?;
            let (first, last) = customers::rows_of(customer);
            let rows = statement.query_map(params![Partition::of(customer).sql(), first, last], device)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Devices in use that have this MAC address or this serial number (empty = not asked).
    pub fn devices_with(&self, mac: &str, serial: &str) -> Result<Vec<DeviceRecord>, StoreError> {
        self.read(|connection| {
            let mut found = Vec::new();
            for (column, value) in [("mac", mac), ("serial", serial)] {
                if value.is_empty() {
                    continue;
                }
                let mut statement = connection.prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM device WHERE {column} <> '' AND {column} = ?1 AND removed_at IS NULL",
                ))?;
                for row in statement.query_map([value], device)? {
                    found.push(row?);
                }
            }
            Ok(found)
        })
    }

    /// Devices whose MAC address or serial number starts so.
    pub fn devices_starting(
        &self,
        mac: &str,
        serial: &str,
        most: usize,
    ) -> Result<Vec<DeviceRecord>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.read(|connection| {
            let mut found = Vec::new();
            for (column, prefix) in [("mac", mac), ("serial", serial)] {
                if !prefix.is_empty() {
                    found.extend(starting(connection, column, prefix, most)?);
                }
            }
            Ok(found)
        })
    }
}
