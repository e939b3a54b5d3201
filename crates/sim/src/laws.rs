//! The laws that hold for every single decision, whatever it was: money and units add up, crossings are announced once.
//!
//! Looks at a customer before and after, and at what was announced as effects. Must not know: how the core decides.

use crate::catalogs::publications;
use crate::crossings;
use crate::violation::{Checked, Promise};
use calendar::Instant;
use catalog::{PlanKey, PlanKind};
use charging::{
    Bucket, Command, Customer, Effects, Envelope, Explanation, LedgerSide, Meter, NOT_INVOICED, Purse, Reply,
    RowId, Step, Used, Xdr,
};
use std::collections::{BTreeMap, BTreeSet};

/// One decision of the core.
pub struct Decision<'a> {
    /// The customer before it, if there was one.
    pub before: Option<&'a Customer>,
    /// And after it.
    pub after: Option<&'a Customer>,
    /// What was asked.
    pub envelope: &'a Envelope,
    /// What was answered.
    pub reply: &'a Reply,
    /// What it did.
    pub effects: &'a Effects,
    /// When.
    pub now: Instant,
}

/// A customer without rows that are too old to matter.
pub fn current(customer: &Customer, now: Instant) -> Customer {
    let mut customer = customer.clone();
    customer.sessions.retain(|_, session| session.is_remembered(now));
    customer.applied.retain(|_, applied| applied.until > now);
    customer
}

/// Every law.
pub fn check(decision: &Decision<'_>) -> Checked {
    let Decision { before, after, reply, effects, now, .. } = *decision;
    let Some(customer) = after else { return Ok(()) };
    if matches!(reply, Reply::Refused(_)) {
        let nothing = *effects == Effects::default()
            && before.map(|state| current(state, now)) == Some(current(customer, now));
        return Promise::Whole
            .holds(nothing || before.is_none(), || format!("refused and changed: {effects:?}"));
    }
    let step = u64::from(!effects.changes.is_empty());
    let seq = before.map_or(0, |before| before.head.seq) + step;
    Promise::Whole.holds(customer.head.seq == seq, || format!("seq is {}, not {seq}", customer.head.seq))?;
    money(before, customer, effects)?;
    locked_money(customer)?;
    locked_units(customer)?;
    given_is_taken(before, customer, effects)?;
    reported_is_counted(decision, customer)?;
    messages(before, customer, effects)?;
    crossings::check(before, customer, effects, now)
}

/// Whether a decision moved money or units, or gave something: what must not happen twice for one request.
pub fn moves(before: Option<&Customer>, after: &Customer, effects: &Effects) -> bool {
    let Some(before) = before else { return true };
    let held = |customer: &Customer| -> Vec<(u64, u64)> {
        buckets(customer).map(|bucket| (bucket.size, bucket.used)).collect()
    };
    let used = |customer: &Customer| -> u64 { meters(customer).map(|(_, meter)| meter.used).sum() };
    let things = |customer: &Customer| -> usize {
        customer.accounts.len() + customer.accounts.iter().map(|a| a.add_ons.len()).sum::<usize>()
    };
    !effects.xdrs.is_empty()
        || !effects.ledger.is_empty()
        || !effects.relays.is_empty()
        || used(before) != used(after)
        || held(before).len() <= held(after).len() && held(before) != held(after)
        || things(before) < things(after)
}

/// Every purse with the account that owns it.
pub fn purses(customer: &Customer) -> impl Iterator<Item = (Option<RowId>, &Purse)> {
    let own = customer.accounts.iter().filter_map(|a| Some((Some(a.id), a.purse.as_deref()?)));
    own.chain([(None, &customer.head.purse)])
}

/// All counters of plans.
pub fn buckets(customer: &Customer) -> impl Iterator<Item = &Bucket> {
    customer.accounts.iter().flat_map(|account| &account.buckets).chain(&customer.head.shared)
}

fn meters(customer: &Customer) -> impl Iterator<Item = (&charging::Session, &Meter)> {
    customer.sessions.values().flat_map(|session| session.meters.iter().map(move |meter| (session, meter)))
}

fn balance(customer: Option<&Customer>, owner: Option<RowId>) -> i64 {
    customer
        .and_then(|customer| purses(customer).find(|(of, _)| *of == owner))
        .map_or(0, |(_, purse)| purse.balance.micros())
}

/// A balance moves by its ledger entries and by nothing else; an xDR is its entries; the open period is its xDRs.
fn money(before: Option<&Customer>, after: &Customer, effects: &Effects) -> Checked {
    for (owner, purse) in purses(after) {
        let ours = if owner.is_some() { LedgerSide::AccountBalance } else { LedgerSide::CustomerBalance };
        let mine = effects.ledger.iter().filter(|entry| owner.is_none() || entry.account == owner);
        let moved: i64 = mine
            .map(|entry| {
                let sign = i64::from(entry.credit == ours) - i64::from(entry.debit == ours);
                sign * entry.amount.micros()
            })
            .sum();
        let stood = balance(before, owner);
        Promise::Money.holds(purse.balance.micros() == stood + moved, || {
            format!("balance of {owner:?} went from {stood} by {moved} to {}", purse.balance.micros())
        })?;
    }
    let positive =
        effects.ledger.iter().all(|entry| entry.amount.is_positive() && entry.debit != entry.credit);
    Promise::Money
        .holds(positive, || format!("an entry has two sides and an amount: {:?}", effects.ledger))?;
    for xdr in &effects.xdrs {
        let charged: i64 = effects
            .ledger
            .iter()
            .filter(|entry| entry.reference == Some(xdr.id))
            .map(|entry| if entry.credit == LedgerSide::Revenue { 1 } else { -1 } * entry.amount.micros())
            .sum();
        Promise::Money.holds(charged == xdr.amount.micros(), || {
            format!("an xDR over {} has entries over {charged}", xdr.amount)
        })?;
    }
    let period = |xdr: &&Xdr| xdr.period_number != NOT_INVOICED;
    let invoiced: i64 = effects.xdrs.iter().filter(period).map(|xdr| xdr.amount.micros()).sum();
    let stood = before.map_or(0, |before| before.head.unbilled.micros());
    let closed = before.is_some_and(|before| before.head.period_number != after.head.period_number);
    let open = if closed { after.head.closed_total } else { after.head.unbilled }.micros();
    Promise::Money.holds(open == stood + invoiced, || format!("unbilled went from {stood} to {open}"))
}

/// What a purse has locked is what open sessions hold of it; nothing is below zero, and a closed session holds nothing.
fn locked_money(customer: &Customer) -> Checked {
    let payer = |account: RowId| customer.account(account).filter(|a| a.purse.is_some()).map(|a| a.id);
    for (owner, purse) in purses(customer) {
        let mine = meters(customer).filter(|(session, _)| payer(session.account) == owner);
        let held: i64 = mine.map(|(_, meter)| meter.reserved.micros()).sum();
        Promise::Units.holds(purse.reserved.micros() == held, || {
            format!("{owner:?} has {} locked, sessions hold {held}", purse.reserved)
        })?;
    }
    Promise::Units.holds(meters(customer).all(|(_, meter)| !meter.reserved.is_negative()), || {
        "a session locks less than nothing".to_owned()
    })?;
    let closed = |session: &&charging::Session| session.closed_at.is_some();
    let empty = customer.sessions.values().filter(closed).all(|session| session.meters.is_empty());
    Promise::Units.holds(empty, || "a closed session holds something".to_owned())
}

/// The same for units, bucket by bucket; no more is covered than was used.
fn locked_units(customer: &Customer) -> Checked {
    let mut held: BTreeMap<u32, u64> = BTreeMap::new();
    for plans in meters(customer).filter_map(|(_, meter)| meter.plans.as_deref()) {
        for lock in &plans.locked {
            *held.entry(lock.bucket).or_default() += lock.units;
        }
    }
    for bucket in buckets(customer) {
        let held = held.get(&bucket.id).copied().unwrap_or_default();
        Promise::Units.holds(bucket.reserved == held, || format!("sessions hold {held} of {bucket:?}"))?;
    }
    let covered = meters(customer).all(|(_, meter)| meter.covered() <= meter.used);
    Promise::Units.holds(covered, || "more is covered than was used".to_owned())
}

/// Units by plan.
type Units = BTreeMap<PlanKey, i128>;

/// What open sessions and the decision's xDRs say they took of plans: units covered, money drawn.
fn taken(customer: Option<&Customer>, xdrs: &[Xdr]) -> Units {
    let mut taken = Units::new();
    let open = customer.into_iter().flat_map(meters).filter_map(|(_, meter)| meter.plans.as_deref());
    for took in open.flat_map(|plans| plans.covered_by.iter().chain(&plans.drawn)) {
        *taken.entry(took.plan).or_default() += i128::from(took.units);
    }
    for xdr in xdrs {
        let Explanation::Rated { buckets, wallets, .. } = &xdr.explanation else { continue };
        for took in buckets {
            *taken.entry(took.plan).or_default() += i128::from(took.units);
        }
        for took in wallets {
            *taken.entry(took.plan).or_default() += i128::from(took.amount.micros());
        }
    }
    taken
}

/// What buckets gave is what sessions and xDRs took: the catalog's wallets take one for one, its discounts count what is paid.
fn given_is_taken(before: Option<&Customer>, after: &Customer, effects: &Effects) -> Checked {
    let stood: BTreeMap<u32, u64> =
        before.into_iter().flat_map(buckets).map(|bucket| (bucket.id, bucket.used)).collect();
    let (was, mut is) = (taken(before, &[]), taken(Some(after), &effects.xdrs));
    for (plan, units) in was {
        *is.entry(plan).or_default() -= units;
    }
    let mut given = Units::new();
    for bucket in buckets(after) {
        // A wallet that was filled counts from nothing again.
        let before = stood.get(&bucket.id).copied().unwrap_or_default();
        *given.entry(bucket.plan).or_default() +=
            i128::from(bucket.used.checked_sub(before).unwrap_or(bucket.used));
    }
    let counts = |plan: &PlanKey| {
        let found = publications().first().and_then(|catalog| catalog.plan(*plan));
        found.is_some_and(|(_, plan)| matches!(plan.kind, PlanKind::Discount { .. }))
    };
    given.retain(|plan, _| !counts(plan));
    for plan in given.keys() {
        is.entry(*plan).or_default();
    }
    for (plan, took) in is {
        let gave = given.get(&plan).copied().unwrap_or_default();
        Promise::Units.holds(gave == took, || format!("{plan:?} gave {gave}, {took} were taken"))?;
    }
    Ok(())
}

/// What a network reports is what is counted, once: in the meter while the session is open, in the xDR when it ends.
fn reported_is_counted(decision: &Decision<'_>, after: &Customer) -> Checked {
    let Command::Session(request) = &decision.envelope.command else { return Ok(()) };
    if !decision.effects.changes.has_session() || matches!(decision.reply, Reply::Refused(_)) {
        return Ok(());
    }
    let session = |customer: &Customer| customer.sessions.get(&request.session).cloned();
    let before = decision.before.and_then(session);
    let groups: BTreeSet<Option<u32>> = request.units.iter().map(|unit| unit.rating_group).collect();
    let sum = |session: Option<&charging::Session>| -> u64 {
        let meters = session.into_iter().flat_map(|session| &session.meters);
        meters.filter(|meter| groups.contains(&meter.rating_group)).map(|meter| meter.used).sum()
    };
    let of_session = |xdr: &&Xdr| xdr.reference.as_deref() == Some(&*request.session.shown());
    let ended: u64 = decision.effects.xdrs.iter().filter(of_session).map(|xdr| xdr.units).sum();
    let reported: u64 = request
        .units
        .iter()
        .map(|unit| match unit.used {
            Used::Since(units) => units,
            Used::Parted { before, after } => before + after,
            Used::Total(units) => {
                let meters = before.iter().flat_map(|session| &session.meters);
                let counted: u64 = meters
                    .filter(|meter| meter.rating_group == unit.rating_group)
                    .map(|meter| meter.used)
                    .sum();
                units.saturating_sub(counted)
            }
            Used::None | Used::Wrapped { .. } | Used::Part { .. } | Used::Elapsed => 0,
        })
        .sum();
    let counted = if request.step == Step::Stop { ended } else { sum(session(after).as_ref()) };
    let stood = sum(before.as_ref());
    Promise::Units.holds(counted == stood + reported, || {
        format!("{reported} units were reported on {stood}, {counted} are counted: {request:?}")
    })
}

/// Every charge for use goes up to the reseller once, and each message names the one before it.
fn messages(before: Option<&Customer>, after: &Customer, effects: &Effects) -> Checked {
    let parent = |customer: &Customer| customer.head.chain.as_ref().and_then(|chain| chain.parent);
    let mut last = before.and_then(parent).map_or(0, |parent| parent.relayed);
    for relay in &effects.relays {
        if matches!(relay.message, charging::Message::Standing(_)) {
            continue;
        }
        Promise::Levels
            .holds(relay.previous == last, || format!("a message does not follow {last}: {relay:?}"))?;
        last = relay.id.counter();
    }
    let sent = parent(after).map_or(0, |parent| parent.relayed);
    Promise::Levels.holds(sent == last, || format!("{sent} is no message"))
}
