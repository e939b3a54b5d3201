//! What SQLite is really told about durability.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::db;

/// SQLite obeys a pragma when it compiles it, which it does once for a statement that is kept unless it takes care.
#[test]
fn each_transaction_is_as_durable_as_was_said_last() {
    let directory = tempfile::tempdir().unwrap();
    let connection = db::Connection::Sqlite(writer(&directory.path().join("durable.db")).unwrap());
    connection.execute_batch("CREATE TABLE t (x)").unwrap();
    for durable in [false, true, true, false, false, true, false, true] {
        let transaction = connection.begin(durable).unwrap();
        transaction.prepare_cached("INSERT INTO t VALUES (1)").unwrap().execute([]).unwrap();
        transaction.commit().unwrap();
        let level: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap();
        assert_eq!(level, if durable { 2 } else { 1 }, "1 is NORMAL, 2 is FULL");
    }
}
