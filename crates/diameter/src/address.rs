//! The Address type: a two-octet family, then its octets (RFC 6733 4.3.1).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const FAMILY_IPV4: u16 = 1;
const FAMILY_IPV6: u16 = 2;
/// E.164, seen in SMSC-Address and Client-Address.
const FAMILY_E164: u16 = 8;

/// A decoded Address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address<'a> {
    /// Families 1 and 2.
    Ip(IpAddr),
    /// Family 8, digits as text.
    E164(&'a str),
    /// Any other family.
    Other(u16, &'a [u8]),
}

impl<'a> Address<'a> {
    /// `None` when the octets do not fit the family.
    #[must_use]
    pub fn read(data: &'a [u8]) -> Option<Self> {
        let (family, rest) = data.split_first_chunk::<2>()?;
        Some(match u16::from_be_bytes(*family) {
            FAMILY_IPV4 => Self::Ip(Ipv4Addr::from(<[u8; 4]>::try_from(rest).ok()?).into()),
            FAMILY_IPV6 => Self::Ip(Ipv6Addr::from(<[u8; 16]>::try_from(rest).ok()?).into()),
            FAMILY_E164 => Self::E164(std::str::from_utf8(rest).ok()?),
            other => Self::Other(other, rest),
        })
    }
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => write!(f, "{ip}"),
            Self::E164(digits) => write!(f, "E.164 {}", digits.escape_debug()),
            Self::Other(family, octets) => {
                write!(f, "family {family}, {}", crate::trace::hex(octets))
            }
        }
    }
}
