//! What was used and what is being used: transaction records and open sessions, with names for every number.

use crate::page::cursor_numbers;
use crate::sign_in::hex;
use crate::{
    Actor, AuditNote, IdempotencyKey, Office, OfficeError, Page, ProductName, no_records, page_limit,
};
use calendar::Instant;
use catalog::{ServiceId, Snapshot, Unit};
use charging::{AccountId, Command, CustomerId, RowId, Session, SessionKey, Xdr};
use money::Currency;
use serde::Serialize;
use store::{SessionFilter, SessionListRow, XdrFilter, XdrListRow};

/// Open sessions read at a time when those of a service are looked for.
const SESSIONS_AT_ONCE: usize = 500;
/// Open sessions looked through for a page.
const SESSIONS_LOOKED_THROUGH: usize = 5_000;

/// A service with its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceName {
    /// Number.
    pub id: ServiceId,
    /// Short name.
    pub code: String,
    /// What people read.
    pub name: String,
    /// What is counted.
    pub unit: Unit,
}

/// Which transaction records to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct XdrQuery {
    /// Of this customer.
    pub customer: Option<CustomerId>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this service, by code.
    pub service: Option<String>,
    /// Of this billing period.
    pub period: Option<u32>,
    /// Posted at or after.
    pub from: Option<Instant>,
    /// Posted before.
    pub to: Option<Instant>,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// Rows wanted; 0 = 50, at most 500.
    pub limit: usize,
}

/// A transaction record with names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XdrView {
    /// The record.
    pub xdr: Xdr,
    /// The customer's number for people.
    pub customer_number: String,
    /// His name.
    pub customer_name: String,
    /// The account's label; empty when no account is concerned.
    pub account_label: String,
    /// Service; `None` for recurring fees.
    pub service: Option<ServiceName>,
    /// Product that decided the price.
    pub product: Option<ProductName>,
}

/// A transaction record in a list is the same as on its page.
pub type XdrRow = XdrView;

/// Which open sessions to list.
#[derive(Debug, Clone, Default)]
pub struct SessionQuery {
    /// Of this customer.
    pub customer: Option<CustomerId>,
    /// Of this node, by name.
    pub node: Option<String>,
    /// That use this service, by code.
    pub service: Option<String>,
    /// Of whom this finds: an identifier of an account, or a customer's number; else those whose details have it, such as the IP address
    /// that the network gave.
    pub who: Option<String>,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// Rows wanted; 0 = 50, at most 500.
    pub limit: usize,
}

/// Use of one service in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterRow {
    /// Service.
    pub service: ServiceName,
    /// Rating group, where the gateway names one.
    pub rating_group: Option<u32>,
    /// Number, APN or item.
    pub destination: String,
    /// What was dialled for it, where dialing rules changed it.
    pub dialled: Option<String>,
    /// Units used so far.
    pub used: u64,
    /// Units granted and not yet reported.
    pub granted: u64,
    /// Money locked.
    pub reserved: money::Amount,
}

/// An open session; three to ten seconds behind the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Whose.
    pub customer: CustomerId,
    /// His number for people.
    pub customer_number: String,
    /// His name.
    pub customer_name: String,
    /// The account's label.
    pub account_label: String,
    /// The customer's currency.
    pub currency: Currency,
    /// The session itself: key, account, identifier, node, times, details.
    pub session: Session,
    /// What it counts, by service.
    pub meters: Vec<MeterRow>,
}

pub(crate) fn service_name(catalog: &Snapshot, id: ServiceId) -> ServiceName {
    match catalog.service_by_id(id) {
        Some(s) => ServiceName { id, code: s.code.clone(), name: s.name.clone(), unit: s.unit },
        None => ServiceName { id, code: String::new(), name: id.to_string(), unit: Unit::Event },
    }
}

/// The service of a code; `None` where none is asked for.
fn service_of(catalog: &Snapshot, code: Option<&str>) -> Result<Option<ServiceId>, OfficeError> {
    let Some(code) = code.map(str::trim).filter(|code| !code.is_empty()) else { return Ok(None) };
    let unknown = || OfficeError::field("service", format!("there is no service {code}"));
    catalog.service(code).map(|service| Some(service.id)).ok_or_else(unknown)
}

fn xdr_view(catalog: &Snapshot, row: XdrListRow) -> XdrView {
    let product = row.xdr.product.map(|id| {
        let product = catalog.product_by_id(id);
        let (code, name) = product.map_or_else(Default::default, |p| (p.code.clone(), p.name.clone()));
        ProductName { id, code, name }
    });
    XdrView {
        service: row.xdr.service.map(|id| service_name(catalog, id)),
        product,
        xdr: row.xdr,
        customer_number: row.customer_number,
        customer_name: row.customer_name,
        account_label: row.account_label,
    }
}

fn xdr_cursor(row: &XdrListRow) -> String {
    format!("{}.{}", row.xdr.posted_at.as_micros(), row.xdr.id)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// What a session is called in addresses: its key in hexadecimal digits.
pub fn session_name(key: &SessionKey) -> String {
    hex(key.as_bytes())
}

/// Whether an address or station of the session is this one.
fn has_detail(session: &Session, wanted: &str) -> bool {
    session.details.split(" · ").any(|detail| detail.eq_ignore_ascii_case(wanted))
}

fn session_cursor(row: &SessionListRow) -> String {
    let (expires_at, customer, key) = row.page_key();
    format!("{expires_at}.{customer}.{}", hex(&key))
}

fn session_key(cursor: &str) -> Option<(i64, u32, Vec<u8>)> {
    let (expires_at, rest) = cursor.split_once('.')?;
    let (customer, key) = rest.split_once('.')?;
    Some((expires_at.parse().ok()?, customer.parse().ok()?, unhex(key)?))
}

impl Office {
    /// A page of transaction records.
    pub fn xdrs(&self, query: &XdrQuery) -> Result<Page<XdrRow>, OfficeError> {
        let (catalog, limit) = (self.catalog(), page_limit(query.limit));
        let service = service_of(&catalog, query.service.as_deref())?;
        let after = query.cursor.as_deref().map(cursor_numbers::<2>).transpose()?;
        let filter = XdrFilter {
            customer: query.customer,
            account: query.account,
            service,
            period_number: query.period,
            from: query.from,
            to: query.to,
            after: after.map(|[at, id]| (at, id)),
            most: limit + 1,
        };
        let page = Page::from_surplus(self.store().xdrs(&filter)?, limit, xdr_cursor);
        Ok(page.map(|row| xdr_view(&catalog, row)))
    }

    /// A transaction record.
    pub fn xdr(&self, id: RowId) -> Result<XdrView, OfficeError> {
        let row = self.store().xdr(id)?.ok_or_else(|| OfficeError::not_found("transaction record", id))?;
        Ok(xdr_view(&self.catalog(), row))
    }

    /// A page of open sessions, from the tables.
    pub fn sessions(&self, query: &SessionQuery) -> Result<Page<SessionRow>, OfficeError> {
        let (catalog, limit) = (self.catalog(), page_limit(query.limit));
        let after = match &query.cursor {
            None => None,
            Some(cursor) => Some(
                session_key(cursor)
                    .ok_or_else(|| OfficeError::field("cursor", "is not a cursor of this list"))?,
            ),
        };
        let mut filter =
            SessionFilter { customer: query.customer, node: query.node.clone(), after, most: limit + 1 };
        let mut detail = query.who.as_deref().map(str::trim).filter(|who| !who.is_empty());
        if let Some(found) = detail.map_or(Ok(None), |who| self.whose(who))? {
            if query.customer.is_some_and(|customer| customer != found) {
                return Ok(Page::default());
            }
            (filter.customer, detail) = (Some(found), None);
        }
        let service = service_of(&catalog, query.service.as_deref())?;
        let page = if service.is_none() && detail.is_none() {
            Page::from_surplus(self.store().open_sessions(&filter)?, limit, session_cursor)
        } else {
            self.sessions_that(filter, limit, |session| {
                service.is_none_or(|wanted| session.meters.iter().any(|meter| meter.service == wanted))
                    && detail.is_none_or(|wanted| has_detail(session, wanted))
            })?
        };
        Ok(page.map(|row| SessionRow {
            meters: self.meters(&catalog, &row.session),
            customer: row.customer,
            customer_number: row.customer_number,
            customer_name: row.customer_name,
            account_label: row.account_label,
            currency: row.currency,
            session: row.session,
        }))
    }

    /// A page of the sessions that are `wanted` for what is in no column, so they are looked through, so many at most; the cursor goes on
    /// from there.
    fn sessions_that(
        &self,
        mut filter: SessionFilter,
        limit: usize,
        wanted: impl Fn(&Session) -> bool,
    ) -> Result<Page<SessionListRow>, OfficeError> {
        let (mut found, mut seen) = (Vec::new(), 0);
        filter.most = SESSIONS_AT_ONCE;
        loop {
            let rows = self.store().open_sessions(&filter)?;
            let (count, last) = (rows.len(), rows.last().map(|row| (row.page_key(), session_cursor(row))));
            found.extend(rows.into_iter().filter(|row| wanted(&row.session)));
            seen += count;
            let Some((key, cursor)) = last.filter(|_| count == SESSIONS_AT_ONCE) else {
                return Ok(Page::from_surplus(found, limit, session_cursor));
            };
            if found.len() > limit {
                return Ok(Page::from_surplus(found, limit, session_cursor));
            }
            if seen >= SESSIONS_LOOKED_THROUGH {
                return Ok(Page { items: found, next: Some(cursor) });
            }
            filter.after = Some(key);
        }
    }

    /// The customer whom an identifier or a number finds.
    fn whose(&self, who: &str) -> Result<Option<CustomerId>, OfficeError> {
        for realm in crate::REALMS {
            if let Some(found) = self.directory().try_find(realm, who)? {
                return Ok(Some(found.customer));
            }
        }
        Ok(self.store().customer_with_number(&who.to_uppercase())?)
    }

    /// Ends an open session by hand: what it used is charged, what it holds returns. The front doors hear of it and
    /// tell the network where it can be told. `name` is its [`session_name`].
    pub fn end_session(
        &self,
        actor: &Actor,
        customer: CustomerId,
        name: &str,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        let session = unhex(name).map(|octets| SessionKey::from_bytes(&octets));
        let session = session.ok_or_else(|| OfficeError::not_found("session", name))?;
        let audit = AuditNote::new("session/ended", session.shown(), "by hand");
        self.command(actor, customer, key.as_ref(), Command::EndSession { session }, audit, no_records())
            .map(|_| ())
    }

    /// What a session counts, with names.
    pub fn session_meters(&self, session: &Session) -> Vec<MeterRow> {
        self.meters(&self.catalog(), session)
    }

    fn meters(&self, catalog: &Snapshot, session: &Session) -> Vec<MeterRow> {
        let meters = session.meters.iter().enumerate().map(|(position, meter)| MeterRow {
            service: service_name(catalog, meter.service),
            rating_group: meter.rating_group,
            destination: meter.destination.clone().into(),
            dialled: session.dialled(position).map(|dialled| dialled.number.clone()),
            used: meter.used,
            granted: meter.granted,
            reserved: meter.reserved,
        });
        meters.collect()
    }
}
