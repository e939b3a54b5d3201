//! EAP as RADIUS carries it (RFC 3748, RFC 3579): what a peer answers, and what it is asked. Two methods are spoken: MD5-Challenge
//! (RFC 3748 5.4) and MS-CHAPv2 (type 26, draft-kamath-pppext-eap-mschapv2).
//!
//! Must not know: what was asked before (a peer's answer is read by itself), passwords, who may log in.

use crate::error::PacketError;
use crate::number;
use crate::packet::{AUTHENTICATOR_LENGTH, Authenticator, Packet};

/// Codes of EAP packets (RFC 3748 4).
const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
const SUCCESS: u8 = 3;
const FAILURE: u8 = 4;
/// Octets of code, identifier and length.
const HEADER: usize = 4;
/// Types (RFC 3748 5).
const IDENTITY: u8 = 1;
const NAK: u8 = 3;
/// Type of MD5-Challenge.
pub const MD5_CHALLENGE: u8 = 4;
/// Type of MS-CHAPv2.
pub const MS_CHAP_V2: u8 = 26;
/// Types of methods inside TLS: EAP-TLS, TTLS, PEAP, FAST, TEAP.
pub const INSIDE_TLS: [u8; 5] = [13, 21, 25, 43, 55];
/// Operations of MS-CHAPv2.
const CHALLENGE_OPERATION: u8 = 1;
const RESPONSE_OPERATION: u8 = 2;
const SUCCESS_OPERATION: u8 = 3;
const FAILURE_OPERATION: u8 = 4;
/// Octets of a response's value: the peer's challenge, eight reserved, the NT response, flags.
const RESPONSE_VALUE: usize = 49;
/// What we call ourselves in challenges.
const NAME: &[u8] = b"talea";

/// A peer's packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eap {
    /// That of the request it answers.
    pub identifier: u8,
    /// What it says.
    pub answer: EapAnswer,
}

/// What a peer says.
#[derive(Clone, PartialEq, Eq)]
pub enum EapAnswer {
    /// Nothing yet: the access device wants the conversation begun (RFC 3579 2.1).
    Start,
    /// Who it is; the device has put the same into User-Name.
    Identity,
    /// Not this method; the types of those it would take. None at all is a zero (RFC 3748 5.3.1).
    Nak(Vec<u8>),
    /// MD5 over identifier, password and challenge.
    Md5(Authenticator),
    /// MS-CHAPv2: the answer to a challenge.
    MsChap {
        /// Of MS-CHAPv2 itself.
        identifier: u8,
        /// The peer's challenge.
        peer: [u8; 16],
        /// The proof.
        nt_response: [u8; 24],
        /// The user it was made for.
        name: String,
    },
    /// MS-CHAPv2: our own proof was right.
    MsChapSuccess,
    /// MS-CHAPv2: it was not.
    MsChapFailure,
    /// Another type.
    Other(u8),
}

impl std::fmt::Debug for EapAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Start => "Start",
            Self::Identity => "Identity",
            Self::Nak(types) => return write!(f, "Nak({types:?})"),
            Self::Md5(_) => "Md5(***)",
            Self::MsChap { .. } => "MsChap(***)",
            Self::MsChapSuccess => "MsChapSuccess",
            Self::MsChapFailure => "MsChapFailure",
            Self::Other(kind) => return write!(f, "Other({kind})"),
        })
    }
}

impl Eap {
    /// Reads it from an Access-Request, whose EAP-Message attributes are one packet cut into pieces (RFC 3579 3.1); nothing where there
    /// is none.
    pub fn read(packet: &Packet<'_>) -> Option<Result<Self, PacketError>> {
        packet.first(number::EAP_MESSAGE)?;
        let octets: Vec<u8> = packet.all(number::EAP_MESSAGE).flatten().copied().collect();
        Some(
            Self::parse(&octets)
                .ok_or(PacketError::BadValue { attribute: number::EAP_MESSAGE, got: octets.len() }),
        )
    }

    fn parse(octets: &[u8]) -> Option<Self> {
        let Some(([code, identifier, length @ ..], _)) = octets.split_first_chunk::<HEADER>() else {
            return octets.is_empty().then_some(Self { identifier: 0, answer: EapAnswer::Start });
        };
        // What stands behind the length is padding of the link (RFC 3748 4.1).
        let body = octets.get(HEADER..usize::from(u16::from_be_bytes(*length)))?;
        let (kind, data) = body.split_first()?;
        if *code != RESPONSE {
            return None;
        }
        let answer = match *kind {
            IDENTITY => EapAnswer::Identity,
            NAK => EapAnswer::Nak(data.to_vec()),
            MD5_CHALLENGE => EapAnswer::Md5(md5_value(data)?),
            MS_CHAP_V2 => ms_chap(data)?,
            other => EapAnswer::Other(other),
        };
        Some(Self { identifier: *identifier, answer })
    }
}

fn md5_value(data: &[u8]) -> Option<Authenticator> {
    let (size, rest) = data.split_first()?;
    if usize::from(*size) != AUTHENTICATOR_LENGTH {
        return None;
    }
    rest.first_chunk().copied()
}

fn ms_chap(data: &[u8]) -> Option<EapAnswer> {
    match *data {
        // A peer may send no more than the operation (draft-kamath 2.4).
        [SUCCESS_OPERATION, ..] => Some(EapAnswer::MsChapSuccess),
        [FAILURE_OPERATION, ..] => Some(EapAnswer::MsChapFailure),
        [RESPONSE_OPERATION, identifier, _, _, size, ref rest @ ..] => {
            let (value, name) = rest.split_at_checked(RESPONSE_VALUE)?;
            let nt_response = *value.get(24..)?.first_chunk()?;
            let name = std::str::from_utf8(name).ok()?.to_owned();
            let made = EapAnswer::MsChap { identifier, peer: *value.first_chunk()?, nt_response, name };
            (usize::from(size) == RESPONSE_VALUE).then_some(made)
        }
        _ => None,
    }
}

/// The identifier of a peer's packet, whatever is behind it; nothing where a request carries no EAP.
pub fn identifier(packet: &Packet<'_>) -> Option<u8> {
    let octets = packet.first(number::EAP_MESSAGE)?;
    Some(octets.get(1).copied().unwrap_or_default())
}

/// Asks who the peer is.
pub fn ask_identity(identifier: u8) -> Vec<u8> {
    made(REQUEST, identifier, &[&[IDENTITY]])
}

/// Asks for MD5 (RFC 3748 5.4).
pub fn ask_md5(identifier: u8, challenge: &[u8; 16]) -> Vec<u8> {
    made(REQUEST, identifier, &[&[MD5_CHALLENGE, 16], challenge, NAME])
}

/// Asks for MS-CHAPv2 (draft-kamath 2.1), whose own identifier is that of the packet.
pub fn ask_ms_chap(identifier: u8, challenge: &[u8; 16]) -> Vec<u8> {
    ask_operation(identifier, (CHALLENGE_OPERATION, identifier), &[&[16], challenge, NAME])
}

/// Shows our own proof, a text (draft-kamath 2.3); `own` is the identifier of the challenge.
pub fn ask_success(identifier: u8, own: u8, proof: &[u8]) -> Vec<u8> {
    ask_operation(identifier, (SUCCESS_OPERATION, own), &[proof])
}

fn ask_operation(identifier: u8, (operation, own): (u8, u8), parts: &[&[u8]]) -> Vec<u8> {
    let length = HEADER + parts.iter().map(|part| part.len()).sum::<usize>();
    let length = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let head = [&[MS_CHAP_V2, operation, own], length.as_slice()].concat();
    made(REQUEST, identifier, &[&head, &parts.concat()])
}

/// The end of a conversation that let the peer in.
pub fn success(identifier: u8) -> Vec<u8> {
    made(SUCCESS, identifier, &[])
}

/// The end of one that did not.
pub fn failure(identifier: u8) -> Vec<u8> {
    made(FAILURE, identifier, &[])
}

fn made(code: u8, identifier: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = HEADER + parts.iter().map(|part| part.len()).sum::<usize>();
    let length = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    [&[code, identifier], length.as_slice(), &parts.concat()].concat()
}
