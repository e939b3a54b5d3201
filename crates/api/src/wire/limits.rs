//! Limits of a balance: credit limit, a higher one for a while, warnings, the daily cap.

use crate::http::problem::Problem;
use crate::wire::{Money, Time, nullable};
use ::money::Currency;
use calendar::Instant;
use charging::{LimitChange, Purse, Share, TemporaryLimit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A sum, or a percentage of the credit limit: one of the two.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShareBody {
    /// A sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Percent of the credit limit, at most 1000.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 80)]
    pub percent: Option<u16>,
}

impl ShareBody {
    fn of(share: Share, currency: Currency) -> Self {
        match share {
            Share::Amount(amount) => Self { amount: Some(Money::of(amount, currency)), percent: None },
            Share::Percent(percent) => Self { amount: None, percent: Some(percent) },
        }
    }

    fn share(self, field: &str) -> Result<Share, Problem> {
        match (self.amount, self.percent) {
            (Some(amount), None) => Ok(Share::Amount(amount.amount())),
            (None, Some(percent)) => Ok(Share::Percent(percent)),
            _ => Err(Problem::field(field, "give amount or percent, one of the two")),
        }
    }
}

/// A higher limit for a while.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemporaryBody {
    /// What is added to the credit limit.
    pub raise: ShareBody,
    /// It ends then, by itself.
    pub until: Time,
}

/// A threshold that warns: no more than this sum is left to spend, or this share of the credit limit is used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WarningBody {
    /// Where.
    pub at: ShareBody,
    /// Whether it is crossed.
    pub crossed: bool,
}

/// Most that is spent on use and purchases in a day of the billing time zone.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DailyCapBody {
    /// Most.
    pub most: Money,
    /// Spent today.
    pub spent: Money,
    /// Whether nothing that costs money may begin any more today; what running sessions have locked counts.
    pub reached: bool,
}

/// The limits of a balance as they are now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LimitsBody {
    /// Currency code of every sum here.
    pub currency: String,
    /// How far the balance may go below zero for good; null = no limit.
    pub credit_limit: Option<Money>,
    /// The limit in force, a temporary raise included; null = no limit.
    pub in_force: Option<Money>,
    /// A higher limit for a while.
    pub temporary: Option<TemporaryBody>,
    /// Thresholds that warn.
    pub warnings: Vec<WarningBody>,
    /// The daily cap; null = none.
    pub daily_cap: Option<DailyCapBody>,
}

impl LimitsBody {
    pub(crate) fn of(purse: &Purse, currency: Currency, now: Instant) -> Self {
        let money = |amount| Money::of(amount, currency);
        let guard = purse.guard.as_deref();
        let raised = guard.and_then(|guard| guard.raised).filter(|raised| now < raised.until);
        let temporary = raised.map(|raised| TemporaryBody {
            raise: ShareBody::of(raised.raise, currency),
            until: raised.until.into(),
        });
        let warnings = guard.into_iter().flat_map(|guard| &guard.warnings);
        let warnings = warnings
            .map(|warning| WarningBody { at: ShareBody::of(warning.at, currency), crossed: warning.crossed });
        let daily_cap = guard.and_then(|guard| guard.cap).map(|cap| DailyCapBody {
            most: money(cap.most),
            spent: money(cap.spent_at(now)),
            reached: purse.cap_reached(now),
        });
        Self {
            currency: currency.code().to_owned(),
            credit_limit: purse.credit_limit.map(money),
            in_force: purse.limit(now).map(money),
            temporary,
            warnings: warnings.collect(),
            daily_cap,
        }
    }
}

/// What to change; fields that are left out stay.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsChange {
    /// How far the balance may go below zero for good; null = no limit. Customers who pay in advance keep 0.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Money>)]
    pub credit_limit: Option<Option<Money>>,
    /// A higher limit for a while; null ends it now.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<TemporaryBody>)]
    pub temporary: Option<Option<TemporaryBody>>,
    /// All thresholds that warn, at most eight.
    pub warnings: Option<Vec<ShareBody>>,
    /// Most that is spent in a day; null = no cap.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Money>)]
    pub daily_cap: Option<Option<Money>>,
}

impl LimitsChange {
    pub(crate) fn changes(self) -> Result<Vec<LimitChange>, Problem> {
        let mut changes = Vec::new();
        if let Some(limit) = self.credit_limit {
            changes.push(LimitChange::Credit(limit.map(Money::amount)));
        }
        if let Some(raised) = self.temporary {
            let raised = raised.map(|TemporaryBody { raise, until }| {
                Ok::<_, Problem>(TemporaryLimit { raise: raise.share("temporary.raise")?, until: until.0 })
            });
            changes.push(LimitChange::Temporary(raised.transpose()?));
        }
        if let Some(at) = self.warnings {
            let each = at.into_iter().enumerate();
            let at = each.map(|(number, share)| share.share(&format!("warnings[{number}]")));
            changes.push(LimitChange::Warnings(at.collect::<Result<_, _>>()?));
        }
        if let Some(most) = self.daily_cap {
            changes.push(LimitChange::DailyCap(most.map(Money::amount)));
        }
        Ok(changes)
    }
}
