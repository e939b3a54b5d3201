//! The server: listens, accepts, counts connections, and stops in order.

use crate::dialling::{self, Dial, Dials};
use crate::door::Door;
use crate::metrics::Metrics;
use crate::peers::{PeerRecord, PeerView, Peers};
use crate::profile::PeerProfile;
use crate::subscribers::Subscribers;
use crate::tls_files::{self, TlsFiles};
use crate::transport::{self, Begun, Listener, Role, Transport};
use crate::whereabouts::Zones;
use diameter::answer::Identity;
use engine::Engine;
use office::Tracer;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// How long to wait after the system refused to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections of one address that have not exchanged capabilities; more are closed at once, so that a stranger cannot take the places of
/// peers.
const UNKNOWN_OF_ADDRESS: usize = 128;

/// Settings of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where to listen on TCP; port 0 = any free one.
    pub listen: Vec<SocketAddr>,
    /// Where to listen with TLS before Diameter (RFC 6733 13.1); the usual port is 5658.
    pub tls_listen: Vec<SocketAddr>,
    /// What TLS needs; must be there where TLS listens.
    pub tls: Option<TlsFiles>,
    /// Where to listen on SCTP, where the kernel has it.
    pub sctp_listen: Vec<SocketAddr>,
    /// Peers that we dial, beside those that dial us.
    pub connect: Vec<Dial>,
    /// Seconds between two tries to reach one (Tc, RFC 6733 2.1).
    pub connect_again: Duration,
    /// Zones of visited networks: name, and beginnings of mobile codes or switch numbers; `home` is our own.
    pub zones: BTreeMap<String, Vec<String>>,
    /// Our Origin-Host.
    pub host: String,
    /// Our Origin-Realm.
    pub realm: String,
    /// Our Product-Name.
    pub product_name: String,
    /// Whether peers that are in no table are let in, with the profile `generic`.
    pub accept_unknown_peers: bool,
    /// Twinit of RFC 3539; at least six seconds.
    pub watchdog_interval: Duration,
    /// Connections at the same time; more are closed at once.
    pub connections_most: usize,
    /// Requests of one connection that may wait for their answers; then reading stops.
    pub in_flight_most: usize,
    /// Answers success without charging anything. For measurement only.
    pub echo: bool,
    /// Where traces see what passes.
    pub tracer: Tracer,
}

impl Config {
    /// Settings with the usual values, listening nowhere yet.
    #[must_use]
    pub fn new(host: &str, realm: &str) -> Self {
        Self {
            listen: Vec::new(),
            tls_listen: Vec::new(),
            tls: None,
            sctp_listen: Vec::new(),
            connect: Vec::new(),
            connect_again: Duration::from_secs(30),
            zones: BTreeMap::new(),
            host: host.to_owned(),
            realm: realm.to_owned(),
            product_name: "Talea".to_owned(),
            accept_unknown_peers: false,
            watchdog_interval: Duration::from_secs(30),
            connections_most: 1_024,
            in_flight_most: 8_192,
            echo: false,
            tracer: Tracer::default(),
        }
    }
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be had.
    #[error("DIA-004: cannot listen for Diameter on {address}: {reason}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The kernel has no SCTP.
    #[error(
        "DIA-006: cannot listen for Diameter over SCTP on {address}: the kernel has no SCTP (on Linux: modprobe sctp); \
         without it leave sctp_listen empty"
    )]
    NoSctp {
        /// Which address was wanted.
        address: SocketAddr,
    },
    /// Certificates or keys cannot be used.
    #[error("DIA-007: Diameter over TLS: {0}")]
    Tls(String),
    /// A name by which peers would know us is empty.
    #[error("DIA-005: the Diameter setting {0} is empty")]
    Nameless(&'static str),
    /// A shipped profile cannot be read.
    #[error(transparent)]
    Profile(#[from] crate::ProfileError),
}

/// The running server.
pub struct Server {
    door: Arc<Door>,
    addresses: Vec<SocketAddr>,
    stop: watch::Sender<bool>,
    listeners: Mutex<Vec<JoinHandle<()>>>,
}

impl Server {
    /// Listens and serves on the current tokio runtime.
    ///
    /// # Errors
    /// [`StartError`]; nothing was started then.
    pub async fn start(
        config: Config,
        engine: Engine,
        peers: Arc<dyn Peers>,
        subscribers: Arc<dyn Subscribers>,
    ) -> Result<Self, StartError> {
        for (name, value) in [("host", &config.host), ("realm", &config.realm)] {
            if value.trim().is_empty() {
                return Err(StartError::Nameless(name));
            }
        }
        let generic = PeerProfile::shipped()?.swap_remove(0);
        let tls = config.tls.clone().map(tls_files::open).transpose().map_err(StartError::Tls)?;
        let may_dial = tls.as_ref().is_some_and(|tls| tls.loaded().dialling.is_some());
        if !may_dial && config.connect.iter().any(|way| way.tls) {
            let words = "certificate, key and authorities are needed to dial a peer";
            return Err(StartError::Tls(words.to_owned()));
        }
        let listeners = transport::listen(&config, tls.as_ref()).await?;
        tls.iter().for_each(tls_files::Tls::watch);
        let addresses = listeners.iter().map(|listener| listener.address).collect();
        // No Origin-State-Id: it would tell peers that their sessions are lost (RFC 6733 8.16), and ours survive a restart.
        let identity = Identity { host: config.host.clone(), realm: config.realm.clone(), state_id: None };
        let door = Arc::new(Door {
            dials: Dials::default(),
            tls,
            zones: Zones::of(&config.zones),
            config,
            engine,
            peers,
            subscribers,
            sessions: Default::default(),
            routes: Default::default(),
            restarts: Default::default(),
            costs: Default::default(),
            metrics: Metrics::default(),
            identity: Arc::new(identity),
            generic,
            started: Instant::now(),
            next_connection: 0.into(),
            connections: Mutex::default(),
            departed: Mutex::default(),
        });
        let (stop, stopped) = watch::channel(false);
        let worker = crate::enforcement::start(&door, stopped.clone());
        let restarts = crate::peer_restart::start(&door, stopped.clone());
        let listen = |listener| tokio::spawn(accept(door.clone(), listener, stopped.clone()));
        let dial = |way: &Dial| tokio::spawn(dialling::keep(door.clone(), way.clone(), stopped.clone()));
        let dialled: Vec<_> = door.config.connect.iter().map(dial).collect();
        let listeners = listeners.into_iter().map(listen).chain(dialled).chain([worker, restarts]);
        let listeners = Mutex::new(listeners.collect());
        Ok(Self { door, addresses, stop, listeners })
    }

    /// Where it listens, in the order of the settings: TCP, TLS, SCTP.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The counters.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.door.metrics
    }

    /// Every connection as it is now, oldest first.
    #[must_use]
    pub fn peers(&self) -> Vec<PeerView> {
        self.door.connections.lock().values().map(|record| record.view()).collect()
    }

    /// The last connection of each peer or address that is gone, oldest first: how far it came and why it ended.
    #[must_use]
    pub fn departed(&self) -> Vec<PeerView> {
        self.door.departed.lock().iter().cloned().collect()
    }

    /// What an administrator should put right, a sentence each.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let tls = self.door.tls.as_ref().and_then(tls_files::Tls::trouble);
        self.door.peers.warnings().into_iter().chain(tls).collect()
    }

    /// Accepts nothing more, answers what is in flight, takes leave of every peer (DPR, RFC 6733 5.4), and returns when all
    /// connections are closed: after about seven seconds at most. A second call returns at once.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        let listeners = std::mem::take(&mut *self.listeners.lock());
        for listener in listeners {
            if let Err(error) = listener.await {
                tracing::error!(%error, "a Diameter listener failed");
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

async fn accept(door: Arc<Door>, listener: Listener, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(ended) = connections.join_next() => report(ended),
            accepted = listener.socket.accept() => match accepted {
                Ok((stream, address)) => {
                    admit(&door, &mut connections, (&listener.transport, stream), address, &stop);
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a Diameter connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    while let Some(ended) = connections.join_next().await {
        report(ended);
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a Diameter connection failed");
    }
}

fn admit(
    door: &Arc<Door>,
    connections: &mut JoinSet<()>,
    (transport, stream): (&Transport, TcpStream),
    address: SocketAddr,
    stop: &watch::Receiver<bool>,
) {
    let Some((record, leave)) = enter(door, address, transport.name()) else { return };
    // SCTP has no such option; it bundles no more than the path allows.
    let _ = stream.set_nodelay(true);
    let local = stream.local_addr().unwrap_or(address);
    record.tap(door, local);
    let (number, stop, local) = (leave.number, stop.clone(), local.ip().to_canonical());
    let begun = Begun { record, number, local, role: Role::Accepted, stop };
    let serve = transport.clone().serve(door.clone(), stream, begun);
    connections.spawn(async move {
        let _leave = leave;
        serve.await;
    });
}

/// Puts a connection on the list, unless there are too many; it is on it for as long as what comes back lives.
pub(crate) fn enter(
    door: &Arc<Door>,
    address: SocketAddr,
    transport: &'static str,
) -> Option<(Arc<PeerRecord>, Leave)> {
    let number = door.next_connection.fetch_add(1, Ordering::Relaxed);
    let record = Arc::new(PeerRecord::new(address, transport, door.engine.clock().now()));
    let mut open = door.connections.lock();
    let unknown = open.values().filter(|other| other.is_unknown_at(address.ip())).count();
    if open.len() >= door.config.connections_most || unknown >= UNKNOWN_OF_ADDRESS {
        drop(open);
        door.metrics.closed_for_cause.inc();
        tracing::warn!(%address, unknown, "connection closed: too many Diameter connections");
        return None;
    }
    open.insert(number, record.clone());
    drop(open);
    door.metrics.connections.inc();
    Some((record, Leave { door: door.clone(), number }))
}

/// Takes a connection off the list however it ends.
pub(crate) struct Leave {
    door: Arc<Door>,
    /// The connection's own.
    pub number: u64,
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.door.left(self.number);
        self.door.metrics.connections.dec();
    }
}
