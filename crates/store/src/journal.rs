//! The redo journal: what was answered and is perhaps not in the tables yet. Files beside the embedded database, a table on PostgreSQL.

pub(crate) mod files;
pub(crate) mod table;

use crate::CommitFailure;

/// The journal of one installation.
pub(crate) enum Journal {
    Files(files::Files),
    Table(table::Table),
}

impl Journal {
    /// Id of the last durable record.
    pub fn last_id(&self) -> u64 {
        match self {
            Self::Files(files) => files.last_id(),
            Self::Table(table) => table.last_id(),
        }
    }

    /// Makes records durable, all or none; they get the ids behind the last one. After a failure nothing of them will be seen again.
    pub fn append(&mut self, payloads: &[&[u8]]) -> Result<(), CommitFailure> {
        match self {
            Self::Files(files) => files.append(payloads.iter().copied()).map_err(|error| {
                tracing::error!(%error, "commit failed");
                CommitFailure::Failed
            }),
            Self::Table(table) => table.append(payloads),
        }
    }
}
