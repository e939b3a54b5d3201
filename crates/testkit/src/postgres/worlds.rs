//! Which database a test's world has: the embedded one in its directory, or one of the private server when the whole run is to be on
//! PostgreSQL (`TALEA_TEST_DATABASE=postgres`).

use super::{PostgresError, Server};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The environment variable, and what it says.
const VARIABLE: &str = "TALEA_TEST_DATABASE";
const POSTGRES: &str = "postgres";

/// The URL of the database that stands for a data directory in this run; the same one for the same directory, so that a world can be
/// opened again. `None`: the directory itself.
///
/// # Errors
/// [`PostgresError`] when there is no server.
pub fn wanted(directory: &Path) -> Result<Option<String>, PostgresError> {
    static WORLDS: Mutex<BTreeMap<PathBuf, String>> = Mutex::new(BTreeMap::new());
    if std::env::var(VARIABLE).as_deref() != Ok(POSTGRES) {
        return Ok(None);
    }
    let mut worlds = WORLDS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(url) = worlds.get(directory) {
        return Ok(Some(url.clone()));
    }
    let url = Server::shared()?.database()?;
    worlds.insert(directory.to_owned(), url.clone());
    Ok(Some(url))
}
