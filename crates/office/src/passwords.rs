//! Passwords: how they are kept and checked. Argon2id with the library's parameters (19 MiB, two passes).
//!
//! Hashing takes memory and tens of milliseconds on purpose, so only a few may happen at once.

use crate::OfficeError;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use parking_lot::{Condvar, Mutex};
use ring::rand::{SecureRandom, SystemRandom};

/// Octets of a password at most: longer ones only cost time.
pub(crate) const PASSWORD_MOST: usize = 256;
/// Hashes computed at the same time.
const HASHES_AT_ONCE: usize = 2;
/// Callers that wait for their turn; more are turned away.
const WAITING_MOST: usize = 64;
/// Letters and digits that are not taken for others.
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// Lets a few hash at a time.
#[derive(Default)]
pub(crate) struct HashingDesk {
    state: Mutex<Desk>,
    free: Condvar,
}

#[derive(Default)]
struct Desk {
    at_work: usize,
    waiting: usize,
}

impl HashingDesk {
    fn with<T>(&self, work: impl FnOnce() -> T) -> Result<T, OfficeError> {
        let mut desk = self.state.lock();
        if desk.at_work >= HASHES_AT_ONCE && desk.waiting >= WAITING_MOST {
            return Err(OfficeError::Busy);
        }
        desk.waiting += 1;
        while desk.at_work >= HASHES_AT_ONCE {
            self.free.wait(&mut desk);
        }
        desk.waiting -= 1;
        desk.at_work += 1;
        drop(desk);
        let result = work();
        self.state.lock().at_work -= 1;
        self.free.notify_one();
        Ok(result)
    }

    /// The PHC string of a password.
    pub fn hash(&self, password: &str) -> Result<String, OfficeError> {
        let hashed = self.with(|| Argon2::default().hash_password(password.as_bytes()))?;
        let hashed = hashed.map_err(|error| OfficeError::Store(format!("password hash: {error}")))?;
        Ok(hashed.to_string())
    }

    /// Whether the password is the one of the hash. Without a hash as much time is spent, so that an unknown login answers as
    /// slowly as a known one.
    pub fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, OfficeError> {
        if password.len() > PASSWORD_MOST {
            return Ok(false);
        }
        let Some(hash) = hash else {
            self.hash(password)?;
            return Ok(false);
        };
        self.with(|| {
            PasswordHash::new(hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        })
    }
}

/// Refuses a password that is too short or too long, or the login itself.
pub(crate) fn acceptable(password: &str, login: &str, shortest: usize) -> Result<(), OfficeError> {
    if password.chars().count() < shortest {
        return Err(OfficeError::field("password", format!("at least {shortest} characters")));
    }
    if password.len() > PASSWORD_MOST {
        return Err(OfficeError::field("password", format!("at most {PASSWORD_MOST} octets")));
    }
    if password.eq_ignore_ascii_case(login) {
        return Err(OfficeError::field("password", "must not be the login"));
    }
    Ok(())
}

/// Random octets.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], OfficeError> {
    let mut octets = [0; N];
    let filled = SystemRandom::new().fill(&mut octets);
    filled.map_err(|_| OfficeError::Store("the system gives no random numbers".to_owned()))?;
    Ok(octets)
}

/// A password that can be read out: five groups of four, 99 bits.
pub(crate) fn one_time_password() -> Result<String, OfficeError> {
    const GROUP: usize = 4;
    let mut text = String::new();
    let mut count = 0;
    while count < 5 * GROUP {
        for octet in random::<32>()? {
            // Octets beyond the last whole multiple of the alphabet would favour its first letters.
            let position = usize::from(octet);
            if position >= 256 / LETTERS.len() * LETTERS.len() || count == 5 * GROUP {
                continue;
            }
            if count > 0 && count % GROUP == 0 {
                text.push('-');
            }
            text.extend(LETTERS.get(position % LETTERS.len()).map(|letter| char::from(*letter)));
            count += 1;
        }
    }
    Ok(text)
}
