//! What a device is told of a quota when a session begins, in the units that vendors want: octets in one number, in two halves of 32
//! bits or cut to one, kibibytes, mebibytes; seconds; the instant when the rest is lost.
//!
//! It is a hint: the device ends the session by itself where our reports would notice some minutes later. Rounded down, so that the
//! quota is never told larger than it is, but never to nothing, which devices read as "no limit". Must not know: packets, vendors.

use calendar::{Instant, Seconds};
use catalog::Unit;
use charging::{Funds, QuotaLeft};

/// Names that profiles may use.
pub(crate) const NAMES: [&str; 16] = [
    "quota_octets",
    "quota_low",
    "quota_high",
    "quota_capped",
    "quota_kilobytes",
    "quota_megabytes",
    "quota_seconds",
    "quota_ends",
    "quota_granted",
    "quota_granted_high",
    "quota_threshold",
    "quota_threshold_high",
    "quota_metering",
    "quota_id",
    "credit_amount",
    "credit_currency",
];

/// Largest number of mebibytes that is told: a tagged integer has 24 bits (RFC 2868 3.1).
const MEGABYTES_MOST: u64 = 0x00ff_ffff;

/// A device is to ask again when a tenth of what it was told is left.
const THRESHOLD_PART: u64 = 10;
/// What is metered (3GPP2 X.S0011-006, SelectedForSession): volume. Time ends by Session-Timeout.
const VOLUME: u64 = 1;

/// A quota of volume or time, the time that a call may last, and the money that may be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct QuotaHint {
    octets: Option<u64>,
    seconds: Option<u64>,
    ends: Option<Instant>,
    /// Octets that were used of what the session was told before.
    used: u64,
    /// Names this hint among those of its session.
    id: u32,
    funds: Option<Funds>,
}

impl QuotaHint {
    /// Nothing for quotas of other things.
    pub fn of(left: QuotaLeft) -> Option<Self> {
        let (octets, seconds) = match left.unit {
            Unit::Octet => (Some(left.units), None),
            Unit::Second => (None, Some(left.units)),
            Unit::Message | Unit::Event | Unit::Money => return None,
        };
        Some(Self { octets, seconds, ends: left.ends, ..Self::default() })
    }

    /// The same with the money that may be spent, which may be all there is to tell.
    pub fn with_funds(hint: Option<Self>, funds: Option<&Funds>) -> Option<Self> {
        let Some(funds) = funds else { return hint };
        Some(Self { funds: Some(*funds), ..hint.unwrap_or_default() })
    }

    /// The same for a device that asks again and has used so much, of which its reports have `counted` some: what it is granted counts
    /// from the beginning of its session, and what no report has told yet is no longer left. Where it is not known what was counted
    /// (0), nothing was.
    pub fn granted_after(self, (used, counted): (u64, u64), now: Instant) -> Self {
        let id = u32::try_from(now.unix_seconds() & i64::from(u32::MAX)).unwrap_or(0);
        let untold = used.saturating_sub(counted);
        Self { octets: self.octets.map(|left| left.saturating_sub(untold)), used, id, ..self }
    }

    /// Octets granted since the beginning of the session, and those at which the device is to ask again: a tenth before that.
    fn granted(&self) -> Option<(u64, u64)> {
        let left = self.octets?;
        let granted = self.used.saturating_add(left);
        // As with halves below: a device that reads only the lower one must not find nothing there.
        let granted = if granted & u64::from(u32::MAX) == 0 { granted.max(2) - 1 } else { granted };
        Some((granted, granted.saturating_sub(left / THRESHOLD_PART)))
    }

    /// How long the session may last (Session-Timeout, RFC 2865 5.27).
    pub fn seconds(&self, now: Instant) -> Option<u32> {
        let until_end = self.ends.map(|ends| {
            let Seconds(left) = ends.since(now);
            left
        });
        let seconds = [self.seconds, until_end].into_iter().flatten().min()?;
        Some(u32::try_from(seconds).unwrap_or(u32::MAX).max(1))
    }

    /// The text of one of [`NAMES`]; nothing where the quota is not of that kind.
    pub fn get(&self, name: &str) -> Option<String> {
        let wide = |value: u64| value & u64::from(u32::MAX);
        let narrow = |value: u64| value.clamp(1, u64::from(u32::MAX));
        let octets = || self.octets;
        // A device that reads only the lower half must not find nothing there: one octet less.
        let halved = || self.octets.map(|octets| if wide(octets) == 0 { octets.max(2) - 1 } else { octets });
        let number = match name {
            "quota_octets" => octets(),
            "quota_low" => halved().map(wide),
            "quota_high" => halved().map(|octets| wide(octets >> 32)),
            "quota_capped" => octets().map(narrow),
            // The largest number means no limit (Huawei).
            "quota_kilobytes" => octets().map(|octets| narrow(octets >> 10).min(u64::from(u32::MAX) - 1)),
            "quota_megabytes" => octets().map(|octets| (octets >> 20).clamp(1, MEGABYTES_MOST)),
            "quota_seconds" => self.seconds.map(narrow),
            "quota_ends" => return self.ends.map(|ends| ends.to_string()),
            "quota_granted" => self.granted().map(|(granted, _)| wide(granted)),
            "quota_granted_high" => self.granted().map(|(granted, _)| granted >> 32).filter(|high| *high > 0),
            "quota_threshold" => self.granted().map(|(_, threshold)| wide(threshold)),
            "quota_threshold_high" => self.granted().map(|(_, at)| at >> 32).filter(|high| *high > 0),
            "quota_metering" => self.octets.map(|_| VOLUME),
            "quota_id" => Some(self.id.into()),
            "credit_amount" => return self.funds.map(|funds| funds.text()),
            "credit_currency" => return self.funds.map(|funds| funds.currency.code().to_owned()),
            _ => None,
        };
        number.map(|number| number.to_string())
    }
}

#[cfg(test)]
mod tests;
