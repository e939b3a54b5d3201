//! Traces: the last messages of one node, one peer or one subscriber, as they passed the network front doors.
//!
//! Started by hand, bounded in messages, octets and time, kept in memory only. Flows in: messages that the front doors see, their secrets
//! already taken out of the kept copy. Flows out: octets for reading ([`NetworkDoor::decode`](crate::NetworkDoor::decode)) and for
//! Wireshark. Who started, stopped, read or downloaded one is in the audit. Must not know: what is inside a message; the doors read it.
//!
//! [`Tracer`] is what the doors hold: while no trace runs, a message costs them one atomic load.

mod desk;
mod metrics;
mod pcap;
mod ring;
mod target;
mod tracer;

pub use desk::{NewTrace, TraceLook, TraceView, TracedMessages};
pub use target::{TraceAsk, TraceClues, TraceTarget};
pub use tracer::{MessageReader, Sighting, Tracer};

use crate::NodeProtocol;
use calendar::{Instant, Seconds};
use std::net::SocketAddr;

/// Traces that run at the same time at most.
pub const TRACES_RUNNING_MOST: usize = 8;
/// Traces that are kept at most; the oldest that has ended makes room.
pub const TRACES_KEPT_MOST: usize = 16;
/// Messages a trace keeps: usually, and at most.
pub const TRACE_MESSAGES: (usize, usize) = (200, 1_000);
/// Octets a trace keeps: at least, usually, and at most.
pub const TRACE_OCTETS: (usize, usize, usize) = (4 * 1024, 1024 * 1024, 4 * 1024 * 1024);
/// Seconds a trace runs: at least, usually, and at most.
pub const TRACE_SECONDS: (u64, u64, u64) = (10, 600, 8 * 3_600);
/// Messages read at once.
pub const TRACE_PAGE: usize = 50;
/// How long a trace that has ended is kept.
const KEPT_AFTER_END: Seconds = Seconds(24 * 3_600);
/// Sessions of one subscriber that a trace follows; the oldest are forgotten.
const SESSIONS_FOLLOWED: usize = 256;
/// Octets of one message that are kept; the rest of a longer one is counted only.
const MESSAGE_OCTETS: usize = 64 * 1024;

/// A message of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedMessage {
    /// Counts the messages of the trace from 1.
    pub number: u64,
    /// When it came or left.
    pub at: Instant,
    /// Protocol.
    pub protocol: NodeProtocol,
    /// Name of the node; empty for a stranger.
    pub node: String,
    /// Diameter: Origin-Host of the peer; empty before it is known, and for RADIUS.
    pub host: String,
    /// The other side.
    pub remote: SocketAddr,
    /// Ours.
    pub local: SocketAddr,
    /// We sent it.
    pub sent: bool,
    /// It asks something; the others answer.
    pub request: bool,
    /// Its octets without secrets.
    pub octets: Vec<u8>,
    /// Answers: microseconds since the request, where the trace has it.
    pub took: Option<u64>,
    /// What became of a request that gets no answer.
    pub note: Option<String>,
}

/// A message as people read it; made by the front door whose protocol it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedMessage {
    /// What it is: `Credit-Control-Request (CCR)`.
    pub title: String,
    /// What its header says.
    pub header: String,
    /// What it is about, in a few words.
    pub summary: String,
    /// Answers: how the request ended.
    pub result: String,
    /// Whether that is a success.
    pub good: bool,
    /// Attributes or AVPs in order, groups before their members.
    pub fields: Vec<DecodedField>,
}

/// One attribute or AVP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedField {
    /// Groups around it.
    pub depth: usize,
    /// Its name in our dictionaries, or its number.
    pub name: String,
    /// Name or number of its vendor; empty for standard ones.
    pub vendor: String,
    /// Its number.
    pub code: String,
    /// Its type; empty where it is in no dictionary.
    pub kind: &'static str,
    /// What it says.
    pub value: DecodedValue,
}

/// What an attribute or AVP says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodedValue {
    /// Members follow.
    Group,
    /// The value.
    Text(String),
    /// Octets that do not fit the type.
    Misfit(String),
    /// Personal data that this reader does not see.
    Masked {
        /// Octets of the value.
        octets: usize,
    },
    /// A password, key or proof of one: nobody sees it.
    Secret,
    /// Decoding stopped here.
    Stopped {
        /// Counted from the message's first octet.
        at: usize,
        /// Why.
        reason: String,
    },
}
