//! One event per crossing, in both directions: what changed sides in the state was announced exactly once, and nothing else was.
//!
//! Must not know: how the core announces.

use crate::laws::purses;
use crate::violation::{Checked, Promise};
use calendar::Instant;
use charging::{Customer, Effects, EventKind, Purse, ResellerStop, RowId};
use money::Amount;

/// Every kind of crossing.
pub fn check(before: Option<&Customer>, after: &Customer, effects: &Effects, now: Instant) -> Checked {
    let announced = Announced { effects };
    for (owner, purse) in purses(after) {
        let known = before.and_then(|before| purses(before).find(|(of, _)| *of == owner));
        let own = owner.is_some();
        let (exhausted, available) = if own {
            (EventKind::AccountFundsExhausted, EventKind::AccountFundsAvailable)
        } else {
            (EventKind::FundsExhausted, EventKind::FundsAvailable)
        };
        let Some((_, earlier)) = known else { continue };
        let side = |funded: bool| !funded;
        announced.once((exhausted, available), owner, None, (side(earlier.funded), side(purse.funded)))?;
        warnings(&announced, owner, earlier, purse)?;
        let reached = |purse: &Purse| purse.guard.as_ref().and_then(|guard| guard.cap).map(|cap| cap.reached);
        if let (Some(was), Some(is)) = (reached(earlier), reached(purse)) {
            let kinds = (EventKind::SpendingCapReached, EventKind::SpendingCapCleared);
            announced.once(kinds, owner, None, (was, is))?;
        }
    }
    let purse = &after.head.purse;
    let funded = purse.limit(now).is_none_or(|limit| purse.balance.saturating_plus(limit) > Amount::ZERO);
    Promise::Events.holds(purse.funded == funded, || format!("funds are there: {funded}, said otherwise"))?;
    sessions(before, after, &announced, now)?;
    resellers(before, after, &announced)
}

struct Announced<'a> {
    effects: &'a Effects,
}

impl Announced<'_> {
    fn count(&self, kind: EventKind, owner: Option<RowId>, detail: Option<&str>) -> usize {
        let same = |event: &&charging::Event| {
            event.kind == kind && event.account == owner && detail.is_none_or(|detail| event.detail == detail)
        };
        self.effects.events.iter().filter(same).count()
    }

    /// Crossed when it was not: one event of the first kind; the other way: one of the second; else none.
    fn once(
        &self,
        (there, back): (EventKind, EventKind),
        owner: Option<RowId>,
        detail: Option<&str>,
        (was, is): (bool, bool),
    ) -> Checked {
        let expected = (usize::from(!was && is), usize::from(was && !is));
        let found = (self.count(there, owner, detail), self.count(back, owner, detail));
        Promise::Events.holds(found == expected, || {
            format!("{there:?}, {back:?} of {owner:?} were announced {found:?} times, not {expected:?}")
        })
    }
}

fn warnings(announced: &Announced<'_>, owner: Option<RowId>, was: &Purse, is: &Purse) -> Checked {
    let list = |purse: &Purse| purse.guard.as_ref().map(|guard| guard.warnings.clone()).unwrap_or_default();
    let earlier = list(was);
    for warning in list(is) {
        let Some(known) = earlier.iter().find(|known| known.at == warning.at) else { continue };
        let kinds = (EventKind::CreditWarning, EventKind::CreditWarningCleared);
        announced.once(kinds, owner, Some(&warning.at.to_string()), (known.crossed, warning.crossed))?;
    }
    Ok(())
}

/// A session begins once and ends once.
fn sessions(before: Option<&Customer>, after: &Customer, announced: &Announced<'_>, now: Instant) -> Checked {
    let (mut begun, mut ended) = (0, 0);
    for (key, session) in &after.sessions {
        // One that ended too long ago to be remembered begins anew, when it does anything.
        let ran = |earlier: &&charging::Session| earlier.is_remembered(now) || *earlier == session;
        let earlier = before.and_then(|before| before.sessions.get(key)).filter(ran);
        begun += usize::from(earlier.is_none());
        let was_open = earlier.is_none_or(|earlier| earlier.closed_at.is_none());
        ended += usize::from(was_open && session.closed_at.is_some());
    }
    let count = |kind| announced.effects.events.iter().filter(|event| event.kind == kind).count();
    let found = (count(EventKind::SessionStarted), count(EventKind::SessionEnded));
    Promise::Events.holds(found == (begun, ended), || {
        format!("{begun} sessions began and {ended} ended, announced were {found:?}")
    })
}

/// A reseller's stop is announced, and whether his customers are served.
fn resellers(before: Option<&Customer>, after: &Customer, announced: &Announced<'_>) -> Checked {
    let chain = |customer: &Customer| customer.head.chain.as_deref().cloned().unwrap_or_default();
    let (was, is) = (before.map(chain).unwrap_or_default(), chain(after));
    let own = |chain: &charging::Chain| -> Option<ResellerStop> { chain.resale?.stopped };
    let changed = is.resale.is_some() && own(&was) != own(&is);
    let said = announced.count(EventKind::ResellerStopped, None, None)
        + announced.count(EventKind::ResellerServing, None, None);
    Promise::Events
        .holds(said == usize::from(changed), || format!("a reseller's standing was told {said} times"))?;
    if was.parent.map(|parent| parent.id) != is.parent.map(|parent| parent.id) {
        return Ok(());
    }
    let kinds = (EventKind::ServiceStopped, EventKind::ServiceRestored);
    announced.once(kinds, None, None, (was.stopped().is_some(), is.stopped().is_some()))
}
