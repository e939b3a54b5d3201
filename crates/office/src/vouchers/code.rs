//! A voucher's code as people type it: sixteen letters and digits that are not taken for others, the last of them a check
//! character, in groups of four. Fifteen random characters of thirty-one are 74 bits: nobody guesses one.
//!
//! The check: with the characters numbered 0 to 30, the sum of each times its weight (16 for the first, 1 for the last) is a multiple
//! of 31. As 31 is prime and the weights differ, any one wrong character and any two characters that changed places are noticed.
//! Must not know: the store. A code is never stored or logged; what is kept is [`VoucherCode::digest`].

use crate::passwords::random;
use crate::sign_in::hex;
use crate::{OfficeError, Secrets};
use ring::hmac;

/// Letters and digits that are not taken for others: no I, L, O, 0, 1.
const LETTERS: &[u8; BASE] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";
const BASE: usize = 31;
/// Characters of a code, the check character included.
const LENGTH: usize = 16;
/// Characters between two hyphens.
const GROUP: usize = 4;
/// Octets of a digest: 128 bits are as hard to meet by chance as a code is to guess, and more.
const DIGEST_OCTETS: usize = 16;
/// Random octets fetched at a time.
const RANDOM_OCTETS: usize = 32;

/// A well-formed code. Has no `Debug`: codes are in no log.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct VoucherCode([u8; LENGTH]);

/// Makes digests of codes: without the installation's key nobody can test a guess against a stolen database.
pub(crate) struct DigestKey(hmac::Key);

impl DigestKey {
    pub fn new(secrets: &Secrets) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &secrets.derived("voucher codes")))
    }
}

/// The characters as numbers, weighted: 0 for a right code.
fn weighted(numbers: impl IntoIterator<Item = usize>) -> usize {
    numbers.into_iter().zip((1..=LENGTH).rev()).map(|(number, weight)| number * weight).sum::<usize>() % BASE
}

fn number(letter: u8) -> Option<usize> {
    LETTERS.iter().position(|known| *known == letter)
}

impl VoucherCode {
    /// A fresh code.
    pub fn random() -> Result<Self, OfficeError> {
        let mut numbers = Vec::with_capacity(LENGTH);
        while numbers.len() < LENGTH - 1 {
            // Octets beyond the last whole multiple of the alphabet would favour its first letters.
            let fair =
                random::<RANDOM_OCTETS>()?.into_iter().map(usize::from).filter(|n| *n < 256 / BASE * BASE);
            let missing = LENGTH - 1 - numbers.len();
            numbers.extend(fair.take(missing).map(|n| n % BASE));
        }
        numbers.push((BASE - weighted(numbers.iter().copied())) % BASE);
        let mut code = [0; LENGTH];
        for (to, number) in code.iter_mut().zip(numbers) {
            *to = LETTERS.get(number).copied().unwrap_or_default();
        }
        Ok(Self(code))
    }

    /// Reads what somebody typed: any case, spaces and hyphens anywhere. What cannot be a code is said of the field `code`.
    pub fn read(typed: &str) -> Result<Self, OfficeError> {
        let wrong = |reason: String| OfficeError::field("code", reason);
        let letters: Vec<char> = typed
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let mut code = [0; LENGTH];
        let mut numbers = Vec::with_capacity(LENGTH);
        for (letter, to) in letters.iter().zip(&mut code) {
            let octet = u8::try_from(*letter).unwrap_or_default();
            let known = number(octet).ok_or_else(|| {
                wrong(format!("no code has the character {letter}; there are no I, L, O, 0 and 1 in codes"))
            })?;
            *to = octet;
            numbers.push(known);
        }
        if letters.len() != LENGTH {
            let found = letters.len();
            return Err(wrong(format!("a code has {LENGTH} letters and digits, these are {found}")));
        }
        if weighted(numbers) != 0 {
            return Err(wrong("there is a slip in it; compare it with the voucher".to_owned()));
        }
        Ok(Self(code))
    }

    /// As it is printed: `ABCD-EFGH-JKMN-PQRS`.
    pub fn shown(&self) -> String {
        let groups: Vec<String> = self
            .0
            .chunks(GROUP)
            .map(|group| group.iter().map(|octet| char::from(*octet)).collect())
            .collect();
        groups.join("-")
    }

    /// What is kept of it, as text.
    pub fn digest(&self, key: &DigestKey) -> String {
        let tag = hmac::sign(&key.0, &self.0);
        hex(tag.as_ref().get(..DIGEST_OCTETS).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
