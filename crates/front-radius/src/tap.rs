//! Traces: shows what passes the RADIUS doors to [`office::Tracer`], and reads kept datagrams for people.
//!
//! Must not know: who traces whom, why; that is the office's.

use crate::tls::Link;
use crate::{Discard, Equipment, Nodes, RadiusNode};
use calendar::Instant;
use charging::SessionKey;
use engine::Clock;
use office::{
    DecodedField, DecodedMessage, DecodedValue, MessageReader, NodeProtocol, Sighting, TraceClues,
    TracedMessage, Tracer,
};
use radius::trace::{Field, FieldValue, View};
use radius::{Attribute, Code, Dictionary, ErrorCause, number};
use std::net::SocketAddr;
use std::sync::Arc;

/// 3GPP's vendor number, and its attribute with the IMSI (TS 29.061 16.4.7).
const TGPP: u32 = 10_415;
const TGPP_IMSI: u32 = 1;
/// Standard attributes that name a subscriber.
const NAMES: [u8; 3] = [number::USER_NAME, number::CALLING_STATION_ID, number::CHARGEABLE_USER_IDENTITY];

/// Both ends of a packet, and which way it goes.
pub(crate) struct Way {
    pub remote: SocketAddr,
    pub local: SocketAddr,
    pub sent: bool,
    /// The TLS connection, whose node is known by its certificate; that of a datagram is known by its address.
    pub link: Option<Arc<Link>>,
}

impl Way {
    /// Over a TLS connection.
    pub fn of(link: &Arc<Link>, sent: bool) -> Self {
        Self { remote: link.peer(), local: link.local(), sent, link: Some(link.clone()) }
    }
}

/// Shows datagrams to the traces that run. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Tap {
    pub tracer: Tracer,
    pub clock: Clock,
    pub nodes: Arc<dyn Nodes>,
    pub equipment: Equipment,
}

impl Tap {
    /// A datagram comes or leaves; `way` is asked only while a trace runs.
    #[inline]
    pub fn see(&self, octets: &[u8], way: impl FnOnce() -> Way) {
        if self.tracer.is_on() {
            self.show(octets, way(), |tracer, sighting, reader| tracer.see(sighting, reader));
        }
    }

    /// A request gets no answer.
    pub fn unanswered(&self, request: &[u8], way: impl FnOnce() -> Way, why: &Discard) {
        if self.tracer.is_on() && *why != Discard::InProgress {
            let words = || format!("not answered: {why} ({})", why.code());
            self.show(request, way(), |tracer, sighting, _| tracer.unanswered(sighting, words));
        }
    }

    #[cold]
    fn show(&self, octets: &[u8], way: Way, tell: impl FnOnce(&Tracer, &Sighting<'_>, &Reader<'_>)) {
        let node = match &way.link {
            Some(link) => self.nodes.by_name(link.node()),
            None => self.nodes.by_source(way.remote.ip().to_canonical()),
        };
        let code = octets.first().map_or(Code::Other(0), |code| Code::from(*code));
        let at: Instant = self.clock.now();
        let sighting = Sighting {
            at,
            protocol: NodeProtocol::Radius,
            node: node.as_ref().map_or("", |node| &node.name),
            host: "",
            remote: way.remote,
            local: way.local,
            sent: way.sent,
            request: is_request(code),
            id: octets.get(1).copied().unwrap_or_default().into(),
            octets,
        };
        let dictionary = self.equipment.dictionary();
        let reader = Reader { dictionary: &dictionary, node: node.as_deref(), remote: way.remote };
        tell(&self.tracer, &sighting, &reader);
    }
}

const fn is_request(code: Code) -> bool {
    matches!(
        code,
        Code::AccessRequest
            | Code::AccountingRequest
            | Code::StatusServer
            | Code::CoaRequest
            | Code::DisconnectRequest
    )
}

struct Reader<'a> {
    dictionary: &'a Dictionary,
    node: Option<&'a RadiusNode>,
    remote: SocketAddr,
}

impl MessageReader for Reader<'_> {
    fn clues(&self, octets: &[u8]) -> TraceClues {
        let Ok(packet) = radius::Packet::decode(octets) else { return TraceClues::default() };
        let text = |octets: &[u8]| std::str::from_utf8(octets).ok().map(str::to_owned);
        let is_name = |attribute: &Attribute<'_>| NAMES.contains(&attribute.number);
        let mut names: Vec<String> =
            packet.attributes().filter(is_name).filter_map(|attribute| text(attribute.value)).collect();
        let format = self.dictionary.vendor_format(TGPP);
        let imsi = packet.vendor(TGPP, format).filter(|inner| inner.number == TGPP_IMSI);
        names.extend(imsi.filter_map(|inner| text(inner.value)));
        let address =
            packet.first(number::FRAMED_IP_ADDRESS).and_then(|octets| <[u8; 4]>::try_from(octets).ok());
        names.extend(address.map(|octets| std::net::Ipv4Addr::from(octets).to_string()));
        let scope = self.node.map(|node| node.session_scope(self.remote.ip().to_canonical()));
        let session = packet.first(number::ACCT_SESSION_ID).zip(scope);
        TraceClues { names, session: session.map(|(id, scope)| SessionKey::radius(&scope, id)) }
    }

    fn blank_secrets(&self, octets: &mut [u8]) {
        self.dictionary.blank_secrets(octets);
    }
}

/// A kept datagram for people.
pub(crate) fn decode(
    dictionary: &Dictionary,
    message: &TracedMessage,
    masked: bool,
) -> Option<DecodedMessage> {
    if message.protocol != NodeProtocol::Radius {
        return None;
    }
    let view = if masked { View::Masked } else { View::Full };
    let read = dictionary.dissect(&message.octets, view)?;
    let named = |name: &str| {
        read.fields.iter().find_map(|field| match &field.value {
            FieldValue::Text(text) if field.name == name => Some(text.trim_matches('"').to_owned()),
            _ => None,
        })
    };
    let about = ["Acct-Status-Type", "User-Name", "Acct-Session-Id"];
    let about: Vec<String> = about.into_iter().filter_map(named).collect();
    let cause = packet_cause(&message.octets);
    let result = match read.code {
        code if is_request(code) => String::new(),
        code => match cause {
            Some(cause) => format!("{code}: {cause}"),
            None => code.to_string(),
        },
    };
    let good = !matches!(read.code, Code::AccessReject | Code::CoaNak | Code::DisconnectNak);
    let header = format!("identifier {}, {} octets", read.identifier, message.octets.len());
    Some(DecodedMessage {
        title: read.code.to_string(),
        header,
        summary: about.join(" · "),
        result,
        good,
        fields: read.fields.into_iter().map(field).collect(),
    })
}

fn packet_cause(octets: &[u8]) -> Option<ErrorCause> {
    let packet = radius::Packet::decode(octets).ok()?;
    let cause = packet.first(number::ERROR_CAUSE)?;
    Some(ErrorCause(u32::from_be_bytes(cause.try_into().ok()?)))
}

fn field(field: Field) -> DecodedField {
    let Field { name, vendor, number, kind, value } = field;
    let value = match value {
        FieldValue::Text(text) => DecodedValue::Text(text),
        FieldValue::Masked { octets } => DecodedValue::Masked { octets },
        FieldValue::Secret => DecodedValue::Secret,
        FieldValue::Stopped { at, reason } => DecodedValue::Stopped { at, reason },
    };
    DecodedField { depth: 0, name, vendor, code: number, kind, value }
}
