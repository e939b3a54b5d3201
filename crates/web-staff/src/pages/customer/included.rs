//! What is included on an account: quotas and wallets with what is left, and in words what is used first.

use catalog::{DayPart, WhenExhausted};
use office::{AccountView, CustomerView, OrderOfUse, PortionView, UsageBar, UsageState, WalletView};
use web_kit::{Markup, Tone, chip, el, link};

use super::accounts::account_path;
use crate::visit::Visit;

/// Quotas, wallets and order of use of an account; nothing where it has none of them.
pub(crate) fn section(visit: &Visit, customer: &CustomerView, account: &AccountView, change: bool) -> Markup {
    let bars = visit.office().usage_bars(account);
    if bars.is_empty() && account.wallets.is_empty() {
        return Markup::new();
    }
    let to = |rest: &str| visit.url(&account_path(customer, account, rest));
    let mut parts = Markup::join(bars.iter().map(|one| bar(visit, one)));
    for held in &account.wallets {
        parts.push(wallet(visit, held));
    }
    let fillable = account.wallets.iter().any(|wallet| !wallet.options.is_empty());
    let steps = change.then(|| {
        let top_up = fillable.then(|| link(to("/top-up"), "Top up a wallet…"));
        el("p").class("actions").child(top_up).child(link(to("/give-units"), "Give units…"))
    });
    Markup::from(el("h3").child("Included")).with(web_kit::stack(parts)).with(steps).with(order(
        visit,
        &visit.office().order_of_use(customer, account),
        customer,
    ))
}

/// One quota with what is left of it and what follows.
pub(crate) fn bar(visit: &Visit, bar: &UsageBar) -> Markup {
    let quantity = |units| crate::words::quantity(units, Some(bar.unit));
    let words = quantity(bar.used).with(" of ").with(quantity(bar.total));
    let then = match (bar.blocks, bar.limited) {
        (true, _) => "Then use is refused.",
        (false, true) => "Then it is free at the limited speed.",
        (false, false) => "Then it is charged by the tariff.",
    };
    let state = match bar.state() {
        UsageState::Available => None,
        UsageState::Exhausted => Some(chip(Tone::Warn, "Used up")),
        UsageState::Limited => Some(chip(Tone::Warn, "Limited")),
    };
    let shared = bar.shared.then(|| chip(Tone::Neutral, "Shared by his accounts"));
    let label = Markup::text(format!("{} ({})", bar.name, bar.product));
    let label = label.with(state.map(|chip| Markup::text(" ").with(chip)));
    let label = label.with(shared.map(|chip| Markup::text(" ").with(chip)));
    let held = (bar.reserved > 0).then(|| quantity(bar.reserved).with(" held by open sessions. "));
    let kept = (bar.kept > 0).then(|| {
        let until = bar.ends.map(|at| Markup::text(", good until ").with(visit.day(at)));
        Markup::text(" ").with(quantity(bar.kept)).with(" kept from before or given").with(until).with(".")
    });
    let renews = bar.renews.map(|at| Markup::text(" Comes anew on ").with(visit.day(at)).with("."));
    let once = bar.ends.filter(|_| bar.kept == 0);
    let once = once.map(|at| Markup::text(" Good until ").with(visit.when(at)).with("."));
    let renews = Markup::from(renews).with(once);
    let ends = Markup::from(held).with(then).with(kept).with(renews);
    web_kit::UsageBar::new(label, bar.used, bar.total, words).ends(ends).into()
}

/// What is in a wallet and until when.
fn wallet(visit: &Visit, wallet: &WalletView) -> Markup {
    let content = content(visit, wallet, wallet.free);
    let empty = (wallet.free == 0).then(|| chip(Tone::Warn, "Empty"));
    let shared = wallet.shared.then(|| chip(Tone::Neutral, "Shared by his accounts"));
    let label = Markup::text(format!("{} ({})", wallet.name, wallet.product));
    let label = label.with(empty.map(|chip| Markup::text(" ").with(chip)));
    let label = label.with(shared.map(|chip| Markup::text(" ").with(chip)));
    let held = (wallet.reserved > 0).then(|| {
        Markup::text("Held by open sessions: ").with(self::content(visit, wallet, wallet.reserved)).with(". ")
    });
    let ends = wallet.ends.map(|at| Markup::text("Good until ").with(visit.when(at)).with("."));
    let words = content.with(" left");
    web_kit::UsageBar::unlimited(label, words).ends(Markup::from(held).with(ends)).into()
}

fn micros(units: u64) -> money::Amount {
    money::Amount::from_micros(i64::try_from(units).unwrap_or(i64::MAX))
}

/// So much of a wallet, as it counts.
pub(crate) fn content(visit: &Visit, wallet: &WalletView, units: u64) -> Markup {
    if wallet.money {
        return visit.money(micros(units), wallet.currency).into();
    }
    web_kit::count(units).with(" units")
}

fn order(visit: &Visit, orders: &[OrderOfUse], customer: &CustomerView) -> Markup {
    if orders.is_empty() {
        return Markup::new();
    }
    let each = orders.iter().map(|order| {
        let mut steps = el("ol");
        for portion in &order.portions {
            steps = steps.child(el("li").child(portion_words(visit, order, portion, customer)));
        }
        let steps = steps.child(el("li").child(beyond_words(order)));
        Markup::from(el("h4").child(order.service.name.as_str())).with(steps)
    });
    let prose = el("div").class("prose").children(each);
    let hint = el("p").class("muted-ink").child(
        "Add-ons come before the main product, the higher precedence first; of equals, what ends first. What is for certain destinations or access codes counts there only.",
    );
    el("details").child(el("summary").child("What is used first")).child(prose).child(hint).into()
}

fn portion_words(
    visit: &Visit,
    order: &OrderOfUse,
    portion: &PortionView,
    customer: &CustomerView,
) -> Markup {
    let left: Markup = match (portion.wallet, portion.money) {
        (true, true) => visit.money(micros(portion.free), customer.live.head.currency).into(),
        (true, false) => web_kit::count(portion.free).with(" units"),
        (false, _) => crate::words::quantity(portion.free, Some(order.service.unit)),
    };
    let part = match portion.part {
        Some(DayPart::First) => " at off-peak times",
        Some(DayPart::Second) => " at the second off-peak times",
        Some(DayPart::Peak) => " at peak times",
        None => "",
    };
    let what = if portion.wallet { " of the wallet " } else { " of " };
    let kept = if portion.kept { ", kept from before or given" } else { "" };
    let until = portion.ends.map(|at| Markup::text(", until ").with(visit.day(at)));
    left.with(format!("{what}{} ({}){part}{kept}", portion.plan, portion.product)).with(until)
}

fn beyond_words(order: &OrderOfUse) -> String {
    let less = if order.discounts.is_empty() {
        String::new()
    } else {
        format!(", less the discount {}", order.discounts.join(", "))
    };
    match order.beyond {
        WhenExhausted::PayAsYouGo => format!("then money, by the tariff{less}"),
        WhenExhausted::Limited => "then nothing: it goes on free at the limited speed".to_owned(),
        WhenExhausted::Block => "then use is refused".to_owned(),
    }
}
