//! Reratings: what stored use would cost under another tariff or catalog version, and booking the difference.
//!
//! Flows in: terms (a period, whose use, how it is priced). Flows out: pages of differences with their reasons, and corrections,
//! each booked once per name of the rerating. Both walk the customers in small parts behind a cursor, so a rerating of everybody
//! is resumed where it stopped; a part that was booked finds no difference the next time.
//! Must not know: how a use is priced (`charging::rerate`), SQL.

mod booking;
mod terms;

pub use booking::{ReratingState, ReratingView};
pub use terms::ReratingTerms;

use crate::charge_taxes::InvoicedTaxes;
use crate::page::cursor_numbers;
use crate::{Actor, ExplanationLine, Office, OfficeError, Permission, XdrView};
use calendar::Instant;
use catalog::{ProductId, Snapshot, TariffId};
use charging::{CustomerId, Preview, REFUNDABLE, Rerating, RowId, Xdr, rerate};
use money::{Amount, Currency};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::RatedUse;

/// Differences on a page, more or less: a part of a customer's use is shown whole.
const ROWS_SHOWN: usize = 200;
/// Customers looked at for one page, or between two notes of how far booking has come.
const CUSTOMERS_MOST: usize = 500;
/// Charges looked at for the same.
const CHARGES_MOST: usize = 20_000;

/// One charge that would be another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReratedCharge {
    /// The charge with its names.
    pub charge: XdrView,
    /// Its currency.
    pub currency: Currency,
    /// What it is rated at now, corrections included.
    pub was: Amount,
    /// What it would be.
    pub becomes: Amount,
    /// Why it would be that.
    pub why: Vec<ExplanationLine>,
}

/// A page of what a rerating would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReratingPage {
    /// Charges that would change, customer by customer.
    pub rows: Vec<ReratedCharge>,
    /// What customers would pay in addition on this page, by currency code; negative = they would get back.
    pub totals: BTreeMap<&'static str, Amount>,
    /// Charges that would stay.
    pub same: u64,
    /// Charges that cannot be priced so; they stay.
    pub unpriced: u64,
    /// Charges that are too old to be corrected; they stay.
    pub too_old: u64,
    /// Where the next page begins; `None` = everything was looked at.
    pub next: Option<String>,
}

/// Terms as the core takes them.
struct Pricing {
    catalog: Arc<Snapshot>,
    tariff: Option<(TariffId, TariffId)>,
    product: Option<ProductId>,
}

/// How far a walk has come: behind a record of a customer, or behind the customer when the record is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    customer: CustomerId,
    after: RowId,
}

impl Position {
    const START: Self = Self { customer: CustomerId(0), after: RowId(0) };

    fn parse(cursor: &str) -> Result<Self, OfficeError> {
        if cursor.is_empty() {
            return Ok(Self::START);
        }
        let [customer, after] = cursor_numbers::<2>(cursor)?;
        let customer = u32::try_from(customer);
        let customer = customer.map_err(|_| OfficeError::field("cursor", "is not a cursor of this list"))?;
        Ok(Self { customer: CustomerId(customer), after: RowId(after) })
    }

    fn text(self) -> String {
        format!("{}.{}", self.customer, self.after)
    }
}

/// Some use of one customer with what it would become.
struct Part {
    customer: CustomerId,
    currency: Currency,
    /// Differences too old to be booked are not among them.
    preview: Preview,
    too_old: usize,
}

impl Office {
    /// A page of what a rerating would do; nothing is changed.
    pub fn preview_rerating(
        &self,
        actor: &Actor,
        terms: &ReratingTerms,
        cursor: Option<&str>,
    ) -> Result<ReratingPage, OfficeError> {
        actor.require(Permission::MoveMoney)?;
        let terms = self.checked_terms(terms)?;
        let pricing = self.pricing(&terms)?;
        let start = Position::parse(cursor.unwrap_or_default())?;
        self.store().flush()?;
        let mut page = ReratingPage::default();
        let next = self.walk(&terms, &pricing, start, ROWS_SHOWN, |part| {
            page.same += part.preview.same as u64;
            page.unpriced += part.preview.unpriced.len() as u64;
            page.too_old += part.too_old as u64;
            let total = page.totals.entry(part.currency.code()).or_insert(Amount::ZERO);
            *total = total.saturating_plus(part.preview.total());
            for difference in &part.preview.differences {
                let charge = self.xdr(difference.of.xdr)?;
                let why = self.explain_rerated(&charge, &pricing.catalog, difference)?;
                let (was, becomes) = (difference.was, difference.becomes);
                page.rows.push(ReratedCharge { charge, currency: part.currency, was, becomes, why });
            }
            Ok(page.rows.len() < ROWS_SHOWN)
        })?;
        page.totals.retain(|_, total| !total.is_zero());
        page.next = next.map(Position::text);
        Ok(page)
    }

    /// Shows the use that the terms name, part by part, until nothing is left (`None`), the walk was long enough for once, or the
    /// visitor has seen enough.
    fn walk(
        &self,
        terms: &ReratingTerms,
        pricing: &Pricing,
        mut at: Position,
        most: usize,
        mut visit: impl FnMut(Part) -> Result<bool, OfficeError>,
    ) -> Result<Option<Position>, OfficeError> {
        let mut waiting = Vec::new().into_iter();
        let (mut looked, mut charges) = (0, 0);
        loop {
            if at.after.0 == 0 {
                let next = match waiting.next() {
                    None => {
                        waiting = self.customers_behind(terms, at.customer)?.into_iter();
                        waiting.next()
                    }
                    next => next,
                };
                let Some(customer) = next else { return Ok(None) };
                at.customer = customer;
            }
            let Position { customer, after } = at;
            let of = RatedUse { customer, from: terms.from, to: terms.to, after, most };
            let (used, changes) = self.store().rated_use(&of)?;
            let last = used.last().filter(|_| used.len() >= most);
            at.after = last.map_or(RowId(0), |xdr| xdr.id);
            looked += 1;
            charges += used.len();
            let enough = match self.part(customer, pricing, used, changes)? {
                Some(part) => !visit(part)?,
                None => false,
            };
            if enough || looked >= CUSTOMERS_MOST || charges >= CHARGES_MOST {
                return Ok(Some(at));
            }
        }
    }

    fn customers_behind(
        &self,
        terms: &ReratingTerms,
        behind: CustomerId,
    ) -> Result<Vec<CustomerId>, OfficeError> {
        match terms.customer {
            Some(customer) => Ok((behind.0 == 0).then_some(customer).into_iter().collect()),
            None => Ok(self.store().customers_after(behind, CUSTOMERS_MOST)?),
        }
    }

    fn part(
        &self,
        customer: CustomerId,
        pricing: &Pricing,
        mut used: Vec<Xdr>,
        changes: Vec<Xdr>,
    ) -> Result<Option<Part>, OfficeError> {
        used.retain(|xdr| pricing.product.is_none_or(|product| xdr.product == Some(product)));
        if used.is_empty() {
            return Ok(None);
        }
        let look = |found: Option<&charging::Customer>| found.map(|c| (c.head.zone, c.head.currency));
        let Some((zone, currency)) = self.engine().look(customer, look)? else { return Ok(None) };
        used.extend(changes);
        let Pricing { catalog, tariff, .. } = pricing;
        let mut preview = rerate(&used, Rerating { catalog, tariff: *tariff, zone: zone.name() });
        let (all, now) = (preview.differences.len(), self.now());
        preview.differences.retain(|difference| open(difference.of.posted_at, now));
        let too_old = all - preview.differences.len();
        let (mut taxes, mut records) = (InvoicedTaxes::of(self, customer)?, used.iter());
        for difference in &mut preview.differences {
            // In the order of the records.
            if let Some(record) = records.find(|record| record.id == difference.of.xdr) {
                difference.of = taxes.charged(record)?;
            }
        }
        Ok(Some(Part { customer, currency, preview, too_old }))
    }

    fn pricing(&self, terms: &ReratingTerms) -> Result<Pricing, OfficeError> {
        let catalog = match terms.version {
            Some(version) => self.catalog_version(version)?,
            None => self.catalog(),
        };
        let tariff = |code: &Option<String>| code.as_deref().and_then(|code| terms::tariff(&catalog, code));
        let wrong = tariff(&terms.tariff).map(|tariff| tariff.id);
        let right = tariff(&terms.becomes).map(|tariff| tariff.id).or(wrong);
        let product = terms.product.as_deref().and_then(|code| catalog.product(code)).map(|p| p.id);
        Ok(Pricing { tariff: wrong.zip(right), product, catalog })
    }
}

/// Whether a charge may still be corrected.
fn open(posted_at: Instant, now: Instant) -> bool {
    posted_at.plus(REFUNDABLE) > now
}
