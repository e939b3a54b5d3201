//! What the network gets for an account: each attribute with where it comes from, what the account says itself, the customer's class.

use axum::extract::Path;
use catalog::FinalAction;
use office::{
    AccountView, AttributeView, CustomerView, OfficeError, OwnAttributes, OwnPolicy, PolicyView, SourceView,
};
use web_kit::{Card, EmptyState, Facts, Field, Form, Icon, Markup, Weight, button, el, link};

use super::account_change::pair;
use super::accounts::account_path;
use super::form_card::form_card;
use super::{Tab, load, page, path};
use crate::fault::Fault;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

pub(crate) async fn show(visit: Visit, Path((who, account)): Path<(String, i64)>) -> Page {
    let (customer, account) = pair(&visit, who, account).await?;
    let change = visit.may_change() && account.live.terminated_at.is_none();
    let policies = visit.office().policies(&customer, &account);
    let mut main = Markup::new();
    if policies.is_empty() {
        let words =
            "Speeds, profiles and other attributes of his products, his class and this account appear here.";
        main.push(Card::bare().flush().child(EmptyState::new(
            Icon::Network,
            "Nothing is said to the network",
            words,
        )));
    }
    for policy in &policies {
        main.push(policy_card(&visit, (&customer, &account), policy, change));
    }
    let mut side = Markup::from(class_card(&visit, &customer));
    side.push(super::dialing::card(&visit, &customer));
    if change {
        let catalog = visit.office().catalog();
        let services = catalog.catalog().services.iter().map(|s| (s.code.clone(), s.name.clone()));
        let form = Form::get(visit.url(&account_path(&customer, &account, "/policies/edit")))
            .field(Field::select("service", "Service", services))
            .submit("Set attributes");
        side.push(Card::new("This account's own").child(form));
    }
    let title = el("h2").child(format!("What the network gets for {}", account.label));
    let body = Markup::from(title).with(web_kit::split(main, side));
    Ok(page(&visit, &customer, Tab::Accounts, body))
}

fn source(visit: &Visit, from: &SourceView) -> Markup {
    match from.kind {
        "product" => link(visit.url(&format!("/catalogue/products/{}", from.code)), from.name.as_str()),
        "class" => Markup::text(format!("class {}", from.name)),
        _ => Markup::text(from.name.as_str()),
    }
}

/// The name of an attribute for people; what networks alone know stays as it is.
fn words(name: &str) -> &str {
    match name {
        "down_kbps" => "Download, kbit/s",
        "up_kbps" => "Upload, kbit/s",
        catalog::DIALING_RULES => "Dialing rules",
        catalog::PROVISION_CLD => "Network gets the called number",
        catalog::HOTLINE_WITHOUT_FUNDS => "To the portal also without any funds",
        catalog::RISE_MSCC_RESULT_CODE => "Refusals of a service raised to the command",
        other => other,
    }
}

fn attribute_facts(visit: &Visit, attributes: &[AttributeView]) -> Facts {
    attributes.iter().fold(Facts::new(), |facts, attribute| {
        let from = el("span").class("muted-ink").child(" from ").child(source(visit, &attribute.from));
        let said = Markup::from(el("strong").child(attribute.value.as_str()));
        let said = match attribute.name.as_str() {
            catalog::DIALING_RULES => {
                link(visit.url(&format!("/catalogue/dialing#{}", attribute.value)), said)
            }
            _ => said,
        };
        let mut value = said.with(from);
        for (from, lost) in &attribute.overruled {
            let lost = Markup::text("not ").with(lost.as_str()).with(" from ").with(source(visit, from));
            value.push(el("div").class("faint-ink").child(lost));
        }
        facts.fact(words(&attribute.name), value)
    })
}

fn action_words(action: &FinalAction) -> String {
    match action {
        FinalAction::Terminate => "the session ends".to_owned(),
        FinalAction::Redirect { url } => format!("sent to {url}"),
        FinalAction::Restrict { filter } => format!("only what the filter {filter} allows"),
    }
}

fn policy_card(
    visit: &Visit,
    (customer, account): (&CustomerView, &AccountView),
    policy: &PolicyView,
    change: bool,
) -> Card {
    let from = el("span").class("muted-ink").child(" from ").child(source(visit, &policy.final_from));
    let facts = attribute_facts(visit, &policy.regular)
        .fact("At the end of funds", Markup::text(action_words(&policy.final_action)).with(from));
    let mut parts = Markup::from(facts);
    if !policy.limited.is_empty() {
        parts.push(el("h3").child("While a quota is used up"));
        parts.push(attribute_facts(visit, &policy.limited));
    }
    if !policy.turbo.is_empty() {
        parts.push(el("h3").child("In turbo times"));
        parts.push(attribute_facts(visit, &policy.turbo));
    }
    let mut card = Card::new(policy.service.name.as_str()).child(web_kit::stack(parts));
    if change {
        let edit = format!("/policies/edit?service={}", policy.service.code);
        let mut actions = link(visit.url(&account_path(customer, account, &edit)), "Edit");
        if policy.own.is_some() {
            let remove = account_path(customer, account, "/policies/remove");
            let fields = [("service", policy.service.code.as_str())];
            actions.push(sheet::press(visit, &remove, &fields, button(Weight::Quiet, "Take back his own")));
        }
        card = card.action(el("span").class("actions").child(actions));
    }
    card
}

fn class_card(visit: &Visit, customer: &CustomerView) -> Card {
    let name = customer.class.as_ref().map_or("none", |class| class.name.as_str());
    let mut card = Card::new("Customer class").child(Facts::new().fact("Class", name));
    if visit.may_change() && customer.live.head.terminated_at.is_none() {
        card = card.action(link(visit.url(&path(customer, "/class")), "Change"));
    }
    card
}

/// Which service is edited.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Edited {
    #[serde(default)]
    service: String,
}

fn lines(attributes: &OwnAttributes) -> String {
    let each = attributes.attributes.iter().map(|(name, value)| format!("{name} = {value}"));
    each.collect::<Vec<_>>().join("\n")
}

fn filled(service: &str, own: &OwnPolicy) -> Typed {
    let speed = |speed: Option<u32>| speed.map(|speed| speed.to_string()).unwrap_or_default();
    let (action, target) = match &own.final_action {
        None => ("", ""),
        Some(FinalAction::Terminate) => ("terminate", ""),
        Some(FinalAction::Redirect { url }) => ("redirect", url.as_str()),
        Some(FinalAction::Restrict { filter }) => ("restrict", filter.as_str()),
    };
    Typed::filled(&[
        ("service", service),
        ("down_kbps", &speed(own.regular.down_kbps)),
        ("up_kbps", &speed(own.regular.up_kbps)),
        ("attributes", &lines(&own.regular)),
        ("limited_down_kbps", &speed(own.limited.down_kbps)),
        ("limited_up_kbps", &speed(own.limited.up_kbps)),
        ("limited_attributes", &lines(&own.limited)),
        ("final_action", action),
        ("target", target),
    ])
}

pub(crate) async fn edit(
    visit: Visit,
    Path((who, account)): Path<(String, i64)>,
    axum::extract::Query(edited): axum::extract::Query<Edited>,
) -> Page {
    let whose = pair(&visit, who, account).await?;
    let policies = visit.office().policies(&whose.0, &whose.1);
    let known = policies.into_iter().find(|policy| policy.service.code == edited.service);
    let own = known.and_then(|policy| policy.own).unwrap_or_default();
    Ok(edit_page(&visit, &whose, &filled(&edited.service, &own), &Complaints::none()))
}

fn edit_page(
    visit: &Visit,
    (customer, account): &(CustomerView, AccountView),
    typed: &Typed,
    complaints: &Complaints,
) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let catalog = visit.office().catalog();
    let service = catalog.service(typed.get("service")).map_or("a service", |service| service.name.as_str());
    let actions = [
        ("", "As products, class and service say"),
        ("terminate", "End the session"),
        ("redirect", "Send to an address"),
        ("restrict", "Let through only what a filter allows"),
    ];
    let form = sheet::once_form(visit, &account_path(customer, account, "/policies/edit"), &sheet)
        .hidden("service", typed.get("service"))
        .columns()
        .field(sheet.input("number", "down_kbps", "Download, kbit/s"))
        .field(sheet.input("number", "up_kbps", "Upload, kbit/s"))
        .field(sheet.area("attributes", "Further attributes", 3).wide().help("One a line: name = value."))
        .field(sheet.bind(
            Field::input("number", "limited_down_kbps", "Download while a quota is used up"),
            &["limited_down_kbps", "limited.down_kbps"],
        ))
        .field(sheet.bind(
            Field::input("number", "limited_up_kbps", "Upload while a quota is used up"),
            &["limited_up_kbps", "limited.up_kbps"],
        ))
        .field(sheet.area("limited_attributes", "Further attributes while a quota is used up", 2).wide())
        .field(sheet.select("final_action", "At the end of funds", actions))
        .field(sheet.bind(Field::text("target", "Address or filter"), &["target"]))
        .submit("Set for this account");
    let words = "What is set here comes before products and class; what is empty, they decide.";
    let shown = [
        "down_kbps",
        "up_kbps",
        "limited_down_kbps",
        "limited.down_kbps",
        "limited_up_kbps",
        "limited.up_kbps",
        "final_action",
    ];
    let (title, back) =
        (format!("{service} of {}", account.label), format!("/accounts/{}/policies", account.id));
    let card = form_card(visit, customer, &title, (words, sheet.beyond(&shown)), form, &back);
    page(visit, customer, Tab::Accounts, card)
}

fn read_attributes(typed: &Typed, prefix: &str, complaints: &mut Complaints) -> OwnAttributes {
    let mut speed = |name: &str| {
        let name = format!("{prefix}{name}");
        let text = typed.get(&name);
        let parsed = text.parse().ok();
        if !text.is_empty() && parsed.is_none() {
            complaints.add(name, "Type a whole number, or nothing");
        }
        parsed
    };
    let (down_kbps, up_kbps) = (speed("down_kbps"), speed("up_kbps"));
    let mut own = OwnAttributes { down_kbps, up_kbps, ..OwnAttributes::default() };
    let field = format!("{prefix}attributes");
    for line in typed.raw(&field).lines().map(str::trim).filter(|line| !line.is_empty()) {
        let Some((name, value)) = line.split_once('=') else {
            complaints.add(field.as_str(), format!("write name = value, not {line}"));
            continue;
        };
        own.attributes.insert(name.trim().to_owned(), value.trim().to_owned());
    }
    own
}

pub(crate) async fn save(visit: Visit, Path((who, account)): Path<(String, i64)>, typed: Typed) -> Turn {
    let whose = pair(&visit, who, account).await?;
    let mut complaints = Complaints::none();
    let target = typed.get("target").to_owned();
    let policy = OwnPolicy {
        regular: read_attributes(&typed, "", &mut complaints),
        limited: read_attributes(&typed, "limited_", &mut complaints),
        final_action: match typed.get("final_action") {
            "terminate" => Some(FinalAction::Terminate),
            "redirect" => Some(FinalAction::Redirect { url: target }),
            "restrict" => Some(FinalAction::Restrict { filter: target }),
            _ => None,
        },
    };
    if complaints.is_empty() {
        let (id, service, key) = (whose.1.id, typed.get("service").to_owned(), typed.once("policy"));
        match visit.ask(move |office, actor| office.set_policy(actor, id, &service, Some(policy), key)).await
        {
            Ok(()) => {
                let to = account_path(&whose.0, &whose.1, "/policies");
                return Ok(visit.done(&to, "Set. The network gets it from the next answer on."));
            }
            Err(error) => complaints = Complaints::from_office(error)?,
        }
    }
    Ok(sheet::again(edit_page(&visit, &whose, &typed, &complaints)))
}

pub(crate) async fn remove(visit: Visit, Path((who, account)): Path<(String, i64)>, typed: Typed) -> Turn {
    let (customer, account) = pair(&visit, who, account).await?;
    let (id, service) = (account.id, typed.get("service").to_owned());
    visit.ask(move |office, actor| office.set_policy(actor, id, &service, None, None)).await?;
    Ok(visit.done(&account_path(&customer, &account, "/policies"), "Products and class decide again."))
}

pub(crate) async fn class_form(visit: Visit, Path(who): Path<String>) -> Page {
    let customer = load(&visit, &who).await?;
    let code = customer.class.as_ref().map_or("", |class| class.code.as_str()).to_owned();
    Ok(class_page(&visit, &customer, &Typed::filled(&[("class", &code)]), &Complaints::none()))
}

fn class_page(visit: &Visit, customer: &CustomerView, typed: &Typed, complaints: &Complaints) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let catalog = visit.office().catalog();
    let classes = catalog.catalog().classes.iter().map(|class| (class.code.clone(), class.name.clone()));
    let classes = std::iter::once((String::new(), "None".to_owned())).chain(classes);
    let help = "What the network gets where neither his accounts nor their products say it. Classes are made in the catalogue.";
    let form = sheet::once_form(visit, &path(customer, "/class"), &sheet)
        .field(sheet.select("class", "Class", classes).help(help))
        .submit("Set class");
    let said = ("", sheet.beyond(&["class"]));
    page(
        visit,
        customer,
        Tab::Accounts,
        form_card(visit, customer, "Customer class", said, form, "/accounts"),
    )
}

pub(crate) async fn set_class(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    let customer = load(&visit, &who).await?;
    let (id, class, key) = (customer.record.id, typed.get("class").to_owned(), typed.once("class"));
    match visit.ask(move |office, actor| office.set_class(actor, id, Some(&class), key)).await {
        Ok(()) => Ok(visit.done(&path(&customer, "/accounts"), "The class was set.")),
        Err(error @ OfficeError::Denied(_)) => Err(Fault::Office(error)),
        Err(error) => {
            Ok(sheet::again(class_page(&visit, &customer, &typed, &Complaints::from_office(error)?)))
        }
    }
}
