//! From a use to its rate: product, rating entry, tariff, row, time of day; and the cost side the same way.

use crate::tariff_table::TariffTable;
use crate::{
    Connection, DayPart, Product, ProductId, Rate, RatingEntry, ServiceId, Snapshot, Tariff, TariffId,
    destination::ANY,
};
use calendar::{BillingZone, Instant};
use money::Currency;

/// What is to be priced.
#[derive(Debug, Clone, Copy)]
pub struct RateQuery<'a> {
    /// Products in the order in which they are looked at.
    pub products: &'a [ProductId],
    /// Service used.
    pub service: ServiceId,
    /// Node that reports.
    pub node: &'a str,
    /// Access code, empty when none. `OUTGOING.SI120` is priced as `OUTGOING` where it has no entry of its own.
    pub access_code: &'a str,
    /// Number, name or code that was used.
    pub destination: &'a str,
    /// When it is used.
    pub at: Instant,
    /// IANA name of the customer's billing zone, for off-peak periods; an unknown one counts as UTC.
    pub zone: &'a str,
}

/// The rate that prices a use, with where it came from.
#[derive(Debug, Clone, Copy)]
pub struct RateChoice<'a> {
    /// Product whose rating entry matched.
    pub product: &'a Product,
    /// The rating entry.
    pub entry: &'a RatingEntry,
    /// The rate of its tariff; its fields are the choice's own, too.
    pub found: TariffRate<'a>,
}

impl<'a> std::ops::Deref for RateChoice<'a> {
    type Target = TariffRate<'a>;

    fn deref(&self) -> &TariffRate<'a> {
        &self.found
    }
}

/// A tariff's rate, whatever led to the tariff.
#[derive(Debug, Clone, Copy)]
pub struct TariffRate<'a> {
    /// The tariff.
    pub tariff: &'a Tariff,
    /// The row of the longest matching destination that is in force.
    pub rate: &'a Rate,
    /// Octets of the destination that the row's own fixes ([`matched_destination`]).
    pub matched: usize,
    /// Which of the tariff's prices holds.
    pub day_part: DayPart,
    /// Currency of the price.
    pub currency: Currency,
    /// Decimal places of the charge.
    pub places: u8,
}

/// What a use costs us.
#[derive(Debug, Clone, Copy)]
pub struct CostChoice<'a> {
    /// The connection that carried it.
    pub connection: &'a Connection,
    /// The vendor's rate.
    pub rate: TariffRate<'a>,
    /// The vendor's zone.
    pub zone: &'a str,
}

/// A rating entry with its tariff resolved; entries of a product stand in the order in which they are tried.
#[derive(Debug)]
pub(crate) struct CompiledEntry {
    service: ServiceId,
    entry: usize,
    tariff: usize,
}

impl Snapshot {
    /// The rate for a use: products in order, the most specific entry of the first that has one and knows the destination.
    pub fn rate(&self, query: &RateQuery<'_>) -> Option<RateChoice<'_>> {
        query.products.iter().find_map(|id| {
            let (product, entry, tariff) = self.entry(*id, query)?;
            let found = self.rate_at(tariff, query.destination, query.at, query.zone)?;
            Some(RateChoice { product, entry, found })
        })
    }

    /// The rate for a use in a given tariff, on behalf of the first product with a matching entry: the tariff of a reseller, or of
    /// a rerating.
    pub fn rate_in(&self, tariff: TariffId, query: &RateQuery<'_>) -> Option<RateChoice<'_>> {
        let RateChoice { product, entry, .. } = self.rate(query)?;
        let found = self.tariff_rate(tariff, query.destination, query.at, query.zone)?;
        Some(RateChoice { product, entry, found })
    }

    /// The tariff at which the product names that the reseller above is charged for a use.
    pub fn reseller_tariff(&self, query: &RateQuery<'_>) -> Option<TariffId> {
        let position = self.tariff_position_by_code(self.rate(query)?.entry.reseller_tariff.as_deref()?)?;
        self.catalog().tariffs.get(position).map(|tariff| tariff.id)
    }

    /// A product's most specific entry for a use, with the position of its tariff.
    fn entry(&self, product: ProductId, query: &RateQuery<'_>) -> Option<(&Product, &RatingEntry, usize)> {
        let (product, entries) = self.entries_of(product)?;
        let of_service = entries.iter().filter(|entry| entry.service == query.service);
        let mut fitting = of_service.filter_map(|compiled| {
            let entry = product.rating.get(compiled.entry)?;
            let fits = fits((&entry.node, &entry.access_code), query.node, query.access_code);
            fits.then_some((product, entry, compiled.tariff))
        });
        fitting.next()
    }

    /// The rate of a tariff for a destination at an instant, for sessions that stay with their tariff.
    pub fn tariff_rate(
        &self,
        tariff: TariffId,
        destination: &str,
        at: Instant,
        zone: &str,
    ) -> Option<TariffRate<'_>> {
        self.rate_at(self.tariff_position(tariff)?, destination, at, zone)
    }

    /// What a use costs us: the rate of the active connection that fits its direction and best its node and access code.
    pub fn cost(&self, query: &RateQuery<'_>) -> Option<CostChoice<'_>> {
        let service = self.service_by_id(query.service)?;
        let connections = self.catalog().connections.iter().filter(|c| !c.inactive);
        let fitting = connections.filter_map(|connection| {
            let position = self.tariff_position_by_code(&connection.tariff)?;
            let (tariff, _) = self.tariff_at(position)?;
            let fits = fits((&connection.node, &connection.access_code), query.node, query.access_code);
            let fits = fits && connection.goes_the_way_of(query.access_code);
            (fits && tariff.service == service.code).then_some((connection, position))
        });
        let best = fitting.max_by_key(|(c, _)| specificity(&c.node, &c.access_code));
        let (connection, position) = best?;
        let vendor = self.catalog().vendors.iter().find(|v| v.code == connection.vendor)?;
        let zone = vendor.zone.as_deref().unwrap_or("UTC");
        let rate = self.rate_at(position, query.destination, query.at, zone)?;
        Some(CostChoice { connection, rate, zone })
    }

    fn rate_at(&self, position: usize, asked: &str, at: Instant, zone: &str) -> Option<TariffRate<'_>> {
        let (tariff, table) = self.tariff_at(position)?;
        let row = table.find(tariff, asked, at)?;
        let day_part = table
            .calendar
            .as_ref()
            .map(|calendar| calendar.day_part(zone_named(zone).stretch(at).local_seconds(at)));
        let currency = tariff.currency.unwrap_or(self.currency());
        Some(TariffRate {
            tariff,
            rate: row.rate,
            matched: row.length,
            day_part: day_part.unwrap_or_default(),
            currency,
            places: tariff.places.unwrap_or(currency.exponent()),
        })
    }

    fn tariff_at(&self, position: usize) -> Option<(&Tariff, &TariffTable)> {
        Some((self.catalog().tariffs.get(position)?, self.tables.get(position)?))
    }

    fn entries_of(&self, product: ProductId) -> Option<(&Product, &[CompiledEntry])> {
        let position = self.products_by_id.get(product.0)?;
        Some((self.catalog().products.get(position)?, self.entries.get(position)?))
    }

    pub(crate) fn table_of(&self, tariff: TariffId) -> Option<&TariffTable> {
        self.tables.get(self.tariff_position(tariff)?)
    }

    fn tariff_position(&self, tariff: TariffId) -> Option<usize> {
        self.tariffs_by_id.get(tariff.0)
    }

    fn tariff_position_by_code(&self, code: &str) -> Option<usize> {
        self.tariffs_by_code.get(code).copied()
    }

    /// A product's entries, the most specific first: a node says more than an access code, a longer code more than a shorter.
    pub(crate) fn compile_entries(&self, product: &Product) -> Vec<CompiledEntry> {
        let mut ordered: Vec<(usize, &RatingEntry)> = product.rating.iter().enumerate().collect();
        ordered.sort_by_key(|(_, entry)| std::cmp::Reverse(specificity(&entry.node, &entry.access_code)));
        let compiled = ordered.into_iter().filter_map(|(entry, written)| {
            let service = self.service(&written.service)?.id;
            Some(CompiledEntry { service, entry, tariff: self.tariff_position_by_code(&written.tariff)? })
        });
        compiled.collect()
    }
}

/// The destination of a row, found for `asked`: a beginning of it, or `*`.
pub fn matched_destination(asked: &str, matched: usize) -> &str {
    asked.get(..matched).filter(|text| !text.is_empty()).unwrap_or(ANY)
}

pub(crate) fn zone_named(name: &str) -> BillingZone {
    BillingZone::named(name).unwrap_or_else(|_| BillingZone::utc())
}

/// Whether an entry or connection for (node, access code) holds for a use.
fn fits((node, access_code): (&Option<String>, &Option<String>), used_node: &str, used_code: &str) -> bool {
    let code_fits = |code: &str| code_fits(code, used_code);
    node.as_deref().is_none_or(|node| node == used_node) && access_code.as_deref().is_none_or(code_fits)
}

/// Whether the code of a use is this one, or goes on after it with a dot.
pub(crate) fn code_fits(code: &str, used_code: &str) -> bool {
    used_code.strip_prefix(code).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn specificity(node: &Option<String>, access_code: &Option<String>) -> (bool, usize) {
    (node.is_some(), access_code.as_ref().map_or(0, |code| code.len() + 1))
}
