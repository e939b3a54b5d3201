//! Diameter over TLS (RFC 6733 13.1) and SCTP: who is let in, and what is said where the kernel lacks SCTP.

use crate::wire_client::{WireClient, cer, initial};
use crate::world::{HOST, MB, PATIENCE, PEER, World, eventually};
use diameter::Message;
use diameter::credit_control::RequestType;
use front_diameter::TlsFiles;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod,
    KeyPair, RevokedCertParams, SerialNumber, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// An authority and what it has certified.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: String,
}

/// Serial number of certificates that may be revoked.
const SERIAL: u64 = 77;

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Authority");
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), root }
    }

    /// Certificate and key for a name.
    fn certify(&self, name: &str) -> (String, String) {
        self.certify_as(name, None)
    }

    fn certify_as(&self, name: &str, serial: Option<u64>) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.serial_number = serial.map(SerialNumber::from);
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    /// Its revocation list with these serial numbers.
    fn revoke(&self, serials: &[u64]) -> String {
        self.revoke_until(serials, 2036)
    }

    /// The same, with a next update in that year.
    fn revoke_until(&self, serials: &[u64], year: i32) -> String {
        let revoked = |serial: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(2026, 1, 2),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(year, 1, 1),
            crl_number: SerialNumber::from(1 + serials.len() as u64),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
    }

    /// What a server of this name needs.
    pub fn files(&self, directory: &Path, name: &str) -> TlsFiles {
        let (certificate, key) = self.certify(name);
        let write = |extension: &str, text: &str| {
            let path = directory.join(format!("{name}.{extension}"));
            std::fs::write(&path, text).unwrap();
            path
        };
        TlsFiles {
            certificate: write("pem", &certificate),
            key: write("key", &key),
            authorities: Some(write("root", &self.root)),
            revoked: None,
            refuse_outdated: false,
        }
    }

    /// A client that shows a certificate for this name, or none.
    fn client(&self, address: SocketAddr, name: Option<&str>) -> WireClient {
        WireClient::over(self.stream(address, name.map(|name| self.certify(name))))
    }

    /// A connection that shows this certificate, or none.
    fn stream(
        &self,
        address: SocketAddr,
        identity: Option<(String, String)>,
    ) -> StreamOwned<ClientConnection, TcpStream> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.root.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
        let config = match identity {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                config.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let server = ServerName::try_from("ocs.talea.example").unwrap();
        let connection = ClientConnection::new(Arc::new(config), server).unwrap();
        StreamOwned::new(connection, stream)
    }
}

/// A peer with a certificate for its Origin-Host is served over TLS like any other, beside the plain listener.
#[test]
fn a_peer_with_a_certificate_is_charged_over_tls() {
    let (authority, directory) = (Authority::new(), tempfile::tempdir().unwrap());
    let world = World::with(|config| {
        config.tls_listen = vec!["127.0.0.1:0".parse().unwrap()];
        config.tls = Some(authority.files(directory.path(), HOST));
    });
    world.sign_up(7, "1");
    let mut client = authority.client(world.server.addresses()[1], Some(PEER));
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
    let (authority, directory) = (Authority::new(), tempfile::tempdir().unwrap());
    let world = World::with(|config| {
        config.tls_listen = vec!["127.0.0.1:0".parse().unwrap()];
        config.tls = Some(authority.files(directory.path(), HOST));
    });
    let address = world.server.addresses()[1];
    let mut other = authority.client(address, Some("other.test.example"));
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
    let (authority, directory) = (Authority::new(), tempfile::tempdir().unwrap());
    let list = directory.path().join("revoked.pem");
    std::fs::write(&list, authority.revoke(&[])).unwrap();
    let world = World::with(|config| {
        config.tls_listen = vec!["127.0.0.1:0".parse().unwrap()];
        let files = authority.files(directory.path(), HOST);
        config.tls = Some(TlsFiles { revoked: Some(list.clone()), ..files });
    });
    let address = world.server.addresses()[1];
    let (lost, good) = (authority.certify_as(PEER, Some(SERIAL)), authority.certify(PEER));
    let is_let_in = |identity: &(String, String)| {
        let mut stream = authority.stream(address, Some(identity.clone()));
        // With TLS 1.3 the client is done before its certificate is looked at.
        let sent = stream.write_all(&cer(PEER, 4));
        sent.is_ok() && stream.read(&mut [0; 64]).is_ok_and(|octets| octets > 0)
    };
    assert!(is_let_in(&lost) && is_let_in(&good));
    std::fs::write(&list, authority.revoke(&[SERIAL])).unwrap();
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
    let (authority, directory) = (Authority::new(), tempfile::tempdir().unwrap());
    let list = directory.path().join("outdated.pem");
    std::fs::write(&list, authority.revoke_until(&[], 2021)).unwrap();
    for refuse_outdated in [false, true] {
        let world = World::with(|config| {
            config.tls_listen = vec!["127.0.0.1:0".parse().unwrap()];
            let files = authority.files(directory.path(), HOST);
            config.tls = Some(TlsFiles { revoked: Some(list.clone()), refuse_outdated, ..files });
        });
        let mut stream = authority.stream(world.server.addresses()[1], Some(authority.certify(PEER)));
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
