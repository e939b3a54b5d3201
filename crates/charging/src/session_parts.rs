//! Sessions that the network reports in parts, each with counters of its own that begin at nothing: the sub-sessions of a packet session
//! that moves between access nodes (3GPP2 X.S0011-005). They are one session here and become one record.
//!
//! A part's counter is a total, so a report that comes twice or out of order counts nothing twice. The next part may begin before the
//! last one has ended, and the session's last report may overtake another part's: the session ends when its last part was seen and
//! every part is over. A part that never ends leaves the session to its silence timer.

use crate::{Part, PartEnd, Session, SessionRequest, Step, UnitReport, Used};
use std::borrow::Cow;

/// Parts remembered of one session; the oldest that are over are forgotten first.
const PARTS_MOST: usize = 64;

/// The parts of a session after a request; nothing when it speaks of none.
pub(crate) fn after(session: &Session, request: &SessionRequest) -> Option<Vec<Part>> {
    let mut parts: Option<Vec<Part>> = None;
    for report in &request.units {
        let Used::Part { part, total, end } = report.used else { continue };
        let parts = parts.get_or_insert_with(|| session.parts.clone());
        match parts.iter_mut().find(|known| known.part == part) {
            Some(known) => {
                known.total = known.total.max(total);
                known.end = known.end.max(end);
            }
            None => parts.push(Part { part, total, end }),
        }
        while parts.len() > PARTS_MOST {
            let over = parts.iter().position(|known| known.end == PartEnd::Continues).unwrap_or(0);
            parts.remove(over);
        }
    }
    parts
}

/// Whether the last part was seen and every one is over.
fn all_over(parts: &[Part]) -> bool {
    parts.iter().any(|part| part.end == PartEnd::Last) && parts.iter().all(|part| part.end != PartEnd::Open)
}

/// The request with what each part has used since it was last heard of; it is the session's last where every part is over.
pub(crate) fn resolve<'r>(
    session: &Session,
    parts: Option<&[Part]>,
    request: &'r SessionRequest,
) -> Cow<'r, SessionRequest> {
    let Some(parts) = parts else { return Cow::Borrowed(request) };
    let since = |report: &UnitReport| {
        let Used::Part { part, total, .. } = report.used else { return report.used };
        let so_far = session.parts.iter().find(|known| known.part == part).map_or(0, |known| known.total);
        Used::Since(total.saturating_sub(so_far))
    };
    let mut request = request.clone();
    for report in &mut request.units {
        report.used = since(report);
    }
    request.step = if all_over(parts) { Step::Stop } else { Step::Update };
    Cow::Owned(request)
}
