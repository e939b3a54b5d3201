//! Diameter over TLS (RFC 6733 13.1) and SCTP: who is let in, and what is said where the kernel lacks SCTP.

use crate::certificates::{Authority, Identity};
use crate::wire_client::{WireClient, cer, initial};
use crate::world::{HOST, MB, PEER, World, eventually};
use diameter::Message;
use diameter::credit_control::RequestType;
use front_diameter::TlsFiles;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

impl Authority {
    /// What a server of this name needs.
    pub fn files(&self, directory: &Path, name: &str) -> TlsFiles {
        let (certificate, key) = self.sign(name).write(directory, name);
        TlsFiles {
            certificate,
            key,
            authorities: Some(self.write(directory)),
            revoked: None,
            refuse_outdated: false,
        }
    }

    /// A client that shows a certificate for this name.
    fn client(&self, address: SocketAddr, name: &str) -> WireClient {
        WireClient::over(self.connect(address, HOST, Some(&self.sign(name))).unwrap())
    }
}

/// A peer with a certificate for its Origin-Host is served over TLS like any other, beside the plain listener.
#[test]
fn a_peer_with_a_certificate_is_charged_over_tls() {
    let (authority, directory) = (Authority::new("Authority"), tempfile::tempdir().unwrap());
    let world = World::with(|config| {
        config.tls_listen = vec!["127.0.0.1:0".parse().unwrap()];
        config.tls = Some(authority.files(directory.path(), HOST));
    });
    world.sign_up(7, "1");
    let mut client = authority.client(world.server.addresses()[1], PEER);
    client.send(&cer(PEER, 4));
    assert_eq!(Message::decode(&client.receive()).unwrap().result_code(), Some(2001));
    let ccr = initial(&mut client, "tls;1", "15557");
    assert_eq!(ccr.request_type, RequestType::Initial);
    let answer = client.ask(&ccr).read();
    assert_eq!((answer.result_code, answer.services[0].result_code), (2001, Some(2001)));
    assert_eq!(answer.services[0].granted.unwrap().units.total_octets, Some(10 * MB));
    let peers = world.server.peers();
    assert_eq!((peers[0].transport, peers[0].host.as_str()), ("TLS", PEER));
    assert_eq!(WireClient::open(&world).ask(&ccr).code(), 2001, "the plain listener serves, too");
}

/// A certificate for another name does not open the door, nor does none, nor does plain Diameter on the TLS port.
#[test]
fn a_peer_that_cannot_prove_its_name_is_not_served_over_tls() {
    let (authority, directory) = (Authority::new("Authority"), tempfile::tempdir().unwrap());
    let world = World::with(|config| {
        config.tls_listen = vec!["127.0.0.1:0".parse().unwrap()];
        config.tls = Some(authority.files(directory.path(), HOST));
    });
    let address = world.server.addresses()[1];
    let mut other = authority.client(address, "other.test.example");
    other.send(&cer(PEER, 4));
    let answer = other.receive();
    let answer = Message::decode(&answer).unwrap();
    assert_eq!((answer.result_code(), answer.header.flags & 0x20), (Some(3010), 0x20));
    assert_eq!(other.try_receive(), None);

    let mut plain = WireClient::silent(address);
    plain.send(&cer(PEER, 4));
    while plain.try_receive_raw() > 0 {}
    eventually("nobody was let in", || world.server.peers().is_empty());
    eventually("the refusal is kept for screens", || {
        let gone = world.server.departed();
        gone.iter().any(|peer| peer.last_error.as_ref().is_some_and(|(_, words)| words.contains("no TLS")))
    });
}

/// A certificate that its authority has revoked opens no door any more as soon as the list names it; others are served as before, and a list
/// that cannot be read leaves everything as it was.
#[test]
fn a_revoked_certificate_opens_no_door_once_the_list_names_it() {
    let (authority, directory) = (Authority::new("Authority"), tempfile::tempdir().unwrap());
    let list = authority.revoke(directory.path(), &[]);
    let world = World::with(|config| {
        config.tls_listen = vec!["127.0.0.1:0".parse().unwrap()];
        let files = authority.files(directory.path(), HOST);
        config.tls = Some(TlsFiles { revoked: Some(list.clone()), ..files });
    });
    let address = world.server.addresses()[1];
    let (lost, good) = (authority.sign(PEER), authority.sign(PEER));
    let is_let_in = |identity: &Identity| {
        let mut stream = authority.connect(address, HOST, Some(identity)).unwrap();
        // With TLS 1.3 the client is done before its certificate is looked at.
        let sent = stream.write_all(&cer(PEER, 4));
        sent.is_ok() && stream.read(&mut [0; 64]).is_ok_and(|octets| octets > 0)
    };
    assert!(is_let_in(&lost) && is_let_in(&good));
    authority.revoke(directory.path(), &[&lost]);
    eventually("it is revoked", || {
        std::thread::park_timeout(Duration::from_millis(100));
        !is_let_in(&lost)
    });
    assert!(is_let_in(&good), "only that one");
    let departed = world.server.departed();
    let words = departed.iter().filter_map(|peer| peer.last_error.as_ref()).map(|(_, words)| words.as_str());
    assert!(words.clone().any(|words| words.contains("Revoked")), "{:?}", words.collect::<Vec<_>>());
    std::fs::write(&list, "no list at all").unwrap();
    eventually("staff see it", || {
        office::NetworkDoor::warnings(&*world.server).iter().any(|words| words.contains("revoked.pem"))
    });
    assert!(!is_let_in(&lost) && is_let_in(&good));
}

/// A list that is past its date counts until a newer one comes, or vouches for nobody, as the operator wants it.
#[test]
fn an_outdated_revocation_list_counts_or_refuses() {
    let (authority, directory) = (Authority::new("Authority"), tempfile::tempdir().unwrap());
    let list = authority.revoke_until(directory.path(), &[], 2021);
    for refuse_outdated in [false, true] {
        let world = World::with(|config| {
            config.tls_listen = vec!["127.0.0.1:0".parse().unwrap()];
            let files = authority.files(directory.path(), HOST);
            config.tls = Some(TlsFiles { revoked: Some(list.clone()), refuse_outdated, ..files });
        });
        let address = world.server.addresses()[1];
        let mut stream = authority.connect(address, HOST, Some(&authority.sign(PEER))).unwrap();
        let sent = stream.write_all(&cer(PEER, 4));
        let served = sent.is_ok() && stream.read(&mut [0; 64]).is_ok_and(|octets| octets > 0);
        assert_eq!(served, !refuse_outdated);
        eventually("staff see why", || {
            let gone = world.server.departed();
            let words = |peer: &front_diameter::PeerView| Some(peer.last_error.as_ref()?.1.to_lowercase());
            !refuse_outdated || gone.iter().filter_map(words).any(|words| words.contains("expired"))
        });
    }
}

/// TLS without certificate and key ends the start with a sentence, and so does SCTP where the kernel has none; where it has, a
/// peer is served over it.
#[test]
fn what_cannot_listen_says_why() {
    let start = |change: &dyn Fn(&mut front_diameter::Config)| World::try_with(change);
    let tls = start(&|config| config.tls_listen = vec!["127.0.0.1:0".parse().unwrap()]);
    assert_eq!(tls.err().unwrap(), "DIA-007: Diameter over TLS: no certificate and key are set");
    let missing = start(&|config| {
        config.tls_listen = vec!["127.0.0.1:0".parse().unwrap()];
        let path = |name: &str| Path::new("/nowhere").join(name);
        config.tls = Some(TlsFiles {
            certificate: path("c.pem"),
            key: path("k.pem"),
            authorities: None,
            revoked: None,
            refuse_outdated: false,
        });
    });
    let words = missing.err().unwrap();
    assert!(words.starts_with("DIA-007: Diameter over TLS: /nowhere/"), "{words}");

    let sctp = start(&|config| config.sctp_listen = vec!["127.0.0.1:0".parse().unwrap()]);
    match sctp {
        Err(words) => assert_eq!(
            words,
            "DIA-006: cannot listen for Diameter over SCTP on 127.0.0.1:0: the kernel has no SCTP (on Linux: \
             modprobe sctp); without it leave sctp_listen empty"
        ),
        Ok(world) => {
            let address = world.server.addresses()[1].into();
            let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, Some(132.into()));
            let socket = socket.unwrap();
            socket.connect(&address).unwrap();
            let mut client = WireClient::over(TcpStream::from(socket));
            client.send(&cer(PEER, 4));
            assert_eq!(Message::decode(&client.receive()).unwrap().result_code(), Some(2001));
            assert_eq!(world.server.peers()[0].transport, "SCTP");
        }
    }
}
