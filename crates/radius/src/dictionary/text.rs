//! Attributes from the text of an operator's policy.

use super::{AttributeDefinition, Dictionary, DictionaryError, Encryption, MAX_TAG};
use crate::attribute::VendorFormat;
use crate::value::Value;

/// Octets before the value of a nested attribute: type and length.
const NESTED_HEADER: usize = 2;

/// An attribute ready to be pushed into a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedAttribute {
    /// The vendor's private enterprise number; 0 for standard attributes.
    pub vendor: u32,
    /// How that vendor lays out its attributes.
    pub format: VendorFormat,
    /// The attribute's number.
    pub number: u32,
    /// Its value on the wire.
    pub value: Vec<u8>,
}

impl Dictionary {
    /// Makes an attribute from its name and the text of its value, e.g. `Mikrotik-Rate-Limit`, `10M/10M`. Numbers may be given by their
    /// dictionary name (`Service-Type`, `Framed-User`); a tag follows the name (`ERX-Service-Activate:1`).
    ///
    /// # Errors
    /// The name is unknown, the text doesn't fit its type, or the attribute is encrypted on the wire.
    pub fn encode(&self, name: &str, text: &str) -> Result<EncodedAttribute, DictionaryError> {
        let unknown = || DictionaryError::UnknownAttribute(name.to_owned());
        let (base, tag) = match name.split_once(':') {
            Some((base, tag)) => {
                (base, Some(tag.parse().ok().filter(|tag| *tag <= MAX_TAG).ok_or_else(unknown)?))
            }
            None => (name, None),
        };
        let definition = self.by_name(base).filter(|d| tag.is_none() || d.tagged).ok_or_else(unknown)?;
        if definition.encryption != Encryption::None {
            return Err(DictionaryError::Encrypted(definition.name.clone()));
        }
        let number = definition.value_number(text).map(|number| number.to_string());
        let value = Value::parse(definition.kind, number.as_deref().unwrap_or(text));
        let bad = || DictionaryError::BadValue { attribute: definition.name.clone(), kind: definition.kind };
        let value = definition.encode(tag, &value.ok_or_else(bad)?);
        let (number, value) = match definition.inside {
            None => (definition.number, value),
            Some(outer) => (outer, definition.nest(&value).ok_or_else(bad)?),
        };
        let (vendor, format) = (definition.vendor, self.vendor_format(definition.vendor));
        Ok(EncodedAttribute { vendor, format, number, value })
    }

    /// Whether what [`Self::encode`] makes of a name is a part of another attribute, which may hold several.
    pub fn is_nested(&self, name: &str) -> bool {
        self.by_name(name).is_some_and(|definition| definition.inside.is_some())
    }
}

impl AttributeDefinition {
    /// Type, length and value as they stand inside another attribute.
    fn nest(&self, value: &[u8]) -> Option<Vec<u8>> {
        let length = value.len().checked_add(NESTED_HEADER)?;
        let header = [u8::try_from(self.number).ok()?, u8::try_from(length).ok()?];
        Some([&header, value].concat())
    }
}
