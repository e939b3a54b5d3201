//! Traces: shows what passes the Diameter door to [`office::Tracer`], and reads kept messages for people.
//!
//! Must not know: who traces whom, why; that is the office's.

use crate::door::Door;
use crate::peers::{PeerRecord, Peers};
use charging::SessionKey;
use diameter::codes::{avp, command};
use diameter::trace::{self, Field, FieldValue, View};
use diameter::{AvpRef, Dictionary, Header, Message, frame};
use engine::Clock;
use office::{
    DecodedField, DecodedMessage, DecodedValue, MessageReader, NodeProtocol, Sighting, TraceClues,
    TracedMessage, Tracer,
};
use parking_lot::Mutex;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// AVPs that tell how a request ended, at the top and for each service.
const RESULTS: [&str; 2] = ["Result-Code", "Experimental-Result-Code"];
/// AVPs that tell what a message is about.
const ABOUT: [&str; 4] = ["CC-Request-Type", "CC-Request-Number", "Disconnect-Cause", "Session-Id"];
/// Octets of header that identify a message.
const DIAMETER_HEADER: usize = 20;

/// What one connection shows to the traces that run.
pub(crate) struct Tap {
    tracer: Tracer,
    clock: Clock,
    peers: Arc<dyn Peers>,
    local: SocketAddr,
    /// Origin-Host of a capabilities exchange that has not led to an open connection.
    claimed: Mutex<String>,
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap").field("local", &self.local).finish_non_exhaustive()
    }
}

impl PeerRecord {
    /// From now on traces see this connection; `local` is our end of it.
    pub fn tap(&self, door: &Door, local: SocketAddr) {
        let _ = self.tap.set(Tap {
            tracer: door.config.tracer.clone(),
            clock: door.engine.clock().clone(),
            peers: door.peers.clone(),
            local,
            claimed: Mutex::default(),
        });
    }

    /// Whole messages came or leave.
    #[inline]
    pub fn see(&self, octets: &[u8], sent: bool) {
        if let Some(tap) = self.tap.get()
            && tap.tracer.is_on()
        {
            self.show(tap, octets, sent);
        }
    }

    #[cold]
    fn show(&self, tap: &Tap, octets: &[u8], sent: bool) {
        let mut rest = octets;
        while let Ok(Some(length)) = frame::split(rest, u32::MAX)
            && let Some((message, behind)) = rest.split_at_checked(length)
        {
            self.show_one(tap, message, sent);
            rest = behind;
        }
    }

    fn show_one(&self, tap: &Tap, octets: &[u8], sent: bool) {
        let Some((_, header)) = Header::peek(octets) else { return };
        let (mut host, mut node) = self.who();
        if host.is_empty() {
            if !sent && header.command == command::CAPABILITIES_EXCHANGE {
                *tap.claimed.lock() = origin_host(octets).unwrap_or_default();
            }
            host.clone_from(&tap.claimed.lock());
            node = tap.peers.by_origin_host(&host).map(|known| known.node.into()).unwrap_or_default();
        }
        let sighting = Sighting {
            at: tap.clock.now(),
            protocol: NodeProtocol::Diameter,
            node: &node,
            host: &host,
            remote: self.address,
            local: tap.local,
            sent,
            request: header.is_request(),
            id: header.hop_by_hop,
            octets,
        };
        tap.tracer.see(&sighting, &Reader);
    }
}

fn origin_host(octets: &[u8]) -> Option<String> {
    let message = Message::decode(octets).ok()?;
    Some(message.find(avp::ORIGIN_HOST).ok()??.text().ok()?.to_owned())
}

struct Reader;

impl MessageReader for Reader {
    fn clues(&self, octets: &[u8]) -> TraceClues {
        let mut clues = TraceClues::default();
        let Ok(message) = Message::decode(octets) else { return clues };
        let name = |avp: &AvpRef<'_>| avp.text().ok().map(str::to_owned);
        for avp in message.avps().filter_map(Result::ok) {
            match avp.id {
                avp::SESSION_ID => clues.session = Some(SessionKey::diameter(avp.data)),
                avp::USER_NAME => clues.names.extend(name(&avp)),
                avp::SUBSCRIPTION_ID => {
                    let members = avp.group().into_iter().flatten().filter_map(Result::ok);
                    let data = members.filter(|member| member.id == avp::SUBSCRIPTION_ID_DATA);
                    clues.names.extend(data.filter_map(|data| name(&data)));
                }
                _ => {}
            }
        }
        clues
    }

    fn blank_secrets(&self, octets: &mut [u8]) {
        trace::blank_secrets(octets, Dictionary::builtin());
    }
}

/// A kept message for people.
pub(crate) fn decode(message: &TracedMessage, masked: bool) -> Option<DecodedMessage> {
    if message.protocol != NodeProtocol::Diameter {
        return None;
    }
    let dictionary = Dictionary::builtin();
    let (_, header) = Header::peek(message.octets.get(..DIAMETER_HEADER)?)?;
    let view = if masked { View::Masked } else { View::Full };
    let fields = trace::dissect(&message.octets, dictionary, view);
    let texts = |name: &'static str| {
        fields.iter().filter_map(move |field| match &field.value {
            FieldValue::Text(text) if field.name.as_deref() == Some(name) => Some(text.as_str()),
            _ => None,
        })
    };
    let about: Vec<&str> =
        ABOUT.into_iter().filter_map(|name| texts(name).next()).map(|text| text.trim_matches('"')).collect();
    let mut results: Vec<&str> = Vec::new();
    for text in RESULTS.into_iter().flat_map(texts) {
        if !results.contains(&text) {
            results.push(text);
        }
    }
    let good = results.iter().all(|text| is_success(text));
    Some(DecodedMessage {
        title: trace::command_name(&header, dictionary),
        header: trace::header_words(&header, dictionary),
        summary: about.join(" · "),
        result: results.join(" · "),
        good,
        fields: fields.into_iter().map(|field| shown(field, dictionary)).collect(),
    })
}

/// Whether the shown code is of the class of successes (RFC 6733 7.1.2).
fn is_success(text: &str) -> bool {
    let number = text.rsplit_once('(').map_or(text, |(_, number)| number.trim_end_matches(')'));
    number.parse().is_ok_and(|code: u32| (2_000..3_000).contains(&code))
}

fn shown(field: Field, dictionary: &Dictionary) -> DecodedField {
    let Field { depth, id, mandatory, name, kind, value } = field;
    let value = match value {
        FieldValue::Group => DecodedValue::Group,
        FieldValue::Text(text) => DecodedValue::Text(text),
        FieldValue::Misfit(octets) => DecodedValue::Misfit(octets),
        FieldValue::Masked { octets } => DecodedValue::Masked { octets },
        FieldValue::Secret => DecodedValue::Secret,
        FieldValue::Stopped { at, reason } => DecodedValue::Stopped { at, reason },
    };
    let vendor = match id.vendor {
        0 => String::new(),
        number => dictionary.vendor(number).map_or_else(|| number.to_string(), str::to_owned),
    };
    let mandatory = if mandatory { " M" } else { "" };
    let code = if id.vendor == 0 { id.code.to_string() } else { format!("{}/{}", id.vendor, id.code) };
    DecodedField {
        depth,
        name: name.unwrap_or_else(|| format!("AVP {code}")),
        vendor,
        code: format!("{code}{mandatory}"),
        kind: kind.map_or("", |kind| kind.name()),
        value,
    }
}
