//! Configuration: one TOML file, overridden by environment variables, overridden by the command line.
//!
//! Every field has a default, so that `talea serve` works with no file at all. A file that cannot be used ends the start with
//! one sentence that names the file, the field and the reason.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use store::DatabaseUrl;

/// Everything an installation can set outside the portal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Data directory.
    pub data: PathBuf,
    /// PostgreSQL database; none = the embedded one in the data directory.
    pub database: Option<DatabaseUrl>,
    /// Takes that database over from another process (command line only).
    #[serde(skip)]
    pub take_over: bool,
    /// Shown in the staff portal's top bar: `production`, `test`.
    pub environment: String,
    /// Lets `POST /api/v1/dev/clock` move the time forward.
    pub dev: bool,
    /// HTTP listeners.
    pub http: Http,
    /// RADIUS listeners.
    pub radius: Radius,
    /// Diameter listeners and identity.
    pub diameter: Diameter,
    /// Engine.
    pub engine: Engine,
    /// Logs.
    pub log: Log,
    /// Settings of connectors by name, such as `[connectors.minerva] url = "..."`.
    pub connectors: BTreeMap<String, BTreeMap<String, String>>,
}

/// HTTP listeners.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Staff portal, API, metrics and health.
    pub staff: SocketAddr,
    /// Self-care portal.
    pub selfcare: SocketAddr,
    /// Where subscribers reach the self-care portal, such as `https://my.example.net`: staff are sent there to look as a customer.
    /// Empty: where it listens.
    pub selfcare_url: String,
    /// Cookies are sent over HTTPS only; set it behind a TLS proxy.
    pub secure_cookies: bool,
}

/// RADIUS listeners, and what the operator knows of his devices.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Radius {
    /// Authentication.
    pub authentication: SocketAddr,
    /// Accounting.
    pub accounting: SocketAddr,
    /// Dictionaries in FreeRADIUS's format, on top of the shipped ones; read again when they change.
    pub dictionaries: Vec<PathBuf>,
    /// Directory of profiles, on top of the shipped ones; read again when they change.
    pub profiles: Option<PathBuf>,
    /// RADIUS over TLS; not served when left out.
    pub tls: Option<RadiusTls>,
}

/// RADIUS over TLS.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RadiusTls {
    /// Usually port 2083.
    pub listen: SocketAddr,
    /// PEM file with our certificate and the intermediate ones behind it.
    pub certificate: PathBuf,
    /// PEM file with its key.
    pub key: PathBuf,
    /// PEM file with the authorities that sign certificates of nodes.
    #[serde(default)]
    pub authorities: Option<PathBuf>,
    /// PEM file with their revocation lists.
    #[serde(default)]
    pub revoked: Option<PathBuf>,
    /// Whether a list past the date of its next update vouches for nobody any more.
    #[serde(default)]
    pub refuse_outdated_lists: bool,
}

impl Radius {
    /// As the front door wants it.
    pub fn doors(&self) -> front_radius::Config {
        let mut doors = front_radius::Config::new(self.authentication, self.accounting);
        doors.tls = self.tls.clone().map(|tls| front_radius::TlsConfig {
            listen: tls.listen,
            certificate: tls.certificate,
            key: tls.key,
            authorities: tls.authorities,
            revoked: tls.revoked,
            refuse_outdated: tls.refuse_outdated_lists,
        });
        doors
    }

    /// The operator's own files.
    pub fn sources(&self) -> front_radius::Sources {
        front_radius::Sources { dictionaries: self.dictionaries.clone(), profiles: self.profiles.clone() }
    }
}

/// Diameter listeners and identity.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Diameter {
    /// Listeners on TCP.
    pub listen: Vec<SocketAddr>,
    /// Diameter over TLS; not served when left out.
    pub tls: Option<DiameterTls>,
    /// Listeners on SCTP, where the kernel has it.
    pub sctp_listen: Vec<SocketAddr>,
    /// Peers that we dial, beside those that dial us: their Origin-Host and address.
    pub connect: Vec<DiameterDial>,
    /// Our Origin-Host.
    pub host: String,
    /// Our Origin-Realm.
    pub realm: String,
    /// Directory of profiles, on top of the shipped ones; read again when they change.
    pub profiles: Option<PathBuf>,
    /// Zones of visited networks, of RADIUS gateways too, such as `home = ["65510", "2783"]`: beginnings of mobile codes and switch numbers.
    pub zones: BTreeMap<String, Vec<String>>,
}

/// Diameter over TLS, before the first message (RFC 6733 13.1).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiameterTls {
    /// Usually port 5658; left out: only peers that we dial are spoken to over TLS.
    #[serde(default)]
    pub listen: Vec<SocketAddr>,
    /// PEM file with our certificate and the intermediate ones behind it.
    pub certificate: PathBuf,
    /// PEM file with its key.
    pub key: PathBuf,
    /// PEM file with the authorities that sign certificates of peers; then a peer must show one that names its Origin-Host.
    #[serde(default)]
    pub authorities: Option<PathBuf>,
    /// PEM file with their revocation lists.
    #[serde(default)]
    pub revoked: Option<PathBuf>,
    /// Whether a list past the date of its next update vouches for nobody any more.
    #[serde(default)]
    pub refuse_outdated_lists: bool,
}

/// A Diameter peer that we dial over TCP or TLS.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiameterDial {
    /// Its Origin-Host, which must be a node's.
    pub host: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// Over TLS, with certificate, key and authorities of `[diameter.tls]`.
    #[serde(default)]
    pub tls: bool,
}

impl Diameter {
    /// As the front door wants it.
    pub fn doors(&self) -> front_diameter::Config {
        let mut doors = front_diameter::Config::new(&self.host, &self.realm);
        doors.listen.clone_from(&self.listen);
        doors.sctp_listen.clone_from(&self.sctp_listen);
        doors.zones.clone_from(&self.zones);
        let dial = |DiameterDial { host, address, tls }: &DiameterDial| front_diameter::Dial {
            host: host.clone(),
            address: *address,
            tls: *tls,
        };
        doors.connect = self.connect.iter().map(dial).collect();
        if let Some(tls) = self.tls.clone() {
            doors.tls_listen = tls.listen;
            doors.tls = Some(front_diameter::TlsFiles {
                certificate: tls.certificate,
                key: tls.key,
                authorities: tls.authorities,
                revoked: tls.revoked,
                refuse_outdated: tls.refuse_outdated_lists,
            });
        }
        doors
    }
}

/// Engine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Engine {
    /// Engine threads; 0 = half the cores.
    pub threads: usize,
    /// Customers kept in memory.
    pub loaded_customers: usize,
}

/// Logs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `text` or `json`.
    pub format: LogFormat,
    /// Filter such as `info` or `info,front_radius=debug`.
    pub level: String,
}

/// Form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), port)
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("./talea-data"),
            database: None,
            take_over: false,
            environment: "production".to_owned(),
            dev: false,
            http: Http::default(),
            radius: Radius::default(),
            diameter: Diameter::default(),
            engine: Engine::default(),
            log: Log::default(),
            connectors: BTreeMap::new(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        let (staff, selfcare) = (loopback(8080), loopback(8081));
        Self { staff, selfcare, selfcare_url: String::new(), secure_cookies: false }
    }
}

impl Default for Radius {
    fn default() -> Self {
        Self {
            authentication: loopback(1812),
            accounting: loopback(1813),
            dictionaries: Vec::new(),
            profiles: None,
            tls: None,
        }
    }
}

impl Default for Diameter {
    fn default() -> Self {
        Self {
            listen: vec![loopback(3868)],
            tls: None,
            sctp_listen: Vec::new(),
            connect: Vec::new(),
            host: "ocs.talea.local".to_owned(),
            realm: "talea.local".to_owned(),
            profiles: None,
            zones: BTreeMap::new(),
        }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self { threads: 0, loaded_customers: 1_000_000 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".to_owned() }
    }
}

/// Why the configuration cannot be used; one sentence.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {path} cannot be read: {reason}")]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
    /// The file says something that is not understood.
    #[error("the configuration file {path} is wrong at line {line}: {reason}")]
    Wrong {
        /// Which.
        path: String,
        /// Line, from 1.
        line: usize,
        /// Field and reason.
        reason: String,
    },
    /// An environment variable says something that is not understood.
    #[error("the environment variable {name} is wrong: {reason}")]
    Variable {
        /// Which.
        name: String,
        /// Why.
        reason: String,
    },
}

/// Prefix of environment variables: `TALEA_HTTP__STAFF` sets `http.staff`.
const PREFIX: &str = "TALEA_";

impl Config {
    /// Reads the file, if one is named, and applies the environment.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut table = match file {
            Some(path) => read_table(path)?,
            None => toml::Table::new(),
        };
        // Checked before the environment is laid over it, so that a mistake is reported with its line in the file.
        for (name, value) in environment {
            let Some(path) = name.strip_prefix(PREFIX) else { continue };
            let keys: Vec<String> = path.split("__").map(str::to_lowercase).collect();
            put(&mut table, &keys, &value)
                .map_err(|reason| ConfigError::Variable { name: name.clone(), reason })?;
            if let Err(error) = Self::deserialize(table.clone()) {
                return Err(ConfigError::Variable { name, reason: error.message().to_owned() });
            }
        }
        let origin = file.map_or_else(|| "(none)".to_owned(), |p| p.display().to_string());
        Self::deserialize(table).map_err(|error| ConfigError::Wrong {
            path: origin,
            line: 1,
            reason: error.message().to_owned(),
        })
    }
}

fn read_table(path: &Path) -> Result<toml::Table, ConfigError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::Unreadable { path: shown.clone(), reason: error.to_string() })?;
    let wrong = |error: toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).map_or(1, |before| before.matches('\n').count() + 1);
        ConfigError::Wrong { path: shown.clone(), line, reason: error.message().to_owned() }
    };
    toml::from_str::<Config>(&text).map_err(wrong)?;
    toml::from_str(&text).map_err(wrong)
}

/// Sets `keys` to a value: as a TOML value when the text is one (numbers, true, lists), else as a string.
fn put(table: &mut toml::Table, keys: &[String], value: &str) -> Result<(), String> {
    let (last, path) = keys.split_last().ok_or("names no field")?;
    let mut inner = table;
    for key in path {
        let entry = inner.entry(key.clone()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        inner = entry.as_table_mut().ok_or_else(|| format!("{key} is not a section"))?;
    }
    let parsed = toml::from_str::<toml::Table>(&format!("v = {value}")).ok().and_then(|mut t| t.remove("v"));
    inner.insert(last.clone(), parsed.unwrap_or_else(|| toml::Value::String(value.to_owned())));
    Ok(())
}
