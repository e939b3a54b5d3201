//! A message as people read it, AVP by AVP with its groups, also one that is malformed: what could be read, and where reading stopped.
//!
//! Secrets are never shown and can be taken out of the octets for good ([`blank_secrets`]). Who may not see personal data gets
//! [`View::Masked`]: numbers, times and named values stay, texts, addresses and octets are hidden unless the AVP is known to tell
//! nothing of a person. Must not know: who looks, why.

use std::fmt::Write;
use std::ops::Range;

use crate::avp::{AvpIter, AvpRef};
use crate::codes::{AvpId, flags, vendor};
use crate::dictionary::{AvpDefinition, Dictionary, Kind};
use crate::error::DecodeError;
use crate::header::{HEADER_OCTETS, Header};
use crate::message::Message;
use crate::time;

/// Octets of binary data that are shown; the rest is counted.
const HEX_LIMIT: usize = 64;
/// Parts of a Session-Id before its optional part, which some peers fill with a number of the subscriber (RFC 6733 8.8).
const SESSION_ID_PARTS: usize = 3;

/// AVPs that stay hidden: passwords, challenges with their answers, keys (RFC 7155 4.3, RFC 4072 4, RFC 4740 9.5, RFC 5090 3).
const SECRET: [u32; 21] =
    [2, 60, 69, 70, 84, 103, 105, 106, 107, 112, 113, 116, 117, 118, 121, 400, 402, 404, 462, 463, 464];
/// Authentication vectors and keys of 3GPP (TS 29.229 6.3, TS 29.272 7.3).
const TGPP_SECRET: [u32; 12] = [609, 610, 611, 612, 625, 626, 1447, 1448, 1449, 1450, 1451, 1453];

/// Texts, addresses and octets that tell nothing of a person, by name.
const HARMLESS: [&str; 38] = [
    "Host-IP-Address",
    "NAS-IP-Address",
    "NAS-Identifier",
    "Filter-Id",
    "Session-Id",
    "Acct-Session-Id",
    "Acct-Multi-Session-Id",
    "Origin-Host",
    "Origin-Realm",
    "Destination-Host",
    "Destination-Realm",
    "Product-Name",
    "Error-Message",
    "Error-Reporting-Host",
    "Proxy-Host",
    "Proxy-State",
    "Route-Record",
    "Redirect-Host",
    "CC-Correlation-Id",
    "Cost-Unit",
    "Redirect-Server-Address",
    "Restriction-Filter-Rule",
    "Service-Context-Id",
    "Charging-Rule-Base-Name",
    "3GPP-Charging-Id",
    "3GPP-CG-Address",
    "3GPP-SGSN-Address",
    "3GPP-GGSN-Address",
    "3GPP-Charging-Characteristics",
    "3GPP-GPRS-Negotiated-QoS-Profile",
    "3GPP-Selection-Mode",
    "3GPP-NSAPI",
    "3GPP-RAT-Type",
    "CG-Address",
    "GGSN-Address",
    "SGSN-Address",
    "SGW-Address",
    "Node-Id",
];

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Everything but secrets.
    Full,
    /// Neither secrets nor personal data.
    Masked,
}

/// One AVP, or the place where reading stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Groups around it.
    pub depth: usize,
    /// Which AVP; of no meaning where reading stopped.
    pub id: AvpId,
    /// The M bit.
    pub mandatory: bool,
    /// Its name; `None` for one in no dictionary.
    pub name: Option<String>,
    /// Its type; `None` for one in no dictionary.
    pub kind: Option<Kind>,
    /// What it says.
    pub value: FieldValue,
}

/// What an AVP says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// Its members follow, one deeper.
    Group,
    /// The value as text: named numbers by name, octets in hexadecimal, texts quoted.
    Text(String),
    /// Octets that do not fit the type, in hexadecimal.
    Misfit(String),
    /// Personal data that this reader does not see.
    Masked {
        /// Octets of the value.
        octets: usize,
    },
    /// A password, key or proof of one.
    Secret,
    /// Reading of this group or message stopped at this octet.
    Stopped {
        /// Counted from the message's first octet.
        at: usize,
        /// Why.
        reason: String,
    },
}

/// The AVPs of a message in order, groups before their members; what is wrong with the header comes last.
#[must_use]
pub fn dissect(octets: &[u8], dictionary: &Dictionary, view: View) -> Vec<Field> {
    let mut fields = Vec::new();
    let body = octets.get(HEADER_OCTETS..).unwrap_or_default();
    walk(octets, AvpIter::new(body), HEADER_OCTETS, dictionary, &mut |depth, found| {
        fields.push(match found {
            Ok(avp) => field(&avp, depth, dictionary, view),
            Err(stop) => stopped(depth, stop.at, stop.error.to_string()),
        });
    });
    if let Err(error) = Message::decode(octets) {
        fields.push(stopped(0, octets.len().min(HEADER_OCTETS), error.to_string()));
    }
    fields
}

/// Overwrites every secret with zeros, and what cannot be read, since it could hold one. Lengths stay.
pub fn blank_secrets(octets: &mut [u8], dictionary: &Dictionary) {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let body = octets.get(HEADER_OCTETS..).unwrap_or_default();
    walk(octets, AvpIter::new(body), HEADER_OCTETS, dictionary, &mut |_, found| match found {
        Ok(avp) if is_secret(avp.id) => {
            let at = place(octets, avp.data);
            ranges.push(at..at + avp.data.len());
        }
        Ok(_) => {}
        // The header of what is wrong stays to be seen.
        Err(stop) => ranges.push((stop.at + AVP_HEADER).min(stop.end)..stop.end),
    });
    for range in ranges {
        octets.get_mut(range).into_iter().for_each(|octets| octets.fill(0));
    }
}

/// The message as indented lines, ending with a line break.
#[must_use]
pub fn render(octets: &[u8], dictionary: &Dictionary) -> String {
    let mut text = String::with_capacity(1024);
    // Writing to a String cannot fail.
    if let Some((_, header)) = Header::peek(octets) {
        let _ = writeln!(text, "{} {}", command_name(&header, dictionary), header_words(&header, dictionary));
    }
    for field in dissect(octets, dictionary, View::Full) {
        let _ = write!(text, "{:1$}", "", (field.depth + 1) * 2);
        let mandatory = if field.mandatory { " M" } else { "" };
        let name =
            field.name.unwrap_or_else(|| format!("AVP {}/{}{mandatory}", field.id.vendor, field.id.code));
        let _ = match field.value {
            FieldValue::Group => writeln!(text, "{name}"),
            FieldValue::Text(value) => writeln!(text, "{name}: {value}"),
            FieldValue::Misfit(value) => writeln!(text, "{name}: !! {value}"),
            FieldValue::Masked { .. } | FieldValue::Secret => writeln!(text, "{name}: ***"),
            FieldValue::Stopped { reason, .. } => writeln!(text, "!! {reason}"),
        };
    }
    text
}

/// `Credit-Control-Request (CCR)`, or the number of an unknown command.
#[must_use]
pub fn command_name(header: &Header, dictionary: &Dictionary) -> String {
    let (long, short) = if header.is_request() { ("Request", 'R') } else { ("Answer", 'A') };
    match dictionary.command(header.command) {
        Some(command) => format!("{}-{long} ({}{short})", command.name, command.short),
        None => format!("Command {} {long}", header.command),
    }
}

/// What the header says beside the command: `application 4 (...) flags P hop-by-hop 0x... end-to-end 0x... 96 octets`.
#[must_use]
pub fn header_words(header: &Header, dictionary: &Dictionary) -> String {
    let mut text = format!("application {}", header.application);
    if let Some(name) = dictionary.application(header.application) {
        let _ = write!(text, " ({name})");
    }
    let bits = [(flags::PROXIABLE, 'P'), (flags::ERROR, 'E'), (flags::RETRANSMITTED, 'T')];
    let set: String = bits.iter().filter(|(bit, _)| header.flags & bit != 0).map(|(_, name)| name).collect();
    if !set.is_empty() {
        let _ = write!(text, " flags {set}");
    }
    let Header { hop_by_hop, end_to_end, length, .. } = header;
    let _ = write!(text, " hop-by-hop {hop_by_hop:#010x} end-to-end {end_to_end:#010x} {length} octets");
    text
}

/// Octets before the data of an AVP without a vendor.
const AVP_HEADER: usize = 8;

/// Where a walk ended early, and how far the container reaches.
struct Stop {
    at: usize,
    end: usize,
    error: DecodeError,
}

/// Where a part of a message is in it.
fn place(octets: &[u8], part: &[u8]) -> usize {
    // The part is borrowed from the message: the distance of their addresses is its place.
    (part.as_ptr() as usize).saturating_sub(octets.as_ptr() as usize)
}

/// Every AVP with its depth, members behind their groups. `from` and the end of the walk are counted from the message's first octet.
fn walk<'a>(
    octets: &'a [u8],
    avps: AvpIter<'a>,
    from: usize,
    dictionary: &Dictionary,
    tell: &mut impl FnMut(usize, Result<AvpRef<'a>, Stop>),
) {
    // (members still to come, where the next begins, where the container ends); the nesting is bounded by AvpRef::group.
    let mut open = vec![(avps, from, octets.len())];
    while let Some((avps, at, end)) = open.last_mut() {
        let (next, start, end) = (avps.next(), *at, *end);
        let depth = open.len() - 1;
        match next {
            None => drop(open.pop()),
            Some(Err(error)) => tell(depth, Err(Stop { at: start, end, error })),
            Some(Ok(avp)) => {
                let data = place(octets, avp.data);
                if let Some((_, at, _)) = open.last_mut() {
                    *at = (data + avp.data.len()).next_multiple_of(4);
                }
                tell(depth, Ok(avp));
                let kind = dictionary.avp(avp.id).map(|known| known.kind);
                if kind != Some(Kind::Grouped) || is_secret(avp.id) {
                    continue;
                }
                match avp.group() {
                    Ok(members) => open.push((members, data, data + avp.data.len())),
                    Err(error) => {
                        tell(depth + 1, Err(Stop { at: data, end: data + avp.data.len(), error }));
                    }
                }
            }
        }
    }
}

fn stopped(depth: usize, at: usize, reason: String) -> Field {
    let value = FieldValue::Stopped { at, reason };
    Field { depth, id: AvpId::ietf(0), mandatory: false, name: None, kind: None, value }
}

fn field(avp: &AvpRef<'_>, depth: usize, dictionary: &Dictionary, view: View) -> Field {
    let known = dictionary.avp(avp.id);
    let is_number = known.is_some_and(|known| known.kind.fixed_octets() == Some(avp.data.len()));
    let is_harmless = || known.is_some_and(|known| HARMLESS.contains(&known.name.as_str()));
    let value = match known {
        _ if is_secret(avp.id) => FieldValue::Secret,
        Some(known) if known.kind == Kind::Grouped => FieldValue::Group,
        _ if view == View::Masked && !is_number && !is_harmless() => {
            FieldValue::Masked { octets: avp.data.len() }
        }
        Some(known) => match shown(avp, known) {
            Some(text) if view == View::Masked && known.name == "Session-Id" => {
                FieldValue::Text(without_option(&text))
            }
            Some(text) => FieldValue::Text(text),
            None => FieldValue::Misfit(hex(avp.data)),
        },
        None => FieldValue::Text(hex(avp.data)),
    };
    let (name, kind) = (known.map(|known| known.name.clone()), known.map(|known| known.kind));
    Field { depth, id: avp.id, mandatory: avp.is_mandatory(), name, kind, value }
}

/// A quoted Session-Id without the part that may name somebody.
fn without_option(session_id: &str) -> String {
    match session_id.match_indices(';').nth(SESSION_ID_PARTS - 1) {
        Some((at, _)) => format!("{};…\"", session_id.get(..at).unwrap_or_default()),
        None => session_id.to_owned(),
    }
}

fn is_secret(id: AvpId) -> bool {
    match id.vendor {
        vendor::IETF => SECRET.contains(&id.code),
        vendor::TGPP => TGPP_SECRET.contains(&id.code),
        _ => false,
    }
}

/// The value as text; `None` when the data does not fit the type.
fn shown(avp: &AvpRef<'_>, definition: &AvpDefinition) -> Option<String> {
    let named = |number: i64| match definition.value_name(number) {
        Some(name) => format!("{name} ({number})"),
        None => number.to_string(),
    };
    Some(match definition.kind {
        Kind::Integer32 | Kind::Enumerated => named(avp.i32().ok()?.into()),
        Kind::Unsigned32 => named(avp.u32().ok()?.into()),
        Kind::Integer64 => avp.i64().ok()?.to_string(),
        Kind::Unsigned64 => avp.u64().ok()?.to_string(),
        Kind::Float32 => f32::from_bits(avp.u32().ok()?).to_string(),
        Kind::Float64 => f64::from_bits(avp.u64().ok()?).to_string(),
        Kind::Time => time::to_text(avp.time().ok()?),
        Kind::Address => avp.address().ok()?.to_string(),
        Kind::OctetString => match avp.text() {
            Ok(text) if !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() || c == ' ') => {
                format!("{text:?} {}", hex(avp.data))
            }
            _ => hex(avp.data),
        },
        Kind::Utf8String | Kind::DiameterIdentity | Kind::DiameterUri | Kind::IpFilterRule => {
            format!("{:?}", avp.text().ok()?)
        }
        Kind::Grouped => return None,
    })
}

/// Octets in hexadecimal, long ones cut.
pub(crate) fn hex(octets: &[u8]) -> String {
    let mut text = String::from("0x");
    for octet in octets.iter().take(HEX_LIMIT) {
        let _ = write!(text, "{octet:02x}");
    }
    if octets.len() > HEX_LIMIT {
        let _ = write!(text, "... ({} octets)", octets.len());
    }
    text
}
