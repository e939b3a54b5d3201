//! What carries the octets: TCP, TLS over TCP, SCTP.
//!
//! TLS comes before Diameter, on a port of its own (RFC 6733 13.1); a CER that demands the old in-band negotiation is answered with 5017.
//! Where we dial, the peer's certificate must name it, and ours is shown.
//! Where client certificates are demanded, a peer's Origin-Host must be one of the names of its certificate: otherwise any peer with a
//! certificate could speak for another.
//! Must not know: messages, peers' rights, charging.

use crate::connection;
use crate::dialling::Dialled;
use crate::door::Door;
use crate::peers::PeerRecord;
use crate::sctp;
use crate::server::{Config, StartError};
use crate::tls_files::Tls;
use crate::write_half;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsStream};

/// A TLS handshake must be over within this time.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// What Linux says where it has no SCTP: EPROTONOSUPPORT, ESOCKTNOSUPPORT.
const NO_SUCH_PROTOCOL: [i32; 2] = [93, 94];

/// What a listener accepts.
#[derive(Clone)]
pub(crate) enum Transport {
    Tcp,
    Tls(Tls),
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
pub(crate) async fn listen(config: &Config, tls: Option<&Tls>) -> Result<Vec<Listener>, StartError> {
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
        let tls = tls.ok_or_else(|| StartError::Tls("no certificate and key are set".to_owned()))?;
        for address in &config.tls_listen {
            add(TcpListener::bind(address).await, *address, Transport::Tls(tls.clone()))?;
        }
    }
    for address in &config.sctp_listen {
        add(sctp::listener(*address), *address, Transport::Sctp)?;
    }
    Ok(listeners)
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
    pub async fn serve(self, door: Arc<Door>, stream: TcpStream, begun: Begun) {
        match self {
            Self::Tls(tls) => {
                let acceptor = TlsAcceptor::from(tls.loaded().accepting.clone());
                let handshake = async move { acceptor.accept(stream).await.map(TlsStream::from) };
                serve_tls(door, handshake, begun).await;
            }
            Self::Tcp => serve_plain(door, stream, false, begun).await,
            Self::Sctp => serve_plain(door, stream, true, begun).await,
        }
    }
}

/// A connection before its first octet.
pub(crate) struct Begun {
    pub record: Arc<PeerRecord>,
    pub number: u64,
    /// Our side's address.
    pub local: IpAddr,
    pub role: Role,
    pub stop: watch::Receiver<bool>,
}

/// Serves a connection without TLS until it ends.
pub(crate) async fn serve_plain(door: Arc<Door>, stream: TcpStream, one_by_one: bool, begun: Begun) {
    let Begun { record, number, local, role, stop } = begun;
    let (read, write) = write_half::split(stream);
    let channel = Channel { read, write, local, one_by_one, certificate: None, role };
    connection::serve(door, channel, record, number, stop).await;
}

/// Serves a connection over TLS until it ends, from the handshake on.
pub(crate) async fn serve_tls(
    door: Arc<Door>,
    handshake: impl Future<Output = std::io::Result<TlsStream<TcpStream>>>,
    begun: Begun,
) {
    let Begun { record, number, local, role, stop } = begun;
    let failed = match timeout(HANDSHAKE_PATIENCE, handshake).await {
        Ok(Ok(stream)) => {
            let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
            let certificate = shown.map(|shown| CertificateNames(shown.clone().into_owned()));
            let (read, write) = tokio::io::split(stream);
            let channel = Channel { read, write, local, one_by_one: false, certificate, role };
            return connection::serve(door, channel, record, number, stop).await;
        }
        Ok(Err(error)) => format!("no TLS: {error}"),
        Err(_) => "no TLS handshake in time".to_owned(),
    };
    tracing::warn!(address = %record.address, "connection closed: {failed}");
    door.metrics.closed_for_cause.inc();
    record.closed(door.engine.clock().now(), None, failed);
}
