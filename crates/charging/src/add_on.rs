//! Add-ons: assignment with its times and conflicts, beginning by the clock or by first use, ending by themselves.
//!
//! Whether an add-on is held follows from its times alone; what the clock begins or ends is announced by the next
//! [`crate::Command::Lapse`] at [`crate::Head::next_due`].

use crate::apply::{Decision, Work};
use crate::holdings::{Holding, Holdings, NEVER};
use crate::lifecycle::{in_currency, open_account};
use crate::{
    Account, AccountId, AddAddOn, AddOn, AddOnPhase, Conflict, ConflictReason, Customer, EventKind, Head,
    Refusal, Reply, RowId, expiry, fees,
};
use calendar::Instant;
use catalog::{Begins, Plan, PlanKey, PlanKind, Product, ProductId, ProductKind, ServiceId, Snapshot};

/// Add-ons of one account.
const ADD_ONS_MOST: usize = 200;

/// Assigns an add-on, now, later or with its first use.
pub(crate) fn add(work: &mut Work<'_>, customer: &mut Customer, add: &AddAddOn) -> Decision {
    let catalog = work.context.catalog;
    let (head, account) = open_account(customer, add.account)?;
    in_currency(work, head.currency, add.product)?;
    let product = assignable(work, account, add.product)?;
    let assigned = assigned(product, (add.from, add.until), work.now())?;
    if !add.accept_conflicts {
        // What waits for its first use may begin at any time from now on.
        let from = if assigned.waits() { work.now() } else { assigned.from };
        let found = conflicts(account, product, from, catalog);
        let said: Vec<String> = found.iter().map(|conflict| conflict.said(catalog)).collect();
        if !said.is_empty() {
            return Err(Refusal::AddOnConflict(said.join("; ")).into());
        }
    }
    if assigned.phase == AddOnPhase::Running {
        let mut after = account.clone();
        after.add_ons.push(assigned);
        fees::affordable(work, head, &after, &[add.product], &[])?;
    }
    let id = head.next_row();
    put(work, head, account, AddOn { id, ..assigned });
    work.effects.changes.account(add.account);
    Ok(Reply::Done(Some(id)))
}

/// The add-on as it will be held; its id is given when it is put.
pub(crate) fn assigned(
    product: &Product,
    (begins, ends): (Option<Instant>, Option<Instant>),
    now: Instant,
) -> Result<AddOn, Refusal> {
    let wrong = |why: &str| Refusal::ProductNotAssignable(why.to_owned());
    let first_use = product.begins == Begins::OnFirstUse && begins.is_none();
    let from = begins.unwrap_or(now).max(now);
    let phase = match (first_use, from > now) {
        (true, _) => AddOnPhase::OnFirstUse,
        (false, true) => AddOnPhase::Planned,
        (false, false) => AddOnPhase::Running,
    };
    let lasts = product.lasts.filter(|_| !first_use).map(|lasts| from.plus(lasts.seconds()));
    let to = ends.or(lasts);
    if to.is_some_and(|to| to <= from) {
        return Err(wrong("it would end before it begins"));
    }
    let from = if first_use { NEVER } else { from };
    Ok(AddOn { id: RowId(0), product: product.id, from, to, phase })
}

/// Puts an assignment into the account and announces it.
pub(crate) fn put(work: &mut Work<'_>, head: &mut Head, account: &mut Account, add_on: AddOn) {
    let product = work.context.catalog.product_by_id(add_on.product);
    let name = product.map_or_else(String::new, |p| p.name.clone());
    account.add_ons.push(add_on);
    head.fee_basis += 1;
    let begins = add_on.phase == AddOnPhase::Running;
    let kind = if begins { EventKind::AddOnAdded } else { EventKind::AddOnPlanned };
    work.event(head, kind, Some(account.id), name);
    due_at(head, if add_on.phase == AddOnPhase::Planned { add_on.from } else { add_on.to.unwrap_or(NEVER) });
    if begins {
        work.begun.push((account.id, add_on.product));
        announce_units(work, head, account, add_on.product);
    }
}

/// An add-on of the catalog that the account may be given.
pub(crate) fn assignable<'a>(
    work: &Work<'a>,
    account: &Account,
    product: ProductId,
) -> Result<&'a Product, Refusal> {
    let found = work.context.catalog.product_by_id(product).filter(|p| p.kind == ProductKind::AddOn);
    let wrong = |why: &str| Refusal::ProductNotAssignable(why.to_owned());
    let found = found.ok_or_else(|| wrong("it is not an add-on"))?;
    let held = |a: &AddOn| {
        a.product == product && a.phase != AddOnPhase::Over && a.to.is_none_or(|to| to > work.now())
    };
    if !found.multiple && account.add_ons.iter().any(held) {
        return Err(wrong("the account has it already"));
    }
    if account.add_ons.len() >= ADD_ONS_MOST {
        return Err(Refusal::TooMany("add-ons".to_owned()));
    }
    Ok(found)
}

/// What an add-on would clash with if the account got it from an instant on: the same subscription twice, or plans of add-ons of
/// one precedence for the same service, destinations and measure, so that nobody could say which is used first.
pub fn conflicts(account: &Account, product: &Product, from: Instant, catalog: &Snapshot) -> Vec<Conflict> {
    let holds = |a: &&AddOn| a.phase != AddOnPhase::Over && a.to.is_none_or(|to| to > from);
    let add_ons = account.add_ons.iter().filter(holds).map(|a| a.product);
    let main = account.product(from);
    let held = add_ons.chain(main).filter(|id| *id != product.id);
    let mut found = Vec::new();
    for other in held.filter_map(|id| catalog.product_by_id(id)) {
        let name = |p: &Product| p.subscription.as_ref().map(|s| s.name.clone());
        if name(product).is_some() && name(product) == name(other) {
            found.push(Conflict { with: other.id, reason: ConflictReason::SameSubscription });
        }
        let level = other.kind == ProductKind::AddOn && other.precedence == product.precedence;
        let same = || {
            catalog.plans_of(product.id).find(|mine| catalog.plans_of(other.id).any(|its| alike(*mine, its)))
        };
        if let Some((service, _)) = same().filter(|_| level) {
            found.push(Conflict { with: other.id, reason: ConflictReason::SamePlans(service) });
        }
    }
    found
}

/// Quotas or discounts for the same service, destinations and measure.
fn alike((service, plan): (ServiceId, &Plan), (other_service, other): (ServiceId, &Plan)) -> bool {
    let measure = |plan: &Plan| match plan.kind {
        PlanKind::Quota { .. } => Some((0, false)),
        PlanKind::Discount { money, .. } => Some((1, money)),
        PlanKind::Wallet { .. } => None,
    };
    service == other_service
        && plan.same_destinations(other)
        && measure(plan).is_some()
        && measure(plan) == measure(other)
}

/// Ends an add-on now.
pub(crate) fn remove(work: &mut Work<'_>, customer: &mut Customer, id: AccountId, add_on: RowId) -> Decision {
    let now = work.now();
    let (head, account) = open_account(customer, id)?;
    let held = account.add_ons.iter_mut().find(|a| a.id == add_on && a.to.is_none_or(|to| to > now));
    let held = held.filter(|a| a.phase != AddOnPhase::Over).ok_or(Refusal::UnknownAddOn)?;
    held.end(now);
    let product = held.product;
    work.ended.push((id, product));
    retire(account, add_on.counter(), now);
    head.fee_basis += 1;
    let name = work.context.catalog.product_by_id(product).map_or_else(String::new, |p| p.name.clone());
    work.effects.changes.account(id);
    work.event(head, EventKind::AddOnRemoved, Some(id), name);
    Ok(Reply::Done(None))
}

/// Takes the buckets of an add-on out of use; what running sessions hold stays until they report.
pub(crate) fn retire(account: &mut Account, source: u32, now: Instant) {
    account.buckets.retain(|bucket| bucket.source != source || bucket.reserved > 0);
    for bucket in account.buckets.iter_mut().filter(|bucket| bucket.source == source) {
        bucket.ends = bucket.ends.min(now);
    }
}

/// Begins an add-on that waited for its first use.
pub(crate) fn begin(work: &mut Work<'_>, head: &mut Head, account: &mut Account, holding: &Holding) {
    let waiting = |a: &&mut AddOn| a.id.counter() == holding.source && a.waits();
    let Some(add_on) = account.add_ons.iter_mut().find(waiting) else { return };
    add_on.phase = AddOnPhase::Running;
    add_on.from = holding.from;
    add_on.to = Some(holding.to).filter(|to| *to < NEVER);
    work.begun.push((account.id, holding.product));
    for bucket in account.buckets.iter_mut().filter(|bucket| bucket.source == holding.source) {
        bucket.ends = bucket.ends.min(holding.to);
    }
    head.fee_basis += 1;
    due_at(head, holding.to);
    let product = work.context.catalog.product_by_id(holding.product);
    let name = product.map_or_else(String::new, |p| p.name.clone());
    work.effects.changes.account(account.id);
    work.event(head, EventKind::AddOnAdded, Some(account.id), name);
}

/// Begins the add-on whose rating entry is used for the first time.
pub(crate) fn begin_rated(
    work: &mut Work<'_>,
    head: &mut Head,
    account: &mut Account,
    holdings: &Holdings,
    product: ProductId,
) {
    if let Some(holding) = holdings.list.iter().find(|h| h.waits && h.product == product) {
        begin(work, head, account, holding);
    }
}

/// Has the clock look here at that instant.
pub(crate) fn due_at(head: &mut Head, at: Instant) {
    if at < NEVER {
        head.plans_due = Some(head.plans_due.map_or(at, |due| due.min(at)));
    }
}

/// Tells that there are units again for services that had run out and that the product's plans cover.
pub(crate) fn announce_units(
    work: &mut Work<'_>,
    head: &mut Head,
    account: &mut Account,
    product: ProductId,
) {
    let catalog = work.context.catalog;
    let given = |service| {
        let plans = catalog.plans(product, service);
        plans.iter().any(|plan| !matches!(plan.kind, PlanKind::Discount { .. }))
    };
    announce_spent(work, head, account, |spent| given(spent.service));
}

fn announce_spent(
    work: &mut Work<'_>,
    head: &mut Head,
    account: &mut Account,
    again: impl Fn(&crate::Spent) -> bool,
) {
    let back: Vec<_> = account.spent.iter().filter(|spent| again(spent)).copied().collect();
    account.spent.retain(|spent| !again(spent));
    for spent in back {
        let service = work.context.catalog.service_by_id(spent.service);
        work.effects.changes.account(account.id);
        let name = service.map_or_else(String::new, |s| s.code.clone());
        work.event(head, EventKind::QuotaAvailable, spent.of(account.id), name);
    }
}

/// Begins, ends and announces everything of plans and add-ons whose time has come.
pub(crate) fn lapse(work: &mut Work<'_>, customer: &mut Customer) {
    let (now, catalog) = (work.now(), work.context.catalog);
    let Customer { head, accounts, .. } = customer;
    if head.plans_due.is_none_or(|due| due > now) {
        return;
    }
    let shared = expiry::end_buckets(&mut head.shared, now, catalog);
    for (kind, name) in shared.lost {
        work.event(head, kind, None, name);
    }
    for account in accounts.iter_mut() {
        lapse_account(work, head, account, &shared.plans);
    }
    head.plans_due = next_due(head, accounts, now);
    work.effects.changes.head = true;
}

/// `shared`: plans that accounts share and that have ended.
fn lapse_account(work: &mut Work<'_>, head: &mut Head, account: &mut Account, shared: &[PlanKey]) {
    let (now, catalog) = (work.now(), work.context.catalog);
    let holdings = Holdings::of(account, now, catalog);
    let mut news: Vec<(EventKind, String)> = Vec::new();
    let mut begun = Vec::new();
    let mut over = Vec::new();
    for add_on in &mut account.add_ons {
        let name = || catalog.product_by_id(add_on.product).map_or_else(String::new, |p| p.name.clone());
        if add_on.phase == AddOnPhase::Planned && add_on.from <= now {
            add_on.phase = AddOnPhase::Running;
            news.push((EventKind::AddOnAdded, name()));
            begun.push(add_on.product);
        }
        if matches!(add_on.phase, AddOnPhase::Running | AddOnPhase::OnFirstUse)
            && add_on.to.is_some_and(|to| to <= now)
        {
            news.push((EventKind::AddOnRemoved, name()));
            add_on.end(now);
            over.push((add_on.id.counter(), add_on.product));
        }
    }
    let holds = |plan: &&PlanKey| holdings.list.iter().any(|holding| holding.product == plan.product);
    let mut gone: Vec<PlanKey> = shared.iter().filter(holds).copied().collect();
    for (source, product) in over {
        gone.extend(catalog.plans_of(product).map(|(_, plan)| plan.key));
        retire(account, source, now);
        account.mark_fee(product, |mark| mark.bound = None);
    }
    let ended = expiry::end_buckets(&mut account.buckets, now, catalog);
    if ended.changed || !news.is_empty() {
        work.effects.changes.account(account.id);
    }
    news.extend(ended.lost);
    for (kind, detail) in news {
        work.event(head, kind, Some(account.id), detail);
    }
    for product in begun {
        work.begun.push((account.id, product));
        announce_units(work, head, account, product);
    }
    announce_spent(work, head, account, |spent| spent.until <= now);
    gone.extend(ended.plans);
    expiry::announce(work, head, account, &gone);
}

/// The next instant at which something here begins or ends by itself.
fn next_due(head: &Head, accounts: &[Account], now: Instant) -> Option<Instant> {
    let filled = |buckets: &[crate::Bucket]| expiry::next_end(buckets, now).unwrap_or(NEVER);
    let of_add_on = |add_on: &AddOn| match add_on.phase {
        AddOnPhase::Planned => add_on.from,
        AddOnPhase::Running | AddOnPhase::OnFirstUse => add_on.to.unwrap_or(NEVER),
        AddOnPhase::Over => NEVER,
    };
    let of_account = |account: &Account| {
        let add_ons = account.add_ons.iter().map(of_add_on);
        let spent = account.spent.iter().map(|spent| spent.until);
        add_ons.chain(spent).chain([filled(&account.buckets)]).min().unwrap_or(NEVER)
    };
    let all = accounts.iter().map(of_account).chain([filled(&head.shared)]);
    all.min().filter(|at| *at < NEVER)
}
