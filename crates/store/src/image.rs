//! Row images: what the journal holds, one encoded row each.
//!
//! Encoding: a version octet, then postcard. A changed shape gets a new version, and old ones stay readable.

use crate::{Record, StoreError};
use charging::{
    Account, AccountId, Applied, Customer, CustomerId, Event, Head, LedgerEntry, RequestKey, RowId, Session,
    SessionKey, Xdr,
};
use serde::{Deserialize, Serialize};

/// Which row an image is of, within its customer. Later images of the same key replace earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RowKey {
    /// The customer's head.
    Head,
    /// An account.
    Account(AccountId),
    /// A session.
    Session(SessionKey),
    /// A remembered request.
    Applied(RequestKey),
    /// A transaction record.
    Xdr(RowId),
    /// A ledger entry.
    Ledger(RowId),
    /// An event.
    Event(RowId),
    /// A plain record; the number only keeps it apart from others of the same command.
    Record(u64),
}

impl RowKey {
    /// Rows that are written once and never changed.
    pub(crate) fn is_appended(&self) -> bool {
        matches!(self, Self::Xdr(_) | Self::Ledger(_) | Self::Event(_) | Self::Record(_))
    }
}

/// One encoded row of one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Whose.
    pub customer: CustomerId,
    /// Which row.
    pub key: RowKey,
    /// The encoded row.
    pub bytes: Box<[u8]>,
}

/// The encoding written today.
const VERSION: u8 = 1;

fn encode<T: Serialize>(row: &T) -> Box<[u8]> {
    // postcard fails only for types without a known length, of which there are none here.
    postcard::to_extend(row, vec![VERSION]).unwrap_or_default().into_boxed_slice()
}

fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8], what: &'static str) -> Result<T, StoreError> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(|_| StoreError::Corrupt(what)),
        _ => Err(StoreError::Corrupt(what)),
    }
}

macro_rules! codec {
    ($($write:ident $read:ident $type:ty, $what:literal);* $(;)?) => {
        $(
            pub(crate) fn $read(bytes: &[u8]) -> Result<$type, StoreError> {
                decode(bytes, $what)
            }

            #[allow(dead_code, reason = "tables keep only some images as blobs")]
            pub(crate) fn $write(row: &$type) -> Box<[u8]> {
                encode(row)
            }
        )*
    };
}

codec! {
    write_head read_head Head, "customer";
    write_account read_account Account, "account";
    write_session read_session Session, "session";
    write_applied read_applied Applied, "remembered request";
    write_xdr read_xdr Xdr, "xDR";
    write_ledger read_ledger LedgerEntry, "ledger entry";
    write_event read_event Event, "event";
    write_record read_record Record, "record";
}

impl Image {
    /// The image of a row of the aggregate as it is now; `None` when there is no such row.
    pub fn of(customer: &Customer, key: RowKey) -> Option<Self> {
        let bytes = match &key {
            RowKey::Head => write_head(&customer.head),
            RowKey::Account(id) => write_account(customer.account(*id)?),
            RowKey::Session(session) => write_session(customer.sessions.get(session)?),
            RowKey::Applied(request) => write_applied(customer.applied.get(request)?),
            _ => return None,
        };
        Some(Self { customer: customer.head.id, key, bytes })
    }

    /// The image of a new transaction record.
    pub fn xdr(xdr: &Xdr) -> Self {
        Self { customer: xdr.customer, key: RowKey::Xdr(xdr.id), bytes: write_xdr(xdr) }
    }

    /// The image of a new ledger entry.
    pub fn ledger(entry: &LedgerEntry) -> Self {
        Self { customer: entry.customer, key: RowKey::Ledger(entry.id), bytes: write_ledger(entry) }
    }

    /// The image of a new event.
    pub fn event(event: &Event) -> Self {
        Self { customer: event.customer, key: RowKey::Event(event.id), bytes: write_event(event) }
    }

    /// The image of a plain record of the customer.
    pub fn record(customer: CustomerId, number: u64, record: &Record) -> Self {
        Self { customer, key: RowKey::Record(number), bytes: write_record(record) }
    }
}

/// Encodes the images of one journal row.
pub(crate) fn journal_payload(images: &[Image]) -> Vec<u8> {
    postcard::to_extend(images, vec![VERSION]).unwrap_or_default()
}

/// Reads a journal row.
pub(crate) fn read_journal(payload: &[u8]) -> Result<Vec<Image>, StoreError> {
    decode(payload, "journal row")
}
