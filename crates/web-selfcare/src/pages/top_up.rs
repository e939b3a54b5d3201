//! Filling a wallet: its options with what they cost and until when all of it is then good, and buying one.

use axum::extract::Path;
use calendar::Seconds;
use catalog::TopUpOption;
use charging::{CustomerStatus, RowId};
use office::{AccountStatus, AccountView, CustomerView, NewTopUp, OfficeError, WalletView};
use web_kit::{
    Card, EmptyState, Facts, Flash, Icon, Markup, PageHead, SelfCareSection, Weight, button_link, count, el,
    see_other,
};

use super::standing::notice;
use crate::fault::Fault;
use crate::typed::{Complaints, Typed, once_form};
use crate::visit::{Page, Turn, Visit};
use crate::words::day;

const TOP_UP: &str = "/top-up";

/// So much of a wallet, as it counts.
fn content(visit: &Visit, wallet: &WalletView, units: u64) -> Markup {
    if wallet.money {
        let micros = i64::try_from(units).unwrap_or(i64::MAX);
        return visit.money(money::Amount::from_micros(micros)).into();
    }
    count(units).with(if units == 1 { " unit" } else { " units" })
}

/// One line of the first page: what is in a wallet, until when, and the way to fill it.
pub(crate) fn line(visit: &Visit, wallet: &WalletView, zone: &str) -> Markup {
    let words = content(visit, wallet, wallet.free).with(" left");
    let until = wallet.ends.map(|at| Markup::text("Good until ").with(day(at, zone)).with(". "));
    let fill = (!wallet.options.is_empty()).then(|| web_kit::link(TOP_UP, "Top up"));
    web_kit::UsageBar::unlimited(wallet.name.as_str(), words)
        .icon(Icon::Money)
        .ends(Markup::from(until).with(fill))
        .into()
}

/// The address of an option; the option's code is the last part.
fn address(account: &AccountView, wallet: &WalletView, option: &TopUpOption) -> String {
    let code: String = form_urlencoded::byte_serialize(option.code.as_bytes()).collect();
    let code = code.replace('+', "%20");
    format!("{TOP_UP}/{}/{}/{}/{code}", account.id, wallet.key.product, wallet.key.plan)
}

pub(crate) async fn list(visit: Visit) -> Page {
    let me = visit.me().await?;
    let open = me.live.head.status() == CustomerStatus::Active;
    let head = PageHead::new("Top up").subtitle("Fill what you use up. It is paid from your balance.");
    let mut body = Markup::new().with(notice(&visit, &me.live)).with(head);
    let accounts = me.accounts.iter().filter(|account| account.status != AccountStatus::Terminated);
    let mut any = false;
    for (account, wallet) in accounts.flat_map(|account| account.wallets.iter().map(move |w| (account, w))) {
        any = true;
        let steps = wallet.options.iter().filter(|_| open && account.status == AccountStatus::Active);
        let steps = Markup::join(steps.map(|option| {
            let words = Markup::text("Add ")
                .with(content(&visit, wallet, option.adds(wallet.money)))
                .with(" for ")
                .with(visit.money(option.price));
            button_link(Weight::Plain, &address(account, wallet, option), words)
        }));
        let zone = me.live.head.zone.name();
        let until = wallet.ends.map(|at| Markup::text(", good until ").with(day(at, zone)));
        let left = content(&visit, wallet, wallet.free).with(" left").with(until).with(".");
        let for_account = el("p").class("muted-ink").child(account.label.as_str());
        let parts = Markup::from(el("p").child(left)).with(for_account);
        let parts = parts.with(pays_for(wallet)).with(el("div").class("actions").child(steps));
        body.push(Card::new(wallet.name.as_str()).child(web_kit::stack(parts)));
    }
    if !any {
        let words = "Products with something to fill show it here.";
        body.push(Card::bare().child(EmptyState::new(Icon::Money, "Nothing to top up", words)));
    }
    Ok(visit.page("Top up", SelfCareSection::Shop, body))
}

/// What a wallet pays for: `Calls: 3 units for 1 min`.
fn pays_for(wallet: &WalletView) -> Markup {
    let each = wallet.services.iter().map(|service| {
        let words = Markup::text(service.name.as_str());
        let words = if wallet.money {
            words
        } else {
            let per = crate::words::quantity(service.per, Some(service.unit));
            words.with(": ").with(count(service.takes)).with(" for ").with(per)
        };
        el("li").child(words)
    });
    el("ul").class("muted-ink").children(each).into()
}

/// A wallet of the subscriber with one of its options.
fn chosen<'a>(
    me: &'a CustomerView,
    (account, product, plan, option): &(i64, u32, u8, String),
) -> Result<(&'a AccountView, &'a WalletView, &'a TopUpOption), Fault> {
    let account = me.account(RowId(*account)).ok_or(Fault::Missing)?;
    let wallet = account.wallets.iter().find(|w| (w.key.product.0, w.key.plan) == (*product, *plan));
    let wallet = wallet.ok_or(Fault::Missing)?;
    let option = wallet.options.iter().find(|known| known.code == *option).ok_or(Fault::Missing)?;
    Ok((account, wallet, option))
}

pub(crate) async fn confirm(visit: Visit, Path(path): Path<(i64, u32, u8, String)>) -> Page {
    let me = visit.me().await?;
    let (account, wallet, option) = chosen(&me, &path)?;
    let (head, now) = (&me.live.head, visit.now());
    let until = now.plus(Seconds(u64::from(option.days) * 86_400));
    let until = wallet.ends.map_or(until, |ends| ends.max(until));
    let adds = option.adds(wallet.money);
    let after = content(&visit, wallet, wallet.free.saturating_add(adds));
    let facts = Facts::new()
        .fact("For", account.label.as_str())
        .fact("You get", content(&visit, wallet, adds))
        .fact("To pay now, from your balance", el("strong").child(visit.money(option.price)))
        .fact("Then you have", after)
        .fact("All of it good until", day(until, head.zone.name()));
    let form = once_form(&visit, &address(account, wallet, option))
        .submit(format!("Top up {}", wallet.name))
        .beside(button_link(Weight::Quiet, TOP_UP, "Cancel"));
    let title = format!("Top up {}?", wallet.name);
    let body = Markup::new()
        .with(notice(&visit, &me.live))
        .with(PageHead::new(title.as_str()).crumb("Top up", TOP_UP))
        .with(Card::bare().child(web_kit::stack(Markup::from(facts).with(form))));
    Ok(visit.page(&title, SelfCareSection::Shop, body))
}

pub(crate) async fn buy(visit: Visit, Path(path): Path<(i64, u32, u8, String)>, typed: Typed) -> Turn {
    let me = visit.me().await?;
    let (account, wallet, option) = chosen(&me, &path)?;
    let number = account.id;
    let form = NewTopUp {
        product: wallet.product_code.clone(),
        wallet: wallet.name.clone(),
        option: option.code.clone(),
    };
    let what = format!("top-up:{number}:{}:{}:{}", wallet.key.product, wallet.key.plan, option.code);
    let key = typed.once(&what).ok_or(Fault::Form)?;
    let bought = visit.ask(move |office, me| office.top_up(&me.actor(), number, &form, Some(key))).await;
    match bought {
        Ok(made) => {
            let words = Markup::text(format!("{} is filled: ", made.wallet.name))
                .with(content(&visit, &made.wallet, made.wallet.free))
                .with(" left.");
            Ok(visit.done(TOP_UP, words))
        }
        Err(OfficeError::Conflict(_)) => {
            visit.tell(Flash::note("Your top-up is being booked."));
            Ok(see_other(TOP_UP))
        }
        Err(error) => {
            for flash in Complaints::from_office(error)?.beyond(&[]) {
                visit.tell(flash);
            }
            Ok(see_other(TOP_UP))
        }
    }
}
