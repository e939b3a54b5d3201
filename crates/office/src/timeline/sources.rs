//! Where the lines of a timeline come from.

use super::{Item, TimelineCategory, TimelineEntry, words};
use crate::{Link, Office, OfficeError};
use charging::{AccountId, CustomerId, Event, EventKind};
use hashbrown::HashMap;
use money::Currency;
use store::{AuditFilter, AuditRow, DeliveryQuery, DeliveryRow, LedgerPage, LedgerRow, NoteRecord};

/// One table of lines. Their order decides between lines of the same instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Events,
    Ledger,
    Deliveries,
    Notes,
    Audit,
}

pub(super) const SOURCES: [Source; 5] =
    [Source::Deliveries, Source::Ledger, Source::Events, Source::Notes, Source::Audit];

/// What lines need to name things.
pub(super) struct Context {
    customer: CustomerId,
    number: String,
    currency: Currency,
    labels: HashMap<AccountId, String>,
}

impl Context {
    fn label(&self, account: Option<AccountId>) -> &str {
        account.and_then(|id| self.labels.get(&id)).map_or("", String::as_str)
    }

    fn account(&self, account: AccountId) -> Link {
        Link::Account { number: self.number.clone(), account }
    }

    fn event(&self, event: Event) -> Option<Item> {
        let (category, title) = words::event(event.kind)?;
        let label = self.label(event.account);
        let parts = [label, event.detail.as_str()];
        let mut parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.dedup();
        let entry = TimelineEntry {
            at: event.at,
            category,
            title: title.to_owned(),
            detail: parts.join(" · "),
            actor: None,
            link: event.account.map(|account| self.account(account)),
        };
        Some(Item { id: event.id.0, action: event.kind.name(), audited: None, entry })
    }

    fn ledger(&self, row: LedgerRow) -> Item {
        let (title, action) = words::ledger(&row.code);
        let amount = row.to_customer().text(self.currency.exponent());
        let amount = format!("{amount} {}", self.currency);
        let detail = if row.note.is_empty() { amount } else { format!("{amount} · {}", row.note) };
        let link = row.reference.filter(|_| words::has_record(&row.code)).map(|id| Link::Xdr { id });
        let category = TimelineCategory::Money;
        let entry =
            TimelineEntry { at: row.at, category, title: title.to_owned(), detail, actor: None, link };
        Item { id: row.id.0, action, audited: None, entry }
    }

    fn delivery(&self, row: DeliveryRow) -> Item {
        let parts = [self.label(Some(row.account)), row.event_kind.as_str(), row.summary.as_str()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let entry = TimelineEntry {
            at: row.created_at,
            category: TimelineCategory::Service,
            title: format!("Delivery to {}: {}", row.connector, row.state.name()),
            detail: parts.join(" · "),
            actor: None,
            link: Some(Link::Delivery { id: row.id }),
        };
        Item { id: row.id, action: "", audited: None, entry }
    }

    fn note(&self, note: NoteRecord) -> Item {
        let entry = TimelineEntry {
            at: note.at,
            category: TimelineCategory::Staff,
            title: "Note".to_owned(),
            detail: note.body,
            actor: Some(note.author),
            link: None,
        };
        Item { id: note.id.0, action: "note/added", audited: None, entry }
    }

    fn audit(&self, row: AuditRow) -> Item {
        let parts = [row.object.as_str(), row.detail.as_str()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let entry = TimelineEntry {
            at: row.at,
            category: TimelineCategory::Staff,
            title: words::action(&row.action),
            detail: parts.join(" · "),
            actor: Some(row.actor),
            link: None,
        };
        Item { id: row.position, action: "", audited: Some(row.action), entry }
    }
}

impl Office {
    pub(super) fn timeline_context(&self, customer: CustomerId) -> Result<Context, OfficeError> {
        let number = self.known(customer)?.number;
        let labels = self.store().account_records(customer)?.into_iter().map(|a| (a.id, a.label)).collect();
        let currency = self.engine().look(customer, |found| found.map(|found| found.head.currency))?;
        let currency = currency.unwrap_or_else(|| self.catalog().currency());
        Ok(Context { customer, number, currency, labels })
    }

    /// Lines of one source before a place in it, newest first.
    pub(super) fn source_items(
        &self,
        context: &Context,
        source: Source,
        filter: Option<TimelineCategory>,
        before: i64,
        most: usize,
    ) -> Result<Vec<Item>, OfficeError> {
        use TimelineCategory::{Message, Money, Service, Staff};
        let customer = context.customer;
        let of_staff = matches!(filter, None | Some(Staff));
        let items = match source {
            Source::Events => {
                if matches!(filter, Some(Staff | Message)) {
                    return Ok(Vec::new());
                }
                let wanted = |kind: &EventKind| {
                    words::event(*kind).is_some_and(|(category, _)| filter.is_none_or(|f| f == category))
                };
                let kinds: Vec<EventKind> = EventKind::ALL.iter().copied().filter(wanted).collect();
                let events = self.store().events_of(customer, Some(before), &kinds, most)?;
                events.into_iter().filter_map(|event| context.event(event)).collect()
            }
            Source::Ledger if matches!(filter, None | Some(Money)) => {
                // Of one customer, only the row number of the key is looked at.
                let after = Some((i64::MAX, before));
                let page =
                    LedgerPage { customer: Some(customer), after, limit: most, ..LedgerPage::default() };
                self.store().ledger(&page)?.into_iter().map(|row| context.ledger(row)).collect()
            }
            Source::Deliveries if matches!(filter, None | Some(Service)) => {
                let query = DeliveryQuery {
                    customer: Some(customer),
                    cursor: Some(before),
                    limit: most,
                    ..DeliveryQuery::default()
                };
                self.store().deliveries(&query)?.into_iter().map(|row| context.delivery(row)).collect()
            }
            Source::Notes if of_staff => {
                let notes = self.store().notes_of(customer, Some(before), most)?;
                notes.into_iter().map(|note| context.note(note)).collect()
            }
            Source::Audit if of_staff => {
                let filter = AuditFilter {
                    customer: Some(customer),
                    before: Some(before),
                    limit: most,
                    ..AuditFilter::default()
                };
                self.store().audit(&filter)?.into_iter().map(|row| context.audit(row)).collect()
            }
            Source::Ledger | Source::Deliveries | Source::Notes | Source::Audit => Vec::new(),
        };
        Ok(items)
    }
}
