//! What becomes of SQL on its way to PostgreSQL.
#![allow(clippy::unwrap_used)]

use super::dialect;

/// Numbers stay, marks without a number are counted, and text in quotes is text.
#[test]
fn values_are_numbered() {
    assert_eq!(
        dialect::statement("SELECT ?1 WHERE a = ?12 AND b = 'why?'"),
        "SELECT $1 WHERE a = $12 AND b = 'why?'"
    );
    assert_eq!(dialect::statement("a = ? AND b = ?"), "a = $1 AND b = $2");
}

#[test]
fn text_without_regard_to_case_is_compared_in_small_letters() {
    assert_eq!(
        dialect::statement("c.name COLLATE NOCASE >= ?1 COLLATE NOCASE ORDER BY c.name COLLATE NOCASE DESC"),
        "lower(c.name) >= lower($1 COLLATE \"C\") ORDER BY lower(c.name) DESC"
    );
    assert_eq!(dialect::statement("name LIKE ?1 ESCAPE '\\'"), "name ILIKE $1 ESCAPE '\\'");
}

#[test]
fn what_is_no_number_is_read_as_0() {
    assert_eq!(
        dialect::statement("o.xdr_id = CAST(x.reference AS INTEGER)"),
        "o.xdr_id = CASE WHEN x.reference ~ '^[0-9]{1,18}$' THEN CAST(x.reference AS BIGINT) ELSE 0 END"
    );
}

#[test]
fn many_rows_are_lists() {
    let one = "INSERT INTO t (a, b) VALUES (?1, ?2) ON CONFLICT (a) DO UPDATE SET b = excluded.b";
    assert_eq!(
        dialect::of_many_rows(one, &["bigint", "text"]).unwrap(),
        "INSERT INTO t (a, b) SELECT * FROM unnest($1::bigint[], $2::text[]) AS given (column1, column2) ON CONFLICT (a) DO UPDATE SET b = excluded.b"
    );
    let change =
        "UPDATE t SET b = posted.column2 FROM (VALUES (?1, ?2)) AS posted WHERE t.a = posted.column1";
    assert_eq!(
        dialect::of_many_rows(change, &["bigint", "text"]).unwrap(),
        "UPDATE t SET b = posted.column2 FROM (SELECT * FROM unnest($1::bigint[], $2::text[]) AS given (column1, column2)) AS posted \
         WHERE t.a = posted.column1"
    );
}
