//! The devices that may speak to us. A packet's source address decides which one it is, and so the shared secret (RFC 2865 3);
//! NAS-IP-Address and NAS-Identifier never do.

use crate::{CertificateRule, PeerCertificate, Profile};
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// A shared secret. It cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// A secret; an empty one makes every packet of the node be discarded (RFC 2865 3).
    pub fn new(secret: impl Into<Vec<u8>>) -> Self {
        Self(secret.into().into_boxed_slice())
    }

    /// The octets, for signing and checking only.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A device or a network of devices with one secret.
#[derive(Debug, Clone)]
pub struct RadiusNode {
    /// Its name: rating entries and sessions say it.
    pub name: Box<str>,
    /// Where it is; nothing for a network of devices.
    pub address: Option<IpAddr>,
    /// Shared secret.
    pub secret: Secret,
    /// What its type can do, with the node's own settings already in it ([`Profile::with_settings`]).
    pub profile: Arc<Profile>,
    /// The record is a whole network: Acct-Session-Id is unique per source address only.
    pub is_network: bool,
    /// Its certificate, where it speaks RADIUS/TLS: then `secret` is that of TLS (RFC 6614 2.3), and it is told things over its own
    /// connection.
    pub certificate: Option<CertificateRule>,
}

impl RadiusNode {
    /// The name under which Acct-Session-Id is unique (RFC 2866 5.5).
    pub(crate) fn session_scope(&self, source: IpAddr) -> Cow<'_, str> {
        if self.is_network { format!("{}@{source}", self.name).into() } else { Cow::Borrowed(&*self.name) }
    }
}

/// Finds nodes; called for every packet, so it must not wait for anything.
pub trait Nodes: Send + Sync + 'static {
    /// The node that sends from this address: the longest prefix wins. IPv4 comes as IPv4, not mapped into IPv6.
    fn by_source(&self, source: IpAddr) -> Option<Arc<RadiusNode>>;

    /// The node of this name: what sessions say.
    fn by_name(&self, name: &str) -> Option<Arc<RadiusNode>>;

    /// Nodes that are told which session has which address.
    fn accounting_targets(&self) -> Arc<[Arc<RadiusNode>]> {
        Arc::default()
    }

    /// The node that shows this certificate from this address over TLS.
    fn by_certificate(&self, _certificate: &PeerCertificate<'_>, _source: IpAddr) -> Option<Arc<RadiusNode>> {
        None
    }

    /// Whether a node with a certificate may have this address.
    fn expects_tls(&self, _source: IpAddr) -> bool {
        false
    }

    /// Nodes to which we open TLS connections.
    fn dialled(&self) -> Arc<[Arc<RadiusNode>]> {
        Arc::default()
    }

    /// Whether a node's record has the fingerprint of this certificate.
    fn pins(&self, _certificate: &PeerCertificate<'_>) -> bool {
        false
    }
}
