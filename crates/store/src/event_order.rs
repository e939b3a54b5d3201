//! The positions of events: one order over all partitions, in which connectors follow them. Only the tables' thread gives them, so
//! nothing appears behind a position that somebody has seen. Some numbers are of no event.

use crate::db::{self, Connection};

/// The last position that was given, once it is known.
#[derive(Debug, Default)]
pub(crate) struct EventOrder {
    last: Option<i64>,
}

impl EventOrder {
    /// The position of the next event.
    pub fn next(&mut self, connection: &Connection) -> db::Result<i64> {
        let last = match self.last {
            Some(last) => last,
            None => last_position(connection)?,
        };
        Ok(*self.last.insert(last.saturating_add(1)))
    }

    /// Somebody else may have written events, or those of a transaction were undone: the tables are asked again.
    pub fn forget(&mut self) {
        self.last = None;
    }
}

/// The position of the newest event; 0 when there is none.
pub(crate) fn last_position(connection: &Connection) -> db::Result<i64> {
    let last = "SELECT COALESCE(MAX(position), 0) FROM event";
    connection.query_row(last, [], |row| row.get(0))
}
