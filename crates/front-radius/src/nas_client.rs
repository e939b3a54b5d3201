//! Sends CoA-Requests and Disconnect-Requests to devices and tells how each ended: the sockets around [`DynamicClient`].
//!
//! One task owns everything: a state machine for each device, and one UDP socket for each source port and address family, opened when
//! first needed and shared by all devices. What comes back is sorted by the device's address and port; datagrams of strangers are
//! dropped. A device that speaks TLS is told over its own connection, whose identifiers are its own; nothing is repeated there
//! (RFC 6613 2.6.1), and what is open when it ends has no answer. Must not know: sessions, profiles, what follows a refusal.

use crate::tap::{Tap, Way};
use crate::tls::Link;
use radius::RetransmissionTimes;
use radius::client::RequestBuilder;
use radius::dynamic_client::{DynamicClient, Finished, Limits, Outcome, Sending, Stray};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Requests on their way to the task.
const WAITING_MOST: usize = 65_536;
/// Datagrams on their way to the task.
const RECEIVED_MOST: usize = 8_192;
/// Devices remembered; one that has nothing to do is forgotten when there are more.
const DEVICES_MOST: usize = 4_096;
/// Octets of answers that the system keeps of a source port, which many devices share, as far as it allows; what does not fit is lost and
/// asked for again after two seconds.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Longest answer that is read (RFC 2865 3).
const DATAGRAM_MOST: usize = radius::MAX_PACKET_LENGTH;
/// Requests taken before answers are looked at.
const BATCH: usize = 256;
/// Over TLS a request is sent once and given up after ten seconds.
const ONCE: RetransmissionTimes =
    RetransmissionTimes { first: 10_000_000, longest: 0, most: 0, duration: 10_000_000 };
/// The task looks at its devices at least so often.
const IDLE: Duration = Duration::from_secs(1);

/// Told once when a request has ended; must return at once.
pub type Told = Box<dyn FnOnce(Ended) + Send>;

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// What the device said, or did not.
    pub outcome: Outcome,
    /// How often it was repeated.
    pub repeated: u32,
    /// From the first datagram, or its place in the queue, to the end.
    pub took: Duration,
}

/// How a device is reached.
#[derive(Clone)]
pub enum Road {
    /// Datagrams to its dynamic authorization port.
    Udp(SocketAddr),
    /// Its own TLS connection.
    Tls(Arc<Link>),
}

impl Road {
    fn key(&self) -> RoadKey {
        match self {
            Self::Udp(address) => RoadKey::Udp(*address),
            Self::Tls(link) => RoadKey::Tls(link.id()),
        }
    }
}

/// The name of a road.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum RoadKey {
    Udp(SocketAddr),
    Tls(u64),
}

/// A request to a device.
pub struct Ask {
    /// How it is reached.
    pub device: Road,
    /// What to ask; its Identifier is given later.
    pub request: RequestBuilder,
    /// Shared secret.
    pub secret: Arc<[u8]>,
    /// How much the device is asked.
    pub limits: Limits,
    /// Where the end is told.
    pub told: Told,
}

/// The running client. Cheap to clone.
#[derive(Clone)]
pub struct NasClient {
    asks: mpsc::Sender<Ask>,
    arrivals: mpsc::Sender<Arrival>,
}

impl NasClient {
    /// Starts the task in the current tokio runtime. Requests leave from `from` where that is an address of the device's family.
    pub fn start(from: IpAddr, stop: watch::Receiver<bool>) -> (Self, JoinHandle<()>) {
        Self::tapped(from, stop, None)
    }

    /// As [`Self::start`], seen by traces.
    pub(crate) fn tapped(
        from: IpAddr,
        stop: watch::Receiver<bool>,
        tap: Option<Tap>,
    ) -> (Self, JoinHandle<()>) {
        let (asks, waiting) = mpsc::channel(WAITING_MOST);
        let (arrivals, arrived) = mpsc::channel(RECEIVED_MOST);
        let task = Task {
            from,
            started: Instant::now(),
            sockets: HashMap::new(),
            readers: Vec::new(),
            devices: HashMap::new(),
            arrivals: arrivals.clone(),
            tap,
            stop: stop.clone(),
        };
        (Self { asks, arrivals }, tokio::spawn(task.run(waiting, arrived, stop)))
    }

    /// An answer came over a TLS connection. Where too many wait it is lost, as a datagram would be.
    pub(crate) fn answered(&self, link: u64, octets: &[u8]) {
        let arrival = Arrival { port: 0, from: RoadKey::Tls(link), octets: octets.to_vec() };
        let _ = self.arrivals.try_send(arrival);
    }

    /// A TLS connection has ended: what it was asked has no answer.
    pub(crate) fn gone(&self, link: u64) {
        // Where too many wait, the requests find out by their deadline.
        let _ = self.arrivals.try_send(Arrival { port: 0, from: RoadKey::Tls(link), octets: Vec::new() });
    }

    /// Hands a request over.
    ///
    /// # Errors
    /// Too many wait, or the client has stopped: the request comes back.
    pub fn ask(&self, ask: Ask) -> Result<(), Box<Ask>> {
        self.asks.try_send(ask).map_err(|error| match error {
            mpsc::error::TrySendError::Full(ask) | mpsc::error::TrySendError::Closed(ask) => Box::new(ask),
        })
    }
}

struct Token {
    told: Told,
    since: Instant,
}

struct Device {
    client: DynamicClient<Token>,
    road: Road,
    /// When it wants to be looked at, microseconds since the start.
    due: Option<u64>,
}

struct Arrival {
    port: u16,
    from: RoadKey,
    /// Empty when a connection has ended.
    octets: Vec<u8>,
}

struct Task {
    from: IpAddr,
    started: Instant,
    sockets: HashMap<(bool, u16), Arc<UdpSocket>>,
    readers: Vec<JoinHandle<()>>,
    devices: HashMap<RoadKey, Device>,
    arrivals: mpsc::Sender<Arrival>,
    tap: Option<Tap>,
    stop: watch::Receiver<bool>,
}

impl Task {
    async fn run(
        mut self,
        mut asks: mpsc::Receiver<Ask>,
        mut arrived: mpsc::Receiver<Arrival>,
        mut stop: watch::Receiver<bool>,
    ) {
        let (mut taken, mut answers) = (Vec::new(), Vec::new());
        loop {
            let due = self.devices.values().filter_map(|device| device.due).min();
            let wait = due.map_or(IDLE, |at| Duration::from_micros(at.saturating_sub(self.now())).min(IDLE));
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => break,
                count = asks.recv_many(&mut taken, BATCH) => if count == 0 { break },
                _ = arrived.recv_many(&mut answers, BATCH) => {}
                () = tokio::time::sleep(wait) => {}
            }
            let mut touched: Vec<RoadKey> = Vec::new();
            for ask in taken.drain(..) {
                touched.push(ask.device.key());
                self.take(ask);
            }
            for arrival in answers.drain(..) {
                touched.push(arrival.from);
                self.answered(&arrival);
            }
            let now = self.now();
            let due = self.devices.iter().filter(|(_, device)| device.due.is_some_and(|at| at <= now));
            touched.extend(due.map(|(road, _)| *road));
            touched.sort_unstable();
            touched.dedup();
            for road in touched {
                self.pump(road).await;
            }
        }
        self.readers.iter().for_each(JoinHandle::abort);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn take(&mut self, ask: Ask) {
        let Ask { device: road, request, secret, limits, told } = ask;
        let key = road.key();
        if self.devices.len() >= DEVICES_MOST && !self.devices.contains_key(&key) {
            self.devices.retain(|_, device| !device.client.is_idle());
        }
        let (limits, port) = match &road {
            Road::Udp(address) => (limits, address.port()),
            Road::Tls(_) => (Limits { ports: 1, times: ONCE, ..limits }, 0),
        };
        let seed = self.now() ^ (u64::from(port) << 32);
        let new = || Device { client: DynamicClient::new(limits, seed), road, due: None };
        let found = self.devices.entry(key).or_insert_with(new);
        found.client.limit(limits);
        let since = Instant::now();
        if let Err(Token { told, .. }) = found.client.offer(request, secret, Token { told, since }) {
            told(Ended { outcome: Outcome::NoAnswer, repeated: 0, took: Duration::ZERO });
        }
    }

    /// Shows a datagram to the traces.
    fn see(&self, octets: &[u8], socket: &UdpSocket, remote: SocketAddr, sent: bool) {
        if let Some(tap) = &self.tap {
            let local = || socket.local_addr().unwrap_or(remote);
            tap.see(octets, || Way { remote, local: local(), sent, link: None });
        }
    }

    fn answered(&mut self, arrival: &Arrival) {
        if arrival.octets.is_empty() {
            let gone = self.devices.remove(&arrival.from);
            return gone.into_iter().flat_map(|device| device.client.give_up()).for_each(tell);
        }
        if let RoadKey::Udp(from) = arrival.from
            && let Some(socket) = self.sockets.get(&(from.is_ipv6(), arrival.port))
        {
            self.see(&arrival.octets, socket, from, false);
        }
        let Some(device) = self.devices.get_mut(&arrival.from) else { return };
        if let (Road::Tls(link), Some(tap)) = (&device.road, &self.tap) {
            tap.see(&arrival.octets, || Way::of(link, false));
        }
        match device.client.received(arrival.port, &arrival.octets) {
            Ok(finished) => tell(finished),
            Err(Stray::NoRequest) => {}
            Err(Stray::NotAnAnswer(error)) => {
                tracing::warn!(device = ?arrival.from, %error, "an answer to a CoA or Disconnect is not genuine");
            }
        }
    }

    async fn pump(&mut self, road: RoadKey) {
        let now = self.now();
        let Some(device) = self.devices.get_mut(&road) else { return };
        let (mut out, mut done) = (Vec::new(), Vec::new());
        device.due = device.client.pump(now, &mut out, &mut done);
        done.into_iter().for_each(tell);
        let address = match &device.road {
            Road::Tls(link) => {
                for Sending { octets, .. } in out {
                    self.tap.iter().for_each(|tap| tap.see(&octets, || Way::of(link, true)));
                    link.send(octets);
                }
                return;
            }
            Road::Udp(address) => *address,
        };
        for Sending { port, octets } in out {
            match self.socket(address.is_ipv6(), port) {
                // What is lost or refused here is repeated.
                Ok(socket) => {
                    self.see(&octets, &socket, address, true);
                    drop(socket.send_to(&octets, address).await);
                }
                Err(error) => tracing::error!(%error, "no socket for CoA and Disconnect"),
            }
        }
    }

    /// The socket of a source port, opened on first use with a task that reads it.
    fn socket(&mut self, v6: bool, port: u16) -> std::io::Result<Arc<UdpSocket>> {
        if let Some(socket) = self.sockets.get(&(v6, port)) {
            return Ok(socket.clone());
        }
        let any = if v6 { IpAddr::V6(Ipv6Addr::UNSPECIFIED) } else { IpAddr::V4(Ipv4Addr::UNSPECIFIED) };
        let from = if self.from.is_ipv6() == v6 { self.from } else { any };
        let socket = std::net::UdpSocket::bind((from, 0))?;
        let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER);
        socket.set_nonblocking(true)?;
        let socket = Arc::new(UdpSocket::from_std(socket)?);
        self.readers.push(tokio::spawn(read(socket.clone(), port, self.arrivals.clone(), self.stop.clone())));
        self.sockets.insert((v6, port), socket.clone());
        Ok(socket)
    }
}

fn tell(finished: Finished<Token>) {
    let Finished { token, outcome, repeated } = finished;
    (token.told)(Ended { outcome, repeated, took: token.since.elapsed() });
}

async fn read(
    socket: Arc<UdpSocket>,
    port: u16,
    arrivals: mpsc::Sender<Arrival>,
    mut stop: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; DATAGRAM_MOST];
    loop {
        let received = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            received = socket.recv_from(&mut buffer) => received,
        };
        // An error is the ICMP answer to an earlier datagram: that request is repeated.
        let Ok((length, from)) = received else { continue };
        let octets = buffer.get(..length).unwrap_or_default().to_vec();
        // An empty datagram is none.
        if octets.is_empty() {
            continue;
        }
        if arrivals.send(Arrival { port, from: RoadKey::Udp(from), octets }).await.is_err() {
            return;
        }
    }
}
