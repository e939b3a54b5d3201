//! What counters say that do not start anew with each report: how much of it is new. Pure; what a session has counted comes in, and the
//! use since then goes out. Must not know: prices, protocols.

use crate::session_step::same_meter;
use crate::{Meter, Session, SessionRequest, UnitReport, Used};
use calendar::Seconds;
use std::borrow::Cow;

/// Where a counter of 32 bits starts again.
const COUNTER_SIZE: u64 = 1 << 32;
/// A report may be this much older than the last one and still come in order: clocks of nodes count roughly.
const ORDER_TOLERANCE: Seconds = Seconds(30);

/// The request with counters that wrap and clocks as totals, and with totals as what is new where several meters have counted one after
/// the other: the subscriber has moved.
pub(crate) fn resolved<'a>(session: &Session, request: &'a SessionRequest) -> Cow<'a, SessionRequest> {
    let is_plain = |report: &UnitReport| match report.used {
        Used::Wrapped { .. } | Used::Elapsed => false,
        Used::Total(_) => meters(session, report).nth(1).is_none(),
        Used::None | Used::Since(_) | Used::Parted { .. } | Used::Part { .. } => true,
    };
    if request.units.iter().all(is_plain) {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    for report in &mut request.units {
        let so_far = meters(session, report).fold(0, |sum: u64, meter| sum.saturating_add(meter.used));
        let total = match report.used {
            Used::Wrapped { units, elapsed } => unwrapped(session, so_far, units, elapsed),
            Used::Elapsed => request.event_at.since(session.started_at).0,
            Used::Total(units) => units,
            Used::None | Used::Since(_) | Used::Parted { .. } | Used::Part { .. } => continue,
        };
        let moved = meters(session, report).nth(1).is_some();
        report.used = if moved { Used::Since(total.saturating_sub(so_far)) } else { Used::Total(total) };
    }
    Cow::Owned(request)
}

/// The meters of a report, in the order in which they counted.
fn meters<'s>(session: &'s Session, report: &UnitReport) -> impl Iterator<Item = &'s Meter> {
    session.meters.iter().filter(|meter| same_meter(meter, report))
}

/// The smallest total that is not below the last one and shows these units, so nothing is lost as long as less than 4 GiB pass between
/// two reports. An old report that came late shows less, too, and counts nothing; the age of the session tells it from a counter that
/// wrapped.
fn unwrapped(session: &Session, so_far: u64, units: u64, elapsed: Option<Seconds>) -> u64 {
    let counted_at = elapsed.map_or(session.last_at, |elapsed| session.started_at.plus(elapsed));
    let late = counted_at.plus(ORDER_TOLERANCE) < session.last_at;
    match units < so_far {
        true if late => so_far,
        true => so_far.saturating_add(units.wrapping_sub(so_far) % COUNTER_SIZE),
        false => units,
    }
}
