//! One connector as the screens show it: what its manifest says, how it is set up, what it is doing. Secrets are never shown.

use std::collections::BTreeMap;

use charging::EventKind;
use store::{ConnectorRow, DeliveryState, QueueLength};

use crate::connector::Contract;
use crate::manifest::{Manifest, SettingKind, SettingSpec};
use crate::status::ConnectorStatus;

/// One connector.
#[derive(Debug, Clone)]
pub struct ConnectorOverview {
    /// Short name, the key everywhere.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// How much is known about the platform's interface.
    pub contract: Contract,
    /// Where that knowledge comes from.
    pub source: String,
    /// Code of the catalog service it provisions.
    pub service: String,
    /// Events that make a delivery.
    pub events: Vec<EventKind>,
    /// Whether it was given its settings.
    pub set_up: bool,
    /// Whether it is switched on.
    pub enabled: bool,
    /// `off`, `ok`, `stopped` (credentials refused) or `unusable` (manifest or settings).
    pub state: String,
    /// Why, for people.
    pub state_detail: String,
    /// Counters since the start of the process; `None` when it does not run.
    pub live: Option<ConnectorStatus>,
    /// Deliveries that wait.
    pub pending: i64,
    /// Deliveries being sent.
    pub in_flight: i64,
    /// Dead letters.
    pub dead: i64,
    /// Events not yet looked at, those of other kinds included; 0 when it does not run.
    pub events_behind: i64,
    /// Settings in the order of the manifest.
    pub settings: Vec<ShownSetting>,
}

impl ConnectorOverview {
    /// Why the platform is not reached now: credentials refused, manifest or settings unusable, or attempts that fail while deliveries
    /// wait. `None` when all is well or it is switched off.
    pub fn trouble(&self) -> Option<&str> {
        if matches!(self.state.as_str(), "stopped" | "unusable") {
            return Some(&self.state_detail);
        }
        let live = self.live.as_ref()?;
        let fails = live.last_trouble_at.is_some() && live.last_trouble_at > live.last_done_at;
        (fails && self.pending + self.in_flight > 0).then_some(live.last_trouble.as_str())
    }
}

/// One setting on a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSetting {
    /// What the manifest asks for.
    pub spec: SettingSpec,
    /// Its value; never told of secrets.
    pub value: Option<String>,
    /// Whether it has a value.
    pub given: bool,
}

pub(crate) fn of(
    manifest: &Manifest,
    row: Option<&ConnectorRow>,
    values: BTreeMap<String, String>,
    live: Option<ConnectorStatus>,
    lengths: &[QueueLength],
    events_behind: i64,
) -> ConnectorOverview {
    let profile = manifest.profile();
    let length = |state| {
        let found = lengths.iter().find(|length| length.connector == profile.name && length.state == state);
        found.map_or(0, |length| length.count)
    };
    let enabled = row.is_some_and(|row| row.enabled);
    let (state, state_detail) = state(row, live.as_ref());
    let shown = |spec: &SettingSpec| {
        let value = values.get(&spec.name);
        let value_shown = value.filter(|_| spec.kind != SettingKind::Secret).cloned();
        ShownSetting { spec: spec.clone(), value: value_shown, given: value.is_some() }
    };
    ConnectorOverview {
        name: profile.name.clone(),
        title: profile.title.clone(),
        contract: profile.contract,
        source: profile.source.clone(),
        service: profile.service.clone(),
        events: profile.events.clone(),
        set_up: row.is_some(),
        enabled,
        state,
        state_detail,
        live,
        pending: length(DeliveryState::Pending),
        in_flight: length(DeliveryState::InFlight),
        dead: length(DeliveryState::Dead),
        events_behind,
        settings: manifest.settings().iter().map(shown).collect(),
    }
}

/// The worker knows best; without one the row tells why.
fn state(row: Option<&ConnectorRow>, live: Option<&ConnectorStatus>) -> (String, String) {
    use crate::status::ConnectorState;
    match (row, live.map(|live| &live.state)) {
        (Some(_), Some(ConnectorState::Running)) => ("ok".to_owned(), String::new()),
        (Some(_), Some(ConnectorState::Stopped { reason, .. })) => ("stopped".to_owned(), reason.clone()),
        (Some(row), None) if row.enabled => (row.state.clone(), row.state_detail.clone()),
        _ => ("off".to_owned(), String::new()),
    }
}
