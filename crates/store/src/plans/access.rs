//! What a plan says of each table it touches, in the same words for both databases.

use std::collections::BTreeMap;

/// By what the rows of a table are found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Access {
    pub table: String,
    /// `partition` where a key begins with it and it is given; else the name of the index or `primary key`, with `all of` before it
    /// where nothing is given; `whole table`.
    pub by: String,
}

/// The tables by name, and whether they have a partition.
pub(super) type Tables = BTreeMap<String, bool>;

/// The line of SQLite's plan, when it is about a table.
pub(super) fn sqlite(detail: &str, sql: &str, tables: &Tables) -> Option<Access> {
    let words: Vec<&str> = detail.split_whitespace().collect();
    let given = match words.first() {
        Some(&"SEARCH") => true,
        Some(&"SCAN") => false,
        _ => return None,
    };
    let table = named(words.get(1)?, sql, tables)?;
    let index = words.iter().position(|word| *word == "INDEX").and_then(|at| words.get(at + 1)).copied();
    // Without a name it is the table's own key, also where only the last row of it is looked at.
    let by = index.unwrap_or(if given { "primary key" } else { "whole table" });
    let by = match (given, index) {
        (true, _) if detail.contains("(partition=?") => "partition".to_owned(),
        (false, Some(index)) => format!("all of {index}"),
        _ => by.to_owned(),
    };
    Some(Access { table, by })
}

/// The table that a name of the plan stands for: itself, or the one that the statement gives this other name.
fn named(name: &str, sql: &str, tables: &Tables) -> Option<String> {
    if tables.contains_key(name) {
        return Some(name.to_owned());
    }
    let words: Vec<&str> = sql.split(|c: char| c.is_whitespace() || c == ',' || c == ')').collect();
    let mut pairs = words.windows(2).filter(|pair| pair[1] == name || pair[1] == format!("{name};"));
    pairs.find(|pair| tables.contains_key(pair[0])).map(|pair| pair[0].to_owned())
}

/// The tables of one plan of PostgreSQL (text without costs). `indexes`: which table an index is of.
pub(super) fn postgres(plan: &str, indexes: &BTreeMap<String, String>) -> Vec<Access> {
    let lines: Vec<&str> = plan.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let node = line.trim().trim_start_matches("->").trim();
        if let Some(rest) = node.strip_prefix("Seq Scan on ") {
            let table = rest.split(' ').next().unwrap_or_default().to_owned();
            found.push(Access { table, by: "whole table".to_owned() });
        }
        let used = [
            "Index Scan using ",
            "Index Only Scan using ",
            "Index Scan Backward using ",
            "Index Only Scan Backward using ",
            "Bitmap Index Scan on ",
        ]
        .iter()
        .find_map(|kind| node.strip_prefix(kind)?.split(' ').next());
        let Some(table) = used.and_then(|index| indexes.get(index)) else { continue };
        let index = used.unwrap_or_default();
        let details = lines.iter().skip(at + 1).take_while(|line| !line.contains("->"));
        let condition = details.map(|line| line.trim()).find_map(|line| line.strip_prefix("Index Cond: "));
        let name = if index == format!("{table}_pkey") { "primary key" } else { index };
        let by = match condition {
            Some(condition) if condition.contains("partition = ") => "partition".to_owned(),
            Some(_) => name.to_owned(),
            None if name == "primary key" => "whole table".to_owned(),
            None => format!("all of {name}"),
        };
        found.push(Access { table: table.clone(), by });
    }
    found
}
