//! The books of a test's world.

use crate::postgres;
use std::path::Path;
use store::{DatabaseUrl, Entry, NotADatabase, Store, StoreError};

/// Why there are none.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    /// The run is to be on PostgreSQL, and there is none.
    #[error(transparent)]
    Postgres(#[from] postgres::PostgresError),
    /// There is one, and the books cannot be opened.
    #[error("the books of a test: {0}")]
    Store(#[from] StoreError),
    /// The server of the tests told a URL that is none.
    #[error(transparent)]
    Url(#[from] NotADatabase),
}

/// Opens the books of a world: in its directory, or in the database that stands for it when the whole run is on PostgreSQL.
///
/// # Errors
/// [`BooksError`] when there is no server or the books cannot be opened.
pub fn open(directory: &Path) -> Result<Store, BooksError> {
    let database = postgres::wanted(directory)?.map(|url| url.parse::<DatabaseUrl>()).transpose()?;
    Ok(Store::at(directory, database.as_ref(), Entry::WhenFree)?)
}
