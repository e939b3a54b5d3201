//! The operator's own details: how invoices and portals name him, and what new customers get.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use office::{Logo, OperatorSettings, Paper};
use std::collections::BTreeMap;
use web_kit::{Card, Facts, Form, Markup, PageHead, StaffSection, el};

use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

const SHOWN: [&str; 16] = [
    "name",
    "address",
    "email",
    "phone",
    "website",
    "tax_id",
    "zone",
    "net_days",
    "accent",
    "logo_png",
    "paper",
    "invoice_language",
    "payment_instructions",
    "invoice_notes",
    "invoice_footer",
    "invoice_words",
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
        ("paper", settings.paper.name()),
        ("invoice_language", &settings.invoice_language),
        ("invoice_notes", &settings.invoice_notes.join("\n")),
        ("invoice_footer", &settings.invoice_footer),
        ("invoice_words", &words_text(&settings.invoice_words)),
    ]);
    Ok(settings_page(&visit, &typed, &Complaints::none(), settings.logo_png.as_ref()))
}

/// Words on invoices as they are typed: `name = text`, one a line.
fn words_text(words: &BTreeMap<String, String>) -> String {
    let lines: Vec<String> = words.iter().map(|(name, text)| format!("{name} = {text}")).collect();
    lines.join("\n")
}

fn words(typed: &Typed, complaints: &mut Complaints) -> BTreeMap<String, String> {
    let mut words = BTreeMap::new();
    for line in lines(typed, "invoice_words") {
        match line.split_once('=') {
            Some((name, text)) => {
                words.insert(name.trim().to_owned(), text.trim().to_owned());
            }
            None => complaints.add("invoice_words", format!("Write `name = text`, not `{line}`")),
        }
    }
    words
}

/// The logo that is kept, to be looked at.
fn picture(logo: Option<&Logo>) -> Markup {
    let help = Markup::text("On invoices and in the self-care portal: a PNG file of at most 256 KB.");
    let Some(logo) = logo else { return help };
    let address = format!("data:image/png;base64,{}", logo.to_base64());
    let picture = el("img").attr("src", address).attr("alt", "The logo now").attr("height", "40");
    help.with(el("span").class("now").child(" Now: ").child(picture))
}

/// The fields about invoices.
fn invoice_fields(form: Form, sheet: &Sheet<'_>, logo: Option<&Logo>) -> Form {
    let form = form
        .field(
            sheet
                .area("payment_instructions", "How to pay", 3)
                .wide()
                .help("Printed on invoices, one line each."),
        )
        .field(sheet.area("invoice_notes", "Remarks on every invoice", 2).wide())
        .field(sheet.select("paper", "Paper of invoices", [("a4", "A4"), ("letter", "US Letter")]))
        .field(
            sheet.select("invoice_language", "Language of invoices", office::invoice_languages()).help(
                "Headings, numbers and dates. Names of services and fees stay as the catalogue says them.",
            ),
        )
        .field(sheet.input("file", "logo_png", "Logo").attr("accept", "image/png").help(picture(logo)));
    let form = match logo {
        Some(_) => form.field(sheet.check("remove_logo", "Remove the logo").wide()),
        None => form,
    };
    form.field(
        sheet
            .text("invoice_footer", "Foot of invoices")
            .wide()
            .help("On each page, instead of name, address and tax registration."),
    )
    .field(sheet.area("invoice_words", "Words on invoices", 3).wide().help(
        "To say single words otherwise, one a line: amount_due = Balance to pay. The guide names them all.",
    ))
}

fn settings_page(visit: &Visit, typed: &Typed, complaints: &Complaints, logo: Option<&Logo>) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let card = if visit.is_admin() {
        let form = sheet::form(visit, "/settings")
            .multipart()
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
            );
        let form = invoice_fields(form, &sheet, logo).submit("Save settings");
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
    let invoice_words = words(&typed, &mut complaints);
    if complaints.is_empty() {
        let text = |name: &str| typed.get(name).to_owned();
        let (name, email, phone, website) = (text("name"), text("email"), text("phone"), text("website"));
        let (tax_id, zone, accent) = (text("tax_id"), text("zone"), text("accent"));
        let (address, payment_instructions) =
            (lines(&typed, "address"), lines(&typed, "payment_instructions"));
        let invoice_notes = lines(&typed, "invoice_notes");
        let (invoice_language, invoice_footer) = (text("invoice_language"), text("invoice_footer"));
        let paper = Paper::named(typed.get("paper"));
        let new_logo = typed.file("logo_png").map(|file| Logo::new(file.content.as_slice()));
        let remove_logo = typed.ticked("remove_logo");
        let saved = visit
            .ask(move |office, actor| {
                let before = office.settings()?;
                let kept = before.logo_png.filter(|_| !remove_logo);
                let invoice_language = Some(invoice_language).filter(|code| !code.is_empty());
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
                    logo_png: new_logo.or(kept),
                    paper: paper.unwrap_or(before.paper),
                    invoice_language: invoice_language.unwrap_or(before.invoice_language),
                    invoice_words,
                    invoice_footer,
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
    let logo = visit.ask(|office, _| office.settings()).await?.logo_png;
    let page = settings_page(&visit, &typed, &complaints, logo.as_ref());
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
