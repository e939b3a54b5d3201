//! Every statement finds its rows by a key that begins with the partition, or is known not to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::access::{self, Access, Tables};
use super::exceptions::{COMPOSED, EXCEPTIONS, OFFICE, SMALL};
use super::source::{Stated, statements};
use crate::db::{Connection, dialect};
use std::collections::{BTreeMap, BTreeSet};

/// Accesses of each statement.
type Plans<'a> = Vec<(&'a Stated, Vec<Access>)>;

/// An embedded database with the newest schema.
fn embedded() -> Connection {
    let connection = Connection::Sqlite(rusqlite::Connection::open_in_memory().unwrap());
    crate::migrate::migrate(&connection).unwrap();
    connection
}

fn names(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare_cached(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn tables(connection: &Connection) -> Tables {
    let all = names(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    all.into_iter()
        .map(|table| {
            let columns = names(connection, &format!("SELECT name FROM pragma_table_info('{table}')"));
            (table, columns.iter().any(|column| column == "partition"))
        })
        .collect()
}

/// Nothing for a statement that SQLite does not understand.
fn sqlite_plans<'a>(stated: &'a [Stated], tables: &Tables) -> Plans<'a> {
    let connection = embedded();
    let connection = connection.sqlite().unwrap();
    let plan = |stated: &'a Stated| {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", stated.sql)).ok()?;
        // Values are not needed: those not given are absent.
        let mut rows = statement.raw_query();
        let mut details: Vec<String> = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            details.push(row.get(3).unwrap());
        }
        let accesses = details.iter().filter_map(|detail| access::sqlite(detail, &stated.sql, tables));
        Some((stated, accesses.collect()))
    };
    stated.iter().filter_map(plan).collect()
}

/// Statements explained in one conversation.
const BATCH: usize = 40;
/// Every other way is taken first, as it is where the tables are large; the plan holds for any values.
const LARGE: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off;
    SET plan_cache_mode = force_generic_plan;";

/// Rows where an empty table would make one index as good as another. Sessions share few keys here, so that only the whole key of the
/// table tells one of them.
const FILLED: &str = "
    INSERT INTO customer_state (partition, customer_id, seq, status, payment, currency, balance, reserved, owed, period_number, image, reseller)
      SELECT n % 256, n, 1, 'active', 'prepaid', 'USD', 0, 0, 0, 1, '', n % 2 FROM generate_series(1, 20000) n;
    INSERT INTO session (partition, customer_id, session_key, account_id, node, identifier, started_at, last_at, due_at, image)
      SELECT n % 256, n, decode(md5((n % 4)::text), 'hex'), n, 'node ' || n % 20, '', n, n, n, '' FROM generate_series(1, 20000) n;
    ANALYZE customer_state; ANALYZE session;";

/// A private server's database with the newest schema.
struct Asked {
    server: &'static testkit::postgres::Server,
    url: String,
}

impl Asked {
    fn new() -> Self {
        let server = testkit::postgres::Server::shared().unwrap();
        let url = server.database().unwrap();
        drop(crate::Store::connect(&url.parse().unwrap(), crate::Entry::default()).unwrap());
        server.ask(&url, FILLED).unwrap();
        Self { server, url }
    }

    /// Which table an index is of.
    fn indexes(&self) -> BTreeMap<String, String> {
        let sql = "SELECT indexname, tablename FROM pg_indexes WHERE schemaname = 'public'";
        let told = self.server.ask(&self.url, sql).unwrap();
        told.lines()
            .map(|line| line.split_once('|').unwrap())
            .map(|(i, t)| (i.to_owned(), t.to_owned()))
            .collect()
    }

    /// The plans of statements. What cannot be explained together is explained one by one; nothing for one that is not understood.
    fn explain(&self, batch: &[&Stated]) -> Vec<Option<String>> {
        let questions: Vec<String> = batch.iter().map(|stated| question(stated, &[])).collect();
        let told = self.server.ask(&self.url, &format!("{LARGE} {}", questions.concat()));
        match (told, batch) {
            (Ok(told), _) => told.split("#\n").skip(1).map(|plan| Some(plan.to_owned())).collect(),
            (Err(error), [one]) => vec![self.explain_typed(one, error.to_string())],
            (Err(_), many) => {
                let (first, rest) = many.split_at(many.len() / 2);
                [self.explain(first), self.explain(rest)].concat()
            }
        }
    }

    /// Where the kind of a value does not show at first: it is text, or else a number.
    fn explain_typed(&self, stated: &Stated, mut error: String) -> Option<String> {
        let mut kinds: Vec<(usize, &str)> = Vec::new();
        loop {
            if let Some((_, number)) = error.split_once("could not determine data type of parameter $") {
                let number = number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
                kinds.push((number, "text"));
            } else if error.contains("bigint = text") {
                kinds.last_mut().filter(|(_, kind)| *kind == "text")?.1 = "bigint";
            } else {
                return None;
            }
            match self.server.ask(&self.url, &format!("{LARGE} {}", question(stated, &kinds))) {
                Ok(told) => return Some(told),
                Err(other) => error = other.to_string(),
            }
        }
    }
}

/// Prepares a statement and explains it, with these kinds for the values of these numbers.
fn question(stated: &Stated, known: &[(usize, &'static str)]) -> String {
    let sql = dialect::statement(&stated.sql);
    let values = (1..).take_while(|number| sql.contains(&format!("${number}"))).last().unwrap_or(0);
    let kind = |number| known.iter().find(|(known, _)| *known == number).map_or("unknown", |(_, kind)| *kind);
    let kinds = (1..=values).map(kind);
    let list = |words: Vec<&str>| if values == 0 { String::new() } else { format!("({})", words.join(", ")) };
    let (kinds, nothing) = (list(kinds.collect()), list(vec!["NULL"; values]));
    format!(
        "SELECT '#'; PREPARE this{kinds} AS {sql}; EXPLAIN (COSTS OFF) EXECUTE this{nothing}; DEALLOCATE this;\n"
    )
}

/// Nothing for a statement that PostgreSQL does not understand.
fn postgres_plans(stated: &[Stated]) -> Plans<'_> {
    let asked = Asked::new();
    let indexes = asked.indexes();
    let all: Vec<&Stated> = stated.iter().collect();
    let plans: Vec<Option<String>> = all.chunks(BATCH).flat_map(|batch| asked.explain(batch)).collect();
    assert_eq!(plans.len(), stated.len());
    let plans = stated.iter().zip(plans);
    plans.filter_map(|(stated, plan)| Some((stated, access::postgres(&plan?, &indexes)))).collect()
}

/// What is neither by partition nor small nor known, in words; takes note of the exceptions that were needed.
fn findings(plans: &Plans<'_>, tables: &Tables, needed: &mut BTreeSet<usize>) -> Vec<String> {
    let mut found = Vec::new();
    for (stated, accesses) in plans {
        for Access { table, by } in accesses {
            // Not of ours: what a statement makes for itself, or a catalog of the database.
            let Some(&partitioned) = tables.get(table) else { continue };
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

fn is_composed(stated: &Stated) -> bool {
    COMPOSED.iter().any(|(file, _)| *file == stated.file)
}

#[test]
fn every_statement_stays_in_its_partition_or_is_known_not_to() {
    let (stated, composed) = statements();
    let unknown: Vec<String> = composed
        .iter()
        .filter(|stated| !is_composed(stated))
        .map(|stated| format!("{}:{}: {}", stated.file, stated.line, stated.sql))
        .collect();
    assert!(unknown.is_empty(), "their plan cannot be read:\n{}", unknown.join("\n"));
    let tables = tables(&embedded());
    let mut needed = BTreeSet::new();
    let (sqlite, postgres) = (sqlite_plans(&stated, &tables), postgres_plans(&stated));
    let understood: BTreeSet<&str> =
        sqlite.iter().chain(&postgres).map(|(stated, _)| stated.sql.as_str()).collect();
    let strange: Vec<&str> = stated
        .iter()
        .filter(|stated| !is_composed(stated))
        .map(|stated| stated.sql.as_str())
        .filter(|sql| !understood.contains(sql))
        .collect();
    assert!(strange.is_empty(), "neither database understands:\n{}", strange.join("\n"));
    assert!(
        sqlite.len() + 30 > stated.len() && postgres.len() + 30 > stated.len(),
        "few are for one database alone"
    );
    let found = findings(&sqlite, &tables, &mut needed);
    assert!(found.is_empty(), "SQLite:\n{}", found.join("\n"));
    let journal = ["journal_0", "journal_1"].map(|table| (table.to_owned(), true));
    let with_journal = tables.into_iter().chain(journal).collect();
    let found = findings(&postgres, &with_journal, &mut needed);
    assert!(found.is_empty(), "PostgreSQL:\n{}", found.join("\n"));
    let unneeded: Vec<_> =
        (0..EXCEPTIONS.len()).filter(|at| !needed.contains(at)).map(|at| EXCEPTIONS[at]).collect();
    assert!(unneeded.is_empty(), "exceptions that nothing needs: {unneeded:?}");
}

#[test]
fn every_table_that_grows_has_the_partition_first_in_its_key_or_is_known_to_be_the_offices() {
    let connection = embedded();
    let first = "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
                 WHERE m.type = 'table' AND c.pk = 1 AND c.name <> 'partition' ORDER BY m.name";
    let others: Vec<String> = names(&connection, first);
    let others: Vec<&str> =
        others.iter().map(String::as_str).filter(|table| !SMALL.contains(table)).collect();
    let known: Vec<&str> = OFFICE.iter().map(|(table, _)| *table).collect();
    assert_eq!(others, known);
    let asked = Asked::new();
    let sql = "SELECT c.relname FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
               WHERE c.relnamespace = 'public'::regnamespace AND a.attname <> 'partition' ORDER BY c.relname COLLATE \"C\"";
    let told = asked.server.ask(&asked.url, sql).unwrap();
    let others: Vec<&str> = told.lines().filter(|table| !SMALL.contains(table)).collect();
    assert_eq!(others, known, "PostgreSQL");
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
    assert_eq!(
        by("SELECT image FROM account_state WHERE customer_id = ?1"),
        ["account_state by whole table"]
    );
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
