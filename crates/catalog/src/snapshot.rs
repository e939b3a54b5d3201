//! The compiled catalog: immutable, shared, looked up by number on the hot path.

use crate::access::AccessCalendars;
use crate::destination::PrefixTable;
use crate::ids::Positions;
use crate::rate_lookup::CompiledEntry;
use crate::tariff_table::TariffTable;
use crate::{
    Catalog, CatalogProblem, CatalogVersion, ClassId, CustomerClass, DialingRules, Plan, Product, ProductId,
    ProductKind, Service, ServiceId, Tariff, TariffId, Wallet,
    plan_table::{self, PlanTable},
    validate,
};
use money::Currency;
use std::collections::HashMap;

/// Places by the codes that staff gave.
type ByCode = HashMap<String, usize, foldhash::fast::RandomState>;

/// One published catalog, compiled.
#[derive(Debug)]
pub struct Snapshot {
    version: CatalogVersion,
    catalog: Catalog,
    services_by_code: ByCode,
    services_by_id: Positions,
    products_by_code: ByCode,
    pub(crate) products_by_id: Positions,
    pub(crate) tariffs_by_code: ByCode,
    pub(crate) tariffs_by_id: Positions,
    /// Compiled rows, in the order of the tariffs.
    pub(crate) tables: Vec<TariffTable>,
    /// Rating entries, in the order of the products.
    pub(crate) entries: Vec<Vec<CompiledEntry>>,
    /// Members, in the order of the destination groups.
    groups: Vec<PrefixTable>,
    plans: PlanTable,
    pub(crate) access: AccessCalendars,
}

/// A quota, discount or wallet of a product.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub struct PlanKey {
    /// Product that includes it.
    pub product: ProductId,
    /// Its number within the product.
    pub plan: u8,
}

impl Snapshot {
    /// Compiles a catalog. Objects without a number get one; `previous` keeps numbers stable by code.
    pub fn compile(
        mut catalog: Catalog,
        version: CatalogVersion,
        previous: Option<&Snapshot>,
    ) -> Result<Self, Vec<CatalogProblem>> {
        let mut problems = validate::problems(&catalog);
        problems.extend(previous.into_iter().flat_map(|p| validate::removals(&p.catalog, &catalog)));
        let mut tables = Vec::with_capacity(catalog.tariffs.len());
        for tariff in &catalog.tariffs {
            let table = TariffTable::build(tariff, &catalog, &mut problems);
            validate::sheet_problems(tariff, &table, &mut problems);
            tables.push(table);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        assign_numbers(&mut catalog, previous.map(|p| &p.catalog));
        let groups = catalog.destination_groups.iter().map(|g| PrefixTable::of_set(&g.prefixes));
        let mut snapshot = Self {
            version,
            plans: PlanTable::compile(&catalog),
            access: AccessCalendars::compile(&catalog),
            tables,
            entries: Vec::new(),
            groups: groups.collect(),
            tariffs_by_code: catalog.tariffs.iter().enumerate().map(|(i, t)| (t.code.clone(), i)).collect(),
            tariffs_by_id: Positions::of(catalog.tariffs.iter().map(|t| t.id.0)),
            services_by_code: catalog.services.iter().enumerate().map(|(i, s)| (s.code.clone(), i)).collect(),
            services_by_id: Positions::of(catalog.services.iter().map(|s| u32::from(s.id.0))),
            products_by_code: catalog.products.iter().enumerate().map(|(i, p)| (p.code.clone(), i)).collect(),
            products_by_id: Positions::of(catalog.products.iter().map(|p| p.id.0)),
            catalog,
        };
        let entries = snapshot.catalog.products.iter().map(|product| snapshot.compile_entries(product));
        snapshot.entries = entries.collect();
        Ok(snapshot)
    }

    /// Which publication this is.
    pub fn version(&self) -> CatalogVersion {
        self.version
    }

    /// The catalog with its numbers assigned, as it is stored.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Currency of every price that names no other.
    pub fn currency(&self) -> Currency {
        self.catalog.currency
    }

    /// A service by code.
    pub fn service(&self, code: &str) -> Option<&Service> {
        self.services_by_code.get(code).and_then(|i| self.catalog.services.get(*i))
    }

    /// A service by number.
    pub fn service_by_id(&self, id: ServiceId) -> Option<&Service> {
        self.services_by_id.get(u32::from(id.0)).and_then(|i| self.catalog.services.get(i))
    }

    /// A product by code.
    pub fn product(&self, code: &str) -> Option<&Product> {
        self.products_by_code.get(code).and_then(|i| self.catalog.products.get(*i))
    }

    /// A product by number.
    pub fn product_by_id(&self, id: ProductId) -> Option<&Product> {
        self.products_by_id.get(id.0).and_then(|i| self.catalog.products.get(i))
    }

    /// A tariff by number.
    pub fn tariff_by_id(&self, id: TariffId) -> Option<&Tariff> {
        self.tariffs_by_id.get(id.0).and_then(|i| self.catalog.tariffs.get(i))
    }

    /// Whether any of the products has a rating entry for the service at all.
    pub fn allows(&self, products: &[ProductId], service: ServiceId) -> bool {
        let Some(service) = self.service_by_id(service) else { return false };
        products
            .iter()
            .filter_map(|id| self.product_by_id(*id))
            .any(|p| p.rating.iter().any(|entry| entry.service == service.code))
    }

    /// Whether anything is sold in this currency.
    pub fn sells_in(&self, currency: Currency) -> bool {
        currency == self.catalog.currency
            || self.catalog.products.iter().any(|p| p.currency == Some(currency))
    }

    /// The currency of a product.
    pub fn currency_of(&self, product: &Product) -> Currency {
        product.currency.unwrap_or(self.catalog.currency)
    }

    /// Plans of one product for a service, whatever the destination ([`Snapshot::covers`]), in the product's order.
    pub fn plans(&self, product: ProductId, service: ServiceId) -> &[Plan] {
        self.plans.of(product, service)
    }

    /// All plans of a product with their services; a plan for several services comes once for each.
    pub fn plans_of(&self, product: ProductId) -> impl Iterator<Item = (ServiceId, &Plan)> {
        self.plans.all_of(product)
    }

    /// A plan by key, as it is for the first of its services.
    pub fn plan(&self, key: PlanKey) -> Option<(ServiceId, &Plan)> {
        self.plans.all_of(key.product).find(|(_, plan)| plan.key == key)
    }

    /// A wallet by key, with its top-up options.
    pub fn wallet(&self, key: PlanKey) -> Option<&Wallet> {
        self.product_by_id(key.product)?.wallets.iter().find(|w| w.id == key.plan)
    }

    /// A customer class by number.
    pub fn class_by_id(&self, id: ClassId) -> Option<&CustomerClass> {
        self.catalog.classes.iter().find(|c| c.id == id)
    }

    /// A customer class by code.
    pub fn class(&self, code: &str) -> Option<&CustomerClass> {
        self.catalog.classes.iter().find(|c| c.code == code)
    }

    /// Dialing rules by code.
    pub fn dialing_rules(&self, code: &str) -> Option<&DialingRules> {
        self.catalog.dialing_rules.iter().find(|rules| rules.code == code)
    }

    /// Add-ons a holder of this main product may buy.
    pub fn add_ons_of<'a>(&'a self, product: &'a Product) -> impl Iterator<Item = &'a Product> {
        product.add_ons.iter().filter_map(|code| self.product(code)).filter(|p| p.kind == ProductKind::AddOn)
    }

    /// Whether the plan is for this destination.
    pub fn covers(&self, plan: &Plan, destination: &str) -> bool {
        let Some(group) = plan.group else { return true };
        self.groups.get(group).is_some_and(|members| members.matches(destination).next().is_some())
    }

    /// The service a rating group of another one stands for: what its `rating_groups` say, where one of the products prices that
    /// service; the service itself otherwise.
    pub fn traffic_class(
        &self,
        products: &[ProductId],
        service: ServiceId,
        rating_group: Option<u32>,
    ) -> ServiceId {
        let class = || {
            let rating_group = rating_group?;
            let classes = &self.service_by_id(service)?.rating_groups;
            let class = classes.iter().find(|class| class.groups.contains(&rating_group))?;
            let class = self.service(&class.service)?.id;
            self.allows(products, class).then_some(class)
        };
        class().unwrap_or(service)
    }
}

/// Hands out numbers: the old one of a code that was published before, the next free one otherwise.
struct Numbers {
    known: HashMap<String, u32>,
    last: u32,
}

impl Numbers {
    fn of<'a>(published: impl Iterator<Item = (&'a str, u32)>) -> Self {
        let known: HashMap<String, u32> = published.map(|(code, number)| (code.to_owned(), number)).collect();
        let last = known.values().copied().max().unwrap_or(0);
        Self { known, last }
    }

    fn number(&mut self, code: &str) -> u32 {
        self.known.get(code).copied().unwrap_or_else(|| {
            self.last = self.last.saturating_add(1);
            self.last
        })
    }
}

/// Keeps the numbers of objects that were published before and gives the next free ones to new objects.
fn assign_numbers(catalog: &mut Catalog, previous: Option<&Catalog>) {
    let services = previous.map_or(&[][..], |p| &p.services);
    let mut numbers = Numbers::of(services.iter().map(|s| (s.code.as_str(), u32::from(s.id.0))));
    for service in &mut catalog.services {
        service.id = ServiceId(u16::try_from(numbers.number(&service.code)).unwrap_or(u16::MAX));
    }
    let tariffs = previous.map_or(&[][..], |p| &p.tariffs);
    let mut numbers = Numbers::of(tariffs.iter().map(|t| (t.code.as_str(), t.id.0)));
    for tariff in &mut catalog.tariffs {
        tariff.id = TariffId(numbers.number(&tariff.code));
    }
    let products = previous.map_or(&[][..], |p| &p.products);
    let mut numbers = Numbers::of(products.iter().map(|p| (p.code.as_str(), p.id.0)));
    for product in &mut catalog.products {
        product.id = ProductId(numbers.number(&product.code));
    }
    let classes = previous.map_or(&[][..], |p| &p.classes);
    let mut numbers = Numbers::of(classes.iter().map(|c| (c.code.as_str(), u32::from(c.id.0))));
    for class in &mut catalog.classes {
        class.id = ClassId(u16::try_from(numbers.number(&class.code)).unwrap_or(u16::MAX));
    }
    plan_table::assign_numbers(catalog, previous);
}
