//! Limits of the customer's money or of an account's own balance: each shown with its value, and a form that opens when it is to change.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use calendar::{BillingZone, Instant};
use charging::{LimitChange, Purse, Share, TemporaryLimit};
use money::{Amount, Currency};
use office::{AccountView, CustomerView};
use web_kit::{Card, Facts, Field, Form, Markup, button_link, el};

use super::{Tab, load, page, path};
use crate::fault::Fault;
use crate::pages::new_customer;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// Names of the fields and what the office calls them.
const SHOWN: [&str; 8] = [
    "credit_limit",
    "raise",
    "until",
    "warnings",
    "daily_cap",
    "temporary.raise",
    "temporary.until",
    "temporary",
];

/// Whose limits: the customer's, or those of an account's own balance.
struct Whose {
    customer: CustomerView,
    account: Option<AccountView>,
}

impl Whose {
    async fn load(visit: &Visit, who: &str, account: Option<i64>) -> Result<Self, Fault> {
        let customer = load(visit, who).await?;
        let account = account.map(|id| own_account(&customer, id)).transpose()?;
        Ok(Self { customer, account })
    }

    fn purse(&self) -> &Purse {
        let own = self.account.as_ref().and_then(|account| account.live.purse.as_deref());
        own.unwrap_or(&self.customer.live.head.purse)
    }

    fn path(&self) -> String {
        match &self.account {
            Some(account) => super::accounts::account_path(&self.customer, account, "/limit"),
            None => path(&self.customer, "/limit"),
        }
    }

    fn back(&self) -> String {
        path(&self.customer, if self.account.is_some() { "/accounts" } else { "" })
    }

    fn currency(&self) -> Currency {
        self.customer.live.head.currency
    }
}

/// An account of his that has a balance of its own.
pub(crate) fn own_account(customer: &CustomerView, id: i64) -> Result<AccountView, Fault> {
    let account = customer.account(charging::RowId(id)).filter(|account| account.live.purse.is_some());
    account.cloned().ok_or_else(|| Fault::Missing("This account has no balance of its own.".to_owned()))
}

pub(crate) async fn show(visit: Visit, Path(who): Path<String>) -> Page {
    let whose = Whose::load(&visit, &who, None).await?;
    Ok(limits_page(&visit, &whose, &present(&visit, &whose), &Complaints::none()))
}

pub(crate) async fn show_own(visit: Visit, Path((who, account)): Path<(String, i64)>) -> Page {
    let whose = Whose::load(&visit, &who, Some(account)).await?;
    Ok(limits_page(&visit, &whose, &present(&visit, &whose), &Complaints::none()))
}

pub(crate) async fn set(visit: Visit, Path(who): Path<String>, typed: Typed) -> Turn {
    change(visit.clone(), Whose::load(&visit, &who, None).await?, typed).await
}

pub(crate) async fn set_own(visit: Visit, Path((who, account)): Path<(String, i64)>, typed: Typed) -> Turn {
    change(visit.clone(), Whose::load(&visit, &who, Some(account)).await?, typed).await
}

/// The forms as they are filled in at first: what holds now.
fn present(visit: &Visit, whose: &Whose) -> Typed {
    let (purse, places) = (whose.purse(), whose.currency().exponent());
    let text = |amount: Option<Amount>| amount.map(|amount| amount.text(places)).unwrap_or_default();
    let guard = purse.guard.as_deref().cloned().unwrap_or_default();
    let raised = guard.raised.filter(|raised| visit.now() < raised.until);
    let zone = BillingZone::named(visit.zone()).unwrap_or_else(|_| BillingZone::utc());
    let until = raised.map(|raised| zone.date(raised.until.plus_micros(-1)).to_string());
    let warnings: Vec<String> = guard.warnings.iter().map(|warning| share_text(warning.at, places)).collect();
    Typed::filled(&[
        ("credit_limit", &text(purse.credit_limit)),
        ("raise", &raised.map(|raised| share_text(raised.raise, places)).unwrap_or_default()),
        ("until", &until.unwrap_or_default()),
        ("warnings", &warnings.join(", ")),
        ("daily_cap", &text(guard.cap.map(|cap| cap.most))),
    ])
}

/// `10.00` or `80 %`.
fn share_text(share: Share, places: u8) -> String {
    match share {
        Share::Amount(amount) => amount.text(places),
        Share::Percent(_) => share.to_string(),
    }
}

fn share(text: &str) -> Option<Share> {
    match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse().ok().map(Share::Percent),
        None => Amount::parse(text.trim()).ok().filter(|amount| !amount.is_negative()).map(Share::Amount),
    }
}

fn share_words(visit: &Visit, share: Share, currency: Currency) -> Markup {
    match share {
        Share::Amount(amount) => visit.money(amount, currency).into(),
        Share::Percent(percent) => Markup::text(format!("{percent} %")),
    }
}

/// The limits as facts, for this page and the overview.
pub(crate) fn facts(visit: &Visit, purse: &Purse, currency: Currency) -> Vec<(&'static str, Markup)> {
    let (now, money) = (visit.now(), |amount| Markup::from(visit.money(amount, currency)));
    let mut facts =
        vec![("Credit limit", purse.credit_limit.map_or_else(|| Markup::text("no limit"), money))];
    let Some(guard) = purse.guard.as_deref() else { return facts };
    if let Some(raised) = guard.raised.filter(|raised| now < raised.until) {
        let words =
            share_words(visit, raised.raise, currency).with(" more until ").with(visit.when(raised.until));
        facts.push(("For a while", words));
    }
    let warnings = guard.warnings.iter().map(|warning| {
        let words = share_words(visit, warning.at, currency);
        let words = match warning.at {
            Share::Amount(_) => words.with(" left"),
            Share::Percent(_) => words.with(" used"),
        };
        let crossed = warning.crossed.then(|| web_kit::chip(web_kit::Tone::Warn, "crossed"));
        Markup::from(el("div").child(words.with(" ").with(crossed)))
    });
    let warnings = Markup::join(warnings);
    if !warnings.is_empty() {
        facts.push(("Warns at", warnings));
    }
    if let Some(cap) = guard.cap {
        let spent = money(cap.spent_at(now)).with(" of ").with(money(cap.most));
        let reached = purse.cap_reached(now).then(|| web_kit::chip(web_kit::Tone::Warn, "reached"));
        facts.push(("Spent today", spent.with(" ").with(reached)));
    }
    facts
}

/// The forms, one for each limit: what the office calls it, title, what holds now, the form.
fn forms(
    visit: &Visit,
    whose: &Whose,
    sheet: &Sheet<'_>,
) -> [(&'static str, &'static str, Option<&'static str>, Form); 4] {
    let (currency, form) = (whose.currency(), || sheet::form(visit, &whose.path()));
    let guard = whose.purse().guard.as_deref();
    let raised = guard.and_then(|guard| guard.raised).filter(|raised| visit.now() < raised.until);
    let ending = raised.map(|_| {
        let press = el("button").class("button").attr("type", "submit").flag("formnovalidate", true);
        press.attr("name", "end").attr("value", "on").child("End it now")
    });
    let credit = sheet
        .bind(Field::amount("credit_limit", "Credit limit", currency.code()), &["credit_limit"])
        .help("How far the balance may go below zero. Empty: no limit. Customers who pay in advance keep 0.");
    let raise = sheet
        .bind(Field::text("raise", "More than the credit limit"), &["raise", "temporary.raise", "temporary"])
        .help("A sum, or a share such as 20 %.");
    let until = sheet
        .bind(Field::input("date", "until", "Last day"), &["until", "temporary.until"])
        .help("It ends by itself with this day.");
    let warnings = sheet.text("warnings", "Warn at").help(
        "Up to eight, with commas between: 10.00 warns when no more is left, 80 % when so much of the limit is used. Empty: none.",
    );
    let cap = sheet
        .bind(Field::amount("daily_cap", "Most per day", currency.code()), &["daily_cap"])
        .help("When it is spent, nothing that costs money begins until midnight of his billing zone; what runs goes on. Empty: no cap.");
    let raising = form().field(raise).field(until).submit("Raise the limit").beside(ending);
    [
        ("credit", "Credit limit", None, form().field(credit).submit("Set credit limit")),
        ("temporary", "For a while", Some("A higher limit for a while"), raising),
        ("warnings", "Warns at", Some("Warnings"), form().field(warnings).submit("Set warnings")),
        ("cap", "Spent today", Some("Daily cap"), form().field(cap).submit("Set daily cap")),
    ]
}

fn limits_page(visit: &Visit, whose: &Whose, typed: &Typed, complaints: &Complaints) -> Markup {
    let (sheet, currency, purse) = (Sheet::new(typed, complaints), whose.currency(), whose.purse());
    let (asked, once, held) = (typed.get("what"), sheet.once(), facts(visit, purse, currency));
    let parts = forms(visit, whose, &sheet).map(|(what, label, title, form)| {
        let form = form.hidden("what", what).hidden(crate::typed::ONCE, &format!("{once}-{what}"));
        let words = held.iter().find(|(held, _)| *held == label).map(|(_, words)| words.clone());
        let open = !complaints.is_empty() && asked == what;
        let summary = el("summary").class("button").child("Change");
        let folded = el("details").flag("open", open).child(summary);
        Markup::from(
            Card::new(title.unwrap_or(label)).child(web_kit::stack(
                Markup::from(el("div").child(words.unwrap_or_else(|| Markup::text("None now."))))
                    .with(folded.child(el("div").class("card-body").child(form))),
            )),
        )
    });
    let body = sheet.beyond(&SHOWN).with(Markup::join(parts));
    let money = |amount| Markup::from(visit.money(amount, currency));
    let funds = crate::pages::customers::funds(visit, purse.available(visit.now()), currency);
    let title = whose.account.as_ref().map_or("Standing now", |account| account.label.as_str());
    let standing = Facts::new()
        .fact("Balance", visit.money(purse.balance, currency).toned())
        .fact("Limit in force", purse.limit(visit.now()).map_or_else(|| Markup::text("no limit"), money))
        .fact("Reserved", money(purse.reserved))
        .fact("Available funds", funds);
    let back = button_link(web_kit::Weight::Quiet, &visit.url(&whose.back()), "Back");
    let side = Card::new(title).child(standing).child(back);
    let tab = if whose.account.is_some() { Tab::Accounts } else { Tab::Overview };
    page(visit, &whose.customer, tab, web_kit::split(web_kit::stack(body), side))
}

/// The end of a day written `2026-06-30`, in the viewer's zone.
fn end_of(visit: &Visit, day: &str) -> Option<Instant> {
    const DAY: calendar::Seconds = calendar::Seconds(24 * 3_600);
    let zone = BillingZone::named(visit.zone()).unwrap_or_else(|_| BillingZone::utc());
    Instant::parse(&format!("{day}T12:00:00Z")).map(|noon| zone.midnight(zone.date(noon.plus(DAY))))
}

fn read(visit: &Visit, typed: &Typed, complaints: &mut Complaints) -> Option<LimitChange> {
    const SHARE: &str = "Type a sum such as 10.00, or a share such as 20 %";
    let change = match typed.get("what") {
        "credit" => LimitChange::Credit(new_customer::limit(typed, complaints)),
        "temporary" if typed.ticked("end") => LimitChange::Temporary(None),
        "temporary" => {
            let (raise, until) = (share(typed.get("raise")), end_of(visit, typed.get("until")));
            if raise.is_none() {
                complaints.add("raise", SHARE);
            }
            if until.is_none() {
                complaints.add("until", "Choose a day");
            }
            LimitChange::Temporary(Some(TemporaryLimit { raise: raise?, until: until? }))
        }
        "warnings" => {
            let parts = typed.get("warnings").split(',').map(str::trim).filter(|part| !part.is_empty());
            let at: Option<Vec<Share>> = parts.map(share).collect();
            if at.is_none() {
                complaints.add("warnings", SHARE);
            }
            LimitChange::Warnings(at?)
        }
        _ => {
            let text = typed.get("daily_cap");
            let most = Amount::parse(text).ok().filter(|amount| !amount.is_negative());
            if most.is_none() && !text.is_empty() {
                complaints.add("daily_cap", "Type an amount such as 20.00, or nothing for no cap");
            }
            LimitChange::DailyCap(most)
        }
    };
    complaints.is_empty().then_some(change)
}

async fn change(visit: Visit, whose: Whose, typed: Typed) -> Turn {
    let mut complaints = Complaints::none();
    if let Some(change) = read(&visit, &typed, &mut complaints) {
        let words = match &change {
            LimitChange::Credit(_) => "The credit limit was set.",
            LimitChange::Temporary(None) => "The higher limit ended.",
            LimitChange::Temporary(_) => "The limit is higher for a while.",
            LimitChange::Warnings(_) => "The warnings were set.",
            LimitChange::DailyCap(_) => "The daily cap was set.",
        };
        let (id, account) = (whose.customer.record.id, whose.account.as_ref().map(|account| account.id));
        let key = typed.once("limits");
        match visit.ask(move |office, actor| office.set_limits(actor, id, account, vec![change], key)).await {
            Ok(()) => return Ok(visit.done(&whose.path(), words)),
            Err(error) => complaints = Complaints::from_office(error)?,
        }
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, limits_page(&visit, &whose, &typed, &complaints)).into_response())
}
