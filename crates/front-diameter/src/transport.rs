//! What carries the octets: TCP, TLS over TCP, SCTP.
//!
//! TLS comes before Diameter, on a port of its own (RFC 6733 13.1); a CER that demands the old in-band negotiation is answered with 5017.
//! Where client certificates are demanded, a peer's Origin-Host must be one of the names of its certificate: otherwise any peer with a
//! certificate could speak for another. SCTP sockets are of the one-to-one style (RFC 6458 4), one message a write (RFC 6733 2.1.1);
//! the payload identifier of 46 is not set: the kernel's default is taken by every peer we know.
//! Must not know: messages, peers' rights, charging.

use crate::connection;
use crate::dialling::Dialled;
use crate::door::Door;
use crate::peers::PeerRecord;
use crate::server::{Config, StartError};
use crate::write_half;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use socket2::{Domain, Protocol, Socket, Type};
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// A TLS handshake must be over within this time.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// IANA's protocol number of SCTP.
const SCTP: i32 = 132;
/// Connections that wait to be accepted on an SCTP socket.
const SCTP_BACKLOG: i32 = 128;
/// What Linux says where it has no SCTP: EPROTONOSUPPORT, ESOCKTNOSUPPORT.
const NO_SUCH_PROTOCOL: [i32; 2] = [93, 94];

/// Files that TLS needs, all in PEM form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Our certificate and what leads to its root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Roots of client certificates; then clients must have one that names their Origin-Host. `None` = clients show none.
    pub authorities: Option<PathBuf>,
}

/// What a listener accepts.
#[derive(Clone)]
pub(crate) enum Transport {
    Tcp,
    Tls(TlsAcceptor),
    Sctp,
}

/// A socket that listens.
pub(crate) struct Listener {
    pub socket: TcpListener,
    pub address: SocketAddr,
    pub transport: Transport,
}

/// One accepted connection, ready for messages.
pub(crate) struct Channel<R, W> {
    pub read: R,
    pub write: W,
    /// Our side's address.
    pub local: IpAddr,
    /// Each write is one message.
    pub one_by_one: bool,
    /// What the peer's certificate says, where one was demanded.
    pub certificate: Option<CertificateNames>,
    /// Who began it.
    pub role: Role,
}

/// Who began a connection.
#[derive(Clone)]
pub(crate) enum Role {
    /// The peer.
    Accepted,
    /// We; see [`crate::dialling`].
    Dialled(Arc<Dialled>),
}

/// The names in a certificate that was proven.
pub(crate) struct CertificateNames(CertificateDer<'static>);

impl CertificateNames {
    /// Whether this Origin-Host is one of them.
    pub fn have(&self, host: &str) -> bool {
        let Ok(name) = ServerName::try_from(host) else { return false };
        let parsed = ParsedCertificate::try_from(&self.0);
        parsed.is_ok_and(|parsed| rustls::client::verify_server_name(&parsed, &name).is_ok())
    }
}

/// Opens every listener of the settings.
pub(crate) async fn listen(config: &Config) -> Result<Vec<Listener>, StartError> {
    let mut listeners = Vec::new();
    let mut add = |bound: std::io::Result<TcpListener>, address: SocketAddr, transport: Transport| {
        let cannot = |reason: std::io::Error| match (&transport, reason.raw_os_error()) {
            (Transport::Sctp, Some(code)) if NO_SUCH_PROTOCOL.contains(&code) => {
                StartError::NoSctp { address }
            }
            _ => StartError::Listen { address, reason },
        };
        let socket = bound.map_err(cannot)?;
        let address = socket.local_addr().map_err(|reason| StartError::Listen { address, reason })?;
        listeners.push(Listener { socket, address, transport });
        Ok::<(), StartError>(())
    };
    for address in &config.listen {
        add(TcpListener::bind(address).await, *address, Transport::Tcp)?;
    }
    if !config.tls_listen.is_empty() {
        let files = config.tls.as_ref();
        let files = files.ok_or_else(|| StartError::Tls("no certificate and key are set".to_owned()))?;
        let acceptor = TlsAcceptor::from(Arc::new(tls(files).map_err(StartError::Tls)?));
        for address in &config.tls_listen {
            add(TcpListener::bind(address).await, *address, Transport::Tls(acceptor.clone()))?;
        }
    }
    for address in &config.sctp_listen {
        add(sctp(*address), *address, Transport::Sctp)?;
    }
    Ok(listeners)
}

/// A listening socket of the one-to-one style: it accepts, reads and writes as one of TCP does.
fn sctp(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::from(SCTP)))?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(SCTP_BACKLOG)?;
    TcpListener::from_std(socket.into())
}

fn tls(files: &TlsFiles) -> Result<ServerConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = builder.with_safe_default_protocol_versions().map_err(said)?;
    let builder = match &files.authorities {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for root in certificates(path)? {
                roots.add(root).map_err(|error| format!("{}: {error}", path.display()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().map_err(said)?)
        }
    };
    let key = PrivateKeyDer::from_pem_file(&files.key);
    let key = key.map_err(|error| format!("{}: {error}", files.key.display()))?;
    builder.with_single_cert(certificates(&files.certificate)?, key).map_err(said)
}

fn said(error: impl Display) -> String {
    error.to_string()
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |error| format!("{}: {error}", path.display());
    let all: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).map_err(wrong)?.collect();
    let all = all.map_err(wrong)?;
    if all.is_empty() { Err(format!("{}: no certificate in it", path.display())) } else { Ok(all) }
}

impl Transport {
    /// The word people read.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Tls(_) => "TLS",
            Self::Sctp => "SCTP",
        }
    }

    /// Serves a connection that was accepted until it ends.
    pub async fn serve(
        self,
        door: Arc<Door>,
        stream: TcpStream,
        record: Arc<PeerRecord>,
        number: u64,
        stop: watch::Receiver<bool>,
    ) {
        // SCTP has no such option; it bundles no more than the path allows.
        let _ = stream.set_nodelay(true);
        let local = stream.local_addr().map_or(record.address, |address| address).ip().to_canonical();
        let one_by_one = matches!(self, Self::Sctp);
        let Self::Tls(acceptor) = self else {
            let (read, write) = write_half::split(stream);
            let (certificate, role) = (None, Role::Accepted);
            let channel = Channel { read, write, local, one_by_one, certificate, role };
            return connection::serve(door, channel, record, number, stop).await;
        };
        let failed = match timeout(HANDSHAKE_PATIENCE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                let certificate = shown.map(|shown| CertificateNames(shown.clone().into_owned()));
                let (read, write) = tokio::io::split(stream);
                let role = Role::Accepted;
                let channel = Channel { read, write, local, one_by_one, certificate, role };
                return connection::serve(door, channel, record, number, stop).await;
            }
            Ok(Err(error)) => format!("no TLS: {error}"),
            Err(_) => "no TLS handshake in time".to_owned(),
        };
        tracing::warn!(address = %record.address, "connection closed: {failed}");
        door.metrics.closed_for_cause.inc();
        record.closed(door.engine.clock().now(), None, failed);
    }
}
