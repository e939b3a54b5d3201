//! What is sold: services, tariffs, products, quotas and policies, and the compiled snapshot that charging reads.
//!
//! Flows in: a [`Catalog`] as an operator writes it (TOML, JSON). Flows out: an immutable [`Snapshot`] with look-ups by number.
//! Publishing an inconsistent catalog is refused with the object and the field ([`CatalogProblem`]).
//! Must not know: customers, balances, protocols.

mod destination;
mod ids;
mod policy;
mod product;
mod service;
mod snapshot;
mod tariff;
mod validate;

pub use destination::DestinationGroup;
pub use ids::{CatalogVersion, ProductId, ServiceId, TariffId};
pub use policy::{GrantPolicy, ServicePolicy};
pub use product::{Catalog, Product, ProductKind, Quota, RatingEntry, Subscription, WhenExhausted};
pub use service::{Service, ServiceKind, Unit};
pub use snapshot::{QuotaKey, RateChoice, RateQuery, Snapshot};
pub use tariff::{Rate, Tariff};
pub use validate::CatalogProblem;
