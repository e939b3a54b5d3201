//! Usage x rate -> an exact price, the intervals that made it, and how much a sum of money can buy.
//!
//! Pure arithmetic on integers. Must not know: customers, sessions, quotas. A price that changes while something is used is told by
//! its rule in units used ([`PriceRule::change`]).

mod affordable;
mod banded;
mod interval;
mod price_rule;
mod priced;
mod whole_use;

pub use affordable::affordable;
pub use banded::price_banded;
pub use price_rule::{FurtherTerms, LaterPrice, PriceRule};
pub use priced::{PriceAddition, PricedInterval, PricedUse, price, price_explained};
pub use whole_use::whole_use;
