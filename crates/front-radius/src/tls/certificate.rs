//! Who a TLS peer is: by a name in his certificate (subject alternative name) or by its fingerprint (RFC 6614 2.3).
//!
//! A certificate is accepted when one of the installation's authorities has signed it, or when a node's record has its fingerprint: such
//! a one may be self-signed, and its dates do not matter. Which node it is, is decided after that, so a genuine certificate of nobody is
//! refused too. Must not know: packets, sockets.

use crate::Nodes;
use ring::digest::{SHA256, digest};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DistinguishedName, Error, SignatureScheme};
use std::fmt;
use std::sync::Arc;

/// Octets of a fingerprint.
const FINGERPRINT: usize = 32;
/// How a fingerprint is told from a name.
const PREFIX: &str = "sha256:";

/// What a node's certificate must have: the setting `certificate` of its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateRule {
    /// This SHA-256 over its DER form.
    Fingerprint([u8; FINGERPRINT]),
    /// This name or address among its subject alternative names.
    Name(ServerName<'static>),
}

impl CertificateRule {
    /// Reads `sha256:` and 64 hexadecimal digits, with or without colons, a DNS name or an IP address.
    ///
    /// # Errors
    /// It is none of these.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let Some(digits) = text.get(..PREFIX.len()).filter(|start| start.eq_ignore_ascii_case(PREFIX)) else {
            let name = ServerName::try_from(text.to_owned());
            return name.map(Self::Name).map_err(|_| "must be a DNS name, an address or sha256:fingerprint");
        };
        let digits: Vec<u8> = text.bytes().skip(digits.len()).filter(|octet| *octet != b':').collect();
        let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let octets: Option<Vec<u8>> = digits.chunks(2).map(pair).collect();
        let octets = octets.filter(|_| digits.len() == 2 * FINGERPRINT).and_then(|o| o.try_into().ok());
        octets.map(Self::Fingerprint).ok_or("must have 64 hexadecimal digits behind sha256:")
    }
}

impl fmt::Display for CertificateRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(&name.to_str()),
            Self::Fingerprint(octets) => {
                f.write_str(PREFIX)?;
                octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

/// A certificate that a peer has shown.
pub struct PeerCertificate<'a> {
    fingerprint: [u8; FINGERPRINT],
    parsed: Option<ParsedCertificate<'a>>,
}

impl<'a> PeerCertificate<'a> {
    pub(crate) fn new(der: &'a CertificateDer<'_>) -> Self {
        let mut fingerprint = [0; FINGERPRINT];
        fingerprint.iter_mut().zip(digest(&SHA256, der).as_ref()).for_each(|(to, from)| *to = *from);
        Self { fingerprint, parsed: ParsedCertificate::try_from(der).ok() }
    }

    /// Whether it is what a record asks for.
    pub fn fits(&self, rule: &CertificateRule) -> bool {
        match rule {
            CertificateRule::Fingerprint(wanted) => *wanted == self.fingerprint,
            CertificateRule::Name(name) => {
                self.parsed.as_ref().is_some_and(|parsed| verify_server_name(parsed, name).is_ok())
            }
        }
    }

    /// Its fingerprint as records have it.
    pub(crate) fn shown(&self) -> String {
        CertificateRule::Fingerprint(self.fingerprint).to_string()
    }

    /// Whether it is the one with this fingerprint.
    pub(crate) fn is_pinned(&self, rule: &CertificateRule) -> bool {
        matches!(rule, CertificateRule::Fingerprint(_)) && self.fits(rule)
    }
}

/// Accepts certificates of the authorities and those that records pin.
pub(super) struct Acceptance {
    pub authorities: Option<Arc<dyn ClientCertVerifier>>,
    pub nodes: Arc<dyn Nodes>,
    pub provider: Arc<CryptoProvider>,
}

impl fmt::Debug for Acceptance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Acceptance")
    }
}

impl ClientCertVerifier for Acceptance {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // None: a client with a pinned certificate must not keep it back because no authority of ours has signed it.
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.nodes.pins(&PeerCertificate::new(end_entity)) {
            return Ok(ClientCertVerified::assertion());
        }
        match &self.authorities {
            Some(authorities) => authorities.verify_client_cert(end_entity, intermediates, now),
            None => Err(rustls::CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
