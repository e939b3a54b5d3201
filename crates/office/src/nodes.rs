//! Network nodes: the NAS, gateways and Diameter peers that may talk to us, and the table the front doors look them up in.
//!
//! Flows in: nodes as an administrator writes them, their secrets sealed before they are stored. Flows out: an immutable
//! [`NodeTable`], swapped after each change. Must not know: packets, what a profile means.

mod standing;
mod table;

pub use standing::{NodeStanding, NodeState};
pub use table::{NetworkNode, NodeTable};

use crate::{Actor, FieldError, Office, OfficeError, SecretText};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::NodeRow;

/// Characters of a name, host, profile or setting at most.
const TEXT_MOST: usize = 255;
/// Settings of a node at most.
const SETTINGS_MOST: usize = 64;
/// Nodes of an installation at most.
const NODES_MOST: usize = 10_000;

/// Setting of a RADIUS node that speaks TLS: a name in its certificate, or `sha256:` and its fingerprint. Such a node needs no secret.
pub const CERTIFICATE_SETTING: &str = "certificate";

/// Which protocol a node speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeProtocol {
    /// RADIUS.
    Radius,
    /// Diameter.
    Diameter,
}

impl NodeProtocol {
    /// The name in tables and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Radius => "radius",
            Self::Diameter => "diameter",
        }
    }

    /// The protocol of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Radius, Self::Diameter].into_iter().find(|p| p.name() == name)
    }
}

/// A node as people see it: never with its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// Number.
    pub id: i64,
    /// Unique name; xDRs and sessions carry it.
    pub name: String,
    /// Protocol.
    pub protocol: NodeProtocol,
    /// IP address, prefix (`10.0.0.0/8`) or Diameter host.
    pub address: String,
    /// Name of its profile.
    pub profile: String,
    /// Whether a secret is stored.
    pub has_secret: bool,
    /// Further settings by name.
    pub settings: BTreeMap<String, String>,
    /// Whether it may talk to us.
    pub enabled: bool,
}

/// A node as an administrator writes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeForm {
    /// Unique name.
    pub name: String,
    /// Protocol.
    pub protocol: NodeProtocol,
    /// IP address, prefix or Diameter host.
    pub address: String,
    /// Name of its profile.
    #[serde(default)]
    pub profile: String,
    /// Shared secret; `None` keeps the stored one.
    #[serde(default)]
    pub secret: Option<SecretText>,
    /// Further settings by name.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Whether it may talk to us.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn yes() -> bool {
    true
}

fn view(row: NodeRow) -> Option<Node> {
    Some(Node {
        id: row.id,
        protocol: NodeProtocol::parse(&row.protocol)?,
        has_secret: row.secret.is_some(),
        settings: serde_json::from_str(&row.settings).unwrap_or_default(),
        name: row.name,
        address: row.address,
        profile: row.profile,
        enabled: row.enabled,
    })
}

impl Office {
    /// All nodes by name.
    pub fn nodes(&self) -> Result<Vec<Node>, OfficeError> {
        Ok(self.store().nodes()?.into_iter().filter_map(view).collect())
    }

    /// A node by number.
    pub fn node(&self, id: i64) -> Result<Node, OfficeError> {
        let row = self.store().node(id)?;
        row.and_then(view).ok_or_else(|| OfficeError::not_found("node", id))
    }

    /// Adds a node; answers its number.
    pub fn create_node(&self, actor: &Actor, form: NodeForm) -> Result<i64, OfficeError> {
        if self.store().nodes()?.len() >= NODES_MOST {
            return Err(OfficeError::Conflict(format!("there are {NODES_MOST} nodes already")));
        }
        let has_certificate = form.settings.contains_key(CERTIFICATE_SETTING);
        if form.protocol == NodeProtocol::Radius && form.secret.is_none() && !has_certificate {
            return Err(OfficeError::field("secret", "a RADIUS node has a shared secret"));
        }
        self.save_node(actor, 0, form, None, "node/created")
    }

    /// Replaces a node; its secret stays when the form has none.
    pub fn update_node(&self, actor: &Actor, id: i64, form: NodeForm) -> Result<(), OfficeError> {
        let _order = self.change_records(None);
        let stored = self.store().node(id)?.ok_or_else(|| OfficeError::not_found("node", id))?;
        self.save_node(actor, id, form, stored.secret, "node/changed")?;
        Ok(())
    }

    /// Removes a node: it is a stranger from now on.
    pub fn remove_node(&self, actor: &Actor, id: i64) -> Result<(), OfficeError> {
        actor.allow_installation()?;
        let node = self.node(id)?;
        if !self.store().remove_node(id)? {
            return Err(OfficeError::not_found("node", id));
        }
        self.reload_nodes()?;
        self.note(actor, "node/removed", &node.name, &node.address)
    }

    fn save_node(
        &self,
        actor: &Actor,
        id: i64,
        form: NodeForm,
        kept_secret: Option<Vec<u8>>,
        action: &'static str,
    ) -> Result<i64, OfficeError> {
        actor.allow_installation()?;
        let form = checked(form)?;
        let settings =
            serde_json::to_string(&form.settings).map_err(|e| OfficeError::Store(e.to_string()))?;
        let (name, address) = (form.name.clone(), form.address.clone());
        let row = NodeRow {
            id,
            name: form.name,
            protocol: form.protocol.name().to_owned(),
            address: form.address,
            profile: form.profile,
            secret: form.secret.map(|s| self.secrets().seal(s.expose().as_bytes())).or(kept_secret),
            settings,
            enabled: form.enabled,
            created_at: self.now(),
        };
        let saved = self.store().save_node(row)?;
        let id = saved.ok_or_else(|| OfficeError::Conflict(format!("there is a node {name} already")))?;
        self.reload_nodes()?;
        self.note(actor, action, &name, &address)?;
        Ok(id)
    }

    /// The nodes as the front doors see them. Read from memory after the first time.
    pub fn node_table(&self) -> Arc<NodeTable> {
        if let Some(table) = self.inner.nodes.load_full() {
            return table;
        }
        match self.reload_nodes() {
            Ok(table) => table,
            Err(error) => {
                tracing::error!(%error, "the nodes cannot be read: everybody is a stranger");
                Arc::default()
            }
        }
    }

    fn reload_nodes(&self) -> Result<Arc<NodeTable>, OfficeError> {
        // Two changes at once: whoever reads last swaps last.
        let _order = self.inner.node_reload.lock();
        let rows = self.store().nodes()?;
        let nodes = rows.into_iter().filter_map(|row| {
            let secret = row.secret.as_deref().map(|sealed| self.secrets().unseal(sealed));
            if secret == Some(None) {
                tracing::error!(node = row.name, "the secret of a node cannot be unsealed: wrong key file?");
            }
            let secret = secret.flatten().unwrap_or_default();
            let node = view(row)?;
            Some(NetworkNode { node, secret })
        });
        let table = Arc::new(NodeTable::new(nodes.collect()));
        self.inner.nodes.store(Some(table.clone()));
        Ok(table)
    }
}

fn checked(mut form: NodeForm) -> Result<NodeForm, OfficeError> {
    form.name = form.name.trim().to_owned();
    form.address = form.address.trim().to_owned();
    form.secret = form.secret.filter(|secret| !secret.expose().is_empty());
    let mut errors = Vec::new();
    if form.name.is_empty() || form.name.len() > TEXT_MOST || form.name.contains(char::is_control) {
        errors.push(FieldError::new("name", "has 1 to 255 characters"));
    }
    match form.protocol {
        NodeProtocol::Radius if table::prefix(&form.address).is_none() => {
            errors.push(FieldError::new("address", "is an IP address or a prefix such as 10.0.0.0/8"));
        }
        NodeProtocol::Diameter if !is_host(&form.address) => {
            errors.push(FieldError::new("address", "is the peer's Origin-Host, such as pgw1.example.net"));
        }
        _ => {}
    }
    if form.profile.len() > TEXT_MOST {
        errors.push(FieldError::new("profile", "has at most 255 characters"));
    }
    if form.secret.as_ref().is_some_and(|secret| secret.expose().len() > TEXT_MOST) {
        errors.push(FieldError::new("secret", "has at most 255 octets"));
    }
    let long = |(name, value): (&String, &String)| name.len() > TEXT_MOST || value.len() > TEXT_MOST;
    if form.settings.len() > SETTINGS_MOST || form.settings.iter().any(long) {
        errors.push(FieldError::new("settings", "at most 64 of at most 255 characters each"));
    }
    if errors.is_empty() { Ok(form) } else { Err(OfficeError::Invalid(errors)) }
}

fn is_host(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !text.is_empty() && text.len() <= TEXT_MOST && text.chars().all(allowed)
}
