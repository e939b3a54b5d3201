//! Who has nothing left may be sent to a portal instead of being refused: the session runs on without a grant and without anything
//! locked for one, until money or units are there again (RFC 8506 5.6.2 and 5.6.3, TS 32.299 6.5.4).
//!
//! It needs a final action that does not end the service. Then it is for those who ask without funds and units, behind their day's
//! spending cap or while they are suspended, where a service policy or the network's own profile wants it; and for those who have used
//! the last units that were granted with that action: their network reports them without a wish for more, and has to hear when to ask
//! again. What is used nevertheless is counted and priced like all use beyond a grant (RFC 8506 8.19). Must not know: protocols.

use crate::meter_use::Bench;
use crate::session_step::same_meter;
use crate::{Refusal, Reply, Session, UnitOutcome, UnitReply, UnitReport, Used, policy};
use catalog::{FinalAction, HOTLINE_WITHOUT_FUNDS, yes_or_no};

/// Seconds after which a network asks again at the latest: not every one can be told that money has come.
pub const ASKED_AGAIN: u32 = 300;

/// What follows a refusal to grant; `wanted` = by the network's own profile.
pub(crate) fn instead(
    bench: &Bench<'_, '_, '_>,
    session: &Session,
    report: &UnitReport,
    (wanted, refusal): (bool, Refusal),
) -> UnitOutcome {
    let can_be_ended = matches!(
        refusal,
        Refusal::InsufficientFunds { .. }
            | Refusal::QuotaUsedUp
            | Refusal::SpendingCapReached
            | Refusal::CustomerSuspended
    );
    let goes = || is_wanted(bench, report, wanted) || is_there(session, report);
    let hotlined = if can_be_ended && goes() { hotlined(bench, report) } else { None };
    hotlined.unwrap_or(UnitOutcome::Refused(refusal))
}

/// Whether who may not begin for a reason that he can end is hotlined; `wanted` = by the network's own profile.
pub(crate) fn takes(bench: &Bench<'_, '_, '_>, report: &UnitReport, wanted: bool) -> bool {
    is_wanted(bench, report, wanted) && hotlined(bench, report).is_some()
}

/// What follows use that was reported without a wish for more; a suspended customer stays where he was. Another report of the same
/// request may just have been granted units.
pub(crate) fn after_use(
    bench: &Bench<'_, '_, '_>,
    session: &Session,
    report: &UnitReport,
    refusal: Option<&Refusal>,
) -> UnitOutcome {
    let at_the_end = match said_last(session, report) {
        Some(UnitOutcome::Hotlined { .. }) => matches!(refusal, None | Some(Refusal::CustomerSuspended)),
        Some(UnitOutcome::Granted { units, last: Some(_), .. }) => {
            refusal.is_none() && since_last(report.used) >= units
        }
        _ => false,
    };
    let granted = || session.meters.iter().rfind(|m| same_meter(m, report)).is_some_and(|m| m.granted > 0);
    (at_the_end && !granted()).then(|| hotlined(bench, report)).flatten().unwrap_or(UnitOutcome::Noted)
}

/// Whether the rating group is at the portal.
fn is_there(session: &Session, report: &UnitReport) -> bool {
    matches!(said_last(session, report), Some(UnitOutcome::Hotlined { .. }))
}

/// Whether it is there and was never granted anything, as far as answers are kept: whatever it has used, it has used there.
pub(crate) fn was_only_there(session: &Session, report: &UnitReport) -> bool {
    let granted = |unit: &UnitReply| {
        let same =
            (unit.rating_group, unit.service_identifier) == (report.rating_group, report.service_identifier);
        same && matches!(unit.outcome, UnitOutcome::Granted { .. })
    };
    let told = |reply: &Reply| matches!(reply, Reply::Session(reply) if reply.units.iter().any(granted));
    let ran = session.answered.newest_first().iter().any(told);
    !ran && is_there(session, report)
}

fn hotlined(bench: &Bench<'_, '_, '_>, report: &UnitReport) -> Option<UnitOutcome> {
    let catalog = bench.work.context.catalog;
    let place = (report.service, &*report.destination);
    let action = policy::final_action(catalog, bench.head, bench.account, bench.holdings, place);
    let usual = catalog.service_by_id(report.service).map_or(0, |service| service.grant.validity);
    let validity = if usual == 0 { ASKED_AGAIN } else { usual.min(ASKED_AGAIN) };
    (action != FinalAction::Terminate).then_some(UnitOutcome::Hotlined { action, validity })
}

fn is_wanted(bench: &Bench<'_, '_, '_>, report: &UnitReport, wanted: bool) -> bool {
    bench.dialler(report.service).attribute(HOTLINE_WITHOUT_FUNDS).and_then(yes_or_no).unwrap_or(wanted)
}

fn said_last(session: &Session, report: &UnitReport) -> Option<UnitOutcome> {
    let same = |unit: &UnitReply| {
        unit.rating_group == report.rating_group && unit.service_identifier == report.service_identifier
    };
    session.said_last().into_iter().find(same).map(|unit| unit.outcome)
}

impl Session {
    /// Whether a rating group of it is at the portal: the session runs, but nothing is granted (`Hotlined`).
    pub fn is_at_portal(&self) -> bool {
        let hotlined = |unit: &UnitReply| matches!(unit.outcome, UnitOutcome::Hotlined { .. });
        self.closed_at.is_none() && self.said_last().iter().any(hotlined)
    }

    /// What each rating group was told last, as far as answers are kept.
    pub fn said_last(&self) -> Vec<UnitReply> {
        let mut said: Vec<UnitReply> = Vec::new();
        for reply in self.answered.newest_first() {
            let Reply::Session(reply) = reply else { continue };
            for unit in reply.units.iter().rev() {
                let name = |unit: &UnitReply| (unit.rating_group, unit.service_identifier);
                if said.iter().all(|newer| name(newer) != name(unit)) {
                    said.push(unit.clone());
                }
            }
        }
        said
    }
}

/// Units of a report that is about the last grant alone, as those of credit control are.
const fn since_last(used: Used) -> u64 {
    match used {
        Used::Since(units) => units,
        Used::Parted { before, after } => before.saturating_add(after),
        Used::None | Used::Total(_) | Used::Wrapped { .. } | Used::Part { .. } | Used::Elapsed => 0,
    }
}
