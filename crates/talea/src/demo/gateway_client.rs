//! The mobile packet gateway, as a Diameter Gy client over TCP.

use crate::error::TaleaError;
use diameter::answer::Identity;
use diameter::client::{write_cer, write_dpr};
use diameter::credit_control::{
    CreditControlAnswer, CreditControlRequest, RequestType, ServiceRequest, SubscriptionId, SubscriptionKind,
    Units, UsedUnits,
};
use diameter::frame::Splitter;
use diameter::message::Message;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Rating group of the demonstration.
const RATING_GROUP: u32 = 1;
/// Service-Context-Id of Gy (TS 32.251).
const CONTEXT: &str = "32251@3gpp.org";

/// A connected gateway.
pub struct Gateway {
    stream: TcpStream,
    splitter: Splitter,
    identity: Identity,
    realm: String,
    identifiers: u32,
}

/// What a Credit-Control-Answer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Result-Code of the command.
    pub result: u32,
    /// Result-Code of the service.
    pub service_result: Option<u32>,
    /// Granted octets.
    pub granted: Option<u64>,
    /// Validity-Time.
    pub validity: Option<u32>,
    /// Whether a Final-Unit-Indication came.
    pub last: bool,
}

impl Told {
    /// One line.
    pub fn line(&self) -> String {
        let mut line = format!("CCA Result-Code {}", self.result);
        if let Some(code) = self.service_result {
            line.push_str(&format!(", service {code}"));
        }
        if let Some(octets) = self.granted {
            line.push_str(&format!(", granted {octets} octets"));
        }
        if let Some(seconds) = self.validity {
            line.push_str(&format!(", valid {seconds} s"));
        }
        if self.last {
            line.push_str(", the last ones (Final-Unit-Indication TERMINATE)");
        }
        line
    }
}

/// One request of a session.
pub struct Ask<'a> {
    /// Session-Id.
    pub session: &'a str,
    /// Initial, update, terminate.
    pub kind: RequestType,
    /// CC-Request-Number.
    pub number: u32,
    /// MSISDN.
    pub msisdn: &'a str,
    /// Octets used since the last request.
    pub used: u64,
    /// Sent again, with the T flag.
    pub again: bool,
}

fn wrong(error: impl std::fmt::Debug) -> TaleaError {
    TaleaError::Said(format!("Diameter: {error:?}"))
}

impl Gateway {
    /// Connects and exchanges capabilities; the answer's Result-Code.
    pub async fn connect(server: SocketAddr, host: &str, realm: &str) -> Result<(Self, u32), TaleaError> {
        let stream = TcpStream::connect(server).await.map_err(TaleaError::io("connecting to Diameter"))?;
        stream.set_nodelay(true).map_err(TaleaError::io("connecting to Diameter"))?;
        let identity = Identity { host: host.to_owned(), realm: realm.to_owned(), state_id: None };
        let mut gateway = Self {
            stream,
            splitter: Splitter::default(),
            identity,
            realm: "talea.local".to_owned(),
            identifiers: 1,
        };
        let mut bytes = Vec::new();
        let local = diameter::peer::LocalNode::credit_control(
            gateway.identity.clone(),
            vec![std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)],
            "Talea demo gateway",
        );
        write_cer(&local, (1, 1), &mut bytes);
        let result = gateway.exchange(&bytes, |message| message.result_code()).await?;
        Ok((gateway, result.unwrap_or_default()))
    }

    async fn exchange<T>(
        &mut self,
        request: &[u8],
        read: impl FnOnce(&Message<'_>) -> T,
    ) -> Result<T, TaleaError> {
        self.stream.write_all(request).await.map_err(TaleaError::io("sending Diameter"))?;
        let answer = tokio::time::timeout(PATIENCE, self.next_answer());
        let answer =
            answer.await.map_err(|_| TaleaError::Said("no Diameter answer in time".to_owned()))??;
        let message = Message::decode(&answer).map_err(wrong)?;
        Ok(read(&message))
    }

    async fn next_answer(&mut self) -> Result<Vec<u8>, TaleaError> {
        loop {
            if let Some(message) = self.splitter.next_message().map_err(wrong)? {
                return Ok(message.to_vec());
            }
            let mut buffer = [0; 4096];
            let length = self.stream.read(&mut buffer).await.map_err(TaleaError::io("receiving Diameter"))?;
            if length == 0 {
                return Err(TaleaError::Said("the Diameter server closed the connection".to_owned()));
            }
            self.splitter.feed(buffer.get(..length).unwrap_or_default());
        }
    }

    /// Sends a Credit-Control-Request and reads the answer.
    pub async fn ask(&mut self, ask: &Ask<'_>) -> Result<Told, TaleaError> {
        self.identifiers += 1;
        let identifiers = (self.identifiers, self.identifiers);
        let asks = ask.kind != RequestType::Termination;
        let used = UsedUnits {
            units: Units { total_octets: Some(ask.used), ..Units::default() },
            ..UsedUnits::default()
        };
        let service = ServiceRequest {
            rating_group: Some(RATING_GROUP),
            requested: asks.then(Units::default),
            used: if ask.kind == RequestType::Initial { Vec::new() } else { vec![used] },
            ..ServiceRequest::default()
        };
        let subscriber = SubscriptionId { kind: SubscriptionKind::E164, data: ask.msisdn };
        let mut request = CreditControlRequest::new(ask.session, ask.kind, ask.number, CONTEXT, identifiers)
            .from_node(&self.identity.host, &self.identity.realm)
            .to_realm(&self.realm, None)
            .about(subscriber)
            .with_service(service);
        if ask.again {
            request.header.flags |= diameter::codes::flags::RETRANSMITTED;
        }
        let mut bytes = Vec::new();
        request.write(&mut bytes);
        let answer = self.exchange(&bytes, CreditControlAnswer::read).await?.map_err(wrong)?;
        let service = answer.services.first();
        Ok(Told {
            result: answer.result_code,
            service_result: service.and_then(|s| s.result_code),
            granted: service.and_then(|s| s.granted.as_ref()).and_then(|g| g.units.octets()),
            validity: service.and_then(|s| s.validity_time),
            last: service.is_some_and(|s| s.final_unit.is_some()),
        })
    }

    /// Takes leave (DPR/DPA).
    pub async fn leave(mut self) -> Result<u32, TaleaError> {
        let mut bytes = Vec::new();
        write_dpr(&self.identity, diameter::peer::DisconnectCause::Rebooting, (9_999, 9_999), &mut bytes);
        Ok(self.exchange(&bytes, |message| message.result_code()).await?.unwrap_or_default())
    }
}
