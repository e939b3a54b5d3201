//! The Diameter front door: Gy and Ro over TCP, TLS and SCTP (RFC 6733, RFC 8506, 3GPP TS 32.299).
//!
//! Flows in: Diameter messages of gateways. Flows out: commands to the engine, and answers once these are durable. What contexts
//! mean and how strictly a peer is taken is data ([`PeerProfile`], `profiles/diameter`); who may connect and whose a name is comes
//! through two seams ([`Peers`], [`Subscribers`]), which the office fills.
//! Must not know: prices, balances, SQL, HTML, other protocols.
//!
//! The road of a request: `connection` (stream, peer machine) -> `request_mapping`, `event_request` or `refund_request` -> `look_up` -> engine ->
//! `outbox` -> `answer_writing`. The other way: `enforcement` (a commit changed something) -> `errands` (which connection) -> `connection`.

mod advice;
mod answer_additions;
mod answer_writing;
mod ask;
mod connection;
mod connection_end;
mod dialling;
mod door;
mod echo_mode;
mod enforcement;
mod enquiry;
mod errands;
mod event_request;
mod from_office;
mod look_up;
mod metrics;
mod outbox;
mod peer_profiles;
mod peer_restart;
mod peers;
mod profile;
mod refund_request;
mod relaying;
mod request_mapping;
mod sctp;
mod server;
mod subscribers;
mod tap;
mod tls_files;
mod told;
mod transport;
mod unmetered;
mod whereabouts;
mod wire_money;
mod write_half;

pub use answer_additions::{DebitFailureHandling, FailureHandling, OWN_AVPS_MOST, OwnAvp};
pub use dialling::Dial;
pub use from_office::OfficePeers;
pub use metrics::{CodeLabel, DeviationLabel, Metrics, ReasonLabel, SteeredLabel, TypeLabel};
pub use peer_profiles::PeerProfiles;
pub use peers::{KnownPeer, PeerState, PeerView, Peers};
pub use profile::{
    CalledPartyAnswer, CalledPartyForm, CalledPartyPlace, DestinationSource, NameSource, PeerProfile, Place,
    ProfileError, Realm, SERVICES_MOST, ServiceEntry, UnknownMandatory,
};
pub use server::{Config, Server, StartError};
pub use subscribers::{Found, IMSI, MSISDN, NAME_OCTETS_MOST, Remembered, Subscribers, USER, Unavailable};
pub use tls_files::TlsFiles;
