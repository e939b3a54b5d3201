//! Connectors: what they are, how they are set up, what they are doing.

use crate::wire::{Id, Time, word};
use calendar::Instant;
use provisioning::{ConnectorOverview, PlannedRequest, ShownSetting};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A setting of a connector.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectorSetting {
    /// Name.
    pub name: String,
    /// Label for people.
    pub title: String,
    /// `url`, `text` or `secret`.
    pub kind: String,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it has a value.
    pub given: bool,
    /// Its value; never told of secrets.
    pub value: Option<String>,
}

impl From<ShownSetting> for ConnectorSetting {
    fn from(setting: ShownSetting) -> Self {
        Self {
            kind: word(&setting.spec.kind),
            name: setting.spec.name,
            title: setting.spec.title,
            required: setting.spec.required,
            given: setting.given,
            value: setting.value,
        }
    }
}

/// What one platform is told, and how that goes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConnectorBody {
    /// Name.
    #[schema(example = "minerva")]
    pub name: String,
    /// Name for people.
    pub title: String,
    /// How well the platform's interface is known: `verified`, `documented` or `assumed`.
    pub contract: String,
    /// Code of the service it provisions.
    pub service: String,
    /// Events that make a delivery.
    pub events: Vec<String>,
    /// Whether it was given its settings.
    pub set_up: bool,
    /// Whether it is switched on.
    pub enabled: bool,
    /// `off`, `ok`, `stopped` (credentials refused) or `unusable` (manifest or settings).
    pub state: String,
    /// Why, for people.
    pub detail: String,
    /// Deliveries that wait.
    pub pending: i64,
    /// Deliveries being sent.
    pub in_flight: i64,
    /// Deliveries given up.
    pub dead: i64,
    /// Events not yet looked at.
    pub events_behind: i64,
    /// When the platform last took something, since the program started.
    pub last_done_at: Option<Time>,
    /// When something last went wrong, since the program started.
    pub last_trouble_at: Option<Time>,
    /// What went wrong then.
    pub last_trouble: String,
    /// Settings, in the order of the manifest.
    pub settings: Vec<ConnectorSetting>,
}

impl From<ConnectorOverview> for ConnectorBody {
    fn from(connector: ConnectorOverview) -> Self {
        let live = connector.live.unwrap_or_default();
        let instant = |micros: Option<i64>| micros.map(|micros| Time(Instant::from_micros(micros)));
        Self {
            contract: connector.contract.as_str().to_owned(),
            events: connector.events.iter().map(|kind| kind.name().to_owned()).collect(),
            name: connector.name,
            title: connector.title,
            service: connector.service,
            set_up: connector.set_up,
            enabled: connector.enabled,
            state: connector.state,
            detail: connector.state_detail,
            pending: connector.pending,
            in_flight: connector.in_flight,
            dead: connector.dead,
            events_behind: connector.events_behind,
            last_done_at: instant(live.last_done_at),
            last_trouble_at: instant(live.last_trouble_at),
            last_trouble: live.last_trouble,
            settings: connector.settings.into_iter().map(ConnectorSetting::from).collect(),
        }
    }
}

/// What to change; what is left out stays. Settings are changed first.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectorChange {
    /// Settings by name; those that are not named stay, an empty text takes one away.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Switches it on or off.
    pub enabled: Option<bool>,
}

/// About which account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResyncBody {
    /// Only this account; every account that is not terminated without it.
    pub account: Option<Id>,
}

/// About which account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DryRunBody {
    /// The account.
    pub account: Id,
}

/// How many deliveries wait now because of this.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Queued {
    /// How many.
    pub queued: usize,
}

/// A request that would be sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlannedBody {
    /// The step of the manifest.
    pub step: String,
    /// What the step is for.
    pub title: String,
    /// The condition, where it depends on what the platform answers to an earlier step.
    pub only_if: Option<String>,
    /// Request line, headers and body, secrets masked.
    pub request: String,
}

impl From<PlannedRequest> for PlannedBody {
    fn from(planned: PlannedRequest) -> Self {
        Self { step: planned.step, title: planned.title, only_if: planned.only_if, request: planned.request }
    }
}
