//! Add-ons of the subscriber's products: what they cost now and each month, buying and ending them.

use axum::extract::Path;
use calendar::{BillingZone, Instant};
use catalog::{Begins, Lasting, Product, Snapshot};
use charging::{AccountId, AddOnPhase, CustomerStatus, RowId};
use office::{AccountStatus, AccountView, AddOnView, CustomerView, NewAddOn, OfficeError};
use web_kit::{
    Card, EmptyState, Facts, Field, Flash, Icon, Markup, PageHead, SelfCareSection, Weight, button_link, el,
    link, see_other,
};

use super::standing::notice;
use crate::fault::Fault;
use crate::offer::{FirstCharge, first_charge};
use crate::portal::reach;
use crate::typed::{Complaints, Typed, once_form};
use crate::visit::{Page, Turn, Visit};
use crate::words::{day, moment};

const SHOP: &str = "/shop";

pub(crate) async fn list(visit: Visit) -> Page {
    let me = visit.me().await?;
    let catalog = visit.office().catalog();
    let open = me.live.head.status() == CustomerStatus::Active;
    let accounts = me.accounts.iter().filter(|account| account.status != AccountStatus::Terminated);
    let offered: Vec<(&AccountView, Vec<&Product>)> = accounts
        .map(|account| (account, offers(&catalog, account)))
        .filter(|(account, offers)| !offers.is_empty() || !account.add_ons.is_empty())
        .collect();
    let several = offered.len() > 1;
    let head = PageHead::new("Shop")
        .subtitle("Add and end extras yourself. You see what it costs before anything is bought.");
    let mut body = Markup::new().with(notice(&visit, &me.live)).with(head);
    if me.accounts.iter().any(|account| !account.wallets.is_empty()) {
        body.push(el("p").child(link("/top-up", "Top up what you use up")));
    }
    if offered.is_empty() {
        let words = format!(
            "There are no extras for your products now. To change your product, please {}.",
            reach(visit.settings())
        );
        body.push(Card::bare().child(EmptyState::new(Icon::Shop, "Nothing to add", words)));
    }
    for (account, offers) in offered {
        if several {
            let name = account.product.as_ref().map_or("", |product| product.name.as_str());
            body.push(el("h2").child(format!("For {name}, {}", account.label)));
        }
        let open = open && account.status == AccountStatus::Active;
        for held in &account.add_ons {
            let product = catalog.product_by_id(held.product.id);
            let since = times(held, me.live.head.zone.name());
            let step = format!("/shop/{}/remove/{}", account.id, held.id);
            let step =
                open.then(|| button_link(Weight::Plain, &step, format!("Remove {}", held.product.name)));
            let state = match held.state {
                AddOnPhase::Planned => "planned",
                AddOnPhase::OnFirstUse => "ready",
                AddOnPhase::Running | AddOnPhase::Over => "active",
            };
            body.push(offer(&visit, (&held.product.name, product), Some((state, since)), step));
        }
        for product in offers {
            let step = format!("/shop/{}/add/{}", account.id, product.code);
            let step = open
                .then(|| button_link(Weight::Primary, &step, format!("See price and add {}", product.name)));
            body.push(offer(&visit, (&product.name, Some(product)), None, step));
        }
    }
    Ok(visit.page("Shop", SelfCareSection::Shop, body))
}

/// From when to when an add-on is his.
fn times(held: &AddOnView, zone: &str) -> Markup {
    let since = match (held.state, held.from) {
        (AddOnPhase::Planned, Some(from)) => Markup::text("Begins on ").with(day(from, zone)),
        (_, Some(from)) => Markup::text("Yours since ").with(day(from, zone)),
        (_, None) => Markup::text("Yours; it begins when you first use it"),
    };
    let until = held.to.map(|to| Markup::text(", until ").with(moment(to, zone)));
    since.with(until).with(".")
}

/// Add-ons that may be bought for an account and are not held, or may be held several times.
fn offers<'a>(catalog: &'a Snapshot, account: &AccountView) -> Vec<&'a Product> {
    let main = account.product.as_ref().and_then(|name| catalog.product_by_id(name.id));
    let held = |product: &&Product| account.add_ons.iter().any(|held| held.product.id == product.id);
    let free = |product: &&Product| product.multiple || !held(product);
    main.map(|main| catalog.add_ons_of(main).filter(free).collect()).unwrap_or_default()
}

fn monthly(visit: &Visit, product: &Product) -> Markup {
    match &product.subscription {
        Some(fee) => {
            let once = fee.activation_fee.map(|once| Markup::text(", once ").with(visit.money(once)));
            let bound =
                fee.minimum.map(|minimum| format!(", for at least {} billing periods", minimum.periods));
            let terms = Markup::text(" a month").with(once).with(bound);
            Markup::from(el("strong").child(visit.money(fee.fee)))
                .with(el("span").class("muted-ink").child(terms))
        }
        None => Markup::text("no monthly fee"),
    }
}

fn offer(
    visit: &Visit,
    (name, product): (&str, Option<&Product>),
    held: Option<(&str, Markup)>,
    step: Option<Markup>,
) -> Card {
    let description = product.map_or("", |product| product.description.as_str());
    let (state, since) = held.unzip();
    let chip = state.map(web_kit::status);
    let price = product.map(|product| el("p").child(monthly(visit, product)));
    let words = el("p").class("muted-ink").child(Markup::text(description).with(" ").with(since));
    let parts = Markup::new().with(words).with(price).with(step);
    Card::new(name).action(chip).child(web_kit::stack(parts))
}

/// An account of the subscriber.
fn account(me: &CustomerView, id: i64) -> Result<&AccountView, Fault> {
    me.account(RowId(id)).ok_or(Fault::Missing)
}

pub(crate) async fn confirm(visit: Visit, Path((id, code)): Path<(i64, String)>) -> Page {
    let me = visit.me().await?;
    let account = account(&me, id)?;
    let catalog = visit.office().catalog();
    let offered = offers(&catalog, account);
    let product = offered.iter().find(|product| product.code == code).ok_or(Fault::Missing)?;
    let charge = first_charge(&me.live, &catalog, (account.id, product), visit.now())?;
    let name = product.name.as_str();
    let mut form = once_form(&visit, &format!("/shop/{}/add/{code}", account.id));
    if product.begins == Begins::OnAssignment {
        let help = "Empty: now. When it begins later, fewer days of this period are charged.";
        form = form.field(Field::input("date", "from", "Begins").help(help));
    }
    let form = form.submit(format!("Buy {name}")).beside(button_link(Weight::Quiet, SHOP, "Cancel"));
    let card = Card::bare().child(web_kit::stack(
        Markup::from(el("p").child(product.description.as_str()))
            .with(price_facts(&visit, &me, (account, product), charge))
            .with(
                el("p")
                    .class("muted-ink")
                    .child("You can end it at any time; then only the days you had it are charged."),
            )
            .with(form),
    ));
    let head = PageHead::new(format!("Add {name}?")).crumb("Shop", SHOP);
    let body = Markup::new().with(notice(&visit, &me.live)).with(head).with(card);
    Ok(visit.page(&format!("Add {name}"), SelfCareSection::Shop, body))
}

/// `7 days`, `24 hours`.
fn lasting(lasts: Lasting) -> String {
    let part = |number: u16, word: &str| match number {
        0 => None,
        1 => Some(format!("1 {word}")),
        more => Some(format!("{more} {word}s")),
    };
    let parts = [part(lasts.days, "day"), part(lasts.hours, "hour")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// Midnight of a day that he typed, in his zone; `None` when it is today, past or nothing.
fn begins(typed: &Typed, me: &CustomerView, now: Instant) -> Option<Instant> {
    let zone = me.live.head.zone;
    let noon = Instant::parse(&format!("{}T12:00:00Z", typed.get("from")))?;
    Some(zone.midnight(BillingZone::utc().date(noon))).filter(|from| *from > now)
}

fn price_facts(
    visit: &Visit,
    me: &CustomerView,
    (account, product): (&AccountView, &Product),
    charge: Option<FirstCharge>,
) -> Facts {
    let head = &me.live.head;
    let mut facts = Facts::new().fact("For", account.label.as_str());
    if product.begins == Begins::OnFirstUse {
        facts = facts.fact("Begins", "When you first use it");
    }
    if let Some(lasts) = product.lasts {
        facts = facts.fact("Lasts", lasting(lasts));
    }
    let Some(charge) = charge else {
        return facts.fact("Price", "Costs nothing by itself");
    };
    let (days, of_days) = charge.days;
    let words = Markup::text("On ").with(day(head.period_end, head.zone.name())).with(", for this period");
    let part = Markup::from(el("strong").child(visit.money(charge.amount)))
        .with(el("br"))
        .with(el("span").class("faint-ink").child(format!("{days} of {of_days} days")));
    facts = facts.fact("To pay today", Markup::from(visit.money(money::Amount::ZERO)));
    facts.fact(words, part).fact("Then", monthly(visit, product))
}

/// What a purchase or removal that the core did not do says on the shop's page; anything else is a fault.
fn sent_back(visit: &Visit, error: OfficeError) -> Turn {
    for flash in Complaints::from_office(error)?.beyond(&[]) {
        visit.tell(flash);
    }
    Ok(see_other(SHOP))
}

pub(crate) async fn buy(visit: Visit, Path((id, code)): Path<(i64, String)>, typed: Typed) -> Turn {
    let me = visit.me().await?;
    let number: AccountId = account(&me, id)?.id;
    let catalog = visit.office().catalog();
    let name = catalog.product(&code).ok_or(Fault::Missing)?.name.clone();
    // A form without its key was not made by us: without it a double click would buy twice.
    let key = typed.once(&format!("add:{number}:{code}")).ok_or(Fault::Form)?;
    let from = begins(&typed, &me, visit.now());
    let order = NewAddOn { from, ..NewAddOn::from(code.as_str()) };
    let bought = visit.ask(move |office, me| office.add_add_on(&me.actor(), number, order, Some(key))).await;
    match bought {
        Ok(_) => {
            let zone = me.live.head.zone.name();
            let words = match from {
                Some(from) => {
                    Markup::text(format!("{name} is yours from ")).with(day(from, zone)).with(" on.")
                }
                None => Markup::text(format!("{name} is yours now. It is switched on within moments.")),
            };
            Ok(visit.done(SHOP, words))
        }
        // The first click is still being worked on.
        Err(OfficeError::Conflict(_)) => {
            visit.tell(Flash::note(format!("{name} is being added.")));
            Ok(see_other(SHOP))
        }
        Err(error) => sent_back(&visit, error),
    }
}

pub(crate) async fn confirm_removal(visit: Visit, Path((id, add_on)): Path<(i64, i64)>) -> Page {
    let me = visit.me().await?;
    let account = account(&me, id)?;
    let held = account.add_ons.iter().find(|held| held.id == RowId(add_on)).ok_or(Fault::Missing)?;
    let (name, head) = (held.product.name.as_str(), &me.live.head);
    let charged = Markup::text("The days you had it are charged on ")
        .with(day(head.period_end, head.zone.name()))
        .with(".");
    let words = el("ul")
        .child(
            el("li")
                .child(format!("{name} ends now for {} and is switched off within moments.", account.label)),
        )
        .child(el("li").child(charged))
        .child(el("li").child(
            Markup::text("You can add it again in the ").with(link(SHOP, "shop")).with(" at any time."),
        ));
    let form = once_form(&visit, &format!("/shop/{}/remove/{add_on}", account.id))
        .danger()
        .submit(format!("Remove {name}"))
        .beside(button_link(Weight::Quiet, SHOP, format!("Keep {name}")));
    let title = format!("Remove {name}?");
    let body = Markup::new()
        .with(PageHead::new(title.as_str()).crumb("Shop", SHOP))
        .with(Card::bare().child(web_kit::stack(Markup::from(words).with(form))));
    Ok(visit.page(&title, SelfCareSection::Shop, body))
}

pub(crate) async fn remove(visit: Visit, Path((id, add_on)): Path<(i64, i64)>, typed: Typed) -> Turn {
    let me = visit.me().await?;
    let account = account(&me, id)?;
    let number = account.id;
    let held = account.add_ons.iter().find(|held| held.id == RowId(add_on));
    let name = held.map_or("The add-on", |held| held.product.name.as_str());
    let key = typed.once(&format!("remove:{number}:{add_on}")).ok_or(Fault::Form)?;
    let words = format!("{name} was removed.");
    let removed = visit
        .ask(move |office, me| office.remove_add_on(&me.actor(), number, RowId(add_on), Some(key)))
        .await;
    match removed {
        Ok(()) => Ok(visit.done(SHOP, words)),
        Err(OfficeError::Conflict(_)) => Ok(see_other(SHOP)),
        Err(error) => sent_back(&visit, error),
    }
}
