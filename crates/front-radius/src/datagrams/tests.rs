#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::{AT_ONCE, Inbox, Replies, Route, tell_local};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
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
async fn collect(server: &UdpSocket, wanted: usize) -> Vec<(Vec<u8>, Route)> {
    let (mut inbox, mut all) = (Inbox::new(server.local_addr().unwrap().ip()), Vec::new());
    while all.len() < wanted {
        tokio::time::timeout(PATIENCE, server.readable()).await.unwrap().unwrap();
        if inbox.fill(server).is_ok() {
            all.extend(inbox.datagrams().map(|(datagram, route)| (datagram.to_vec(), route)));
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
        for (datagram, route) in collect(&server, 2 * EACH).await {
            assert_eq!(route.local, None, "the socket has one address");
            let number = from.entry(route.peer).or_default();
            assert_eq!(datagram, payload(*number), "{route:?}");
            *number += 1;
            replies.add(datagram.into(), route);
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
        replies.add(payload(number).into(), Route { peer, local: None });
    }
    replies.send(&server).await;
    for number in [1, 4] {
        let mut buffer = [0; 512];
        let length = tokio::time::timeout(PATIENCE, client.recv(&mut buffer)).await.unwrap().unwrap();
        assert_eq!(buffer[..length], payload(number));
    }
}

/// Clients that take an answer from the address they asked only, of a server that listens on all of them; in turns, so that no two
/// neighbours leave from one address, and at once.
#[tokio::test]
async fn an_answer_leaves_from_the_address_that_was_asked() {
    let asked = |listens: &str| -> Vec<IpAddr> {
        let v6 = ["127.0.0.2", "::1", "127.0.0.3"];
        let addresses = if listens.starts_with('[') { v6 } else { ["127.0.0.2", "127.0.0.3", "127.0.0.4"] };
        addresses.map(|address| address.parse().unwrap()).to_vec()
    };
    for listens in ["0.0.0.0:0", "[::]:0"] {
        let server = UdpSocket::bind(listens).await.unwrap();
        let at = server.local_addr().unwrap();
        tell_local(&server, at.ip()).unwrap();
        let mut clients = Vec::new();
        for address in asked(listens) {
            let home = if address.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
            let client = UdpSocket::bind(home).await.unwrap();
            client.connect(SocketAddr::new(address, at.port())).await.unwrap();
            clients.push((client, address));
        }
        for round in 0..2 {
            for (client, _) in &clients {
                client.send(&payload(round)).await.unwrap();
            }
        }
        let mut replies = Replies::default();
        for (number, (datagram, route)) in collect(&server, 2 * clients.len()).await.into_iter().enumerate() {
            let local = route.local.unwrap().to_canonical();
            assert_eq!(local, clients[number % clients.len()].1);
            if number < clients.len() {
                Replies::send_now(datagram.into(), route, &server);
            } else {
                replies.add(datagram.into(), route);
            }
        }
        replies.send(&server).await;
        for (client, address) in &clients {
            for round in 0..2 {
                let mut buffer = [0; 512];
                let length = tokio::time::timeout(PATIENCE, client.recv(&mut buffer)).await;
                let length = length.unwrap_or_else(|_| panic!("{listens}: nothing from {address}")).unwrap();
                assert_eq!(buffer[..length], payload(round));
            }
        }
    }
}
