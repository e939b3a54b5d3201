//! Peers that we dial over TLS: both sides show who they are before the first message, to our own listener and to OpenSSL's.

use crate::certificates::Authority;
use crate::dialling::{accept, is_open};
use crate::programs::{free_port, loopback};
use crate::wire_client::{WireClient, initial};
use crate::world::{GATEWAY, HOST, MB, PATIENCE, World, eventually, msisdn};
use diameter::codes::command;
use front_diameter::{Dial, TlsFiles};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A server that dials a peer over TLS.
fn dialling(host: &str, address: SocketAddr, files: TlsFiles) -> World {
    World::with(|config| {
        config.connect = vec![Dial { host: host.to_owned(), address, tls: true }];
        config.connect_again = Duration::from_millis(50);
        config.tls = Some(files);
        config.host = "relay.gw.example".to_owned();
        config.accept_unknown_peers = true;
    })
}

/// A server that listens over TLS with these files.
fn listening(files: TlsFiles) -> World {
    World::with(|config| {
        config.tls_listen = vec!["127.0.0.1:0".parse().unwrap()];
        config.tls = Some(files);
    })
}

/// RFC 6733 13.1 from both ends: each of two servers knows the other by its certificate.
#[test]
fn two_servers_prove_themselves_to_each_other_over_tls() {
    let (authority, directory) = (Authority::new("Authority"), tempfile::tempdir().unwrap());
    let listener = listening(authority.files(directory.path(), HOST));
    let address = listener.server.addresses()[1];
    let dialler = dialling(HOST, address, authority.files(directory.path(), "relay.gw.example"));
    eventually("both are open", || is_open(&listener, "relay.gw.example") && is_open(&dialler, HOST));
    for world in [&listener, &dialler] {
        assert_eq!(world.server.peers()[0].transport, "TLS");
    }
}

/// Whoever cannot show that he is the dialled peer, or is signed by another authority, hears no message of ours; nor does the listener talk to
/// us where our own certificate names somebody else.
#[test]
fn a_peer_that_is_not_the_dialled_one_is_not_talked_to() {
    let (authority, directory) = (Authority::new("Authority"), tempfile::tempdir().unwrap());
    let failed = |world: &World, reason: &str| {
        let gone = world.server.departed();
        gone.iter().any(|peer| peer.last_error.as_ref().is_some_and(|(_, words)| words.contains(reason)))
    };
    let own = || authority.files(directory.path(), "relay.gw.example");
    let misnamed = listening(authority.files(directory.path(), "other.talea.example"));
    let dialler = dialling(HOST, misnamed.server.addresses()[1], own());
    eventually("another name", || failed(&dialler, "not valid for name"));
    let foreign = tempfile::tempdir().unwrap();
    let signed_elsewhere = listening(Authority::new("Authority").files(foreign.path(), HOST));
    let dialler = dialling(HOST, signed_elsewhere.server.addresses()[1], own());
    eventually("another authority", || failed(&dialler, "invalid peer certificate"));
    let listener = listening(authority.files(directory.path(), HOST));
    let liar = authority.files(directory.path(), "somebody.gw.example");
    let dialler = dialling(HOST, listener.server.addresses()[1], liar);
    eventually("refused with 3010", || failed(&listener, "unknown peer relay.gw.example"));
    for world in [&misnamed, &signed_elsewhere, &listener] {
        assert!(!is_open(world, "relay.gw.example"));
    }
    drop(dialler);
    let unproven = World::try_with(|config| {
        config.connect = vec![Dial { host: HOST.to_owned(), address: loopback(1), tls: true }];
    });
    let words = unproven.err().unwrap();
    assert!(words.starts_with("DIA-007") && words.contains("authorities"), "{words}");
}

/// OpenSSL's TLS server; what goes through it comes out of the other end of its standard input and output.
struct Stranger {
    child: Child,
    line: WireClient,
}

impl Stranger {
    fn start(port: u16, files: &TlsFiles, directory: &Path) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_read_timeout(Some(PATIENCE)).unwrap();
        let log = std::fs::File::create(directory.join("openssl.log")).unwrap();
        let child = Command::new("openssl")
            .args(["s_server", "-quiet", "-verify_return_error", "-Verify", "1"])
            .args(["-accept", &loopback(port).to_string()])
            .arg("-cert")
            .arg(&files.certificate)
            .arg("-key")
            .arg(&files.key)
            .arg("-CAfile")
            .arg(files.authorities.as_ref().unwrap())
            .stdin(Stdio::from(OwnedFd::from(theirs.try_clone().unwrap())))
            .stdout(Stdio::from(OwnedFd::from(theirs)))
            .stderr(log)
            .spawn();
        let child = child.unwrap_or_else(|error| panic!("openssl cannot be started ({error})"));
        Self { child, line: WireClient::over(ours) }
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A TLS server that nobody here wrote demands our certificate, takes it, and carries a session.
#[test]
fn a_foreign_tls_server_is_dialled_and_charged() {
    let (authority, directory) = (Authority::new("Authority"), tempfile::tempdir().unwrap());
    let (host, port) = (format!("huawei-ugw{GATEWAY}"), free_port());
    let theirs = authority.files(directory.path(), &host);
    let mut stranger = Stranger::start(port, &theirs, directory.path());
    let world = dialling(&host, loopback(port), authority.files(directory.path(), "relay.gw.example"));
    world.sign_up(1, "100");
    let heard = stranger.line.answer();
    assert_eq!(heard.header().command, command::CAPABILITIES_EXCHANGE);
    accept(&host, &mut stranger.line, &heard);
    eventually("it is open", || is_open(&world, &host));
    let who = msisdn(1);
    let mut ccr = initial(&mut stranger.line, "gw;tls", &who);
    ccr.origin_host = &host;
    let answer = stranger.line.ask(&ccr).read();
    assert_eq!(answer.services[0].granted.unwrap().units.total_octets, Some(10 * MB));
    assert_eq!(world.server.peers()[0].transport, "TLS");
}
