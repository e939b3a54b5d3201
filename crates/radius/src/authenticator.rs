//! Is a packet genuine? Request and Response Authenticators (RFC 2865 3, RFC 2866 3, RFC 5176 2.3) and the Message-Authenticator
//! (RFC 3579 3.2, RFC 5997 3). Comparisons take the same time wherever the octets differ. Making the signatures is the other half of
//! the same clauses and lives in `encoder`; finding the secret of a peer is the caller's (by source address, never by an attribute).

use crate::code::Code;
use crate::error::PacketError;
use crate::number;
use crate::packet::{AUTHENTICATOR_LENGTH, Authenticator, HEADER_LENGTH, Packet};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

/// What a server asks of an Access-Request beyond the RFCs, per client (CVE-2024-3596).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestPolicy {
    /// Refuse every Access-Request without Message-Authenticator.
    pub require_message_authenticator: bool,
    /// Refuse an Access-Request that carries Proxy-State without Message-Authenticator: the attack needs that attribute.
    pub limit_proxy_state: bool,
}

impl RequestPolicy {
    /// Nothing beyond the RFCs: for packets inside TLS, where an attacker on the way can change nothing.
    pub const fn of_tls() -> Self {
        Self { require_message_authenticator: false, limit_proxy_state: false }
    }
}

impl Default for RequestPolicy {
    /// Old equipment may log in, the attack may not.
    fn default() -> Self {
        Self { require_message_authenticator: false, limit_proxy_state: true }
    }
}

/// Checks a request with the secret of the client it came from. An Access-Request without Message-Authenticator has nothing to be
/// checked by; `policy` says whether that is acceptable. Status-Server must have one (RFC 5997 3), EAP too (RFC 3579 3.1).
///
/// # Errors
/// It isn't genuine or lacks what is required; RFC 2865 3 asks for silent discard.
pub fn verify_request(request: &Packet<'_>, secret: &[u8], policy: RequestPolicy) -> Result<(), PacketError> {
    let zero = [0; AUTHENTICATOR_LENGTH];
    let computed = request.code().authenticator_is_computed();
    if computed {
        let expected = digest_with_authenticator(request, &zero, secret)?;
        if !equal(&expected, request.authenticator()) {
            return Err(PacketError::WrongAuthenticator);
        }
    }
    let over = if computed { &zero } else { request.authenticator() };
    let found = verify_message_authenticator(request, over, secret)?;
    if found || !message_authenticator_required(request, policy) {
        return Ok(());
    }
    Err(PacketError::NoMessageAuthenticator)
}

fn message_authenticator_required(request: &Packet<'_>, policy: RequestPolicy) -> bool {
    match request.code() {
        Code::StatusServer => true,
        Code::AccessRequest => {
            policy.require_message_authenticator
                || (policy.limit_proxy_state && request.first(number::PROXY_STATE).is_some())
                || request.first(number::EAP_MESSAGE).is_some()
        }
        _ => false,
    }
}

/// Checks a reply against the authenticator of the request it answers: Response Authenticator and, where present,
/// Message-Authenticator. Returns whether a Message-Authenticator was there.
///
/// # Errors
/// It isn't genuine.
pub fn verify_response(
    response: &Packet<'_>,
    request_authenticator: &Authenticator,
    secret: &[u8],
) -> Result<bool, PacketError> {
    let expected = digest_with_authenticator(response, request_authenticator, secret)?;
    if !equal(&expected, response.authenticator()) {
        return Err(PacketError::WrongAuthenticator);
    }
    verify_message_authenticator(response, request_authenticator, secret)
}

/// Checks the Message-Authenticator, if there is one, over the packet with `over` in the authenticator field and the attribute's own
/// value zeroed. Returns whether it was there.
fn verify_message_authenticator(
    packet: &Packet<'_>,
    over: &Authenticator,
    secret: &[u8],
) -> Result<bool, PacketError> {
    let Some(offset) = packet.message_authenticator_offset()? else { return Ok(false) };
    let wrong = PacketError::WrongMessageAuthenticator;
    let (start, body) = split_header(packet)?;
    let value_at = offset - HEADER_LENGTH;
    let before = body.get(..value_at).ok_or(wrong)?;
    let received = body.get(value_at..value_at + AUTHENTICATOR_LENGTH).ok_or(wrong)?;
    let after = body.get(value_at + AUTHENTICATOR_LENGTH..).ok_or(wrong)?;
    let expected = hmac_md5(secret, &[start, over, before, &[0; AUTHENTICATOR_LENGTH], after])?;
    if equal(&expected, received) { Ok(true) } else { Err(wrong) }
}

/// MD5(code + identifier + length + `authenticator` + attributes + secret).
fn digest_with_authenticator(
    packet: &Packet<'_>,
    authenticator: &Authenticator,
    secret: &[u8],
) -> Result<Authenticator, PacketError> {
    let (start, body) = split_header(packet)?;
    Ok(md5_over(&[start, authenticator, body, usable(secret)?]))
}

/// Code, identifier and length; then the attributes.
fn split_header<'a>(packet: &Packet<'a>) -> Result<(&'a [u8], &'a [u8]), PacketError> {
    let bytes = packet.bytes();
    let short = PacketError::TooShort { got: bytes.len() };
    let start = bytes.get(..HEADER_LENGTH - AUTHENTICATOR_LENGTH).ok_or(short)?;
    Ok((start, bytes.get(HEADER_LENGTH..).ok_or(short)?))
}

/// Equality in constant time.
pub(crate) fn equal(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// Refuses the empty shared secret (RFC 2865 3).
pub(crate) fn usable(secret: &[u8]) -> Result<&[u8], PacketError> {
    if secret.is_empty() { Err(PacketError::EmptySecret) } else { Ok(secret) }
}

pub(crate) fn md5_over(parts: &[&[u8]]) -> Authenticator {
    let mut digest = Md5::new();
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize().into()
}

pub(crate) fn hmac_md5(secret: &[u8], parts: &[&[u8]]) -> Result<Authenticator, PacketError> {
    let mut mac = Hmac::<Md5>::new_from_slice(usable(secret)?).map_err(|_| PacketError::EmptySecret)?;
    parts.iter().for_each(|part| mac.update(part));
    Ok(mac.finalize().into_bytes().into())
}
