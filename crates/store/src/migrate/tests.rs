//! Which databases are brought up to date, and which are refused in words.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;

fn made_by_the_first_schema() -> Connection {
    let connection = Connection::Sqlite(rusqlite::Connection::open_in_memory().unwrap());
    connection.execute_batch(MIGRATIONS[0]).unwrap();
    connection.execute_batch("PRAGMA user_version = 1").unwrap();
    connection
}

#[test]
fn a_database_without_customers_is_brought_up_to_date() {
    let connection = made_by_the_first_schema();
    migrate(&connection).unwrap();
    let version = found(&connection).unwrap();
    assert_eq!(usize::try_from(version).unwrap(), MIGRATIONS.len());
    migrate(&connection).unwrap();
}

#[test]
fn customers_in_a_shape_that_was_never_released_are_refused_and_left_as_they_are() {
    let connection = made_by_the_first_schema();
    let row = "INSERT INTO customer_state (partition, customer_id, seq, status, payment, currency, balance, reserved, owed, period_number,
               image) VALUES (1, 1, 1, 'active', 'prepaid', 'USD', 0, 0, 0, 1, x'01')";
    connection.execute(row, []).unwrap();
    assert!(matches!(migrate(&connection), Err(StoreError::BeforeRelease)));
    let version = found(&connection).unwrap();
    assert_eq!(version, 1);
}

#[test]
fn customers_from_before_resellers_are_kept_and_nobody_serves_them() {
    let connection = Connection::Sqlite(rusqlite::Connection::open_in_memory().unwrap());
    MIGRATIONS[..3].iter().for_each(|sql| connection.execute_batch(sql).unwrap());
    connection.execute_batch("PRAGMA user_version = 3").unwrap();
    let row = "INSERT INTO customer_state (partition, customer_id, seq, status, payment, currency, balance, reserved, owed, period_number,
               image) VALUES (1, 1, 1, 'active', 'prepaid', 'USD', 0, 0, 0, 1, x'01')";
    connection.execute(row, []).unwrap();
    migrate(&connection).unwrap();
    let sql = "SELECT COUNT(*) FROM customer_state WHERE parent_id IS NULL AND reseller = 0";
    assert_eq!(connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
}

#[test]
fn the_guide_tells_every_report_view_and_every_column_of_it_in_order() {
    let connection = Connection::Sqlite(rusqlite::Connection::open_in_memory().unwrap());
    migrate(&connection).unwrap();
    let names = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare_cached(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let guide = include_str!("../../../../docs/guide/reports.md");
    let mut told: Vec<(String, Vec<String>)> = guide
        .split("\n## ")
        .skip(1)
        .map(|section| {
            let columns = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
            (section.lines().next().unwrap().to_owned(), columns.map(|(name, _)| name.to_owned()).collect())
        })
        .collect();
    told.sort();
    let views = names("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name");
    let found: Vec<(String, Vec<String>)> = views
        .into_iter()
        .map(|view| {
            let columns = names(&format!("SELECT name FROM pragma_table_info('{view}') ORDER BY cid"));
            (view, columns)
        })
        .collect();
    assert_eq!(told, found);
}

/// A database of each kind with the first so many migrations.
fn both_at(schema: usize) -> [Connection; 2] {
    let url = testkit::postgres::Server::shared().unwrap().database().unwrap().parse().unwrap();
    let patience = std::time::Duration::from_secs(30);
    let server = db::postgres::Connection::connect(std::sync::Arc::new(url), patience).unwrap();
    let embedded = rusqlite::Connection::open_in_memory().unwrap();
    let both = [Connection::Sqlite(embedded), Connection::Postgres(Box::new(server))];
    for connection in &both {
        for (number, sql) in (1i64..).zip(&MIGRATIONS[..schema]) {
            let transaction = connection.begin(true).unwrap();
            step(&transaction, number, sql).unwrap();
            transaction.commit().unwrap();
        }
    }
    both
}

#[test]
fn events_keep_their_order_when_the_partition_becomes_their_key_and_the_next_one_comes_behind_them() {
    for connection in both_at(10) {
        let event = "INSERT INTO event (partition, event_id, customer_id, kind, at, detail) VALUES (?1, ?2, 7, 'k', 1, '')";
        for (partition, id) in [(9i64, 30i64), (3, 20), (9, 10)] {
            connection.execute(event, (partition, id)).unwrap();
        }
        let catalog = "INSERT INTO catalog_version (version, published_at, published_by, comment, body) VALUES (1, 1, '', '', '{}')";
        connection.execute(catalog, []).unwrap();
        if connection.gathers() {
            connection
                .execute("INSERT INTO journal_1 (id, epoch, payload) VALUES (4, 1, ?1)", [vec![1u8]])
                .unwrap();
        }
        migrate(&connection).unwrap();
        let mut statement =
            connection.prepare_cached("SELECT event_id FROM event ORDER BY position").unwrap();
        let order: Vec<i64> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(order, [30, 20, 10]);
        let mut events = crate::event_order::EventOrder::default();
        assert_eq!([events.next(&connection).unwrap(), events.next(&connection).unwrap()], [4, 5]);
        let views = "SELECT COUNT(*) FROM report_event e JOIN catalog_version v ON v.parts = 0";
        assert_eq!(connection.query_row(views, [], |row| row.get::<_, i64>(0)).unwrap(), 0, "of no customer");
        if connection.gathers() {
            let mut found = Vec::new();
            crate::journal::table::read(&connection, 3, |id, _| {
                found.push(id);
                Ok(())
            })
            .unwrap();
            assert_eq!(found, [4], "what was answered before is read as before");
        }
    }
}
