//! Imported files and what became of their lines.

use crate::db::{OptionalExtension, Row, params};
use crate::{Store, StoreError};
use calendar::Instant;
use charging::RowId;

/// An imported file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFileRow {
    /// Number.
    pub id: i64,
    /// File name as given.
    pub name: String,
    /// SHA-256 of the content, hexadecimal.
    pub content_hash: String,
    /// Where it came from: `folder`, `api:crm`, `staff:anna`.
    pub source: String,
    /// Size.
    pub octets: u64,
    /// Received then.
    pub received_at: Instant,
    /// Worked off then; `None` while at work or after an interruption.
    pub finished_at: Option<Instant>,
    /// Lines charged.
    pub charged: u64,
    /// Lines that had been charged before.
    pub skipped: u64,
    /// Lines that could not be charged.
    pub rejected: u64,
}

/// A line of an imported file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportLineRow {
    /// Line number in the file; the header is line 1.
    pub line: u64,
    /// `charged`, `skipped`, `rejected`.
    pub outcome: String,
    /// Field at fault; empty when none is.
    pub field: String,
    /// Why it was not charged; empty when it was.
    pub reason: String,
    /// Purchase number.
    pub reference: String,
    /// The xDR, of a charged or skipped line.
    pub xdr: Option<RowId>,
    /// The line as it came.
    pub raw: String,
}

/// A file that arrives.
#[derive(Debug, Clone)]
pub struct NewImportFile {
    /// File name.
    pub name: String,
    /// SHA-256 of the content, hexadecimal.
    pub content_hash: String,
    /// Where it came from.
    pub source: String,
    /// Size.
    pub octets: u64,
    /// Received then.
    pub received_at: Instant,
}

const FILE: &str = "SELECT file_id, name, content_hash, source, octets, received_at, finished_at, charged, skipped, rejected FROM import_file";

fn file_row(row: &Row<'_>) -> crate::db::Result<ImportFileRow> {
    let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
    Ok(ImportFileRow {
        id: row.get(0)?,
        name: row.get(1)?,
        content_hash: row.get(2)?,
        source: row.get(3)?,
        octets: count(4)?,
        received_at: Instant::from_micros(row.get(5)?),
        finished_at: row.get::<_, Option<i64>>(6)?.map(Instant::from_micros),
        charged: count(7)?,
        skipped: count(8)?,
        rejected: count(9)?,
    })
}

fn sql_count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Store {
    /// Registers a file; gives the row of the same content when there is one, and whether it is new.
    pub fn begin_import(&self, file: NewImportFile) -> Result<(ImportFileRow, bool), StoreError> {
        self.write(move |transaction| {
            let added = transaction.execute(
                "INSERT INTO import_file (name, content_hash, source, octets, received_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                params![
                    file.name,
                    file.content_hash,
                    file.source,
                    sql_count(file.octets),
                    file.received_at.as_micros()
                ],
            )?;
            let mut statement = transaction.prepare_cached(&format!("{FILE} WHERE content_hash = ?1"))?;
            Ok((statement.query_row([file.content_hash], file_row)?, added > 0))
        })
    }

    /// The last line of a file whose outcome is known; 0 when none is.
    pub fn import_progress(&self, file: i64) -> Result<u64, StoreError> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT COALESCE(MAX(line), 0) FROM import_record WHERE file_id = ?1")?;
            Ok(statement.query_row([file], |row| row.get::<_, i64>(0))?.unsigned_abs())
        })
    }

    /// Writes outcomes of lines; the file's counts follow. `finished_at` ends the file.
    pub fn add_import_lines(
        &self,
        file: i64,
        lines: Vec<ImportLineRow>,
        finished_at: Option<Instant>,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO import_record (file_id, line, outcome, field, reason, reference, xdr_id, raw)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
            )?;
            let mut count = transaction.prepare_cached(
                "UPDATE import_file SET charged = charged + CASE ?2 WHEN 'charged' THEN 1 ELSE 0 END,
                   skipped = skipped + CASE ?2 WHEN 'skipped' THEN 1 ELSE 0 END,
                   rejected = rejected + CASE ?2 WHEN 'rejected' THEN 1 ELSE 0 END WHERE file_id = ?1",
            )?;
            for line in &lines {
                let xdr = line.xdr.map(|id| id.0);
                let added = insert.execute(params![
                    file,
                    sql_count(line.line),
                    line.outcome,
                    line.field,
                    line.reason,
                    line.reference,
                    xdr,
                    line.raw
                ])?;
                if added > 0 {
                    count.execute(params![file, line.outcome])?;
                }
            }
            if let Some(at) = finished_at {
                transaction.execute(
                    "UPDATE import_file SET finished_at = ?2 WHERE file_id = ?1",
                    params![file, at.as_micros()],
                )?;
            }
            Ok(())
        })
    }

    /// An imported file.
    pub fn import_file(&self, file: i64) -> Result<Option<ImportFileRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!("{FILE} WHERE file_id = ?1"))?;
            Ok(statement.query_row([file], file_row).optional()?)
        })
    }

    /// Imported files with a number below `before`, newest first.
    pub fn import_files(&self, before: i64, limit: usize) -> Result<Vec<ImportFileRow>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached(&format!("{FILE} WHERE file_id < ?1 ORDER BY file_id DESC LIMIT ?2"))?;
            let rows = statement.query_map(params![before, limit], file_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Lines of a file after a line number, with one outcome or all.
    pub fn import_lines(
        &self,
        file: i64,
        outcome: Option<&str>,
        after: u64,
        limit: usize,
    ) -> Result<Vec<ImportLineRow>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT line, outcome, field, reason, reference, xdr_id, raw FROM import_record
                 WHERE file_id = ?1 AND line > ?2 AND (?3 IS NULL OR outcome = ?3) ORDER BY line LIMIT ?4",
            )?;
            let rows = statement.query_map(params![file, sql_count(after), outcome, limit], |row| {
                Ok(ImportLineRow {
                    line: row.get::<_, i64>(0)?.unsigned_abs(),
                    outcome: row.get(1)?,
                    field: row.get(2)?,
                    reason: row.get(3)?,
                    reference: row.get(4)?,
                    xdr: row.get::<_, Option<i64>>(5)?.map(RowId),
                    raw: row.get(6)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
