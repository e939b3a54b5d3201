//! Messages as a file for Wireshark: classic pcap with the link type "Wireshark upper PDU", in which each message says by itself which
//! protocol it is. So it opens right on whatever port it came, over UDP, TCP or TLS, and no packet headers are made up.

use super::TracedMessage;
use crate::NodeProtocol;
use std::net::IpAddr;

/// Magic number of files with times in microseconds, in our octet order.
const MAGIC: u32 = 0xa1b2_c3d4;
/// Version 2.4.
const VERSION: (u16, u16) = (2, 4);
/// Longest record a reader has to expect.
const SNAP_LENGTH: u32 = 256 * 1024;
/// LINKTYPE_WIRESHARK_UPPER_PDU.
const LINK_TYPE: u32 = 252;

/// Tags of that link type (`epan/exported_pdu.h`).
mod tag {
    pub const END: u16 = 0;
    pub const DISSECTOR: u16 = 12;
    /// Of IPv4 and IPv6: from, to.
    pub const ADDRESS: [(u16, u16); 2] = [(20, 22), (21, 23)];
    pub const PORT_TYPE: u16 = 24;
    pub const PORT: [u16; 2] = [25, 26];
}

/// A capture file with these messages, oldest first.
pub(super) fn file<'a>(messages: impl Iterator<Item = &'a TracedMessage>) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(MAGIC.to_be_bytes());
    out.extend(VERSION.0.to_be_bytes());
    out.extend(VERSION.1.to_be_bytes());
    // Times are UTC and exact as far as they go.
    out.extend([0; 8]);
    out.extend(SNAP_LENGTH.to_be_bytes());
    out.extend(LINK_TYPE.to_be_bytes());
    messages.filter(|message| !message.octets.is_empty()).for_each(|message| record(message, &mut out));
    out
}

fn record(message: &TracedMessage, out: &mut Vec<u8>) {
    let mut body = tags(message);
    body.extend(&message.octets);
    let micros = message.at.as_micros().max(0);
    let number = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    for value in [number(micros / 1_000_000), number(micros % 1_000_000), length, length] {
        out.extend(value.to_be_bytes());
    }
    out.extend(body);
}

fn tags(message: &TracedMessage) -> Vec<u8> {
    let (dissector, transport): (&[u8], u32) = match message.protocol {
        NodeProtocol::Radius => (b"radius", 3),
        NodeProtocol::Diameter => (b"diameter", 2),
    };
    let mut out = Vec::new();
    put(&mut out, tag::DISSECTOR, dissector);
    let ends = if message.sent { [message.local, message.remote] } else { [message.remote, message.local] };
    for (end, (v4, v6)) in ends.into_iter().zip(tag::ADDRESS) {
        match end.ip().to_canonical() {
            IpAddr::V4(address) => put(&mut out, v4, &address.octets()),
            IpAddr::V6(address) => put(&mut out, v6, &address.octets()),
        }
    }
    put(&mut out, tag::PORT_TYPE, &transport.to_be_bytes());
    for (end, tag) in ends.into_iter().zip(tag::PORT) {
        put(&mut out, tag, &u32::from(end.port()).to_be_bytes());
    }
    put(&mut out, tag::END, &[]);
    out
}

/// One tag, filled up to a multiple of four.
fn put(out: &mut Vec<u8>, tag: u16, value: &[u8]) {
    let padded = value.len().next_multiple_of(4);
    out.extend(tag.to_be_bytes());
    out.extend(u16::try_from(padded).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(value);
    out.resize(out.len() + padded - value.len(), 0);
}
