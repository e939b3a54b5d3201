//! Which database a test's world has: the embedded one in its directory, or one of the private server when the whole run is to be on
//! PostgreSQL (`TALEA_TEST_DATABASE=postgres`).

use super::{PostgresError, Server};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The environment variable, and what it says: that a private server is wanted, or (to a test's other process) which database.
const VARIABLE: &str = "TALEA_TEST_DATABASE";
const POSTGRES: &str = "postgres";
const URL: &str = "postgres:";

/// Whether this run's worlds are on PostgreSQL.
pub fn is_wanted() -> bool {
    std::env::var(VARIABLE).is_ok_and(|value| value.starts_with(POSTGRES))
}

/// For the process of a test that works in a directory's world, too: the variable and what it says there.
///
/// # Errors
/// As [`wanted`].
pub fn for_another_process(directory: &Path) -> Result<Option<(&'static str, String)>, PostgresError> {
    Ok(wanted(directory)?.map(|url| (VARIABLE, url)))
}

/// The URL of the database that stands for a data directory in this run; the same one for the same directory, so that a world can be
/// opened again. `None`: the directory itself.
///
/// # Errors
/// [`PostgresError`] when there is no server.
pub fn wanted(directory: &Path) -> Result<Option<String>, PostgresError> {
    static WORLDS: Mutex<BTreeMap<PathBuf, String>> = Mutex::new(BTreeMap::new());
    match std::env::var(VARIABLE) {
        Ok(value) if value == POSTGRES => {}
        // A world's other process works in the same database.
        Ok(value) if value.starts_with(URL) => return Ok(Some(value)),
        _ => return Ok(None),
    }
    let mut worlds = WORLDS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(url) = worlds.get(directory) {
        return Ok(Some(url.clone()));
    }
    let url = Server::shared()?.database()?;
    worlds.insert(directory.to_owned(), url.clone());
    Ok(Some(url))
}
