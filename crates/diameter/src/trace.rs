//! A message as text for traces and for people: names, values, nested groups by indentation.
//!
//! Shows personal data as it is; whoever prints decides who may see it.

use std::fmt::{self, Write};

use crate::avp::{AvpIter, AvpRef};
use crate::codes::flags;
use crate::dictionary::{AvpDefinition, Dictionary, Kind};
use crate::header::Header;
use crate::message::Message;
use crate::time;

/// Octets of binary data that are shown; the rest is counted.
const HEX_LIMIT: usize = 64;

/// The message as indented lines, ending with a line break.
#[must_use]
pub fn render(message: &Message<'_>, dictionary: &Dictionary) -> String {
    let mut text = String::with_capacity(1024);
    // Writing to a String cannot fail.
    let _ = write_header(&mut text, &message.header, dictionary);
    let _ = write_avps(&mut text, message.avps(), dictionary, 1);
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

fn write_header(out: &mut String, header: &Header, dictionary: &Dictionary) -> fmt::Result {
    write!(out, "{} application {}", command_name(header, dictionary), header.application)?;
    if let Some(name) = dictionary.application(header.application) {
        write!(out, " ({name})")?;
    }
    let bits = [(flags::PROXIABLE, 'P'), (flags::ERROR, 'E'), (flags::RETRANSMITTED, 'T')];
    let set: String = bits.iter().filter(|(bit, _)| header.flags & bit != 0).map(|(_, name)| name).collect();
    if !set.is_empty() {
        write!(out, " flags {set}")?;
    }
    writeln!(
        out,
        " hop-by-hop {:#010x} end-to-end {:#010x} {} octets",
        header.hop_by_hop, header.end_to_end, header.length
    )
}

fn write_avps(out: &mut String, avps: AvpIter<'_>, dictionary: &Dictionary, depth: usize) -> fmt::Result {
    for avp in avps {
        write!(out, "{:1$}", "", depth * 2)?;
        match avp {
            Ok(avp) => write_avp(out, &avp, dictionary, depth)?,
            Err(error) => writeln!(out, "!! {error}")?,
        }
    }
    Ok(())
}

fn write_avp(out: &mut String, avp: &AvpRef<'_>, dictionary: &Dictionary, depth: usize) -> fmt::Result {
    let Some(definition) = dictionary.avp(avp.id) else {
        let mandatory = if avp.is_mandatory() { " M" } else { "" };
        return writeln!(out, "AVP {}/{}{mandatory}: {}", avp.id.vendor, avp.id.code, hex(avp.data));
    };
    write!(out, "{}", definition.name)?;
    if definition.kind == Kind::Grouped {
        writeln!(out)?;
        return match avp.group() {
            Ok(members) => write_avps(out, members, dictionary, depth + 1),
            Err(error) => writeln!(out, "{:1$}!! {error}", "", (depth + 1) * 2),
        };
    }
    match value(avp, definition) {
        Some(value) => writeln!(out, ": {value}"),
        None => writeln!(out, ": !! {}", hex(avp.data)),
    }
}

/// The value as text; `None` when the data does not fit the type.
fn value(avp: &AvpRef<'_>, definition: &AvpDefinition) -> Option<String> {
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
