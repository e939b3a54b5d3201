//! API tokens of outside systems: made once, shown once, withdrawn.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use office::{Scope, TokenView};
use web_kit::{
    Card, Column, EmptyState, Flash, Icon, Markup, Row, StaffSection, Table, TableState, Tone, Weight,
    button, chip, copyable, el,
};

use crate::pages::ledger::midnight;
use crate::pages::settings::head;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

const SHOWN: [&str; 3] = ["name", "scopes", "expires_at"];

fn scope_words(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "Read everything",
        Scope::Customers => "Sign up and change customers and accounts",
        Scope::Charge => "Charge purchases, ask for prices and balances",
        Scope::Money => "Payments, corrections, invoices",
        Scope::Import => "Upload files",
        Scope::Provision => "Handle deliveries",
        Scope::Admin => "Everything, users and settings included",
    }
}

pub(crate) async fn list(visit: Visit, state: TableState) -> Page {
    visit.admins_only()?;
    list_page(&visit, &state, &Typed::default(), &Complaints::none(), None).await
}

async fn list_page(
    visit: &Visit,
    state: &TableState,
    typed: &Typed,
    complaints: &Complaints,
    made: Option<&str>,
) -> Page {
    let tokens = visit.ask(|office, _| office.tokens()).await?;
    let table = Table::new("API tokens", state)
        .column(Column::text("name", "Name"))
        .column(Column::text("standing", "Standing"))
        .column(Column::text("scopes", "May"))
        .column(Column::text("made", "Made").minor())
        .column(Column::text("by", "By").minor())
        .column(Column::text("expires", "Expires").minor())
        .column(Column::figure("revoke", ""))
        .rows(tokens.iter().map(|token| row(visit, token)))
        .empty(EmptyState::new(
            Icon::Lock,
            "No tokens yet",
            "An outside system signs its API requests with a token of its own, limited to what it needs.",
        ));
    let sheet = Sheet::new(typed, complaints);
    let scopes = Scope::ALL.map(|scope| sheet.check(&format!("scope.{}", scope.name()), scope_words(scope)));
    let wrong = complaints
        .at(&["scopes"])
        .map(|words| el("p").class("field-error").child(Icon::Alert).child(el("span").child(words)));
    let form = sheet::form(visit, "/settings/tokens")
        .field(sheet.text("name", "Name").required().help("Who uses it, such as crm."))
        .field(
            el("fieldset").class("field").child(el("legend").child("It may")).children(scopes).child(wrong),
        )
        .field(sheet.input("date", "expires_at", "Expires"))
        .submit("Make token");
    let shown = made.map(|text| {
        Flash::done(
            Markup::text("The token, shown only now: ")
                .with(copyable(text))
                .with(" Send it as Authorization: Bearer."),
        )
    });
    let add = Card::new("Make a token").child(sheet.beyond(&SHOWN)).child(form);
    let body = head(visit, "tokens").with(shown).with(web_kit::split(Card::bare().flush().child(table), add));
    Ok(visit.page("API tokens", StaffSection::Settings, body))
}

fn row(visit: &Visit, token: &TokenView) -> Row {
    let ended = token.expires_at.is_some_and(|at| at <= visit.now());
    let standing = match (token.revoked_at, ended) {
        (Some(_), _) => chip(Tone::Neutral, "Withdrawn"),
        (None, true) => chip(Tone::Neutral, "Expired"),
        (None, false) => chip(Tone::Good, "Good"),
    };
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.name()).collect();
    let path = format!("/settings/tokens/{}/revoke", token.id);
    let good = token.revoked_at.is_none() && !ended;
    let row = Row::new()
        .cell(token.name.as_str())
        .cell(standing)
        .cell(scopes.join(", "))
        .cell(visit.when(token.created_at))
        .cell(crate::words::actor(&token.created_by))
        .cell(token.expires_at.map(|at| Markup::from(visit.day(at))))
        .cell(good.then(|| sheet::press(visit, &path, &[], button(Weight::Quiet, "Withdraw"))));
    if good { row } else { row.muted() }
}

pub(crate) async fn create(visit: Visit, state: TableState, typed: Typed) -> Turn {
    visit.admins_only()?;
    let scopes: Vec<Scope> =
        Scope::ALL.into_iter().filter(|scope| typed.ticked(&format!("scope.{}", scope.name()))).collect();
    let expires = match typed.get("expires_at") {
        "" => None,
        day => midnight(&visit, day),
    };
    let name = typed.get("name").to_owned();
    match visit.ask(move |office, actor| office.create_token(actor, &name, &scopes, expires)).await {
        Ok(text) => Ok(list_page(&visit, &state, &Typed::default(), &Complaints::none(), Some(&text))
            .await?
            .into_response()),
        Err(error) => {
            let complaints = Complaints::from_office(error)?;
            let page = list_page(&visit, &state, &typed, &complaints, None).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub(crate) async fn revoke(visit: Visit, Path(id): Path<String>, _: Typed) -> Turn {
    visit.admins_only()?;
    visit.ask(move |office, actor| office.revoke_token(actor, &id)).await?;
    Ok(visit.done("/settings/tokens", "The token was withdrawn; requests with it are refused from now on."))
}
