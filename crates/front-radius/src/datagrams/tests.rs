#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::{AT_ONCE, Inbox, Replies};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::UdpSocket;

/// More than one call takes, so that calls follow each other.
const EACH: usize = AT_ONCE + 20;
const PATIENCE: Duration = Duration::from_secs(10);

fn payload(number: usize) -> Vec<u8> {
    vec![u8::try_from(number % 251).unwrap(); number + 1]
}

async fn client(of: SocketAddr) -> UdpSocket {
    let client = UdpSocket::bind(SocketAddr::new(of.ip(), 0)).await.unwrap();
    client.connect(of).await.unwrap();
    client
}

/// Takes in what comes until there are so many.
async fn collect(server: &UdpSocket, wanted: usize) -> Vec<(Vec<u8>, SocketAddr)> {
    let (mut inbox, mut all) = (Inbox::new(), Vec::new());
    while all.len() < wanted {
        tokio::time::timeout(PATIENCE, server.readable()).await.unwrap().unwrap();
        if inbox.fill(server).is_ok() {
            all.extend(inbox.datagrams().map(|(datagram, peer)| (datagram.to_vec(), peer)));
        }
    }
    all
}

/// Whole, in order, from and to the right peers, over IPv4 and IPv6.
#[tokio::test]
async fn many_datagrams_come_and_go() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let server = UdpSocket::bind(address).await.unwrap();
        let at = server.local_addr().unwrap();
        let clients = [client(at).await, client(at).await];
        for number in 0..EACH {
            for client in &clients {
                client.send(&payload(number)).await.unwrap();
            }
        }
        let mut replies = Replies::default();
        let mut from: BTreeMap<SocketAddr, usize> = BTreeMap::new();
        for (datagram, peer) in collect(&server, 2 * EACH).await {
            let number = from.entry(peer).or_default();
            assert_eq!(datagram, payload(*number), "{peer}");
            *number += 1;
            replies.add(datagram.into(), peer);
            if replies.is_full() {
                replies.send(&server).await;
            }
        }
        replies.send(&server).await;
        assert_eq!(from.len(), 2);
        for client in &clients {
            assert_eq!(from[&client.local_addr().unwrap()], EACH);
            for number in 0..EACH {
                let mut buffer = [0; 512];
                let length = tokio::time::timeout(PATIENCE, client.recv(&mut buffer)).await.unwrap().unwrap();
                assert_eq!(buffer[..length], payload(number));
            }
        }
    }
}

/// A reply that the system refuses to send does not keep those behind it.
#[tokio::test]
async fn one_that_cannot_be_sent_is_left_out() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let client = client(server.local_addr().unwrap()).await;
    let (good, nobody) = (client.local_addr().unwrap(), "127.0.0.1:0".parse().unwrap());
    let mut replies = Replies::default();
    for (number, peer) in [(1, good), (2, nobody), (3, nobody), (4, good)] {
        replies.add(payload(number).into(), peer);
    }
    replies.send(&server).await;
    for number in [1, 4] {
        let mut buffer = [0; 512];
        let length = tokio::time::timeout(PATIENCE, client.recv(&mut buffer)).await.unwrap().unwrap();
        assert_eq!(buffer[..length], payload(number));
    }
}
