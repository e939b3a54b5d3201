//! The catalog: as it was published, as a list of products, and its versions.

use crate::wire::{Money, Time, units, word};
use ::money::Currency;
use catalog::{Catalog, Product, Snapshot};
use office::CatalogEntry;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use crate::wire::Id;

/// The catalog in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatalogBody {
    /// Version.
    pub version: u32,
    /// Currency of every price.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// Services, destination groups, tariffs and products, as in the catalog file.
    #[schema(value_type = Object)]
    pub catalog: Catalog,
}

impl CatalogBody {
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let catalog = snapshot.catalog().clone();
        Self { version: snapshot.version().0, currency: snapshot.currency(), catalog }
    }
}

/// A catalog to publish.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishBody {
    /// The whole catalog, in the same form as the catalog file.
    #[schema(value_type = Object)]
    pub catalog: Catalog,
    /// Why, for the list of versions.
    #[serde(default)]
    pub comment: String,
}

/// A version that was published.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Published {
    /// Version.
    pub version: u32,
}

/// A published version in the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionBody {
    /// Version.
    pub version: u32,
    /// When.
    pub published_at: Time,
    /// By whom.
    pub published_by: String,
    /// Why.
    pub comment: String,
}

impl From<CatalogEntry> for VersionBody {
    fn from(entry: CatalogEntry) -> Self {
        Self {
            version: entry.version.0,
            published_at: entry.published_at.into(),
            published_by: entry.published_by,
            comment: entry.comment,
        }
    }
}

/// Included units of a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuotaBody {
    /// Name, such as `Domestic minutes`.
    pub name: String,
    /// Service code.
    pub service: String,
    /// Units of each period, as decimal text; at peak time where off-peak time is counted apart.
    pub units: Id,
    /// When they come anew: `daily`, `weekly`, `half_monthly`, `monthly`, `billing_period` or `once`.
    pub renewal: String,
    /// `pay_as_you_go`, `limited` or `block`.
    pub when_exhausted: String,
}

/// A product of the catalog in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductBody {
    /// Code.
    pub code: String,
    /// What people read.
    pub name: String,
    /// One sentence for the shop.
    pub description: String,
    /// `main` or `add_on`.
    pub kind: String,
    /// Recurring fee of a billing period; null when there is none.
    pub fee: Option<Money>,
    /// Currency code.
    pub currency: String,
    /// Codes of the services it allows.
    pub services: Vec<String>,
    /// Included units.
    pub quotas: Vec<QuotaBody>,
    /// What outside platforms switch on, by service.
    pub packages: BTreeMap<String, Vec<String>>,
    /// Codes of add-ons a subscriber with this product may buy himself.
    pub add_ons: Vec<String>,
}

impl ProductBody {
    pub(crate) fn of(product: &Product, currency: Currency) -> Self {
        let quotas = product.quotas.iter().map(|quota| QuotaBody {
            name: quota.name.clone(),
            service: quota.service.clone(),
            units: units(quota.units),
            renewal: word(&quota.renewal),
            when_exhausted: word(&quota.when_exhausted),
        });
        let mut services: Vec<String> = product.rating.iter().map(|entry| entry.service.clone()).collect();
        services.sort_unstable();
        services.dedup();
        Self {
            code: product.code.clone(),
            name: product.name.clone(),
            description: product.description.clone(),
            kind: word(&product.kind),
            fee: product.subscription.as_ref().map(|subscription| Money::of(subscription.fee, currency)),
            currency: currency.code().to_owned(),
            services,
            quotas: quotas.collect(),
            packages: product.packages.clone(),
            add_ons: product.add_ons.clone(),
        }
    }
}
