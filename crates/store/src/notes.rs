//! Notes that staff write about a customer.

use crate::db::params;
use crate::{AuditRecord, NoteRecord, Partition, Store, StoreError, audit, customers};
use calendar::Instant;
use charging::{CustomerId, RowId};

impl Store {
    /// Writes a note with its audit line.
    pub fn add_note(
        &self,
        customer: CustomerId,
        note: NoteRecord,
        line: AuditRecord,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO note (partition, note_id, customer_id, author, at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (partition, note_id) DO UPDATE SET customer_id = excluded.customer_id, author = excluded.author,
               at = excluded.at, body = excluded.body",
                params![
                    Partition::of(customer).sql(),
                    note.id.0,
                    customer.0,
                    note.author,
                    note.at.as_micros(),
                    note.body
                ],
            )?;
            audit::insert(transaction, Some(customer), &line)?;
            Ok(())
        })
    }

    /// Notes about a customer before a note, newest first.
    pub fn notes_of(
        &self,
        customer: CustomerId,
        before: Option<i64>,
        most: usize,
    ) -> Result<Vec<NoteRecord>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT note_id, author, at, body FROM note WHERE partition = ?1 AND note_id >= ?2 AND note_id < ?3
                 ORDER BY note_id DESC LIMIT ?4",
            )?;
            let (first, end) = customers::rows_of(customer);
            let end = before.map_or(end, |before| before.min(end));
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![Partition::of(customer).sql(), first, end, most], |row| {
                Ok(NoteRecord {
                    id: RowId(row.get(0)?),
                    author: row.get(1)?,
                    at: Instant::from_micros(row.get(2)?),
                    body: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
