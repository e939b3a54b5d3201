//! The asking side, for test clients, demos and requests of our own to a NAS (CoA, Disconnect): makes signed requests and checks the
//! replies. Sends nothing and repeats nothing: whoever owns the socket does, with the same octets each time (RFC 5080 2.2.1).

use crate::authenticator;
use crate::code::Code;
use crate::dictionary::EncodedAttribute;
use crate::encoder::PacketBuilder;
use crate::error::PacketError;
use crate::number;
use crate::packet::{Authenticator, Packet};
use crate::password::{chap_response, hide_password};

/// A request being made.
#[derive(Debug, Clone)]
pub struct RequestBuilder {
    packet: PacketBuilder,
    random: Authenticator,
}

impl RequestBuilder {
    /// An Access-Request. `random` must be unpredictable and new for every request (RFC 2865 3).
    pub fn access(identifier: u8, random: Authenticator) -> Self {
        Self { packet: PacketBuilder::new(Code::AccessRequest, identifier), random }
    }

    /// A Status-Server (RFC 5997): the server answers if it is alive. `random` as for [`Self::access`].
    pub fn status_server(identifier: u8, random: Authenticator) -> Self {
        Self { packet: PacketBuilder::new(Code::StatusServer, identifier), random }
    }

    /// An Accounting-Request with its Acct-Status-Type: 1 Start, 2 Stop, 3 Interim, 7 On, 8 Off.
    ///
    /// # Errors
    /// None in practice: an empty packet has room.
    pub fn accounting(identifier: u8, status: u32) -> Result<Self, PacketError> {
        let mut packet = PacketBuilder::new(Code::AccountingRequest, identifier);
        packet.push_integer(number::ACCT_STATUS_TYPE, status)?;
        Ok(Self { packet, random: Authenticator::default() })
    }

    /// A CoA-Request (RFC 5176 2.2).
    pub fn change_of_authorization(identifier: u8) -> Self {
        let packet = PacketBuilder::new(Code::CoaRequest, identifier);
        Self { packet, random: Authenticator::default() }
    }

    /// A Disconnect-Request (RFC 5176 2.1): only attributes that identify the session may follow.
    pub fn disconnect(identifier: u8) -> Self {
        let packet = PacketBuilder::new(Code::DisconnectRequest, identifier);
        Self { packet, random: Authenticator::default() }
    }

    /// The same request under another identifier: who has many in flight gives it when the request goes out.
    #[must_use]
    pub fn with_identifier(mut self, identifier: u8) -> Self {
        self.packet = self.packet.with_identifier(identifier);
        self
    }

    /// The packet being made, for whoever fills packets of any kind.
    pub fn packet_mut(&mut self) -> &mut PacketBuilder {
        &mut self.packet
    }

    /// Adds a PAP password, hidden with the shared secret.
    ///
    /// # Errors
    /// The password is over 128 octets, the secret empty, or the packet full.
    pub fn pap(&mut self, password: &[u8], secret: &[u8]) -> Result<&mut Self, PacketError> {
        let hidden = hide_password(password, &self.random, secret)?;
        self.attribute(number::USER_PASSWORD, &hidden)
    }

    /// Adds CHAP-Password, and CHAP-Challenge unless `challenge` is `None`: then the Request Authenticator is the challenge.
    ///
    /// # Errors
    /// The challenge doesn't fit into an attribute, or the packet is full.
    pub fn chap(
        &mut self,
        chap_identifier: u8,
        password: &[u8],
        challenge: Option<&[u8]>,
    ) -> Result<&mut Self, PacketError> {
        let response = chap_response(chap_identifier, password, challenge.unwrap_or(&self.random));
        let value: Vec<u8> = std::iter::once(chap_identifier).chain(response).collect();
        self.attribute(number::CHAP_PASSWORD, &value)?;
        match challenge {
            Some(challenge) => self.attribute(number::CHAP_CHALLENGE, challenge),
            None => Ok(self),
        }
    }

    /// Adds any attribute.
    ///
    /// # Errors
    /// It doesn't fit.
    pub fn attribute(&mut self, number: u8, value: &[u8]) -> Result<&mut Self, PacketError> {
        self.packet.push(number, value)?;
        Ok(self)
    }

    /// Adds a 32-bit number.
    ///
    /// # Errors
    /// The packet is full.
    pub fn integer(&mut self, number: u8, value: u32) -> Result<&mut Self, PacketError> {
        self.attribute(number, &value.to_be_bytes())
    }

    /// Adds an attribute made from text by [`crate::Dictionary::encode`].
    ///
    /// # Errors
    /// It doesn't fit.
    pub fn encoded(&mut self, attribute: &EncodedAttribute) -> Result<&mut Self, PacketError> {
        self.packet.push_encoded(attribute)?;
        Ok(self)
    }

    /// Signs it as its kind needs; every kind but Accounting-Request gets a Message-Authenticator.
    ///
    /// # Errors
    /// The packet would be too long, or the secret is empty.
    pub fn sign(self, secret: &[u8]) -> Result<Request, PacketError> {
        let bytes = if self.packet.code().authenticator_is_computed() {
            self.packet.sign_computed(secret)?
        } else {
            self.packet.sign_random(&self.random, secret)?
        };
        Ok(Request { bytes })
    }
}

/// A signed request: send its octets, again and again unchanged, until the reply comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    bytes: Vec<u8>,
}

impl Request {
    /// The octets to send.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads a reply and checks that it answers this request and is genuine. Replies to an Access-Request must carry
    /// Message-Authenticator (CVE-2024-3596).
    ///
    /// # Errors
    /// Malformed, for another request, of a kind that doesn't answer it, or not genuine: drop it and keep waiting.
    pub fn check_response<'a>(&self, datagram: &'a [u8], secret: &[u8]) -> Result<Packet<'a>, PacketError> {
        let request = Packet::decode(&self.bytes)?;
        let response = Packet::decode(datagram)?;
        let (expected, got) = (request.identifier(), response.identifier());
        if expected != got {
            return Err(PacketError::WrongIdentifier { expected, got });
        }
        if let Some(expected) = expected_kind(request.code(), response.code()) {
            return Err(PacketError::UnexpectedCode { expected, got: response.code() });
        }
        let signed = authenticator::verify_response(&response, request.authenticator(), secret)?;
        if request.code() == Code::AccessRequest && !signed {
            return Err(PacketError::NoMessageAuthenticator);
        }
        Ok(response)
    }
}

/// The kind that would have answered, where `response` doesn't.
fn expected_kind(request: Code, response: Code) -> Option<Code> {
    let (answers, expected) = match request {
        Code::AccessRequest => (response.answers_access(), Code::AccessAccept),
        Code::AccountingRequest => (response == Code::AccountingResponse, Code::AccountingResponse),
        Code::CoaRequest => (matches!(response, Code::CoaAck | Code::CoaNak), Code::CoaAck),
        Code::DisconnectRequest => {
            (matches!(response, Code::DisconnectAck | Code::DisconnectNak), Code::DisconnectAck)
        }
        // RFC 5997 3.1: Access-Accept on the authentication port, Accounting-Response on the accounting port
        _ => (matches!(response, Code::AccessAccept | Code::AccountingResponse), Code::AccessAccept),
    };
    (!answers).then_some(expected)
}
