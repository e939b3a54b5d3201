//! Service units: what is asked for, granted and used (RFC 8506 8.17 to 8.19).

use crate::avp::AvpRef;
use crate::codes::{AvpId, avp};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::rules::{Leniencies, Rules};

/// CC-Money as it stands on the wire: `digits * 10^exponent` (RFC 8506 8.8, 8.22).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    /// Value-Digits.
    pub digits: i64,
    /// Exponent, 0 when absent.
    pub exponent: i32,
    /// Currency-Code, ISO 4217 numeric; `None` = the default of the service.
    pub currency: Option<u32>,
}

/// The members that all three unit groups share. All `None` in a Requested-Service-Unit means "as the server likes".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Units {
    /// CC-Time, seconds.
    pub time: Option<u32>,
    /// CC-Money.
    pub money: Option<Money>,
    /// CC-Total-Octets.
    pub total_octets: Option<u64>,
    /// CC-Input-Octets: from the user.
    pub input_octets: Option<u64>,
    /// CC-Output-Octets: to the user.
    pub output_octets: Option<u64>,
    /// CC-Service-Specific-Units.
    pub specific: Option<u64>,
}

impl Units {
    /// Octets to charge: Total where it is given, else Input + Output; never all three, as gateways repeat the same octets
    /// in both forms. `None` when no octets are mentioned at all.
    #[must_use]
    pub fn octets(&self) -> Option<u64> {
        match (self.total_octets, self.input_octets, self.output_octets) {
            (Some(total), ..) => Some(total),
            (None, None, None) => None,
            (None, input, output) => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
        }
    }

    /// Whether no unit is mentioned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes one member; `false` when it is none of these. The first of each kind counts.
    fn take(
        &mut self,
        member: &AvpRef<'_>,
        rules: &Rules<'_>,
        seen: &mut Leniencies,
    ) -> Result<bool, DecodeError> {
        match member.id {
            avp::CC_TIME => first(&mut self.time, member.u32()?, seen),
            avp::CC_MONEY => {
                let money = read_money(member, rules, seen).map_err(|error| error.within(member))?;
                first(&mut self.money, money, seen);
            }
            avp::CC_TOTAL_OCTETS => first(&mut self.total_octets, member.u64()?, seen),
            avp::CC_INPUT_OCTETS => first(&mut self.input_octets, member.u64()?, seen),
            avp::CC_OUTPUT_OCTETS => first(&mut self.output_octets, member.u64()?, seen),
            avp::CC_SERVICE_SPECIFIC_UNITS => first(&mut self.specific, member.u64()?, seen),
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn read(
        group: &AvpRef<'_>,
        rules: &Rules<'_>,
        seen: &mut Leniencies,
    ) -> Result<Self, DecodeError> {
        let mut units = Self::default();
        for member in group.group()? {
            let member = member?;
            if !units.take(&member, rules, seen)? {
                rules.examine(&member, seen)?;
            }
        }
        Ok(units)
    }

    fn write_members(&self, encoder: &mut Encoder<'_>) {
        if let Some(seconds) = self.time {
            encoder.u32(avp::CC_TIME, seconds);
        }
        if let Some(money) = self.money {
            write_money_as(encoder, avp::CC_MONEY, &money);
        }
        let octets = [
            (avp::CC_TOTAL_OCTETS, self.total_octets),
            (avp::CC_INPUT_OCTETS, self.input_octets),
            (avp::CC_OUTPUT_OCTETS, self.output_octets),
            (avp::CC_SERVICE_SPECIFIC_UNITS, self.specific),
        ];
        for (id, value) in octets {
            if let Some(value) = value {
                encoder.u64(id, value);
            }
        }
    }

    pub(super) fn write(&self, encoder: &mut Encoder<'_>, id: AvpId) {
        let group = encoder.begin_group(id);
        self.write_members(encoder);
        encoder.end_group(group);
    }
}

/// Used-Service-Unit with what TS 32.299 adds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UsedUnits {
    /// How much.
    pub units: Units,
    /// Reporting-Reason at this place (0, 3 and 5 of TS 32.299 7.2.175).
    pub reporting_reason: Option<i32>,
    /// Tariff-Change-Usage: 0 before, 1 after, 2 undetermined.
    pub tariff_change_usage: Option<i32>,
}

impl UsedUnits {
    pub(super) fn read(
        group: &AvpRef<'_>,
        rules: &Rules<'_>,
        seen: &mut Leniencies,
    ) -> Result<Self, DecodeError> {
        let mut used = Self::default();
        for member in group.group()? {
            let member = member?;
            match member.id {
                avp::REPORTING_REASON => first(&mut used.reporting_reason, member.i32()?, seen),
                avp::TARIFF_CHANGE_USAGE => first(&mut used.tariff_change_usage, member.i32()?, seen),
                _ if used.units.take(&member, rules, seen)? => {}
                _ => rules.examine(&member, seen)?,
            }
        }
        Ok(used)
    }

    pub(super) fn write(&self, encoder: &mut Encoder<'_>) {
        let group = encoder.begin_group(avp::USED_SERVICE_UNIT);
        if let Some(reason) = self.reporting_reason {
            encoder.i32(avp::REPORTING_REASON, reason);
        }
        if let Some(usage) = self.tariff_change_usage {
            encoder.i32(avp::TARIFF_CHANGE_USAGE, usage);
        }
        self.units.write_members(encoder);
        encoder.end_group(group);
    }
}

/// Granted-Service-Unit. Grant only the unit type that was asked for (RFC 8506 8.17).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GrantedUnits {
    /// How much.
    pub units: Units,
    /// Tariff-Time-Change, Unix seconds.
    pub tariff_time_change: Option<i64>,
}

impl GrantedUnits {
    pub(super) fn read(
        group: &AvpRef<'_>,
        rules: &Rules<'_>,
        seen: &mut Leniencies,
    ) -> Result<Self, DecodeError> {
        let mut granted = Self::default();
        for member in group.group()? {
            let member = member?;
            match member.id {
                avp::TARIFF_TIME_CHANGE => first(&mut granted.tariff_time_change, member.time()?, seen),
                _ if granted.units.take(&member, rules, seen)? => {}
                _ => rules.examine(&member, seen)?,
            }
        }
        Ok(granted)
    }

    pub(super) fn write(&self, encoder: &mut Encoder<'_>) {
        let group = encoder.begin_group(avp::GRANTED_SERVICE_UNIT);
        if let Some(instant) = self.tariff_time_change {
            encoder.time(avp::TARIFF_TIME_CHANGE, instant);
        }
        self.units.write_members(encoder);
        encoder.end_group(group);
    }
}

/// Keeps the first of AVPs that may come once (RFC 6733 would answer 5009; real clients repeat some).
pub(super) fn first<T>(slot: &mut Option<T>, value: T, seen: &mut Leniencies) {
    if slot.is_some() {
        seen.note(Leniencies::REPEATED_AVP);
    } else {
        *slot = Some(value);
    }
}

pub(super) fn read_money(
    group: &AvpRef<'_>,
    rules: &Rules<'_>,
    seen: &mut Leniencies,
) -> Result<Money, DecodeError> {
    let (mut value, mut currency) = (None, None);
    for member in group.group()? {
        let member = member?;
        match member.id {
            avp::CURRENCY_CODE => first(&mut currency, member.u32()?, seen),
            avp::UNIT_VALUE => first(&mut value, read_value(&member, rules, seen)?, seen),
            _ => rules.examine(&member, seen)?,
        }
    }
    let (digits, exponent) = value.ok_or_else(|| DecodeError::missing(avp::VALUE_DIGITS))?;
    Ok(Money { digits, exponent, currency })
}

/// Value-Digits and Exponent of a group that has only these; the exponent is 0 when absent (RFC 8506 8.8, 8.9).
pub(super) fn read_value(
    group: &AvpRef<'_>,
    rules: &Rules<'_>,
    seen: &mut Leniencies,
) -> Result<(i64, i32), DecodeError> {
    let (mut digits, mut exponent) = (None, None);
    for part in group.group()? {
        let part = part?;
        match part.id {
            avp::VALUE_DIGITS => first(&mut digits, part.i64()?, seen),
            avp::EXPONENT => first(&mut exponent, part.i32()?, seen),
            _ => rules.examine(&part, seen)?,
        }
    }
    let digits = digits.ok_or_else(|| DecodeError::missing(avp::VALUE_DIGITS))?;
    Ok((digits, exponent.unwrap_or(0)))
}

/// Writes such a group.
pub(super) fn write_value(encoder: &mut Encoder<'_>, id: AvpId, (digits, exponent): (i64, i32)) {
    let value = encoder.begin_group(id);
    encoder.i64(avp::VALUE_DIGITS, digits);
    if exponent != 0 {
        encoder.i32(avp::EXPONENT, exponent);
    }
    encoder.end_group(value);
}

/// Writes a sum as CC-Money or Cost-Information, which have the same members.
pub(super) fn write_money_as(encoder: &mut Encoder<'_>, id: AvpId, money: &Money) {
    let group = encoder.begin_group(id);
    write_money_members(encoder, money);
    encoder.end_group(group);
}

/// Unit-Value and Currency-Code.
pub(super) fn write_money_members(encoder: &mut Encoder<'_>, money: &Money) {
    write_value(encoder, avp::UNIT_VALUE, (money.digits, money.exponent));
    if let Some(currency) = money.currency {
        encoder.u32(avp::CURRENCY_CODE, currency);
    }
}
