//! The RADIUS front door: UDP servers for authentication (RFC 2865) and accounting (RFC 2866), and both over TLS (RFC 6614).
//!
//! Flows in: datagrams of known nodes. Flows out: charging commands, and replies once the engine has made their answer durable.
//! The other way round, `enforcement` tells devices (RFC 5176) what a commit has
//! changed for a running session. What a device type needs is a [`Profile`], data that a new vendor adds to without code.
//! Must not know: balances, prices, HTML, SQL. It opens no database: look-ups come through [`Nodes`] and [`Subscribers`].

mod access;
mod access_reply;
mod accounting;
mod change_request;
mod chargeable_identity;
mod class;
mod credential;
mod datagrams;
mod discard;
mod eap;
mod enforcement;
mod equipment;
mod finished;
mod forward;
mod from_office;
mod guess_limit;
mod identify;
mod later_reports;
mod log_limit;
mod lookup_pool;
mod metrics;
mod nas_client;
mod node;
mod node_board;
mod node_rate;
mod node_restart;
mod port;
mod profile;
mod quota_hint;
mod refusal_reason;
mod running_session;
mod server;
mod session_facts;
mod shared;
mod signing_habit;
mod steering;
mod strangers;
mod sub_session;
mod subscribers;
mod tap;
mod tls;

pub use discard::Discard;
pub use equipment::{Equipment, Loaded, Sources};
pub use from_office::{OfficeNodes, OfficeSubscribers};
pub use metrics::Metrics;
pub use nas_client::{Ask, Ended, NasClient, Road, Told};
pub use node::{Nodes, RadiusNode, Secret};
pub use node_board::NodeView;
pub use profile::{Profile, ProfileProblem, Profiles, Refused};
pub use server::{Config, Server, StartError};
pub use subscribers::{Effort, Found, Lookup, Subscribers};
pub use tls::{CertificateRule, Link, PeerCertificate, TlsConfig, TlsProblem};
