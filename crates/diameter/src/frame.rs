//! Cuts a byte stream into messages, without I/O.
//!
//! A stream that once had a wrong version or length has lost its message boundaries for good: the error is final and the
//! connection must be closed, after 5011 or 5015 where a header is there to answer (RFC 6733 7.1.5).

use crate::error::DecodeError;
use crate::header::{VERSION, check_length};
use crate::message::MESSAGE_LIMIT;

/// Room made free before the unread octets are moved to the front of the buffer.
const COMPACT_FROM: usize = 16 * 1024;

/// Collects octets and hands out whole messages.
#[derive(Debug)]
pub struct Splitter {
    buffer: Vec<u8>,
    start: usize,
    limit: u32,
}

impl Default for Splitter {
    fn default() -> Self {
        Self::with_limit(MESSAGE_LIMIT)
    }
}

impl Splitter {
    /// A splitter that takes messages up to `limit` octets.
    #[must_use]
    pub const fn with_limit(limit: u32) -> Self {
        Self { buffer: Vec::new(), start: 0, limit }
    }

    /// Adds octets in the order they came.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer_mut().extend_from_slice(bytes);
    }

    /// The buffer to append received octets to, for readers that can read into it directly. Only append.
    pub fn buffer_mut(&mut self) -> &mut Vec<u8> {
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        } else if self.start >= COMPACT_FROM {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        &mut self.buffer
    }

    /// The next whole message, or `None` until more octets come.
    ///
    /// # Errors
    /// A framing error, which every later call repeats: close the connection.
    pub fn next_message(&mut self) -> Result<Option<&[u8]>, DecodeError> {
        let unread = self.buffer.get(self.start..).unwrap_or_default();
        match split(unread, self.limit)? {
            Some(length) => {
                self.start += length;
                Ok(unread.get(..length))
            }
            None => Ok(None),
        }
    }

    /// Octets that were not handed out yet, the first of what is to be refused.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Octets that wait for the rest of their message.
    #[must_use]
    pub const fn pending(&self) -> usize {
        self.buffer.len().saturating_sub(self.start)
    }
}

/// Octets of the message at the start of `bytes`, or `None` when it is not whole yet.
///
/// # Errors
/// As [`Splitter::next_message`]; found as soon as the first four octets are there.
pub fn split(bytes: &[u8], limit: u32) -> Result<Option<usize>, DecodeError> {
    if let Some(&version) = bytes.first()
        && version != VERSION
    {
        return Err(DecodeError::UnsupportedVersion { version });
    }
    let Some(&[_, a, b, c]) = bytes.first_chunk::<4>() else { return Ok(None) };
    let length = u32::from_be_bytes([0, a, b, c]);
    check_length(length)?;
    if length > limit {
        return Err(DecodeError::MessageTooLong { length, limit });
    }
    let length = length as usize;
    Ok((bytes.len() >= length).then_some(length))
}
