//! Instants, billing zones and billing-period boundaries.
//!
//! Flows in: microseconds UTC and time zone names. Flows out: period boundaries, wall-clock times and readable dates.
//! Must not know: the system clock (`engine::Clock` does), money, customers.

mod held_days;
mod instant;
mod local_time;
mod period;
mod zone;

pub use held_days::{DaySpan, held_days};
pub use instant::{Instant, Seconds};
pub use local_time::{LocalTime, Stretch};
pub use period::{BillingPeriod, days_between};
pub use zone::{BillingZone, ZoneError};
