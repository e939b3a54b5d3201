//! The one crate that knows SQL.
//!
//! Flows in: batches of row images from the engine (journal first, folded into the tables within a second), plain records, and
//! questions from screens. Flows out: aggregates, rows, pages. One thread writes ([`Store`] hands it jobs), many read.
//! Must not know: protocols, HTML, how a charge is decided. Embedded default: SQLite with WAL and synchronous=FULL.

mod committer;
mod connection;
mod error;
mod fold;
mod image;
mod load;
mod migrate;
mod partition;
mod pending;
mod record;
mod store;
mod timers;
mod verify;

pub use committer::{Batch, CommitFailure};
pub use error::StoreError;
pub use image::{Image, RowKey};
pub use partition::{Ownership, PARTITIONS, Partition};
pub use record::{
    AccountRecord, AuditRecord, CustomerRecord, DeviceRecord, IdentifierRecord, InvoiceRecord, NoteRecord,
    Record,
};
pub use store::{Options, Store};
pub use verify::{BalanceDifference, VerifyReport};
