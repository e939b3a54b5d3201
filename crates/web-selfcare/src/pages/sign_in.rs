//! Signing in and out.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use office::OfficeError;
use serde::Deserialize;
use web_kit::{Choices, Field, Flash, Form, Markup, SignInPage, see_other};

use crate::fault::Fault;
use crate::portal::{Portal, brand, reach};
use crate::typed::Typed;
use crate::visit::{Turn, Visit};

/// A session ends after so many seconds at the latest.
const SESSION_SECONDS: u64 = 12 * 3_600;
/// The form token before there is a session is bound to this word.
const NOBODY: &str = "sign-in";
/// Longest name and password that are looked at.
const TEXT_MOST: usize = 1_000;

/// Where to go after signing in.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    next: String,
    #[serde(default)]
    out: String,
}

/// What is posted.
#[derive(Debug, Deserialize)]
pub(crate) struct SignIn {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn show(
    State(portal): State<Portal>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Markup {
    let flash = (asked.out == "1").then(|| Flash::done("You have signed out."));
    page(&portal, &headers, flash, "", &asked.next).await
}

async fn page(portal: &Portal, headers: &HeaderMap, flash: Option<Flash>, login: &str, next: &str) -> Markup {
    let settings = portal.settings().await;
    let token = portal.csrf.token(NOBODY).unwrap_or_default();
    let form = Form::post("/sign-in", &token)
        .hidden("next", next)
        .field(
            Field::text("login", "User name")
                .value(login)
                .required()
                .autofocus()
                .attr("autocomplete", "username")
                .attr("autocapitalize", "none")
                .attr("spellcheck", "false"),
        )
        .field(Field::password("password", "Password").required().attr("autocomplete", "current-password"))
        .submit("Sign in");
    let help = format!("No user name yet, or the password forgotten? Please {}.", reach(&settings));
    web_kit::sign_in(SignInPage {
        title: "Sign in".to_owned(),
        brand: brand(&settings),
        staff: false,
        lead: Some("Your services, invoices and usage.".to_owned()),
        flashes: flash.into_iter().collect(),
        body: Markup::from(form).with(web_kit::el("p").class("muted-ink").child(help)),
        choices: Choices::from_headers(headers),
    })
}

pub(crate) async fn enter(
    State(portal): State<Portal>,
    headers: HeaderMap,
    axum::Form(typed): axum::Form<SignIn>,
) -> Response {
    let answer = try_to_enter(&portal, &typed).await;
    match answer {
        Ok(cookie) => with_cookie(see_other(destination(&typed.next)), cookie),
        Err((status, words)) => {
            let flash = Some(Flash::bad(words));
            (status, page(&portal, &headers, flash, &typed.login, &typed.next).await).into_response()
        }
    }
}

async fn try_to_enter(portal: &Portal, typed: &SignIn) -> Result<HeaderValue, (StatusCode, String)> {
    if !portal.csrf.verify(NOBODY, &typed.csrf) {
        let words = "This page had been open for too long, or the form came from somewhere else. Please try once more.";
        return Err((StatusCode::FORBIDDEN, words.to_owned()));
    }
    if typed.login.len() > TEXT_MOST || typed.password.len() > TEXT_MOST {
        let words = "The user name or password is too long.";
        return Err((StatusCode::UNPROCESSABLE_ENTITY, words.to_owned()));
    }
    let (office, login, password) = (portal.office.clone(), typed.login.clone(), typed.password.clone());
    let answer =
        tokio::task::spawn_blocking(move || office.sign_in_subscriber(login.trim(), &password)).await;
    let fault = match answer {
        Ok(Ok(token)) => match portal.cookie.set(token.text(), SESSION_SECONDS) {
            Some(cookie) => return Ok(cookie),
            None => Fault::Inner("the session cookie could not be made".to_owned()),
        },
        Ok(Err(OfficeError::Denied(words))) => {
            return Err((StatusCode::UNPROCESSABLE_ENTITY, crate::words::sentence(&words)));
        }
        Ok(Err(error)) => Fault::Office(error),
        Err(broken) => Fault::Inner(broken.to_string()),
    };
    let words = fault.words();
    Err((words.status, words.words))
}

/// The ticket of a staff user who looks as the subscriber.
#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    #[serde(default)]
    ticket: String,
}

/// Opens the session that the staff portal's ticket is for.
pub(crate) async fn enter_as_staff(
    State(portal): State<Portal>,
    headers: HeaderMap,
    Query(entry): Query<Entry>,
) -> Response {
    let office = portal.office.clone();
    let opened = tokio::task::spawn_blocking(move || office.enter_self_care(&entry.ticket)).await;
    let fault = match opened {
        Ok(Ok(Some(token))) => match portal.cookie.set(token.text(), SESSION_SECONDS) {
            Some(cookie) => return with_cookie(see_other("/"), cookie),
            None => Fault::Inner("the session cookie could not be made".to_owned()),
        },
        Ok(Ok(None)) => {
            let words = "This way in was used already or is older than a minute. Open it again from the customer's page in the staff portal.";
            let page = page(&portal, &headers, Some(Flash::bad(words)), "", "").await;
            return (StatusCode::FORBIDDEN, page).into_response();
        }
        Ok(Err(error)) => Fault::Office(error),
        Err(broken) => Fault::Inner(broken.to_string()),
    };
    let words = fault.words();
    (words.status, page(&portal, &headers, Some(Flash::bad(words.words)), "", "").await).into_response()
}

/// Only pages of this portal: an address elsewhere would make us a springboard.
fn destination(next: &str) -> &str {
    let inside = next.starts_with('/') && web_kit::safe_address(next) == next && !next.contains('\\');
    if inside { next } else { "/" }
}

fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

pub(crate) async fn leave(visit: Visit, _: Typed) -> Turn {
    let session = visit.session().to_owned();
    visit.ask(move |office, _| office.sign_out(&session)).await?;
    let response = see_other("/sign-in?out=1");
    Ok(match visit.portal().cookie.clear() {
        Some(cookie) => with_cookie(response, cookie),
        None => response,
    })
}
