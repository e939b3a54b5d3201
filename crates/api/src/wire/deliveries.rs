//! Deliveries to outside platforms and imported files.

use crate::wire::{Id, Time, units};
use serde::Serialize;
use store::{DeliveryRow, DeliveryView, ImportFileRow, ImportLineRow};
use utoipa::ToSchema;

/// A delivery: one reason to bring one platform up to date about one account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryLine {
    /// Id; ids grow with time.
    pub id: Id,
    /// The connector's name.
    pub connector: String,
    /// Whose account.
    pub customer: Id,
    /// About which account.
    pub account: Id,
    /// The event's name, or `resync`.
    pub event: String,
    /// `pending`, `in_flight`, `done`, `superseded` or `dead`.
    pub state: String,
    /// Attempts that failed so far.
    pub attempts: u32,
    /// Pending: sent then at the earliest.
    pub next_at: Option<Time>,
    /// Made then.
    pub created_at: Time,
    /// Done or superseded then.
    pub finished_at: Option<Time>,
    /// The delivery that stands for it.
    pub superseded_by: Option<Id>,
    /// How the last attempt ended, in a line.
    pub summary: String,
}

impl From<DeliveryRow> for DeliveryLine {
    fn from(row: DeliveryRow) -> Self {
        let waits = matches!(row.state, store::DeliveryState::Pending);
        Self {
            id: Id(row.id),
            customer: row.customer.into(),
            account: row.account.into(),
            state: row.state.name().to_owned(),
            attempts: row.attempts,
            next_at: waits.then_some(Time(row.next_at)),
            created_at: row.created_at.into(),
            finished_at: row.finished_at.map(Time),
            superseded_by: row.superseded_by.map(Id),
            connector: row.connector,
            event: row.event_kind,
            summary: row.summary,
        }
    }
}

/// A delivery with everything that was tried.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryBody {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryLine,
    /// Attempts with requests and answers, secrets masked, oldest first.
    #[schema(value_type = Vec<Object>)]
    pub records: serde_json::Value,
}

impl From<DeliveryView> for DeliveryBody {
    fn from(view: DeliveryView) -> Self {
        let records =
            serde_json::from_str(&view.attempts).unwrap_or_else(|_| serde_json::Value::Array(Vec::new()));
        Self { delivery: view.row.into(), records }
    }
}

/// An imported file of purchases.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportLineBody {
    /// Id of the file.
    pub file: Id,
    /// Name as given.
    pub name: String,
    /// Where it came from: `folder`, `api:crm`, `staff:anna`.
    pub source: String,
    /// Size.
    pub octets: Id,
    /// Received then.
    pub received_at: Time,
    /// Worked off then; null while at work.
    pub finished_at: Option<Time>,
    /// Lines charged.
    pub charged: u64,
    /// Lines that had been charged before.
    pub skipped: u64,
    /// Lines that could not be charged.
    pub rejected: u64,
}

impl From<ImportFileRow> for ImportLineBody {
    fn from(row: ImportFileRow) -> Self {
        Self {
            file: Id(row.id),
            octets: units(row.octets),
            received_at: row.received_at.into(),
            finished_at: row.finished_at.map(Time),
            charged: row.charged,
            skipped: row.skipped,
            rejected: row.rejected,
            name: row.name,
            source: row.source,
        }
    }
}

/// What became of a line of an imported file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportRecord {
    /// Line number in the file; the header is line 1.
    pub line: u64,
    /// `charged`, `skipped` or `rejected`.
    pub outcome: String,
    /// Purchase number.
    pub reference: String,
    /// Field at fault; empty when none is.
    pub field: String,
    /// Why it was not charged; empty when it was.
    pub reason: String,
    /// The xDR, of a charged or skipped line.
    pub xdr: Option<Id>,
}

impl From<ImportLineRow> for ImportRecord {
    fn from(row: ImportLineRow) -> Self {
        Self {
            line: row.line,
            outcome: row.outcome,
            reference: row.reference,
            field: row.field,
            reason: row.reason,
            xdr: row.xdr.map(Id::from),
        }
    }
}

/// An imported file with what became of its lines.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportBody {
    /// The file.
    #[serde(flatten)]
    pub import: ImportLineBody,
    /// Lines in order.
    pub records: Vec<ImportRecord>,
    /// Give this as `cursor` to get the lines after these; null when these were the last.
    pub next_cursor: Option<String>,
}
