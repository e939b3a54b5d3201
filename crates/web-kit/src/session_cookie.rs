//! Cookies: the session's own, signed so that a guess never reaches the session store, and small remembered choices
//! (theme, rail). HttpOnly, SameSite=Lax, Secure behind TLS. Must not know: what a session holds.

use axum::http::{HeaderMap, HeaderValue, header};
use ring::hmac;

use crate::hex;

/// A cookie of this name, or `None`.
pub fn read<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// How the session cookie of one portal is named, scoped and signed.
#[derive(Clone)]
pub struct SessionCookie {
    name: &'static str,
    path: String,
    secure: bool,
    key: hmac::Key,
}

impl std::fmt::Debug for SessionCookie {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SessionCookie({} at {})", self.name, self.path)
    }
}

impl SessionCookie {
    /// `path` is where the portal is mounted (`/`, `/my`); `secure` is true where browsers reach it over TLS.
    pub fn new(name: &'static str, path: impl Into<String>, secure: bool, key: &[u8; 32]) -> Self {
        Self { name, path: path.into(), secure, key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }

    /// The `Set-Cookie` value that opens or prolongs a session. `id` is made of visible ASCII without `;`, `,` or `"`;
    /// anything else gives `None`.
    pub fn set(&self, id: &str, max_age_seconds: u64) -> Option<HeaderValue> {
        let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if id.is_empty() || !plain {
            return None;
        }
        let tag = hmac::sign(&self.key, &self.message(id));
        let value = format!("{id}.{}", hex::encode(tag.as_ref()));
        HeaderValue::from_str(&self.line(&value, max_age_seconds)).ok()
    }

    /// The `Set-Cookie` value that ends a session. `None` where name or path cannot stand in a header.
    pub fn clear(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.line("", 0)).ok()
    }

    /// The session id, where the cookie is there and its signature is ours.
    pub fn read(&self, headers: &HeaderMap) -> Option<String> {
        let (id, tag) = read(headers, self.name)?.rsplit_once('.')?;
        hmac::verify(&self.key, &self.message(id), &hex::decode(tag)?).ok()?;
        Some(id.to_owned())
    }

    fn message(&self, id: &str) -> Vec<u8> {
        [b"session\0".as_slice(), self.name.as_bytes(), b"\0", id.as_bytes()].concat()
    }

    fn line(&self, value: &str, max_age: u64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!(
            "{}={value}; Path={}; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}",
            self.name, self.path
        )
    }
}
