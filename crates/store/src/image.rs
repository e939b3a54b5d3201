//! Row images: what the journal holds, one encoded row each.
//!
//! Encoding: a version octet, then postcard. A changed shape gets a new version, and old ones stay readable: a row only grows at its
//! end, and what is new begins as nothing, which postcard writes as zeros.

use crate::{Record, Rooms, StoreError};
use charging::{
    Account, AccountId, Applied, Behind, Counts, Customer, CustomerId, Event, Head, LedgerEntry, Relay,
    RequestKey, RowId, Session, SessionKey, Xdr, put_number,
};
use money::Amount;
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
    /// What counting changed of a session's row and its customer's head ([`charging::Counts`]); a later image of the session
    /// replaces it, too.
    Counts(SessionKey),
}

/// The same as it is encoded, borrowed.
#[derive(Deserialize)]
#[allow(dead_code)] // Of most only the shape is looked at.
enum EncodedKey<'a> {
    Head,
    Account(AccountId),
    Session(&'a [u8]),
    Applied(&'a str),
    Xdr(RowId),
    Ledger(RowId),
    Event(RowId),
    Record(u64),
    Relay(RowId, CustomerId),
    Counts(&'a [u8]),
}

/// One encoded row of one customer, as it lies in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Image<'a> {
    /// Whose.
    pub customer: CustomerId,
    /// Which row: an encoded [`RowKey`].
    pub key: &'a [u8],
    /// Written once and never changed.
    pub is_appended: bool,
    /// A whole session, whose counts of before say nothing any more.
    pub session: Option<&'a [u8]>,
    /// The encoded row.
    pub bytes: &'a [u8],
}

/// The key of an image.
pub(crate) fn read_key(octets: &[u8]) -> Result<RowKey, StoreError> {
    postcard::from_bytes(octets).map_err(|_| StoreError::Corrupt("key of a row"))
}

/// The encoded key of a session's counts.
pub(crate) fn counts_key(session: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(session.len() + LENGTH_OCTETS);
    let _ = postcard::serialize_with_flavor(
        &RowKey::Counts(SessionKey::from_bytes(session)),
        Behind(&mut octets),
    );
    octets
}

/// The encoding written today.
const VERSION: u8 = 7;
/// The ones before it: rows without the last fields of today's.
const OLDEST: u8 = 2;
/// The last of them.
const BEFORE: u8 = 6;
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
    ($($read:ident $type:ty, $what:expr);* $(;)?) => {
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
    read_counts_before Counts, COUNTS;
}

const COUNTS: &str = "counts of a session";
/// Stands in front of the session in an encoded [`RowKey::Counts`].
const COUNTS_KEY: u8 = 9;

/// The first encoding in which counts have a form of their own; their answers took more room in it than since.
const COUNTS_FIXED: u8 = 6;
/// The one behind it.
const ANSWERS_SHORT: u8 = 7;

/// Counts of any encoding.
pub(crate) fn read_counts(bytes: &[u8]) -> Result<Counts, StoreError> {
    match bytes.split_first() {
        Some((ANSWERS_SHORT..=VERSION, rest)) => Counts::read(rest).ok_or(StoreError::Corrupt(COUNTS)),
        Some((&COUNTS_FIXED, rest)) => Counts::read_before(rest).ok_or(StoreError::Corrupt(COUNTS)),
        _ => read_counts_before(bytes),
    }
}

/// A session from its image and what was counted since.
pub(crate) fn read_counted_session(image: &[u8], counts: Option<&[u8]>) -> Result<Session, StoreError> {
    let mut session = read_session(image)?;
    let fits = counts.map(read_counts).transpose()?.is_none_or(|counts| counts.bring_up(&mut session));
    if fits { Ok(session) } else { Err(StoreError::Corrupt(COUNTS)) }
}

/// A head from its image and what was counted since, as the row's own columns say it.
pub(crate) fn read_counted_head(image: &[u8], seq: i64, reserved: i64) -> Result<Head, StoreError> {
    let mut head = read_head(image)?;
    head.seq = u64::try_from(seq).map_err(|_| StoreError::Corrupt("customer"))?;
    head.purse.reserved = Amount::from_micros(reserved);
    Ok(head)
}

/// The rows that a batch writes, encoded one after the other as the journal keeps them.
#[derive(Debug, Default)]
pub struct Images {
    octets: Vec<u8>,
    home: Option<Rooms<u8>>,
}

impl Drop for Images {
    fn drop(&mut self) {
        if let Some(home) = &self.home {
            home.keep(std::mem::take(&mut self.octets));
        }
    }
}

impl Images {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// None yet, with a room of these, to which it goes back.
    pub fn in_room(rooms: &Rooms<u8>) -> Self {
        Self { octets: rooms.take(), home: Some(rooms.clone()) }
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
            RowKey::Counts(session) => self.add_counts(customer, session),
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

    /// The image of what was counted of a session. Nearly every image is one, so its key is put together by hand.
    pub fn add_counts(&mut self, customer: &Customer, session: &SessionKey) {
        let Some(counted) = customer.sessions.get(session) else { return };
        let key = |octets: &mut Vec<u8>| {
            let session = session.as_bytes();
            put_number(customer.head.id.0.into(), octets);
            octets.push(COUNTS_KEY);
            put_number(session.len() as u64, octets);
            octets.extend_from_slice(session);
        };
        self.put_image(key, |octets| Counts::write(&customer.head, counted, octets));
    }

    fn add<T: Serialize>(&mut self, customer: CustomerId, key: &RowKey, row: Option<&T>) {
        let Some(row) = row else { return };
        self.put_image(|octets| put(&(customer, key), octets), |octets| put(row, octets));
    }

    /// Version, then per image: customer, key, length, row.
    fn put_image(&mut self, key: impl FnOnce(&mut Vec<u8>), write: impl FnOnce(&mut Vec<u8>)) {
        if self.octets.is_empty() {
            self.octets.push(VERSION);
        }
        key(&mut self.octets);
        let start = self.octets.len();
        self.octets.extend_from_slice(&[0; LENGTH_OCTETS]);
        self.octets.push(VERSION);
        write(&mut self.octets);
        let length = self.octets.len().saturating_sub(start + LENGTH_OCTETS);
        // A row has no 4 GB: states are bounded far below.
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        if let Some(place) = self.octets.get_mut(start..start + LENGTH_OCTETS) {
            place.copy_from_slice(&length);
        }
    }
}

fn put(value: &impl Serialize, octets: &mut Vec<u8>) {
    // postcard fails only for types without a known length, of which there are none here.
    let _ = postcard::serialize_with_flavor(value, Behind(octets));
}

/// Reads a journal record: its images in order.
pub(crate) fn read_journal<'a>(payload: &'a [u8], mut show: impl FnMut(Image<'a>)) -> Result<(), StoreError> {
    let corrupt = StoreError::Corrupt("journal record");
    let Some((&(OLDEST..=VERSION), mut rest)) = payload.split_first() else { return Err(corrupt) };
    while !rest.is_empty() {
        let Ok((customer, keyed)) = postcard::take_from_bytes::<CustomerId>(rest) else {
            return Err(corrupt);
        };
        let Ok((shape, behind)) = postcard::take_from_bytes::<EncodedKey<'_>>(keyed) else {
            return Err(corrupt);
        };
        let key = keyed.get(..keyed.len().saturating_sub(behind.len())).unwrap_or_default();
        let Some((length, behind)) = behind.split_first_chunk::<LENGTH_OCTETS>() else { return Err(corrupt) };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let Some((bytes, behind)) = behind.split_at_checked(length) else { return Err(corrupt) };
        let is_appended = matches!(
            shape,
            EncodedKey::Xdr(_) | EncodedKey::Ledger(_) | EncodedKey::Event(_) | EncodedKey::Record(_)
        );
        let session = if let EncodedKey::Session(session) = shape { Some(session) } else { None };
        show(Image { customer, key, is_appended, session, bytes });
        rest = behind;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
