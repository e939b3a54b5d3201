//! Writes messages into a buffer that the caller keeps and reuses; lengths are patched when a group or message ends.

use std::net::IpAddr;

use crate::codes::{AvpId, flags};
use crate::header::Header;
use crate::time;

/// Lengths on the wire have 24 bits.
const MAX_LENGTH: usize = 0xff_ffff;
/// Longest AVP header.
const AVP_HEADER: usize = 12;

/// Writes one message at the end of a buffer.
///
/// What does not fit 24-bit lengths cannot be sent: [`Encoder::finish`] then takes the whole message back and says 0.
#[derive(Debug)]
pub struct Encoder<'b> {
    out: &'b mut Vec<u8>,
    start: usize,
    too_long: bool,
}

/// A group that was begun; give it to [`Encoder::end_group`].
#[derive(Debug)]
#[must_use = "a group that is not ended has no length"]
pub struct OpenGroup {
    at: usize,
}

impl<'b> Encoder<'b> {
    /// Begins a message with this header; its length field is filled in by [`Encoder::finish`].
    pub fn new(out: &'b mut Vec<u8>, header: &Header) -> Self {
        let start = out.len();
        out.extend_from_slice(&header.encode());
        Self { out, start, too_long: false }
    }

    /// AVPs without a message around them (the inside of a Failed-AVP); do not [`Encoder::finish`] it.
    pub(crate) fn fragment(out: &'b mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start, too_long: false }
    }

    /// OctetString, with the usual flags of `id`.
    pub fn octets(&mut self, id: AvpId, data: &[u8]) {
        self.avp(id, id.flags(), data);
    }

    /// UTF8String, DiameterIdentity, DiameterURI.
    pub fn text(&mut self, id: AvpId, text: &str) {
        self.octets(id, text.as_bytes());
    }

    /// Unsigned32.
    pub fn u32(&mut self, id: AvpId, value: u32) {
        self.octets(id, &value.to_be_bytes());
    }

    /// Integer32 and Enumerated.
    pub fn i32(&mut self, id: AvpId, value: i32) {
        self.octets(id, &value.to_be_bytes());
    }

    /// Unsigned64.
    pub fn u64(&mut self, id: AvpId, value: u64) {
        self.octets(id, &value.to_be_bytes());
    }

    /// Integer64.
    pub fn i64(&mut self, id: AvpId, value: i64) {
        self.octets(id, &value.to_be_bytes());
    }

    /// Time, from seconds of the Unix epoch.
    pub fn time(&mut self, id: AvpId, unix_seconds: i64) {
        self.u32(id, time::wire_from_unix(unix_seconds));
    }

    /// Address of family 1 or 2.
    pub fn address(&mut self, id: AvpId, address: IpAddr) {
        match address {
            IpAddr::V4(v4) => {
                let [a, b, c, d] = v4.octets();
                self.octets(id, &[0, 1, a, b, c, d]);
            }
            IpAddr::V6(v6) => {
                let mut data = [0; 18];
                for (to, from) in data.iter_mut().zip([0, 2].into_iter().chain(v6.octets())) {
                    *to = from;
                }
                self.octets(id, &data);
            }
        }
    }

    /// An AVP with exactly these flags; for echoes and for tests. V follows the vendor, whatever `flags` says.
    pub fn avp(&mut self, id: AvpId, flags: u8, data: &[u8]) {
        if data.len() > MAX_LENGTH - AVP_HEADER {
            self.too_long = true;
            return;
        }
        let at = self.head(id, flags);
        self.out.extend_from_slice(data);
        self.close(at);
    }

    /// Octets that already are whole, padded AVPs.
    pub(crate) fn verbatim(&mut self, avps: &[u8]) {
        self.out.extend_from_slice(avps);
    }

    /// Begins a Grouped AVP with the usual flags of `id`; what follows until [`Encoder::end_group`] is inside.
    pub fn begin_group(&mut self, id: AvpId) -> OpenGroup {
        self.begin_group_with(id, id.flags())
    }

    /// As [`Encoder::begin_group`], with other flags.
    pub fn begin_group_with(&mut self, id: AvpId, flags: u8) -> OpenGroup {
        OpenGroup { at: self.head(id, flags) }
    }

    /// Ends the innermost group.
    pub fn end_group(&mut self, group: OpenGroup) {
        self.close(group.at);
    }

    /// Patches the message length. Octets written, or 0 when the message was too long and has been taken back.
    pub fn finish(self) -> usize {
        let length = self.out.len() - self.start;
        if self.too_long || length > MAX_LENGTH {
            self.out.truncate(self.start);
            return 0;
        }
        patch_u24(self.out, self.start + 1, length);
        length
    }

    fn head(&mut self, id: AvpId, flags: u8) -> usize {
        let at = self.out.len();
        self.out.extend_from_slice(&id.code.to_be_bytes());
        if id.vendor == 0 {
            self.out.extend_from_slice(&[flags & !flags::AVP_VENDOR, 0, 0, 0]);
        } else {
            self.out.extend_from_slice(&[flags | flags::AVP_VENDOR, 0, 0, 0]);
            self.out.extend_from_slice(&id.vendor.to_be_bytes());
        }
        at
    }

    /// Patches the length of the AVP that starts at `at` and pads it.
    fn close(&mut self, at: usize) {
        let length = self.out.len() - at;
        if length > MAX_LENGTH {
            self.too_long = true;
            return;
        }
        patch_u24(self.out, at + 5, length);
        // Padding counts from the AVP's own start; messages and groups start on multiples of four of it.
        self.out.resize(at + length.next_multiple_of(4), 0);
    }
}

fn patch_u24(out: &mut [u8], at: usize, value: usize) {
    let [.., a, b, c] = value.to_be_bytes();
    for (to, from) in out.iter_mut().skip(at).zip([a, b, c]) {
        *to = from;
    }
}
