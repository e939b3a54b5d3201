//! One feed of what happened to a customer: money, network, service, staff, messages.

use axum::extract::Path;
use office::{TimelineCategory, TimelineEntry};
use web_kit::{Card, EmptyState, Icon, Markup, TableState, Timeline, el, link};

use super::{Tab, load, page, path};
use crate::pages::why::address;
use crate::visit::{Page, Visit};

fn category_words(category: TimelineCategory) -> &'static str {
    match category {
        TimelineCategory::Money => "Money",
        TimelineCategory::Network => "Network",
        TimelineCategory::Service => "Service",
        TimelineCategory::Staff => "Staff",
        TimelineCategory::Message => "Messages",
    }
}

fn category_icon(category: TimelineCategory) -> Icon {
    match category {
        TimelineCategory::Money => Icon::Money,
        TimelineCategory::Network => Icon::Wifi,
        TimelineCategory::Service => Icon::Provisioning,
        TimelineCategory::Staff => Icon::User,
        TimelineCategory::Message => Icon::Mail,
    }
}

pub(crate) async fn show(visit: Visit, Path(who): Path<String>, state: TableState) -> Page {
    let customer = load(&visit, &who).await?;
    let (id, filter) = (customer.record.id, state.filter("category").and_then(TimelineCategory::parse));
    let cursor = state.after().map(str::to_owned);
    let feed = visit.ask(move |office, _| office.timeline(id, filter, cursor.as_deref(), 0)).await?;
    let base = visit.url(&path(&customer, "/timeline"));
    let choice = |words: &str, address: String, on: bool| {
        el("a").attr("href", address).attr_opt("aria-current", on.then_some("page")).child(words)
    };
    let mut choices = vec![choice("All", base.clone(), filter.is_none())];
    for category in TimelineCategory::ALL {
        choices.push(choice(
            category_words(category),
            format!("{base}?category={}", category.name()),
            filter == Some(category),
        ));
    }
    let views = el("div")
        .class("toolbar")
        .child(el("nav").class("views").attr("aria-label", "What to show").children(choices));
    let next = feed.next.as_ref().map(|cursor| state.page_after(cursor));
    let body: Markup = if feed.items.is_empty() {
        let words =
            "Payments, sessions, changes, deliveries and notes appear here in one feed, newest first.";
        EmptyState::new(Icon::Clock, "Nothing happened yet", words).into()
    } else {
        let entries = feed.items.iter().fold(Timeline::new(), |timeline, item| entry(&visit, timeline, item));
        Markup::from(el("div").class("card-body").child(entries))
            .with(web_kit::pages(state.page_before(), next))
    };
    let card = Card::bare().flush().child(views).child(body);
    Ok(page(&visit, &customer, Tab::Timeline, card))
}

fn entry(visit: &Visit, timeline: Timeline, item: &TimelineEntry) -> Timeline {
    let what = match &item.link {
        Some(to) => link(address(visit, to), item.title.as_str()),
        None => Markup::text(&item.title),
    };
    let actor = item.actor.as_ref().map(|actor| format!("by {}", crate::words::actor(actor)));
    let details: Vec<String> = [Some(item.detail.clone()).filter(|detail| !detail.is_empty()), actor]
        .into_iter()
        .flatten()
        .collect();
    timeline.entry(category_icon(item.category), what, visit.when(item.at).seconds(), details.join(" · "))
}
