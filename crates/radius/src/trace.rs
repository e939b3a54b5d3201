//! A datagram as people read it, attribute by attribute, also one that is malformed: what could be read, and where reading stopped.
//!
//! Secrets are never shown and can be taken out of the octets for good ([`Dictionary::blank_secrets`]). Who may not see personal data
//! gets [`View::Masked`]: numbers and named values stay, texts, addresses and octets are hidden unless the attribute is known to tell
//! nothing of a person. Must not know: who looks, why.

use crate::attribute::{Attribute, VendorAttribute, VendorFormat, VendorSpecific};
use crate::code::Code;
use crate::dictionary::{AttributeDefinition, Dictionary};
use crate::number;
use crate::packet::{HEADER_LENGTH, Packet};
use crate::value::{Kind, Value};
use std::ops::Range;

/// Octets of the type and the length before a value.
const ATTRIBUTE_HEADER: usize = 2;
/// Octets of Vendor-Specific before the vendor's own attributes.
const VENDOR_HEADER: usize = 4;
/// Microsoft (RFC 2548).
const MICROSOFT: u32 = 311;

/// Standard attributes that stay hidden whatever a dictionary says: passwords, challenges with their answers, keys (RFC 2865 5.2, 5.3,
/// RFC 2868 3.5, RFC 2869 5, RFC 3579 3, RFC 5090 3, and the digest attributes of the draft before it).
const SECRET: [u8; 24] = [
    number::USER_PASSWORD,
    number::CHAP_PASSWORD,
    number::CHAP_CHALLENGE,
    number::EAP_MESSAGE,
    number::MESSAGE_AUTHENTICATOR,
    69,
    70,
    71,
    73,
    74,
    78,
    84,
    103,
    105,
    106,
    107,
    112,
    113,
    116,
    117,
    118,
    121,
    206,
    207,
];

/// Microsoft's challenges, responses, changed passwords and keys (RFC 2548 2).
const MICROSOFT_SECRET: [u8; 13] = [1, 3, 4, 5, 6, 8, 11, 12, 16, 17, 25, 26, 27];

/// Texts, addresses and octets that tell nothing of a person, by name.
const HARMLESS: [&str; 34] = [
    "NAS-IP-Address",
    "NAS-IPv6-Address",
    "NAS-Identifier",
    "Filter-Id",
    "Acct-Session-Id",
    "Acct-Multi-Session-Id",
    "Connect-Info",
    "Proxy-State",
    "Framed-Pool",
    "Framed-IPv6-Pool",
    "Framed-IP-Netmask",
    "Delegated-IPv6-Prefix-Pool",
    "DNS-Server-IPv6-Address",
    "MS-CHAP-Error",
    "3GPP-SGSN-Address",
    "3GPP-GGSN-Address",
    "3GPP-Charging-Gateway-Address",
    "3GPP-Charging-Characteristics",
    "3GPP-GPRS-Negotiated-QoS-profile",
    "3GPP-Selection-Mode",
    "3GPP-NSAPI",
    "Alc-Subsc-Prof-Str",
    "Alc-SLA-Prof-Str",
    "Alc-App-Prof-Str",
    "Alc-Subscriber-QoS-Override",
    "Alc-Sub-Serv-Activate",
    "Alc-Sub-Serv-Deactivate",
    "ERX-Service-Activate",
    "ERX-Service-Deactivate",
    "ERX-Ingress-Policy-Name",
    "ERX-Egress-Policy-Name",
    "ERX-Qos-Profile-Name",
    "Huawei-Policy-Name",
    "Mikrotik-Rate-Limit",
];

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Everything but secrets.
    Full,
    /// Neither secrets nor personal data.
    Masked,
}

/// A datagram, read as far as it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dissection {
    /// What kind of packet.
    pub code: Code,
    /// Its Identifier.
    pub identifier: u8,
    /// Its attributes in order, those of a vendor without the Vendor-Specific around them.
    pub fields: Vec<Field>,
}

/// One attribute, or the place where reading stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name, with its tag; empty where reading stopped.
    pub name: String,
    /// The vendor's name or number; empty for standard attributes.
    pub vendor: String,
    /// Its number, as `14988/8` for a vendor's.
    pub number: String,
    /// The name of its type.
    pub kind: &'static str,
    /// What it says.
    pub value: FieldValue,
}

/// What an attribute says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// The value as text: named numbers by name, octets in hexadecimal, texts quoted.
    Text(String),
    /// Personal data that this reader does not see.
    Masked {
        /// Octets of the value.
        octets: usize,
    },
    /// A password, key or proof of one.
    Secret,
    /// Reading stopped at this octet of the datagram.
    Stopped {
        /// Counted from the datagram's first octet.
        at: usize,
        /// Why.
        reason: String,
    },
}

/// One attribute with its place in the datagram.
struct Placed<'a> {
    vendor: u32,
    /// Of the attribute that it stands inside.
    inside: Option<u32>,
    number: u32,
    value: &'a [u8],
    at: usize,
}

/// Where an attribute stops making sense; reading goes on at `end`.
struct Broken {
    at: usize,
    end: usize,
    reason: String,
}

type Walked<'a> = Result<Placed<'a>, Broken>;

impl Dictionary {
    /// Reads a datagram, well-formed or not; `None` when there is not even a code and an identifier.
    pub fn dissect(&self, datagram: &[u8], view: View) -> Option<Dissection> {
        let (code, identifier) = (Code::from(*datagram.first()?), *datagram.get(1)?);
        let fields = self.walk(datagram).into_iter().map(|walked| self.field(walked, view));
        Some(Dissection { code, identifier, fields: fields.collect() })
    }

    /// Overwrites every secret with zeros, and what cannot be read, since it could hold one. Lengths stay.
    pub fn blank_secrets(&self, datagram: &mut [u8]) {
        let ranges = self.walk(datagram).into_iter().filter_map(|walked| match walked {
            Ok(placed) => self
                .is_secret(placed.vendor, placed.inside, placed.number)
                .then(|| placed.at..placed.at + placed.value.len()),
            // Type and length of what is wrong stay to be seen.
            Err(broken) => Some((broken.at + ATTRIBUTE_HEADER).min(broken.end)..broken.end),
        });
        let ranges: Vec<Range<usize>> = ranges.collect();
        for range in ranges {
            datagram.get_mut(range).into_iter().for_each(|octets| octets.fill(0));
        }
    }

    /// Every attribute of a packet as `Name = value`, in order, for logs. Secrets are masked; unknown attributes are shown by number in
    /// hexadecimal.
    pub fn describe(&self, packet: &Packet<'_>) -> Vec<String> {
        let line = |walked| {
            let Field { name, value, .. } = self.field(walked, View::Full);
            match value {
                FieldValue::Text(text) => format!("{name} = {text}"),
                FieldValue::Secret | FieldValue::Masked { .. } => format!("{name} = ***"),
                FieldValue::Stopped { reason, .. } => reason,
            }
        };
        self.walk(packet.bytes()).into_iter().map(line).collect()
    }

    fn walk<'a>(&self, datagram: &'a [u8]) -> Vec<Walked<'a>> {
        let mut found = Vec::new();
        let stated = datagram
            .get(2..4)
            .map_or(0, |octets| octets.iter().fold(0, |sum: usize, octet| (sum << 8) | usize::from(*octet)));
        let end = stated.min(datagram.len());
        let mut at = HEADER_LENGTH;
        while let Some(rest) = datagram.get(at..end)
            && let Some(number) = rest.first().copied()
        {
            let length = rest.get(1).map_or(0, |length| usize::from(*length));
            let Some(value) = rest.get(ATTRIBUTE_HEADER..length) else {
                let reason = format!("attribute {number} has a wrong length");
                found.push(Err(Broken { at, end: datagram.len(), reason }));
                return found;
            };
            self.walk_attribute(&Attribute { number, value }, at + ATTRIBUTE_HEADER, &mut found);
            at += length;
        }
        // What Packet::decode finds wrong beside attributes: the header, or fewer octets than stated.
        if let Err(error) = Packet::decode(datagram) {
            let at = if datagram.len() < HEADER_LENGTH { 0 } else { end.max(HEADER_LENGTH) };
            found.push(Err(Broken { at, end: datagram.len(), reason: error.to_string() }));
        }
        found
    }

    /// A standard attribute, or those inside Vendor-Specific.
    fn walk_attribute<'a>(&self, attribute: &Attribute<'a>, at: usize, found: &mut Vec<Walked<'a>>) {
        let Some(specific) = attribute.vendor_specific() else {
            let (number, value) = (u32::from(attribute.number), attribute.value);
            return found.push(Ok(Placed { vendor: 0, inside: None, number, value, at }));
        };
        let (vendor, format) = (specific.vendor, self.vendor_format(specific.vendor));
        let end = at + attribute.value.len();
        let mut inside = specific.attributes(format);
        let mut place = at + VENDOR_HEADER;
        while let Some(inner) = inside.next() {
            let value_at = place + format.header_length();
            self.walk_vendors(&inner, value_at, found);
            place = end - inside.rest().len();
        }
        if place < end {
            let reason = format!("Vendor-{vendor} = {} octets not in its format", end - place);
            found.push(Err(Broken { at: place, end, reason }));
        }
    }

    /// An attribute of a vendor, or those nested inside it where all of them are known.
    fn walk_vendors<'a>(&self, attribute: &VendorAttribute<'a>, at: usize, found: &mut Vec<Walked<'a>>) {
        let VendorAttribute { vendor, number, value } = *attribute;
        let inside = VendorSpecific { vendor, data: value }.attributes(VendorFormat::default());
        let (mut nested, mut place) = (Vec::new(), at);
        for inner in inside {
            if self.nested(vendor, number, inner.number).is_none() {
                break;
            }
            let at = place + VendorFormat::default().header_length();
            nested.push(Ok(Placed {
                vendor,
                inside: Some(number),
                number: inner.number,
                value: inner.value,
                at,
            }));
            place = at + inner.value.len();
        }
        if nested.is_empty() || place != at + value.len() {
            return found.push(Ok(Placed { vendor, inside: None, number, value, at }));
        }
        found.append(&mut nested);
    }

    fn field(&self, walked: Walked<'_>, view: View) -> Field {
        let Placed { vendor, inside, number, value, .. } = match walked {
            Ok(placed) => placed,
            Err(Broken { at, reason, .. }) => {
                let (name, vendor, number) = Default::default();
                return Field { name, vendor, number, kind: "", value: FieldValue::Stopped { at, reason } };
            }
        };
        let definition = self.placed(vendor, inside, number);
        let (tag, typed) = match definition {
            Some(definition) => definition.decode(value),
            None => (None, Value::Octets(value.to_vec())),
        };
        let name = match (definition, tag, vendor) {
            (Some(definition), Some(tag), _) if tag != 0 => format!("{}:{tag}", definition.name),
            (Some(definition), ..) => definition.name.clone(),
            (None, _, 0) => format!("Attr-{number}"),
            (None, ..) => format!("Vendor-{vendor}-Attr-{number}"),
        };
        let outer = inside.map_or_else(String::new, |outer| format!("{outer}."));
        let harmless = || definition.is_some_and(|known| HARMLESS.contains(&known.name.as_str()));
        let shown = if self.is_secret(vendor, inside, number) {
            FieldValue::Secret
        } else if view == View::Masked && typed.number().is_none() && !harmless() {
            FieldValue::Masked { octets: value.len() }
        } else {
            let named = typed.number().and_then(|number| definition?.value_name(number));
            FieldValue::Text(named.map_or_else(|| typed.to_string(), str::to_owned))
        };
        let vendor_name =
            || self.vendor(vendor).map_or_else(|| vendor.to_string(), |known| known.name.clone());
        Field {
            name,
            vendor: if vendor == 0 { String::new() } else { vendor_name() },
            number: if vendor == 0 { number.to_string() } else { format!("{vendor}/{outer}{number}") },
            kind: definition.map_or(Kind::Octets, |known| known.kind).name(),
            value: shown,
        }
    }

    fn placed(&self, vendor: u32, inside: Option<u32>, number: u32) -> Option<&AttributeDefinition> {
        match inside {
            None => self.by_number(vendor, number),
            Some(outer) => self.nested(vendor, outer, number),
        }
    }

    /// Whether the value must never be shown.
    fn is_secret(&self, vendor: u32, inside: Option<u32>, number: u32) -> bool {
        let hidden = || self.placed(vendor, inside, number).is_some_and(|known| known.is_hidden());
        match (vendor, u8::try_from(number)) {
            _ if inside.is_some() => hidden(),
            (0, Ok(number)) if SECRET.contains(&number) => true,
            (MICROSOFT, Ok(number)) if MICROSOFT_SECRET.contains(&number) => true,
            _ => hidden(),
        }
    }
}
