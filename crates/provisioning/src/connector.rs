//! The contract of everything that talks to one outside platform. A manifest gives an HTTP connector without code; a
//! protocol that needs code (LDAP, SMPP) implements [`Connector`] in Rust. A connector knows the platform and a desired
//! state; it knows nothing of queues, retries, products or money.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use charging::EventKind;
use serde::{Deserialize, Serialize};

use crate::backoff::RetryPolicy;
use crate::error::ProvisioningError;
use crate::record::Exchange;
use crate::subscriber::DesiredSubscriber;

/// How much is known about the platform's interface; shown to users beside the connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contract {
    /// Tried against the real platform.
    Verified,
    /// Written after public documentation.
    Documented,
    /// Assumed: no public documentation; expect to adapt the manifest at the first installation.
    Assumed,
}

impl Contract {
    /// The word shown to users.
    pub fn as_str(self) -> &'static str {
        match self {
            Contract::Verified => "verified",
            Contract::Documented => "documented",
            Contract::Assumed => "assumed",
        }
    }
}

/// Which deliveries must keep their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Deliveries of one subscriber are in order, subscribers are independent of each other.
    Subscriber,
}

/// What the worker and the screens need to know of a connector.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Short name, the key in queues and settings: lower case letters, digits and `_`.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// How much is known about the platform's interface.
    pub contract: Contract,
    /// Where that knowledge comes from.
    pub source: String,
    /// Code of the catalog service it provisions: packages of this service are sent.
    pub service: String,
    /// Kinds of devices it wants to know (`stb`, `modem`..); empty = all.
    pub device_kinds: Vec<String>,
    /// Kinds of events it wants.
    pub events: Vec<EventKind>,
    /// Subscribers served at the same time.
    pub parallel: usize,
    /// Ordering of deliveries.
    pub order: Order,
    /// Retry rules.
    pub retry: RetryPolicy,
}

impl Profile {
    /// Whether an event of this name makes a delivery for this connector.
    pub fn wants(&self, event: &str) -> bool {
        EventKind::parse(event).is_some_and(|kind| self.events.contains(&kind))
    }
}

/// How an application of desired state ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The platform holds the desired state.
    Done,
    /// Not now. Whether the platform did something is not known: the whole desired state is sent again later.
    Retry(String),
    /// Pointless until somebody mends something (unknown package, invalid data).
    Fatal(String),
    /// Our credentials were refused: pointless for every subscriber.
    Auth(String),
}

/// The result of one application of desired state.
#[derive(Debug, Clone)]
pub struct Applied {
    /// How it ended.
    pub verdict: Verdict,
    /// Requests and answers in order.
    pub exchanges: Vec<Exchange>,
    /// Values to store on the account (ESPF-08), by custom field name; also from attempts that failed later.
    pub store_back: BTreeMap<String, String>,
}

/// One request as a dry run shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRequest {
    /// The step's name.
    pub step: String,
    /// What the step is for.
    pub title: String,
    /// The condition, where it depends on what the platform answers to an earlier step. The request is then shown as
    /// it would be for a platform that holds nothing yet.
    pub only_if: Option<String>,
    /// Request line, headers and body, secrets masked.
    pub request: String,
}

/// A boxed future, so that connectors of different kinds can sit in one list.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What talks to one outside platform.
pub trait Connector: Send + Sync + 'static {
    /// What it is and how it wants to be driven.
    fn profile(&self) -> &Profile;

    /// Brings the platform to the desired state. Must be safe to repeat at any time, also after an attempt that was cut off.
    fn apply<'a>(&'a self, desired: &'a DesiredSubscriber) -> Boxed<'a, Applied>;

    /// The requests that [`Connector::apply`] would make, without sending any.
    ///
    /// # Errors
    /// [`ProvisioningError::Render`] when a template fails for this subscriber.
    fn dry_run(&self, desired: &DesiredSubscriber) -> Result<Vec<PlannedRequest>, ProvisioningError>;
}
