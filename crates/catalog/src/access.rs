//! Kinds of access by schedule: regular, turbo, limited or blocked, as the clock on the customer's wall says.

use crate::off_peak_calendar::OffPeakCalendar;
use crate::rate_lookup::zone_named;
use crate::{Catalog, DayPart, ServicePolicy, Snapshot};
use calendar::Instant;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What the network lets through at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// The usual attributes.
    #[default]
    Regular,
    /// The turbo attributes.
    Turbo,
    /// The limited attributes, as if a quota that limits were used up.
    Limited,
    /// Nothing: a session is neither begun nor granted more.
    Blocked,
}

/// A time at which an access holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessTime {
    /// Code of an off-peak period.
    pub during: String,
    /// What holds then.
    pub access: Access,
}

/// The off-peak periods that schedules name, each as a calendar of its own.
#[derive(Debug, Default)]
pub(crate) struct AccessCalendars(HashMap<String, OffPeakCalendar>);

impl AccessCalendars {
    pub fn compile(catalog: &Catalog) -> Self {
        let of_products = catalog.products.iter().flat_map(|product| &product.policies);
        let policies = of_products.chain(catalog.classes.iter().flat_map(|class| &class.policies));
        let named = policies.flat_map(|policy| &policy.schedule).map(|time| &time.during);
        let compiled = named.filter_map(|code| {
            let calendar = OffPeakCalendar::of_periods(std::slice::from_ref(code), catalog)?;
            Some((code.clone(), calendar))
        });
        Self(compiled.collect())
    }
}

impl Snapshot {
    /// Whether any policy has a schedule.
    pub fn has_schedules(&self) -> bool {
        !self.access.0.is_empty()
    }

    /// The access a policy gives at an instant, by the first time of its schedule that holds; and the first instant before `until` at
    /// which that may change. An unknown zone counts as UTC.
    pub fn access(
        &self,
        policy: &ServicePolicy,
        (at, until): (Instant, Instant),
        zone: &str,
    ) -> (Access, Option<Instant>) {
        let zone = zone_named(zone);
        let local = zone.stretch(at).local_seconds(at);
        let (mut access, mut change) = (None, None);
        for time in &policy.schedule {
            let Some(calendar) = self.access.0.get(&time.during) else { continue };
            let part = calendar.day_part(local);
            let next = calendar.next_change((at, part), &zone, change.unwrap_or(until));
            change = next.map(|(at, _)| at).or(change);
            if part != DayPart::Peak {
                access = access.or(Some(time.access));
            }
        }
        (access.unwrap_or_default(), change)
    }
}
