//! Requests that may be repeated: the same key with the same content gets the first answer and changes nothing.

use crate::OfficeError;
use charging::RequestKey;
use ring::digest::{SHA256, digest};

/// Longest key, in octets.
const KEY_MOST: usize = 255;
/// Keys longer than this are kept as their digest, so that prefix and step fit into what the core remembers.
const KEPT_PLAIN: usize = 128;

/// The name a requester gave to his request, with a digest of what he asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    key: Box<str>,
    fingerprint: u64,
}

impl IdempotencyKey {
    /// A key of 1 to 255 printable ASCII characters, and the content of the request (method, path and body, say).
    pub fn new(key: &str, content: &[u8]) -> Result<Self, OfficeError> {
        if key.is_empty() || key.len() > KEY_MOST || !key.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
            let reason = format!("1 to {KEY_MOST} printable ASCII characters");
            return Err(OfficeError::field("Idempotency-Key", reason));
        }
        let key = if key.len() > KEPT_PLAIN {
            digest(&SHA256, key.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect()
        } else {
            key.to_owned()
        };
        let mut first = [0; 8];
        first.iter_mut().zip(digest(&SHA256, content).as_ref()).for_each(|(to, from)| *to = *from);
        Ok(Self { key: key.into_boxed_str(), fingerprint: u64::from_be_bytes(first) })
    }

    /// The key itself (or its digest when it is long).
    pub fn text(&self) -> &str {
        &self.key
    }

    /// Digest of the request's content.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The key of one step of a use case that takes several commands.
    pub fn step(&self, step: &str) -> Self {
        Self { key: format!("{}#{step}", self.key).into_boxed_str(), fingerprint: self.fingerprint }
    }

    /// As the core remembers it.
    pub(crate) fn request(&self) -> (RequestKey, u64) {
        (format!("idem:{}", self.key).into_boxed_str(), self.fingerprint)
    }
}
