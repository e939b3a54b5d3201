//! Passwords on the wire: User-Password hidden with the shared secret (RFC 2865 5.2) and CHAP (RFC 2865 2.2, 5.3, 5.40).

use crate::authenticator::{equal, md5_over, usable};
use crate::error::PacketError;
use crate::number;
use crate::packet::{AUTHENTICATOR_LENGTH, Authenticator};

/// Longest password that can be hidden.
pub const MAX_PASSWORD_LENGTH: usize = 128;

/// Hides a password: 16 to 128 octets, a multiple of 16. Trailing NUL octets of a password are lost, as the RFC's padding has it.
///
/// # Errors
/// The password is over 128 octets, or the secret is empty.
pub fn hide_password(
    password: &[u8],
    request_authenticator: &Authenticator,
    secret: &[u8],
) -> Result<Vec<u8>, PacketError> {
    if password.len() > MAX_PASSWORD_LENGTH {
        return Err(PacketError::PasswordTooLong { got: password.len() });
    }
    let mut padded = password.to_vec();
    padded.resize(password.len().div_ceil(AUTHENTICATOR_LENGTH).max(1) * AUTHENTICATOR_LENGTH, 0);
    let mut previous = *request_authenticator;
    for block in padded.chunks_exact_mut(AUTHENTICATOR_LENGTH) {
        exclusive_or(block, &md5_over(&[usable(secret)?, &previous]));
        previous.copy_from_slice(block);
    }
    Ok(padded)
}

/// Reveals a hidden password, its padding removed. With a wrong secret the result is noise, not an error.
///
/// # Errors
/// The value isn't 16 to 128 octets in blocks of 16, or the secret is empty.
pub fn reveal_password(
    hidden: &[u8],
    request_authenticator: &Authenticator,
    secret: &[u8],
) -> Result<Vec<u8>, PacketError> {
    let whole_blocks = hidden.len().is_multiple_of(AUTHENTICATOR_LENGTH);
    if !whole_blocks || !(AUTHENTICATOR_LENGTH..=MAX_PASSWORD_LENGTH).contains(&hidden.len()) {
        return Err(PacketError::BadValue { attribute: number::USER_PASSWORD, got: hidden.len() });
    }
    let mut password = hidden.to_vec();
    let mut previous = *request_authenticator;
    for block in password.chunks_exact_mut(AUTHENTICATOR_LENGTH) {
        let pad = md5_over(&[usable(secret)?, &previous]);
        previous.copy_from_slice(block);
        exclusive_or(block, &pad);
    }
    let length = password.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
    password.truncate(length);
    Ok(password)
}

/// The 16 octets a CHAP peer answers: MD5(CHAP identifier + password + challenge).
pub fn chap_response(identifier: u8, password: &[u8], challenge: &[u8]) -> Authenticator {
    md5_over(&[&[identifier], password, challenge])
}

/// Whether a CHAP response was made from this password.
pub fn verify_chap(identifier: u8, response: &Authenticator, challenge: &[u8], password: &[u8]) -> bool {
    equal(&chap_response(identifier, password, challenge), response)
}

fn exclusive_or(block: &mut [u8], pad: &Authenticator) {
    block.iter_mut().zip(pad).for_each(|(octet, pad)| *octet ^= pad);
}
