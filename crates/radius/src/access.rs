//! An Access-Request as the question it asks (RFC 2865 4.1): who wants in, from where, and what proves it. The answer is not made here.

use crate::authenticator::equal;
use crate::code::Code;
use crate::eap::Eap;
use crate::error::PacketError;
use crate::fields::NasIdentity;
use crate::ms_chap::MsChap;
use crate::number;
use crate::packet::{AUTHENTICATOR_LENGTH, Authenticator, Packet};
use crate::password::{reveal_password, verify_chap};
use crate::sip_digest::SipDigest;
use std::net::Ipv4Addr;

/// What proves that the user is who he says.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// PAP: the password, revealed. Never logged.
    Pap(Vec<u8>),
    /// CHAP: proof of knowing the password.
    Chap {
        /// CHAP identifier.
        identifier: u8,
        /// The peer's 16 octets.
        response: Authenticator,
        /// CHAP-Challenge, or the Request Authenticator where there is none (RFC 2865 5.3).
        challenge: Vec<u8>,
    },
    /// MS-CHAP or MS-CHAPv2 (RFC 2433, RFC 2759).
    MsChap(Box<MsChap>),
    /// SIP digest (RFC 5090 or the draft before it), or the wish for a challenge.
    Digest(Box<SipDigest>),
    /// EAP (RFC 3579), which takes several requests.
    Eap(Eap),
    /// A method this server doesn't speak or cannot read, by name.
    Unsupported(&'static str),
    /// None: authorisation by line or device, or Authorize-Only (RFC 5176 3.2).
    None,
}

impl Credential {
    /// Whether it was made from this password by this user (User-Name as sent); always false where there is nothing to compare.
    pub fn matches(&self, user: &str, password: &[u8]) -> bool {
        match self {
            Self::MsChap(response) => response.matches(user, password),
            Self::Digest(digest) => digest.matches(user, password),
            Self::Pap(given) => equal(given, password),
            Self::Chap { identifier, response, challenge } => {
                verify_chap(*identifier, response, challenge, password)
            }
            Self::Eap(_) | Self::Unsupported(_) | Self::None => false,
        }
    }

    fn read(packet: &Packet<'_>, secret: &[u8]) -> Result<Self, PacketError> {
        let pap = packet.first(number::USER_PASSWORD);
        let chap = packet.first(number::CHAP_PASSWORD);
        match (pap, chap) {
            (Some(_), Some(_)) => Err(PacketError::TwoCredentials),
            // RFC 3579 3.1.
            (Some(_), None) | (None, Some(_)) if packet.first(number::EAP_MESSAGE).is_some() => {
                Err(PacketError::TwoCredentials)
            }
            (Some(hidden), None) => reveal_password(hidden, packet.authenticator(), secret).map(Self::Pap),
            (None, Some(value)) => Self::read_chap(packet, value),
            (None, None) => Ok(Self::other_method(packet)),
        }
    }

    fn read_chap(packet: &Packet<'_>, value: &[u8]) -> Result<Self, PacketError> {
        let bad = PacketError::BadValue { attribute: number::CHAP_PASSWORD, got: value.len() };
        let (identifier, response) = value.split_first().ok_or(bad)?;
        let response: [u8; AUTHENTICATOR_LENGTH] = response.try_into().map_err(|_| bad)?;
        let challenge = packet.first(number::CHAP_CHALLENGE).unwrap_or(packet.authenticator()).to_vec();
        Ok(Self::Chap { identifier: *identifier, response, challenge })
    }

    fn other_method(packet: &Packet<'_>) -> Self {
        if let Some(eap) = Eap::read(packet) {
            return eap.map_or(Self::Unsupported("EAP"), Self::Eap);
        }
        match (MsChap::read(packet), SipDigest::read(packet)) {
            (Some(Ok(response)), _) => Self::MsChap(Box::new(response)),
            (Some(Err(_)), _) => Self::Unsupported("MS-CHAP"),
            (None, Some(digest)) => Self::Digest(Box::new(digest)),
            (None, None) => Self::None,
        }
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pap(_) => "Pap(***)",
            Self::Chap { .. } => "Chap(***)",
            Self::MsChap(_) => "MsChap(***)",
            Self::Digest(_) => "Digest(***)",
            Self::Eap(eap) => return write!(f, "{eap:?}"),
            Self::Unsupported(method) => return write!(f, "Unsupported({method})"),
            Self::None => "None",
        })
    }
}

/// An Access-Request, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRequest {
    /// User-Name, UTF-8; not there where the network knows the device only by its number or card (RFC 2865 5.1: "if available").
    pub user_name: Option<String>,
    /// What proves it.
    pub credential: Credential,
    /// Which device asks.
    pub nas: NasIdentity,
    /// Service-Type: 2 framed, 17 Authorize-Only.
    pub service_type: Option<u32>,
    /// Framed-Protocol: 1 PPP, 7 GPRS-PDP-Context.
    pub framed_protocol: Option<u32>,
    /// Framed-IP-Address the NAS hints at.
    pub framed_ipv4: Option<Ipv4Addr>,
    /// Called-Station-Id: APN, service or access point.
    pub called_station: Option<String>,
    /// Calling-Station-Id: MSISDN or MAC address.
    pub calling_station: Option<String>,
    /// Acct-Session-Id, where the NAS sends it already here.
    pub session_id: Option<String>,
    /// State from an earlier Access-Challenge or CoA-Request.
    pub state: Option<Vec<u8>>,
    /// Chargeable-User-Identity; a single NUL asks for one (RFC 4372 2.2).
    pub chargeable_identity: Option<Vec<u8>>,
}

impl AccessRequest {
    /// Reads an Access-Request that `authenticator::verify_request` has let pass. `secret` reveals the PAP password.
    ///
    /// # Errors
    /// Not an Access-Request, a wrongly sized attribute, two credentials, or a User-Name that is no text.
    pub fn read(packet: &Packet<'_>, secret: &[u8]) -> Result<Self, PacketError> {
        if packet.code() != Code::AccessRequest {
            return Err(PacketError::UnexpectedCode { expected: Code::AccessRequest, got: packet.code() });
        }
        let state = packet.first(number::STATE).map(<[u8]>::to_vec);
        let user_name = packet.first(number::USER_NAME).map(read_user_name).transpose()?;
        Ok(Self {
            user_name,
            credential: Credential::read(packet, secret)?,
            nas: NasIdentity::read(packet)?,
            service_type: packet.integer(number::SERVICE_TYPE)?,
            framed_protocol: packet.integer(number::FRAMED_PROTOCOL)?,
            framed_ipv4: packet.ipv4(number::FRAMED_IP_ADDRESS)?,
            called_station: packet.text(number::CALLED_STATION_ID),
            calling_station: packet.text(number::CALLING_STATION_ID),
            session_id: packet.text(number::ACCT_SESSION_ID),
            state,
            chargeable_identity: packet.first(number::CHARGEABLE_USER_IDENTITY).map(<[u8]>::to_vec),
        })
    }
}

fn read_user_name(value: &[u8]) -> Result<String, PacketError> {
    let bad = PacketError::BadValue { attribute: number::USER_NAME, got: value.len() };
    String::from_utf8(value.to_vec()).map_err(|_| bad)
}
