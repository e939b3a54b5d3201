//! What an account's products cost: the lines of its recurring fees. Pure; the books are kept elsewhere.
//!
//! A product's fee for a period is its share by days ([`crate::fee_days`]), rounded once to the currency's places, half away from
//! zero. Every line is the difference between two such sums, so the lines of a period add up to it exactly, however often the
//! product came and went; a whole period costs exactly the fee of the catalog.

use crate::fee_days::{FeePeriod, ProductDays, charged_days, common_days, count, held_products};
use crate::state::{Ahead, FeeMark};
use crate::{Account, AccountId, Customer, Fee, FeeWhy, Head};
use calendar::{BillingZone, DaySpan, Instant, days_between};
use catalog::{FeeTime, MinimumPeriod, ProductId, Snapshot, Subscription, SuspendedDays};
use money::{Amount, Exact, MoneyError, Rounding};

/// Why fees cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeeProblem {
    /// An account holds a product that the catalog does not have.
    #[error("account {account} holds product {product}, which is not in the catalog")]
    UnknownProduct {
        /// Which account.
        account: AccountId,
        /// Which product.
        product: ProductId,
    },
    /// A sum leaves the range of amounts.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// Products of an account that begin or end now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn<'a> {
    pub(crate) begun: &'a [ProductId],
    pub(crate) ended: &'a [ProductId],
    pub(crate) now: Instant,
}

/// The lines at the end of the open period, account by account: its fees in arrears, corrections of what was charged ahead, credits
/// for suspended days, then the fees of the next period that are charged in advance. Errors: a product the catalog does not have.
pub fn fees_at_close(
    customer: &Customer,
    catalog: &Snapshot,
    zone: &BillingZone,
) -> Result<Vec<Fee>, FeeProblem> {
    let head = &customer.head;
    let (open, next) = (FeePeriod::open(head, zone), FeePeriod::next(head, zone));
    let mut fees = Vec::new();
    for account in &customer.accounts {
        let mut sheet = Sheet { catalog, zone, head, account, fees };
        for held in held_products(account, open.billed, zone, false) {
            sheet.settle(&held, open)?;
        }
        for held in held_products(account, next.billed, zone, true) {
            sheet.ahead(&held, next)?;
        }
        fees = sheet.fees;
    }
    Ok(fees)
}

/// The lines of products that begin or end now: what is charged or credited ahead for the rest of the open period, activation,
/// leaving early. `account` is as it is afterwards.
pub(crate) fn fees_at_once(
    head: &Head,
    account: &Account,
    turn: Turn<'_>,
    catalog: &Snapshot,
    zone: &BillingZone,
) -> Result<Vec<Fee>, FeeProblem> {
    let open = FeePeriod::open(head, zone);
    let mut sheet = Sheet { catalog, zone, head, account, fees: Vec::new() };
    for held in held_products(account, open.billed, zone, true) {
        if turn.begun.contains(&held.product) || turn.ended.contains(&held.product) {
            sheet.turn(&held, open, turn)?;
        }
    }
    Ok(sheet.fees)
}

struct Sheet<'a> {
    catalog: &'a Snapshot,
    zone: &'a BillingZone,
    head: &'a Head,
    account: &'a Account,
    fees: Vec<Fee>,
}

/// One product's days and what they cost.
struct Due<'a> {
    product: ProductId,
    terms: &'a Subscription,
    full_fee: Amount,
    spans: Vec<DaySpan>,
    period: FeePeriod,
}

impl<'a> Sheet<'a> {
    /// The product's terms with its charged days; nothing without a fee.
    fn due(
        &self,
        held: &ProductDays,
        period: FeePeriod,
        mark: FeeMark,
    ) -> Result<Option<Due<'a>>, FeeProblem> {
        let (account, product) = (self.account.id, held.product);
        let found = self.catalog.product_by_id(product);
        let found = found.ok_or(FeeProblem::UnknownProduct { account, product })?;
        let Some(terms) = &found.subscription else { return Ok(None) };
        let spans = charged_days(terms, &held.spans, period.whole);
        let full_fee = mark.ahead.map_or(terms.fee, |ahead| ahead.full_fee);
        Ok(Some(Due { product, terms, full_fee, spans, period }))
    }

    /// The end of the open period.
    fn settle(&mut self, held: &ProductDays, period: FeePeriod) -> Result<(), FeeProblem> {
        let mark = self.account.fee_mark(held.product);
        if held.spans.is_empty() && mark.ahead.is_none() {
            return Ok(());
        }
        let Some(due) = self.due(held, period, mark)? else { return Ok(()) };
        match mark.ahead {
            None => self.spans(&due, FeeWhy::Held)?,
            Some(ahead) => self.difference(&due, ahead, FeeWhy::Held)?,
        }
        if due.terms.suspended_days == SuspendedDays::Credited {
            self.suspended(&due, &held.spans)?;
        }
        Ok(())
    }

    /// The beginning of the next one.
    fn ahead(&mut self, held: &ProductDays, period: FeePeriod) -> Result<(), FeeProblem> {
        if held.spans.is_empty() {
            return Ok(());
        }
        match self.due(held, period, FeeMark::default())? {
            Some(due) if due.terms.charged == FeeTime::InAdvance => self.spans(&due, FeeWhy::Ahead),
            _ => Ok(()),
        }
    }

    /// A product that begins or ends now.
    fn turn(&mut self, held: &ProductDays, period: FeePeriod, turn: Turn<'_>) -> Result<(), FeeProblem> {
        let mark = self.account.fee_mark(held.product);
        let Some(due) = self.due(held, period, mark)? else { return Ok(()) };
        match mark.ahead {
            Some(ahead) => self.difference(&due, ahead, FeeWhy::Ahead)?,
            None if due.terms.charged == FeeTime::InAdvance => self.spans(&due, FeeWhy::Ahead)?,
            None => {}
        }
        let activation = due.terms.activation_fee.filter(|fee| fee.is_positive() && !mark.activated);
        if let Some(fee) = activation.filter(|_| turn.begun.contains(&held.product)) {
            self.line(&due, fee, (0, 0), (turn.now, turn.now), FeeWhy::Activation);
        }
        let ended = turn.ended.contains(&held.product) && !self.account.holds(held.product, turn.now);
        if let (true, Some(since), Some(minimum)) = (ended, mark.bound, due.terms.minimum) {
            self.early_end(&due, since, minimum, turn.now)?;
        }
        Ok(())
    }

    /// Leaving before the minimum period is over.
    fn early_end(
        &mut self,
        due: &Due<'_>,
        since: Instant,
        minimum: MinimumPeriod,
        now: Instant,
    ) -> Result<(), FeeProblem> {
        let until = self.head.period.run_on(since, minimum.periods, self.zone);
        if now >= until {
            return Ok(());
        }
        let amount = match minimum.early_fee {
            Some(fee) => fee,
            None => self.rest(due.terms.fee, (now, until), minimum.periods)?,
        };
        if amount.is_positive() {
            self.line(due, amount, (0, 0), (now, until), FeeWhy::EarlyEnd);
        }
        Ok(())
    }

    /// The fee of whole periods and of the days left after them.
    fn rest(&self, fee: Amount, (now, until): (Instant, Instant), most: u16) -> Result<Amount, FeeProblem> {
        let at = |count: u16| self.head.period.run_on(now, count, self.zone);
        let whole = (0..most).take_while(|count| at(count + 1) <= until).count();
        let whole = u16::try_from(whole).unwrap_or(u16::MAX);
        let left = days_between(at(whole), until, self.zone);
        let of = days_between(at(whole), at(whole.saturating_add(1)), self.zone);
        let fee = Exact::from_amount(fee);
        let all = fee.share(u64::from(whole), 1)?.plus(fee.share(u64::from(left), u64::from(of))?)?;
        Ok(all.round(self.places(), Rounding::HalfAwayFromZero)?)
    }

    /// One line for each span of days.
    fn spans(&mut self, due: &Due<'_>, why: FeeWhy) -> Result<(), FeeProblem> {
        let (mut days, mut charged) = (0, Amount::ZERO);
        for span in &due.spans {
            days += span.count();
            let upto = self.share(due, days)?;
            if due.full_fee.is_positive() {
                self.days(due, upto.minus(charged)?, span.count(), *span, why);
            }
            charged = upto;
        }
        Ok(())
    }

    /// One line that brings what was charged ahead to what is due.
    fn difference(&mut self, due: &Due<'_>, ahead: Ahead, more: FeeWhy) -> Result<(), FeeProblem> {
        let days = count(&due.spans);
        let amount = self.share(due, days)?.minus(ahead.paid)?;
        if amount.is_zero() {
            return Ok(());
        }
        let last = due.spans.last();
        let billed = due.period.billed;
        let (why, span) = if amount.is_negative() {
            let first = last.map_or(billed.first, |last| last.end.min(billed.end));
            (FeeWhy::Returned, DaySpan { first, end: billed.end })
        } else {
            (more, last.copied().unwrap_or(billed))
        };
        self.days(due, amount, days.abs_diff(ahead.days), span, why);
        Ok(())
    }

    /// The credit for days of suspension.
    fn suspended(&mut self, due: &Due<'_>, held: &[DaySpan]) -> Result<(), FeeProblem> {
        let head = self.head;
        let running = head.suspended_at.map(|since| (since, head.period_end));
        let all = head.suspensions.iter().copied().chain(running);
        let all: Vec<DaySpan> = all.map(|(from, to)| DaySpan::between(from, to, self.zone)).collect();
        let off = common_days(held, &all);
        let (Some(first), Some(last)) = (off.first(), off.last()) else { return Ok(()) };
        let (days, charged) = (count(&off), count(&due.spans));
        let amount = self.share(due, charged.saturating_sub(days))?.minus(self.share(due, charged)?)?;
        let span = DaySpan { first: first.first, end: last.end };
        if !amount.is_zero() {
            self.days(due, amount, days, span, FeeWhy::Suspended);
        }
        Ok(())
    }

    /// What so many days of the period cost; the one rounding.
    fn share(&self, due: &Due<'_>, days: u32) -> Result<Amount, FeeProblem> {
        let whole = due.period.whole.count();
        if days == whole {
            return Ok(due.full_fee);
        }
        let share = Exact::from_amount(due.full_fee).share(u64::from(days), u64::from(whole))?;
        Ok(share.round(self.places(), Rounding::HalfAwayFromZero)?)
    }

    fn places(&self) -> u8 {
        self.head.currency.exponent()
    }

    fn days(&mut self, due: &Due<'_>, amount: Amount, days: u32, span: DaySpan, why: FeeWhy) {
        self.line(due, amount, (days, due.period.whole.count()), span.instants(self.zone), why);
    }

    fn line(
        &mut self,
        due: &Due<'_>,
        amount: Amount,
        days: (u32, u32),
        span: (Instant, Instant),
        why: FeeWhy,
    ) {
        let (account, product, name) = (self.account.id, due.product, due.terms.name.clone());
        self.fees.push(Fee { account, product, name, full_fee: due.full_fee, amount, days, span, why });
    }
}
