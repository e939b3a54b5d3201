//! Signing in and out.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use office::OfficeError;
use serde::Deserialize;
use web_kit::{Brand, Choices, Field, Flash, Form, Markup, SignInPage, assets, see_other};

use crate::portal::Portal;
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
    page(&portal, &headers, flash, "", &asked.next)
}

fn page(portal: &Portal, headers: &HeaderMap, flash: Option<Flash>, login: &str, next: &str) -> Markup {
    let token = portal.csrf.token(NOBODY).unwrap_or_default();
    let form = Form::post(portal.url("/sign-in"), &token)
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
    let environment = &portal.state.environment;
    let lead = if environment.is_empty() {
        "Staff portal".to_owned()
    } else {
        format!("Staff portal · {environment}")
    };
    web_kit::sign_in(SignInPage {
        title: "Sign in".to_owned(),
        brand: Brand { logo: Some(assets::url("favicon.svg").to_owned()), ..Brand::named("Talea") },
        staff: true,
        lead: Some(lead),
        flashes: flash.into_iter().collect(),
        body: form.into(),
        choices: Choices::from_headers(headers),
    })
}

pub(crate) async fn enter(
    State(portal): State<Portal>,
    headers: HeaderMap,
    axum::Form(typed): axum::Form<SignIn>,
) -> Response {
    let again = |status: StatusCode, words: String| {
        (status, page(&portal, &headers, Some(Flash::bad(words)), &typed.login, &typed.next)).into_response()
    };
    if !portal.csrf.verify(NOBODY, &typed.csrf) {
        let words = "This page had been open for too long, or the form came from somewhere else. Please try once more.";
        return again(StatusCode::FORBIDDEN, words.to_owned());
    }
    if typed.login.len() > TEXT_MOST || typed.password.len() > TEXT_MOST {
        return again(StatusCode::UNPROCESSABLE_ENTITY, "The user name or password is too long.".to_owned());
    }
    let (office, login, password) =
        (portal.state.office.clone(), typed.login.clone(), typed.password.clone());
    let answer = tokio::task::spawn_blocking(move || office.sign_in_staff(login.trim(), &password)).await;
    match answer {
        Ok(Ok(token)) => match portal.cookie.set(token.text(), SESSION_SECONDS) {
            Some(cookie) => with_cookie(see_other(&destination(&portal, &typed.next)), cookie),
            None => again(StatusCode::INTERNAL_SERVER_ERROR, "The session could not be opened.".to_owned()),
        },
        Ok(Err(OfficeError::Denied(words))) => {
            again(StatusCode::UNPROCESSABLE_ENTITY, crate::words::sentence(&words))
        }
        Ok(Err(error)) => {
            let words = crate::fault::Fault::Office(error).words();
            again(words.status, words.words)
        }
        Err(broken) => {
            let words = crate::fault::Fault::Inner(broken.to_string()).words();
            again(words.status, words.words)
        }
    }
}

/// Only pages of this portal: an address elsewhere would make us a springboard.
fn destination(portal: &Portal, next: &str) -> String {
    let home = portal.url("/");
    let inside =
        next.starts_with(&portal.url("/")) && web_kit::safe_address(next) == next && next.starts_with('/');
    if inside { next.to_owned() } else { home }
}

fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

pub(crate) async fn leave(visit: Visit, _: Typed) -> Turn {
    let session = visit.session().to_owned();
    visit.ask(move |office, _| office.sign_out(&session)).await?;
    let response = visit.go("/sign-in?out=1");
    Ok(match visit.portal().cookie.clear() {
        Some(cookie) => with_cookie(response, cookie),
        None => response,
    })
}
