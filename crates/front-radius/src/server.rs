//! Start and end of both ports.

use crate::chargeable_identity::Identities;
use crate::datagrams;
use crate::eap::Conversations;
use crate::enforcement::{Enforcement, Tools};
use crate::forward::Forwarder;
use crate::guess_limit::GuessLimit;
use crate::log_limit::LogLimit;
use crate::lookup_pool::LookupPool;
use crate::node_board::{NodeBoard, NodeView};
use crate::node_rate::NodeRates;
use crate::node_restart::Restart;
use crate::port::{Kind, Port, Retry};
use crate::shared::Shared;
use crate::signing_habit::SigningHabits;
use crate::strangers::Strangers;
use crate::tap::Tap;
use crate::tls::{self, LinkView, Links, TlsConfig, TlsProblem};
use crate::{Equipment, Metrics, NasClient, Nodes, Secret, Subscribers};
use engine::{Clock, Engine};
use office::{BoundedCache, SessionToCut, Tracer, WatchedFiles, Zones};
use parking_lot::Mutex;
use radius::{Dictionary, DuplicateCache};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A packet over TLS is whole in this time, or its connection is closed.
const WHOLE_PACKET: Duration = Duration::from_secs(10);
/// Sessions remembered to have begun, in each half of the cache.
const SESSIONS_KEPT: usize = 250_000;
/// Threads for look-ups that may wait for the database.
const LOOKUP_THREADS: usize = 2;
/// Look-ups that may wait.
const LOOKUPS_WAITING: usize = 8_192;
/// Restarts of nodes that may wait.
const RESTARTS_WAITING: usize = 64;
/// How long a reply is kept for repeats (RFC 5080 2.2.2: 5 to 30 seconds).
const REPLY_KEPT: Duration = Duration::from_secs(10);
/// How long `stop` waits for what is in flight.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where to listen, and the limits.
#[derive(Debug, Clone)]
pub struct Config {
    /// Authentication, usually port 1812; port 0 takes a free one.
    pub auth: SocketAddr,
    /// Accounting, usually port 1813; port 0 takes a free one.
    pub accounting: SocketAddr,
    /// Requests worked on at a time, for each port; more are discarded and come again.
    pub in_flight_most: usize,
    /// Replies kept for repeats, for each port.
    pub replies_kept: usize,
    /// Octets of the kernel's receive buffer to ask for; the system may give less.
    pub receive_buffer: usize,
    /// Answers accounting without recording or charging anything. For measurement only.
    pub echo: bool,
    /// Where traces see what passes.
    pub tracer: Tracer,
    /// RADIUS/TLS, where it is served.
    pub tls: Option<TlsConfig>,
    /// How long a packet over TLS may take to be whole; then its connection is closed.
    pub whole_packet: Duration,
    /// The key under which Chargeable-User-Identities are made; without one nobody gets any.
    pub identity_key: Option<Secret>,
    /// Zones of visited networks, by the beginnings of their names.
    pub zones: BTreeMap<String, Vec<String>>,
}

impl Config {
    /// Listens there with the usual limits.
    pub fn new(auth: SocketAddr, accounting: SocketAddr) -> Self {
        Self {
            auth,
            accounting,
            in_flight_most: 16_384,
            replies_kept: 131_072,
            receive_buffer: 8 << 20,
            echo: false,
            tracer: Tracer::default(),
            tls: None,
            whole_packet: WHOLE_PACKET,
            identity_key: None,
            zones: BTreeMap::new(),
        }
    }
}

/// Why the front door does not open.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen for RADIUS on {address}: {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// The system gives no thread.
    #[error("cannot start a thread for RADIUS: {0}")]
    Thread(std::io::Error),
    /// A file of TLS cannot be used.
    #[error("RADIUS/TLS cannot be served: {0}")]
    Tls(#[from] TlsProblem),
}

impl StartError {
    /// A stable code; see the guide.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Listen { .. } => "FRD-101",
            Self::Thread(_) => "FRD-102",
            Self::Tls(_) => "FRD-103",
        }
    }
}

/// Both ports, running. Dropping it stops them without waiting.
pub struct Server {
    auth: SocketAddr,
    accounting: SocketAddr,
    tls: Option<(SocketAddr, WatchedFiles<tls::Loaded>)>,
    links: Arc<Links>,
    equipment: Equipment,
    enforcement: Enforcement,
    clock: Clock,
    metrics: Metrics,
    board: Arc<NodeBoard>,
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Server {
    /// Opens both ports; must be called inside a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// An address that cannot be listened on, or no thread.
    pub fn start(
        config: &Config,
        engine: Engine,
        nodes: Arc<dyn Nodes>,
        subscribers: Arc<dyn Subscribers>,
        equipment: Equipment,
    ) -> Result<Self, StartError> {
        let (metrics, board) = (Metrics::default(), Arc::<NodeBoard>::default());
        let began = engine.clock().now();
        let lookups = LookupPool::start("talea-radius-find", LOOKUP_THREADS, LOOKUPS_WAITING, Retry::run);
        let restarts = LookupPool::start("talea-radius-node", 1, RESTARTS_WAITING, Restart::run);
        let enforcement = Enforcement::default();
        let tap = Tap {
            tracer: config.tracer.clone(),
            clock: engine.clock().clone(),
            nodes: nodes.clone(),
            equipment: equipment.clone(),
        };
        let (forwarder, bindings) = Forwarder::new(metrics.clone());
        let shared = Arc::new(Shared {
            engine,
            nodes,
            subscribers,
            equipment: equipment.clone(),
            metrics: metrics.clone(),
            board: board.clone(),
            log: LogLimit::default(),
            guesses: GuessLimit::default(),
            conversations: Conversations::default(),
            habits: SigningHabits::default(),
            rates: NodeRates::default(),
            strangers: Strangers::default(),
            lookups: lookups.map_err(StartError::Thread)?,
            restarts: restarts.map_err(StartError::Thread)?,
            begun: BoundedCache::new(SESSIONS_KEPT),
            enforcement: enforcement.clone(),
            tap: tap.clone(),
            identities: Identities::new(config.identity_key.as_ref()),
            zones: Zones::of(&config.zones),
            forwarder,
            started: Instant::now(),
            began,
            echo: config.echo,
        });
        let (auth_port, auth) = open_udp(&shared, config, Kind::Authentication)?;
        let (accounting_port, accounting) = open_udp(&shared, config, Kind::Accounting)?;
        let stop = watch::Sender::new(false);
        let (client, client_task) = NasClient::tapped(config.auth.ip(), stop.subscribe(), Some(tap));
        let mut tasks = vec![client_task];
        let links = Arc::<Links>::default();
        let tls = match &config.tls {
            None => None,
            Some(tls) => {
                let ports = (auth_port.clone(), accounting_port.clone());
                let config = (tls, config.whole_packet);
                let (address, files, both) = open_tls(config, ports, &client, &links, &stop)?;
                tasks.extend(both);
                Some((address, files))
            }
        };
        let tools = Tools {
            engine: shared.engine.clone(),
            nodes: shared.nodes.clone(),
            equipment: equipment.clone(),
            metrics: metrics.clone(),
            board: board.clone(),
            client,
            links: links.clone(),
            forwarder: shared.forwarder.clone(),
        };
        tasks.push(bindings.start(tools.clone(), stop.subscribe()));
        if !config.echo {
            tasks.push(enforcement.start(tools, stop.subscribe()));
        }
        equipment.watch();
        for port in [auth_port, accounting_port] {
            tasks.push(tokio::spawn(port.clone().receive(stop.subscribe())));
            tasks.push(tokio::spawn(port.send(stop.subscribe())));
        }
        tracing::info!(%auth, %accounting, "RADIUS is served");
        let tasks = Mutex::new(tasks);
        let clock = shared.engine.clock().clone();
        Ok(Self { auth, accounting, tls, links, equipment, enforcement, clock, metrics, board, stop, tasks })
    }

    /// Where authentication listens.
    pub fn auth_address(&self) -> SocketAddr {
        self.auth
    }

    /// Where accounting listens.
    pub fn accounting_address(&self) -> SocketAddr {
        self.accounting
    }

    /// Where RADIUS/TLS listens, if it does.
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.tls.as_ref().map(|(address, _)| *address)
    }

    /// Running sessions whose devices cannot be told that they may not go on.
    pub(crate) fn to_cut(&self) -> Vec<SessionToCut> {
        self.enforcement.to_cut(self.clock.now())
    }

    /// What is wrong with changed dictionaries, profiles and files of TLS.
    pub(crate) fn troubles(&self) -> Vec<String> {
        let tls = self.tls.as_ref().and_then(|(_, files)| files.trouble());
        self.equipment.trouble().into_iter().chain(tls).collect()
    }

    /// Open TLS connections, in no order.
    pub(crate) fn tls_links(&self) -> Vec<LinkView> {
        self.links.views()
    }

    /// The counters.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// What every node has sent since the start, in no order.
    pub fn nodes(&self) -> Vec<NodeView> {
        self.board.views()
    }

    /// Names and types of attributes.
    pub(crate) fn dictionary(&self) -> Arc<Dictionary> {
        self.equipment.dictionary()
    }

    /// Receives no more, answers what is in flight, ends. Call it before the engine is stopped.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock());
        let deadline = tokio::time::Instant::now() + PATIENCE;
        for mut task in tasks {
            if tokio::time::timeout_at(deadline, &mut task).await.is_err() {
                tracing::warn!("a RADIUS request in flight had no answer in time");
                task.abort();
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

fn open_udp(
    shared: &Arc<Shared>,
    config: &Config,
    kind: Kind,
) -> Result<(Arc<Port>, SocketAddr), StartError> {
    let address = if kind == Kind::Accounting { config.accounting } else { config.auth };
    let failed = |reason| StartError::Listen { address, reason };
    let socket = listen(address, config.receive_buffer).map_err(failed)?;
    let kept = u64::try_from(REPLY_KEPT.as_micros()).unwrap_or(u64::MAX);
    let duplicates = DuplicateCache::new(config.replies_kept, kept);
    let port = Port::new(shared.clone(), kind, socket, config.in_flight_most, duplicates);
    let address = port.address().map_err(failed)?;
    Ok((port, address))
}

type OpenTls = (SocketAddr, WatchedFiles<tls::Loaded>, [JoinHandle<()>; 2]);

fn open_tls(
    (config, whole_packet): (&TlsConfig, Duration),
    (auth, accounting): (Arc<Port>, Arc<Port>),
    client: &NasClient,
    links: &Arc<Links>,
    stop: &watch::Sender<bool>,
) -> Result<OpenTls, StartError> {
    let shared = &auth.shared;
    let files = tls::files(config.clone(), shared.nodes.clone(), shared.engine.clock().clone())?;
    let failed = |reason| StartError::Listen { address: config.listen, reason };
    let listener = std::net::TcpListener::bind(config.listen).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let listener = TcpListener::from_std(listener).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let (client, links) = (client.clone(), links.clone());
    files.watch();
    let door = Arc::new(tls::Door { files: files.clone(), auth, accounting, client, links, whole_packet });
    tracing::info!(%address, "RADIUS/TLS is served");
    let dialled = tokio::spawn(tls::keep_dialled(door.clone(), stop.subscribe()));
    Ok((address, files, [tokio::spawn(tls::listen(door, listener, stop.subscribe())), dialled]))
}

fn listen(address: SocketAddr, receive_buffer: usize) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    // Best effort: the system's limit may be lower, and a smaller buffer only loses more in a burst.
    let _ = socket.set_recv_buffer_size(receive_buffer);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    datagrams::tell_local(&socket, address.ip())?;
    UdpSocket::from_std(socket.into())
}
