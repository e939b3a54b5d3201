//! The server: listens, accepts, counts connections, and stops in order.

use crate::connection;
use crate::door::Door;
use crate::metrics::Metrics;
use crate::peers::{PeerRecord, PeerView, Peers};
use crate::profile::PeerProfile;
use crate::subscribers::Subscribers;
use diameter::answer::Identity;
use engine::Engine;
use office::Tracer;
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// How long to wait after the system refused to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Settings of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where to listen; port 0 = any free one.
    pub listen: Vec<SocketAddr>,
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
        let mut listeners = Vec::with_capacity(config.listen.len());
        let mut addresses = Vec::with_capacity(config.listen.len());
        for address in &config.listen {
            let cannot = |reason| StartError::Listen { address: *address, reason };
            let listener = TcpListener::bind(address).await.map_err(cannot)?;
            addresses.push(listener.local_addr().map_err(cannot)?);
            listeners.push(listener);
        }
        // No Origin-State-Id: it would tell peers that their sessions are lost (RFC 6733 8.16), and ours survive a restart.
        let identity = Identity { host: config.host.clone(), realm: config.realm.clone(), state_id: None };
        let door = Arc::new(Door {
            config,
            engine,
            peers,
            subscribers,
            sessions: Default::default(),
            routes: Default::default(),
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
        let listen = |listener| tokio::spawn(accept(door.clone(), listener, stopped.clone()));
        let listeners = listeners.into_iter().map(listen).chain([worker]);
        let listeners = Mutex::new(listeners.collect());
        Ok(Self { door, addresses, stop, listeners })
    }

    /// Where it listens, in the order of the settings.
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

async fn accept(door: Arc<Door>, listener: TcpListener, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            Some(ended) = connections.join_next() => report(ended),
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => admit(&door, &mut connections, stream, address, &stop),
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
    stream: TcpStream,
    address: SocketAddr,
    stop: &watch::Receiver<bool>,
) {
    let number = door.next_connection.fetch_add(1, Ordering::Relaxed);
    let record = Arc::new(PeerRecord::new(address, door.engine.clock().now()));
    record.tap(door, stream.local_addr().unwrap_or(address));
    let mut open = door.connections.lock();
    if open.len() >= door.config.connections_most {
        drop(open);
        door.metrics.closed_for_cause.inc();
        tracing::warn!(%address, "connection closed: too many Diameter connections");
        return;
    }
    open.insert(number, record.clone());
    drop(open);
    door.metrics.connections.inc();
    let (leave, stop) = (Leave { door: door.clone(), number }, stop.clone());
    let serve = connection::serve(door.clone(), stream, record, number, stop);
    connections.spawn(async move {
        let _leave = leave;
        serve.await;
    });
}

/// Takes a connection off the list however it ends.
struct Leave {
    door: Arc<Door>,
    number: u64,
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.door.left(self.number);
        self.door.metrics.connections.dec();
    }
}
