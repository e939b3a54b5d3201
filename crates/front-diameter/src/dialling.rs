//! Connections that we begin: a peer that is to be dialled is dialled until it answers, and again when it was lost, unless it has dialled
//! us meanwhile.
//!
//! Both sides may dial at the same time; then the election decides which connection stays (RFC 6733 5.6.4, its states Wait-Conn-Ack/Elect
//! and Wait-Returns). It is held where a CER comes in while our own to the same peer has no answer yet: when we win, the connection
//! that we accepted stays and the dialled one is given up; when we lose, the CER is answered with 4003. While the dialled connection is open, another
//! one of that peer gets 4003, too (R-Reject of I-Open). Peers that we do not dial may have as many connections as they like.
//! Must not know: messages, charging.

use crate::door::Door;
use crate::server::enter;
use crate::transport::{Begun, Role, serve_plain, serve_tls};
use diameter::peer::{Verdict, wins_election};
use parking_lot::Mutex;
use rustls::pki_types::ServerName;
use std::collections::HashMap;
use std::io::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::{TlsConnector, TlsStream};

/// A peer that does not take a connection within this time is tried again later.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// A peer to be dialled over TCP, or over TLS on top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// Its Origin-Host; another one is not accepted.
    pub host: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// Over TLS before Diameter (RFC 6733 13.1); its certificate must name its Origin-Host.
    pub tls: bool,
}

/// One connection that we have begun.
pub(crate) struct Dialled {
    pub host: String,
    /// The last one was lost, so the peer must prove itself (RFC 3539 REOPEN).
    pub reconnected: bool,
    give_up: Notify,
}

/// The connections that we have begun, by peer, and whether capabilities are exchanged there.
#[derive(Default)]
pub(crate) struct Dials(Mutex<HashMap<String, (Arc<Dialled>, bool)>>);

impl Dials {
    /// Whether a connection that a peer has begun may stay.
    pub fn judge(&self, ours: &str, theirs: &str) -> Verdict {
        let mut dials = self.0.lock();
        let key = theirs.to_ascii_lowercase();
        match dials.get(&key) {
            None => Verdict::Admitted,
            Some((dialled, false)) if wins_election(ours, theirs) => {
                dialled.give_up.notify_one();
                dials.remove(&key);
                Verdict::Admitted
            }
            Some(_) => Verdict::ElectionLost,
        }
    }

    /// Capabilities are exchanged.
    pub fn opened(&self, dialled: &Arc<Dialled>) {
        let mut dials = self.0.lock();
        if let Some((_, open)) = dials.get_mut(&dialled.host.to_ascii_lowercase()) {
            *open = true;
        }
    }

    fn begun(&self, dialled: &Arc<Dialled>) {
        self.0.lock().insert(dialled.host.to_ascii_lowercase(), (dialled.clone(), false));
    }

    fn ended(&self, dialled: &Arc<Dialled>) {
        let mut dials = self.0.lock();
        let key = dialled.host.to_ascii_lowercase();
        if dials.get(&key).is_some_and(|(known, _)| Arc::ptr_eq(known, dialled)) {
            dials.remove(&key);
        }
    }
}

/// Ready when the election was won for another connection, with the peer's name; never where we have begun nothing.
pub(crate) async fn given_up(dialled: Option<&Dialled>) -> String {
    match dialled {
        Some(dialled) => {
            dialled.give_up.notified().await;
            dialled.host.clone()
        }
        None => std::future::pending().await,
    }
}

/// Keeps a peer dialled until told to stop.
pub(crate) async fn keep(door: Arc<Door>, way: Dial, mut stop: watch::Receiver<bool>) {
    let mut reconnected = false;
    while !*stop.borrow() {
        let there = door.connections.lock().values().any(|record| record.is_open_with(&way.host));
        if !there {
            tokio::select! {
                dialled = timeout(CONNECT_PATIENCE, TcpStream::connect(way.address)) => match dialled {
                    Ok(Ok(stream)) => {
                        serve(&door, &way, stream, reconnected, &stop).await;
                        reconnected = true;
                    }
                    Ok(Err(error)) => tracing::info!(peer = way.host, address = %way.address, %error, "not reached"),
                    Err(_) => tracing::info!(peer = way.host, address = %way.address, "not reached in time"),
                },
                _ = stop.changed() => return,
            }
        }
        tokio::select! {
            () = sleep(door.config.connect_again) => {}
            _ = stop.changed() => return,
        }
    }
}

async fn serve(
    door: &Arc<Door>,
    way: &Dial,
    stream: TcpStream,
    reconnected: bool,
    stop: &watch::Receiver<bool>,
) {
    let Some((record, leave)) = enter(door, way.address, if way.tls { "TLS" } else { "TCP" }) else { return };
    let dialled = Arc::new(Dialled { host: way.host.clone(), reconnected, give_up: Notify::new() });
    door.dials.begun(&dialled);
    let _ = stream.set_nodelay(true);
    let local = stream.local_addr().unwrap_or(way.address);
    record.tap(door, local);
    let (number, local, stop) = (leave.number, local.ip().to_canonical(), stop.clone());
    let begun = Begun { record, number, local, role: Role::Dialled(dialled.clone()), stop };
    if way.tls {
        serve_tls(door.clone(), shake_hands(door, &way.host, stream), begun).await;
    } else {
        serve_plain(door.clone(), stream, false, begun).await;
    }
    door.dials.ended(&dialled);
}

/// The peer proves that it is the one that was meant, and we show who we are.
async fn shake_hands(door: &Door, host: &str, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
    let dialling = door.tls.as_ref().and_then(|tls| tls.loaded().dialling.clone());
    let dialling = dialling.ok_or_else(|| Error::other("no authorities are set"))?;
    let name = ServerName::try_from(host.to_owned()).map_err(Error::other)?;
    TlsConnector::from(dialling).connect(name, stream).await.map(TlsStream::from)
}
