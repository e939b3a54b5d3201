//! Where the use of a running session takes place, as access codes say it: when it has moved, and that it has not where a request tells
//! nothing. Must not know: protocols.

use crate::session_step::same_meter;
use crate::{Meter, Session, SessionRequest, UnitReport};
use catalog::{ServiceId, Snapshot};
use smol_str::SmolStr;
use std::borrow::Cow;

/// Begins the access code of a report that does not tell what access codes depend on (direction, visited network): it is that of the use
/// so far; where there is none, what stands behind this. What describes the service is optional in all requests but the first (TS 32.299 6.4.2).
pub const AS_BEFORE: &str = "=";

/// The request with the access codes and destinations that its reports leave to the use so far: that of their own meter, else the last
/// one of their service. Who only counts leaves the service to it, too: that of the use counted last.
pub(crate) fn settled<'r>(
    catalog: &Snapshot,
    session: &Session,
    request: &'r SessionRequest,
) -> Cow<'r, SessionRequest> {
    if !request.units.iter().any(|unit| unit.access_code.starts_with(AS_BEFORE)) {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    let only_counts = !request.grants;
    for unit in &mut request.units {
        let Some(usual) = unit.access_code.strip_prefix(AS_BEFORE).map(SmolStr::from) else { continue };
        let meters = || session.meters.iter();
        let counted = meters().filter(|meter| only_counts && shares_counter(catalog, meter, unit));
        if let Some(last) = counted.max_by_key(|meter| meter.counted_at) {
            unit.service = last.service;
        }
        let own = meters().rfind(|meter| same_meter(meter, unit));
        let before = own.or_else(|| meters().rfind(|meter| meter.service == unit.service));
        unit.access_code = before.map_or(usual, |meter| meter.access_code.clone());
        // A number that dialling rules have made must not go through them again.
        let is_made = own.is_none() && session.dialing.is_some();
        if let Some(meter) = before.filter(|_| unit.destination.is_empty() && !is_made) {
            unit.destination.clone_from(&meter.destination);
        }
    }
    Cow::Owned(request)
}

/// Whether a counter that goes on over services counts both: use of one rating group in one unit.
pub(crate) fn shares_counter(catalog: &Snapshot, meter: &Meter, report: &UnitReport) -> bool {
    let unit = |service: ServiceId| catalog.service_by_id(service).map(|service| service.unit);
    meter.rating_group == report.rating_group
        && meter.service_identifier == report.service_identifier
        && unit(meter.service) == unit(report.service)
}

/// Whether what follows has another access code than the use so far, where something follows (`goes_on`): the subscriber has moved into
/// another network (TS 32.299 6.5.7, a change of the rating conditions).
pub(crate) fn moves(meter: &Meter, report: &UnitReport, goes_on: bool) -> bool {
    goes_on && meter.access_code != report.access_code
}
