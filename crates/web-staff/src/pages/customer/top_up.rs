//! Filling what an account holds: a wallet's top-up that is paid from the balance, and units of a quota or wallet given for nothing.

use axum::extract::Path;
use calendar::Seconds;
use catalog::{TopUpOption, Unit};
use money::Amount;
use office::{AccountView, CustomerView, NewGrant, NewTopUp, WalletView};
use web_kit::{Card, EmptyState, Facts, Field, Icon, Markup, Weight, button_link};

use super::account_change::pair;
use super::accounts::account_path;
use super::form_card::form_card;
use super::included::content;
use super::{Tab, page, path};
use crate::pages::ledger::midnight;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// Between product, wallet and option in one choice.
const APART: char = '\t';

pub(crate) async fn top_up_form(visit: Visit, Path((who, account)): Path<(String, i64)>) -> Page {
    let whose = pair(&visit, who, account).await?;
    Ok(top_up_page(&visit, &whose, &Typed::default(), &Complaints::none()))
}

fn choice(visit: &Visit, wallet: &WalletView, option: &TopUpOption) -> (String, String) {
    let value = [wallet.product_code.as_str(), &wallet.name, &option.code].join(&APART.to_string());
    let places = wallet.currency.exponent();
    let adds = option.adds(wallet.money);
    let adds = if wallet.money {
        format!("{} {}", option.amount.text(places), wallet.currency)
    } else {
        format!("{adds} units")
    };
    let until = visit.now().plus(Seconds(u64::from(option.days) * 86_400));
    let until = wallet.ends.map_or(until, |ends| ends.max(until));
    let until = calendar::BillingZone::named(visit.zone()).map(|zone| zone.date(until).to_string());
    let words = format!(
        "{}: {adds} for {} {}, then all of it is good until {}",
        wallet.name,
        option.price.text(places),
        wallet.currency,
        until.unwrap_or_default(),
    );
    (value, words)
}

fn top_up_page(
    visit: &Visit,
    (customer, account): &(CustomerView, AccountView),
    typed: &Typed,
    complaints: &Complaints,
) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let wallets = account.wallets.iter();
    let choices: Vec<(String, String)> = wallets
        .flat_map(|wallet| wallet.options.iter().map(move |option| choice(visit, wallet, option)))
        .collect();
    let title = format!("Top up a wallet of {}", account.label);
    let main = if choices.is_empty() {
        let words = "A product with a wallet and top-up options brings one.";
        let cancel = button_link(Weight::Quiet, &visit.url(&path(customer, "/accounts")), "Cancel");
        Card::new(title).child(EmptyState::new(Icon::Catalogue, "No wallet to top up", words).step(cancel))
    } else {
        let form = sheet::once_form(visit, &account_path(customer, account, "/top-up"), &sheet)
            .field(sheet.bind(Field::radio("choice", "Top-up", choices), &["choice", "wallet", "option"]))
            .submit("Top up, paid from the balance");
        let beyond = sheet.beyond(&["choice", "wallet", "option"]);
        form_card(visit, customer, &title, ("", beyond), form, "/accounts")
    };
    let facts = account.wallets.iter().fold(standing(visit, customer), |facts, wallet| {
        facts.fact(wallet.name.as_str(), content(visit, wallet, wallet.free))
    });
    page(visit, customer, Tab::Accounts, web_kit::split(main, Card::new("Now").child(facts)))
}

fn standing(visit: &Visit, customer: &CustomerView) -> Facts {
    let head = &customer.live.head;
    let available = head.purse.available(visit.now());
    Facts::new().fact("Available funds", crate::pages::customers::funds(visit, available, head.currency))
}

pub(crate) async fn top_up(visit: Visit, Path((who, account)): Path<(String, i64)>, typed: Typed) -> Turn {
    let whose = pair(&visit, who, account).await?;
    let mut parts = typed.raw("choice").split(APART).map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    let form = NewTopUp { product: next(), wallet: next(), option: next() };
    let mut complaints = Complaints::none();
    if form.option.is_empty() {
        complaints.add("choice", "Choose one");
    } else {
        let (id, key) = (whose.1.id, typed.once("top-up"));
        match visit.ask(move |office, actor| office.top_up(actor, id, &form, key)).await {
            Ok(made) => {
                let words = Markup::text(format!("{} was topped up for ", made.wallet.name))
                    .with(visit.money(made.price, made.wallet.currency))
                    .with(". In it now: ")
                    .with(content(&visit, &made.wallet, made.wallet.free))
                    .with(".");
                return Ok(visit.done(&path(&whose.0, "/accounts"), words));
            }
            Err(error) => complaints = Complaints::from_office(error)?,
        }
    }
    let again = top_up_page(&visit, &whose, &typed, &complaints);
    Ok(sheet::again(again))
}

/// A quota or wallet that can be given units, and how people count them.
struct Gift {
    product: String,
    plan: String,
    words: String,
    /// Units of the plan in one of what is typed, in millionths.
    each: u64,
}

fn gifts(visit: &Visit, account: &AccountView) -> Vec<Gift> {
    const MILLION: u64 = 1_000_000;
    let mut gifts: Vec<Gift> = Vec::new();
    for bar in visit.office().usage_bars(account) {
        let (unit, each) = match bar.unit {
            Unit::Octet => ("MB of 1,048,576 octets", 1_048_576 * MILLION),
            Unit::Second => ("minutes", 60 * MILLION),
            Unit::Message => ("messages", MILLION),
            Unit::Event => ("events", MILLION),
            Unit::Money => ("units of money", MILLION * MILLION),
        };
        if gifts.iter().any(|gift| gift.product == bar.product_code && gift.plan == bar.plan) {
            continue;
        }
        let words = format!("{} ({}), in {unit}", bar.plan, bar.product);
        gifts.push(Gift { product: bar.product_code, plan: bar.plan, words, each });
    }
    gifts.extend(account.wallets.iter().map(|wallet| {
        let (unit, each) =
            if wallet.money { (wallet.currency.code(), MILLION * MILLION) } else { ("units", MILLION) };
        let words = format!("{} ({}), in {unit}", wallet.name, wallet.product);
        Gift { product: wallet.product_code.clone(), plan: wallet.name.clone(), words, each }
    }));
    gifts
}

pub(crate) async fn give_form(visit: Visit, Path((who, account)): Path<(String, i64)>) -> Page {
    let whose = pair(&visit, who, account).await?;
    Ok(give_page(&visit, &whose, &Typed::default(), &Complaints::none()))
}

fn give_page(
    visit: &Visit,
    (customer, account): &(CustomerView, AccountView),
    typed: &Typed,
    complaints: &Complaints,
) -> Markup {
    let sheet = Sheet::new(typed, complaints);
    let gifts = gifts(visit, account).into_iter();
    let choices: Vec<(String, String)> =
        gifts.map(|gift| (format!("{}{APART}{}", gift.product, gift.plan), gift.words)).collect();
    let form = sheet::once_form(visit, &account_path(customer, account, "/give-units"), &sheet)
        .field(sheet.bind(Field::select("plan", "Quota or wallet", choices), &["plan"]))
        .field(sheet.bind(Field::text("units", "How much"), &["units"]).required().autofocus())
        .field(
            sheet
                .bind(Field::input("date", "until", "Good until"), &["until"])
                .required()
                .help("Lost from the beginning of that day on, or with its product."),
        )
        .field(sheet.text("note", "Reason").required().help("The customer sees it."))
        .submit("Give");
    let said =
        ("For nothing, and beside what the period gives.", sheet.beyond(&["plan", "units", "until", "note"]));
    let title = format!("Give units to {}", account.label);
    page(visit, customer, Tab::Accounts, form_card(visit, customer, &title, said, form, "/accounts"))
}

fn read(
    visit: &Visit,
    account: &AccountView,
    typed: &Typed,
    complaints: &mut Complaints,
) -> Option<NewGrant> {
    let (product, plan) = typed.raw("plan").split_once(APART).unwrap_or_default();
    let gift = gifts(visit, account).into_iter().find(|gift| gift.product == product && gift.plan == plan);
    let Some(gift) = gift else {
        complaints.add("plan", "Choose one of the list");
        return None;
    };
    let typed_units = Amount::parse(typed.get("units")).ok().filter(|units| units.is_positive());
    let units = typed_units.and_then(|units| {
        let all = u128::try_from(units.micros()).ok()? * u128::from(gift.each) / 1_000_000_000_000;
        u64::try_from(all).ok().filter(|units| *units > 0)
    });
    let until = midnight(visit, typed.get("until"));
    if units.is_none() {
        complaints.add("units", "Type a number above zero, such as 500 or 1.5");
    }
    if until.is_none() {
        complaints.add("until", "Choose a day");
    }
    let note = typed.get("note").to_owned();
    Some(NewGrant { product: gift.product, plan: gift.plan, units: units?, until: until?, note })
}

pub(crate) async fn give(visit: Visit, Path((who, account)): Path<(String, i64)>, typed: Typed) -> Turn {
    let whose = pair(&visit, who, account).await?;
    let mut complaints = Complaints::none();
    if let Some(grant) = read(&visit, &whose.1, &typed, &mut complaints) {
        let (id, key, name) = (whose.1.id, typed.once("give-units"), grant.plan.clone());
        match visit.ask(move |office, actor| office.grant_units(actor, id, grant, key)).await {
            Ok(()) => {
                let words = format!("{} has more of {name} now.", whose.1.label);
                return Ok(visit.done(&path(&whose.0, "/accounts"), words));
            }
            Err(error) => complaints = Complaints::from_office(error)?,
        }
    }
    Ok(sheet::again(give_page(&visit, &whose, &typed, &complaints)))
}
