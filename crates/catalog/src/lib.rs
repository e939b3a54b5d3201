//! What is sold: services, tariffs, products, quotas and policies, and the compiled snapshot that charging reads.
//!
//! Flows in: a [`Catalog`] as an operator writes it (TOML, JSON). Flows out: an immutable [`Snapshot`] with look-ups by number.
//! Publishing an inconsistent catalog is refused with the object and the field ([`CatalogProblem`]).
//! Must not know: customers, balances, protocols.

mod access;
mod destination;
mod dialing;
mod digit_trie;
mod effective;
mod exchange;
mod formula;
mod ids;
mod large_pages;
mod off_peak;
mod off_peak_calendar;
mod plan;
mod plan_table;
mod policy;
mod price_change;
mod product;
mod rate_lookup;
mod rate_sheet;
mod service;
mod snapshot;
mod subscription;
mod tariff;
mod tariff_table;
mod tax;
mod validate;
mod vendor;

pub use access::{Access, AccessTime};
pub use destination::{DestinationGroup, DestinationGroupSet};
pub use dialing::{
    DIALING_RULES, DialingRule, DialingRules, HOTLINE_WITHOUT_FUNDS, PROVISION_CLD, RISE_MSCC_RESULT_CODE,
    always_holds, yes_or_no,
};
pub use effective::EffectiveDate;
pub use exchange::{DatedQuote, ExchangeProblem, ExchangeTable};
pub use formula::{FormulaChance, FormulaInterval, FormulaStep};
pub use ids::{CatalogVersion, ClassId, ProductId, ServiceId, TariffId};
pub use off_peak::{HolidayCalendar, OffPeakPeriod, TimeWindow};
pub use plan::{
    DayPart, Discount, DiscountStep, OffPeakUnits, Quota, Renewal, TopUpOption, Wallet, WalletService,
    WhenExhausted,
};
pub use plan_table::{Plan, PlanKind};
pub use policy::{CustomerClass, FinalAction, GrantMode, GrantPolicy, LimitedPolicy, ServicePolicy};
pub use product::{Begins, Catalog, Lasting, Product, ProductKind, RatingEntry};
pub use rate_lookup::{CostChoice, RateChoice, RateQuery, TariffRate, matched_destination};
pub use rate_sheet::SHEET_COLUMNS;
pub use service::{Service, ServiceKind, TrafficClass, Unit};
pub use snapshot::{PlanKey, Snapshot};
pub use subscription::{FeeTime, MinimumPeriod, PartPeriod, Subscription, SuspendedDays};
pub use tariff::{AtSwitch, OffPeakPrice, Rate, Tariff};
pub use tax::{TaxRate, TaxedPrices, Taxes};
pub use validate::CatalogProblem;
pub use vendor::{Connection, Direction, Vendor};
