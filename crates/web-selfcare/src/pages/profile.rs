//! The subscriber himself: contact, devices, password.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use office::{AccountStatus, ContactChange, CustomerView};
use store::DeviceRecord;
use web_kit::{
    Card, EmptyState, Facts, Field, Icon, Markup, PageHead, SelfCareSection, Weight, button_link, el, link,
    see_other,
};

use crate::portal::reach;
use crate::typed::{Complaints, Typed, form};
use crate::visit::{Page, Turn, Visit};
use crate::words;

const PROFILE: &str = "/profile";
const CONTACT: &str = "/profile/contact";
const PASSWORD: &str = "/profile/password";

pub(crate) async fn show(visit: Visit) -> Page {
    let me = visit.me().await?;
    let record = &me.record;
    let lines = record.address.lines().map(|line| Markup::text(line).with(el("br")));
    let contact = Facts::new()
        .fact("Name", record.name.as_str())
        .fact("Customer number", record.number.as_str())
        .fact("E-mail", record.email.as_str())
        .fact("Phone", record.phone.as_str())
        .fact("Address", Markup::join(lines));
    let password = link(PASSWORD, "Change password");
    let sign_in =
        Facts::new().fact("User name", visit.subscriber().login.as_str()).fact("Password", password);
    let help = format!("Questions? Please {}.", reach(visit.settings()));
    let body = Markup::new()
        .with(PageHead::new("Profile"))
        .with(Card::new("Contact").action(link(CONTACT, "Change")).child(contact))
        .with(devices(&visit, &me))
        .with(Card::new("Sign-in").child(sign_in))
        .with(Card::new("Help").child(el("p").child(help)));
    Ok(visit.page("Profile", SelfCareSection::Profile, body))
}

fn devices(visit: &Visit, me: &CustomerView) -> Card {
    let open = me.accounts.iter().filter(|account| account.status != AccountStatus::Terminated);
    let list: Vec<(&DeviceRecord, &str)> = open
        .flat_map(|account| account.devices.iter().map(|device| (device, account.label.as_str())))
        .collect();
    if list.is_empty() {
        let words = format!(
            "Set-top boxes, modems and routers of your services appear here. To have one added, please {}.",
            reach(visit.settings())
        );
        return Card::new("Devices").child(EmptyState::new(Icon::Device, "No devices yet", words));
    }
    let facts = list.into_iter().fold(Facts::new(), |facts, (device, label)| {
        let marks: Vec<&str> = [device.model.as_str(), &device.mac, &device.serial]
            .into_iter()
            .filter(|mark| !mark.is_empty())
            .collect();
        let value = Markup::text(marks.join(" · "))
            .with(el("br"))
            .with(el("span").class("faint-ink").child(format!("for {label}")));
        facts.fact(words::device(&device.kind), value)
    });
    Card::new("Devices").child(facts)
}

pub(crate) async fn contact(visit: Visit) -> Page {
    let me = visit.me().await?;
    let record = &me.record;
    let typed =
        Typed::filled(&[("email", &record.email), ("phone", &record.phone), ("address", &record.address)]);
    Ok(contact_page(&visit, &typed, &Complaints::default()))
}

fn contact_page(visit: &Visit, typed: &Typed, complaints: &Complaints) -> Markup {
    let bind = |field: Field, name: &'static str| complaints.bind(field, typed, &[name]);
    let form = form(visit, CONTACT)
        .field(bind(Field::input("email", "email", "E-mail"), "email").attr("autocomplete", "email"))
        .field(bind(Field::input("tel", "phone", "Phone"), "phone").attr("autocomplete", "tel"))
        .field(bind(Field::area("address", "Address", 4), "address").attr("autocomplete", "street-address"))
        .submit("Save")
        .beside(button_link(Weight::Quiet, PROFILE, "Cancel"));
    let help = format!("To change your name, please {}.", reach(visit.settings()));
    let card = Card::bare().child(web_kit::stack(
        Markup::join(complaints.beyond(&["email", "phone", "address"]))
            .with(form)
            .with(el("p").class("muted-ink").child(help)),
    ));
    let body = Markup::new().with(PageHead::new("Contact").crumb("Profile", PROFILE)).with(card);
    visit.page("Contact", SelfCareSection::Profile, body)
}

pub(crate) async fn save_contact(visit: Visit, typed: Typed) -> Turn {
    let field = |name: &str| Some(typed.get(name).replace("\r\n", "\n"));
    let change = ContactChange {
        email: field("email"),
        phone: field("phone"),
        address: field("address"),
        ..ContactChange::default()
    };
    match visit.ask(move |office, me| office.update_contact(&me.actor(), me.customer, change, None)).await {
        Ok(()) => Ok(visit.done(PROFILE, "Your contact was saved.")),
        Err(error) => {
            let complaints = Complaints::from_office(error)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, contact_page(&visit, &typed, &complaints)).into_response())
        }
    }
}

pub(crate) async fn password(visit: Visit) -> Page {
    if visit.subscriber().opened_by.is_some() {
        let words = EmptyState::new(
            Icon::Lock,
            "Only the subscriber changes his password",
            "You are here in his place.",
        );
        return Ok(visit.page("Password", SelfCareSection::Profile, Card::bare().child(words)));
    }
    Ok(password_page(&visit, &Complaints::default()))
}

fn password_page(visit: &Visit, complaints: &Complaints) -> Markup {
    // A password is never sent back to the browser.
    let blank = Typed::default();
    let bind = |field: Field, names: &[&str]| complaints.bind(field, &blank, names).required();
    let form = form(visit, PASSWORD)
        .field(
            bind(Field::password("old_password", "Password now"), &["old_password"])
                .attr("autocomplete", "current-password"),
        )
        .field(
            bind(Field::password("new_password", "New password"), &["new_password", "password"])
                .help("At least 8 characters.")
                .attr("autocomplete", "new-password"),
        )
        .field(
            bind(Field::password("again", "New password once more"), &["again"])
                .attr("autocomplete", "new-password"),
        )
        .submit("Change password")
        .beside(button_link(Weight::Quiet, PROFILE, "Cancel"));
    let beyond = complaints.beyond(&["old_password", "new_password", "password", "again"]);
    let card = Card::bare().child(web_kit::stack(Markup::join(beyond).with(form)));
    let body = Markup::new().with(PageHead::new("Change password").crumb("Profile", PROFILE)).with(card);
    visit.page("Change password", SelfCareSection::Profile, body)
}

pub(crate) async fn change_password(visit: Visit, typed: Typed) -> Turn {
    let wrong = |complaints: &Complaints| {
        Ok((StatusCode::UNPROCESSABLE_ENTITY, password_page(&visit, complaints)).into_response())
    };
    let (old, new) = (typed.raw("old_password").to_owned(), typed.raw("new_password").to_owned());
    if new != typed.raw("again") {
        return wrong(&Complaints::about("again", "is not the same as above"));
    }
    let session = visit.session().to_owned();
    match visit.ask(move |office, _| office.change_subscriber_password(&session, &old, &new)).await {
        Ok(()) => {
            visit.tell(web_kit::Flash::done("Your password was changed. Other browsers were signed out."));
            Ok(see_other(PROFILE))
        }
        Err(error) => wrong(&Complaints::from_office(error)?),
    }
}
