//! What is sold: services, tariffs, products, quotas and policies, and the compiled snapshot that charging reads.
//!
//! Flows in: a [`Catalog`] as an operator writes it (TOML, JSON). Flows out: an immutable [`Snapshot`] with look-ups by number.
//! Publishing an inconsistent catalog is refused with the object and the field ([`CatalogProblem`]).
//! Must not know: customers, balances, protocols.

mod destination;
mod exchange;
mod ids;
mod plan;
mod plan_table;
mod policy;
mod product;
mod service;
mod snapshot;
mod tariff;
mod validate;

pub use destination::DestinationGroup;
pub use exchange::{DatedQuote, ExchangeProblem, ExchangeTable};
pub use ids::{CatalogVersion, ClassId, ProductId, ServiceId, TariffId};
pub use plan::{
    DayPart, Discount, DiscountStep, OffPeakUnits, Quota, Renewal, TopUpOption, Wallet, WalletService,
    WhenExhausted,
};
pub use plan_table::{Plan, PlanKind};
pub use policy::{CustomerClass, FinalAction, GrantMode, GrantPolicy, LimitedPolicy, ServicePolicy};
pub use product::{Begins, Catalog, Lasting, Product, ProductKind, RatingEntry, Subscription};
pub use service::{Service, ServiceKind, Unit};
pub use snapshot::{PlanKey, RateChoice, RateQuery, Snapshot};
pub use tariff::{Rate, Tariff};
pub use validate::CatalogProblem;
