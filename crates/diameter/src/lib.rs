//! Diameter as bytes and as procedures: RFC 6733 (base), RFC 8506 (credit control), the parts of 3GPP TS 32.299 that
//! online charging needs, and RFC 3539 (watchdog).
//!
//! What flows in and out: octets of a stream become borrowed [`Message`]s ([`frame`], [`header`], [`avp`], [`message`]);
//! a credit-control message becomes a typed request or answer ([`credit_control`]); a [`peer::Peer`] turns messages,
//! ticks and stops into messages to send and things to do. Everything that is known about AVPs beyond code is text
//! under `dict/diameter` ([`dictionary`]).
//!
//! What this crate must not know: sockets, tasks, clocks, randomness (callers hand in `now` and a seed), customers,
//! prices, money as we book it ([`credit_control::Money`] is only the wire's digits and exponent).
//!
//! No octets, however wrong, make anything here panic; each refusal is a [`DecodeError`] that knows its Result-Code.

pub mod address;
pub mod answer;
pub mod avp;
pub mod client;
pub mod codes;
pub mod credit_control;
pub mod dictionary;
pub mod encode;
pub mod error;
pub mod frame;
pub mod header;
pub mod message;
pub mod path;
pub mod peer;
pub mod rules;
pub mod server_request;
pub mod time;
pub mod trace;

pub use avp::{AvpIter, AvpRef};
pub use codes::AvpId;
pub use dictionary::Dictionary;
pub use encode::Encoder;
pub use error::{DecodeError, FailedAvp};
pub use header::Header;
pub use message::Message;
pub use rules::{Leniencies, Rules};
