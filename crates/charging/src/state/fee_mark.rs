//! What is remembered of a product's fee besides the times at which it was held. Most products need nothing.

use crate::{Account, Fee, FeeWhy};
use calendar::Instant;
use catalog::ProductId;
use money::Amount;
use serde::{Deserialize, Serialize};

/// The standing of one product's fee in one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FeeMark {
    /// Which product.
    pub product: ProductId,
    /// Its activation fee was charged; it is never charged again.
    pub activated: bool,
    /// The account is bound to a minimum period since then.
    pub bound: Option<Instant>,
    /// What was charged ahead for the open period.
    pub ahead: Option<Ahead>,
}

/// Days of the open period that are charged already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ahead {
    /// How many.
    pub days: u32,
    /// What they cost.
    pub paid: Amount,
    /// Fee of the whole period at that time; what is left of the period is charged and credited by it.
    pub full_fee: Amount,
}

impl FeeMark {
    fn is_needed(&self) -> bool {
        self.activated || self.bound.is_some() || self.ahead.is_some()
    }
}

impl Account {
    /// The standing of a product's fee; nothing was charged ahead when there is none.
    pub fn fee_mark(&self, product: ProductId) -> FeeMark {
        let known = self.fees.iter().find(|mark| mark.product == product);
        known.copied().unwrap_or(FeeMark { product, ..FeeMark::default() })
    }

    /// Changes a product's standing; gives whether it is another one now.
    pub(crate) fn mark_fee(&mut self, product: ProductId, change: impl FnOnce(&mut FeeMark)) -> bool {
        let before = self.fee_mark(product);
        let mut mark = before;
        change(&mut mark);
        if mark == before {
            return false;
        }
        self.fees.retain(|known| known.product != product);
        if mark.is_needed() {
            self.fees.push(mark);
        }
        true
    }

    /// Remembers what was charged at once, or ahead for the period that begins.
    pub(crate) fn note_fee(&mut self, fee: &Fee) -> bool {
        self.mark_fee(fee.product, |mark| match fee.why {
            FeeWhy::Ahead | FeeWhy::Returned => {
                let mut ahead = mark.ahead.unwrap_or(Ahead { full_fee: fee.full_fee, ..Ahead::default() });
                let days = if fee.why == FeeWhy::Ahead {
                    ahead.days.saturating_add(fee.days.0)
                } else {
                    ahead.days.saturating_sub(fee.days.0)
                };
                (ahead.days, ahead.paid) = (days, ahead.paid.saturating_plus(fee.amount));
                mark.ahead = Some(ahead);
            }
            FeeWhy::Activation => mark.activated = true,
            FeeWhy::EarlyEnd => mark.bound = None,
            FeeWhy::Held | FeeWhy::Suspended => {}
        })
    }
}
