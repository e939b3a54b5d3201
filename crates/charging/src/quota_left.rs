//! How much of its quotas an account may still use of a service, where their end is the end of use: what an access device can be told
//! when a session begins, so that it ends the session by itself. Nothing is locked for it: reports go on deciding.
//!
//! Nothing is said where use goes on beyond the quotas: for money that is there, free of charge at the limited speed, or in quotas of
//! other times of the day, which no device could tell apart.

use crate::bucket_use::{Cover, UNITS_MOST, Wanted, find};
use crate::holdings::NEVER;
use crate::{Account, Head, QuotaLeft};
use catalog::{PlanKind, Renewal, Unit};

/// What is left; `ends_use` tells whether nothing may be used beyond what a cover has.
pub(crate) fn quota_left(
    head: &Head,
    account: &Account,
    wanted: &Wanted<'_>,
    unit: Unit,
    ends_use: impl FnOnce(&Cover<'_>) -> bool,
) -> Option<QuotaLeft> {
    if !wanted.any_plan() {
        return None;
    }
    let cover = find(head, account, wanted, &[], UNITS_MOST);
    let parted = |kind: &PlanKind| matches!(kind, PlanKind::Quota { parted: true, .. });
    let apart = cover.parts.iter().any(|part| parted(&part.found.plan.kind));
    if cover.parts.is_empty() || cover.left == 0 || apart || !ends_use(&cover) {
        return None;
    }
    Some(QuotaLeft { units: cover.units(), unit, ends: ends(&cover) })
}

/// When the last of it is lost, if nothing of it comes anew and every end is known.
fn ends(cover: &Cover<'_>) -> Option<calendar::Instant> {
    let once =
        |kind: &PlanKind| !matches!(kind, PlanKind::Quota { renewal, .. } if *renewal != Renewal::Once);
    let known = cover.parts.iter().all(|part| once(&part.found.plan.kind) && !part.found.holding.waits);
    let last = cover.parts.iter().map(|part| part.found.bucket.ends).max();
    last.filter(|at| known && *at < NEVER)
}
