//! Sends CoA-Requests and Disconnect-Requests to devices and tells how each ended: the sockets around [`DynamicClient`].
//!
//! One task owns everything: a state machine for each device, and one UDP socket for each source port and address family, opened when
//! first needed and shared by all devices. What comes back is sorted by the device's address and port; datagrams of strangers are
//! dropped. Must not know: sessions, profiles, what follows a refusal.

use crate::tap::{Tap, Way};
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
/// Longest answer that is read (RFC 2865 3).
const DATAGRAM_MOST: usize = radius::MAX_PACKET_LENGTH;
/// Requests taken before answers are looked at.
const BATCH: usize = 256;
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

/// A request to a device.
pub struct Ask {
    /// Where it listens for dynamic authorization.
    pub device: SocketAddr,
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
            arrivals,
            tap,
            stop: stop.clone(),
        };
        (Self { asks }, tokio::spawn(task.run(waiting, arrived, stop)))
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
    /// When it wants to be looked at, microseconds since the start.
    due: Option<u64>,
}

struct Arrival {
    port: u16,
    from: SocketAddr,
    octets: Vec<u8>,
}

struct Task {
    from: IpAddr,
    started: Instant,
    sockets: HashMap<(bool, u16), Arc<UdpSocket>>,
    readers: Vec<JoinHandle<()>>,
    devices: HashMap<SocketAddr, Device>,
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
            let mut touched: Vec<SocketAddr> = Vec::new();
            for ask in taken.drain(..) {
                touched.push(ask.device);
                self.take(ask);
            }
            for arrival in answers.drain(..) {
                touched.push(arrival.from);
                self.answered(&arrival);
            }
            let now = self.now();
            let due = self.devices.iter().filter(|(_, device)| device.due.is_some_and(|at| at <= now));
            touched.extend(due.map(|(address, _)| *address));
            touched.sort_unstable();
            touched.dedup();
            for address in touched {
                self.pump(address).await;
            }
        }
        self.readers.iter().for_each(JoinHandle::abort);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn take(&mut self, ask: Ask) {
        let Ask { device, request, secret, limits, told } = ask;
        if self.devices.len() >= DEVICES_MOST && !self.devices.contains_key(&device) {
            self.devices.retain(|_, device| !device.client.is_idle());
        }
        let seed = self.now() ^ (u64::from(device.port()) << 32);
        let new = || Device { client: DynamicClient::new(limits, seed), due: None };
        let found = self.devices.entry(device).or_insert_with(new);
        found.client.limit(limits);
        let since = Instant::now();
        if let Err(Token { told, .. }) = found.client.offer(request, secret, Token { told, since }) {
            told(Ended { outcome: Outcome::NoAnswer, repeated: 0, took: Duration::ZERO });
        }
    }

    /// Shows a datagram to the traces.
    fn see(&self, octets: &[u8], socket: &UdpSocket, remote: SocketAddr, sent: bool) {
        if let Some(tap) = &self.tap {
            tap.see(octets, || Way { remote, local: socket.local_addr().unwrap_or(remote), sent });
        }
    }

    fn answered(&mut self, arrival: &Arrival) {
        if let Some(socket) = self.sockets.get(&(arrival.from.is_ipv6(), arrival.port)) {
            self.see(&arrival.octets, socket, arrival.from, false);
        }
        let Some(device) = self.devices.get_mut(&arrival.from) else { return };
        match device.client.received(arrival.port, &arrival.octets) {
            Ok(finished) => tell(finished),
            Err(Stray::NoRequest) => {}
            Err(Stray::NotAnAnswer(error)) => {
                tracing::warn!(device = %arrival.from, %error, "an answer to a CoA or Disconnect is not genuine");
            }
        }
    }

    async fn pump(&mut self, address: SocketAddr) {
        let now = self.now();
        let Some(device) = self.devices.get_mut(&address) else { return };
        let (mut out, mut done) = (Vec::new(), Vec::new());
        device.due = device.client.pump(now, &mut out, &mut done);
        done.into_iter().for_each(tell);
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
        if arrivals.send(Arrival { port, from, octets }).await.is_err() {
            return;
        }
    }
}
