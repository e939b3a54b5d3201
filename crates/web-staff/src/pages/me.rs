//! A staff user's own page: who he is, and another password (forced while the one-time password still holds).

use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use office::OfficeError;
use web_kit::{
    Brand, Card, Choices, Facts, Field, Flash, Form, Markup, PageHead, SignInPage, StaffSection, assets,
};

use crate::gate::PASSWORD;
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// Fewest characters of a password, as the office checks it too.
const PASSWORD_LEAST: usize = 10;

pub(crate) async fn show(visit: Visit) -> Page {
    let user = visit.user();
    let facts = Facts::new()
        .fact("Name", user.name.as_str())
        .fact("User name", user.login.as_str())
        .fact("Role", crate::words::role(user.role));
    let body = Markup::new().with(PageHead::new("Profile and security")).with(web_kit::split(
        Card::new("Change your password").child(form(&visit, &Complaints::none())),
        Card::new("You").child(facts),
    ));
    Ok(visit.page("Profile and security", StaffSection::Home, body))
}

fn form(visit: &Visit, complaints: &Complaints) -> Form {
    Form::post(visit.url(PASSWORD), &visit.csrf())
        .field(
            Field::password("old", "Present password")
                .required()
                .attr("autocomplete", "current-password")
                .error(complaints.at(&["old", "old_password"])),
        )
        .field(
            Field::password("new", "New password")
                .required()
                .attr("autocomplete", "new-password")
                .help(format!("{PASSWORD_LEAST} characters or more. You stay signed in here and are signed out everywhere else."))
                .error(complaints.at(&["new", "password", "new_password"])),
        )
        .field(
            Field::password("again", "New password once more")
                .required()
                .attr("autocomplete", "new-password")
                .error(complaints.at(&["again"])),
        )
        .submit("Change password")
}

/// The form on a page of its own, where nothing else may be done before.
pub(crate) async fn password(visit: Visit, headers: HeaderMap) -> Markup {
    password_page(&visit, &headers, &Complaints::none())
}

fn password_page(visit: &Visit, headers: &HeaderMap, complaints: &Complaints) -> Markup {
    let shown = ["old", "old_password", "new", "password", "new_password", "again"];
    let mut flashes: Vec<Flash> = complaints.beyond(&shown).into_iter().map(Flash::bad).collect();
    if visit.user().must_change && complaints.is_empty() {
        flashes
            .push(Flash::note("You signed in with a one-time password. Choose your own before you go on."));
    }
    web_kit::sign_in(SignInPage {
        title: "Choose your password".to_owned(),
        brand: Brand { logo: Some(assets::url("favicon.svg").to_owned()), ..Brand::named("Talea") },
        staff: true,
        lead: Some(format!("Signed in as {}", visit.user().login)),
        flashes,
        body: form(visit, complaints).into(),
        choices: Choices::from_headers(headers),
    })
}

pub(crate) async fn change(visit: Visit, headers: HeaderMap, typed: Typed) -> Turn {
    let mut complaints = Complaints::none();
    let (old, new) = (typed.raw("old").to_owned(), typed.raw("new").to_owned());
    if new.chars().count() < PASSWORD_LEAST {
        complaints.add("new", format!("Use {PASSWORD_LEAST} characters or more"));
    } else if new == old {
        complaints.add("new", "Choose another one than before");
    } else if new != typed.raw("again") {
        complaints.add("again", "The two new passwords differ. Type the same twice");
    }
    if complaints.is_empty() {
        let session = visit.session().to_owned();
        match visit.ask(move |office, _| office.change_password(&session, &old, &new)).await {
            Ok(()) => return Ok(visit.done("/", "Your password was changed.")),
            Err(OfficeError::Denied(words)) => complaints.add("old", words),
            Err(error) => complaints = Complaints::from_office(error)?,
        }
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, password_page(&visit, &headers, &complaints)).into_response())
}
