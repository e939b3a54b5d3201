//! Staff users: who may sign in, in which role; one-time passwords.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use office::{NewStaffUser, Role, StaffUser};
use web_kit::{
    Card, Column, Field, Flash, Markup, PageHead, Row, StaffSection, Table, TableState, Tone, Weight, button,
    button_link, chip, copyable, el,
};

use crate::fault::Fault;
use crate::pages::settings::head;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

const SHOWN: [&str; 4] = ["login", "name", "role", "password"];

fn roles() -> [(&'static str, &'static str); 3] {
    Role::ALL.map(|role| (role.name(), crate::words::role(role)))
}

pub(crate) async fn list(visit: Visit, state: TableState) -> Page {
    visit.admins_only()?;
    list_page(&visit, &state, &Typed::filled(&[("role", "agent")]), &Complaints::none()).await
}

async fn list_page(visit: &Visit, state: &TableState, typed: &Typed, complaints: &Complaints) -> Page {
    let cursor = state.after().map(str::to_owned);
    let page = visit.ask(move |office, _| office.staff(cursor.as_deref(), 0)).await?;
    let rows = page.items.iter().map(|user| {
        let row = Row::new()
            .opens(visit.url(&format!("/settings/staff/{}", user.id)))
            .cell(user.login.as_str())
            .cell(user.name.as_str())
            .cell(crate::words::role(user.role))
            .cell(standing(user))
            .cell(visit.day(user.created_at));
        if user.disabled { row.muted() } else { row }
    });
    let table = Table::new("Staff users", state)
        .column(Column::text("login", "User name"))
        .column(Column::text("name", "Name"))
        .column(Column::text("role", "Role"))
        .column(Column::text("standing", "Standing"))
        .column(Column::text("since", "Since").minor())
        .rows(rows)
        .pages(page.next);
    let sheet = Sheet::new(typed, complaints);
    let form = sheet::form(visit, "/settings/staff")
        .field(sheet.text("login", "User name").required().attr("autocomplete", "off"))
        .field(sheet.text("name", "Name").required())
        .field(
            sheet
                .select("role", "Role", roles())
                .help("Agents change customers and money; helpdesk looks and changes nothing."),
        )
        .field(
            sheet
                .bind(Field::password("password", "First password"), &["password"])
                .required()
                .attr("autocomplete", "new-password")
                .help("He chooses his own when he signs in."),
        )
        .submit("Add staff user");
    let add = Card::new("Add a staff user").child(sheet.beyond(&SHOWN)).child(form);
    let body = head(visit, "staff").with(web_kit::split(Card::bare().flush().child(table), add));
    Ok(visit.page("Staff users", StaffSection::Settings, body))
}

fn standing(user: &StaffUser) -> Markup {
    if user.disabled {
        chip(Tone::Neutral, "Disabled")
    } else if user.must_change {
        chip(Tone::Busy, "One-time password")
    } else {
        chip(Tone::Good, "Active")
    }
}

pub(crate) async fn create(visit: Visit, state: TableState, typed: Typed) -> Turn {
    visit.admins_only()?;
    let user = NewStaffUser {
        login: typed.get("login").to_owned(),
        name: typed.get("name").to_owned(),
        role: Role::parse(typed.get("role")).unwrap_or(Role::Helpdesk),
        password: typed.raw("password").to_owned(),
        must_change: true,
    };
    match visit.ask(move |office, actor| office.create_staff(actor, user)).await {
        Ok(_) => Ok(visit.done("/settings/staff", format!("{} may sign in now.", typed.get("login")))),
        Err(error) => {
            let complaints = Complaints::from_office(error)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, list_page(&visit, &state, &typed, &complaints).await?)
                .into_response())
        }
    }
}

async fn find(visit: &Visit, id: i64) -> Result<StaffUser, Fault> {
    visit.admins_only()?;
    Ok(visit.ask(move |office, _| office.staff_user(id)).await?)
}

pub(crate) async fn edit(visit: Visit, Path(id): Path<i64>) -> Page {
    let user = find(&visit, id).await?;
    let disabled = if user.disabled { "on" } else { "" };
    let typed = Typed::filled(&[("name", &user.name), ("role", user.role.name()), ("disabled", disabled)]);
    Ok(edit_page(&visit, &user, &typed, &Complaints::none(), None))
}

fn edit_page(
    visit: &Visit,
    user: &StaffUser,
    typed: &Typed,
    complaints: &Complaints,
    secret: Option<&str>,
) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let path = format!("/settings/staff/{}", user.id);
    let form = sheet::form(visit, &path)
        .field(sheet.text("name", "Name").required())
        .field(sheet.select("role", "Role", roles()))
        .field(sheet.check("disabled", "Disabled: may not sign in, and is signed out at once"))
        .submit("Save")
        .beside(button_link(Weight::Quiet, &visit.url("/settings/staff"), "Cancel"));
    let reset =
        sheet::press(visit, &format!("{path}/reset"), &[], button(Weight::Plain, "Give a one-time password"));
    let words = el("p").class("muted-ink").child(
        "For somebody who forgot his. He is signed out everywhere and chooses another one when he signs in.",
    );
    let shown = secret.map(|secret| {
        Flash::note(Markup::text("One-time password, shown only now: ").with(copyable(secret)))
    });
    let head = PageHead::new(user.login.as_str())
        .crumb("Settings", visit.url("/settings"))
        .crumb("Staff users", visit.url("/settings/staff"))
        .beside(standing(user));
    let main = Card::new("Staff user").child(sheet.beyond(&SHOWN)).child(form);
    let body = Markup::new()
        .with(head)
        .with(shown)
        .with(web_kit::split(main, Card::new("Password").child(words).child(reset)));
    visit.page(&user.login, StaffSection::Settings, body)
}

pub(crate) async fn save(visit: Visit, Path(id): Path<i64>, typed: Typed) -> Turn {
    let user = find(&visit, id).await?;
    let role = Role::parse(typed.get("role")).unwrap_or(user.role);
    let (name, disabled) = (typed.get("name").to_owned(), typed.ticked("disabled"));
    match visit.ask(move |office, actor| office.change_staff(actor, id, &name, role, disabled)).await {
        Ok(()) => Ok(visit.done("/settings/staff", format!("{} was saved.", user.login))),
        Err(error) => {
            let complaints = Complaints::from_office(error)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, edit_page(&visit, &user, &typed, &complaints, None))
                .into_response())
        }
    }
}

pub(crate) async fn reset(visit: Visit, Path(id): Path<i64>, _: Typed) -> Turn {
    find(&visit, id).await?;
    let password = visit.ask(move |office, actor| office.reset_password(actor, id)).await?;
    let user = find(&visit, id).await?;
    let disabled = if user.disabled { "on" } else { "" };
    let typed = Typed::filled(&[("name", &user.name), ("role", user.role.name()), ("disabled", disabled)]);
    Ok(edit_page(&visit, &user, &typed, &Complaints::none(), Some(&password)).into_response())
}
