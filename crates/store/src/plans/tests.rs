//! Every statement finds its rows by a key that begins with the partition, or is known not to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::access::{self, Access, Tables};
use super::exceptions::{COMPOSED, EXCEPTIONS, SMALL};
use super::source::{Stated, statements};
use std::collections::BTreeSet;

/// Accesses of each statement.
type Plans<'a> = Vec<(&'a Stated, Vec<Access>)>;

/// An embedded database with the newest schema.
fn embedded() -> rusqlite::Connection {
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    crate::migrate::migrate(&mut connection).unwrap();
    connection
}

fn names(connection: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn tables(connection: &rusqlite::Connection) -> Tables {
    let all = names(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    all.into_iter()
        .map(|table| {
            let columns = names(connection, &format!("SELECT name FROM pragma_table_info('{table}')"));
            (table, columns.iter().any(|column| column == "partition"))
        })
        .collect()
}

fn sqlite_plans<'a>(stated: &'a [Stated], tables: &Tables) -> Plans<'a> {
    let connection = embedded();
    let plan = |stated: &'a Stated| {
        let explain = format!("EXPLAIN QUERY PLAN {}", stated.sql);
        let prepared = connection.prepare(&explain);
        let mut statement =
            prepared.unwrap_or_else(|error| panic!("{}:{}: {error}", stated.file, stated.line));
        // Values are not needed: those not given are absent.
        let mut rows = statement.raw_query();
        let mut details: Vec<String> = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            details.push(row.get(3).unwrap());
        }
        (stated, details.iter().filter_map(|detail| access::sqlite(detail, &stated.sql, tables)).collect())
    };
    stated.iter().map(plan).collect()
}

/// What is neither by partition nor small nor known, in words; takes note of the exceptions that were needed.
fn findings(plans: &Plans<'_>, tables: &Tables, needed: &mut BTreeSet<usize>) -> Vec<String> {
    let mut found = Vec::new();
    for (stated, accesses) in plans {
        for Access { table, by } in accesses {
            let partitioned = tables[table];
            let by_a_key = !partitioned && !by.starts_with("all of") && by != "whole table";
            if by == "partition" || by_a_key || SMALL.contains(&table.as_str()) {
                continue;
            }
            let known = EXCEPTIONS
                .iter()
                .position(|(file, of, way, _)| *file == stated.file && of == table && way == by);
            match known {
                Some(exception) => drop(needed.insert(exception)),
                None => {
                    found.push(format!("{}:{}: {table} by {by}: {}", stated.file, stated.line, stated.sql))
                }
            }
        }
    }
    found
}

#[test]
fn every_statement_stays_in_its_partition_or_is_known_not_to() {
    let (stated, composed) = statements();
    let unknown: Vec<String> = composed
        .iter()
        .filter(|stated| !COMPOSED.iter().any(|(file, _)| *file == stated.file))
        .map(|stated| format!("{}:{}: {}", stated.file, stated.line, stated.sql))
        .collect();
    assert!(unknown.is_empty(), "their plan cannot be read:\n{}", unknown.join("\n"));
    let tables = tables(&embedded());
    let mut needed = BTreeSet::new();
    let found = findings(&sqlite_plans(&stated, &tables), &tables, &mut needed);
    assert!(found.is_empty(), "SQLite:\n{}", found.join("\n"));
}

#[test]
fn the_check_sees_what_a_statement_does() {
    let tables = tables(&embedded());
    let by = |sql: &str| -> Vec<String> {
        let stated = [Stated { file: "x.rs".to_owned(), line: 1, sql: sql.to_owned() }];
        let plans = sqlite_plans(&stated, &tables);
        plans[0].1.iter().map(|access| format!("{} by {}", access.table, access.by)).collect()
    };
    assert_eq!(
        by("SELECT 1 FROM session s WHERE s.partition = ?1 AND s.customer_id = ?2"),
        ["session by partition"]
    );
    assert_eq!(by("SELECT 1 FROM session WHERE customer_id = ?1"), ["session by whole table"]);
    assert_eq!(by("SELECT 1 FROM xdr WHERE posted_at > ?1"), ["xdr by xdr_posted"]);
    assert_eq!(
        by("SELECT COUNT(*) FROM billing_period WHERE settled = 0"),
        ["billing_period by all of billing_period_open"]
    );
    let found = by(
        "SELECT 1 FROM xdr x JOIN customer c ON c.partition = x.partition AND c.customer_id = x.customer_id
         WHERE x.partition = ?1",
    );
    assert_eq!(found, ["xdr by partition", "customer by partition"]);
}
