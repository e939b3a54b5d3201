//! The tables of the schema, and reading and writing any row of them on either database.

use crate::db::{self, Bound, Cell, Connection, FromSql, Kind, ToSql, Transaction};
use crate::tables_thread::{CHANGED, FOLDED};
use crate::{Store, StoreError, migrate};

/// Rows that belong to a database itself: what its partitions' owner, its schema and its journal are about.
const OWN_TABLE: &str = "partition";
const META: &str = "meta";
const SEQUENCE: &str = "sequence";

/// A table.
pub(super) struct Table {
    pub name: String,
    columns: Vec<(String, Kind)>,
    /// Positions of the columns of its key, in the key's order.
    key: Vec<usize>,
    /// Whether its key is given by the database and never used again.
    counts: bool,
    /// How a row is written. Kept for good: there are as many as tables.
    insert: &'static str,
}

/// A row of any table.
pub(super) type Row = Vec<Given>;

/// A value, or that it is absent.
#[derive(Clone)]
pub(super) struct Given {
    kind: Kind,
    value: Option<db::Value>,
}

impl FromSql for db::Value {
    fn read(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Null => None,
            Cell::Integer(value) => Some(Self::Integer(value)),
            Cell::Text(text) => Some(Self::Text(text.into_owned())),
            Cell::Blob(octets) => Some(Self::Blob(octets.to_vec())),
        }
    }
}

impl ToSql for Given {
    fn bound(&self) -> Bound<'_> {
        self.value.as_ref().map_or(Bound::Null(self.kind), ToSql::bound)
    }
}

/// Every table of the newest schema whose rows move.
pub(super) fn all() -> Result<Vec<Table>, StoreError> {
    let schema = Connection::Sqlite(rusqlite::Connection::open_in_memory().map_err(db::DatabaseError::from)?);
    migrate::migrate(&schema)?;
    let sql = "SELECT name, sql LIKE '%AUTOINCREMENT%' FROM sqlite_schema
               WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> ?1 ORDER BY name";
    let mut statement = schema.prepare_cached(sql)?;
    let names = statement.query_map([OWN_TABLE], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let names: Vec<(String, bool)> = names.collect::<Result<_, _>>()?;
    names.into_iter().map(|(name, counts)| Table::of(&schema, name, counts)).collect()
}

impl Table {
    fn of(schema: &Connection, name: String, counts: bool) -> Result<Self, StoreError> {
        let mut statement =
            schema.prepare_cached("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid")?;
        let found = statement.query_map([&name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let found: Vec<(String, String, i64)> = found.collect::<Result<_, _>>()?;
        let kind = |declared: &str| match declared {
            "INTEGER" => Kind::Integer,
            "BLOB" => Kind::Blob,
            _ => Kind::Text,
        };
        let mut key: Vec<(i64, usize)> =
            found.iter().enumerate().filter(|(_, c)| c.2 > 0).map(|(at, c)| (c.2, at)).collect();
        key.sort_unstable();
        let columns: Vec<(String, Kind)> = found.iter().map(|c| (c.0.clone(), kind(&c.1))).collect();
        let insert = format!("INSERT INTO {name} ({}) VALUES ({})", listed(&columns), marks(columns.len()));
        let key = key.into_iter().map(|(_, at)| at).collect();
        Ok(Self { name, columns, key, counts, insert: Box::leak(insert.into_boxed_str()) })
    }

    /// Whether source and target have the same number of its rows, and a new database none.
    pub fn is_counted(&self) -> bool {
        self.name != META && self.name != SEQUENCE
    }

    /// Whether a row is about the installation, not about the one database.
    pub fn goes_along(&self, row: &Row) -> bool {
        let of_the_database = |name: &str| match self.name.as_str() {
            META => true,
            SEQUENCE => name == FOLDED || name == CHANGED,
            _ => false,
        };
        !row.iter().any(|given| matches!(&given.value, Some(db::Value::Text(text)) if of_the_database(text)))
    }

    pub fn count(&self, connection: &Connection) -> Result<u64, StoreError> {
        let sql = format!("SELECT COUNT(*) FROM {}", self.name);
        let count: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// The next rows in the order of the key.
    pub fn page(&self, from: &Connection, after: Option<&Row>, most: usize) -> Result<Vec<Row>, StoreError> {
        let key: Vec<(String, Kind)> =
            self.key.iter().filter_map(|at| self.columns.get(*at).cloned()).collect();
        let (columns, key_columns) = (listed(&self.columns), listed(&key));
        let behind =
            after.map_or(String::new(), |_| format!("WHERE ({key_columns}) > ({})", marks(key.len())));
        let sql = format!("SELECT {columns} FROM {} {behind} ORDER BY {key_columns} LIMIT {most}", self.name);
        let values: Vec<&dyn ToSql> = after
            .into_iter()
            .flat_map(|row| self.key.iter().filter_map(|at| Some(row.get(*at)? as _)))
            .collect();
        let mut statement = from.prepare_cached(&sql)?;
        let rows = statement.query_map(values.as_slice(), |row| {
            let given = |(at, (_, kind)): (usize, &(String, Kind))| {
                Ok(Given { kind: *kind, value: row.get::<_, Option<db::Value>>(at)? })
            };
            self.columns.iter().enumerate().map(given).collect::<db::Result<Row>>()
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn write(&self, into: &Transaction<'_>, row: &Row) -> Result<(), StoreError> {
        let values: Vec<&dyn ToSql> = row.iter().map(|given| given as _).collect();
        Ok(into.post(self.insert, values.as_slice())?)
    }

    /// Lets a key that the database gives go on behind the last one that the source gave.
    pub fn go_on_counting(&self, from: &Store, into: &Transaction<'_>) -> Result<(), StoreError> {
        let Some((column, _)) = self.key.first().and_then(|at| self.columns.get(*at)).filter(|_| self.counts)
        else {
            return Ok(());
        };
        let table = &self.name;
        let given: Option<i64> = from.read(|connection| {
            let sql = if connection.sqlite().is_some() {
                "SELECT MAX(seq) FROM sqlite_sequence WHERE name = ?1"
            } else {
                "SELECT MAX(last_value) FROM pg_sequences
                 WHERE schemaname = current_schema() AND CONCAT(schemaname, '.', sequencename) = ?1"
            };
            let name = if connection.sqlite().is_some() {
                table.clone()
            } else {
                let sql = format!("SELECT pg_get_serial_sequence('{table}', '{column}')");
                connection.query_row(&sql, [], |row| row.get(0))?
            };
            Ok(connection.query_row(sql, [&name], |row| row.get(0))?)
        })?;
        let Some(last) = given.filter(|last| *last > 0) else { return Ok(()) };
        if into.sqlite().is_some() {
            into.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [table])?;
            into.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", (table, last))?;
        } else {
            let sql = format!("SELECT setval(pg_get_serial_sequence('{table}', '{column}'), ?1)");
            into.query_row(&sql, [last], |_| Ok(()))?;
        }
        Ok(())
    }
}

fn listed(columns: &[(String, Kind)]) -> String {
    columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
}

/// `?1, ?2, ?3`.
fn marks(count: usize) -> String {
    (1..=count).map(|number| format!("?{number}")).collect::<Vec<_>>().join(", ")
}
