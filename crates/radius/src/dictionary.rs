//! Names and types of attributes. Our own text files under `dict/radius/` are built in; an operator's files in the same grammar, which
//! is that of FreeRADIUS dictionaries, can be added at run time. Reading text is `parse`, making attributes is `text`, showing them `trace`.

mod parse;
mod text;

use crate::attribute::VendorFormat;
use crate::value::{Kind, Value};
use std::collections::HashMap;
use thiserror::Error;

pub use parse::{Include, Notice};
pub use text::EncodedAttribute;

/// Most attributes a dictionary holds, built-in and added.
const MAX_ATTRIBUTES: usize = 50_000;
/// Longest dictionary file read.
const MAX_FILE_LENGTH: usize = 4 * 1024 * 1024;
/// Largest tag of a tagged attribute (RFC 2868 3.1).
const MAX_TAG: u8 = 0x1f;

const BUILT_IN: [(&str, &str); 17] = [
    ("rfc2865.dict", include_str!("../../../dict/radius/rfc2865.dict")),
    ("rfc2866.dict", include_str!("../../../dict/radius/rfc2866.dict")),
    ("rfc2869.dict", include_str!("../../../dict/radius/rfc2869.dict")),
    ("ipv6.dict", include_str!("../../../dict/radius/ipv6.dict")),
    ("rfc5176.dict", include_str!("../../../dict/radius/rfc5176.dict")),
    ("rfc5090.dict", include_str!("../../../dict/radius/rfc5090.dict")),
    ("alcatel-sr.dict", include_str!("../../../dict/radius/alcatel-sr.dict")),
    ("cisco.dict", include_str!("../../../dict/radius/cisco.dict")),
    ("erx.dict", include_str!("../../../dict/radius/erx.dict")),
    ("huawei.dict", include_str!("../../../dict/radius/huawei.dict")),
    ("microsoft.dict", include_str!("../../../dict/radius/microsoft.dict")),
    ("mikrotik.dict", include_str!("../../../dict/radius/mikrotik.dict")),
    ("3gpp.dict", include_str!("../../../dict/radius/3gpp.dict")),
    ("3gpp2.dict", include_str!("../../../dict/radius/3gpp2.dict")),
    ("starent.dict", include_str!("../../../dict/radius/starent.dict")),
    ("wispr.dict", include_str!("../../../dict/radius/wispr.dict")),
    ("chillispot.dict", include_str!("../../../dict/radius/chillispot.dict")),
];

/// What is wrong with a line of a dictionary, or with text that should become an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DictionaryError {
    /// A line that starts with a word we don't know.
    #[error("unknown keyword {0}")]
    UnknownKeyword(String),
    /// A line with too few columns.
    #[error("{0} needs more columns")]
    MissingColumn(&'static str),
    /// Not a number, or one that doesn't fit where it stands.
    #[error("{0} is no number that fits here")]
    BadNumber(String),
    /// A type we don't know: the attribute is kept as octets.
    #[error("unknown type {0}, taken as octets")]
    UnknownType(String),
    /// A flag we don't know: the rest of the line counts.
    #[error("unknown flag {0}, left out")]
    UnknownFlag(String),
    /// A vendor no VENDOR line has introduced.
    #[error("unknown vendor {0}")]
    UnknownVendor(String),
    /// An attribute no ATTRIBUTE line has introduced.
    #[error("unknown attribute {0}")]
    UnknownAttribute(String),
    /// A vendor's `format=` that isn't t,l or t,l,c.
    #[error("{0} is no vendor format")]
    BadFormat(String),
    /// Nested attributes are read where a vendor's own one holds them (`90.2`), no deeper and nowhere else.
    #[error("nested attribute {0} is left out")]
    Nested(String),
    /// A file that this one includes isn't there.
    #[error("$INCLUDE {name} is left out: {reason}")]
    Include {
        /// As written.
        name: String,
        /// Why.
        reason: String,
    },
    /// Over `MAX_ATTRIBUTES` entries or `MAX_FILE_LENGTH` octets: the rest is left out.
    #[error("the dictionary is too large, the rest is left out")]
    TooLarge,
    /// Text that doesn't fit the attribute's type. The text is not repeated: it may be a secret.
    #[error("the value for {attribute} does not fit its type {kind:?}")]
    BadValue {
        /// The attribute's name.
        attribute: String,
        /// Its type.
        kind: Kind,
    },
    /// The value must be encrypted with the shared secret, which text can't be.
    #[error("{0} is encrypted on the wire and cannot be set from text")]
    Encrypted(String),
}

impl DictionaryError {
    /// A stable code; see [`crate::PacketError::code`].
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownKeyword(_) => "RADIUS-101",
            Self::MissingColumn(_) => "RADIUS-102",
            Self::BadNumber(_) => "RADIUS-103",
            Self::UnknownType(_) => "RADIUS-104",
            Self::UnknownFlag(_) => "RADIUS-105",
            Self::UnknownVendor(_) => "RADIUS-106",
            Self::UnknownAttribute(_) => "RADIUS-107",
            Self::BadFormat(_) => "RADIUS-108",
            Self::Nested(_) => "RADIUS-109",
            Self::Include { .. } => "RADIUS-110",
            Self::TooLarge => "RADIUS-111",
            Self::BadValue { .. } => "RADIUS-112",
            Self::Encrypted(_) => "RADIUS-113",
        }
    }
}

/// How a value is encrypted on the wire: `encrypt=` of the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encryption {
    /// Not.
    #[default]
    None,
    /// 1: as User-Password (RFC 2865 5.2).
    UserPassword,
    /// 2: as Tunnel-Password, with salt (RFC 2868 3.5).
    TunnelPassword,
    /// 3: Ascend's own.
    Ascend,
}

/// One attribute of the dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeDefinition {
    /// Its name, as operators type it.
    pub name: String,
    /// The vendor's private enterprise number; 0 for standard attributes.
    pub vendor: u32,
    /// The number of the attribute of the same vendor that it stands inside (`90.2`); nothing for most.
    pub inside: Option<u32>,
    /// Its number in that space.
    pub number: u32,
    /// Its type.
    pub kind: Kind,
    /// Whether a tag octet may lead the value (RFC 2868 3).
    pub tagged: bool,
    /// How it is encrypted.
    pub encryption: Encryption,
    /// Whether its value is masked wherever packets are shown.
    pub secret: bool,
    /// Named values (VALUE lines), in file order; where two names mean one number, the first is shown.
    values: Vec<(String, u64)>,
}

impl AttributeDefinition {
    /// The name of a number.
    pub fn value_name(&self, number: u64) -> Option<&str> {
        self.values.iter().find(|(_, known)| *known == number).map(|(name, _)| name.as_str())
    }

    /// The number of a name, upper and lower case alike.
    pub fn value_number(&self, name: &str) -> Option<u64> {
        self.values.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, number)| *number)
    }

    /// Reads a value, its tag apart. RFC 2868 3: a tagged integer always gives its first octet to the tag and has 24 bits left; a tagged
    /// string has a tag only where its first octet is at most 0x1F.
    pub fn decode(&self, octets: &[u8]) -> (Option<u8>, Value) {
        match (self.tagged, self.kind, octets) {
            (true, Kind::Integer, [tag, a, b, c]) => {
                (Some(*tag), Value::Integer(u32::from_be_bytes([0, *a, *b, *c])))
            }
            (true, Kind::Text, [tag, text @ ..]) if *tag <= MAX_TAG => {
                (Some(*tag), Value::decode(Kind::Text, text))
            }
            _ => (None, Value::decode(self.kind, octets)),
        }
    }

    /// The octets of a value with its tag. A tagged integer without tag gets tag 0, as the format has no way to leave it out.
    pub fn encode(&self, tag: Option<u8>, value: &Value) -> Vec<u8> {
        let mut octets = value.encode();
        match (self.tagged, self.kind) {
            (true, Kind::Integer) => {
                if let Some(first) = octets.first_mut() {
                    *first = tag.unwrap_or(0);
                }
            }
            (true, _) => octets.splice(..0, tag).for_each(drop),
            (false, _) => {}
        }
        octets
    }

    /// Whether the value must not be shown.
    pub fn is_hidden(&self) -> bool {
        self.secret || self.encryption != Encryption::None
    }
}

/// One vendor of the dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendor {
    /// Its name.
    pub name: String,
    /// Its private enterprise number.
    pub number: u32,
    /// How it lays out its attributes.
    pub format: VendorFormat,
}

/// Names and types of attributes and vendors.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    definitions: Vec<AttributeDefinition>,
    by_name: HashMap<String, usize>,
    by_number: HashMap<(u32, u32), usize>,
    /// Those inside another one: vendor, that one, its own.
    nested: HashMap<(u32, u32, u32), usize>,
    vendors: HashMap<u32, Vendor>,
    vendor_names: HashMap<String, u32>,
}

impl Dictionary {
    /// Knows nothing yet.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Knows the files under `dict/radius/`. Their lines are all good: a test holds that, so nothing is reported here.
    pub fn built_in() -> Self {
        let mut dictionary = Self::empty();
        for (file, text) in BUILT_IN {
            dictionary.parse(file, text);
        }
        dictionary
    }

    /// The files [`Self::built_in`] reads: name and text.
    pub fn built_in_files() -> &'static [(&'static str, &'static str)] {
        &BUILT_IN
    }

    /// The attribute of this name, upper and lower case alike.
    pub fn by_name(&self, name: &str) -> Option<&AttributeDefinition> {
        self.definitions.get(*self.by_name.get(&name.to_ascii_lowercase())?)
    }

    /// The attribute of this number; `vendor` 0 for standard attributes.
    pub fn by_number(&self, vendor: u32, number: u32) -> Option<&AttributeDefinition> {
        self.definitions.get(*self.by_number.get(&(vendor, number))?)
    }

    /// The attribute of this number inside another one of a vendor.
    pub fn nested(&self, vendor: u32, inside: u32, number: u32) -> Option<&AttributeDefinition> {
        self.definitions.get(*self.nested.get(&(vendor, inside, number))?)
    }

    /// The vendor of this private enterprise number.
    pub fn vendor(&self, number: u32) -> Option<&Vendor> {
        self.vendors.get(&number)
    }

    /// The vendor of this name, upper and lower case alike.
    pub fn vendor_by_name(&self, name: &str) -> Option<&Vendor> {
        self.vendor(*self.vendor_names.get(&name.to_ascii_lowercase())?)
    }

    /// How a vendor lays out its attributes; the RFC's recommendation where nobody says.
    pub fn vendor_format(&self, number: u32) -> VendorFormat {
        self.vendor(number).map(|vendor| vendor.format).unwrap_or_default()
    }

    fn define_vendor(&mut self, vendor: Vendor) {
        self.vendor_names.insert(vendor.name.to_ascii_lowercase(), vendor.number);
        self.vendors.insert(vendor.number, vendor);
    }

    /// A known name is defined anew, named values kept; a new name on a known number is an alias, and packets are shown with the first.
    fn define(&mut self, mut definition: AttributeDefinition) -> Result<(), DictionaryError> {
        let name = definition.name.to_ascii_lowercase();
        let key = (definition.vendor, definition.inside, definition.number);
        let known = self.by_name.get(&name).copied();
        if let Some(known) = known.and_then(|at| self.definitions.get_mut(at))
            && (known.vendor, known.inside, known.number) == key
        {
            definition.values = std::mem::take(&mut known.values);
            *known = definition;
            return Ok(());
        }
        if self.definitions.len() >= MAX_ATTRIBUTES {
            return Err(DictionaryError::TooLarge);
        }
        let at = self.definitions.len();
        self.definitions.push(definition);
        self.by_name.insert(name, at);
        match key {
            (vendor, None, number) => self.by_number.entry((vendor, number)).or_insert(at),
            (vendor, Some(inside), number) => self.nested.entry((vendor, inside, number)).or_insert(at),
        };
        Ok(())
    }

    fn define_value(&mut self, attribute: &str, name: &str, number: u64) -> Result<(), DictionaryError> {
        let definition = self
            .by_name
            .get(&attribute.to_ascii_lowercase())
            .and_then(|at| self.definitions.get_mut(*at))
            .ok_or_else(|| DictionaryError::UnknownAttribute(attribute.to_owned()))?;
        definition.values.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        if definition.values.len() >= MAX_ATTRIBUTES {
            return Err(DictionaryError::TooLarge);
        }
        definition.values.push((name.to_owned(), number));
        Ok(())
    }
}
