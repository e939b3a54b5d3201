//! Usage x rate -> an exact price, the intervals that made it, and how much a sum of money can buy.
//!
//! Pure arithmetic on integers. Must not know: customers, sessions, quotas, time.

mod affordable;
mod interval;

pub use affordable::affordable;
pub use interval::{PriceRule, PricedInterval, PricedUse, price, price_explained};
