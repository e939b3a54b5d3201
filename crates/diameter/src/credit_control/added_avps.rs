//! AVPs that an operator adds to answers, by the names of a data file: encoded once and written as they are. Those below
//! Service-Information, its IMS-Information and Multiple-Services-Credit-Control go into those groups of the answer; another group below
//! them stands beside one of the same name that the answer may have.

use crate::avp::MAX_DEPTH;
use crate::codes::{AvpId, avp, flags};
use crate::dictionary::{Dictionary, Kind};
use crate::encode::Encoder;

/// Longest value, octets.
pub const ADDED_VALUE_MOST: usize = 4_096;
/// What the answer says of itself, and says once.
const OWN: [AvpId; 7] = [
    avp::SESSION_ID,
    avp::RESULT_CODE,
    avp::ORIGIN_HOST,
    avp::ORIGIN_REALM,
    avp::AUTH_APPLICATION_ID,
    avp::CC_REQUEST_TYPE,
    avp::CC_REQUEST_NUMBER,
];

/// Added AVPs, encoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddedAvps {
    /// Of the command itself.
    pub(crate) command: Vec<u8>,
    /// Inside Service-Information, but for its IMS-Information.
    pub(crate) service_information: Vec<u8>,
    /// Inside Service-Information/IMS-Information.
    pub(crate) ims_information: Vec<u8>,
    /// Inside each Multiple-Services-Credit-Control that is answered with 2001.
    pub(crate) services: Vec<u8>,
}

/// One AVP below the group where it begins, and its value.
type Placed<'a> = (&'a [&'a str], &'a str);

impl AddedAvps {
    /// Encodes AVPs, each a place and a value as text. A place is the names of groups and its own with `/` between; an AVP that the
    /// dictionary does not know is `vendor:code` and has text, or octets as `0x0a1b`. Octets of known ones may be written so, too;
    /// numbers in decimal or by name, times as Unix seconds. Neighbours in one group share it.
    ///
    /// # Errors
    /// The place that is unknown, belongs to the answer itself or does not take the value.
    pub fn encode(avps: &[(&str, &str)], dictionary: &Dictionary) -> Result<Self, String> {
        let mut added = Self::default();
        let places: Vec<Vec<&str>> = avps.iter().map(|(place, _)| names(place)).collect();
        let (mut command, mut information) = (Vec::new(), Vec::new());
        let (mut ims, mut services) = (Vec::new(), Vec::new());
        for (names, (place, value)) in places.iter().zip(avps) {
            if value.len() > ADDED_VALUE_MOST || names.len() > usize::from(MAX_DEPTH) {
                return Err((*place).to_owned());
            }
            match names.split_first() {
                Some((&"Service-Information", below)) => match below.split_first() {
                    Some((&"IMS-Information", below)) => ims.push((below, *value)),
                    _ => information.push((below, *value)),
                },
                Some((&"Multiple-Services-Credit-Control", below)) => services.push((below, *value)),
                _ => command.push((names.as_slice(), *value)),
            }
        }
        for (list, out) in [
            (&command, &mut added.command),
            (&information, &mut added.service_information),
            (&ims, &mut added.ims_information),
            (&services, &mut added.services),
        ] {
            write(&mut Encoder::fragment(out), dictionary, list)?;
        }
        Ok(added)
    }

    /// Whether a place can be written, whatever its value.
    #[must_use]
    pub fn knows(place: &str, dictionary: &Dictionary) -> bool {
        let ids: Vec<_> = names(place).iter().map(|name| id(name, dictionary)).collect();
        ids.len() <= usize::from(MAX_DEPTH) && ids.iter().all(|id| id.is_some_and(|id| !OWN.contains(&id)))
    }
}

fn names(place: &str) -> Vec<&str> {
    place.split('/').map(str::trim).collect()
}

fn id(name: &str, dictionary: &Dictionary) -> Option<AvpId> {
    let numbers = || {
        let (vendor, code) = name.split_once(':')?;
        Some(AvpId { vendor: vendor.parse().ok()?, code: code.parse().ok()? })
    };
    dictionary.named(name).map(|known| known.id).or_else(numbers)
}

fn write(encoder: &mut Encoder<'_>, dictionary: &Dictionary, avps: &[Placed<'_>]) -> Result<(), String> {
    let mut rest = avps;
    while let Some(((names, value), behind)) = rest.split_first() {
        let Some((name, below)) = names.split_first() else { return Err("a group alone".to_owned()) };
        let id = id(name, dictionary).filter(|id| !OWN.contains(id)).ok_or_else(|| (*name).to_owned())?;
        if below.is_empty() {
            put(encoder, (id, name), value, dictionary).ok_or_else(|| format!("{name} = {value}"))?;
            rest = behind;
            continue;
        }
        let together = |(names, _): &&Placed<'_>| names.len() > 1 && names.first() == Some(name);
        let (same, behind) = rest.split_at(rest.iter().take_while(together).count());
        let members: Vec<Placed<'_>> =
            same.iter().map(|(names, value)| (names.get(1..).unwrap_or_default(), *value)).collect();
        let group = encoder.begin_group(id);
        write(encoder, dictionary, &members)?;
        encoder.end_group(group);
        rest = behind;
    }
    Ok(())
}

fn put(
    encoder: &mut Encoder<'_>,
    (id, name): (AvpId, &str),
    value: &str,
    dictionary: &Dictionary,
) -> Option<()> {
    let known = dictionary.avp(id);
    if known.is_none_or(|known| known.kind == Kind::OctetString) {
        let octets = match value.strip_prefix("0x") {
            Some(hex) => octets_of(hex)?,
            None => value.as_bytes().to_vec(),
        };
        // Nobody can be expected to know what no dictionary does.
        let flags = if known.is_some() { id.flags() } else { id.flags() & !flags::AVP_MANDATORY };
        encoder.avp(id, flags, &octets);
        return Some(());
    }
    dictionary.put(encoder, name, value).then_some(())
}

fn octets_of(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        hex.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(
        digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |octet, digit| (octet << 4) | *digit))
            .collect(),
    )
}
