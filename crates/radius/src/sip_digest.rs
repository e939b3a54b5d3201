//! HTTP digest authentication over RADIUS, as SIP servers use it (RFC 5090; RFC 2617 3.2 for the sums), and its older form
//! (draft-sterman-aaa-sip-00: Digest-Response 206, Digest-Attributes 207), which Kamailio's `auth_radius` sends.
//!
//! In the RFC's form nonces are ours: a request without one gets a challenge. They need no memory: a nonce is its own time and a
//! signature. In the older form the SIP server has made the nonce and checked it. MD5 and MD5-sess, without quality of protection, `auth`
//! or `auth-int`. Must not know: clocks, where passwords are kept.

use crate::authenticator::{equal, hmac_md5, md5_over};
use crate::error::PacketError;
use crate::packet::Packet;

/// Digest attributes of RFC 5090 3 by number.
mod attribute {
    pub const RESPONSE: u8 = 103;
    pub const REALM: u8 = 104;
    pub const NONCE: u8 = 105;
    pub const METHOD: u8 = 108;
    pub const URI: u8 = 109;
    pub const QOP: u8 = 110;
    pub const ALGORITHM: u8 = 111;
    pub const BODY_HASH: u8 = 112;
    pub const CNONCE: u8 = 113;
    pub const NONCE_COUNT: u8 = 114;
    pub const USERNAME: u8 = 115;
    /// Of the draft.
    pub const DRAFT_RESPONSE: u8 = 206;
    pub const DRAFT_ATTRIBUTES: u8 = 207;
}

/// Digest-Realm of a challenge.
pub const DIGEST_REALM: u8 = attribute::REALM;
/// Digest-URI: what is asked for.
pub const DIGEST_URI: u8 = attribute::URI;
/// Digest-Nonce of a challenge.
pub const DIGEST_NONCE: u8 = attribute::NONCE;
/// Digest-Response-Auth: our proof in an Access-Accept.
pub const DIGEST_RESPONSE_AUTH: u8 = 106;
/// Digest-Qop of a challenge.
pub const DIGEST_QOP: u8 = attribute::QOP;
/// Digest-Algorithm of a challenge.
pub const DIGEST_ALGORITHM: u8 = attribute::ALGORITHM;
/// Digest-Stale: the nonce was too old, the password may be right.
pub const DIGEST_STALE: u8 = 120;

/// Octets of a nonce's signature that are sent.
const NONCE_SIGNATURE: usize = 12;
/// Hexadecimal digits of a nonce's time.
const NONCE_TIME: usize = 16;

/// What an Access-Request says of a digest.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct SipDigest {
    response: Option<String>,
    /// Digest-Realm as the user agent was given it.
    pub realm: String,
    /// Digest-Nonce.
    pub nonce: String,
    method: String,
    uri: String,
    qop: String,
    algorithm: String,
    body_hash: String,
    cnonce: String,
    nonce_count: String,
    user: Option<String>,
    /// In the older form: the nonce is the SIP server's.
    pub is_draft: bool,
}

impl SipDigest {
    /// Reads either form; nothing where there is none.
    pub(crate) fn read(packet: &Packet<'_>) -> Option<Self> {
        use attribute as a;
        if packet.first(a::DRAFT_RESPONSE).is_some() && packet.first(a::RESPONSE).is_none() {
            return Some(Self::read_draft(packet));
        }
        let asks = [a::RESPONSE, a::NONCE, a::METHOD, a::URI].iter().any(|n| packet.first(*n).is_some());
        let text = |number| packet.first(number).map(unquoted);
        let or_empty = |number| text(number).unwrap_or_default();
        asks.then(|| Self {
            response: text(a::RESPONSE),
            realm: or_empty(a::REALM),
            nonce: or_empty(a::NONCE),
            method: or_empty(a::METHOD),
            uri: or_empty(a::URI),
            qop: or_empty(a::QOP),
            algorithm: or_empty(a::ALGORITHM),
            body_hash: or_empty(a::BODY_HASH),
            cnonce: or_empty(a::CNONCE),
            nonce_count: or_empty(a::NONCE_COUNT),
            user: text(a::USERNAME),
            is_draft: false,
        })
    }

    /// Type, length, value, one behind the other, in one or several attributes.
    fn read_draft(packet: &Packet<'_>) -> Self {
        let response = packet.first(attribute::DRAFT_RESPONSE).map(unquoted);
        let mut digest = Self { response, is_draft: true, ..Self::default() };
        for mut rest in packet.all(attribute::DRAFT_ATTRIBUTES) {
            while let [number, length, ..] = *rest {
                let Some((whole, behind)) = rest.split_at_checked(usize::from(length)) else { break };
                let Some(value) = whole.get(2..) else { break };
                digest.set_draft(number, unquoted(value));
                rest = behind;
            }
        }
        digest
    }

    fn set_draft(&mut self, number: u8, value: String) {
        match number {
            1 => self.realm = value,
            2 => self.nonce = value,
            3 => self.method = value,
            4 => self.uri = value,
            5 => self.qop = value,
            6 => self.algorithm = value,
            7 => self.body_hash = value,
            8 => self.cnonce = value,
            9 => self.nonce_count = value,
            10 => self.user = Some(value),
            _ => {}
        }
    }

    /// Whether it asks for a nonce instead of answering one (RFC 5090 2.1.2).
    pub fn wants_challenge(&self) -> bool {
        self.response.is_none() || (!self.is_draft && self.nonce.is_empty())
    }

    /// Whether the response was made from this password; `user` is the one of User-Name, for requests without Digest-Username.
    pub fn matches(&self, user: &str, password: &[u8]) -> bool {
        let Some(given) = &self.response else { return false };
        let expected = self.sum(user, password, &self.method, &self.body_hash);
        expected.is_some_and(|sum| equal(sum.as_bytes(), given.to_ascii_lowercase().as_bytes()))
    }

    /// The value of Digest-Response-Auth (RFC 2617 3.2.3); nothing without a quality of protection, and for `auth-int`, whose answer's
    /// body nobody here knows.
    pub fn response_auth(&self, user: &str, password: &[u8]) -> Option<String> {
        (self.qop == "auth").then(|| self.sum(user, password, "", ""))?
    }

    /// The request-digest (RFC 2617 3.2.2); nothing for algorithms and qualities that are not known.
    fn sum(&self, user: &str, password: &[u8], method: &str, body_hash: &str) -> Option<String> {
        let user = self.user.as_deref().unwrap_or(user).as_bytes();
        let mut ha1 = hexadecimal(&joined(&[user, self.realm.as_bytes(), password]));
        let (nonce, cnonce) = (self.nonce.as_bytes(), self.cnonce.as_bytes());
        match self.algorithm.to_ascii_lowercase().as_str() {
            "" | "md5" => {}
            "md5-sess" => ha1 = hexadecimal(&joined(&[ha1.as_bytes(), nonce, cnonce])),
            _ => return None,
        }
        let (method, uri) = (method.as_bytes(), self.uri.as_bytes());
        let ha2 = match self.qop.as_str() {
            "" | "auth" => joined(&[method, uri]),
            "auth-int" => joined(&[method, uri, body_hash.as_bytes()]),
            _ => return None,
        };
        let (ha1, ha2) = (ha1.as_bytes(), hexadecimal(&ha2));
        let sum = match self.qop.as_str() {
            "" => joined(&[ha1, nonce, ha2.as_bytes()]),
            qop => joined(&[ha1, nonce, self.nonce_count.as_bytes(), cnonce, qop.as_bytes(), ha2.as_bytes()]),
        };
        Some(hexadecimal(&sum))
    }
}

impl std::fmt::Debug for SipDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SipDigest")
            .field("realm", &self.realm)
            .field("uri", &self.uri)
            .finish_non_exhaustive()
    }
}

/// A nonce of ours, made at `now` (seconds) and good for whoever has the same key.
///
/// # Errors
/// The key is empty.
pub fn make_nonce(key: &[u8], now: u64) -> Result<String, PacketError> {
    let signature = hmac_md5(key, &[b"nonce", &now.to_be_bytes()])?;
    let shown = signature.get(..NONCE_SIGNATURE).unwrap_or_default();
    Ok(format!("{now:0width$x}{}", hexadecimal(shown), width = NONCE_TIME))
}

/// How many seconds ago a nonce of ours was made; nothing for one that is not ours, or of the future.
pub fn nonce_age(key: &[u8], nonce: &str, now: u64) -> Option<u64> {
    let made = u64::from_str_radix(nonce.get(..NONCE_TIME)?, 16).ok()?;
    let genuine = equal(make_nonce(key, made).ok()?.as_bytes(), nonce.as_bytes());
    genuine.then(|| now.checked_sub(made)).flatten()
}

/// Values come without the quotes of the header (RFC 5090 3); some clients leave them on.
fn unquoted(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let text = text.trim_end_matches('\0');
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(text).to_owned()
}

/// MD5 over the parts with colons between them.
fn joined(parts: &[&[u8]]) -> [u8; 16] {
    md5_over(&[&parts.join(b":".as_slice())])
}

fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
