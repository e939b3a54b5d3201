//! Service policies: which attributes the network gets for a service. The account's own come first, then those of its products in
//! the order of consumption, then those of the customer's class; each attribute is decided by the first that sets it.

use crate::apply::{Decision, Work};
use crate::holdings::Holdings;
use crate::lifecycle::open_account;
use crate::{Account, AccountId, AccountPolicy, Customer, EventKind, Head, Policy, Refusal, Reply};
use calendar::{Instant, Seconds};
use catalog::{Access, ClassId, FinalAction, LimitedPolicy, ServiceId, ServiceKind, ServicePolicy, Snapshot};

/// Attributes that count on products only: messages are pushed where the product says so, whatever an account sets.
const ON_PRODUCTS_ONLY: [(ServiceKind, &str); 1] = [(ServiceKind::Message, "push_events")];

/// Services of one account with a policy of its own.
const POLICIES_MOST: usize = 32;
/// Attributes of one policy.
const ATTRIBUTES_MOST: usize = 64;

/// One source of attributes.
struct Layer<'a> {
    on_product: bool,
    speeds: (Option<u32>, Option<u32>),
    attributes: Vec<(&'a str, &'a str)>,
}

/// The access of a service now, by the first policy with a schedule, and when that changes next within `reach`.
pub(crate) fn access(
    catalog: &Snapshot,
    head: &Head,
    holdings: &Holdings,
    service: ServiceId,
    (now, reach): (Instant, Seconds),
) -> (Access, Option<Instant>) {
    let Some(found) = catalog.service_by_id(service) else { return Default::default() };
    let scheduled = |(_, set): &(bool, &ServicePolicy)| !set.schedule.is_empty();
    let set = sets(catalog, head, holdings, &found.code).find(scheduled);
    set.map_or_else(Default::default, |(_, set)| catalog.access(set, (now, now.plus(reach)), &head.zone))
}

/// The attributes of a service; the limited ones first while a quota that limits is used up or by schedule, then those of turbo times.
pub(crate) fn resolve(
    catalog: &Snapshot,
    head: &Head,
    account: &Account,
    holdings: &Holdings,
    service: ServiceId,
    (limited, turbo): (bool, bool),
) -> Policy {
    let mut policy = Policy::default();
    let Some(found) = catalog.service_by_id(service) else { return policy };
    let own = account.policies.iter().find(|p| p.service == service);
    let sets: Vec<_> = sets(catalog, head, holdings, &found.code).collect();
    if limited {
        own.map(|own| of_account(&own.limited))
            .into_iter()
            .for_each(|layer| fill(&mut policy, found.kind, &layer));
        let limits = sets.iter().filter_map(|(on_product, set)| Some((*on_product, set.limited.as_ref()?)));
        limits.for_each(|(on_product, set)| fill(&mut policy, found.kind, &instead(on_product, set)));
    }
    if turbo {
        let turbos = sets.iter().filter_map(|(on_product, set)| Some((*on_product, set.turbo.as_ref()?)));
        turbos.for_each(|(on_product, set)| fill(&mut policy, found.kind, &instead(on_product, set)));
    }
    own.map(|own| of_account(&own.regular))
        .into_iter()
        .for_each(|layer| fill(&mut policy, found.kind, &layer));
    for (on_product, set) in &sets {
        let attributes = set.attributes.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        fill(
            &mut policy,
            found.kind,
            &Layer { on_product: *on_product, speeds: (set.down_kbps, set.up_kbps), attributes },
        );
    }
    policy
}

/// What the network does after a final grant of a service.
pub(crate) fn final_action(
    catalog: &Snapshot,
    head: &Head,
    account: &Account,
    holdings: &Holdings,
    service: ServiceId,
) -> FinalAction {
    let Some(found) = catalog.service_by_id(service) else { return FinalAction::default() };
    let own = account.policies.iter().find(|p| p.service == service).and_then(|p| p.final_action.clone());
    let set = || sets(catalog, head, holdings, &found.code).find_map(|(_, set)| set.final_action.clone());
    own.or_else(set).unwrap_or_else(|| found.final_action.clone())
}

/// What products (true) and class (false) set for a service, in order.
fn sets<'a>(
    catalog: &'a Snapshot,
    head: &Head,
    holdings: &'a Holdings,
    service: &'a str,
) -> impl Iterator<Item = (bool, &'a ServicePolicy)> + use<'a> {
    let products = holdings.products.iter().filter_map(move |id| catalog.product_by_id(*id));
    let of_products = products.flat_map(|p| &p.policies).map(|set| (true, set));
    let class = head.class.and_then(|id| catalog.class_by_id(id));
    let of_class = class.into_iter().flat_map(|c| &c.policies).map(|set| (false, set));
    of_products.chain(of_class).filter(move |(_, set)| set.service == service)
}

fn instead(on_product: bool, set: &LimitedPolicy) -> Layer<'_> {
    let attributes = set.attributes.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    Layer { on_product, speeds: (set.down_kbps, set.up_kbps), attributes }
}

fn of_account(policy: &Policy) -> Layer<'_> {
    let attributes = policy.attributes.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    Layer { on_product: false, speeds: (policy.down_kbps, policy.up_kbps), attributes }
}

fn fill(policy: &mut Policy, kind: ServiceKind, layer: &Layer<'_>) {
    policy.down_kbps = policy.down_kbps.or(layer.speeds.0);
    policy.up_kbps = policy.up_kbps.or(layer.speeds.1);
    for (name, value) in &layer.attributes {
        let allowed = layer.on_product || !ON_PRODUCTS_ONLY.contains(&(kind, name));
        if allowed && !policy.attributes.iter().any(|(known, _)| known == name) {
            policy.attributes.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
}

/// Sets what an account says for a service, or takes it back.
pub(crate) fn set_policy(
    work: &mut Work<'_>,
    customer: &mut Customer,
    id: AccountId,
    service: ServiceId,
    policy: Option<&AccountPolicy>,
) -> Decision {
    let (head, account) = open_account(customer, id)?;
    let found = work.context.catalog.service_by_id(service).ok_or(Refusal::NotAllowed)?;
    if policy.is_some_and(|p| p.service != service) {
        return Err(Refusal::NotAllowed.into());
    }
    let large =
        |p: &AccountPolicy| p.regular.attributes.len().max(p.limited.attributes.len()) > ATTRIBUTES_MOST;
    let others = account.policies.iter().filter(|p| p.service != service).count();
    if policy.is_some_and(|p| large(p) || others >= POLICIES_MOST) {
        return Err(Refusal::TooMany("attributes".to_owned()).into());
    }
    account.policies.retain(|p| p.service != service);
    account.policies.extend(policy.cloned());
    work.effects.changes.account(id);
    work.event(head, EventKind::PolicyChanged, Some(id), found.code.clone());
    Ok(Reply::Done(None))
}

/// Puts the customer into a class, or into none.
pub(crate) fn set_class(work: &mut Work<'_>, customer: &mut Customer, class: Option<ClassId>) -> Decision {
    let name = known_class(work, class)?;
    let head = &mut customer.head;
    if head.terminated_at.is_some() {
        return Err(Refusal::CustomerTerminated.into());
    }
    head.class = class;
    work.event(head, EventKind::ClassChanged, None, name);
    Ok(Reply::Done(None))
}

/// The name of a class of the catalog; empty for none.
pub(crate) fn known_class(work: &Work<'_>, class: Option<ClassId>) -> Result<String, Refusal> {
    let Some(id) = class else { return Ok(String::new()) };
    work.context.catalog.class_by_id(id).map(|c| c.name.clone()).ok_or(Refusal::UnknownClass)
}
