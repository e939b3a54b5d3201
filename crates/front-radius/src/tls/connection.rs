//! One TLS connection: handshake, who it is, packets in, packets out (RFC 6614 2.4, RFC 6613 2.6).
//!
//! What comes in any order and number: log-ins and reports go to the ports' own desks, answers to our CoA and Disconnect to their
//! client, requests that a server does not serve are refused with Error-Cause 406. A malformed packet or one that is not genuine ends
//! the connection, since nothing behind it can be trusted to be a packet. Nothing waits without a limit of time: the handshake, the rest
//! of a packet once its first octet is there, writing. Must not know: charging.

use super::certificate::PeerCertificate;
use super::links::{Ends, Link};
use super::{Door, SECRET, UnknownPlace};
use crate::{Discard, RadiusNode};
use radius::{Code, ErrorCause, MAX_PACKET_LENGTH, Packet, PacketBuilder, number};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::{MissedTickBehavior, timeout};
use tokio_rustls::TlsAcceptor;

/// A handshake takes no longer.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A peer reads what is written within this.
const WRITTEN: Duration = Duration::from_secs(10);
/// What waits to be written when the connection ends.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// How often a connection looks whether its node's record is still the one it was opened for.
const RECORD_LOOKED_AT: Duration = Duration::from_secs(1);
/// Octets in front of a packet that tell its length.
const PREAMBLE: usize = 4;

/// Serves a connection to its end; `stop` ends it when what was asked is answered.
pub(super) async fn serve(
    door: Arc<Door>,
    stream: TcpStream,
    peer: SocketAddr,
    places: (OwnedSemaphorePermit, UnknownPlace),
    mut stop: watch::Receiver<bool>,
) {
    let shaken = tokio::select! {
        _ = stop.wait_for(|stop| *stop) => return,
        shaken = timeout(HANDSHAKE, TlsAcceptor::from(door.files.loaded().accepting.clone()).accept(stream)) => shaken,
    };
    drop(places);
    let stream = match shaken {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return door.refused("handshake", peer, &error.to_string()),
        Err(_) => return door.refused("slow", peer, "the handshake took too long"),
    };
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first).map(PeerCertificate::new);
    let Some(certificate) = shown else { return door.refused("certificate", peer, "no certificate") };
    let Some(node) = door.nodes().by_certificate(&certificate, peer.ip().to_canonical()) else {
        let words = format!("no node has this certificate ({}) and address", certificate.shown());
        return door.refused("certificate", peer, &words);
    };
    let (ends, shown) = ((peer, stream.get_ref().0.local_addr().unwrap_or(peer)), certificate.shown());
    drop(certificate);
    talk(&door, stream, Whose { node, ends, shown }, stop).await;
}

/// Whose connection it is.
pub(super) struct Whose {
    pub node: Arc<RadiusNode>,
    /// Theirs and ours.
    pub ends: (SocketAddr, SocketAddr),
    /// Their certificate, for people.
    pub shown: String,
}

/// Serves a connection whose handshake is over.
pub(super) async fn talk<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    door: &Arc<Door>,
    stream: S,
    Whose { node, ends, shown }: Whose,
    stop: watch::Receiver<bool>,
) {
    let peer = ends.0;
    let Ends { link, waiting, closing } = door.links.open(&node.name, ends, shown, door.now());
    door.connected(&node, peer);
    let (read, write) = tokio::io::split(stream);
    let writer = tokio::spawn(write_all(write, waiting, link.clone()));
    let reason = read_all(door, read, &link, &node, (closing, stop)).await;
    door.links.forget(&link);
    door.client.gone(link.id());
    door.disconnected(&node, peer, reason);
    // Answers that are still made hold the link; when the last one is written, the writer ends by itself.
    drop(link);
    let mut writer = writer;
    if timeout(LAST_WORDS, &mut writer).await.is_err() {
        writer.abort();
    }
}

async fn write_all<W: AsyncWrite + Unpin>(
    mut write: W,
    mut waiting: mpsc::Receiver<Arc<[u8]>>,
    link: Arc<Link>,
) {
    // Holding the link would keep the queue open for ever.
    let weak = Arc::downgrade(&link);
    drop(link);
    while let Some(packet) = waiting.recv().await {
        let written = async {
            write.write_all(&packet).await?;
            if waiting.is_empty() { write.flush().await } else { Ok(()) }
        };
        if !matches!(timeout(WRITTEN, written).await, Ok(Ok(()))) {
            if let Some(link) = weak.upgrade() {
                link.close("not_reading");
            }
            return;
        }
    }
    let _ = timeout(WRITTEN, write.shutdown()).await;
}

/// Why nothing more is read.
async fn read_all<R: AsyncRead + Unpin>(
    door: &Arc<Door>,
    read: R,
    link: &Arc<Link>,
    node: &Arc<RadiusNode>,
    (mut closing, mut stop): (watch::Receiver<Option<&'static str>>, watch::Receiver<bool>),
) -> &'static str {
    let mut read = BufReader::new(read);
    let mut buffer = vec![0; MAX_PACKET_LENGTH];
    let mut look = tokio::time::interval(RECORD_LOOKED_AT);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let packet = {
            // Half a packet must not be lost when only the record was looked at.
            let mut next = pin!(next_packet(&mut read, &mut buffer, door.whole_packet));
            loop {
                tokio::select! {
                    biased;
                    _ = stop.wait_for(|stop| *stop) => return "stopping",
                    reason = closing.wait_for(Option::is_some) => {
                        return reason.ok().and_then(|reason| *reason).unwrap_or("closed");
                    }
                    packet = &mut next => break packet,
                    _ = look.tick() => if record_now(door, node).is_none() { return CHANGED },
                }
            }
        };
        let octets = match packet {
            Ok(length) => buffer.get(..length).unwrap_or_default(),
            Err(reason) => return reason,
        };
        link.heard(door.now());
        let Some(node) = record_now(door, node) else { return CHANGED };
        if let Err(reason) = packet_came(door, octets, link, &node) {
            return reason;
        }
    }
}

/// Why a connection of another record ends.
const CHANGED: &str = "node_changed";

/// The node's record as it is now; nothing where it was switched off or is for another device: its connection has no right to be there.
pub(super) fn record_now(door: &Door, node: &RadiusNode) -> Option<Arc<RadiusNode>> {
    let same = |now: &RadiusNode| {
        let of = |node: &RadiusNode| (node.address, node.is_network, node.profile.tls_dial);
        (&now.certificate, of(now)) == (&node.certificate, of(node))
    };
    door.nodes().by_name(&node.name).filter(|now| same(now))
}

/// The next packet's length in the buffer. A length that no packet has ends the connection before anything of it is read.
async fn next_packet<R: AsyncRead + Unpin>(
    read: &mut R,
    buffer: &mut [u8],
    patience: Duration,
) -> Result<usize, &'static str> {
    let (first, rest) = buffer.split_at_mut_checked(1).ok_or("malformed")?;
    match read.read(first).await {
        Ok(0) | Err(_) => return Err("peer"),
        Ok(_) => {}
    }
    let whole = async {
        let preamble = rest.get_mut(..PREAMBLE - 1).ok_or("malformed")?;
        read.read_exact(preamble).await.map_err(|_| "peer")?;
        let length = match preamble {
            [_, high, low] => usize::from(u16::from_be_bytes([*high, *low])),
            _ => 0,
        };
        if !(radius::HEADER_LENGTH..=MAX_PACKET_LENGTH).contains(&length) {
            return Err("malformed");
        }
        let body = rest.get_mut(PREAMBLE - 1..length - 1).ok_or("malformed")?;
        read.read_exact(body).await.map_err(|_| "peer")?;
        Ok(length)
    };
    timeout(patience, whole).await.unwrap_or(Err("slow"))
}

fn packet_came(
    door: &Door,
    octets: &[u8],
    link: &Arc<Link>,
    node: &Arc<RadiusNode>,
) -> Result<(), &'static str> {
    let Ok(packet) = Packet::decode(octets) else { return Err("malformed") };
    let port = match packet.code() {
        Code::AccessRequest | Code::StatusServer => &door.auth,
        Code::AccountingRequest => &door.accounting,
        Code::CoaAck | Code::CoaNak | Code::DisconnectAck | Code::DisconnectNak => {
            door.client.answered(link.id(), octets);
            return Ok(());
        }
        Code::CoaRequest => return unserved(&packet, Code::CoaNak, link),
        Code::DisconnectRequest => return unserved(&packet, Code::DisconnectNak, link),
        _ => return Err("malformed"),
    };
    match port.brought(octets, link, node) {
        Ok(()) => Ok(()),
        Err(Discard::NotGenuine(_)) => Err("not_genuine"),
        Err(Discard::Malformed(_)) => Err("malformed"),
        Err(_) => Ok(()),
    }
}

/// A request that only a device serves (RFC 6614 2.5).
fn unserved(packet: &Packet<'_>, code: Code, link: &Link) -> Result<(), &'static str> {
    if radius::authenticator::verify_request(packet, SECRET, Default::default()).is_err() {
        return Err("not_genuine");
    }
    let mut reply = PacketBuilder::reply_to(packet, code);
    let cause = ErrorCause::UNSUPPORTED_EXTENSION.0;
    let pushed = reply.push_integer(number::ERROR_CAUSE, cause).is_ok();
    if let (true, Ok(octets)) = (pushed, reply.sign_reply(packet, SECRET)) {
        link.send(octets.into());
    }
    Ok(())
}
