//! The plans of every product, compiled: found by product and service without comparing text.

use crate::rate_lookup::code_fits;
use crate::{Catalog, PlanKey, Product, ProductId, Renewal, ServiceId, WhenExhausted};
use std::collections::HashMap;

/// A plan as charging reads it. One for several services is there once for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Which plan of which product.
    pub key: PlanKey,
    /// Name on screens.
    pub name: String,
    /// Position of its destination group; `None` = all destinations.
    pub(crate) group: Option<usize>,
    /// Access codes; empty = all use.
    access_codes: Vec<String>,
    /// One counter for all accounts of the customer that hold the product.
    pub shared: bool,
    /// Percentages at which an event is sent; ascending.
    pub warn_percent: Vec<u8>,
    /// What it does.
    pub kind: PlanKind,
}

impl Plan {
    /// Whether both are for the same destinations and access codes.
    pub fn same_destinations(&self, other: &Self) -> bool {
        self.group == other.group && self.access_codes == other.access_codes
    }

    /// Whether it is for use with this access code.
    pub fn is_for(&self, access_code: &str) -> bool {
        let fits =
            |code: &String| code_fits(code, access_code) && (!code.is_empty() || access_code.is_empty());
        self.access_codes.is_empty() || self.access_codes.iter().any(fits)
    }
}

/// What a plan does, with its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanKind {
    /// Units included.
    Quota {
        /// Units at peak, first and second off-peak time; the first only when they are not counted apart.
        units: [u64; 3],
        /// Peak and off-peak times are counted apart.
        parted: bool,
        /// When the units come anew.
        renewal: Renewal,
        /// For how many further periods unused units stay.
        rollovers: u8,
        /// The first period gives its days only.
        prorate_first: bool,
        /// What follows when they are used.
        when_exhausted: WhenExhausted,
    },
    /// Cheaper after thresholds.
    Discount {
        /// When counting begins anew.
        renewal: Renewal,
        /// Thresholds are millionths of the currency unit instead of units.
        money: bool,
        /// (threshold, percent taken off), ascending.
        steps: Vec<(u64, u8)>,
    },
    /// A prepaid sub-balance.
    Wallet {
        /// It holds millionths of the currency unit instead of units.
        money: bool,
        /// Units of the wallet...
        takes: u64,
        /// ...for so many units of the service.
        per: u64,
    },
}

/// All plans of one product.
#[derive(Debug, Default)]
struct OfProduct {
    by_service: Vec<(ServiceId, Vec<Plan>)>,
}

/// Plans by product and service.
#[derive(Debug, Default)]
pub(crate) struct PlanTable {
    /// Product numbers are given without gaps, so they are positions here.
    products: Vec<OfProduct>,
}

impl PlanTable {
    /// From a catalog that was checked and has its numbers.
    pub(crate) fn compile(catalog: &Catalog) -> Self {
        let most = catalog.products.iter().map(|p| p.id.0).max().unwrap_or(0) as usize;
        let mut products: Vec<OfProduct> = (0..=most).map(|_| OfProduct::default()).collect();
        for product in &catalog.products {
            let Some(slot) = products.get_mut(product.id.0 as usize) else { continue };
            for (service, plan) in plans_of(catalog, product) {
                match slot.by_service.iter_mut().find(|(id, _)| *id == service) {
                    Some((_, plans)) => plans.push(plan),
                    None => slot.by_service.push((service, vec![plan])),
                }
            }
        }
        Self { products }
    }

    pub(crate) fn of(&self, product: ProductId, service: ServiceId) -> &[Plan] {
        let services = self.products.get(product.0 as usize).map_or(&[][..], |p| &p.by_service);
        services.iter().find(|(id, _)| *id == service).map_or(&[], |(_, plans)| plans)
    }

    pub(crate) fn all_of(&self, product: ProductId) -> impl Iterator<Item = (ServiceId, &Plan)> {
        let services = self.products.get(product.0 as usize).map_or(&[][..], |p| &p.by_service);
        services.iter().flat_map(|(id, plans)| plans.iter().map(move |plan| (*id, plan)))
    }
}

/// Every plan of a product with the service it is for.
fn plans_of(catalog: &Catalog, product: &Product) -> Vec<(ServiceId, Plan)> {
    let mut plans = Vec::new();
    let key = |plan| PlanKey { product: product.id, plan };
    for quota in &product.quotas {
        let off_peak = quota.off_peak.unwrap_or_default();
        let kind = PlanKind::Quota {
            units: [quota.units, off_peak.first, off_peak.second],
            parted: quota.off_peak.is_some(),
            renewal: quota.renewal,
            rollovers: quota.rollovers,
            prorate_first: quota.prorate_first,
            when_exhausted: quota.when_exhausted,
        };
        for service in std::iter::once(&quota.service).chain(&quota.pool) {
            let (name, shared, kind) = (&quota.name, quota.shared, kind.clone());
            plans.push((
                service,
                (&quota.destinations, &quota.access_codes),
                key(quota.id),
                name,
                shared,
                kind,
            ));
        }
    }
    for discount in &product.discounts {
        let money = discount.steps.iter().any(|s| s.from_amount.is_some());
        let threshold = |s: &crate::DiscountStep| match s.from_amount {
            Some(amount) => u64::try_from(amount.micros()).unwrap_or(0),
            None => s.from_units.unwrap_or(0),
        };
        let steps = discount.steps.iter().map(|s| (threshold(s), s.percent)).collect();
        let kind = PlanKind::Discount { renewal: discount.renewal, money, steps };
        for service in std::iter::once(&discount.service).chain(&discount.pool) {
            let (name, shared, kind) = (&discount.name, discount.shared, kind.clone());
            let place = (&discount.destinations, &discount.access_codes);
            plans.push((service, place, key(discount.id), name, shared, kind));
        }
    }
    for wallet in &product.wallets {
        for service in &wallet.services {
            let kind = PlanKind::Wallet { money: wallet.money, takes: service.takes, per: service.per };
            let (name, shared) = (&wallet.name, wallet.shared);
            let place = (&service.destinations, &service.access_codes);
            plans.push((&service.service, place, key(wallet.id), name, shared, kind));
        }
    }
    let warnings = |name: &str| {
        let quota = product.quotas.iter().find(|q| q.name == name).map(|q| &q.warn_percent);
        let wallet = || product.wallets.iter().find(|w| w.name == name).map(|w| &w.warn_percent);
        quota.or_else(wallet).cloned().unwrap_or_default()
    };
    let compiled =
        plans.into_iter().filter_map(|(service, (destinations, codes), key, name, shared, kind)| {
            let service = catalog.services.iter().find(|s| s.code == *service)?.id;
            let code = destinations.as_ref();
            let group = code.and_then(|code| catalog.destination_groups.iter().position(|g| g.code == *code));
            let (warn_percent, access_codes) = (warnings(name), codes.clone());
            Some((service, Plan { key, name: name.clone(), group, access_codes, shared, warn_percent, kind }))
        });
    compiled.collect()
}

/// Gives every plan its number within its product: the old one of a name that was published before, else the next free one.
pub(crate) fn assign_numbers(catalog: &mut Catalog, previous: Option<&Catalog>) {
    for product in &mut catalog.products {
        let published = previous.and_then(|p| p.products.iter().find(|old| old.code == product.code));
        let mut known: HashMap<String, u8> = HashMap::new();
        if let Some(old) = published {
            known.extend(names_of(old).map(|(name, id)| (name.to_owned(), id)));
        }
        // At most 255 plans in a product: validation saw to it.
        let mut last = known.values().copied().max().unwrap_or(0);
        let mut number = |name: &str| {
            known.get(name).copied().unwrap_or_else(|| {
                last = last.saturating_add(1);
                last
            })
        };
        for quota in &mut product.quotas {
            quota.id = number(&quota.name);
        }
        for discount in &mut product.discounts {
            discount.id = number(&discount.name);
        }
        for wallet in &mut product.wallets {
            wallet.id = number(&wallet.name);
        }
    }
}

/// Names and numbers of all plans of a product.
pub(crate) fn names_of(product: &Product) -> impl Iterator<Item = (&str, u8)> {
    let quotas = product.quotas.iter().map(|q| (q.name.as_str(), q.id));
    let discounts = product.discounts.iter().map(|d| (d.name.as_str(), d.id));
    let wallets = product.wallets.iter().map(|w| (w.name.as_str(), w.id));
    quotas.chain(discounts).chain(wallets)
}
