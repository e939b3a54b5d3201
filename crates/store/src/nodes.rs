//! Network nodes: who may talk to us, and with which secret.

use crate::db::{OptionalExtension, Row, params};
use crate::{Store, StoreError};
use calendar::Instant;

/// A node as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRow {
    /// Number; 0 for a node that is not stored yet.
    pub id: i64,
    /// Unique name.
    pub name: String,
    /// `radius` or `diameter`.
    pub protocol: String,
    /// IP address, prefix or Diameter host.
    pub address: String,
    /// Name of its profile.
    pub profile: String,
    /// Sealed secret.
    pub secret: Option<Vec<u8>>,
    /// Further settings as a JSON object.
    pub settings: String,
    /// Whether it may talk to us.
    pub enabled: bool,
    /// Made then.
    pub created_at: Instant,
}

const COLUMNS: &str = "node_id, name, protocol, address, profile, secret, settings, enabled, created_at";

fn node(row: &Row<'_>) -> crate::db::Result<NodeRow> {
    Ok(NodeRow {
        id: row.get(0)?,
        name: row.get(1)?,
        protocol: row.get(2)?,
        address: row.get(3)?,
        profile: row.get(4)?,
        secret: row.get(5)?,
        settings: row.get(6)?,
        enabled: row.get(7)?,
        created_at: Instant::from_micros(row.get(8)?),
    })
}

impl Store {
    /// All nodes by name. There are few.
    pub fn nodes(&self) -> Result<Vec<NodeRow>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("SELECT {COLUMNS} FROM node ORDER BY name"))?;
            let rows = statement.query_map([], node)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// A node by number.
    pub fn node(&self, id: i64) -> Result<Option<NodeRow>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("SELECT {COLUMNS} FROM node WHERE node_id = ?1"))?;
            Ok(statement.query_row([id], node).optional()?)
        })
    }

    /// Adds a node (number 0) or replaces the one with this number; answers its number, `None` when the name is taken or the
    /// number unknown.
    pub fn save_node(&self, node: NodeRow) -> Result<Option<i64>, StoreError> {
        self.write(move |transaction| {
            let mut same =
                transaction.prepare_cached("SELECT 1 FROM node WHERE name = ?1 AND node_id <> ?2")?;
            if same.exists(params![node.name, node.id])? {
                return Ok(None);
            }
            if node.id == 0 {
                let added = transaction.query_row(
                    "INSERT INTO node (name, protocol, address, profile, secret, settings, enabled, created_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING node_id",
                    params![
                        node.name,
                        node.protocol,
                        node.address,
                        node.profile,
                        node.secret,
                        node.settings,
                        node.enabled,
                        node.created_at.as_micros()
                    ],
                    |row| row.get(0),
                )?;
                return Ok(Some(added));
            }
            let changed = transaction.execute(
                "UPDATE node SET name = ?1, protocol = ?2, address = ?3, profile = ?4, secret = ?5, settings = ?6, enabled = ?7
                 WHERE node_id = ?8",
                params![
                    node.name,
                    node.protocol,
                    node.address,
                    node.profile,
                    node.secret,
                    node.settings,
                    node.enabled,
                    node.id
                ],
            )?;
            Ok((changed == 1).then_some(node.id))
        })
    }

    /// Removes a node; tells whether it was there.
    pub fn remove_node(&self, id: i64) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            Ok(transaction.execute("DELETE FROM node WHERE node_id = ?1", [id])? == 1)
        })
    }
}
