//! Sealing secrets at rest: service passwords, node secrets, connector credentials.
//!
//! ChaCha20-Poly1305 under a key of the installation in `secret.key` (32 octets, mode 0600) beside the database. Sealed form:
//! a version octet, the nonce, the ciphertext with its tag. A lost key file means that all secrets must be entered again.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Name of the key file inside the data directory.
pub const KEY_FILE: &str = "secret.key";
const KEY_LEN: usize = 32;
/// The sealed form written today.
const VERSION: u8 = 1;

/// Why the key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The file cannot be read or written.
    #[error("the key file {path} cannot be used: {reason}")]
    File {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
    /// The file is no key.
    #[error("the key file {0} does not hold a key of 32 octets; put the right one back")]
    NotAKey(String),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

/// The installation's key. Cheap to clone; never printed.
#[derive(Clone)]
pub struct Secrets {
    key: Arc<LessSafeKey>,
    /// Derives keys for other purposes; knowing one of them tells nothing about the others.
    root: Arc<ring::hmac::Key>,
    /// Nonces are a random start plus a counter: they never repeat within a process, and two processes do not meet in 2^96.
    nonce_start: u128,
    sealed: Arc<AtomicU64>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(..)")
    }
}

impl Secrets {
    /// Reads the key of a data directory, or makes one on first use.
    pub fn open(directory: &Path) -> Result<Self, SecretsError> {
        let path = directory.join(KEY_FILE);
        let trouble = |reason: std::io::Error| SecretsError::File {
            path: path.display().to_string(),
            reason: reason.to_string(),
        };
        std::fs::create_dir_all(directory).map_err(trouble)?;
        let mut key = [0; KEY_LEN];
        match File::open(&path) {
            Ok(file) => {
                // One octet more than a key, so that a longer file is noticed.
                let mut found = Vec::with_capacity(KEY_LEN + 1);
                file.take(KEY_LEN as u64 + 1).read_to_end(&mut found).map_err(trouble)?;
                key = found.try_into().map_err(|_| SecretsError::NotAKey(path.display().to_string()))?;
            }
            Err(missing) if missing.kind() == ErrorKind::NotFound => {
                SystemRandom::new().fill(&mut key).map_err(|_| SecretsError::NoRandomness)?;
                write_new(directory, &path, &key).map_err(trouble)?;
            }
            Err(other) => return Err(trouble(other)),
        }
        Self::with_key(key)
    }

    /// A key that is kept nowhere, for demonstrations and tests.
    pub fn ephemeral() -> Result<Self, SecretsError> {
        let mut key = [0; KEY_LEN];
        SystemRandom::new().fill(&mut key).map_err(|_| SecretsError::NoRandomness)?;
        Self::with_key(key)
    }

    fn with_key(key: [u8; KEY_LEN]) -> Result<Self, SecretsError> {
        let root = Arc::new(ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key));
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key).map_err(|_| SecretsError::NoRandomness)?;
        let mut start = [0; 16];
        SystemRandom::new().fill(&mut start).map_err(|_| SecretsError::NoRandomness)?;
        Ok(Self {
            key: Arc::new(LessSafeKey::new(key)),
            root,
            nonce_start: u128::from_be_bytes(start),
            sealed: Arc::default(),
        })
    }

    /// A key of its own for one purpose, always the same for the same installation.
    pub fn derived(&self, purpose: &str) -> [u8; 32] {
        let mut derived = [0; 32];
        let tag = ring::hmac::sign(&self.root, purpose.as_bytes());
        derived.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        derived
    }

    fn next_nonce(&self) -> [u8; NONCE_LEN] {
        let number = self.sealed.fetch_add(1, Ordering::Relaxed);
        let sum = self.nonce_start.wrapping_add(u128::from(number)).to_be_bytes();
        let mut nonce = [0; NONCE_LEN];
        // The low 96 bits.
        nonce.iter_mut().rev().zip(sum.iter().rev()).for_each(|(to, from)| *to = *from);
        nonce
    }

    /// Seals a secret. Sealing the same secret twice gives different octets.
    pub fn seal(&self, secret: &[u8]) -> Vec<u8> {
        let nonce = self.next_nonce();
        let mut body = secret.to_vec();
        let sealing = self.key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from([VERSION]),
            &mut body,
        );
        if sealing.is_err() {
            // Only for secrets of many gigabytes; nothing opens an empty seal.
            return Vec::new();
        }
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + body.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        sealed
    }

    /// Opens what [`Self::seal`] made; `None` when it was made with another key or changed since.
    pub fn unseal(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (version, rest) = sealed.split_first()?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN)?;
        if *version != VERSION {
            return None;
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut body = body.to_vec();
        let length = self.key.open_in_place(nonce, Aad::from([VERSION]), &mut body).ok()?.len();
        body.truncate(length);
        Some(body)
    }
}

/// Writes the key under another name first, so that a crash never leaves half a key.
fn write_new(directory: &Path, path: &Path, key: &[u8]) -> std::io::Result<()> {
    let draft = path.with_extension("key.new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(key)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    // The name must be as durable as the content.
    File::open(directory)?.sync_all()
}

/// A secret as somebody typed it: never printed, never written out.
#[derive(Clone, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText(..)")
    }
}
