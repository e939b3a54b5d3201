//! Where a PostgreSQL database is: `postgres://user:password@host:5432/talea`, or `postgres:///talea?host=/run/postgresql` for a server
//! of this machine. Its password is never shown.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use tokio_postgres::config::{Config, Host};

/// How the server's list of connections calls ours.
const APPLICATION: &str = "talea";
/// Where Debian's servers have their socket.
const USUAL_SOCKETS: &str = "/var/run/postgresql";
/// What stands for a password where an address is shown.
const HIDDEN: &str = "***";

/// The address of a database.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseUrl {
    shown: String,
    text: String,
    config: Box<Config>,
}

/// Why an address cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a database is named like postgres://user:password@host:5432/talea, or postgres:///talea?host=/run/postgresql"
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
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(NotADatabase);
        }
        let mut config: Config = text.parse().map_err(|_| NotADatabase)?;
        config.application_name(APPLICATION);
        if config.get_hosts().is_empty() {
            config.host_path(USUAL_SOCKETS);
        }
        // Parameters may hold a password, too: none are shown but the host's directory.
        let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let place = place.rsplit_once('@').map_or(place.to_owned(), |(user, place)| {
            let user = user.split_once(':').map_or(user.to_owned(), |(user, _)| format!("{user}:{HIDDEN}"));
            format!("{user}@{place}")
        });
        let host = parameters.split('&').find(|parameter| parameter.starts_with("host="));
        let host = host.map_or_else(String::new, |host| format!("?{host}"));
        Ok(Self {
            shown: format!("{scheme}://{place}{host}"),
            text: text.to_owned(),
            config: Box::new(config),
        })
    }
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
