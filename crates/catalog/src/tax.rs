//! Taxes: what share of which prices goes to the state, from when on, for which customers. Must not know: customers, invoices.

use crate::{ClassId, EffectiveDate, Product, Service, Snapshot};
use calendar::Instant;
use money::Percent;
use serde::{Deserialize, Serialize};

/// The taxes of an operator.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taxes {
    /// What the prices of the catalog are. Those of prepaid customers always include their taxes: they pay before there is an invoice.
    #[serde(default)]
    pub prices: TaxedPrices,
    /// Category of products and services that name none; left out = they are not taxed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Rates, with their history.
    #[serde(default)]
    pub rates: Vec<TaxRate>,
}

/// Whether a price is what the customer pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxedPrices {
    /// Net: taxes come on top.
    #[default]
    Net,
    /// Gross: taxes are included.
    Gross,
}

/// One rate of one tax on one category. Several taxes may be due on a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxRate {
    /// Which tax: of the rates of one tax on one category a single one holds at a time.
    pub code: String,
    /// What invoices call it: `VAT`.
    pub name: String,
    /// Category of products and services.
    pub category: String,
    /// Percent of the net price.
    pub percent: Percent,
    /// In force from then until a later one; left out = always was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<EffectiveDate>,
    /// Codes of the customer classes it is for; left out = all that have no rate of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
}

impl TaxRate {
    fn begins(&self) -> Option<Instant> {
        self.from.map(|from| from.0)
    }
}

impl Snapshot {
    /// Taxes of the catalog; none when it has none.
    pub fn taxes(&self) -> Option<&Taxes> {
        self.catalog().taxes.as_ref()
    }

    /// The category of a charge: the product's for a fee, the service's for use.
    pub fn tax_category<'a>(
        &'a self,
        product: Option<&'a Product>,
        service: Option<&'a Service>,
    ) -> Option<&'a str> {
        let named = match service {
            Some(service) => service.tax.as_deref(),
            None => product.and_then(|product| product.tax.as_deref()),
        };
        named.or_else(|| self.taxes()?.default.as_deref())
    }

    /// The rates on a category at a time for customers of a class, one for each tax, in the order of the catalog: of those that
    /// name the class, else of those for all, the one that began last.
    pub fn tax_rates(&self, category: &str, class: Option<ClassId>, at: Instant) -> Vec<&TaxRate> {
        let class = class.and_then(|id| self.class_by_id(id)).map(|class| class.code.as_str());
        let own = |rate: &TaxRate| class.is_some_and(|class| rate.classes.iter().any(|c| c == class));
        let holds = |rate: &&TaxRate| {
            rate.category == category
                && rate.begins().is_none_or(|from| from <= at)
                && (rate.classes.is_empty() || own(rate))
        };
        let mut found: Vec<&TaxRate> = Vec::new();
        for rate in self.taxes().into_iter().flat_map(|taxes| &taxes.rates).filter(holds) {
            match found.iter_mut().find(|other| other.code == rate.code) {
                None => found.push(rate),
                Some(other) if (own(other), other.begins()) <= (own(rate), rate.begins()) => *other = rate,
                Some(_) => {}
            }
        }
        found
    }
}
