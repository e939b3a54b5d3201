//! Chargeable-User-Identity (RFC 4372): a name of the account that says nothing about it to who carries it. A node that asks for one
//! with a single NUL gets it with the Access-Accept, and may report with it alone.
//!
//! It is the same for an account and an operator at any time, and another one for another operator (Operator-Name, RFC 5580 4.1, else the
//! node), so that two of them cannot compare their users. No table keeps it: under a key of the installation it holds the account.
//!
//! Layout, 32 octets in hexadecimal: a tag, HMAC-SHA256 of operator and account cut to 16 octets; then account (64 bits) and HMAC of the
//! account cut to 64 bits, masked with HMAC of the tag. Stored by others, so it must stay as it is.

use crate::{RadiusNode, Secret};
use charging::RowId;
use radius::{EncodedAttribute, Packet, VendorFormat, number};
use ring::hmac;
use subtle::ConstantTimeEq;

/// "Please send one" (RFC 4372 2.1).
const ASKED: &[u8] = &[0];
/// Operator-Name (RFC 5580 4.1).
const OPERATOR_NAME: u8 = 126;
const HALF: usize = 16;
const ACCOUNT: usize = 8;

/// What an HMAC is for.
#[derive(Clone, Copy)]
enum Purpose {
    Tag = 1,
    Mask = 2,
    Check = 3,
}

/// Makes and reads them; without a key nobody gets one.
pub(crate) struct Identities(Option<hmac::Key>);

impl Identities {
    pub fn new(key: Option<&Secret>) -> Self {
        Self(key.map(|key| hmac::Key::new(hmac::HMAC_SHA256, key.octets())))
    }

    /// What an Access-Accept carries; nothing where the request does not ask.
    pub fn answer(&self, packet: &Packet<'_>, node: &RadiusNode, account: RowId) -> Option<EncodedAttribute> {
        let asked = packet.first(number::CHARGEABLE_USER_IDENTITY)?;
        let value = self.of(operator(packet).unwrap_or(node.name.as_bytes()), account)?;
        // One that comes back must be this operator's.
        if asked != ASKED && !bool::from(asked.ct_eq(&value)) {
            return None;
        }
        let (vendor, format) = (0, VendorFormat::default());
        Some(EncodedAttribute { vendor, format, number: number::CHARGEABLE_USER_IDENTITY.into(), value })
    }

    /// The account that a request names; nothing where it names none of ours, or one that another operator or node was told (RFC 4372
    /// 2.1: the identity is the operator's own).
    pub fn account(&self, packet: &Packet<'_>, node: &str) -> Option<RowId> {
        let identity = packet.first(number::CHARGEABLE_USER_IDENTITY)?;
        let account = self.read(identity)?;
        let own = self.of(operator(packet).unwrap_or(node.as_bytes()), account)?;
        bool::from(own.ct_eq(identity)).then_some(account)
    }

    fn of(&self, operator: &[u8], account: RowId) -> Option<Vec<u8>> {
        let number = account.0.to_be_bytes();
        let tag = self.digest(Purpose::Tag, &[operator, &[0], &number])?;
        let (mask, check) = (self.digest(Purpose::Mask, &[&tag])?, self.digest(Purpose::Check, &[&number])?);
        let plain = number.into_iter().chain(check).take(HALF);
        let masked = plain.zip(mask).map(|(octet, mask)| octet ^ mask);
        Some(tag.into_iter().chain(masked).flat_map(|octet| format!("{octet:02x}").into_bytes()).collect())
    }

    fn read(&self, identity: &[u8]) -> Option<RowId> {
        let (pairs, []) = identity.as_chunks::<2>() else { return None };
        let digit = |octet: u8| char::from(octet).to_digit(16);
        let octets: Option<Vec<u8>> =
            pairs.iter().map(|[high, low]| u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()).collect();
        let octets: [u8; 2 * HALF] = octets?.try_into().ok()?;
        let (tag, masked) = octets.split_first_chunk::<HALF>()?;
        let mask = self.digest(Purpose::Mask, &[tag])?;
        let plain: Vec<u8> = masked.iter().zip(mask).map(|(octet, mask)| octet ^ mask).collect();
        let (number, given) = plain.split_first_chunk::<ACCOUNT>()?;
        let check = self.digest(Purpose::Check, &[number])?;
        let genuine: bool = check.get(..HALF - ACCOUNT)?.ct_eq(given).into();
        genuine.then(|| RowId(i64::from_be_bytes(*number)))
    }

    fn digest(&self, purpose: Purpose, parts: &[&[u8]]) -> Option<[u8; HALF]> {
        let mut context = hmac::Context::with_key(self.0.as_ref()?);
        context.update(&[purpose as u8]);
        parts.iter().for_each(|part| context.update(part));
        context.sign().as_ref().first_chunk().copied()
    }
}

/// Who carries the identity, where the request says so.
fn operator<'a>(packet: &Packet<'a>) -> Option<&'a [u8]> {
    packet.first(OPERATOR_NAME).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests;
