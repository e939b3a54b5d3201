//! One face for the two databases: connections, statements, rows and transactions as the rest of this crate uses them.
//!
//! There is one copy of the SQL. It stays in what both databases understand; the little that differs is turned over by [`dialect`]
//! once for each statement that is kept. Must not know: tables, what a statement is for.

pub(crate) mod dialect;
pub(crate) mod postgres;
mod socket;
pub(crate) mod sqlite;
pub(crate) mod tls;
mod value;

use std::ops::Deref;
pub(crate) use value::{Blobs, Bound, Cell, FromSql, Kind, Params, ToSql, Value};

/// What went wrong with a statement.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// SQLite says so.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL says so, or the way to it is broken.
    #[error("{}", with_cause(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// The server cannot be reached.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The server did not answer in time; what became of the question is not known.
    #[error("the server does not answer")]
    Silent,
    /// A statement of the transaction failed, so none of it can be done.
    #[error("a statement before it failed")]
    Undone,
    /// A row was asked for and there is none.
    #[error("there is no such row")]
    NoRow,
    /// A column is of another type than was asked for.
    #[error("column {0} has another type")]
    Column(usize),
    /// A value that this database cannot take.
    #[error("a value of this kind cannot be given to this database")]
    Value,
}

pub(crate) type Result<T> = std::result::Result<T, DatabaseError>;

impl DatabaseError {
    /// The connection is of no use any more, and what became of the statement is not known.
    pub(crate) fn is_lost(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Silent => true,
            Self::Postgres(error) => match error.code() {
                // Connection exceptions; ended by an administrator, by a crash, while starting.
                Some(code) => code.code().starts_with("08") || code.code().starts_with("57P"),
                None => error.is_closed() || is_io(error),
            },
            _ => false,
        }
    }
}

/// The client library tells the kind of an error, and its cause what it is about.
fn with_cause(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>())
}

/// `None` where there is no row.
pub(crate) trait OptionalExtension<T> {
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalExtension<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(DatabaseError::NoRow) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A connection to one of the two.
pub(crate) enum Connection {
    Sqlite(rusqlite::Connection),
    Postgres(Box<postgres::Connection>),
}

impl Connection {
    /// A statement that is kept for the next time.
    pub fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>> {
        Ok(match self {
            Self::Sqlite(connection) => Statement::Sqlite(connection.prepare_cached(sql)?),
            Self::Postgres(connection) => Statement::Postgres(connection.statement(sql)),
        })
    }

    pub fn execute(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.prepare_cached(sql)?.execute(params)
    }

    pub fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.prepare_cached(sql)?.query_row(params, read)
    }

    /// Any number of statements without values.
    pub fn execute_batch(&self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Self::Postgres(connection) => connection.execute_batch(sql),
        }
    }

    /// Writes a row and does not tell how many were: `INSERT ... VALUES (?1, ..., ?n) ...`, the numbers in this order. On PostgreSQL rows
    /// of the same text gather and go there together before the next other statement. A row that is there is changed with
    /// `UPDATE ... FROM (VALUES (?1, ..., ?n)) AS posted WHERE ... = posted.column1 ...`, behind the rows that gather.
    pub fn post(&self, sql: &'static str, params: impl Params) -> Result<()> {
        match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                sqlite::execute(&mut statement, &params).map(|_| ())
            }
            Self::Postgres(connection) => connection.post(sql, &params),
        }
    }

    /// Sends what was posted.
    pub fn send_posts(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => connection.send_posts(),
        }
    }

    /// Whether [`Connection::post`] gathers, so that a statement whose count is asked for costs a question of its own.
    pub fn gathers(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Begins a transaction. What is not durable may be taken by a loss of power, in order.
    pub fn begin(&self, durable: bool) -> Result<Transaction<'_>> {
        match self {
            Self::Sqlite(connection) => sqlite::begin(connection, durable)?,
            Self::Postgres(connection) => connection.begin(durable)?,
        }
        Ok(Transaction { connection: self, open: true })
    }

    /// For work that goes through whole tables: from now on a server may take so long to answer, and is not to mind rests.
    pub fn be_patient(&self, patience: std::time::Duration) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => connection.be_patient(patience),
        }
    }

    /// Whether the way to the server is broken; looks whether it has ended meanwhile.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(connection) => connection.is_lost(),
        }
    }

    /// The server's name for this connection, where there is a server.
    pub fn name(&self) -> String {
        match self {
            Self::Sqlite(_) => String::new(),
            Self::Postgres(connection) => connection.name().to_owned(),
        }
    }

    /// The server's, where there is one.
    pub fn postgres(&mut self) -> Option<&mut postgres::Connection> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(connection) => Some(connection),
        }
    }

    /// The same to be changed.
    pub fn sqlite_mut(&mut self) -> Option<&mut rusqlite::Connection> {
        match self {
            Self::Sqlite(connection) => Some(connection),
            Self::Postgres(_) => None,
        }
    }

    /// The embedded one, where it is.
    pub fn sqlite(&self) -> Option<&rusqlite::Connection> {
        match self {
            Self::Sqlite(connection) => Some(connection),
            Self::Postgres(_) => None,
        }
    }
}

/// A transaction; undone when it is dropped.
pub(crate) struct Transaction<'c> {
    connection: &'c Connection,
    open: bool,
}

impl Transaction<'_> {
    pub fn commit(mut self) -> Result<()> {
        if let Connection::Postgres(connection) = self.connection {
            // Otherwise the server would undo everything and call that done.
            connection.send_posts()?;
            connection.must_be_whole()?;
        }
        self.open = false;
        let result = self.connection.execute_batch("COMMIT");
        if result.is_err() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        result
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        if let Connection::Postgres(connection) = self.connection {
            connection.forget_posts();
        }
        if let Err(error) = self.connection.execute_batch("ROLLBACK") {
            tracing::debug!(%error, "rollback");
        }
    }
}

/// A prepared statement.
pub(crate) enum Statement<'c> {
    Sqlite(rusqlite::CachedStatement<'c>),
    Postgres(postgres::Statement<'c>),
}

impl Statement<'_> {
    /// How many rows were changed.
    pub fn execute(&mut self, params: impl Params) -> Result<usize> {
        match self {
            Self::Sqlite(statement) => sqlite::execute(statement, &params),
            Self::Postgres(statement) => statement.execute(&params),
        }
    }

    /// The first row; an error when there is none.
    pub fn query_row<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut rows = self.query(params)?;
        let row = rows.next()?.ok_or(DatabaseError::NoRow)?;
        read(&row)
    }

    pub fn exists(&mut self, params: impl Params) -> Result<bool> {
        Ok(self.query(params)?.next()?.is_some())
    }

    pub fn query(&mut self, params: impl Params) -> Result<Rows<'_>> {
        Ok(match self {
            Self::Sqlite(statement) => Rows::Sqlite(sqlite::query(statement, &params)?),
            Self::Postgres(statement) => {
                Rows::Postgres { rows: statement.query(&params)?.into_iter(), current: None }
            }
        })
    }

    pub fn query_map<T, F: FnMut(&Row<'_>) -> Result<T>>(
        &mut self,
        params: impl Params,
        read: F,
    ) -> Result<Mapped<'_, F>> {
        Ok(Mapped { rows: self.query(params)?, read })
    }
}

/// Rows one after the other.
pub(crate) enum Rows<'s> {
    Sqlite(rusqlite::Rows<'s>),
    Postgres { rows: std::vec::IntoIter<tokio_postgres::Row>, current: Option<tokio_postgres::Row> },
}

impl Rows<'_> {
    pub fn next(&mut self) -> Result<Option<Row<'_>>> {
        match self {
            Self::Sqlite(rows) => Ok(rows.next()?.map(Row::Sqlite)),
            Self::Postgres { rows, current } => {
                *current = rows.next();
                Ok(current.as_ref().map(Row::Postgres))
            }
        }
    }
}

/// Rows as what they are read as.
pub(crate) struct Mapped<'s, F> {
    rows: Rows<'s>,
    read: F,
}

impl<T, F: FnMut(&Row<'_>) -> Result<T>> Iterator for Mapped<'_, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.rows.next() {
            Ok(Some(row)) => Some((self.read)(&row)),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

/// One row.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

/// The number of a column, from 0.
pub(crate) trait Column {
    fn number(self) -> usize;
}

impl Column for usize {
    fn number(self) -> usize {
        self
    }
}

impl Row<'_> {
    pub fn get<C: Column, T: FromSql>(&self, column: C) -> Result<T> {
        let column = column.number();
        let cell = match self {
            Self::Sqlite(row) => sqlite::cell(row, column)?,
            Self::Postgres(row) => row.try_get::<_, Cell<'_>>(column)?,
        };
        T::read(cell).ok_or(DatabaseError::Column(column))
    }
}

/// Values of a statement, of any types: many callers give mixed ones, and a slice needs one type.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$value as &dyn $crate::db::ToSql),*] as &[&dyn $crate::db::ToSql]
    };
}
pub(crate) use params;

#[cfg(test)]
mod tests;
