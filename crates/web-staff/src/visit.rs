//! One request of a signed-in staff user: who he is, and the few things every page needs (frame, form token, money, times).
//!
//! Must not know: which page is asked for.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use calendar::Instant;
use money::{Amount, Currency};
use office::{Actor, Office, OfficeError, Permission, Role, StaffUser};
use web_kit::{Choices, Flash, Markup, Money, StaffFrame, StaffPage, StaffSection, see_other};

use crate::fault::Fault;
use crate::portal::Portal;

/// A page, or why there is none.
pub(crate) type Page = Result<Markup, Fault>;
/// Any answer, or why there is none.
pub(crate) type Turn = Result<Response, Fault>;

/// The visitor; an extractor behind the gate.
#[derive(Clone)]
pub(crate) struct Visit {
    inner: Arc<Inner>,
}

struct Inner {
    portal: Portal,
    user: StaffUser,
    session: String,
    zone: String,
    choices: Choices,
}

impl Visit {
    /// `zone` is the operator's: times are shown in it.
    pub(crate) fn new(
        portal: Portal,
        user: StaffUser,
        (session, zone): (String, String),
        choices: Choices,
    ) -> Self {
        Self { inner: Arc::new(Inner { portal, user, session, zone, choices }) }
    }

    pub(crate) fn portal(&self) -> &Portal {
        &self.inner.portal
    }

    pub(crate) fn office(&self) -> &Office {
        &self.inner.portal.state.office
    }

    pub(crate) fn user(&self) -> &StaffUser {
        &self.inner.user
    }

    pub(crate) fn session(&self) -> &str {
        &self.inner.session
    }

    pub(crate) fn actor(&self) -> Actor {
        Actor::Staff { login: self.inner.user.login.clone(), role: self.inner.user.role }
    }

    /// Whether this role changes anything at all; action buttons show only then.
    pub(crate) fn may_change(&self) -> bool {
        self.inner.user.role != Role::Helpdesk
    }

    pub(crate) fn is_admin(&self) -> bool {
        self.inner.user.role == Role::Admin
    }

    /// Whether this role may do such things.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.inner.user.role.may(permission)
    }

    /// For pages and forms of administrators.
    pub(crate) fn admins_only(&self) -> Result<(), Fault> {
        if self.is_admin() { Ok(()) } else { Err(Fault::Role("Only administrators see and change this.")) }
    }

    /// Asks the office on a blocking thread. The one way from a page to the office.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Office, &Actor) -> Result<T, OfficeError> + Send + 'static,
    ) -> Result<T, OfficeError> {
        let (office, actor) = (self.office().clone(), self.actor());
        let answer = tokio::task::spawn_blocking(move || question(&office, &actor)).await;
        answer.unwrap_or_else(|broken| {
            Err(OfficeError::Store(format!("a page's question broke off: {broken}")))
        })
    }

    /// A token for the forms of a page.
    pub(crate) fn csrf(&self) -> String {
        self.inner.portal.csrf.token(&self.inner.session).unwrap_or_default()
    }

    /// An address of the portal.
    pub(crate) fn url(&self, path: &str) -> String {
        self.inner.portal.url(path)
    }

    pub(crate) fn now(&self) -> Instant {
        self.office().clock().now()
    }

    pub(crate) fn zone(&self) -> &str {
        &self.inner.zone
    }

    pub(crate) fn currency(&self) -> Currency {
        self.office().catalog().currency()
    }

    pub(crate) fn money(&self, amount: Amount, currency: Currency) -> Money {
        web_kit::money(amount.micros(), currency.code(), currency.exponent())
    }

    /// An instant to the minute, in the viewer's zone.
    pub(crate) fn when(&self, at: Instant) -> web_kit::Instant {
        web_kit::instant(at.as_micros(), self.zone())
    }

    /// A day in the viewer's zone.
    pub(crate) fn day(&self, at: Instant) -> web_kit::Instant {
        web_kit::day(at.as_micros(), self.zone())
    }

    /// How long ago.
    pub(crate) fn ago(&self, at: Instant) -> web_kit::Instant {
        self.when(at).ago(self.now().as_micros())
    }

    /// The whole page in the portal's frame, with the messages that wait for this session.
    pub(crate) fn page(&self, title: &str, section: StaffSection, body: impl Into<Markup>) -> Markup {
        let mut page = StaffPage::new(title, section, body);
        page.flashes = self.inner.portal.flashes.take(&self.inner.session);
        web_kit::staff(&self.frame(), page)
    }

    fn frame(&self) -> StaffFrame {
        let user = &self.inner.user;
        StaffFrame {
            base: self.inner.portal.state.base.clone(),
            user: user.name.clone(),
            role: crate::words::role(user.role).to_owned(),
            environment: self.inner.portal.state.environment.clone(),
            notices: u64::try_from(self.inner.portal.notices()).unwrap_or(u64::MAX),
            csrf_token: self.csrf(),
            choices: self.inner.choices,
            sections: Vec::new(),
        }
    }

    /// Leaves a message for the next page.
    pub(crate) fn tell(&self, flash: Flash) {
        self.inner.portal.flashes.leave(&self.inner.session, flash);
    }

    /// Says what was done on the page that follows.
    pub(crate) fn done(&self, path: &str, words: impl Into<Markup>) -> Response {
        self.tell(Flash::done(words));
        self.go(path)
    }

    /// Goes on to a page of the portal after a form (303, so that a reload does not send the form again).
    pub(crate) fn go(&self, path: &str) -> Response {
        see_other(&self.url(path))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let missing = || Fault::Inner("a staff page is not behind the gate".to_owned());
        parts.extensions.get::<Self>().cloned().ok_or_else(missing)
    }
}
