//! RADIUS on the wire: packets, attributes, dictionaries, authenticators, duplicate rules.
//!
//! Octets come in with the packet's shared secret, typed values go out, and back again. This crate opens no socket, reads no clock,
//! makes no random number and knows nothing of customers, tariffs or money: whoever calls it passes `now` and random octets in.
//! No input makes it panic; what it refuses, it refuses with a [`PacketError`] that says why and has a stable code for counters.
//!
//! Where to look: [`Packet`] reads a datagram, [`PacketBuilder`] writes one, [`authenticator`] decides whether it is genuine,
//! [`AccessRequest`] and [`AccountingReport`] are what a charging server wants to know of a request, [`Dictionary`] gives names and
//! types to numbers, [`DuplicateCache`] recognises repeats, [`client`] is the other side of the conversation, [`dynamic_client`] repeats what we ask
//! of a device until it answers.

pub mod authenticator;
pub mod client;
pub mod dynamic_client;
pub mod eap;
pub mod location;
pub mod ms_chap;
pub mod number;
pub mod sip_digest;
pub mod trace;

mod access;
mod accounting;
mod attribute;
mod code;
mod dictionary;
mod duplicate;
mod encoder;
mod error;
mod error_cause;
mod fields;
mod packet;
mod password;
mod retransmission;
mod value;

pub use access::{AccessRequest, Credential};
pub use accounting::{AccountingReport, AccountingStatus};
pub use attribute::{Attribute, Attributes, VendorAttribute, VendorAttributes, VendorFormat, VendorSpecific};
pub use code::Code;
pub use dictionary::{
    AttributeDefinition, Dictionary, DictionaryError, EncodedAttribute, Encryption, Include, Notice, Vendor,
};
pub use duplicate::{DuplicateCache, RequestKey, Seen};
pub use encoder::PacketBuilder;
pub use error::PacketError;
pub use error_cause::{CauseKind, ErrorCause};
pub use fields::NasIdentity;
pub use packet::{
    AUTHENTICATOR_LENGTH, Authenticator, HEADER_LENGTH, MAX_PACKET_LENGTH, MAX_VALUE_LENGTH, Packet,
};
pub use password::{MAX_PASSWORD_LENGTH, chap_response, hide_password, reveal_password, verify_chap};
pub use retransmission::RetransmissionTimes;
pub use value::{Kind, Prefix, Value};
