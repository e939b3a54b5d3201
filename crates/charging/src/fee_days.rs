//! The days of a billing period for which each product of an account is charged. Pure; must not know prices.

use crate::{Account, AddOn, AddOnPhase, Head};
use calendar::{BillingZone, DaySpan, Instant, held_days};
use catalog::{PartPeriod, ProductId, Subscription};

/// A billing period in local days.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FeePeriod {
    /// The days that can be charged. Who signs up inside a period is billed from that day on,
    pub(crate) billed: DaySpan,
    /// but the fee is for the whole calendar period.
    pub(crate) whole: DaySpan,
}

impl FeePeriod {
    /// The open one.
    pub(crate) fn open(head: &Head, zone: &BillingZone) -> Self {
        let billed = DaySpan::between(head.period_start, head.period_end, zone);
        let calendar_start = head.period.start_of(head.period_end.plus_micros(-1), zone);
        let first = zone.date(calendar_start).min(billed.first);
        Self { billed, whole: DaySpan { first, ..billed } }
    }

    /// The one after it.
    pub(crate) fn next(head: &Head, zone: &BillingZone) -> Self {
        let end = head.period.end_after(head.period_end, zone);
        let billed = DaySpan::between(head.period_end, end, zone);
        Self { billed, whole: billed }
    }
}

/// The days on which a product was held, apart and in order; none when it was held outside the period only.
#[derive(Debug, Clone)]
pub(crate) struct ProductDays {
    pub(crate) product: ProductId,
    pub(crate) spans: Vec<DaySpan>,
}

/// The products of an account with their days: main products in the order of time, then add-ons. Different add-ons may share a
/// day; one add-on has a day once, however often it was added. With `begun`, what waits for its beginning is left out.
pub(crate) fn held_products(
    account: &Account,
    period: DaySpan,
    zone: &BillingZone,
    begun: bool,
) -> Vec<ProductDays> {
    let mut found: Vec<ProductDays> = Vec::new();
    let mut main = account.products.clone();
    main.sort_by_key(|span| span.from);
    let holdings: Vec<_> = main.iter().map(|span| (span.from, span.to)).collect();
    for (span, days) in main.iter().zip(held_days(&holdings, period, zone)) {
        match found.iter_mut().find(|known| known.product == span.product) {
            Some(known) => known.spans.push(days),
            None => found.push(ProductDays { product: span.product, spans: vec![days] }),
        }
    }
    let waits = |a: &AddOn| matches!(a.phase, AddOnPhase::Planned | AddOnPhase::OnFirstUse);
    // What was taken back before it began was never held.
    let held = |a: &&AddOn| a.to.is_none_or(|to| to > a.from) && !(begun && waits(a));
    let mut seen: Vec<ProductId> = Vec::new();
    for add_on in account.add_ons.iter().filter(held) {
        if seen.contains(&add_on.product) {
            continue;
        }
        seen.push(add_on.product);
        let same = account.add_ons.iter().filter(held).filter(|other| other.product == add_on.product);
        let mut holdings: Vec<(Instant, Option<Instant>)> = same.map(|a| (a.from, a.to)).collect();
        holdings.sort_by_key(|(from, _)| *from);
        let spans = held_days(&holdings, period, zone);
        found.push(ProductDays { product: add_on.product, spans });
    }
    for product in &mut found {
        product.spans = joined(&product.spans);
    }
    found
}

/// The days that are charged: those held, and the rest of the period before or after them where the terms say so.
pub(crate) fn charged_days(terms: &Subscription, held: &[DaySpan], whole: DaySpan) -> Vec<DaySpan> {
    let mut spans = held.to_vec();
    for place in 0..spans.len() {
        let before = place.checked_sub(1).and_then(|p| spans.get(p)).map_or(whole.first, |span| span.end);
        let after = spans.get(place + 1).map_or(whole.end, |span| span.first);
        let Some(span) = spans.get_mut(place) else { continue };
        if terms.first_period == PartPeriod::Full {
            span.first = before;
        }
        if terms.last_period == PartPeriod::Full {
            span.end = after;
        }
    }
    joined(&spans)
}

/// The days of both.
pub(crate) fn common_days(some: &[DaySpan], others: &[DaySpan]) -> Vec<DaySpan> {
    let pairs = some.iter().flat_map(|one| others.iter().map(move |other| one.within(*other)));
    pairs.filter(|span| span.count() > 0).collect()
}

/// How many days.
pub(crate) fn count(spans: &[DaySpan]) -> u32 {
    spans.iter().map(|span| span.count()).sum()
}

/// Without empty ones, and spans that meet made one.
fn joined(spans: &[DaySpan]) -> Vec<DaySpan> {
    let mut joined: Vec<DaySpan> = Vec::with_capacity(spans.len());
    for span in spans.iter().filter(|span| span.count() > 0) {
        match joined.last_mut().filter(|last| last.end >= span.first) {
            Some(last) => last.end = last.end.max(span.end),
            None => joined.push(*span),
        }
    }
    joined
}
