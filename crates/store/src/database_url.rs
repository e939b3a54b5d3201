//! Where a PostgreSQL database is: `postgres://user:password@host:5432/talea`, or `postgres:///talea?host=/run/postgresql` for a server
//! of this machine. Its password is never shown.
//!
//! `sslmode` is `disable` (the default: a server of this machine or of a private network), `require` or `verify-full`, this one with
//! `sslrootcert=FILE`.

use crate::db::tls::Trust;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use tokio_postgres::config::{Config, Host, SslMode};

/// How the server's list of connections calls ours.
const APPLICATION: &str = "talea";
/// Where Debian's servers have their socket.
const USUAL_SOCKETS: &str = "/var/run/postgresql";
/// What stands for a password where an address is shown.
const HIDDEN: &str = "***";
/// How a connection is protected, and by whose authorities a server proves its name: parameters that are read here.
const MODE: &str = "sslmode";
const AUTHORITIES: &str = "sslrootcert";

/// The address of a database.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseUrl {
    shown: String,
    text: String,
    config: Box<Config>,
    trust: Option<Trust>,
}

/// Why an address cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a database is named like postgres://user:password@host:5432/talea, or postgres:///talea?host=/run/postgresql; \
     sslmode is disable, require, or verify-full with sslrootcert=FILE"
)]
pub struct NotADatabase;

impl DatabaseUrl {
    /// With the password: for another process's command line, never for people.
    pub fn with_password(&self) -> &str {
        &self.text
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Whom a server has to prove to be; `None`: connections are not encrypted.
    pub(crate) fn trust(&self) -> Option<&Trust> {
        self.trust.as_ref()
    }

    pub(crate) fn hosts(&self) -> &[Host] {
        self.config.get_hosts()
    }

    pub(crate) fn ports(&self) -> &[u16] {
        self.config.get_ports()
    }
}

impl FromStr for DatabaseUrl {
    type Err = NotADatabase;

    fn from_str(text: &str) -> Result<Self, NotADatabase> {
        let (scheme, rest) = text.split_once("://").ok_or(NotADatabase)?;
        // A password with a bare ? would look like the beginning of the parameters, and its first part like a host that is shown.
        if rest.split_once('@').is_some_and(|(who, _)| who.contains('?')) {
            return Err(NotADatabase);
        }
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(NotADatabase);
        }
        // Parameters may hold a password, too: none are shown but the host's directory.
        let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (own, others): (Vec<&str>, Vec<&str>) =
            parameters.split('&').filter(|one| !one.is_empty()).partition(|one| is_own(one));
        let trust = trust(&own)?;
        let theirs = if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
        let mut config: Config = format!("{scheme}://{place}{theirs}").parse().map_err(|_| NotADatabase)?;
        config.application_name(APPLICATION);
        config.ssl_mode(if trust.is_some() { SslMode::Require } else { SslMode::Disable });
        if config.get_hosts().is_empty() {
            config.host_path(USUAL_SOCKETS);
        }
        let place = place.rsplit_once('@').map_or(place.to_owned(), |(user, place)| {
            let user = user.split_once(':').map_or(user.to_owned(), |(user, _)| format!("{user}:{HIDDEN}"));
            format!("{user}@{place}")
        });
        let host = others.iter().find(|parameter| parameter.starts_with("host="));
        let host = host.map_or_else(String::new, |host| format!("?{host}"));
        Ok(Self {
            shown: format!("{scheme}://{place}{host}"),
            text: text.to_owned(),
            config: Box::new(config),
            trust,
        })
    }
}

fn is_own(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(name, _)| matches!(name, MODE | AUTHORITIES))
}

/// What `sslmode` and `sslrootcert` ask for.
fn trust(parameters: &[&str]) -> Result<Option<Trust>, NotADatabase> {
    let value = |wanted: &str| {
        let pairs = parameters.iter().filter_map(|one| one.split_once('='));
        pairs.filter(|(name, _)| *name == wanted).map(|(_, value)| value).next_back()
    };
    match (value(MODE), value(AUTHORITIES)) {
        (None | Some("disable"), None) => Ok(None),
        (Some("require"), None) => Ok(Some(Trust::Anybody)),
        // As in the URL's other parts: an octet may be written as % and two digits.
        (Some("verify-full"), Some(file)) => {
            Ok(Some(Trust::Named(decoded(file).ok_or(NotADatabase)?.into())))
        }
        // Whoever names authorities wants them asked.
        _ => Err(NotADatabase),
    }
}

fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut octets = parts.next()?.as_bytes().to_vec();
    for part in parts {
        octets.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        octets.extend_from_slice(part.get(2..)?.as_bytes());
    }
    String::from_utf8(octets).ok()
}

impl TryFrom<String> for DatabaseUrl {
    type Error = NotADatabase;

    fn try_from(text: String) -> Result<Self, NotADatabase> {
        text.parse()
    }
}

/// Without the password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown)
    }
}

#[cfg(test)]
mod tests;
