//! MS-CHAP (RFC 2433) and MS-CHAPv2 (RFC 2759) as RADIUS carries them (RFC 2548), and the MPPE keys that follow from a log-in (RFC 3079).
//!
//! All is computed from the password in clear text or its NT hash. DES, MD4 and SHA-1 are weak; they are the protocol. Must not know:
//! where passwords are kept, what a refusal leads to.

use crate::authenticator::{equal, md5_over, usable};
use crate::error::PacketError;
use crate::number;
use crate::packet::{Authenticator, Packet};
use des::Des;
use des::cipher::{BlockCipherEncrypt, KeyInit};
use md4::Md4;
use sha1::{Digest, Sha1};

/// Microsoft's private enterprise number (RFC 2548).
pub const MICROSOFT: u32 = 311;
/// MS-CHAP-Response (RFC 2548 2.1.3).
const MS_CHAP_RESPONSE: u32 = 1;
/// MS-CHAP-Challenge (RFC 2548 2.1.2).
const MS_CHAP_CHALLENGE: u32 = 11;
/// MS-CHAP2-Response (RFC 2548 2.3.2).
const MS_CHAP2_RESPONSE: u32 = 25;
/// MS-CHAP-Error (RFC 2548 2.1.5).
pub const MS_CHAP_ERROR: u32 = 2;
/// MS-CHAP2-Success (RFC 2548 2.3.3).
pub const MS_CHAP2_SUCCESS: u32 = 26;
/// MS-MPPE-Send-Key (RFC 2548 2.4.2).
pub const MS_MPPE_SEND_KEY: u32 = 16;
/// MS-MPPE-Recv-Key (RFC 2548 2.4.3).
pub const MS_MPPE_RECV_KEY: u32 = 17;
/// Octets of both versions' responses.
const RESPONSE_LENGTH: usize = 50;
/// Octets of a DES block.
const BLOCK: usize = 8;

/// Which challenge was answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    /// The server's 8 octets (RFC 2433).
    One([u8; 8]),
    /// Both sides' 16 octets (RFC 2759).
    Two { server: [u8; 16], peer: [u8; 16] },
}

/// Attribute numbers and values of MS-MPPE-Send-Key and MS-MPPE-Recv-Key.
pub type MppeKeys = [(u32, Vec<u8>); 2];

/// An answered challenge.
#[derive(Clone, PartialEq, Eq)]
pub struct MsChap {
    version: Version,
    /// The identifier a success or an error repeats.
    pub identifier: u8,
    nt_response: [u8; 24],
}

impl MsChap {
    /// Reads it from an Access-Request; nothing where there is none.
    pub(crate) fn read(packet: &Packet<'_>) -> Option<Result<Self, PacketError>> {
        let value = |number| {
            let mut own = packet.vendor(MICROSOFT, Default::default());
            own.find(|attribute| attribute.number == number).map(|attribute| attribute.value)
        };
        let (one, two) = (value(MS_CHAP_RESPONSE), value(MS_CHAP2_RESPONSE));
        Some(Self::parse(two.or(one)?, two.is_some(), value(MS_CHAP_CHALLENGE).unwrap_or_default()))
    }

    fn parse(response: &[u8], second: bool, challenge: &[u8]) -> Result<Self, PacketError> {
        let attribute = number::VENDOR_SPECIFIC;
        let bad = |value: &[u8]| PacketError::BadValue { attribute, got: value.len() };
        if response.len() != RESPONSE_LENGTH {
            return Err(bad(response));
        }
        let (identifier, peer) = (response.first(), response.get(2..18));
        let version = match second {
            true => Version::Two {
                server: challenge.try_into().map_err(|_| bad(challenge))?,
                peer: peer.and_then(|peer| peer.try_into().ok()).ok_or(bad(response))?,
            },
            false => Version::One(challenge.try_into().map_err(|_| bad(challenge))?),
        };
        let nt_response = *response.last_chunk().ok_or(bad(response))?;
        Ok(Self { version, identifier: *identifier.ok_or(bad(response))?, nt_response })
    }

    /// Version 2 as EAP carries it: both sides' challenges, and the peer's answer.
    pub const fn second(identifier: u8, (server, peer): ([u8; 16], [u8; 16]), nt_response: [u8; 24]) -> Self {
        Self { version: Version::Two { server, peer }, identifier, nt_response }
    }

    /// Whether it was made from this password by this user. A user name that a domain leads (`HOME\anna`) counts without it, too
    /// (RFC 2759 4).
    pub fn matches(&self, user: &str, password: &[u8]) -> bool {
        self.user_of(user, password).is_some()
    }

    /// The form of the user name that the response was made with.
    fn user_of<'u>(&self, user: &'u str, password: &[u8]) -> Option<&'u str> {
        let hash = nt_hash(password)?;
        let bare = user.rsplit_once('\\').map(|(_, bare)| bare);
        std::iter::once(user).chain(bare).find(|name| {
            let challenge = self.challenge(name);
            equal(&challenge_response(&challenge, &hash), &self.nt_response)
        })
    }

    fn challenge(&self, user: &str) -> [u8; BLOCK] {
        match &self.version {
            Version::One(challenge) => *challenge,
            Version::Two { server, peer } => challenge_hash(peer, server, user.as_bytes()),
        }
    }

    /// Version 2: the value of MS-CHAP2-Success, which proves that we know the password, too (RFC 2759 8.7). Nothing for version 1.
    pub fn success(&self, user: &str, password: &[u8]) -> Option<Vec<u8>> {
        let Version::Two { .. } = &self.version else { return None };
        let hash_hash = Md4::digest(nt_hash(password)?);
        let user = self.user_of(user, password)?;
        let digest = sha1(&[&hash_hash, &self.nt_response, MAGIC_1]);
        let digest = sha1(&[&digest, &self.challenge(user), MAGIC_2]);
        let hexadecimal: String = digest.iter().map(|octet| format!("{octet:02X}")).collect();
        Some([&[self.identifier], b"S=".as_slice(), hexadecimal.as_bytes()].concat())
    }

    /// The value of MS-CHAP-Error for a wrong password (RFC 2759 6): no retry, no change of password.
    pub fn error(&self) -> Vec<u8> {
        let text: &[u8] = match self.version {
            Version::One(_) => b"E=691 R=0",
            Version::Two { .. } => {
                b"E=691 R=0 C=00000000000000000000000000000000 V=3 M=Authentication failed"
            }
        };
        [&[self.identifier], text].concat()
    }

    /// Version 2: the keys for what the device sends and receives, 16 octets each, encrypted for this request (RFC 2548 2.4.2,
    /// RFC 3079 3.3). `salts` are unpredictable and differ. Nothing for version 1.
    ///
    /// # Errors
    /// The shared secret is empty.
    pub fn mppe_keys(
        &self,
        password: &[u8],
        (authenticator, secret): (&Authenticator, &[u8]),
        salts: [u16; 2],
    ) -> Result<Option<MppeKeys>, PacketError> {
        let (Version::Two { .. }, Some(hash)) = (&self.version, nt_hash(password)) else { return Ok(None) };
        let hash_hash = Md4::digest(hash);
        let master = sha1(&[&hash_hash, &self.nt_response, MASTER]);
        let half = |magic: &[u8]| {
            let key = sha1(&[master.get(..16).unwrap_or_default(), &[0; 40], magic, &[0xf2; 40]]);
            key.get(..16).map(<[u8]>::to_vec).unwrap_or_default()
        };
        let [send_salt, receive_salt] = salts;
        let send = hide_key(&half(SERVER_SENDS), authenticator, secret, send_salt)?;
        let receive = hide_key(&half(SERVER_RECEIVES), authenticator, secret, receive_salt)?;
        Ok(Some([(MS_MPPE_SEND_KEY, send), (MS_MPPE_RECV_KEY, receive)]))
    }
}

/// The value of MS-CHAP-Error that refuses a request; nothing where it has no MS-CHAP response that can be read.
pub fn error_for(packet: &Packet<'_>) -> Option<Vec<u8>> {
    Some(MsChap::read(packet)?.ok()?.error())
}

impl std::fmt::Debug for MsChap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MsChap(***)")
    }
}

/// Magic constants of RFC 2759 8.7 and RFC 3079 3.3.
const MAGIC_1: &[u8] = b"Magic server to client signing constant";
const MAGIC_2: &[u8] = b"Pad to make it do more than one iteration";
const MASTER: &[u8] = b"This is the MPPE Master Key";
const SERVER_SENDS: &[u8] =
    b"On the client side, this is the receive key; on the server side, it is the send key.";
const SERVER_RECEIVES: &[u8] =
    b"On the client side, this is the send key; on the server side, it is the receive key.";

/// MD4 over the password as UTF-16 (RFC 2759 8.3); nothing where it is no text.
pub fn nt_hash(password: &[u8]) -> Option<[u8; 16]> {
    let text = std::str::from_utf8(password).ok()?;
    let octets: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    Some(Md4::digest(octets).into())
}

/// RFC 2759 8.2.
fn challenge_hash(peer: &[u8; 16], server: &[u8; 16], user: &[u8]) -> [u8; BLOCK] {
    sha1(&[peer, server, user]).first_chunk().copied().unwrap_or_default()
}

/// RFC 2759 8.5: the challenge encrypted with three keys of 56 bits each.
fn challenge_response(challenge: &[u8; BLOCK], hash: &[u8; 16]) -> [u8; 24] {
    let mut padded = [0; 21];
    padded.iter_mut().zip(hash).for_each(|(to, from)| *to = *from);
    let mut response = [0; 24];
    for (part, key) in response.chunks_exact_mut(BLOCK).zip(padded.chunks_exact(7)) {
        let mut block = (*challenge).into();
        Des::new(&spread(key).into()).encrypt_block(&mut block);
        part.copy_from_slice(&block);
    }
    response
}

/// Seven octets as eight, seven bits in each (RFC 2759 8.6); DES does not look at the last one.
fn spread(key: &[u8]) -> [u8; BLOCK] {
    let bits = key.iter().fold(0_u64, |bits, octet| (bits << 8) | u64::from(*octet));
    let mut spread = [0; BLOCK];
    for (octet, shift) in spread.iter_mut().zip([49, 42, 35, 28, 21, 14, 7, 0]) {
        *octet = u8::try_from((bits >> shift) & 0x7f).unwrap_or(0) << 1;
    }
    spread
}

fn sha1(parts: &[&[u8]]) -> [u8; 20] {
    let mut digest = Sha1::new();
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize().into()
}

/// RFC 2548 2.4.2: salt, then length and key, xored with a chain of MD5.
fn hide_key(
    key: &[u8],
    authenticator: &Authenticator,
    secret: &[u8],
    salt: u16,
) -> Result<Vec<u8>, PacketError> {
    // The leftmost bit of a salt is set.
    let salt = (salt | 0x8000).to_be_bytes();
    let mut plain = vec![u8::try_from(key.len()).unwrap_or(0)];
    plain.extend_from_slice(key);
    plain.resize(plain.len().div_ceil(16) * 16, 0);
    let mut previous = [authenticator.as_slice(), &salt].concat();
    for block in plain.chunks_exact_mut(16) {
        let pad = md5_over(&[usable(secret)?, &previous]);
        block.iter_mut().zip(pad).for_each(|(octet, pad)| *octet ^= pad);
        previous = block.to_vec();
    }
    Ok([salt.as_slice(), &plain].concat())
}
