//! Row images: what the journal holds, one encoded row each.
//!
//! Encoding: a version octet, then postcard. A changed shape gets a new version, and old ones stay readable: a row only grows at its
//! end, and what is new begins as nothing, which postcard writes as zeros.

use crate::{Record, StoreError};
use charging::{
    Account, AccountId, Applied, Customer, CustomerId, Event, Head, LedgerEntry, Relay, RequestKey, RowId,
    Session, SessionKey, Xdr,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Which row an image is of, within its customer. Later images of the same key replace earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// A message to another customer, with its sender's rows; nothing once it was taken.
    Relay(RowId, CustomerId),
}

impl RowKey {
    /// Rows that are written once and never changed.
    pub(crate) fn is_appended(&self) -> bool {
        matches!(self, Self::Xdr(_) | Self::Ledger(_) | Self::Event(_) | Self::Record(_))
    }
}

/// One encoded row of one customer, as it is read from the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    /// Whose.
    pub customer: CustomerId,
    /// Which row.
    pub key: RowKey,
    /// The encoded row.
    pub bytes: Box<[u8]>,
}

/// The encoding written today.
const VERSION: u8 = 5;
/// The ones before it: rows without the last fields of today's.
const OLDEST: u8 = 2;
/// The last of them.
const BEFORE: u8 = 4;
/// What an older row goes on with: nothing, for every field that it does not have.
const NOTHING: [u8; 16] = [0; 16];
/// Octets of an image's length in front of it.
const LENGTH_OCTETS: usize = 4;

fn decode<T: DeserializeOwned>(bytes: &[u8], what: &'static str) -> Result<T, StoreError> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(|_| StoreError::Corrupt(what)),
        Some((OLDEST..=BEFORE, rest)) => {
            // Nothing borrows from a row, so it may live shortly.
            postcard::from_bytes(&[rest, &NOTHING].concat()).map_err(|_| StoreError::Corrupt(what))
        }
        _ => Err(StoreError::Corrupt(what)),
    }
}

macro_rules! readers {
    ($($read:ident $type:ty, $what:literal);* $(;)?) => {
        $(
            pub(crate) fn $read(bytes: &[u8]) -> Result<$type, StoreError> {
                decode(bytes, $what)
            }
        )*
    };
}

readers! {
    read_head Head, "customer";
    read_account Account, "account";
    read_session Session, "session";
    read_applied Applied, "remembered request";
    read_xdr Xdr, "xDR";
    read_ledger LedgerEntry, "ledger entry";
    read_event Event, "event";
    read_record Record, "record";
    read_relay Option<Relay>, "message";
}

/// The rows that a batch writes, encoded one after the other as the journal keeps them.
#[derive(Debug, Default)]
pub struct Images {
    octets: Vec<u8>,
}

impl Images {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The image of a row of the aggregate as it is now; nothing when there is no such row.
    pub fn add_row(&mut self, customer: &Customer, key: &RowKey) {
        let id = customer.head.id;
        match key {
            RowKey::Head => self.add(id, key, Some(&customer.head)),
            RowKey::Account(account) => self.add(id, key, customer.account(*account)),
            RowKey::Session(session) => self.add(id, key, customer.sessions.get(session)),
            RowKey::Applied(request) => self.add(id, key, customer.applied.get(request)),
            RowKey::Xdr(_) | RowKey::Ledger(_) | RowKey::Event(_) | RowKey::Record(_) | RowKey::Relay(..) => {
            }
        }
    }

    /// The image of a new transaction record.
    pub fn add_xdr(&mut self, xdr: &Xdr) {
        self.add(xdr.customer, &RowKey::Xdr(xdr.id), Some(xdr));
    }

    /// The image of a new ledger entry.
    pub fn add_ledger(&mut self, entry: &LedgerEntry) {
        self.add(entry.customer, &RowKey::Ledger(entry.id), Some(entry));
    }

    /// The image of a new event.
    pub fn add_event(&mut self, event: &Event) {
        self.add(event.customer, &RowKey::Event(event.id), Some(event));
    }

    /// The image of a plain record of the customer.
    pub fn add_record(&mut self, customer: CustomerId, number: u64, record: &Record) {
        self.add(customer, &RowKey::Record(number), Some(record));
    }

    /// The image of a message that waits to be taken.
    pub fn add_relay(&mut self, relay: &Relay) {
        self.add_relay_row(relay, Some(relay));
    }

    /// The image of a message that was taken: it replaces the message, often before that one is in the tables.
    pub fn add_relay_taken(&mut self, relay: &Relay) {
        self.add_relay_row(relay, None);
    }

    fn add_relay_row(&mut self, relay: &Relay, row: Option<&Relay>) {
        if let Some(from) = relay.from() {
            self.add(from, &RowKey::Relay(relay.id, relay.to), Some(&row));
        }
    }

    /// Version, then per image: customer, key, length, row.
    fn add<T: Serialize>(&mut self, customer: CustomerId, key: &RowKey, row: Option<&T>) {
        let Some(row) = row else { return };
        if self.octets.is_empty() {
            self.octets.push(VERSION);
        }
        self.put(&(customer, key));
        let start = self.octets.len();
        self.octets.extend_from_slice(&[0; LENGTH_OCTETS]);
        self.octets.push(VERSION);
        self.put(row);
        let length = self.octets.len().saturating_sub(start + LENGTH_OCTETS);
        // A row has no 4 GB: states are bounded far below.
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        if let Some(place) = self.octets.get_mut(start..start + LENGTH_OCTETS) {
            place.copy_from_slice(&length);
        }
    }

    fn put<T: Serialize>(&mut self, value: &T) {
        // postcard fails only for types without a known length, of which there are none here.
        let _ = postcard::serialize_with_flavor(value, Behind(&mut self.octets));
    }
}

/// Lets postcard write behind what is there; its own flavours take one octet at a time.
struct Behind<'a>(&'a mut Vec<u8>);

impl postcard::ser_flavors::Flavor for Behind<'_> {
    type Output = ();

    fn try_push(&mut self, octet: u8) -> postcard::Result<()> {
        self.0.push(octet);
        Ok(())
    }

    fn try_extend(&mut self, octets: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(octets);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// Reads a journal record: its images in order.
pub(crate) fn read_journal(payload: &[u8], mut show: impl FnMut(Image)) -> Result<(), StoreError> {
    let corrupt = StoreError::Corrupt("journal record");
    let Some((&(OLDEST..=VERSION), mut rest)) = payload.split_first() else { return Err(corrupt) };
    while !rest.is_empty() {
        let read = postcard::take_from_bytes::<(CustomerId, RowKey)>(rest);
        let Ok(((customer, key), behind)) = read else { return Err(corrupt) };
        let Some((length, behind)) = behind.split_first_chunk::<LENGTH_OCTETS>() else { return Err(corrupt) };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let Some((bytes, behind)) = behind.split_at_checked(length) else { return Err(corrupt) };
        show(Image { customer, key, bytes: bytes.into() });
        rest = behind;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
