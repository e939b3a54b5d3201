//! AVPs as views into the message's octets (RFC 6733 4): nothing is copied, each octet is passed once.

use std::str;

use crate::address::Address;
use crate::codes::{AvpId, flags, vendor};
use crate::error::{DecodeError, FailedAvp};
use crate::time;

/// AVPs on one level of a message; more is refused. (A busy gateway's request has about sixty in all.)
pub const MAX_AVPS: u16 = 1024;
/// Groups within groups; deeper is refused. (TS 32.299 needs five.)
pub const MAX_DEPTH: u8 = 8;
/// Octets of an AVP header without and with Vendor-Id.
const HEADER: usize = 8;
const VENDOR_HEADER: usize = 12;

/// One AVP of a message, borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AvpRef<'a> {
    /// Vendor and code.
    pub id: AvpId,
    /// V, M and P bits as received.
    pub flags: u8,
    /// The data without header and padding.
    pub data: &'a [u8],
    depth: u8,
}

impl<'a> AvpRef<'a> {
    /// Unsigned32.
    ///
    /// # Errors
    /// 5014 when the data is not four octets; so for all fixed types below.
    pub fn u32(&self) -> Result<u32, DecodeError> {
        Ok(u32::from_be_bytes(self.fixed()?))
    }

    /// Integer32 and Enumerated.
    ///
    /// # Errors
    /// 5014.
    pub fn i32(&self) -> Result<i32, DecodeError> {
        Ok(i32::from_be_bytes(self.fixed()?))
    }

    /// Unsigned64.
    ///
    /// # Errors
    /// 5014.
    pub fn u64(&self) -> Result<u64, DecodeError> {
        Ok(u64::from_be_bytes(self.fixed()?))
    }

    /// Integer64.
    ///
    /// # Errors
    /// 5014.
    pub fn i64(&self) -> Result<i64, DecodeError> {
        Ok(i64::from_be_bytes(self.fixed()?))
    }

    /// Time, as seconds of the Unix epoch.
    ///
    /// # Errors
    /// 5014.
    pub fn time(&self) -> Result<i64, DecodeError> {
        Ok(time::unix_from_wire(self.u32()?))
    }

    /// UTF8String, DiameterIdentity, DiameterURI.
    ///
    /// # Errors
    /// 5004 when the octets are not UTF-8.
    pub fn text(&self) -> Result<&'a str, DecodeError> {
        str::from_utf8(self.data).map_err(|_| self.invalid())
    }

    /// Address (RFC 6733 4.3.1).
    ///
    /// # Errors
    /// 5014 when the octets do not fit the family.
    pub fn address(&self) -> Result<Address<'a>, DecodeError> {
        Address::read(self.data).ok_or_else(|| DecodeError::AvpLength(FailedAvp::copy(self)))
    }

    /// The members of a Grouped AVP.
    ///
    /// # Errors
    /// 5012 below [`MAX_DEPTH`].
    pub fn group(&self) -> Result<AvpIter<'a>, DecodeError> {
        if self.depth >= MAX_DEPTH {
            return Err(DecodeError::TooDeep { limit: MAX_DEPTH });
        }
        Ok(AvpIter { rest: self.data, depth: self.depth + 1, left: MAX_AVPS })
    }

    /// The M bit.
    #[must_use]
    pub const fn is_mandatory(&self) -> bool {
        self.flags & flags::AVP_MANDATORY != 0
    }

    /// "Invalid value" about this AVP (5004).
    #[must_use]
    pub fn invalid(&self) -> DecodeError {
        DecodeError::AvpValue(FailedAvp::copy(self))
    }

    /// "Too many times" about this AVP (5009).
    #[must_use]
    pub fn too_often(&self) -> DecodeError {
        DecodeError::AvpTooOften(FailedAvp::copy(self))
    }

    fn fixed<const N: usize>(&self) -> Result<[u8; N], DecodeError> {
        self.data.try_into().map_err(|_| DecodeError::AvpLength(FailedAvp::copy(self)))
    }
}

/// The AVPs of a message or of a group in order. After an error it ends.
#[derive(Debug, Clone)]
pub struct AvpIter<'a> {
    rest: &'a [u8],
    depth: u8,
    left: u16,
}

impl<'a> AvpIter<'a> {
    /// The AVPs of `body`, the octets after a message header.
    #[must_use]
    pub const fn new(body: &'a [u8]) -> Self {
        Self { rest: body, depth: 0, left: MAX_AVPS }
    }

    #[inline]
    fn take(&mut self) -> Result<AvpRef<'a>, DecodeError> {
        self.left = self.left.checked_sub(1).ok_or(DecodeError::TooManyAvps { limit: MAX_AVPS })?;
        let rest = self.rest;
        let Some(&[c0, c1, c2, c3, flags, l0, l1, l2]) = rest.first_chunk::<HEADER>() else {
            return Err(cut_header(rest));
        };
        let code = u32::from_be_bytes([c0, c1, c2, c3]);
        let length = u32::from_be_bytes([0, l0, l1, l2]) as usize;
        let (vendor, header) = if flags & flags::AVP_VENDOR == 0 {
            (vendor::IETF, HEADER)
        } else {
            match rest.get(HEADER..).and_then(<[u8]>::first_chunk::<4>) {
                Some(octets) => (u32::from_be_bytes(*octets), VENDOR_HEADER),
                None => return Err(cut_header(rest)),
            }
        };
        let id = AvpId { vendor, code };
        let Some(data) = rest.get(header..length) else {
            return Err(DecodeError::AvpLength(FailedAvp::example(id, flags)));
        };
        // The padding of the last member of a group is sometimes left out; messages are multiples of four anyway.
        self.rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Ok(AvpRef { id, flags, data, depth: self.depth })
    }
}

/// Octets too few for an AVP header: shown by the code, as far as it is there.
#[cold]
fn cut_header(rest: &[u8]) -> DecodeError {
    let mut code = [0; 4];
    for (to, from) in code.iter_mut().zip(rest) {
        *to = *from;
    }
    DecodeError::AvpLength(FailedAvp::example(AvpId::ietf(u32::from_be_bytes(code)), 0))
}

impl<'a> Iterator for AvpIter<'a> {
    type Item = Result<AvpRef<'a>, DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let taken = self.take();
        if taken.is_err() {
            self.rest = &[];
        }
        Some(taken)
    }
}
