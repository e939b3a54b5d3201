//! Data types of attribute values (RFC 2865 5, RFC 3162 2, RFC 8044 3): octets to typed value and back, text to typed value and back.
//! Decoding never fails: octets that don't fit the type stay octets, so that a trace can still show them.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The type a dictionary gives an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `integer`: 32 bits.
    Integer,
    /// `string`: UTF-8 text.
    Text,
    /// `octets`: anything.
    Octets,
    /// `octets[n]`: anything of that size.
    FixedOctets(usize),
    /// `ipaddr`.
    Ipv4,
    /// `byte`: 8 bits.
    Byte,
    /// `short`: 16 bits.
    Short,
    /// `integer64`: 64 bits.
    Integer64,
    /// `date`: 32 bits of Unix seconds.
    Date,
    /// `ipv6addr`.
    Ipv6,
    /// `ipv6prefix`: reserved octet, length in bits, up to 16 octets.
    Ipv6Prefix,
    /// `ifid`: 8 octets.
    InterfaceId,
    /// `ether`: 6 octets.
    Ether,
}

impl Kind {
    /// The word dictionaries use for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Text => "string",
            Self::Octets | Self::FixedOctets(_) => "octets",
            Self::Ipv4 => "ipaddr",
            Self::Byte => "byte",
            Self::Short => "short",
            Self::Integer64 => "integer64",
            Self::Date => "date",
            Self::Ipv6 => "ipv6addr",
            Self::Ipv6Prefix => "ipv6prefix",
            Self::InterfaceId => "ifid",
            Self::Ether => "ether",
        }
    }
}

/// One value, typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// 32-bit number.
    Integer(u32),
    /// Text.
    Text(String),
    /// Octets, also those that don't fit their attribute's type.
    Octets(Vec<u8>),
    /// IPv4 address.
    Ipv4(Ipv4Addr),
    /// 8-bit number.
    Byte(u8),
    /// 16-bit number.
    Short(u16),
    /// 64-bit number.
    Integer64(u64),
    /// Unix seconds.
    Date(u32),
    /// IPv6 address.
    Ipv6(Ipv6Addr),
    /// IPv6 prefix.
    Ipv6Prefix(Prefix),
    /// Interface identifier.
    InterfaceId([u8; 8]),
    /// MAC address.
    Ether([u8; 6]),
}

impl Value {
    /// Reads octets as `kind`; what doesn't fit stays [`Value::Octets`].
    pub fn decode(kind: Kind, octets: &[u8]) -> Self {
        Self::decode_exact(kind, octets).unwrap_or_else(|| Self::Octets(octets.to_vec()))
    }

    fn decode_exact(kind: Kind, octets: &[u8]) -> Option<Self> {
        Some(match kind {
            Kind::Integer => Self::Integer(u32::from_be_bytes(octets.try_into().ok()?)),
            Kind::Text => Self::Text(std::str::from_utf8(octets).ok()?.to_owned()),
            Kind::Octets | Kind::FixedOctets(_) => return None,
            Kind::Ipv4 => Self::Ipv4(<[u8; 4]>::try_from(octets).ok()?.into()),
            Kind::Byte => Self::Byte(u8::from_be_bytes(octets.try_into().ok()?)),
            Kind::Short => Self::Short(u16::from_be_bytes(octets.try_into().ok()?)),
            Kind::Integer64 => Self::Integer64(u64::from_be_bytes(octets.try_into().ok()?)),
            Kind::Date => Self::Date(u32::from_be_bytes(octets.try_into().ok()?)),
            Kind::Ipv6 => Self::Ipv6(<[u8; 16]>::try_from(octets).ok()?.into()),
            Kind::Ipv6Prefix => Self::Ipv6Prefix(Prefix::from_wire(octets)?),
            Kind::InterfaceId => Self::InterfaceId(octets.try_into().ok()?),
            Kind::Ether => Self::Ether(octets.try_into().ok()?),
        })
    }

    /// The octets to send.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Integer(number) | Self::Date(number) => number.to_be_bytes().to_vec(),
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Octets(octets) => octets.clone(),
            Self::Ipv4(address) => address.octets().to_vec(),
            Self::Byte(number) => vec![*number],
            Self::Short(number) => number.to_be_bytes().to_vec(),
            Self::Integer64(number) => number.to_be_bytes().to_vec(),
            Self::Ipv6(address) => address.octets().to_vec(),
            Self::Ipv6Prefix(prefix) => prefix.to_wire(),
            Self::InterfaceId(octets) => octets.to_vec(),
            Self::Ether(octets) => octets.to_vec(),
        }
    }

    /// Reads text as an operator writes it: numbers decimal or `0x` hexadecimal, octets as `0x...` or plain text, addresses, prefixes
    /// and MAC addresses as usual. `None` where it doesn't fit the type.
    pub fn parse(kind: Kind, text: &str) -> Option<Self> {
        Some(match kind {
            Kind::Integer => Self::Integer(parse_number(text)?),
            Kind::Text => Self::Text(text.to_owned()),
            Kind::Octets => Self::Octets(parse_octets(text)?),
            Kind::FixedOctets(size) => {
                Self::Octets(parse_octets(text).filter(|octets| octets.len() == size)?)
            }
            Kind::Ipv4 => Self::Ipv4(text.parse().ok()?),
            Kind::Byte => Self::Byte(parse_number(text)?),
            Kind::Short => Self::Short(parse_number(text)?),
            Kind::Integer64 => Self::Integer64(parse_number(text)?),
            Kind::Date => Self::Date(parse_number(text)?),
            Kind::Ipv6 => Self::Ipv6(text.parse().ok()?),
            Kind::Ipv6Prefix => Self::Ipv6Prefix(text.parse().ok()?),
            Kind::InterfaceId => Self::InterfaceId(parse_interface_id(text)?),
            Kind::Ether => Self::Ether(parse_ether(text)?),
        })
    }

    /// The value as a number, where it is one: what VALUE lines of a dictionary name.
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Integer(number) | Self::Date(number) => Some(u64::from(*number)),
            Self::Byte(number) => Some(u64::from(*number)),
            Self::Short(number) => Some(u64::from(*number)),
            Self::Integer64(number) => Some(*number),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    /// For logs and traces: text is quoted and its control characters escaped, octets are hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) | Self::Date(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "\"{}\"", text.escape_debug()),
            Self::Octets(octets) => {
                f.write_str("0x")?;
                octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
            Self::Ipv4(address) => write!(f, "{address}"),
            Self::Byte(number) => write!(f, "{number}"),
            Self::Short(number) => write!(f, "{number}"),
            Self::Integer64(number) => write!(f, "{number}"),
            Self::Ipv6(address) => write!(f, "{address}"),
            Self::Ipv6Prefix(prefix) => write!(f, "{prefix}"),
            Self::InterfaceId([a, b, c, d, e, g, h, i]) => {
                write!(f, "{a:02x}{b:02x}:{c:02x}{d:02x}:{e:02x}{g:02x}:{h:02x}{i:02x}")
            }
            Self::Ether([a, b, c, d, e, g]) => {
                write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
            }
        }
    }
}

/// An IPv6 prefix (RFC 3162 2.3). Bits behind its length are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Prefix {
    address: Ipv6Addr,
    length: u8,
}

impl Prefix {
    /// The first `length` bits of `address`; `None` over 128.
    pub fn new(address: Ipv6Addr, length: u8) -> Option<Self> {
        let unused = 128_u32.checked_sub(u32::from(length))?;
        let mask = u128::MAX.checked_shl(unused).unwrap_or(0);
        Some(Self { address: Ipv6Addr::from_bits(address.to_bits() & mask), length })
    }

    /// The address, zero behind the prefix.
    pub fn address(&self) -> Ipv6Addr {
        self.address
    }

    /// Bits of the prefix, 0 to 128.
    pub fn length(&self) -> u8 {
        self.length
    }

    /// Reserved octet, length, then as many octets as the sender cared to send; missing ones are zero.
    pub fn from_wire(octets: &[u8]) -> Option<Self> {
        let [_reserved, length, sent @ ..] = octets else { return None };
        let mut address = [0; 16];
        address.get_mut(..sent.len())?.copy_from_slice(sent);
        Self::new(address.into(), *length)
    }

    fn to_wire(self) -> Vec<u8> {
        let needed = usize::from(self.length).div_ceil(8);
        [0, self.length].into_iter().chain(self.address.octets().into_iter().take(needed)).collect()
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

impl FromStr for Prefix {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, length) = text.split_once('/').ok_or(())?;
        Self::new(address.parse().map_err(|_| ())?, length.parse().map_err(|_| ())?).ok_or(())
    }
}

/// A decimal or `0x` hexadecimal number that fits `T`.
pub(crate) fn parse_number<T: TryFrom<u64>>(text: &str) -> Option<T> {
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hexadecimal) => u64::from_str_radix(hexadecimal, 16).ok()?,
        None => text.parse().ok()?,
    };
    T::try_from(number).ok()
}

fn parse_octets(text: &str) -> Option<Vec<u8>> {
    let Some(hexadecimal) = text.strip_prefix("0x") else { return Some(text.as_bytes().to_vec()) };
    let digits: Option<Vec<u32>> = hexadecimal.chars().map(|digit| digit.to_digit(16)).collect();
    let (pairs, odd) = digits.as_deref()?.as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| u8::try_from(high * 16 + low).ok()).collect()
}

fn parse_interface_id(text: &str) -> Option<[u8; 8]> {
    let groups: Option<Vec<u16>> = text.split(':').map(|group| u16::from_str_radix(group, 16).ok()).collect();
    groups?.iter().flat_map(|group| group.to_be_bytes()).collect::<Vec<u8>>().try_into().ok()
}

fn parse_ether(text: &str) -> Option<[u8; 6]> {
    let octets: Option<Vec<u8>> =
        text.split([':', '-']).map(|octet| u8::from_str_radix(octet, 16).ok()).collect();
    octets?.try_into().ok()
}
