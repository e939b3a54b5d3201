//! Certificates of devices, and a TLS client that shows them.

#[path = "../../../../front-diameter/tests/front_door/certificates.rs"]
mod certificates;

use super::office_world::SECRET;
pub use certificates::{Authority, Identity};
use radius::client::Request;
use rcgen::KeyPair;
use rustls::{ClientConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

impl Identity {
    pub fn self_signed(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = certificates::params(name).self_signed(&key).unwrap();
        Self { der: certificate.der().clone(), pem: certificate.pem(), key, serial: 0 }
    }

    /// `sha256:` and the fingerprint, as a record has it.
    pub fn fingerprint(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, &self.der);
        let pairs: Vec<String> = digest.as_ref().iter().map(|octet| format!("{octet:02X}")).collect();
        format!("sha256:{}", pairs.join(":"))
    }
}

/// A connection of a device.
pub struct Client {
    stream: StreamOwned<ClientConnection, TcpStream>,
}

impl Client {
    /// Connects and shows a certificate, if any; fails where the handshake does.
    pub fn connect(
        server: SocketAddr,
        authority: &Authority,
        identity: Option<&Identity>,
    ) -> Result<Self, String> {
        let mut client = Self { stream: authority.connect(server, "aaa.example.net", identity)? };
        client.stream.conn.complete_io(&mut client.stream.sock).map_err(|error| error.to_string())?;
        Ok(client)
    }

    pub fn send(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).unwrap();
        self.stream.flush().unwrap();
    }

    /// The next packet; nothing once the connection has ended.
    pub fn receive(&mut self) -> Option<Vec<u8>> {
        let mut packet = vec![0; 4];
        self.stream.read_exact(&mut packet).ok()?;
        packet.resize(usize::from(u16::from_be_bytes([packet[2], packet[3]])), 0);
        self.stream.read_exact(&mut packet[4..]).ok()?;
        Some(packet)
    }

    /// Whether anything comes back for these octets.
    pub fn stays_after(&mut self, octets: &[u8]) -> bool {
        self.stream.write_all(octets).is_ok() && self.receive().is_some()
    }

    /// Sends a request and waits for its genuine answer.
    pub fn ask(&mut self, request: &Request) -> Vec<u8> {
        self.send(request.bytes());
        let reply = self.receive().expect("an answer over the same connection");
        request.check_response(&reply, SECRET).unwrap();
        reply
    }

    /// Whether the other side has ended the connection, waiting for it patiently.
    pub fn is_ended(&mut self) -> bool {
        self.receive().is_none()
    }
}
