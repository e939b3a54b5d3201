//! What counters say that do not start anew with each report: how much of it is new. Pure; what a session has counted comes in, and the
//! use since then goes out. Must not know: prices, protocols.

use crate::session_place::shares_counter;
use crate::session_step::same_meter;
use crate::{Session, SessionRequest, UnitReport, Used};
use calendar::Seconds;
use catalog::Snapshot;
use std::borrow::Cow;

/// Where a counter of 32 bits starts again.
const COUNTER_SIZE: u64 = 1 << 32;
/// A report may be this much older than the last one and still come in order: clocks of nodes count roughly.
const ORDER_TOLERANCE: Seconds = Seconds(30);

/// The request with counters that wrap and clocks as totals, and with totals as what is new where several meters have counted one after
/// the other: the subscriber has moved, or what he uses is another service now.
pub(crate) fn resolved<'a>(
    catalog: &Snapshot,
    session: &Session,
    request: &'a SessionRequest,
) -> Cow<'a, SessionRequest> {
    let only_counts = !request.grants;
    let counted = |report: &UnitReport| counted(catalog, session, report, only_counts);
    let is_plain = |report: &UnitReport| match report.used {
        Used::Wrapped { .. } | Used::Elapsed => false,
        Used::Total(_) => !counted(report).1,
        Used::None | Used::Since(_) | Used::Parted { .. } | Used::Part { .. } => true,
    };
    if request.units.iter().all(is_plain) {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    for report in &mut request.units {
        let (so_far, moved) = counted(report);
        let total = match report.used {
            Used::Wrapped { units, elapsed } => unwrapped(session, so_far, units, elapsed),
            Used::Elapsed => request.event_at.since(session.started_at).0,
            Used::Total(units) => units,
            Used::None | Used::Since(_) | Used::Parted { .. } | Used::Part { .. } => continue,
        };
        report.used = if moved { Used::Since(total.saturating_sub(so_far)) } else { Used::Total(total) };
    }
    Cow::Owned(request)
}

/// What the counter of a report has counted so far, and whether in other meters than one of its own. A session that only counts
/// (`only_counts`) has one counter, whatever services its use was.
fn counted(catalog: &Snapshot, session: &Session, report: &UnitReport, only_counts: bool) -> (u64, bool) {
    let (mut so_far, mut own, mut others) = (0_u64, 0, 0);
    for meter in &session.meters {
        match same_meter(meter, report) {
            true => own += 1,
            false if only_counts && shares_counter(catalog, meter, report) => others += 1,
            false => continue,
        }
        so_far = so_far.saturating_add(meter.used);
    }
    (so_far, others > 0 || own > 1)
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
