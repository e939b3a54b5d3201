//! What a method of authentication wants beyond "yes": our own proof, keys for the session, a challenge (RFC 2548, RFC 5090).
//!
//! Must not know: where passwords are kept, who may log in.

use crate::RadiusNode;
use radius::ms_chap::{MICROSOFT, MS_CHAP_ERROR, MS_CHAP2_SUCCESS, MsChap};
use radius::sip_digest::{self, SipDigest};
use radius::{Code, Credential, EncodedAttribute, Packet, PacketBuilder, PacketError, VendorFormat, number};
use ring::rand::{SecureRandom, SystemRandom};

/// Seconds for which a nonce of ours is good.
const NONCE_SECONDS: u64 = 300;
/// MS-MPPE-Encryption-Policy and -Types (RFC 2548 2.4.4, 2.4.5): allowed, with 40 or 128 bits.
const ENCRYPTION: [(u32, u32); 2] = [(7, 1), (8, 6)];

/// What the answer to a digest has to be before the password is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nonce {
    /// Good.
    Fresh,
    /// A challenge; whether the old one was merely too old.
    Challenge { stale: bool },
}

/// Whether a digest answers a nonce that counts; `now` is Unix seconds.
pub(crate) fn nonce_of(digest: &SipDigest, node: &RadiusNode, now: u64) -> Nonce {
    if digest.wants_challenge() {
        return Nonce::Challenge { stale: false };
    }
    if digest.is_draft || node.profile.client_nonces {
        return Nonce::Fresh;
    }
    match sip_digest::nonce_age(node.secret.octets(), &digest.nonce, now) {
        Some(age) if age <= NONCE_SECONDS => Nonce::Fresh,
        Some(_) => Nonce::Challenge { stale: true },
        None => Nonce::Challenge { stale: false },
    }
}

/// Attributes of the Access-Accept that prove our own knowledge of the password, and the keys where the profile wants them.
///
/// # Errors
/// The shared secret is empty, or the system gives no random octets.
pub(crate) fn proof(
    credential: &Credential,
    (user, password): (&str, &[u8]),
    packet: &Packet<'_>,
    node: &RadiusNode,
) -> Result<Vec<EncodedAttribute>, PacketError> {
    match credential {
        Credential::MsChap(response) => {
            let mut proof = Vec::new();
            let success = response.success(user, password);
            proof.extend(success.map(|value| microsoft(MS_CHAP2_SUCCESS, value)));
            if node.profile.mppe_keys {
                proof.extend(keys(response, password, packet, node.secret.octets())?);
                proof.extend(
                    ENCRYPTION.map(|(number, value)| microsoft(number, value.to_be_bytes().to_vec())),
                );
            }
            Ok(proof)
        }
        Credential::Digest(digest) => {
            let own = digest.response_auth(user, password);
            let attribute = |text: String| standard(sip_digest::DIGEST_RESPONSE_AUTH, text.into_bytes());
            // The older form knows no such proof.
            Ok(own.filter(|_| !digest.is_draft).map(attribute).into_iter().collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// The keys that follow from a log-in (RFC 3079), encrypted for this request.
///
/// # Errors
/// The shared secret is empty.
pub(crate) fn keys(
    response: &MsChap,
    password: &[u8],
    packet: &Packet<'_>,
    secret: &[u8],
) -> Result<Vec<EncodedAttribute>, PacketError> {
    let Some(salts) = salts() else { return Ok(Vec::new()) };
    let Some(keys) = response.mppe_keys(password, (packet.authenticator(), secret), salts)? else {
        return Ok(Vec::new());
    };
    Ok(keys.map(|(number, value)| microsoft(number, value)).into_iter().collect())
}

/// Two that differ; nothing when the system gives no random octets.
fn salts() -> Option<[u16; 2]> {
    let mut octets = [0; 2];
    SystemRandom::new().fill(&mut octets).ok()?;
    let one = u16::from_be_bytes(octets);
    Some([one, one ^ 1])
}

fn microsoft(number: u32, value: Vec<u8>) -> EncodedAttribute {
    EncodedAttribute { vendor: MICROSOFT, format: VendorFormat::default(), number, value }
}

pub(crate) fn standard(number: u8, value: Vec<u8>) -> EncodedAttribute {
    EncodedAttribute { vendor: 0, format: VendorFormat::default(), number: number.into(), value }
}

/// The attribute of an Access-Reject that tells an MS-CHAP peer why.
pub(crate) fn refusal(packet: &Packet<'_>) -> Option<EncodedAttribute> {
    let error = radius::ms_chap::error_for(packet)?;
    Some(microsoft(MS_CHAP_ERROR, error))
}

/// A signed Access-Challenge with a new nonce (RFC 5090 2.1.2); `now` is Unix seconds.
///
/// # Errors
/// The shared secret is empty.
pub(crate) fn challenge(
    packet: &Packet<'_>,
    node: &RadiusNode,
    stale: bool,
    now: u64,
) -> Result<Vec<u8>, PacketError> {
    let mut reply = PacketBuilder::reply_to(packet, Code::AccessChallenge);
    reply.push(sip_digest::DIGEST_REALM, realm(packet).as_bytes())?;
    reply.push(sip_digest::DIGEST_NONCE, sip_digest::make_nonce(node.secret.octets(), now)?.as_bytes())?;
    reply.push(sip_digest::DIGEST_QOP, b"auth")?;
    reply.push(sip_digest::DIGEST_ALGORITHM, b"MD5")?;
    if stale {
        reply.push(sip_digest::DIGEST_STALE, b"true")?;
    }
    reply.sign_reply(packet, node.secret.octets())
}

/// The realm the client wishes, else that of the user, else the host of what is asked for.
fn realm(packet: &Packet<'_>) -> String {
    let wished = packet.text(sip_digest::DIGEST_REALM).filter(|realm| !realm.is_empty());
    let of_user = || Some(packet.text(number::USER_NAME)?.rsplit_once('@')?.1.to_owned());
    let of_address = || {
        let uri = packet.text(sip_digest::DIGEST_URI)?;
        let host = uri.rsplit_once(['@', ':'])?.1;
        Some(host.split([';', '>']).next()?.to_owned())
    };
    wished.or_else(of_user).or_else(of_address).unwrap_or_else(|| "talea".to_owned())
}
