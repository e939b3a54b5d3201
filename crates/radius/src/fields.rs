//! Typed reading of the standard attributes the server itself needs, and who the NAS says it is (RFC 2865 4.1: one of NAS-IP-Address,
//! NAS-IPv6-Address and NAS-Identifier; they name a NAS, they never pick the shared secret).

use crate::error::PacketError;
use crate::number;
use crate::packet::Packet;
use crate::value::Prefix;
use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

impl<'a> Packet<'a> {
    /// The first value of `attribute` as text. Octets that aren't UTF-8 become U+FFFD, which no identifier of ours contains.
    pub fn text(&self, attribute: u8) -> Option<String> {
        self.text_there(attribute).map(Cow::into_owned)
    }

    /// The same, left where it is in the datagram.
    pub fn text_there(&self, attribute: u8) -> Option<Cow<'a, str>> {
        self.first(attribute).map(String::from_utf8_lossy)
    }

    /// The first value of `attribute` as a 32-bit number.
    ///
    /// # Errors
    /// It has not 4 octets: guessing a counter would be worse.
    pub fn integer(&self, attribute: u8) -> Result<Option<u32>, PacketError> {
        Ok(self.exact(attribute)?.map(u32::from_be_bytes))
    }

    /// The first value of `attribute` as an IPv4 address.
    ///
    /// # Errors
    /// It has not 4 octets.
    pub fn ipv4(&self, attribute: u8) -> Result<Option<Ipv4Addr>, PacketError> {
        Ok(self.exact::<4>(attribute)?.map(Ipv4Addr::from))
    }

    /// The first value of `attribute` as an IPv6 address.
    ///
    /// # Errors
    /// It has not 16 octets.
    pub fn ipv6(&self, attribute: u8) -> Result<Option<Ipv6Addr>, PacketError> {
        Ok(self.exact::<16>(attribute)?.map(Ipv6Addr::from))
    }

    /// The first value of `attribute` as an IPv6 prefix (RFC 3162 2.3).
    ///
    /// # Errors
    /// Its octets are no prefix.
    pub fn ipv6_prefix(&self, attribute: u8) -> Result<Option<Prefix>, PacketError> {
        self.first(attribute)
            .map(|value| {
                Prefix::from_wire(value).ok_or(PacketError::BadValue { attribute, got: value.len() })
            })
            .transpose()
    }

    fn exact<const N: usize>(&self, attribute: u8) -> Result<Option<[u8; N]>, PacketError> {
        self.first(attribute)
            .map(|value| value.try_into().map_err(|_| PacketError::BadValue { attribute, got: value.len() }))
            .transpose()
    }
}

/// Which device and which of its ports a request speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NasIdentity {
    /// NAS-IP-Address.
    pub ipv4: Option<Ipv4Addr>,
    /// NAS-IPv6-Address.
    pub ipv6: Option<Ipv6Addr>,
    /// NAS-Identifier.
    pub identifier: Option<String>,
    /// NAS-Port.
    pub port: Option<u32>,
    /// NAS-Port-Id.
    pub port_id: Option<String>,
    /// NAS-Port-Type.
    pub port_type: Option<u32>,
}

impl NasIdentity {
    /// Reads what is there.
    ///
    /// # Errors
    /// An attribute has a wrong size.
    pub fn read(packet: &Packet<'_>) -> Result<Self, PacketError> {
        Ok(Self {
            ipv4: packet.ipv4(number::NAS_IP_ADDRESS)?,
            ipv6: packet.ipv6(number::NAS_IPV6_ADDRESS)?,
            identifier: packet.text(number::NAS_IDENTIFIER),
            port: packet.integer(number::NAS_PORT)?,
            port_id: packet.text(number::NAS_PORT_ID),
            port_type: packet.integer(number::NAS_PORT_TYPE)?,
        })
    }
}
