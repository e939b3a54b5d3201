//! Changes of one account: add-ons, identifiers, password, block, close.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use charging::{Refusal, RowId};
use office::{AccountStatus, AccountView, CustomerView, NewAddOn, NewIdentifier, OfficeError};
use web_kit::{Card, Field, Flash, Markup, Weight, button_link, el};

use super::accounts::account_path;
use super::standing::asks;
use super::{Tab, find, page, path};
use crate::fault::Fault;
use crate::pages::ledger::midnight;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// A customer and one of his accounts.
pub(crate) async fn pair(
    visit: &Visit,
    who: String,
    account: i64,
) -> Result<(CustomerView, AccountView), Fault> {
    let found = visit
        .ask(move |office, _| {
            let customer = find(office, &who)?;
            let account = customer
                .account(RowId(account))
                .cloned()
                .ok_or_else(|| OfficeError::not_found("account", account))?;
            Ok((customer, account))
        })
        .await?;
    Ok(found)
}

/// Back to the accounts with what was wrong as a message; small forms are typed again quickly.
fn sent_back(visit: &Visit, customer: &CustomerView, error: OfficeError) -> Turn {
    let complaints = Complaints::from_office(error)?;
    for words in complaints.beyond(&[]) {
        visit.tell(Flash::bad(words));
    }
    Ok(visit.go(&path(customer, "/accounts")))
}

/// The add-on as it was typed; days begin at midnight.
fn read_add_on(visit: &Visit, typed: &Typed) -> NewAddOn {
    NewAddOn {
        product: typed.get("add_on").to_owned(),
        from: midnight(visit, typed.get("from")),
        until: midnight(visit, typed.get("until")),
        accept_conflicts: typed.get("accept") == "yes",
    }
}

pub(crate) async fn add_add_on(
    visit: Visit,
    Path((who, account)): Path<(String, i64)>,
    typed: Typed,
) -> Turn {
    let (customer, account) = pair(&visit, who, account).await?;
    let (id, new, key) = (account.id, read_add_on(&visit, &typed), typed.once("add-on"));
    let catalog = visit.office().catalog();
    let name = catalog.product(&new.product).map_or_else(|| new.product.clone(), |found| found.name.clone());
    match visit.ask(move |office, actor| office.add_add_on(actor, id, new, key)).await {
        Ok(_) => Ok(visit.done(
            &path(&customer, "/accounts"),
            format!("{name} was added. Connected platforms are told when it begins."),
        )),
        Err(OfficeError::Refused(Refusal::AddOnConflict(words))) => {
            Ok(conflict_page(&visit, (&customer, &account), &name, &words, &typed).into_response())
        }
        Err(error) => sent_back(&visit, &customer, error),
    }
}

/// The conflicts in words, and the button that adds it nevertheless.
fn conflict_page(
    visit: &Visit,
    (customer, account): (&CustomerView, &AccountView),
    name: &str,
    conflicts: &str,
    typed: &Typed,
) -> Markup {
    let conflicts = conflicts.split("; ").map(|words| el("li").child(crate::words::sentence(words)));
    let words = el("ul").children(conflicts).child(el("li").child(
        "Nobody could say which is used or charged first. With another precedence in the catalogue the clash is gone.",
    ));
    let mut form = sheet::form(visit, &account_path(customer, account, "/add-ons"));
    for field in ["add_on", "from", "until"] {
        form = form.hidden(field, typed.get(field));
    }
    let form = form
        .hidden(crate::typed::ONCE, &crate::words::random_key())
        .hidden("accept", "yes")
        .danger()
        .submit(format!("Add {name} nevertheless"));
    asks(visit, customer, Tab::Accounts, &format!("{name} clashes with what he has"), words.into(), form)
}

pub(crate) async fn remove_add_on_form(
    visit: Visit,
    Path((who, account, add_on)): Path<(String, i64, i64)>,
) -> Page {
    let (customer, account) = pair(&visit, who, account).await?;
    let held = account.add_ons.iter().find(|held| held.id == RowId(add_on));
    let held =
        held.ok_or_else(|| Fault::Missing("The account does not hold this add-on any more.".to_owned()))?;
    let name = held.product.name.as_str();
    let words = el("ul")
        .child(el("li").child(format!(
            "{name} ends now for {}. Connected platforms switch it off within a second.",
            account.label
        )))
        .child(el("li").child("The days it was held are charged at the end of the billing period."));
    let form = sheet::form(&visit, &account_path(&customer, &account, &format!("/add-ons/{add_on}/remove")))
        .danger()
        .submit(format!("Remove {name}"));
    Ok(asks(&visit, &customer, Tab::Accounts, &format!("Remove {name}"), words.into(), form))
}

pub(crate) async fn remove_add_on(
    visit: Visit,
    Path((who, account, add_on)): Path<(String, i64, i64)>,
    _: Typed,
) -> Turn {
    let (customer, account) = pair(&visit, who, account).await?;
    let id = account.id;
    match visit.ask(move |office, actor| office.remove_add_on(actor, id, RowId(add_on), None)).await {
        Ok(()) => Ok(visit.done(&path(&customer, "/accounts"), "The add-on was removed.")),
        Err(error) => sent_back(&visit, &customer, error),
    }
}

fn identifier(typed: &Typed) -> NewIdentifier {
    NewIdentifier { realm: typed.get("realm").to_owned(), value: typed.get("value").to_owned() }
}

pub(crate) async fn add_identifier(
    visit: Visit,
    Path((who, account)): Path<(String, i64)>,
    typed: Typed,
) -> Turn {
    let (customer, account) = pair(&visit, who, account).await?;
    let (id, new) = (account.id, identifier(&typed));
    match visit.ask(move |office, actor| office.add_identifier(actor, id, new, None)).await {
        Ok(()) => Ok(visit.done(
            &path(&customer, "/accounts"),
            format!("{} finds {} now.", typed.get("value"), account.label),
        )),
        Err(error) => sent_back(&visit, &customer, error),
    }
}

pub(crate) async fn remove_identifier(
    visit: Visit,
    Path((who, account)): Path<(String, i64)>,
    typed: Typed,
) -> Turn {
    let (customer, account) = pair(&visit, who, account).await?;
    let (id, old) = (account.id, identifier(&typed));
    match visit.ask(move |office, actor| office.remove_identifier(actor, id, old, None)).await {
        Ok(()) => {
            let words =
                format!("{} finds nobody any more; it can be given to somebody else.", typed.get("value"));
            Ok(visit.done(&path(&customer, "/accounts"), words))
        }
        Err(error) => sent_back(&visit, &customer, error),
    }
}

pub(crate) async fn password_form(visit: Visit, Path((who, account)): Path<(String, i64)>) -> Page {
    let (customer, account) = pair(&visit, who, account).await?;
    Ok(password_page(&visit, &customer, &account, &Complaints::none()))
}

fn password_page(
    visit: &Visit,
    customer: &CustomerView,
    account: &AccountView,
    complaints: &Complaints,
) -> Markup {
    let typed = Typed::default();
    let sheet = Sheet::new(&typed, complaints);
    let form = sheet::form(visit, &account_path(customer, account, "/password"))
        .field(
            sheet
                .bind(Field::password("password", "Service password"), &["password"])
                .autofocus()
                .attr("autocomplete", "new-password")
                .help("What the router or modem sends. Encrypted, never shown again. Empty: no password, log-ins of this account are refused."),
        )
        .submit("Set service password")
        .beside(button_link(Weight::Quiet, &visit.url(&path(customer, "/accounts")), "Cancel"));
    let card = Card::new(format!("Service password of {}", account.label))
        .child(sheet.beyond(&["password"]))
        .child(form);
    page(visit, customer, Tab::Accounts, card)
}

pub(crate) async fn set_password(
    visit: Visit,
    Path((who, account)): Path<(String, i64)>,
    typed: Typed,
) -> Turn {
    let (customer, account) = pair(&visit, who, account).await?;
    let (id, password) = (account.id, typed.raw("password").to_owned());
    let set = visit
        .ask(move |office, actor| {
            let password = (!password.is_empty()).then_some(password.as_str());
            office.set_account_password(actor, id, password, None)
        })
        .await;
    match set {
        Ok(()) => Ok(visit.done(
            &path(&customer, "/accounts"),
            format!("The service password of {} was set.", account.label),
        )),
        Err(error) => {
            let complaints = Complaints::from_office(error)?;
            let page = password_page(&visit, &customer, &account, &complaints);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

pub(crate) async fn block_form(visit: Visit, Path((who, account)): Path<(String, i64)>) -> Page {
    let (customer, account) = pair(&visit, who, account).await?;
    let form = sheet::form(&visit, &account_path(&customer, &account, "/block"));
    let label = account.label.as_str();
    let (title, words, form) = if account.status == AccountStatus::Blocked {
        let words = el("p").child("This account works again at once; connected platforms are told.");
        (format!("Unblock {label}"), words, form.hidden("blocked", "").submit(format!("Unblock {label}")))
    } else {
        let words = el("p").child("Log-ins, sessions and purchases of this account are refused; connected platforms switch it off but keep its record. His other accounts go on.");
        (
            format!("Block {label}"),
            words,
            form.hidden("blocked", "on").danger().submit(format!("Block {label}")),
        )
    };
    Ok(asks(&visit, &customer, Tab::Accounts, &title, words.into(), form))
}

pub(crate) async fn block(visit: Visit, Path((who, account)): Path<(String, i64)>, typed: Typed) -> Turn {
    let (customer, account) = pair(&visit, who, account).await?;
    let (id, blocked) = (account.id, typed.ticked("blocked"));
    match visit.ask(move |office, actor| office.block_account(actor, id, blocked, None)).await {
        Ok(()) => {
            let words = if blocked { "is blocked." } else { "is unblocked." };
            Ok(visit.done(&path(&customer, "/accounts"), format!("{} {words}", account.label)))
        }
        Err(error) => sent_back(&visit, &customer, error),
    }
}

pub(crate) async fn close_form(visit: Visit, Path((who, account)): Path<(String, i64)>) -> Page {
    let (customer, account) = pair(&visit, who, account).await?;
    let label = account.label.as_str();
    let words = el("ul")
        .child(el("li").child(format!(
            "{label} is closed for good, with its product and {}.",
            crate::words::counted(account.add_ons.len(), "add-on", "add-ons")
        )))
        .child(el("li").child("Connected platforms delete its record."))
        .child(el("li").child("Its identifiers and devices can be given to somebody else."))
        .child(el("li").child("The days it was held are charged at the end of the billing period."))
        .child(el("li").child("This cannot be undone."));
    let form = sheet::form(&visit, &account_path(&customer, &account, "/terminate"))
        .danger()
        .submit(format!("Close {label}"));
    Ok(asks(&visit, &customer, Tab::Accounts, &format!("Close {label}"), words.into(), form))
}

pub(crate) async fn close(visit: Visit, Path((who, account)): Path<(String, i64)>, _: Typed) -> Turn {
    let (customer, account) = pair(&visit, who, account).await?;
    let id = account.id;
    match visit.ask(move |office, actor| office.terminate_account(actor, id, None)).await {
        Ok(()) => Ok(visit.done(&path(&customer, "/accounts"), format!("{} was closed.", account.label))),
        Err(error) => sent_back(&visit, &customer, error),
    }
}
