//! Writes one packet: attributes in the order pushed, then the signature its kind needs. Replies carry every Proxy-State of the
//! request, unmodified and in order (RFC 2865 5.33), and answers to an Access-Request carry Message-Authenticator as their first
//! attribute (the defence against CVE-2024-3596, draft-ietf-radext-deprecating-radius).

use crate::attribute::VendorFormat;
use crate::authenticator;
use crate::code::Code;
use crate::dictionary::EncodedAttribute;
use crate::error::PacketError;
use crate::number;
use crate::packet::{
    AUTHENTICATOR_LENGTH, Authenticator, HEADER_LENGTH, MAX_PACKET_LENGTH, MAX_VALUE_LENGTH, Packet,
};
use std::net::Ipv4Addr;

/// Where a Message-Authenticator's 16 octets start when it is the first attribute.
const FIRST_VALUE_OFFSET: usize = HEADER_LENGTH + 2;

/// A packet being made. Every `push` refuses what would not fit, so that the finished packet is always well-formed.
#[derive(Debug, Clone)]
pub struct PacketBuilder {
    code: Code,
    identifier: u8,
    body: Vec<u8>,
}

impl PacketBuilder {
    /// An empty packet.
    pub fn new(code: Code, identifier: u8) -> Self {
        Self { code, identifier, body: Vec::new() }
    }

    /// An empty reply to `request`: same identifier.
    pub fn reply_to(request: &Packet<'_>, code: Code) -> Self {
        Self::new(code, request.identifier())
    }

    /// The kind of packet being made.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The same packet with another identifier.
    #[must_use]
    pub fn with_identifier(mut self, identifier: u8) -> Self {
        self.identifier = identifier;
        self
    }

    /// Adds an attribute.
    ///
    /// # Errors
    /// The value is over 253 octets, or the packet would be over 4096.
    pub fn push(&mut self, number: u8, value: &[u8]) -> Result<&mut Self, PacketError> {
        self.push_parts(number, &[value])
    }

    /// Adds a 32-bit number.
    ///
    /// # Errors
    /// The packet would be too long.
    pub fn push_integer(&mut self, number: u8, value: u32) -> Result<&mut Self, PacketError> {
        self.push(number, &value.to_be_bytes())
    }

    /// Adds an IPv4 address.
    ///
    /// # Errors
    /// The packet would be too long.
    pub fn push_ipv4(&mut self, number: u8, value: Ipv4Addr) -> Result<&mut Self, PacketError> {
        self.push(number, &value.octets())
    }

    /// Adds one attribute of a vendor in a Vendor-Specific of its own (RFC 2865 5.26).
    ///
    /// # Errors
    /// The value doesn't fit into the container, or the packet would be too long.
    pub fn push_vendor(
        &mut self,
        vendor: u32,
        format: VendorFormat,
        number: u32,
        value: &[u8],
    ) -> Result<&mut Self, PacketError> {
        let total = format.header_length() + value.len();
        let too_long = PacketError::ValueTooLong { attribute: number::VENDOR_SPECIFIC, got: value.len() };
        if total + 4 > MAX_VALUE_LENGTH {
            return Err(too_long);
        }
        let number_octets = number.to_be_bytes();
        let length_octets = u32::try_from(total).map_err(|_| too_long)?.to_be_bytes();
        let continuation: &[u8] = if format.continuation { &[0] } else { &[] };
        self.push_parts(
            number::VENDOR_SPECIFIC,
            &[
                &vendor.to_be_bytes(),
                last_octets(&number_octets, format.type_octets),
                last_octets(&length_octets, format.length_octets),
                continuation,
                value,
            ],
        )
    }

    /// Adds an attribute made from text by the dictionary.
    ///
    /// # Errors
    /// It doesn't fit.
    pub fn push_encoded(&mut self, attribute: &EncodedAttribute) -> Result<&mut Self, PacketError> {
        if attribute.vendor != 0 {
            return self.push_vendor(attribute.vendor, attribute.format, attribute.number, &attribute.value);
        }
        let got = attribute.value.len();
        let number =
            u8::try_from(attribute.number).map_err(|_| PacketError::ValueTooLong { attribute: 0, got })?;
        self.push(number, &attribute.value)
    }

    fn push_parts(&mut self, number: u8, parts: &[&[u8]]) -> Result<&mut Self, PacketError> {
        let got = parts.iter().map(|part| part.len()).sum::<usize>();
        let too_long = PacketError::ValueTooLong { attribute: number, got };
        if got > MAX_VALUE_LENGTH {
            return Err(too_long);
        }
        let length = u8::try_from(got + 2).map_err(|_| too_long)?;
        let packet_length = HEADER_LENGTH + self.body.len() + usize::from(length);
        if packet_length > MAX_PACKET_LENGTH {
            return Err(PacketError::PacketTooLong { got: packet_length });
        }
        self.body.extend([number, length]);
        parts.iter().for_each(|part| self.body.extend_from_slice(part));
        Ok(self)
    }

    /// The packet with the given authenticator and no signature.
    ///
    /// # Errors
    /// It would be over 4096 octets.
    pub fn encode(&self, authenticator: &Authenticator) -> Result<Vec<u8>, PacketError> {
        let got = HEADER_LENGTH + self.body.len();
        let too_long = PacketError::PacketTooLong { got };
        if got > MAX_PACKET_LENGTH {
            return Err(too_long);
        }
        let mut bytes = Vec::with_capacity(got);
        bytes.extend([u8::from(self.code), self.identifier]);
        bytes.extend(u16::try_from(got).map_err(|_| too_long)?.to_be_bytes());
        bytes.extend(authenticator);
        bytes.extend(&self.body);
        Ok(bytes)
    }

    /// Finishes a reply: appends the request's Proxy-States, signs with the Response Authenticator (RFC 2865 3), and with a leading
    /// Message-Authenticator where the reply answers an Access-Request or a Status-Server.
    ///
    /// # Errors
    /// The reply would be too long, or the secret is empty.
    pub fn sign_reply(mut self, request: &Packet<'_>, secret: &[u8]) -> Result<Vec<u8>, PacketError> {
        for value in request.all(number::PROXY_STATE) {
            self.push(number::PROXY_STATE, value)?;
        }
        let mut bytes = if self.code.answers_access() || request.code() == Code::StatusServer {
            self.encode_with_message_authenticator(request.authenticator(), secret)?
        } else {
            self.encode(request.authenticator())?
        };
        let response = authenticator::md5_over(&[&bytes, authenticator::usable(secret)?]);
        set_authenticator(&mut bytes, &response);
        Ok(bytes)
    }

    /// Finishes a request whose authenticator is random (Access-Request, Status-Server), with a leading Message-Authenticator.
    /// `random` must be unpredictable and never repeat under one secret (RFC 2865 3).
    ///
    /// # Errors
    /// The request would be too long, or the secret is empty.
    pub fn sign_random(self, random: &Authenticator, secret: &[u8]) -> Result<Vec<u8>, PacketError> {
        self.encode_with_message_authenticator(random, secret)
    }

    /// Finishes a request whose authenticator is computed from its content: Accounting-Request (RFC 2866 3), CoA-Request and
    /// Disconnect-Request (RFC 5176 2.3). The last two get a Message-Authenticator, made over a zero authenticator (RFC 5176 3.4).
    ///
    /// # Errors
    /// The request would be too long, or the secret is empty.
    pub fn sign_computed(self, secret: &[u8]) -> Result<Vec<u8>, PacketError> {
        let zero = [0; AUTHENTICATOR_LENGTH];
        let mut bytes = match self.code {
            Code::CoaRequest | Code::DisconnectRequest => {
                self.encode_with_message_authenticator(&zero, secret)?
            }
            _ => self.encode(&zero)?,
        };
        let computed = authenticator::md5_over(&[&bytes, authenticator::usable(secret)?]);
        set_authenticator(&mut bytes, &computed);
        Ok(bytes)
    }

    fn encode_with_message_authenticator(
        mut self,
        over: &Authenticator,
        secret: &[u8],
    ) -> Result<Vec<u8>, PacketError> {
        let pushed = std::mem::take(&mut self.body);
        self.push(number::MESSAGE_AUTHENTICATOR, &[0; AUTHENTICATOR_LENGTH])?;
        self.body.extend(pushed);
        let mut bytes = self.encode(over)?;
        let mac = authenticator::hmac_md5(secret, &[&bytes])?;
        if let Some(field) = bytes.get_mut(FIRST_VALUE_OFFSET..FIRST_VALUE_OFFSET + AUTHENTICATOR_LENGTH) {
            field.copy_from_slice(&mac);
        }
        Ok(bytes)
    }
}

/// The `count` least significant octets of a big-endian number; 4 at most.
fn last_octets(octets: &[u8; 4], count: u8) -> &[u8] {
    octets.get(4_usize.saturating_sub(usize::from(count))..).unwrap_or_default()
}

fn set_authenticator(bytes: &mut [u8], authenticator: &Authenticator) {
    if let Some(field) = bytes.get_mut(HEADER_LENGTH - AUTHENTICATOR_LENGTH..HEADER_LENGTH) {
        field.copy_from_slice(authenticator);
    }
}
