//! Places of AVPs, written as names from the outside in: `Service-Information/PS-Information/3GPP-SGSN-MCC-MNC`. What is found there
//! is told as text, so that data files can say where a gateway writes what.
//!
//! Texts as they are; numbers in decimal; addresses as usual. Octets: those of 3GPP-User-Location-Info as the digits of the network
//! (TS 29.061 16.4.7.2), an ISDN-AddressString (TS 29.002) as its digits, others as text where they are text.

use std::borrow::Cow;

use crate::address::Address;
use crate::avp::{AvpIter, AvpRef, MAX_DEPTH};
use crate::codes::AvpId;
use crate::dictionary::{Dictionary, Kind};
use crate::message::Message;

/// 3GPP-User-Location-Info.
const USER_LOCATION: AvpId = AvpId::tgpp(22);
/// The first octet of an ISDN-AddressString says "no extension": no digit or sign does.
const ISDN_ADDRESS: u8 = 0x80;
/// What fills the half octet behind an odd number of digits.
const FILLER: u8 = 0x0f;

/// The place of an AVP.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AvpPath(Vec<AvpId>);

impl AvpPath {
    /// Reads names; `None` where one is unknown, none is there, or they are deeper than groups may be.
    #[must_use]
    pub fn parse(text: &str, dictionary: &Dictionary) -> Option<Self> {
        let ids: Option<Vec<AvpId>> =
            text.split('/').map(|name| dictionary.named(name.trim()).map(|known| known.id)).collect();
        ids.filter(|ids| ids.len() <= usize::from(MAX_DEPTH)).map(Self)
    }

    /// The first AVP there.
    #[must_use]
    pub fn find<'a>(&self, message: &Message<'a>) -> Option<AvpRef<'a>> {
        below(message.avps(), &self.0)
    }

    /// What stands there, as text; `None` also where it is empty or not of its type.
    #[must_use]
    pub fn text<'a>(&self, message: &Message<'a>) -> Option<Cow<'a, str>> {
        value(&self.find(message)?).filter(|text| !text.is_empty())
    }
}

/// Groups may come several times: the first that leads to the end counts.
fn below<'a>(avps: AvpIter<'a>, path: &[AvpId]) -> Option<AvpRef<'a>> {
    let (wanted, rest) = path.split_first()?;
    let mut found = avps.map_while(Result::ok).filter(|avp| avp.id == *wanted);
    if rest.is_empty() { found.next() } else { found.find_map(|group| below(group.group().ok()?, rest)) }
}

fn value<'a>(avp: &AvpRef<'a>) -> Option<Cow<'a, str>> {
    let kind = Dictionary::builtin().avp(avp.id).map_or(Kind::OctetString, |known| known.kind);
    Some(match kind {
        Kind::Integer32 | Kind::Enumerated => avp.i32().ok()?.to_string().into(),
        Kind::Unsigned32 => avp.u32().ok()?.to_string().into(),
        Kind::Integer64 => avp.i64().ok()?.to_string().into(),
        Kind::Unsigned64 => avp.u64().ok()?.to_string().into(),
        Kind::Time => avp.time().ok()?.to_string().into(),
        Kind::Address => match avp.address().ok()? {
            Address::Ip(ip) => ip.to_string().into(),
            Address::E164(digits) => digits.into(),
            Address::Other(..) => return None,
        },
        Kind::OctetString if avp.id == USER_LOCATION => network(avp.data)?.into(),
        Kind::OctetString => octets(avp.data)?,
        kind if kind.is_text() => avp.text().ok()?.into(),
        _ => return None,
    })
}

fn octets(data: &[u8]) -> Option<Cow<'_, str>> {
    match data.split_first() {
        Some((first, digits)) if first & ISDN_ADDRESS != 0 => half_octets(digits).map(Cow::Owned),
        _ => {
            let text = std::str::from_utf8(data).ok()?;
            text.chars().all(|c| !c.is_control()).then_some(Cow::Borrowed(text))
        }
    }
}

/// Digits in half octets, the lower one first (TBCD, TS 29.002 17.7.8).
fn half_octets(data: &[u8]) -> Option<String> {
    let halves = data.iter().flat_map(|octet| [octet & 0x0f, octet >> 4]);
    halves.take_while(|half| *half != FILLER).map(|half| char::from_digit(half.into(), 10)).collect()
}

/// Mobile country and network code of a location: after the octet that tells its form, every form begins with them (TS 29.274 8.21).
fn network(data: &[u8]) -> Option<String> {
    let &[_, first, second, third, ..] = data else { return None };
    let digits = [first & 0x0f, first >> 4, second & 0x0f, third & 0x0f, third >> 4, second >> 4];
    let digits = digits.iter().filter(|digit| **digit != FILLER);
    digits.map(|digit| char::from_digit(u32::from(*digit), 10)).collect()
}
