//! SQLite's side: values bound one by one, nothing copied; transactions that are on disk when they end, or not.

use super::{Bound, Cell, DatabaseError, Params, Result};
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Bound::Null(_) | Bound::Blobs(_) => ValueRef::Null,
            Bound::Integer(value) => ValueRef::Integer(value),
            Bound::Text(text) => ValueRef::Text(text.as_bytes()),
            Bound::Blob(octets) => ValueRef::Blob(octets),
        }))
    }
}

fn bind(statement: &mut rusqlite::Statement<'_>, params: &impl Params) -> Result<()> {
    let mut number = 0;
    params.each(&mut |value| {
        number += 1;
        if let Bound::Blobs(_) = value {
            return Err(DatabaseError::Value);
        }
        Ok(statement.raw_bind_parameter(number, value)?)
    })?;
    let expected = statement.parameter_count();
    if number != expected {
        return Err(rusqlite::Error::InvalidParameterCount(number, expected).into());
    }
    Ok(())
}

pub fn execute(statement: &mut rusqlite::Statement<'_>, params: &impl Params) -> Result<usize> {
    bind(statement, params)?;
    Ok(statement.raw_execute()?)
}

pub fn query<'s>(
    statement: &'s mut rusqlite::Statement<'_>,
    params: &impl Params,
) -> Result<rusqlite::Rows<'s>> {
    bind(statement, params)?;
    Ok(statement.raw_query())
}

pub fn cell<'a>(row: &'a rusqlite::Row<'_>, column: usize) -> Result<Cell<'a>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(value) => Cell::Integer(value),
        ValueRef::Text(text) => {
            Cell::Text(std::str::from_utf8(text).map_err(|_| DatabaseError::Column(column))?.into())
        }
        ValueRef::Blob(octets) => Cell::Blob(octets),
        ValueRef::Real(_) => return Err(DatabaseError::Column(column)),
    })
}

/// Whether the next transactions are on disk when they end, or a power cut may take the last ones of them (in order).
pub fn begin(connection: &rusqlite::Connection, durable: bool) -> Result<()> {
    let mut statement = connection.prepare_cached(if durable {
        "PRAGMA synchronous = FULL"
    } else {
        "PRAGMA synchronous = NORMAL"
    })?;
    statement.execute([])?;
    Ok(connection.execute_batch("BEGIN IMMEDIATE")?)
}
