//! Counters of vouchers.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// Counters of vouchers.
#[derive(Debug, Clone, Default)]
pub struct VoucherMetrics {
    /// Vouchers made.
    pub made: Counter,
    /// Vouchers redeemed.
    pub redeemed: Counter,
    /// Well-formed codes that are none of ours.
    pub wrong_codes: Counter,
    /// Codes with a slip in writing.
    pub mistyped_codes: Counter,
    /// Attempts turned away after too many wrong codes.
    pub turned_away: Counter,
}

impl VoucherMetrics {
    /// Makes the counters visible.
    pub fn register(&self, registry: &mut Registry) {
        let vouchers = registry.sub_registry_with_prefix("talea_vouchers");
        vouchers.register("made", "Vouchers made", self.made.clone());
        vouchers.register("redeemed", "Vouchers redeemed", self.redeemed.clone());
        vouchers.register(
            "wrong_codes",
            "Well-formed voucher codes that are none of ours",
            self.wrong_codes.clone(),
        );
        vouchers.register(
            "mistyped_codes",
            "Voucher codes with a slip in writing",
            self.mistyped_codes.clone(),
        );
        vouchers.register(
            "turned_away",
            "Attempts to redeem turned away after too many wrong codes",
            self.turned_away.clone(),
        );
    }
}
