//! For those who send requests: templates for load (bytes that are patched, not built) and shortcuts to what else a
//! client writes. Credit-control requests are built with [`crate::credit_control::CreditControlRequest::write`] and answers
//! read with [`crate::credit_control::CreditControlAnswer::read`].

use crate::avp::AvpIter;
use crate::codes::{AvpId, flags};
use crate::error::DecodeError;
use crate::header::HEADER_OCTETS;
use crate::message::Message;
pub use crate::peer::capabilities::write_request as write_cer;
pub use crate::peer::disconnect::write_request as write_dpr;
pub use crate::peer::watchdog::write_request as write_dwr;

/// Where the flags and the identifiers stand in a header.
const FLAGS_AT: usize = 4;
const HOP_BY_HOP_AT: usize = 12;
const END_TO_END_AT: usize = 16;

/// The place of an AVP's data within a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    at: usize,
    octets: usize,
}

/// A message whose values are overwritten in place: the fastest way to many alike requests.
#[derive(Debug, Clone)]
pub struct Template {
    bytes: Vec<u8>,
}

impl Template {
    /// A template from a whole message.
    ///
    /// # Errors
    /// As [`Message::decode`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        Message::decode(&bytes)?;
        Ok(Self { bytes })
    }

    /// The message as it stands.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The data of the first AVP on this path of groups, e.g. Multiple-Services-Credit-Control, Used-Service-Unit,
    /// CC-Total-Octets.
    #[must_use]
    pub fn field(&self, path: &[AvpId]) -> Option<Field> {
        self.nth_field(path, 0)
    }

    /// As [`Template::field`] with the `nth` (from 0) AVP at the head of the path: the second Subscription-Id, say.
    #[must_use]
    pub fn nth_field(&self, path: &[AvpId], nth: usize) -> Option<Field> {
        let mut avps = AvpIter::new(self.bytes.get(HEADER_OCTETS..)?);
        let (last, groups) = path.split_last()?;
        let mut skip = nth;
        for group in groups {
            let found = avps.filter_map(Result::ok).filter(|avp| avp.id == *group).nth(skip)?;
            skip = 0;
            avps = found.group().ok()?;
        }
        let data = avps.filter_map(Result::ok).filter(|avp| avp.id == *last).nth(skip)?.data;
        // The data is a part of `bytes`: the distance of their addresses is its place.
        let at = (data.as_ptr() as usize).checked_sub(self.bytes.as_ptr() as usize)?;
        Some(Field { at, octets: data.len() })
    }

    /// Sets Hop-by-Hop and End-to-End.
    pub fn set_identifiers(&mut self, hop_by_hop: u32, end_to_end: u32) {
        self.put(HOP_BY_HOP_AT, &hop_by_hop.to_be_bytes());
        self.put(END_TO_END_AT, &end_to_end.to_be_bytes());
    }

    /// Sets or clears the T flag.
    pub fn set_retransmitted(&mut self, retransmitted: bool) {
        if let Some(octet) = self.bytes.get_mut(FLAGS_AT) {
            let cleared = *octet & !flags::RETRANSMITTED;
            *octet = if retransmitted { cleared | flags::RETRANSMITTED } else { cleared };
        }
    }

    /// Sets a four-octet value; `false` (and nothing done) when the field has another length.
    pub fn set_u32(&mut self, field: Field, value: u32) -> bool {
        self.set_octets(field, &value.to_be_bytes())
    }

    /// Sets an eight-octet value; `false` when the field has another length.
    pub fn set_u64(&mut self, field: Field, value: u64) -> bool {
        self.set_octets(field, &value.to_be_bytes())
    }

    /// Sets text or octets; `false` when the field has another length.
    pub fn set_octets(&mut self, field: Field, data: &[u8]) -> bool {
        field.octets == data.len() && self.put(field.at, data)
    }

    fn put(&mut self, at: usize, data: &[u8]) -> bool {
        match at.checked_add(data.len()).and_then(|end| self.bytes.get_mut(at..end)) {
            Some(place) => {
                place.copy_from_slice(data);
                true
            }
            None => false,
        }
    }
}
