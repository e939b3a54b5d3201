//! Proof that a form was served to the session that posts it.
//!
//! Double submit: the session cookie is one half, the hidden field the other; the field is an HMAC over the session id
//! under a key of the server, with a fresh nonce so that compressed pages don't leak it byte by byte (BREACH).
//! Key material in, tokens out. Must not know: who the session belongs to.

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::hex;
use crate::markup::{Markup, el};

/// Name of the hidden field.
pub const FIELD: &str = "csrf";
/// Name of the request header that scripts may use instead.
pub const HEADER: &str = "x-csrf-token";
const NONCE: usize = 16;

/// Makes and checks form tokens, and signs values for cookies. Cheap to clone.
#[derive(Clone)]
pub struct Csrf {
    key: hmac::Key,
}

impl std::fmt::Debug for Csrf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Csrf(..)")
    }
}

impl Csrf {
    /// Under a secret key; keep it for as long as sessions should survive a restart.
    pub fn new(key: &[u8; 32]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// A token for this session. `None` only where the system has no randomness.
    pub fn token(&self, session: &str) -> Option<String> {
        let mut nonce = [0; NONCE];
        SystemRandom::new().fill(&mut nonce).ok()?;
        let tag = hmac::sign(&self.key, &message(&nonce, session));
        Some(format!("{}{}", hex::encode(&nonce), hex::encode(tag.as_ref())))
    }

    /// True where the token was made for this session under this key. Constant time.
    pub fn verify(&self, session: &str, token: &str) -> bool {
        let Some(bytes) = hex::decode(token) else { return false };
        let Some((nonce, tag)) = bytes.split_at_checked(NONCE) else { return false };
        hmac::verify(&self.key, &message(nonce, session), tag).is_ok()
    }

    /// The hidden field for a form. An empty field (no randomness) fails verification, it never lets a form pass.
    pub fn field(&self, session: &str) -> Markup {
        field(&self.token(session).unwrap_or_default())
    }
}

/// 32 random hexadecimal digits, such as the key that makes a form count once; where the system has no randomness, an empty text,
/// which no form accepts.
pub fn random_key() -> String {
    let mut octets = [0; NONCE];
    match SystemRandom::new().fill(&mut octets) {
        Ok(()) => hex::encode(&octets),
        Err(_) => String::new(),
    }
}

/// The hidden field with a token already made.
pub fn field(token: &str) -> Markup {
    el("input").attr("type", "hidden").attr("name", FIELD).attr("value", token).into()
}

fn message(nonce: &[u8], session: &str) -> Vec<u8> {
    [b"csrf\0".as_slice(), nonce, session.as_bytes()].concat()
}
