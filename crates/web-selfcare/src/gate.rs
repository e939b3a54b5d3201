//! The gate in front of every page but sign-in: who is it, and the page for what went wrong.
//!
//! Flows in: a request with the session cookie. Flows out: the page's answer; a redirect to sign-in without a session.
//! Must not know: pages.

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use office::Subscriber;
use web_kit::{Choices, EmptyState, Icon, Markup, Partial, SelfCareSection, Weight, button_link, see_other};

use crate::fault::{Fault, FaultWords};
use crate::portal::Portal;
use crate::visit::Visit;

/// Longest address that is kept to return to after sign-in.
const RETURN_MOST: usize = 500;

pub(crate) async fn gate(State(portal): State<Portal>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let Some(session) = portal.cookie.read(request.headers()) else {
        return to_sign_in(&request);
    };
    let choices = Choices::from_headers(request.headers());
    let (office, token) = (portal.office.clone(), session.clone());
    let found = tokio::task::spawn_blocking(move || {
        let subscriber = office.subscriber_by_session(&token)?;
        let about = |subscriber: Subscriber| {
            let currency = office.currency_of(subscriber.customer)?;
            Ok((subscriber, currency, office.settings()?))
        };
        subscriber.map(about).transpose()
    });
    let (subscriber, currency, settings) = match found.await {
        Ok(Ok(Some(found))) => found,
        Ok(Ok(None)) => return to_sign_in(&request),
        Ok(Err(error)) => return plain_error(&portal, choices, Fault::Office(error).words()).await,
        Err(broken) => return plain_error(&portal, choices, Fault::Inner(broken.to_string()).words()).await,
    };
    let visit = Visit::new(portal, (subscriber, session, currency), settings, choices);
    let Partial(partial) = Partial::of(request.uri(), request.headers());
    request.extensions_mut().insert(visit.clone());
    let response = next.run(request).await;
    match response.extensions().get::<FaultWords>() {
        Some(words) => fault_page(&visit, &path, partial, words),
        // What the router itself refuses (a method, an address that is no number) has no words of its own.
        None if is_bare_refusal(&response) => fault_page(&visit, &path, partial, &Fault::Missing.words()),
        None => response,
    }
}

fn is_bare_refusal(response: &Response) -> bool {
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/plain")));
    let refused = [StatusCode::METHOD_NOT_ALLOWED, StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND];
    plain && refused.contains(&response.status())
}

fn to_sign_in(request: &Request) -> Response {
    let asked = request.uri().path_and_query().map(|address| address.as_str()).unwrap_or_default();
    let Partial(partial) = Partial::of(request.uri(), request.headers());
    if request.method() != Method::GET || asked == "/" || asked.len() > RETURN_MOST || partial {
        return see_other("/sign-in");
    }
    let next = form_urlencoded::Serializer::new(String::new()).append_pair("next", asked).finish();
    see_other(&format!("/sign-in?{next}"))
}

fn section_of(path: &str) -> SelfCareSection {
    let begins =
        |section: &SelfCareSection| *section != SelfCareSection::Home && path.starts_with(section.path());
    SelfCareSection::ALL.into_iter().find(begins).unwrap_or(SelfCareSection::Home)
}

fn fault_page(visit: &Visit, path: &str, partial: bool, fault: &FaultWords) -> Response {
    let empty = EmptyState::new(Icon::Alert, fault.title, fault.words.as_str());
    let body: Markup = if partial {
        empty.into()
    } else {
        let step = button_link(Weight::Plain, "/", "Go to the start page");
        visit.page(fault.title, section_of(path), web_kit::Card::bare().child(empty.step(step)))
    };
    (fault.status, body).into_response()
}

/// Before anybody is known.
async fn plain_error(portal: &Portal, choices: Choices, fault: FaultWords) -> Response {
    let brand = crate::portal::brand(&portal.settings().await);
    let page = web_kit::error_page(&brand, choices, fault.title, &fault.words, "/");
    (fault.status, page).into_response()
}
