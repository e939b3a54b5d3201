//! Advice of charge: what a request wants to hear of its price, and what an answer tells (TS 32.299 7.2, TS 32.280).

use super::Money;
use super::units::{first, read_value, write_value};
use crate::avp::AvpRef;
use crate::codes::{AvpId, avp};
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::rules::{Leniencies, Rules};

/// AoC-Request-Type: whether the client wants to hear what it costs, and by which prices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AdviceWanted {
    /// What the use has cost.
    pub cost: bool,
    /// Its prices.
    pub tariff: bool,
}

impl AdviceWanted {
    /// Whether anything is wanted.
    #[must_use]
    pub const fn any(self) -> bool {
        self.cost || self.tariff
    }

    pub(super) fn read(found: &AvpRef<'_>) -> Result<Self, DecodeError> {
        let (cost, tariff) = match found.i32()? {
            0 => (false, false),
            1 => (true, true),
            2 => (true, false),
            3 => (false, true),
            _ => return Err(found.invalid()),
        };
        Ok(Self { cost, tariff })
    }

    pub(super) const fn number(self) -> i32 {
        match (self.cost, self.tariff) {
            (false, false) => 0,
            (true, true) => 1,
            (true, false) => 2,
            (false, true) => 3,
        }
    }
}

/// AoC-Information.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advice {
    /// Accumulated-Cost with its Currency-Code.
    pub cost: Option<Money>,
    /// Incremental-Cost as digits and exponent: what came on top since the client was told last. Told only with a cost.
    pub increment: Option<(i64, i32)>,
    /// Tariff-Information.
    pub tariff: Option<Tariff>,
}

/// Tariff-Information.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    /// Current-Tariff: what holds now.
    pub current: Prices,
    /// Tariff-Time-Change, Unix seconds: other prices hold from then on.
    pub changes_at: Option<i64>,
    /// Next-Tariff: these.
    pub next: Option<Prices>,
}

/// Current-Tariff, Next-Tariff: the price is the sum of the elements times the scale.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prices {
    /// Currency-Code, ISO 4217 numeric.
    pub currency: u32,
    /// Scale-Factor as digits and exponent; `None` = 1.
    pub scale: Option<(i64, i32)>,
    /// Rate-Elements.
    pub elements: Vec<RateElement>,
}

/// One part of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateElement {
    /// CC-Unit-Type (RFC 8506 8.32).
    pub unit_type: i32,
    /// Charge-Reason-Code: what it is charged for.
    pub reason: i32,
    /// Unit-Value as digits and exponent: the units that the cost is for; `None` where it is charged once.
    pub units: Option<(i64, i32)>,
    /// Unit-Cost as digits and exponent.
    pub cost: (i64, i32),
}

/// Charge-Reason-Code of use.
pub const CHARGED_FOR_USE: i32 = 1;
/// Charge-Reason-Code of what is charged once at the beginning.
pub const CHARGED_FOR_SETUP: i32 = 3;

impl Advice {
    /// Whether it says nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.cost.is_none() && self.tariff.is_none()
    }

    pub(super) fn write(&self, encoder: &mut Encoder<'_>) {
        let group = encoder.begin_group(avp::AOC_INFORMATION);
        if let Some(cost) = self.cost {
            let group = encoder.begin_group(avp::AOC_COST_INFORMATION);
            write_value(encoder, avp::ACCUMULATED_COST, (cost.digits, cost.exponent));
            if let Some(increment) = self.increment {
                write_value(encoder, avp::INCREMENTAL_COST, increment);
            }
            if let Some(currency) = cost.currency {
                encoder.u32(avp::CURRENCY_CODE, currency);
            }
            encoder.end_group(group);
        }
        if let Some(tariff) = &self.tariff {
            tariff.write(encoder);
        }
        encoder.end_group(group);
    }

    pub(super) fn read(
        group: &AvpRef<'_>,
        rules: &Rules<'_>,
        seen: &mut Leniencies,
    ) -> Result<Self, DecodeError> {
        let mut advice = Self::default();
        for member in group.group()? {
            let member = member?;
            match member.id {
                avp::AOC_COST_INFORMATION => {
                    (advice.cost, advice.increment) = read_cost(&member, rules, seen)?;
                }
                avp::TARIFF_INFORMATION => advice.tariff = Some(Tariff::read(&member, rules, seen)?),
                _ => {}
            }
        }
        Ok(advice)
    }
}

/// Accumulated-Cost and Incremental-Cost.
type Costs = (Option<Money>, Option<(i64, i32)>);

fn read_cost(group: &AvpRef<'_>, rules: &Rules<'_>, seen: &mut Leniencies) -> Result<Costs, DecodeError> {
    let (mut value, mut increment, mut currency) = (None, None, None);
    for member in group.group()? {
        let member = member?;
        match member.id {
            avp::ACCUMULATED_COST => value = Some(read_value(&member, rules, seen)?),
            avp::INCREMENTAL_COST => increment = Some(read_value(&member, rules, seen)?),
            avp::CURRENCY_CODE => first(&mut currency, member.u32()?, seen),
            _ => {}
        }
    }
    Ok((value.map(|(digits, exponent)| Money { digits, exponent, currency }), increment))
}

impl Tariff {
    fn write(&self, encoder: &mut Encoder<'_>) {
        let group = encoder.begin_group(avp::TARIFF_INFORMATION);
        self.current.write(encoder, avp::CURRENT_TARIFF);
        if let Some(at) = self.changes_at {
            encoder.time(avp::TARIFF_TIME_CHANGE, at);
        }
        if let Some(next) = &self.next {
            next.write(encoder, avp::NEXT_TARIFF);
        }
        encoder.end_group(group);
    }

    fn read(group: &AvpRef<'_>, rules: &Rules<'_>, seen: &mut Leniencies) -> Result<Self, DecodeError> {
        let mut tariff = Self { current: Prices::default(), changes_at: None, next: None };
        for member in group.group()? {
            let member = member?;
            match member.id {
                avp::TARIFF_TIME_CHANGE => tariff.changes_at = Some(member.time()?),
                avp::CURRENT_TARIFF => tariff.current = Prices::read(&member, rules, seen)?,
                avp::NEXT_TARIFF => tariff.next = Some(Prices::read(&member, rules, seen)?),
                _ => {}
            }
        }
        Ok(tariff)
    }
}

impl Prices {
    fn write(&self, encoder: &mut Encoder<'_>, id: AvpId) {
        let group = encoder.begin_group(id);
        encoder.u32(avp::CURRENCY_CODE, self.currency);
        if let Some(scale) = self.scale {
            write_value(encoder, avp::SCALE_FACTOR, scale);
        }
        for element in &self.elements {
            let group = encoder.begin_group(avp::RATE_ELEMENT);
            encoder.i32(avp::CC_UNIT_TYPE, element.unit_type);
            encoder.i32(avp::CHARGE_REASON_CODE, element.reason);
            if let Some(units) = element.units {
                write_value(encoder, avp::UNIT_VALUE, units);
            }
            write_value(encoder, avp::UNIT_COST, element.cost);
            encoder.end_group(group);
        }
        encoder.end_group(group);
    }

    fn read(group: &AvpRef<'_>, rules: &Rules<'_>, seen: &mut Leniencies) -> Result<Self, DecodeError> {
        let mut prices = Self::default();
        for part in group.group()? {
            let part = part?;
            match part.id {
                avp::CURRENCY_CODE => prices.currency = part.u32()?,
                avp::SCALE_FACTOR => prices.scale = Some(read_value(&part, rules, seen)?),
                avp::RATE_ELEMENT => prices.elements.push(RateElement::read(&part, rules, seen)?),
                _ => {}
            }
        }
        Ok(prices)
    }
}

impl RateElement {
    fn read(group: &AvpRef<'_>, rules: &Rules<'_>, seen: &mut Leniencies) -> Result<Self, DecodeError> {
        let (mut unit_type, mut reason, mut units, mut cost) = (None, None, None, None);
        for member in group.group()? {
            let member = member?;
            match member.id {
                avp::CC_UNIT_TYPE => first(&mut unit_type, member.i32()?, seen),
                avp::CHARGE_REASON_CODE => first(&mut reason, member.i32()?, seen),
                avp::UNIT_VALUE => first(&mut units, read_value(&member, rules, seen)?, seen),
                avp::UNIT_COST => first(&mut cost, read_value(&member, rules, seen)?, seen),
                _ => {}
            }
        }
        Ok(Self {
            unit_type: unit_type.ok_or_else(|| DecodeError::missing(avp::CC_UNIT_TYPE))?,
            reason: reason.unwrap_or_default(),
            units,
            cost: cost.ok_or_else(|| DecodeError::missing(avp::UNIT_COST))?,
        })
    }
}
