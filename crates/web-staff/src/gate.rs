//! The gate in front of every page but sign-in: who is it, may he change anything, and the page for what went wrong.
//!
//! Flows in: a request with the session cookie. Flows out: the page's answer; a redirect to sign-in without a session; a redirect
//! to the password form while the one-time password still holds. Read-only roles get no form through, whatever its page checks.
//! Must not know: pages.

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use web_kit::{Choices, EmptyState, Icon, Markup, Partial, StaffSection, Weight, button_link, see_other};

use crate::fault::{Fault, FaultWords};
use crate::pages::notices;
use crate::portal::Portal;
use crate::visit::Visit;

/// Where a user changes his own password: open to every role and while the password must be changed.
pub(crate) const PASSWORD: &str = "/me/password";
/// Ends the session: open to every role.
pub(crate) const SIGN_OUT: &str = "/sign-out";
/// Looks a voucher up by its code: changes nothing, open to every role.
pub(crate) const LOOK_UP: &str = "/money/vouchers/find";
/// Longest address that is kept to return to after sign-in.
const RETURN_MOST: usize = 500;

pub(crate) async fn gate(State(portal): State<Portal>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let Some(session) = portal.cookie.read(request.headers()) else {
        return to_sign_in(&portal, &request);
    };
    let (office, token) = (portal.state.office.clone(), session.clone());
    let found = tokio::task::spawn_blocking(move || {
        let user = office.staff_by_session(&token)?;
        user.map(|user| Ok((user, office.settings()?.zone))).transpose()
    });
    let (user, zone) = match found.await {
        Ok(Ok(Some(found))) => found,
        Ok(Ok(None)) => return to_sign_in(&portal, &request),
        Ok(Err(error)) => return plain_error(&portal, &request, Fault::Office(error).words()),
        Err(broken) => return plain_error(&portal, &request, Fault::Inner(broken.to_string()).words()),
    };
    let own = [PASSWORD, SIGN_OUT].into_iter().any(|own| path == portal.url(own));
    if user.must_change && !own {
        return see_other(&portal.url(PASSWORD));
    }
    let visit = Visit::new(portal, user, (session, zone), Choices::from_headers(request.headers()));
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    // A form that only asks: what it asks for must not stand in an address.
    let asks = reads || path == visit.url(LOOK_UP);
    let Partial(partial) = Partial::of(request.uri(), request.headers());
    if !asks && !own && !visit.may_change() {
        let words =
            Fault::Role("The helpdesk role looks and changes nothing. Ask an agent to do this.").words();
        return fault_page(&visit, &path, partial, &words);
    }
    if reads && !partial && visit.portal().notices_are_old() {
        // The number in the top bar; a page is not refused because it cannot be found.
        let _ = notices::gather(&visit).await;
    }
    request.extensions_mut().insert(visit.clone());
    let response = next.run(request).await;
    match response.extensions().get::<FaultWords>() {
        Some(words) => fault_page(&visit, &path, partial, words),
        None if response.status() == StatusCode::METHOD_NOT_ALLOWED => fault_page(
            &visit,
            &path,
            partial,
            &Fault::Missing("This address takes no such request.".to_owned()).words(),
        ),
        None if response.status() == StatusCode::BAD_REQUEST => fault_page(
            &visit,
            &path,
            partial,
            &Fault::Missing("This address names nothing we have.".to_owned()).words(),
        ),
        None => response,
    }
}

fn to_sign_in(portal: &Portal, request: &Request) -> Response {
    let asked = request.uri().path_and_query().map(|address| address.as_str()).unwrap_or_default();
    let home = portal.url("/");
    let Partial(partial) = Partial::of(request.uri(), request.headers());
    if request.method() != Method::GET || asked == home || asked.len() > RETURN_MOST || partial {
        return see_other(&portal.url("/sign-in"));
    }
    let next = form_urlencoded::Serializer::new(String::new()).append_pair("next", asked).finish();
    see_other(&format!("{}?{next}", portal.url("/sign-in")))
}

fn section_of(visit: &Visit, path: &str) -> StaffSection {
    let begins = |section: &StaffSection| {
        *section != StaffSection::Home && path.starts_with(&visit.url(section.path()))
    };
    StaffSection::ALL.into_iter().find(begins).unwrap_or(StaffSection::Home)
}

fn fault_page(visit: &Visit, path: &str, partial: bool, fault: &FaultWords) -> Response {
    let home = visit.url("/");
    let empty = EmptyState::new(Icon::Alert, fault.title, fault.words.as_str());
    let body: Markup = if partial {
        empty.into()
    } else {
        let step = button_link(Weight::Plain, &home, "Go to the start page");
        let body = web_kit::el("div").class("centre").child(empty.step(step));
        visit.page(fault.title, section_of(visit, path), body)
    };
    (fault.status, body).into_response()
}

/// Before anybody is known.
fn plain_error(portal: &Portal, request: &Request, fault: FaultWords) -> Response {
    let choices = Choices::from_headers(request.headers());
    let brand = web_kit::Brand::named("Talea");
    let page = web_kit::error_page(&brand, choices, fault.title, &fault.words, &portal.url("/"));
    (fault.status, [(header::CACHE_CONTROL, "no-store")], page).into_response()
}
