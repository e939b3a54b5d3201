//! Sessions that the network reports in parts, each with counters of its own that begin at nothing: the sub-sessions of a packet session
//! that moves between access nodes (3GPP2 X.S0011-005). They are one session here and become one record.
//!
//! A part's counter is a total, so a report that comes twice or out of order counts nothing twice. The next part may begin before the
//! last one has ended, and the session's last report may overtake another part's: the session ends when its last part was seen and
//! every part is over. A part that never ends leaves the session to its silence timer.
//!
//! No part is ever forgotten while its session is remembered, since its next report would count all of it again: the parts of a session
//! that ended go on to the one that begins anew under its name, and one part too many is refused.

use crate::{Part, PartEnd, Refusal, Session, SessionRequest, Step, Used};
use calendar::Instant;
use std::borrow::Cow;

/// Parts told apart in one session; they are a row of some 15 KB then.
pub const PARTS_MOST: usize = 1_024;

/// A request and the parts of its session after it; no parts where it speaks of none.
type Resolved<'r> = (Cow<'r, SessionRequest>, Option<Vec<Part>>);

/// The request with what each part has used since it was last heard of; it is the session's last where every part is over.
pub(crate) fn resolve<'r>(session: &Session, request: &'r SessionRequest) -> Result<Resolved<'r>, Refusal> {
    if !request.units.iter().any(|report| matches!(report.used, Used::Part { .. })) {
        return Ok((Cow::Borrowed(request), None));
    }
    let (mut parts, mut request) = (session.parts.clone(), request.clone());
    for report in &mut request.units {
        let Used::Part { part, total, end } = report.used else { continue };
        let since = if let Some(known) = parts.iter_mut().find(|known| known.part == part) {
            let since = total.saturating_sub(known.total);
            known.total = known.total.max(total);
            known.end = known.end.max(end);
            since
        } else if parts.len() < PARTS_MOST {
            parts.push(Part { part, total, end });
            total
        } else {
            return Err(Refusal::TooMany(format!("parts of a session, {PARTS_MOST} are told apart")));
        };
        report.used = Used::Since(since);
    }
    request.step = if all_over(&parts) { Step::Stop } else { Step::Update };
    Ok((Cow::Owned(request), Some(parts)))
}

/// Whether the last part was seen and every one is over.
fn all_over(parts: &[Part]) -> bool {
    parts.iter().any(|part| part.end == PartEnd::Last) && parts.iter().all(|part| part.end != PartEnd::Open)
}

/// The parts of a session that ended, for the one that begins anew under its name: they still know what they have counted, and do not
/// keep the new one open.
pub(crate) fn known_before(ended: Option<&Session>, now: Instant) -> Vec<Part> {
    let parts = ended.filter(|session| session.is_remembered(now)).map_or(&[][..], |session| &session.parts);
    parts.iter().map(|part| Part { end: PartEnd::Continues, ..*part }).collect()
}
