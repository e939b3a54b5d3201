//! RADIUS over TLS (RFC 6614, TCP 2083): log-ins, accounting and our CoA and Disconnect over one connection of a device or proxy.
//!
//! Both sides show a certificate; a node's record says which one is its own ([`CertificateRule`]). The shared secret is the RFC's fixed
//! text. Connections are taken only from addresses that a node with a certificate may have, so strangers cost no handshake.
//! `connection` serves one, `dial` opens those to devices that do not connect to us, `links` knows the open ones, `certificate` decides who it is. Must not know: charging.

mod certificate;
mod connection;
mod dial;
mod links;

pub use certificate::{CertificateRule, PeerCertificate};
pub(crate) use dial::keep as keep_dialled;
pub use links::Link;
pub(crate) use links::{LinkView, Links};

use crate::log_limit::LogLimit;
use crate::node_board::NodeBoard;
use crate::port::Port;
use crate::{Metrics, NasClient, Nodes, RadiusNode};
use calendar::Instant;
use certificate::Acceptance;
use office::{Marks, WatchedFiles, read_pem_file};
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::time_provider::TimeProvider;
use rustls::{RootCertStore, ServerConfig};
use socket2::{SockRef, TcpKeepalive};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// The shared secret of every TLS connection (RFC 6614 2.3).
pub(crate) const SECRET: &[u8] = b"radsec";
/// Handshakes at a time.
const HANDSHAKES_MOST: usize = 256;
/// Connections of one address that have not said who they are.
const UNKNOWN_OF_ADDRESS: usize = 16;
/// A silent connection is asked for a sign of life after this, so often, so many times: half-open ones end within two minutes.
const KEEP_ALIVE: (Duration, Duration, u32) = (Duration::from_secs(60), Duration::from_secs(15), 4);
/// The listener rests for this when the system gives no descriptor.
const REST: Duration = Duration::from_millis(100);

/// Where RADIUS/TLS is served, and with what.
#[derive(Debug, Clone)]
pub struct TlsConfig {
    /// Usually port 2083; port 0 takes a free one.
    pub listen: SocketAddr,
    /// PEM file with our certificate and the intermediate ones behind it.
    pub certificate: PathBuf,
    /// PEM file with its key.
    pub key: PathBuf,
    /// PEM file with the authorities that sign certificates of nodes; without one only pinned certificates are accepted.
    pub authorities: Option<PathBuf>,
    /// PEM file with their revocation lists, one for each that signs; without one nothing is revoked.
    pub revoked: Option<PathBuf>,
    /// Whether a list past the date of its next update vouches for nobody any more; else it counts until a newer one comes.
    pub refuse_outdated: bool,
}

/// Why TLS cannot be served; a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct TlsProblem {
    /// Which file.
    pub file: String,
    /// Words for people.
    pub reason: String,
}

/// The engine's clock for the dates of certificates.
struct OurTime(engine::Clock);

impl std::fmt::Debug for OurTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OurTime")
    }
}

impl TimeProvider for OurTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().unix_seconds()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// What the files of TLS hold.
pub(crate) struct Loaded {
    /// For those who connect to us.
    accepting: Arc<ServerConfig>,
    /// For those to whom we connect.
    dialling: dial::Identity,
}

/// Who signs certificates of nodes.
struct Authorities {
    of_clients: Arc<dyn ClientCertVerifier>,
    of_servers: Arc<WebPkiServerVerifier>,
}

/// What every connection needs.
pub(crate) struct Door {
    pub files: WatchedFiles<Loaded>,
    pub auth: Arc<Port>,
    pub accounting: Arc<Port>,
    pub client: NasClient,
    pub links: Arc<Links>,
    /// How long a packet may take to be whole.
    pub whole_packet: Duration,
}

impl Door {
    fn nodes(&self) -> &dyn Nodes {
        &*self.auth.shared.nodes
    }

    fn now(&self) -> Instant {
        self.auth.shared.engine.clock().now()
    }

    fn metrics(&self) -> &Metrics {
        &self.auth.shared.metrics
    }

    fn log(&self) -> &LogLimit {
        &self.auth.shared.log
    }

    fn board(&self) -> &NodeBoard {
        &self.auth.shared.board
    }

    fn refused(&self, label: &'static str, peer: SocketAddr, reason: &str) {
        self.metrics().tls_refused(label);
        if let Some(left_out) = self.log().pass(label) {
            tracing::warn!(%peer, code = "FRD-012", reason, left_out, "a RADIUS/TLS connection is refused");
        }
    }

    fn connected(&self, node: &RadiusNode, peer: SocketAddr) {
        self.metrics().tls_connections().inc();
        tracing::info!(node = %node.name, %peer, "RADIUS/TLS connected");
    }

    fn disconnected(&self, node: &RadiusNode, peer: SocketAddr, reason: &'static str) {
        self.metrics().tls_connections().dec();
        self.metrics().tls_closed(reason);
        if !matches!(reason, "peer" | "stopping" | "superseded") {
            let words = format!("TLS connection closed: {reason} (FRD-013, {})", peer.ip());
            self.board().error(&node.name, self.now(), words);
        }
        tracing::info!(node = %node.name, %peer, reason, "RADIUS/TLS disconnected");
    }
}

/// The configuration of TLS from its files, which counts for the next handshake when they change.
///
/// # Errors
/// A file that cannot be read or does not hold what it should.
pub(crate) fn files(
    config: TlsConfig,
    nodes: Arc<dyn Nodes>,
    clock: engine::Clock,
) -> Result<WatchedFiles<Loaded>, TlsProblem> {
    let read = move |marks: &mut Marks| {
        let all = [
            Some(&config.certificate),
            Some(&config.key),
            config.authorities.as_ref(),
            config.revoked.as_ref(),
        ];
        all.into_iter().flatten().for_each(|file| marks.add(file));
        loaded(&config, nodes.clone(), clock.clone())
    };
    WatchedFiles::open("The files of RADIUS over TLS", read, ToString::to_string)
}

fn problem(file: &Path, reason: String) -> TlsProblem {
    TlsProblem { file: file.display().to_string(), reason }
}

/// Everything of one kind in a file.
fn all_of<T: PemObject>(file: &Path, none: &str) -> Result<Vec<T>, TlsProblem> {
    read_pem_file(file, none).map_err(|reason| problem(file, reason))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsProblem> {
    all_of(file, "has no certificate")
}

fn loaded(config: &TlsConfig, nodes: Arc<dyn Nodes>, clock: engine::Clock) -> Result<Loaded, TlsProblem> {
    let chain = certificates(&config.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&config.key);
    let key = key.map_err(|error| problem(&config.key, error.to_string()))?;
    let provider = Arc::new(default_provider());
    let (of_clients, of_servers) = match authorities(config, &provider)? {
        Some(Authorities { of_clients, of_servers }) => (Some(of_clients), Some(of_servers)),
        None => (None, None),
    };
    let acceptance = Arc::new(Acceptance { authorities: of_clients, nodes, provider: provider.clone() });
    let builder = ServerConfig::builder_with_details(provider.clone(), Arc::new(OurTime(clock.clone())));
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| problem(&config.certificate, error.to_string()))?;
    let made = builder.with_client_cert_verifier(acceptance);
    let made = made.with_single_cert(chain.clone(), key.clone_key());
    let mut made = made.map_err(|error| problem(&config.key, error.to_string()))?;
    // A resumed session would not show its certificate to today's records.
    made.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    made.send_tls13_tickets = 0;
    let dialling = dial::Identity { chain, key, authorities: of_servers, provider, clock };
    Ok(Loaded { accepting: Arc::new(made), dialling })
}

/// Nothing where only fingerprints count.
fn authorities(
    config: &TlsConfig,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Authorities>, TlsProblem> {
    let revoked = match &config.revoked {
        None => Vec::new(),
        Some(file) => all_of::<CertificateRevocationListDer<'static>>(file, "has no revocation list")?,
    };
    let file = match (&config.authorities, &config.revoked) {
        (Some(file), _) => file,
        (None, Some(file)) => return Err(problem(file, "needs authorities".to_owned())),
        (None, None) => return Ok(None),
    };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|error| problem(file, error.to_string()))?;
    }
    let roots = Arc::new(roots);
    let clients = WebPkiClientVerifier::builder_with_provider(roots.clone(), provider.clone());
    let servers = WebPkiServerVerifier::builder_with_provider(roots, provider.clone());
    let (mut clients, mut servers) = (clients.with_crls(revoked.clone()), servers.with_crls(revoked));
    if config.refuse_outdated {
        clients = clients.enforce_revocation_expiration();
        servers = servers.enforce_revocation_expiration();
    }
    let of_clients = clients.build().map_err(|error| problem(file, error.to_string()))?;
    let of_servers = servers.build().map_err(|error| problem(file, error.to_string()))?;
    Ok(Some(Authorities { of_clients, of_servers }))
}

/// Takes connections until told to stop, then waits for those that are open.
pub(crate) async fn listen(door: Arc<Door>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES_MOST));
    let unknown = Unknown::default();
    let mut open = JoinSet::new();
    loop {
        let came = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            _ = open.join_next(), if !open.is_empty() => continue,
            came = listener.accept() => came,
        };
        let Ok((stream, peer)) = came else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let source = peer.ip().to_canonical();
        if !door.nodes().expects_tls(source) {
            door.refused("stranger", peer, "no node with a certificate may have this address");
            continue;
        }
        let slot = handshakes.clone().try_acquire_owned();
        let (Ok(slot), Some(place), true) = (slot, unknown.enter(source), open.len() < links::LINKS_MOST)
        else {
            door.refused("busy", peer, "too many connections");
            continue;
        };
        keep_alive(&stream);
        let (theirs, stop) = (door.clone(), stop.clone());
        open.spawn(async move {
            // Left as soon as the peer has said who he is: the slot of the handshake goes with it.
            connection::serve(theirs, stream, peer, (slot, place), stop).await;
        });
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// Answers are small and awaited; silent peers are asked whether they are still there.
fn keep_alive(stream: &TcpStream) {
    let (idle, every, times) = KEEP_ALIVE;
    let probes = TcpKeepalive::new().with_time(idle).with_interval(every).with_retries(times);
    // Best effort: without it a dead peer is noticed when something is written.
    let _ = stream.set_nodelay(true);
    let _ = SockRef::from(stream).set_tcp_keepalive(&probes);
}

/// Connections by address that have not said who they are.
#[derive(Clone, Default)]
struct Unknown(Arc<parking_lot::Mutex<HashMap<IpAddr, usize>>>);

impl Unknown {
    fn enter(&self, source: IpAddr) -> Option<UnknownPlace> {
        let mut counts = self.0.lock();
        let count = counts.entry(source).or_default();
        if *count >= UNKNOWN_OF_ADDRESS {
            return None;
        }
        *count += 1;
        Some(UnknownPlace { all: self.clone(), source })
    }
}

/// One of them, until dropped.
pub(crate) struct UnknownPlace {
    all: Unknown,
    source: IpAddr,
}

impl Drop for UnknownPlace {
    fn drop(&mut self) {
        let mut counts = self.all.0.lock();
        if let Some(count) = counts.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.source);
            }
        }
    }
}
