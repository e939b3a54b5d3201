//! Numbers of customers and of everything that belongs to one.
//!
//! A row's id carries its customer in the upper bits, so any id tells where it lives without a look-up, and ids of one customer
//! are in the order of their making. They come from a counter in the customer's state: the engine needs no randomness.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::{SmallVec, smallvec};
use std::fmt;
use std::sync::Arc;

/// A customer; 1 to 2^31 - 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomerId(pub u32);

/// An xDR, ledger entry, event, invoice, add-on assignment or account: customer number in bits 32..63, counter below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RowId(pub i64);

/// An account's id is the row id it got when it was made.
pub type AccountId = RowId;

impl RowId {
    /// The `counter`-th row of `customer`.
    pub const fn new(customer: CustomerId, counter: u32) -> Self {
        Self(((customer.0 as i64) << 32) | counter as i64)
    }

    /// Whose row it is; `None` for numbers that are no row id.
    pub const fn customer(self) -> Option<CustomerId> {
        if self.0 > 0 && self.0 >> 32 > 0 { Some(CustomerId((self.0 >> 32) as u32)) } else { None }
    }

    /// Position among the customer's rows.
    pub const fn counter(self) -> u32 {
        (self.0 & 0xffff_ffff) as u32
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A network session as its protocol names it, with a leading letter for the protocol: `D` + Session-Id (behind it, where a session
/// has sub-sessions, NUL + the number of one), or `R` + node + NUL + Acct-Session-Id. Copies share their octets.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(Arc<[u8]>);

impl Serialize for SessionKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for SessionKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Box::deserialize(from).map(|key: Box<[u8]>| Self(key.into()))
    }
}

/// Octets of most keys: longer ones are put together on the heap.
const KEY_USUAL: usize = 128;

impl SessionKey {
    /// Diameter Session-Id.
    pub fn diameter(session_id: &[u8]) -> Self {
        let mut octets: SmallVec<[u8; KEY_USUAL]> = smallvec![b'D'];
        octets.extend_from_slice(session_id);
        Self(octets.as_slice().into())
    }

    /// One sub-session of a Diameter session (CC-Sub-Session-Id, RFC 8506 8.5).
    pub fn diameter_part(session_id: &[u8], part: u64) -> Self {
        Self([b"D", session_id, b"\0", part.to_string().as_bytes()].concat().into())
    }

    /// Session-Id and sub-session of a Diameter session; `None` = not of that protocol, or no text.
    pub fn diameter_names(&self) -> Option<(&str, Option<u64>)> {
        let name = std::str::from_utf8(self.0.strip_prefix(b"D")?).ok()?;
        let part = name.split_once('\0').and_then(|(session, part)| Some((session, part.parse().ok()?)));
        Some(part.map_or((name, None), |(session, part)| (session, Some(part))))
    }

    /// RADIUS Acct-Session-Id, unique per node only (RFC 2866 5.5).
    pub fn radius(node: &str, acct_session_id: &[u8]) -> Self {
        Self([b"R", node.as_bytes(), b"\0", acct_session_id].concat().into())
    }

    /// From stored bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// As stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The protocol's own session name, for people; a sub-session behind it as `#7`.
    pub fn shown(&self) -> String {
        if let Some((session, Some(part))) = self.diameter_names() {
            return format!("{session} #{part}");
        }
        let name = match self.0.split_first() {
            Some((b'R', rest)) => rest.split(|b| *b == 0).nth(1).unwrap_or(rest),
            Some((_, rest)) => rest,
            None => &[],
        };
        String::from_utf8_lossy(name).into_owned()
    }

    /// Whether its network only reports what was used and is granted nothing (RADIUS accounting).
    pub fn only_counts(&self) -> bool {
        self.0.first() == Some(&b'R')
    }

    /// `RADIUS` or `Diameter`.
    pub fn protocol(&self) -> &'static str {
        if self.only_counts() { "RADIUS" } else { "Diameter" }
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.protocol(), self.shown())
    }
}
