//! The customer's router and the access node behind it, as RADIUS over UDP.

use crate::error::TaleaError;
use radius::client::RequestBuilder;
use radius::{Code, Dictionary, number};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long silence is listened to where silence is right.
const SILENCE: Duration = Duration::from_millis(600);

/// An access node that talks RADIUS.
pub struct AccessNode {
    socket: UdpSocket,
    auth: SocketAddr,
    accounting: SocketAddr,
    secret: Vec<u8>,
    identifier: u8,
    dictionary: Dictionary,
}

/// How the password is proven.
#[derive(Clone, Copy)]
pub enum Proof {
    /// In the packet, hidden.
    Pap,
    /// By challenge and response.
    Chap,
}

/// What came back, readable.
pub struct Heard {
    /// `Access-Accept` and the like; empty = nothing came.
    pub code: String,
    /// Attributes as text.
    pub attributes: Vec<String>,
}

impl Heard {
    /// Whether some attribute's text contains these words.
    pub fn says(&self, words: &str) -> bool {
        self.attributes.iter().any(|a| a.contains(words))
    }

    /// One line.
    pub fn line(&self) -> String {
        let shown: Vec<&str> = self
            .attributes
            .iter()
            .map(String::as_str)
            .filter(|a| !a.starts_with("Message-Authenticator") && !a.starts_with("Class"))
            .collect();
        match (self.code.is_empty(), shown.is_empty()) {
            (true, _) => "(silence)".to_owned(),
            (false, true) => self.code.clone(),
            (false, false) => format!("{}: {}", self.code, shown.join(", ")),
        }
    }
}

fn wrong(error: impl std::fmt::Display) -> TaleaError {
    TaleaError::Said(format!("RADIUS: {error}"))
}

impl AccessNode {
    /// A node at `address` (loopback) with its shared secret.
    pub async fn new(
        address: Ipv4Addr,
        auth: SocketAddr,
        accounting: SocketAddr,
        secret: &str,
    ) -> Result<Self, TaleaError> {
        let socket = UdpSocket::bind((address, 0)).await.map_err(TaleaError::io("a UDP socket"))?;
        let dictionary = Dictionary::built_in();
        Ok(Self { socket, auth, accounting, secret: secret.as_bytes().to_vec(), identifier: 0, dictionary })
    }

    async fn exchange(
        &mut self,
        request: &radius::client::Request,
        to: SocketAddr,
        patience: Duration,
    ) -> Result<Heard, TaleaError> {
        self.socket.send_to(request.bytes(), to).await.map_err(TaleaError::io("sending RADIUS"))?;
        let mut buffer = vec![0; 4096];
        let received = tokio::time::timeout(patience, self.socket.recv_from(&mut buffer)).await;
        let Ok(received) = received else {
            return Ok(Heard { code: String::new(), attributes: Vec::new() });
        };
        let (length, _) = received.map_err(TaleaError::io("receiving RADIUS"))?;
        buffer.truncate(length);
        let packet = request.check_response(&buffer, &self.secret).map_err(wrong)?;
        Ok(Heard { code: packet.code().to_string(), attributes: self.dictionary.describe(&packet) })
    }

    /// Asks for access.
    pub async fn log_in(&mut self, user: &str, password: &str, proof: Proof) -> Result<Heard, TaleaError> {
        self.identifier = self.identifier.wrapping_add(1);
        let mut random = [0; 16];
        random
            .iter_mut()
            .zip(uuid::Uuid::now_v7().as_bytes())
            .for_each(|(to, from)| *to = from.rotate_left(3));
        let mut request = RequestBuilder::access(self.identifier, random);
        request.attribute(number::USER_NAME, user.as_bytes()).map_err(wrong)?;
        request.attribute(number::NAS_IDENTIFIER, b"bras-1").map_err(wrong)?;
        match proof {
            Proof::Pap => request.pap(password.as_bytes(), &self.secret).map_err(wrong)?,
            Proof::Chap => request
                .chap(self.identifier, password.as_bytes(), Some(b"sixteen octets!!"))
                .map_err(wrong)?,
        };
        let request = request.sign(&self.secret).map_err(wrong)?;
        self.exchange(&request, self.auth, PATIENCE).await
    }

    /// Asks for access from a node that should hear nothing.
    pub async fn log_in_unheard(&mut self, user: &str, password: &str) -> Result<Heard, TaleaError> {
        self.identifier = self.identifier.wrapping_add(1);
        let mut request = RequestBuilder::access(self.identifier, [7; 16]);
        request.attribute(number::USER_NAME, user.as_bytes()).map_err(wrong)?;
        request.pap(password.as_bytes(), &self.secret).map_err(wrong)?;
        let request = request.sign(&self.secret).map_err(wrong)?;
        self.exchange(&request, self.auth, SILENCE).await
    }

    /// Reports a session: status 1 Start, 3 Interim, 2 Stop, with counters so far.
    pub async fn report(&mut self, status: u32, report: &SessionReport<'_>) -> Result<Heard, TaleaError> {
        self.identifier = self.identifier.wrapping_add(1);
        let mut request = RequestBuilder::accounting(self.identifier, status).map_err(wrong)?;
        request.attribute(number::USER_NAME, report.user.as_bytes()).map_err(wrong)?;
        request.attribute(number::NAS_IDENTIFIER, b"bras-1").map_err(wrong)?;
        request.attribute(number::ACCT_SESSION_ID, report.session.as_bytes()).map_err(wrong)?;
        request.attribute(number::FRAMED_IP_ADDRESS, &[100, 64, 0, 17]).map_err(wrong)?;
        request.attribute(number::CALLING_STATION_ID, b"00:1A:2B:3C:4D:5E").map_err(wrong)?;
        if status != 1 {
            request.integer(number::ACCT_SESSION_TIME, report.seconds).map_err(wrong)?;
            request.integer(number::ACCT_INPUT_OCTETS, report.up).map_err(wrong)?;
            request.integer(number::ACCT_OUTPUT_OCTETS, report.down).map_err(wrong)?;
        }
        request.integer(number::EVENT_TIMESTAMP, report.at).map_err(wrong)?;
        let request = request.sign(&self.secret).map_err(wrong)?;
        self.exchange(&request, self.accounting, PATIENCE).await
    }
}

/// Counters of a session.
pub struct SessionReport<'a> {
    /// User-Name.
    pub user: &'a str,
    /// Acct-Session-Id.
    pub session: &'a str,
    /// Acct-Session-Time.
    pub seconds: u32,
    /// Acct-Input-Octets.
    pub up: u32,
    /// Acct-Output-Octets.
    pub down: u32,
    /// Event-Timestamp, Unix seconds.
    pub at: u32,
}

/// The name of an Accounting-Response, to compare with.
pub fn accounting_response() -> String {
    Code::AccountingResponse.to_string()
}
