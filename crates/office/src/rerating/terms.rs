//! What is priced anew and how, checked field by field.

use crate::customers::Faults;
use crate::{Office, OfficeError};
use calendar::{Instant, Seconds};
use catalog::{CatalogVersion, Snapshot, Tariff};
use charging::{CustomerId, REFUNDABLE};
use serde::{Deserialize, Serialize};

/// What is priced anew, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReratingTerms {
    /// Use that began at or after this.
    pub from: Instant,
    /// Use that began before this.
    pub to: Instant,
    /// Only of this customer; `None` = of everybody.
    pub customer: Option<CustomerId>,
    /// Only charges that this product's rating entry decided, by code.
    pub product: Option<String>,
    /// Only charges under this tariff, by code.
    pub tariff: Option<String>,
    /// They are priced by this tariff, by code; `None` = by `tariff` as the catalog version has it. Without `tariff`, everything is
    /// priced by the rating entries of the catalog version.
    pub becomes: Option<String>,
    /// The catalog version that should have been used; `None` = the one in force.
    pub version: Option<CatalogVersion>,
}

pub(super) fn tariff<'a>(catalog: &'a Snapshot, code: &str) -> Option<&'a Tariff> {
    catalog.catalog().tariffs.iter().find(|tariff| tariff.code == code)
}

impl Office {
    /// The terms with the catalog version in force where they name none; refused field by field.
    pub(super) fn checked_terms(&self, terms: &ReratingTerms) -> Result<ReratingTerms, OfficeError> {
        let mut faults = Faults::new();
        let now = self.now();
        faults.check(terms.from < terms.to, "to", "is after the beginning of the period");
        faults.check(terms.to <= now, "to", "lies in the past: only use that is over is rated again");
        let oldest = now.plus_micros(-i64::try_from(REFUNDABLE.0).unwrap_or(0).saturating_mul(1_000_000));
        let days = REFUNDABLE.0 / Seconds(86_400).0;
        faults.check(terms.from >= oldest, "from", format!("charges are corrected for {days} days at most"));
        let version = terms.version.unwrap_or_else(|| self.catalog().version());
        let catalog = match self.catalog_version(version) {
            Ok(catalog) => catalog,
            Err(OfficeError::NotFound { .. }) => {
                faults.add("version", format!("there is no catalog version {version}"));
                return Err(faults.or(()).err().unwrap_or(OfficeError::Busy));
            }
            Err(error) => return Err(error),
        };
        if let Some(code) = &terms.product {
            faults.check(catalog.product(code).is_some(), "product", format!("there is no product {code}"));
        }
        let mut known = |field: &str, code: &Option<String>| {
            let found = tariff(&catalog, code.as_deref()?);
            faults.check(found.is_some(), field, format!("there is no tariff {}", code.as_deref()?));
            found
        };
        let (wrong, right) = (known("tariff", &terms.tariff), known("becomes", &terms.becomes));
        if let (Some(wrong), Some(right)) = (wrong, right) {
            let (service, other) = (&wrong.service, &right.service);
            faults.check(service == other, "becomes", format!("prices {other}, the other one {service}"));
            let same = wrong.currency == right.currency;
            faults.check(same, "becomes", "is in another currency than the other one");
        }
        let alone = terms.becomes.is_some() && terms.tariff.is_none();
        faults.check(!alone, "tariff", "say which tariff it replaces");
        if let Some(customer) = terms.customer {
            let known = self.store().customer_record(customer)?.is_some();
            faults.check(known, "customer", "there is no such customer");
        }
        faults.or(ReratingTerms { version: Some(version), ..terms.clone() })
    }
}
