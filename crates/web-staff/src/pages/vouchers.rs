//! Vouchers: the batches, one batch with its codes' only download, looking a voucher up, revoking one or the rest of a batch.
//!
//! Codes are typed into forms and never stand in an address. Making a batch is in `voucher_making`.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use office::{OfficeError, SecretText, VoucherBatch, VoucherStanding, VoucherView};
use web_kit::{
    Card, Column, EmptyState, Facts, Field, Flash, Icon, Markup, PageHead, Row, StaffSection, Table,
    TableState, Tone, Weight, button, button_link, chip, count, el, link,
};

use crate::gate::LOOK_UP;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// Where the batches are.
pub(crate) const VOUCHERS: &str = "/money/vouchers";

/// The path of a page of a batch.
fn path(batch: i64, rest: &str) -> String {
    format!("{VOUCHERS}/{batch}{rest}")
}

/// A form's field for a code.
pub(crate) fn code_field(sheet: &Sheet<'_>) -> Field {
    sheet
        .text("code", "Code")
        .required()
        .attr("autocomplete", "off")
        .attr("autocapitalize", "characters")
        .attr("spellcheck", "false")
        .attr("placeholder", "ABCD-EFGH-JKMN-PQRS")
}

/// What is wrong with a code stands beside it.
pub(crate) fn code_complaints(error: OfficeError) -> Result<Complaints, crate::fault::Fault> {
    Ok(Complaints::from_office(error)?.renamed(&[(String::new(), "code".to_owned())]))
}

pub(crate) fn standing(standing: VoucherStanding) -> Markup {
    match standing {
        VoucherStanding::Free => chip(Tone::Good, "Free"),
        VoucherStanding::Expired => chip(Tone::Neutral, "Expired"),
        VoucherStanding::Claimed => chip(Tone::Busy, "Being redeemed"),
        VoucherStanding::Redeemed => chip(Tone::Neutral, "Redeemed"),
        VoucherStanding::Revoked => chip(Tone::Bad, "Revoked"),
    }
}

fn good_until(visit: &Visit, at: Option<calendar::Instant>) -> Markup {
    at.map_or_else(|| Markup::text("no end"), |at| Markup::from(visit.when(at)))
}

fn row(visit: &Visit, batch: &VoucherBatch) -> Row {
    let over = batch.expires_at.is_some_and(|at| at <= visit.now());
    let row = Row::new()
        .opens(visit.url(&path(batch.id, "")))
        .cell(batch.name.as_str())
        .cell(visit.money(batch.amount, batch.currency))
        .cell(count(batch.count()))
        .cell(count(batch.free))
        .cell(count(batch.redeemed))
        .cell(count(batch.revoked))
        .cell(good_until(visit, batch.expires_at))
        .cell(visit.day(batch.created_at));
    if over || batch.free + batch.claimed == 0 { row.muted() } else { row }
}

pub(crate) async fn list(visit: Visit, state: TableState) -> Page {
    list_page(&visit, &state, &Typed::default(), &Complaints::none()).await
}

async fn list_page(visit: &Visit, state: &TableState, typed: &Typed, complaints: &Complaints) -> Page {
    let cursor = state.after().map(str::to_owned);
    let page = visit.ask(move |office, _| office.voucher_batches(cursor.as_deref(), 0)).await?;
    let new = visit.url(&format!("{VOUCHERS}/new"));
    let mut empty = EmptyState::new(
        Icon::Gift,
        "No vouchers yet",
        "Vouchers are sold as codes and redeemed once, here, in self-care or over the API. They are made in batches of the same worth.",
    );
    if visit.may_change() {
        empty = empty.step(button_link(Weight::Primary, &new, "Make vouchers"));
    }
    let table = Table::new("Batches of vouchers", state)
        .column(Column::text("name", "Batch"))
        .column(Column::figure("amount", "Worth each"))
        .column(Column::figure("count", "Vouchers"))
        .column(Column::figure("free", "Free"))
        .column(Column::figure("redeemed", "Redeemed"))
        .column(Column::figure("revoked", "Revoked").minor())
        .column(Column::text("until", "Good until"))
        .column(Column::text("made", "Made").minor())
        .rows(page.items.iter().map(|batch| row(visit, batch)))
        .pages(page.next)
        .empty(empty);
    let mut side = Markup::from(look_up_card(visit, typed, complaints));
    if visit.may_change() {
        let words = "The codes are shown to nobody but you, once: they are downloaded as a file when the batch is made.";
        let make = button_link(Weight::Plain, &new, Markup::from(Icon::Plus).with("Make vouchers"));
        let parts = Markup::from(el("p").class("muted-ink").child(words)).with(make);
        side.push(Card::new("New batch").child(web_kit::stack(parts)));
    }
    let body = crate::pages::invoices::head(visit, "vouchers")
        .with(web_kit::split(Card::bare().flush().child(table), side));
    Ok(visit.page("Vouchers", StaffSection::Money, body))
}

fn look_up_card(visit: &Visit, typed: &Typed, complaints: &Complaints) -> Card {
    let sheet = Sheet::new(typed, complaints);
    let form = sheet::form(visit, LOOK_UP)
        .field(code_field(&sheet).help("As the customer reads it out. A slip in it is told as such."))
        .submit("Look up");
    Card::new("Look a voucher up").child(sheet.beyond(&["code"])).child(form)
}

/// The voucher of a typed code: a form, because codes stand in no address.
pub(crate) async fn find(visit: Visit, state: TableState, typed: Typed) -> Turn {
    let code = SecretText::from(typed.get("code"));
    match visit.ask(move |office, actor| office.find_voucher(actor, &code)).await {
        Ok(voucher) => Ok(voucher_page(&visit, &voucher, typed.get("code")).into_response()),
        Err(error) => {
            let complaints = code_complaints(error)?;
            let page = list_page(&visit, &state, &typed, &complaints).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn voucher_facts(visit: &Visit, voucher: &VoucherView) -> Facts {
    let who = voucher.customer.as_ref().map(|(id, number, name)| {
        link(visit.url(&format!("/customers/{id}")), name.as_str()).with(format!(", {number}"))
    });
    let when = match voucher.standing {
        VoucherStanding::Claimed => "Being redeemed since",
        VoucherStanding::Revoked => "Revoked",
        VoucherStanding::Free | VoucherStanding::Expired | VoucherStanding::Redeemed => "Redeemed",
    };
    let changed = voucher
        .changed_at
        .filter(|_| !matches!(voucher.standing, VoucherStanding::Free | VoucherStanding::Expired));
    let entry = voucher.entry.map(|id| link(visit.url(&format!("/money/ledger/{id}")), "Ledger entry"));
    let own = voucher.account.map(|_| "the account's own balance");
    Facts::new()
        .fact("Worth", visit.money(voucher.amount, voucher.currency))
        .fact("Good until", good_until(visit, voucher.expires_at))
        .fact("Batch", link(visit.url(&path(voucher.batch, "")), voucher.batch_name.as_str()))
        .fact("Customer", who)
        .fact("Credited to", own.map(Markup::text))
        .fact(when, changed.map(|at| Markup::from(visit.when(at).seconds())))
        .fact("Booked as", entry)
}

fn head(visit: &Visit, title: &str) -> PageHead {
    PageHead::new(title).crumb("Money", visit.url("/money")).crumb("Vouchers", visit.url(VOUCHERS))
}

fn voucher_page(visit: &Visit, voucher: &VoucherView, code: &str) -> Markup {
    let mut card = Card::bare().child(voucher_facts(visit, voucher));
    let open = matches!(voucher.standing, VoucherStanding::Free | VoucherStanding::Expired);
    if open && visit.may_change() {
        let revoke = button(Weight::Danger, "Revoke this voucher…");
        card = card.child(sheet::press(visit, &format!("{VOUCHERS}/revoke"), &[("code", code)], revoke));
    }
    let head = head(visit, "Voucher").beside(standing(voucher.standing));
    visit.page("Voucher", StaffSection::Money, Markup::new().with(head).with(card))
}

/// First names what will happen, then revokes.
pub(crate) async fn revoke(visit: Visit, typed: Typed) -> Turn {
    let (code, confirmed) = (SecretText::from(typed.get("code")), typed.get("confirmed") == "yes");
    let voucher =
        visit
            .ask(move |office, actor| {
                if confirmed {
                    office.revoke_voucher(actor, &code)
                } else {
                    office.find_voucher(actor, &code)
                }
            })
            .await?;
    if confirmed {
        return Ok(
            visit.done(&path(voucher.batch, ""), "The voucher was revoked. Nobody can redeem it any more.")
        );
    }
    let words =
        Markup::text("Nobody can redeem it any more, and this cannot be undone. Whoever paid for it loses ")
            .with(visit.money(voucher.amount, voucher.currency))
            .with(" unless you give him another one.");
    let form = sheet::form(&visit, &format!("{VOUCHERS}/revoke"))
        .hidden("code", typed.get("code"))
        .hidden("confirmed", "yes")
        .danger()
        .submit("Revoke this voucher")
        .beside(button_link(Weight::Plain, &visit.url(VOUCHERS), "Leave it as it is"));
    let card =
        Card::new("This will happen").child(web_kit::stack(Markup::from(el("p").child(words)).with(form)));
    let body = Markup::new()
        .with(head(&visit, "Revoke a voucher").beside(standing(voucher.standing)))
        .with(web_kit::split(card, Card::new("The voucher").child(voucher_facts(&visit, &voucher))));
    Ok(visit.page("Revoke a voucher", StaffSection::Money, body).into_response())
}

pub(crate) async fn batch(visit: Visit, Path(id): Path<i64>) -> Page {
    let batch = visit.ask(move |office, _| office.voucher_batch(id)).await?;
    Ok(batch_page(&visit, &batch))
}

fn batch_page(visit: &Visit, batch: &VoucherBatch) -> Markup {
    let waits = visit.portal().fresh_codes.wait_until(visit.session(), batch.id, visit.now());
    let download = waits.map(|until| {
        let words = Markup::text("They are kept nowhere. Download them before ")
            .with(visit.when(until))
            .with("; afterwards nobody can tell them, and the batch would have to be revoked and made anew.");
        let press = button(Weight::Primary, Markup::from(Icon::Download).with("Download the codes, once"));
        let press = sheet::press(visit, &path(batch.id, "/codes.csv"), &[], press);
        Card::new("The codes").child(web_kit::stack(Markup::from(Flash::warn(words)).with(press)))
    });
    let over = batch.expires_at.is_some_and(|at| at <= visit.now());
    let free = if over { "Not redeemed in time" } else { "Free" };
    let worth = money::Amount::from_micros(
        batch.amount.micros().saturating_mul(i64::try_from(batch.free).unwrap_or(i64::MAX)),
    );
    let facts = Facts::new()
        .fact("Vouchers", count(batch.count()))
        .fact(free, count(batch.free))
        .fact("Being redeemed", count(batch.claimed))
        .fact("Redeemed", count(batch.redeemed))
        .fact("Revoked", count(batch.revoked))
        .fact("Made", visit.when(batch.created_at).seconds())
        .fact("By", crate::words::actor(&batch.created_by));
    let mut head = head(visit, &batch.name)
        .subtitle(format!("Batch {}", batch.id))
        .fact("Worth each", visit.money(batch.amount, batch.currency))
        .fact("Good until", good_until(visit, batch.expires_at))
        .fact("Still to be redeemed", visit.money(worth, batch.currency));
    if batch.free > 0 && visit.may_change() {
        let to = visit.url(&path(batch.id, "/revoke"));
        head = head.action(button_link(Weight::Danger, &to, "Revoke the rest…"));
    }
    let body = Markup::new()
        .with(head)
        .with(web_kit::stack(Markup::new().with(download).with(Card::new("Counts").child(facts))));
    visit.page(&batch.name, StaffSection::Money, body)
}

/// The codes, once, to who made them.
pub(crate) async fn codes(visit: Visit, Path(id): Path<i64>, _: Typed) -> Turn {
    match visit.portal().fresh_codes.take(visit.session(), id, visit.now()) {
        Some(csv) => {
            let named = format!("attachment; filename=\"vouchers-{id}.csv\"");
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, named),
            ];
            Ok((headers, csv).into_response())
        }
        None => {
            visit.tell(Flash::bad("The codes were given out already, or nobody fetched them in time."));
            Ok(visit.go(&path(id, "")))
        }
    }
}

pub(crate) async fn revoke_rest_form(visit: Visit, Path(id): Path<i64>) -> Page {
    let batch = visit.ask(move |office, _| office.voucher_batch(id)).await?;
    let words = el("ul")
        .child(el("li").child(count(batch.free).with(
            " vouchers that nobody has redeemed are worth nothing from then on. This cannot be undone.",
        )))
        .child(el("li").child("What was redeemed stays with the customers."));
    let form = sheet::form(&visit, &path(id, "/revoke"))
        .danger()
        .submit(format!(
            "Revoke {}",
            crate::words::counted(usize::try_from(batch.free).unwrap_or(usize::MAX), "voucher", "vouchers",)
        ))
        .beside(button_link(Weight::Plain, &visit.url(&path(id, "")), "Leave everything as it is"));
    let card = Card::new("This will happen").child(web_kit::stack(Markup::from(words).with(form)));
    let title = format!("Revoke the rest of {}", batch.name);
    Ok(visit.page(&title, StaffSection::Money, Markup::new().with(head(&visit, &title)).with(card)))
}

pub(crate) async fn revoke_rest(visit: Visit, Path(id): Path<i64>, _: Typed) -> Turn {
    let revoked = visit.ask(move |office, actor| office.revoke_voucher_batch(actor, id)).await?;
    let revoked = usize::try_from(revoked).unwrap_or(usize::MAX);
    let words = format!("{} revoked.", crate::words::counted(revoked, "voucher was", "vouchers were"));
    Ok(visit.done(&path(id, ""), words))
}
