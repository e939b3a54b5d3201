//! One request of a signed-in subscriber: who he is, and the few things every page needs (frame, form token, his own records).
//!
//! Must not know: which page is asked for.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use calendar::{BillingZone, Instant};
use money::{Amount, Currency};
use office::{CustomerView, Office, OfficeError, OperatorSettings, Subscriber};
use web_kit::{Choices, Flash, Markup, Money, SelfCareFrame, SelfCarePage, SelfCareSection, see_other};

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
    subscriber: Subscriber,
    session: String,
    currency: Currency,
    settings: OperatorSettings,
    choices: Choices,
}

impl Visit {
    pub(crate) fn new(
        portal: Portal,
        (subscriber, session, currency): (Subscriber, String, Currency),
        settings: OperatorSettings,
        choices: Choices,
    ) -> Self {
        Self { inner: Arc::new(Inner { portal, subscriber, session, currency, settings, choices }) }
    }

    pub(crate) fn portal(&self) -> &Portal {
        &self.inner.portal
    }

    pub(crate) fn office(&self) -> &Office {
        &self.inner.portal.office
    }

    pub(crate) fn subscriber(&self) -> &Subscriber {
        &self.inner.subscriber
    }

    pub(crate) fn session(&self) -> &str {
        &self.inner.session
    }

    pub(crate) fn settings(&self) -> &OperatorSettings {
        &self.inner.settings
    }

    /// Asks the office on a blocking thread. The one way from a page to the office.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Office, &Subscriber) -> Result<T, OfficeError> + Send + 'static,
    ) -> Result<T, OfficeError> {
        let (office, subscriber) = (self.office().clone(), self.inner.subscriber.clone());
        let answer = tokio::task::spawn_blocking(move || question(&office, &subscriber)).await;
        answer.unwrap_or_else(|broken| {
            Err(OfficeError::Store(format!("a page's question broke off: {broken}")))
        })
    }

    /// The subscriber with his accounts.
    pub(crate) async fn me(&self) -> Result<CustomerView, OfficeError> {
        self.ask(|office, me| office.customer(me.customer)).await
    }

    /// The subscriber's billing zone, in which his days begin.
    pub(crate) async fn zone(&self) -> Result<String, OfficeError> {
        self.ask(|office, me| {
            let name = office.engine().look(me.customer, |customer| Some(customer?.head.zone))?;
            Ok(name.unwrap_or_else(BillingZone::utc).name().to_owned())
        })
        .await
    }

    /// A token for the forms of a page.
    pub(crate) fn csrf(&self) -> String {
        self.inner.portal.csrf.token(&self.inner.session).unwrap_or_default()
    }

    pub(crate) fn now(&self) -> Instant {
        self.office().clock().now()
    }

    /// The subscriber's: his products are in it, too.
    pub(crate) fn currency(&self) -> Currency {
        self.inner.currency
    }

    /// An amount in the subscriber's currency.
    pub(crate) fn money(&self, amount: Amount) -> Money {
        let currency = self.currency();
        web_kit::money(amount.micros(), currency.code(), currency.exponent())
    }

    /// The whole page in the portal's frame, with the messages that wait for this session.
    pub(crate) fn page(&self, title: &str, section: SelfCareSection, body: impl Into<Markup>) -> Markup {
        let mut page = SelfCarePage::new(title, section, body);
        page.flashes = self.inner.portal.flashes.take(&self.inner.session);
        if let Some(login) = &self.inner.subscriber.opened_by {
            let name = &self.inner.subscriber.name;
            page = page.banner(format!(
                "{login}, you see the portal of {name}. What you do is recorded under your name."
            ));
        }
        web_kit::self_care(&self.frame(), page)
    }

    fn frame(&self) -> SelfCareFrame {
        SelfCareFrame {
            base: String::new(),
            brand: crate::portal::brand(&self.inner.settings),
            user: self.inner.subscriber.name.clone(),
            csrf_token: self.csrf(),
            choices: self.inner.choices,
        }
    }

    /// Leaves a message for the next page.
    pub(crate) fn tell(&self, flash: Flash) {
        self.inner.portal.flashes.leave(&self.inner.session, flash);
    }

    /// Says what was done on the page that follows.
    pub(crate) fn done(&self, path: &str, words: impl Into<Markup>) -> Response {
        self.tell(Flash::done(words));
        see_other(path)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let missing = || Fault::Inner("a self-care page is not behind the gate".to_owned());
        parts.extensions.get::<Self>().cloned().ok_or_else(missing)
    }
}
