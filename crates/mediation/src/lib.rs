//! Files in, purchases out: each line of a batch file is charged once, however often the file comes.
//!
//! Flows in: CSV files from a folder or an upload. Flows out: purchases through the office, and for every line what became of it.
//! A line is charged by its reference: charged before = skipped; malformed, unknown or refused = rejected with field and reason.
//! Must not know: how a purchase is priced, SQL, HTTP.

mod collector;
mod error;
mod import;
mod lanes;
mod purchase_file;

pub use collector::FolderCollector;
pub use error::MediationError;
pub use import::{ImportReport, Mediation};
pub use purchase_file::{COLUMNS, FILE_MOST, LINES_MOST, PurchaseLine, Rejection};
pub use store::{ImportFileRow, ImportLineRow};
