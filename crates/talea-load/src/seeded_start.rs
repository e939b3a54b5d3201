//! A server on books with customers in them: made once, copied for each run that changes them.

use crate::LoadError;
use crate::server_process::{self, ServerProcess, Start};
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::DatabaseUrl;
use tempfile::TempDir;

/// A directory with customers in it, and how to start a server there.
#[derive(Debug)]
pub struct SeededStart {
    /// How to start it.
    pub start: Start,
    /// What making the customers took; nothing when they were there.
    pub took: Duration,
    _directory: TempDir,
}

impl SeededStart {
    /// Makes the customers, or copies them from `seeded`, where they are made first when it is empty.
    ///
    /// # Errors
    /// They cannot be made or copied.
    pub fn new(
        program: Option<PathBuf>,
        database: Option<DatabaseUrl>,
        customers: u32,
        seeded: Option<&Path>,
    ) -> Result<Self, LoadError> {
        let directory = tempfile::tempdir().map_err(LoadError::io("a temporary directory"))?;
        let program = program.map_or_else(server_process::find_program, Ok)?;
        let data = directory.path().to_owned();
        let start =
            Start { program, data, database, customers, due: 0, echo: false, hot: false, ports: None };
        let took = fill(&start, seeded)?;
        Ok(Self { start, took, _directory: directory })
    }
}

/// Fills the directory in which the server will work; gives what making the customers took.
///
/// # Errors
/// They cannot be made or copied.
pub fn fill(start: &Start, seeded: Option<&Path>) -> Result<Duration, LoadError> {
    let made_in = seeded.unwrap_or(&start.data);
    let reading = || LoadError::io(made_in.display().to_string());
    std::fs::create_dir_all(made_in).map_err(reading())?;
    let mut took = Duration::ZERO;
    if std::fs::read_dir(made_in).map_err(reading())?.next().is_none() {
        let server = ServerProcess::start(&Start { data: made_in.to_owned(), ..start.clone() })?;
        took = server.took();
        server.stop()?;
    }
    if made_in != start.data {
        server_process::copy_books(made_in, &start.data)?;
    }
    Ok(took)
}
