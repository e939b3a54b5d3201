//! Instants, billing zones and billing-period boundaries.
//!
//! Flows in: microseconds UTC and time zone names. Flows out: period boundaries and readable dates.
//! Must not know: the system clock (`engine::Clock` does), money, customers.

mod instant;
mod period;
mod zone;

pub use instant::{Instant, Seconds};
pub use period::{BillingPeriod, days_between};
pub use zone::{BillingZone, ZoneError};
