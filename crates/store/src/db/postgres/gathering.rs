//! Rows of one statement that go to the server together: one list for each column, encoded as they come.

use super::super::{Bound, DatabaseError, Kind, Params, Result, dialect};
use super::encoding;
use bytes::{BufMut, BytesMut};
use foldhash::quality::FixedState;
use hashbrown::HashSet;
use std::error::Error;
use std::hash::{BuildHasher, Hash, Hasher};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// Rows that wait.
pub(super) struct Gathered {
    sql: &'static str,
    statement: Option<tokio_postgres::Statement>,
    columns: Vec<Column>,
    /// So many first columns are the key by which a row replaces an older one.
    key_columns: usize,
    /// Digests of the keys that wait.
    keys: HashSet<u64, FixedState>,
}

/// One column of them: each value with its length in front, as PostgreSQL's arrays have it.
#[derive(Debug)]
struct Column {
    kind: Kind,
    rows: i32,
    absent: bool,
    octets: BytesMut,
}

impl Gathered {
    /// For rows like this one.
    pub fn new(sql: &'static str, like: &[Bound<'_>]) -> Self {
        let column = |value: &Bound<'_>| Column {
            kind: value.kind(),
            rows: 0,
            absent: false,
            octets: BytesMut::new(),
        };
        let columns = like.iter().map(column).collect();
        Self { sql, statement: None, columns, key_columns: key_columns(sql), keys: HashSet::default() }
    }

    pub fn sql(&self) -> &'static str {
        self.sql
    }

    /// Whether it changes rows that are there, instead of writing whole ones.
    pub fn changes(&self) -> bool {
        self.sql.starts_with("UPDATE")
    }

    pub fn is_empty(&self) -> bool {
        self.columns.iter().all(|column| column.rows == 0)
    }

    /// Whether a row of this key, or one that looks like it, waits already: one statement cannot write a row twice.
    pub fn repeats(&mut self, row: &impl Params) -> Result<bool> {
        if self.key_columns == 0 {
            return Ok(false);
        }
        let (mut hasher, mut left) = (FixedState::default().build_hasher(), self.key_columns);
        row.each(&mut |value| {
            if left > 0 {
                left -= 1;
                match value {
                    Bound::Integer(number) => number.hash(&mut hasher),
                    Bound::Text(text) => text.hash(&mut hasher),
                    Bound::Blob(octets) => octets.hash(&mut hasher),
                    Bound::Null(_) | Bound::Blobs(_) => {}
                }
            }
            Ok(())
        })?;
        Ok(!self.keys.insert(hasher.finish()))
    }

    pub fn add(&mut self, row: &impl Params) -> Result<()> {
        let mut columns = self.columns.iter_mut();
        row.each(&mut |value| columns.next().ok_or(DatabaseError::Value)?.add(value))
    }

    pub fn clear(&mut self) {
        self.keys.clear();
        for column in &mut self.columns {
            (column.rows, column.absent) = (0, false);
            column.octets.clear();
        }
    }

    pub fn text(&self) -> Option<String> {
        let names: Vec<&str> = self.columns.iter().map(|column| name(column.kind)).collect();
        dialect::of_many_rows(self.sql, &names)
    }

    pub fn types(&self) -> Vec<Type> {
        let list = |column: &Column| match column.kind {
            Kind::Integer => Type::INT8_ARRAY,
            Kind::Text => Type::TEXT_ARRAY,
            Kind::Blob | Kind::Blobs => Type::BYTEA_ARRAY,
        };
        self.columns.iter().map(list).collect()
    }

    pub fn statement(&self) -> Option<tokio_postgres::Statement> {
        self.statement.clone()
    }

    pub fn keep(&mut self, statement: tokio_postgres::Statement) -> tokio_postgres::Statement {
        self.statement.insert(statement).clone()
    }

    pub fn lists(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.columns.iter().map(|column| column as _).collect()
    }
}

/// The columns named where a row that is there is replaced or changed; they are the first ones of the row, too.
fn key_columns(sql: &str) -> usize {
    if let Some((_, key)) = sql.split_once(" AS posted") {
        return key.matches(" = posted.").count();
    }
    let key = sql.split_once("ON CONFLICT (").and_then(|(_, rest)| rest.split_once(')'));
    key.map_or(0, |(columns, _)| columns.split(',').count())
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "bigint",
        Kind::Text => "text",
        Kind::Blob | Kind::Blobs => "bytea",
    }
}

impl Column {
    fn add(&mut self, value: Bound<'_>) -> Result<()> {
        self.rows += 1;
        match value {
            Bound::Null(_) => {
                self.absent = true;
                self.octets.put_i32(-1);
            }
            Bound::Integer(number) => {
                self.octets.put_i32(8);
                self.octets.put_i64(number);
            }
            Bound::Text(text) => self.put(encoding::text(text).as_bytes())?,
            Bound::Blob(octets) => self.put(octets)?,
            Bound::Blobs(_) => return Err(DatabaseError::Value),
        }
        Ok(())
    }

    fn put(&mut self, octets: &[u8]) -> Result<()> {
        self.octets.put_i32(i32::try_from(octets.len()).map_err(|_| DatabaseError::Value)?);
        self.octets.put_slice(octets);
        Ok(())
    }
}

impl ToSql for Column {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn Error + Sync + Send>> {
        let element = match self.kind {
            Kind::Integer => Type::INT8,
            Kind::Text => Type::TEXT,
            Kind::Blob | Kind::Blobs => Type::BYTEA,
        };
        // One dimension, whether values are absent, of what, how many, counted from 1.
        out.put_i32(1);
        out.put_i32(self.absent.into());
        out.put_u32(element.oid());
        out.put_i32(self.rows);
        out.put_i32(1);
        out.put_slice(&self.octets);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
