//! The operator's own details: how invoices and portals name him, and what new customers get.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use office::OperatorSettings;
use web_kit::{Card, Facts, Markup, PageHead, StaffSection};

use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

const SHOWN: [&str; 11] = [
    "name",
    "address",
    "email",
    "phone",
    "website",
    "tax_id",
    "zone",
    "net_days",
    "accent",
    "payment_instructions",
    "invoice_notes",
];

/// The head of the settings pages with their tabs.
pub(crate) fn head(visit: &Visit, current: &str) -> Markup {
    let paths = ["", "/staff", "/tokens", "/audit"].map(|rest| visit.url(&format!("/settings{rest}")));
    let names =
        [("Operator", "operator"), ("Staff users", "staff"), ("API tokens", "tokens"), ("Audit", "audit")];
    // Users and tokens are for administrators; a tab that only refuses is none.
    let open = |name: &str| visit.is_admin() || !matches!(name, "staff" | "tokens");
    let shown = names.iter().zip(&paths).filter(|((_, name), _)| open(name));
    let tabs = shown.map(|((words, name), path)| (*words, path.as_str(), *name == current));
    Markup::new().with(PageHead::new("Settings")).with(web_kit::tabs("Settings", tabs))
}

pub(crate) async fn show(visit: Visit) -> Page {
    let settings = visit.ask(|office, _| office.settings()).await?;
    let typed = Typed::filled(&[
        ("name", &settings.name),
        ("address", &settings.address.join("\n")),
        ("email", &settings.email),
        ("phone", &settings.phone),
        ("website", &settings.website),
        ("tax_id", &settings.tax_id),
        ("zone", &settings.zone),
        ("net_days", &settings.net_days.to_string()),
        ("accent", &settings.accent),
        ("payment_instructions", &settings.payment_instructions.join("\n")),
        ("invoice_notes", &settings.invoice_notes.join("\n")),
    ]);
    Ok(settings_page(&visit, &typed, &Complaints::none()))
}

fn settings_page(visit: &Visit, typed: &Typed, complaints: &Complaints) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let card = if visit.is_admin() {
        let form = sheet::form(visit, "/settings")
            .columns()
            .field(sheet.text("name", "Name").required().help("On invoices and in the portals."))
            .field(sheet.text("tax_id", "Tax registration"))
            .field(sheet.area("address", "Postal address", 3).wide())
            .field(sheet.input("email", "email", "E-mail for customers"))
            .field(sheet.input("tel", "phone", "Phone for customers"))
            .field(sheet.text("website", "Web site"))
            .field(sheet.input("color", "accent", "Colour of invoices and portals"))
            .field(sheet.text("zone", "Time zone").help("The operator's day, and the zone of new customers."))
            .field(
                sheet
                    .text("net_days", "Days to pay")
                    .attr("inputmode", "numeric")
                    .help("From invoice to due date, for new customers."),
            )
            .field(
                sheet
                    .area("payment_instructions", "How to pay", 3)
                    .wide()
                    .help("Printed on invoices, one line each."),
            )
            .field(sheet.area("invoice_notes", "Remarks on every invoice", 2).wide())
            .submit("Save settings");
        Card::new("Operator").child(sheet.beyond(&SHOWN)).child(form)
    } else {
        let facts = SHOWN.iter().fold(Facts::new(), |facts, name| {
            facts.fact(crate::words::capital(&name.replace('_', " ")), typed.raw(name))
        });
        Card::new("Operator").child(facts)
    };
    visit.page("Settings", StaffSection::Settings, head(visit, "operator").with(card))
}

fn lines(typed: &Typed, name: &str) -> Vec<String> {
    typed.raw(name).lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

pub(crate) async fn save(visit: Visit, typed: Typed) -> Turn {
    visit.admins_only()?;
    let mut complaints = Complaints::none();
    let net_days = typed.get("net_days").parse().unwrap_or_else(|_| {
        complaints.add("net_days", "Type a whole number of days, such as 14");
        0
    });
    if complaints.is_empty() {
        let text = |name: &str| typed.get(name).to_owned();
        let (name, email, phone, website) = (text("name"), text("email"), text("phone"), text("website"));
        let (tax_id, zone, accent) = (text("tax_id"), text("zone"), text("accent"));
        let (address, payment_instructions) =
            (lines(&typed, "address"), lines(&typed, "payment_instructions"));
        let invoice_notes = lines(&typed, "invoice_notes");
        let saved = visit
            .ask(move |office, actor| {
                let logo_svg = office.settings()?.logo_svg;
                let settings = OperatorSettings {
                    name,
                    address,
                    email,
                    phone,
                    website,
                    tax_id,
                    zone,
                    net_days,
                    accent,
                    logo_svg,
                    payment_instructions,
                    invoice_notes,
                };
                office.save_settings(actor, &settings)
            })
            .await;
        match saved {
            Ok(()) => {
                return Ok(
                    visit.done("/settings", "The settings were saved. Issued invoices stay as they are.")
                );
            }
            Err(error) => complaints = Complaints::from_office(error)?,
        }
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, settings_page(&visit, &typed, &complaints)).into_response())
}
