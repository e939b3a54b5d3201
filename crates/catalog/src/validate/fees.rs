//! Fees and taxes that make sense.

use super::Checker;
use crate::{Product, TaxRate, subscription::MINIMUM_MOST};
use money::{Amount, Percent};

impl Checker<'_> {
    pub(super) fn fees(&mut self, object: &str, product: &Product) {
        self.tax_category(object, product.tax.as_deref());
        let Some(fee) = &product.subscription else { return };
        let early = fee.minimum.and_then(|minimum| minimum.early_fee);
        if [Some(fee.fee), fee.activation_fee, early].into_iter().flatten().any(Amount::is_negative) {
            self.report(object.to_owned(), "subscription", "a fee is not negative");
        }
        if fee.minimum.is_some_and(|minimum| minimum.periods == 0 || minimum.periods > MINIMUM_MOST) {
            let reason = format!("a minimum has 1 to {MINIMUM_MOST} billing periods");
            self.report(object.to_owned(), "subscription", reason);
        }
        if fee.minimum.is_some() && product.lasts.is_some() {
            self.report(object.to_owned(), "lasts", "a product that ends by itself has no minimum period");
        }
    }

    pub(super) fn tax_category(&mut self, object: &str, category: Option<&str>) {
        let rates = self.catalog.taxes.iter().flat_map(|taxes| &taxes.rates);
        if let Some(category) = category
            && !rates.clone().any(|rate| rate.category == category)
        {
            self.report(object.to_owned(), "tax", format!("no tax rate has the category \"{category}\""));
        }
    }

    pub(super) fn taxes(&mut self) {
        let Some(taxes) = &self.catalog.taxes else { return };
        self.tax_category("taxes", taxes.default.as_deref());
        for (place, rate) in taxes.rates.iter().enumerate() {
            let object = format!("tax {}", rate.code);
            let same = |other: &TaxRate| {
                (&other.code, &other.category, other.from) == (&rate.code, &rate.category, rate.from)
                    && (other.classes == rate.classes
                        || other.classes.iter().any(|class| rate.classes.contains(class)))
            };
            let words = [("code", &rate.code), ("name", &rate.name), ("category", &rate.category)];
            for (field, _) in words.into_iter().filter(|(_, word)| word.trim().is_empty()) {
                self.report(object.clone(), field, "is empty");
            }
            if rate.percent < Percent::ZERO || rate.percent > Percent::WHOLE {
                self.report(object.clone(), "percent", "a tax has 0 to 100 percent");
            }
            if taxes.rates.iter().take(place).any(same) {
                self.report(object.clone(), "from", "two rates of this tax begin at the same time");
            }
            for class in &rate.classes {
                if !self.catalog.classes.iter().any(|known| known.code == *class) {
                    let reason = format!("customer class \"{class}\" does not exist");
                    self.report(object.clone(), "classes", reason);
                }
            }
        }
    }
}
