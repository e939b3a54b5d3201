//! Service policies: which attributes the network gets for a service. The account's own come first, then those of its products in
//! the order of consumption, then those of the customer's class; each attribute is decided by the first that sets it.

use crate::apply::{Decision, Work};
use crate::holdings::Holdings;
use crate::lifecycle::open_account;
use crate::{Account, AccountId, AccountPolicy, Customer, EventKind, Head, Policy, Refusal, Reply};
use calendar::{Instant, Seconds};
use catalog::{
    Access, ClassId, DIALING_RULES, FinalAction, LimitedPolicy, ProductId, Service, ServiceId, ServiceKind,
    ServicePolicy, Snapshot,
};
use std::collections::BTreeMap;

/// Attributes that count on products only: messages are pushed where the product says so, whatever an account sets.
const ON_PRODUCTS_ONLY: [(ServiceKind, &str); 1] = [(ServiceKind::Message, "push_events")];

/// Services of one account with a policy of its own.
const POLICIES_MOST: usize = 32;
/// Attributes of one policy.
const ATTRIBUTES_MOST: usize = 64;

/// Where an attribute comes from, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicySource {
    /// The account's own policy.
    Account,
    /// The customer himself; dialing rules only.
    Customer,
    /// A product that the account holds.
    Product(ProductId),
    /// The customer's class.
    Class(ClassId),
    /// The service itself; final actions only.
    Service,
}

/// An attribute as the network gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name; `down_kbps` and `up_kbps` for speeds.
    pub name: String,
    /// What the network gets.
    pub value: String,
    /// Who decided.
    pub from: PolicySource,
    /// Other values that weaker sources have, which do not count.
    pub overruled: Vec<(PolicySource, String)>,
}

/// What the network gets for one service, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectivePolicy {
    /// Which service.
    pub service: ServiceId,
    /// Usually.
    pub regular: Vec<Attribute>,
    /// While a quota that limits is used up; empty when that changes nothing.
    pub limited: Vec<Attribute>,
    /// In turbo times; empty when there are none.
    pub turbo: Vec<Attribute>,
    /// What the network does after a final grant.
    pub final_action: FinalAction,
    /// Who decided that.
    pub final_from: PolicySource,
}

/// One source of attributes.
struct Layer<'a> {
    from: PolicySource,
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
    let set = sets(catalog, head, holdings, &found.code).find(|(_, set)| !set.schedule.is_empty());
    set.map_or_else(Default::default, |(_, set)| {
        catalog.access(set, (now, now.plus(reach)), head.zone.name())
    })
}

/// The attributes of a service; the limited ones first while a quota that limits is used up or by schedule, then those of turbo times.
pub(crate) fn resolve(
    catalog: &Snapshot,
    head: &Head,
    account: &Account,
    holdings: &Holdings,
    service: ServiceId,
    times: (bool, bool),
) -> Policy {
    let mut policy = Policy::default();
    let Some(found) = catalog.service_by_id(service) else { return policy };
    for layer in layers(catalog, head, account, holdings, found, times) {
        policy.down_kbps = policy.down_kbps.or(layer.speeds.0);
        policy.up_kbps = policy.up_kbps.or(layer.speeds.1);
        for (name, value) in layer.counting(found.kind) {
            if !policy.attributes.iter().any(|(known, _)| known == name) {
                policy.attributes.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    policy
}

/// What the network gets for each service of which anything is said, and where each attribute comes from.
pub fn effective_policies(
    catalog: &Snapshot,
    head: &Head,
    account: &Account,
    now: Instant,
) -> Vec<EffectivePolicy> {
    let holdings = Holdings::of(account, now, catalog);
    let of = |service: &Service| {
        let traced = |times| traced(&layers(catalog, head, account, &holdings, service, times), service.kind);
        let [regular, limited, turbo] = [(false, false), (true, false), (false, true)].map(traced);
        let (final_action, final_from) = decided_action(catalog, head, account, &holdings, (service, ""));
        let other = |found: Vec<Attribute>| if found == regular { Vec::new() } else { found };
        let (limited, turbo) = (other(limited), other(turbo));
        let said = !regular.is_empty()
            || !limited.is_empty()
            || !turbo.is_empty()
            || final_from != PolicySource::Service;
        said.then_some(EffectivePolicy {
            service: service.id,
            regular,
            limited,
            turbo,
            final_action,
            final_from,
        })
    };
    catalog.catalog().services.iter().filter_map(of).collect()
}

fn traced(layers: &[Layer<'_>], kind: ServiceKind) -> Vec<Attribute> {
    let mut found: Vec<Attribute> = Vec::new();
    for layer in layers {
        let speeds = [("down_kbps", layer.speeds.0), ("up_kbps", layer.speeds.1)];
        let speeds = speeds.into_iter().filter_map(|(name, speed)| Some((name, speed?.to_string())));
        let others = layer.counting(kind).map(|(name, value)| (name, value.to_owned()));
        for (name, value) in speeds.chain(others) {
            match found.iter_mut().find(|known| known.name == name) {
                Some(known) if known.value != value => known.overruled.push((layer.from, value)),
                Some(_) => {}
                None => {
                    let (name, from) = (name.to_owned(), layer.from);
                    found.push(Attribute { name, value, from, overruled: Vec::new() });
                }
            }
        }
    }
    found
}

/// What the network does after a final grant of a service at an access point: the destination of its use.
pub(crate) fn final_action(
    catalog: &Snapshot,
    head: &Head,
    account: &Account,
    holdings: &Holdings,
    (service, access_point): (ServiceId, &str),
) -> FinalAction {
    let Some(found) = catalog.service_by_id(service) else { return FinalAction::default() };
    decided_action(catalog, head, account, holdings, (found, access_point)).0
}

/// The attributes of these services outside special times, for networks that are told them in an answer; the first service that has
/// one counts.
pub fn told_attributes(
    catalog: &Snapshot,
    head: &Head,
    account: &Account,
    services: impl Iterator<Item = ServiceId>,
    now: Instant,
) -> Vec<(String, String)> {
    let holdings = Holdings::of(account, now, catalog);
    let mut told: Vec<(String, String)> = Vec::new();
    for service in services {
        let policy = resolve(catalog, head, account, &holdings, service, (false, false));
        for (name, value) in policy.attributes {
            if told.iter().all(|(known, _)| *known != name) {
                told.push((name, value));
            }
        }
    }
    told
}

fn decided_action(
    catalog: &Snapshot,
    head: &Head,
    account: &Account,
    holdings: &Holdings,
    (service, access_point): (&Service, &str),
) -> (FinalAction, PolicySource) {
    let own = account.policies.iter().find(|p| p.service == service.id).and_then(|p| p.final_action.clone());
    let own = own.map(|action| (action, PolicySource::Account));
    let set = || {
        let mut sets = sets(catalog, head, holdings, &service.code);
        sets.find_map(|(from, set)| {
            let there = set.final_action_at.get(access_point).or(set.final_action.as_ref());
            Some((there?.clone(), from))
        })
    };
    own.or_else(set).unwrap_or_else(|| {
        let there = service.final_action_at.get(access_point).unwrap_or(&service.final_action);
        (there.clone(), PolicySource::Service)
    })
}

/// What the first that sets one attribute of a service says.
pub(crate) fn attribute<'a>(
    catalog: &'a Snapshot,
    head: &'a Head,
    account: &'a Account,
    holdings: &'a Holdings,
    service: &'a Service,
    name: &str,
) -> Option<&'a str> {
    let own = account.policies.iter().find(|p| p.service == service.id);
    let own = own.and_then(|p| p.regular.attributes.iter().find(|(known, _)| known == name));
    let own = own.map(|(_, value)| value.as_str());
    let of_customer =
        || of_customer(head, service).filter(|(known, _)| *known == name).map(|(_, value)| value);
    let set = || sets(catalog, head, holdings, &service.code).find_map(|(_, set)| set.attributes.get(name));
    own.or_else(of_customer).or_else(|| set().map(String::as_str))
}

/// What the customer himself says about a service: the dialing rules of his calls.
fn of_customer<'a>(head: &'a Head, service: &Service) -> Option<(&'static str, &'a str)> {
    let rules = head.dialing_rules().filter(|_| service.kind == ServiceKind::Voice)?;
    Some((DIALING_RULES, rules))
}

/// Everything that says something about a service while it is limited, and in turbo times; strongest first.
fn layers<'a>(
    catalog: &'a Snapshot,
    head: &'a Head,
    account: &'a Account,
    holdings: &'a Holdings,
    service: &'a Service,
    (limited, turbo): (bool, bool),
) -> Vec<Layer<'a>> {
    let own = account.policies.iter().find(|p| p.service == service.id);
    let sets: Vec<_> = sets(catalog, head, holdings, &service.code).collect();
    let mut layers = Vec::new();
    if limited {
        layers.extend(own.map(|own| of_account(&own.limited)));
        layers.extend(sets.iter().filter_map(|(from, set)| Some(instead(*from, set.limited.as_ref()?))));
    }
    if turbo {
        layers.extend(sets.iter().filter_map(|(from, set)| Some(instead(*from, set.turbo.as_ref()?))));
    }
    layers.extend(own.map(|own| of_account(&own.regular)));
    layers.extend(of_customer(head, service).map(|said| Layer {
        from: PolicySource::Customer,
        speeds: (None, None),
        attributes: vec![said],
    }));
    layers.extend(sets.iter().map(|(from, set)| layer(*from, (set.down_kbps, set.up_kbps), &set.attributes)));
    layers
}

/// What products and class set for a service, in order.
fn sets<'a>(
    catalog: &'a Snapshot,
    head: &Head,
    holdings: &'a Holdings,
    service: &'a str,
) -> impl Iterator<Item = (PolicySource, &'a ServicePolicy)> + use<'a> {
    let products = holdings.products.iter().filter_map(|id| catalog.product_by_id(*id));
    let of_products = products.flat_map(|p| p.policies.iter().map(|set| (PolicySource::Product(p.id), set)));
    let class = head.class.and_then(|id| catalog.class_by_id(id));
    let of_class =
        class.into_iter().flat_map(|c| c.policies.iter().map(|set| (PolicySource::Class(c.id), set)));
    of_products.chain(of_class).filter(move |(_, set)| set.service == service)
}

fn instead(from: PolicySource, set: &LimitedPolicy) -> Layer<'_> {
    layer(from, (set.down_kbps, set.up_kbps), &set.attributes)
}

fn of_account(policy: &Policy) -> Layer<'_> {
    let attributes = policy.attributes.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    Layer { from: PolicySource::Account, speeds: (policy.down_kbps, policy.up_kbps), attributes }
}

fn layer<'a>(
    from: PolicySource,
    speeds: (Option<u32>, Option<u32>),
    attributes: &'a BTreeMap<String, String>,
) -> Layer<'a> {
    Layer { from, speeds, attributes: attributes.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect() }
}

/// Whether an attribute of a service counts on products only.
pub fn on_products_only(kind: ServiceKind, name: &str) -> bool {
    ON_PRODUCTS_ONLY.contains(&(kind, name))
}

impl<'a> Layer<'a> {
    /// Attributes that this source may set.
    fn counting(&self, kind: ServiceKind) -> impl Iterator<Item = (&'a str, &'a str)> {
        let on_product = matches!(self.from, PolicySource::Product(_));
        let all = self.attributes.iter().copied();
        all.filter(move |(name, _)| on_product || !on_products_only(kind, name))
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

/// Names the dialing rules of a customer's calls, or none.
pub(crate) fn set_dialing(work: &mut Work<'_>, customer: &mut Customer, rules: Option<&str>) -> Decision {
    let found =
        rules.map(|code| work.context.catalog.dialing_rules(code).ok_or(Refusal::UnknownDialingRules));
    let name = found.transpose()?.map_or_else(|| "none".to_owned(), |rules| rules.name.clone());
    let head = &mut customer.head;
    if head.terminated_at.is_some() {
        return Err(Refusal::CustomerTerminated.into());
    }
    head.dialing = rules.map(|code| Box::new(code.to_owned()));
    work.event(head, EventKind::PolicyChanged, None, format!("dialing rules: {name}"));
    Ok(Reply::Done(None))
}

/// The name of a class of the catalog; empty for none.
pub(crate) fn known_class(work: &Work<'_>, class: Option<ClassId>) -> Result<String, Refusal> {
    let Some(id) = class else { return Ok(String::new()) };
    work.context.catalog.class_by_id(id).map(|c| c.name.clone()).ok_or(Refusal::UnknownClass)
}
