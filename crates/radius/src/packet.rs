//! One received packet (RFC 2865 3), borrowed from the datagram it came in. Decoding checks the whole shape once, so that walking the
//! attributes afterwards can't fail. It says nothing about whether the packet is genuine: that is `authenticator`.

use crate::attribute::{Attribute, Attributes, VendorAttribute, VendorFormat};
use crate::code::Code;
use crate::error::PacketError;
use crate::number;

/// Octets of the header: code, identifier, length, authenticator.
pub const HEADER_LENGTH: usize = 20;
/// Longest packet (RFC 2865 3).
pub const MAX_PACKET_LENGTH: usize = 4096;
/// Longest value of one attribute: its length octet counts type and length too.
pub const MAX_VALUE_LENGTH: usize = 253;
/// Octets of an authenticator.
pub const AUTHENTICATOR_LENGTH: usize = 16;

/// Request or Response Authenticator.
pub type Authenticator = [u8; AUTHENTICATOR_LENGTH];

/// A well-formed packet, still borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    code: Code,
    identifier: u8,
    authenticator: Authenticator,
    bytes: &'a [u8],
    body: &'a [u8],
    firsts: Firsts,
}

/// Where each attribute begins first in the body, plus one; 0 for those that are not there. One walk for all that is asked of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Firsts([u16; 256]);

impl<'a> Packet<'a> {
    /// Reads a datagram. Octets beyond the Length field are padding and ignored; fewer than it says is a discard (RFC 2865 3).
    ///
    /// # Errors
    /// The shape is wrong; RFC 2865 asks for silent discard.
    pub fn decode(datagram: &'a [u8]) -> Result<Self, PacketError> {
        let header: &[u8; HEADER_LENGTH] =
            datagram.first_chunk().ok_or(PacketError::TooShort { got: datagram.len() })?;
        let [code, identifier, high, low, authenticator @ ..] = *header;
        let stated = usize::from(u16::from_be_bytes([high, low]));
        if !(HEADER_LENGTH..=MAX_PACKET_LENGTH).contains(&stated) {
            return Err(PacketError::LengthOutOfRange { stated });
        }
        let truncated = PacketError::Truncated { stated, got: datagram.len() };
        let bytes = datagram.get(..stated).ok_or(truncated)?;
        let body = bytes.get(HEADER_LENGTH..).ok_or(truncated)?;
        let firsts = check_attributes(body)?;
        Ok(Self { code: Code::from(code), identifier, authenticator, bytes, body, firsts })
    }

    /// What kind of packet it is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Matches replies to requests.
    pub fn identifier(&self) -> u8 {
        self.identifier
    }

    /// The authenticator field as received.
    pub fn authenticator(&self) -> &Authenticator {
        &self.authenticator
    }

    /// The packet without the padding behind it.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// All attributes in the order sent.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::over_checked(self.body)
    }

    /// The first value of a standard attribute.
    pub fn first(&self, number: u8) -> Option<&'a [u8]> {
        let at = usize::from(*self.firsts.0.get(usize::from(number))?).checked_sub(1)?;
        self.body.get(at..).and_then(|rest| Attributes::over_checked(rest).next()).map(|a| a.value)
    }

    /// Every value of a standard attribute, in order.
    pub fn all(&self, number: u8) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.attributes().filter(move |a| a.number == number).map(|a| a.value)
    }

    /// Every attribute of one vendor, in order, read in the vendor's format; stops at a malformed one inside its container.
    pub fn vendor(
        &self,
        vendor: u32,
        format: VendorFormat,
    ) -> impl Iterator<Item = VendorAttribute<'a>> + use<'a> {
        self.attributes()
            .filter_map(|a| a.vendor_specific())
            .filter(move |specific| specific.vendor == vendor)
            .flat_map(move |specific| specific.attributes(format))
    }

    /// Where the 16 octets of the Message-Authenticator start, counted from the packet's first octet.
    ///
    /// # Errors
    /// It is there twice or has not 16 octets.
    pub(crate) fn message_authenticator_offset(&self) -> Result<Option<usize>, PacketError> {
        let attribute = number::MESSAGE_AUTHENTICATOR;
        let mut found = None;
        let mut offset = HEADER_LENGTH;
        for Attribute { number, value } in self.attributes() {
            if number == attribute {
                if value.len() != AUTHENTICATOR_LENGTH {
                    return Err(PacketError::BadValue { attribute, got: value.len() });
                }
                if found.replace(offset + 2).is_some() {
                    return Err(PacketError::Repeated { attribute });
                }
            }
            offset += value.len() + 2;
        }
        Ok(found)
    }
}

/// Walks the attribute lengths to the exact end (RFC 2865 5: under 2 or beyond the packet = discard).
fn check_attributes(body: &[u8]) -> Result<Firsts, PacketError> {
    let (mut rest, mut firsts) = (body, Firsts([0; 256]));
    while let [attribute, after @ ..] = rest {
        let at = body.len() - rest.len();
        let wrong = PacketError::AttributeLength { attribute: *attribute, offset: HEADER_LENGTH + at };
        let length = usize::from(*after.first().ok_or(wrong)?);
        if length < 2 {
            return Err(wrong);
        }
        if let Some(first @ 0) = firsts.0.get_mut(usize::from(*attribute)) {
            *first = u16::try_from(at + 1).unwrap_or(0);
        }
        rest = rest.get(length..).ok_or(wrong)?;
    }
    Ok(firsts)
}
