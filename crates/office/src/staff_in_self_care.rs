//! A staff user in a subscriber's place: a ticket from the staff portal opens the self-care portal.
//!
//! The portals may have different hosts, so the way over is an address that holds a ticket: good once and for a minute, kept in
//! memory only. The session it opens names the staff user, who acts and is audited as himself.

use crate::sign_in::{Portal, SessionToken, token_hash};
use crate::{Actor, Office, OfficeError, Permission};
use calendar::{Instant, Seconds};
use charging::CustomerId;
use hashbrown::HashMap;
use parking_lot::Mutex;

/// A ticket is good for this long.
const GOOD_FOR: Seconds = Seconds(60);
/// Unused tickets that are kept; when full, all are dropped.
const TICKETS_MOST: usize = 1_000;

/// Tickets that were not used yet, by their digest.
#[derive(Default)]
pub(crate) struct SelfCareTickets(Mutex<HashMap<Vec<u8>, Ticket>>);

struct Ticket {
    customer: CustomerId,
    number: String,
    opened_by: String,
    until: Instant,
}

impl Office {
    /// Lets a staff user into a customer's self-care portal, where he sees what the subscriber sees. Audited. The ticket is for
    /// [`Office::enter_self_care`].
    pub fn open_self_care(&self, actor: &Actor, customer: CustomerId) -> Result<SessionToken, OfficeError> {
        actor.require(Permission::ChangeCustomers)?;
        let Actor::Staff { login, .. } = actor else {
            return Err(OfficeError::Denied("only staff can open a subscriber's portal".to_owned()));
        };
        let record = self.store().customer_record(customer)?;
        let number = record.ok_or_else(|| OfficeError::not_found("customer", customer))?.number;
        self.note_about(Some(customer), actor, "self-care/opened", &number, "")?;
        let (ticket, now) = (SessionToken::new()?, self.now());
        let waiting = Ticket { customer, number, opened_by: login.clone(), until: now.plus(GOOD_FOR) };
        let mut tickets = self.inner.self_care_tickets.0.lock();
        tickets.retain(|_, ticket| ticket.until > now);
        if tickets.len() >= TICKETS_MOST {
            tickets.clear();
        }
        tickets.insert(token_hash(ticket.text()), waiting);
        Ok(ticket)
    }

    /// Opens the session of a ticket; `None` when it was used, is too old or never was.
    pub fn enter_self_care(&self, ticket: &str) -> Result<Option<SessionToken>, OfficeError> {
        let found = self.inner.self_care_tickets.0.lock().remove(&token_hash(ticket));
        let Some(ticket) = found.filter(|ticket| ticket.until > self.now()) else { return Ok(None) };
        let subject = i64::from(ticket.customer.0);
        self.open_session(Portal::SelfCare, subject, &ticket.number, &ticket.opened_by).map(Some)
    }
}
