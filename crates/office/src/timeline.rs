//! One feed of everything that happened to a customer: events, money, notes, deliveries and who did what, newest first.
//!
//! Each source is read in its own order and merged by time; the cursor says how far each was read, so a page never leaves out or
//! repeats a line. Must not know: pages.

mod sources;
mod words;

use crate::page::cursor_numbers;
use crate::{Link, Office, OfficeError, Page, page_limit};
use calendar::{Instant, Seconds};
use charging::CustomerId;
use serde::{Deserialize, Serialize};
use sources::{SOURCES, Source};
use std::collections::VecDeque;

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimelineCategory {
    /// Payments, charges, invoices, limits.
    Money,
    /// Sessions, quotas.
    Network,
    /// Customer, accounts, products, devices, deliveries to outside systems.
    Service,
    /// What staff did and noted.
    Staff,
    /// What was sent to the customer.
    Message,
}

impl TimelineCategory {
    /// Every category.
    pub const ALL: [Self; 5] = [Self::Money, Self::Network, Self::Service, Self::Staff, Self::Message];

    /// The name in addresses and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Network => "network",
            Self::Service => "service",
            Self::Staff => "staff",
            Self::Message => "message",
        }
    }

    /// The category of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.name() == name)
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimelineEntry {
    /// When.
    pub at: Instant,
    /// What it is about.
    pub category: TimelineCategory,
    /// What happened.
    pub title: String,
    /// More words; may be empty.
    pub detail: String,
    /// Who did it, when somebody did: `staff:anna`.
    pub actor: Option<String>,
    /// What it is about.
    pub link: Option<Link>,
}

/// A line with what is needed to merge it.
struct Item {
    /// Its place in its source.
    id: i64,
    /// The event or action it stands for: an audit line of the same name at the same time only tells who did it.
    action: &'static str,
    audited: Option<String>,
    entry: TimelineEntry,
}

/// An audit line and the event of the same commit are at most so far apart.
const SAME_COMMIT: Seconds = Seconds(5);

impl Office {
    /// A page of a customer's timeline, of one category or of all.
    pub fn timeline(
        &self,
        customer: CustomerId,
        filter: Option<TimelineCategory>,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<TimelineEntry>, OfficeError> {
        let limit = page_limit(limit);
        let mut before = match cursor {
            Some(cursor) => cursor_numbers::<{ SOURCES.len() }>(cursor)?,
            None => [i64::MAX; SOURCES.len()],
        };
        let context = self.timeline_context(customer)?;
        let mut waiting: Vec<VecDeque<Item>> = Vec::with_capacity(SOURCES.len());
        for (source, before) in SOURCES.iter().zip(before) {
            waiting.push(self.source_items(&context, *source, filter, before, limit + 1)?.into());
        }
        let mut taken: Vec<(Source, Item)> = Vec::with_capacity(limit);
        while taken.len() < limit {
            let heads =
                waiting.iter().enumerate().filter_map(|(i, items)| Some((items.front()?.entry.at, i)));
            let Some((_, newest)) = heads.max_by_key(|(at, i)| (*at, std::cmp::Reverse(*i))) else { break };
            let item = waiting.get_mut(newest).and_then(VecDeque::pop_front);
            let (Some(item), Some(source)) = (item, SOURCES.get(newest)) else { break };
            if let Some(place) = before.get_mut(newest) {
                *place = item.id;
            }
            taken.push((*source, item));
        }
        let more = waiting.iter().any(|items| !items.is_empty());
        let next = more.then(|| before.map(|id| id.to_string()).join("."));
        Ok(Page { items: with_actors(taken), next })
    }
}

/// Gives events the actor of their audit line and leaves that line out.
fn with_actors(mut taken: Vec<(Source, Item)>) -> Vec<TimelineEntry> {
    let mut merged = vec![false; taken.len()];
    for position in 0..taken.len() {
        let Some((_, audit)) = taken.get(position) else { continue };
        let Some(action) = audit.audited.clone() else { continue };
        let (at, actor) = (audit.entry.at, audit.entry.actor.clone());
        let event = taken.iter_mut().find(|(_, item)| {
            let near = item.entry.at.since(at).max(at.since(item.entry.at)) <= SAME_COMMIT;
            // A note names its author itself.
            let open = item.entry.actor.is_none() || item.entry.actor.as_deref() == actor.as_deref();
            item.audited.is_none() && open && item.action == action && near
        });
        if let Some((_, item)) = event {
            item.entry.actor = actor;
            if let Some(merged) = merged.get_mut(position) {
                *merged = true;
            }
        }
    }
    let lines = taken.into_iter().zip(merged).filter(|(_, merged)| !merged);
    lines.map(|((_, item), _)| item.entry).collect()
}
