//! Packets as people read them (`Name = value`, secrets masked), and attributes from the text of an operator's policy.

use super::{AttributeDefinition, Dictionary, DictionaryError, Encryption, MAX_TAG};
use crate::attribute::{Attribute, VendorFormat};
use crate::number;
use crate::packet::Packet;
use crate::value::Value;

/// What stands in the place of a value that must not be shown.
const MASK: &str = "***";

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
        Ok(EncodedAttribute {
            vendor: definition.vendor,
            format: self.vendor_format(definition.vendor),
            number: definition.number,
            value: definition.encode(tag, &value.ok_or_else(bad)?),
        })
    }

    /// Every attribute of a packet as `Name = value`, in order, for logs and traces. Passwords, challenges' answers and whatever the
    /// dictionary calls secret are masked; unknown attributes are shown by number in hexadecimal.
    pub fn describe(&self, packet: &Packet<'_>) -> Vec<String> {
        packet.attributes().flat_map(|attribute| self.describe_attribute(&attribute)).collect()
    }

    fn describe_attribute(&self, attribute: &Attribute<'_>) -> Vec<String> {
        let Some(specific) = attribute.vendor_specific() else {
            return vec![self.describe_value(0, u32::from(attribute.number), attribute.value)];
        };
        let vendor = specific.vendor;
        let mut inside = specific.attributes(self.vendor_format(vendor));
        let mut lines: Vec<String> =
            inside.by_ref().map(|inner| self.describe_value(vendor, inner.number, inner.value)).collect();
        if !inside.rest().is_empty() {
            // not shown: without its layout nobody knows whether it is a secret
            lines.push(format!("Vendor-{vendor} = {} octets not in its format", inside.rest().len()));
        }
        lines
    }

    fn describe_value(&self, vendor: u32, number: u32, octets: &[u8]) -> String {
        let Some(definition) = self.by_number(vendor, number) else {
            let name = match vendor {
                0 => format!("Attr-{number}"),
                vendor => format!("Vendor-{vendor}-Attr-{number}"),
            };
            let value = Value::Octets(octets.to_vec());
            return if always_hidden(vendor, number) {
                format!("{name} = {MASK}")
            } else {
                format!("{name} = {value}")
            };
        };
        if definition.is_hidden() || always_hidden(vendor, number) {
            return format!("{} = {MASK}", definition.name);
        }
        let (tag, value) = definition.decode(octets);
        let name = match tag {
            Some(tag) if tag != 0 => format!("{}:{tag}", definition.name),
            _ => definition.name.clone(),
        };
        format!("{name} = {}", shown(definition, &value))
    }
}

/// Passwords stay hidden whatever a dictionary says of them.
fn always_hidden(vendor: u32, number: u32) -> bool {
    let credentials = [number::USER_PASSWORD, number::CHAP_PASSWORD].map(u32::from);
    vendor == 0 && credentials.contains(&number)
}

fn shown(definition: &AttributeDefinition, value: &Value) -> String {
    let name = value.number().and_then(|number| definition.value_name(number));
    name.map_or_else(|| value.to_string(), str::to_owned)
}
