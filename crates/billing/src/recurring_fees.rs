//! Recurring fees at the end of a billing period. The core computes them, since it charges some of them at once.

use crate::BillingError;
use calendar::BillingZone;
use catalog::Snapshot;
use charging::{Customer, Fee};

/// What [`charging::ClosePeriod`] charges, see [`charging::fees_at_close`]. Errors: a product the catalog does not have, sums out of
/// range.
pub fn recurring_fees(
    customer: &Customer,
    catalog: &Snapshot,
    zone: &BillingZone,
) -> Result<Vec<Fee>, BillingError> {
    Ok(charging::fees_at_close(customer, catalog, zone)?)
}
