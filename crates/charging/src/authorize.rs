//! May an account use a service now, and with which attributes?

use crate::apply::{Decision, Work};
use crate::bucket_use::{self, Wanted};
use crate::funds::{may_begin, purse, standing};
use crate::{AccessReply, Account, Authorize, Customer, Head, Policy, Refusal, Reply};
use catalog::{ProductId, RateQuery, ServiceId, Snapshot};
use rating::{PriceRule, price};

/// Answers with the first reason against it, if any, and with the service's attributes in either case.
pub(crate) fn authorize(work: &Work<'_>, customer: &Customer, ask: &Authorize) -> Decision {
    let account = customer.account(ask.account).ok_or(Refusal::UnknownAccount)?;
    let catalog = work.context.catalog;
    let products = account.products_in_order(work.now(), catalog);
    let refusal = standing(&customer.head, account)
        .or_else(|| use_refusal(work, &customer.head, account, &products, ask));
    Ok(Reply::Access(AccessReply { refusal, policy: policy(catalog, &products, ask.service) }))
}

fn use_refusal(
    work: &Work<'_>,
    head: &Head,
    account: &Account,
    products: &[ProductId],
    ask: &Authorize,
) -> Option<Refusal> {
    let catalog = work.context.catalog;
    let query = RateQuery {
        products,
        service: ask.service,
        node: &ask.node,
        access_code: "",
        destination: "",
        at: work.now(),
        zone: &head.zone,
    };
    if !catalog.allows(products, ask.service) {
        return Some(Refusal::NotAllowed);
    }
    // Without a rate for "anything" the price depends on the destination, so only the first use can tell.
    let rule: PriceRule = (&catalog.rate(&query)?).into();
    let needed = price(&rule, 1).ok()?;
    let wanted = Wanted {
        catalog,
        products,
        service: ask.service,
        destination: "",
        period_number: head.period_number,
    };
    if bucket_use::any_free(account, &wanted) {
        return None;
    }
    if bucket_use::blocks_beyond(&wanted) {
        return Some(Refusal::QuotaUsedUp);
    }
    if let Err(refusal) = may_begin(head, account, needed, work.now()) {
        return Some(refusal);
    }
    let available = purse(head, Some(account)).available(work.now());
    (needed.is_positive() && available < needed).then_some(Refusal::InsufficientFunds { available, needed })
}

/// Attributes of a service: the first product in order that sets a value decides it.
fn policy(catalog: &Snapshot, products: &[ProductId], service: ServiceId) -> Policy {
    let mut policy = Policy::default();
    let Some(service) = catalog.service_by_id(service) else { return policy };
    for product in products.iter().filter_map(|id| catalog.product_by_id(*id)) {
        for set in product.policies.iter().filter(|p| p.service == service.code) {
            policy.down_kbps = policy.down_kbps.or(set.down_kbps);
            policy.up_kbps = policy.up_kbps.or(set.up_kbps);
            for (name, value) in &set.attributes {
                if !policy.attributes.iter().any(|(n, _)| n == name) {
                    policy.attributes.push((name.clone(), value.clone()));
                }
            }
        }
    }
    policy
}
