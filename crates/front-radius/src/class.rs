//! The Class we send with an Access-Accept: which account the session belongs to, signed. The node returns it in its reports
//! (RFC 2865 5.25), so they need no look-up, and the account stays the same where User-Name changes on the way. Nothing depends on it:
//! a node that does not return it, or returns another's, is served by its identifiers.
//!
//! Layout, 20 octets: `TL`, version 1, flags (1 = hotlined), account (64 bits), HMAC-MD5 with the node's secret over all that, cut to 64
//! bits.

use charging::RowId;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use subtle::ConstantTimeEq;

const MARK: [u8; 3] = [b'T', b'L', 1];
const HOTLINED: u8 = 1;
const SIGNED_LENGTH: usize = 12;
const SIGNATURE_LENGTH: usize = 8;

/// What a Class says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handle {
    pub account: RowId,
    /// The session was let in to see the portal only.
    pub hotlined: bool,
}

impl Handle {
    /// The octets to send.
    pub fn sign(self, secret: &[u8]) -> Vec<u8> {
        let mut octets = MARK.to_vec();
        octets.push(if self.hotlined { HOTLINED } else { 0 });
        octets.extend(self.account.0.to_be_bytes());
        let signature = signature(&octets, secret);
        octets.extend(signature);
        octets
    }

    /// Reads what came back; `None` when it isn't ours.
    pub fn read(octets: &[u8], secret: &[u8]) -> Option<Self> {
        let (signed, given) = octets.split_at_checked(SIGNED_LENGTH)?;
        let (signed, given) = (<[u8; SIGNED_LENGTH]>::try_from(signed).ok()?, given);
        let [m0, m1, m2, flags, account @ ..] = signed;
        if [m0, m1, m2] != MARK || !bool::from(signature(&signed, secret).as_slice().ct_eq(given)) {
            return None;
        }
        Some(Self { account: RowId(i64::from_be_bytes(account)), hotlined: flags & HOTLINED != 0 })
    }
}

fn signature(octets: &[u8], secret: &[u8]) -> Vec<u8> {
    // A key of any length is good: the error cannot occur, and no signature equals none.
    let Ok(mut mac) = Hmac::<Md5>::new_from_slice(secret) else { return Vec::new() };
    mac.update(octets);
    mac.finalize().into_bytes().iter().copied().take(SIGNATURE_LENGTH).collect()
}

#[cfg(test)]
mod tests;
