//! Connections that we open to devices which take CoA and Disconnect over TLS and do not connect to us (RFC 6614, RFC 5176): one to each
//! node with `tls_dial`, kept open, and opened again with growing pauses when it ends.
//!
//! We show our certificate and look at theirs: it must be what the node's record asks for, by an authority of ours or by its fingerprint.
//! An open connection is like one that the device has opened: both sides may ask over it. Must not know: charging, what is told.

use super::certificate::{CertificateRule, PeerCertificate};
use super::{Door, OurTime, connection, keep_alive};
use crate::RadiusNode;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, Error, SignatureScheme};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

/// Nodes that are dialled.
const DIALLED_MOST: usize = 1_024;
/// How often it is looked who has to be dialled.
const LOOK: Duration = Duration::from_secs(1);
/// Connecting and the handshake take no longer.
const OPENED: Duration = Duration::from_secs(10);
/// Pauses between two tries: the first, doubling up to the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// What we show and whom we believe.
pub(crate) struct Identity {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
    pub authorities: Option<Arc<WebPkiServerVerifier>>,
    pub provider: Arc<CryptoProvider>,
    pub clock: engine::Clock,
}

impl Identity {
    fn towards(&self, rule: &CertificateRule) -> Result<ClientConfig, Error> {
        let (rule, authorities) = (rule.clone(), self.authorities.clone());
        let expected = Arc::new(Expected { rule, authorities, provider: self.provider.clone() });
        let time = Arc::new(OurTime(self.clock.clone()));
        let builder = ClientConfig::builder_with_details(self.provider.clone(), time);
        let builder = builder.with_safe_default_protocol_versions()?;
        let builder = builder.dangerous().with_custom_certificate_verifier(expected);
        let mut made = builder.with_client_auth_cert(self.chain.clone(), self.key.clone_key())?;
        // A resumed session would not show its certificate to today's record.
        made.resumption = Resumption::disabled();
        Ok(made)
    }
}

/// Believes the one certificate that the record asks for.
struct Expected {
    rule: CertificateRule,
    authorities: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl std::fmt::Debug for Expected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Expected")
    }
}

impl ServerCertVerifier for Expected {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _asked: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        match (&self.rule, &self.authorities) {
            (CertificateRule::Fingerprint(_), _) if PeerCertificate::new(end_entity).fits(&self.rule) => {
                Ok(ServerCertVerified::assertion())
            }
            (CertificateRule::Name(name), Some(authorities)) => {
                authorities.verify_server_cert(end_entity, intermediates, name, ocsp, now)
            }
            _ => Err(unknown),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Keeps every node that is to be dialled connected, until told to stop.
pub(crate) async fn keep(door: Arc<Door>, mut stop: watch::Receiver<bool>) {
    let mut dialled: HashMap<Box<str>, JoinHandle<()>> = HashMap::new();
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            _ = look.tick() => {}
        }
        dialled.retain(|_, task| !task.is_finished());
        for node in door.nodes().dialled().iter().take(DIALLED_MOST) {
            if !dialled.contains_key(&node.name) {
                let task = tokio::spawn(keep_one(door.clone(), node.clone(), stop.clone()));
                dialled.insert(node.name.clone(), task);
            }
        }
    }
    for (_, task) in dialled {
        let _ = task.await;
    }
}

/// One node, until its record is another.
async fn keep_one(door: Arc<Door>, node: Arc<RadiusNode>, mut stop: watch::Receiver<bool>) {
    let (first, longest) = PAUSES;
    let mut pause = first;
    while connection::record_now(&door, &node).is_some() && !*stop.borrow() {
        let began = Instant::now();
        let opened = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            opened = timeout(OPENED, open(&door, &node)) => opened.unwrap_or_else(|_| Err("no answer in time".to_owned())),
        };
        match opened {
            Ok((stream, peer)) => {
                let shown =
                    stream.get_ref().1.peer_certificates().and_then(<[_]>::first).map(PeerCertificate::new);
                let shown = shown.map(|certificate| certificate.shown()).unwrap_or_default();
                let local = stream.get_ref().0.local_addr().unwrap_or(peer);
                let whose = connection::Whose { node: node.clone(), ends: (peer, local), shown };
                connection::talk(&door, stream, whose, stop.clone()).await;
            }
            Err(reason) => {
                door.metrics().tls_refused("dialled");
                door.board().error(&node.name, door.now(), format!("cannot be dialled: {reason} (FRD-012)"));
                if let Some(left_out) = door.log().pass("dialled") {
                    tracing::warn!(node = %node.name, code = "FRD-012", reason, left_out, "a device cannot be dialled over TLS");
                }
            }
        }
        pause = if began.elapsed() > longest { first } else { pause };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = pause_while(pause, || connection::record_now(&door, &node).is_some()) => {}
        }
        pause = (pause * 2).min(longest);
    }
}

/// Waits that long, or until the record is another: one that was put right is dialled within two looks.
async fn pause_while(pause: Duration, is_same: impl Fn() -> bool) {
    let until = Instant::now() + pause;
    while Instant::now() < until && is_same() {
        tokio::time::sleep_until(until.min(Instant::now() + LOOK)).await;
    }
}

type Opened = (tokio_rustls::client::TlsStream<TcpStream>, SocketAddr);

/// A connection to the node; else a sentence.
async fn open(door: &Door, node: &RadiusNode) -> Result<Opened, String> {
    let (Some(peer), Some(rule)) = (node.profile.tls_dial, &node.certificate) else {
        return Err("its record has no certificate".to_owned());
    };
    let config = door.files.loaded().dialling.towards(rule).map_err(|error| error.to_string())?;
    let stream = TcpStream::connect(peer).await.map_err(|error| error.to_string())?;
    keep_alive(&stream);
    let name = match rule {
        CertificateRule::Name(name) => name.clone(),
        CertificateRule::Fingerprint(_) => ServerName::from(peer.ip()),
    };
    let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    Ok((shaken.map_err(|error| error.to_string())?, peer))
}

#[cfg(test)]
mod tests;
