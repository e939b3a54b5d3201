//! "Why this amount": a record retold as a list of sentences, in the drawer or on a page of its own.

use axum::extract::Path;
use charging::{ChargeSoFar, RowId, XdrKind};
use money::Currency;
use office::{ExplanationLine, Link, XdrView};
use web_kit::{Card, Facts, Markup, PageHead, Partial, Reasons, StaffSection, Weight, el, link};

use crate::visit::{Page, Visit};

/// The page a line of text is about.
pub(crate) fn address(visit: &Visit, to: &Link) -> String {
    visit.url(&to.staff_path())
}

pub(crate) async fn show(visit: Visit, Path(id): Path<i64>, partial: Partial) -> Page {
    let told = visit
        .ask(move |office, _| {
            let xdr = office.xdr(RowId(id))?;
            let lines = office.explain(&xdr)?;
            let (so_far, currency) = (office.charge_so_far(&xdr)?, office.currency_of(xdr.xdr.customer)?);
            Ok((xdr, lines, so_far, currency))
        })
        .await?;
    let (xdr, lines, so_far, currency) = told;
    let back = refund_part(&visit, &xdr, so_far, currency);
    let told = web_kit::stack(Markup::from(reasons(&visit, &xdr, &lines, currency)).with(back));
    let amount = visit.money(xdr.xdr.amount, currency);
    let title = Markup::text("Why ").with(amount);
    if partial.0 {
        return Ok(Markup::from(el("h2").child(title)).with(about(&visit, &xdr)).with(told));
    }
    let head = PageHead::new(title)
        .crumb("Customers", visit.url("/customers"))
        .crumb(xdr.customer_name.as_str(), visit.url(&format!("/customers/{}", xdr.xdr.customer)))
        .crumb("Usage", visit.url(&format!("/customers/{}/usage", xdr.xdr.customer)))
        .subtitle(about(&visit, &xdr));
    let body = Markup::new()
        .with(head)
        .with(web_kit::split(Card::new("How the amount came about").child(told), record(&visit, &xdr)));
    Ok(visit.page("Why this amount", StaffSection::Customers, body))
}

fn about(visit: &Visit, xdr: &XdrView) -> Markup {
    let what = what(xdr);
    el("p")
        .class("muted-ink")
        .child(format!("{what}, "))
        .child(visit.when(xdr.xdr.started_at).seconds())
        .into()
}

/// What was used or bought, for people.
pub(crate) fn what(xdr: &XdrView) -> String {
    let record = &xdr.xdr;
    let service = xdr.service.as_ref().map_or("", |service| service.name.as_str());
    match (record.description.is_empty(), record.destination.is_empty()) {
        (false, _) if service.is_empty() || record.description == service => record.description.clone(),
        (false, _) => format!("{service}: {}", record.description),
        (true, false) => match record.explanation.dialled() {
            Some(dialled) => format!("{service} to {} ({})", dialled.number, record.destination),
            None => format!("{service} to {}", record.destination),
        },
        (true, true) => service.to_owned(),
    }
}

/// The sentences. What stands before the colon (or the comma) leads to the page it is about.
fn reasons(visit: &Visit, xdr: &XdrView, lines: &[ExplanationLine], currency: Currency) -> Reasons {
    // The amount itself stands below the steps.
    let told = lines.iter().filter(|line| !line.text.starts_with("Amount:"));
    let steps = told.fold(Reasons::new(), |reasons, line| {
        let end = line.text.find(": ").or_else(|| line.text.find(", ")).unwrap_or(line.text.len());
        let (what, rest) = line.text.split_at_checked(end).unwrap_or((&line.text, ""));
        let what = match &line.link {
            Some(to) => link(address(visit, to), what),
            None => el("strong").child(what).into(),
        };
        reasons.step(what.with(rest), "")
    });
    steps.outcome(visit.money(xdr.xdr.amount, currency))
}

/// What was given back of it so far, and the way to give more.
fn refund_part(
    visit: &Visit,
    xdr: &XdrView,
    so_far: Option<ChargeSoFar>,
    currency: Currency,
) -> Option<Markup> {
    let so_far = so_far?;
    let returned = so_far.returned.is_positive().then(|| {
        let of = visit.money(so_far.rated, currency);
        let words = Markup::from(visit.money(so_far.returned, currency)).with(" of ").with(of);
        el("p").child(words.with(" was given back."))
    });
    let offer = so_far.left().is_positive().then(|| crate::pages::refund::offer(visit, xdr)).flatten();
    let offer = offer.map(|_| {
        let path = visit.url(&format!("/xdrs/{}/refund", xdr.xdr.id));
        el("div").class("actions").child(web_kit::button_link(Weight::Plain, &path, "Refund"))
    });
    Some(Markup::from(returned).with(offer))
}

/// When it happened; a fee when it was booked, so that lists are in the order of time.
pub(crate) fn moment(xdr: &XdrView) -> calendar::Instant {
    if xdr.xdr.kind == XdrKind::RecurringFee { xdr.xdr.posted_at } else { xdr.xdr.started_at }
}

/// Whether the reference of a record names another record.
fn of_another(kind: XdrKind) -> bool {
    matches!(kind, XdrKind::Refund | XdrKind::Correction | XdrKind::Wholesale)
}

/// The purchase number, or the way to the record that this one is about.
fn reference_of(visit: &Visit, kind: XdrKind, reference: &str) -> Markup {
    if of_another(kind) {
        link(visit.url(&format!("/xdrs/{reference}")), format!("record {reference}"))
    } else {
        Markup::text(reference)
    }
}

fn record(visit: &Visit, xdr: &XdrView) -> Card {
    let record = &xdr.xdr;
    let period = match record.period_number {
        charging::NOT_INVOICED => Markup::text("on no invoice"),
        number => Markup::from(number),
    };
    let named = record.reference.as_deref().map(|reference| reference_of(visit, record.kind, reference));
    let reference = if of_another(record.kind) { "Belongs to" } else { "Purchase number" };
    let facts = Facts::new()
        .fact("Kind", crate::words::xdr_kind(record.kind))
        .fact(
            "Customer",
            link(visit.url(&format!("/customers/{}", record.customer)), xdr.customer_name.as_str()),
        )
        .fact("Account", xdr.account_label.as_str())
        .fact("Service", xdr.service.as_ref().map(|service| service.name.clone()))
        .fact("Dialled", record.explanation.dialled().map(|dialled| dialled.number.clone()))
        .fact("Destination or item", record.destination.as_str())
        .fact("Quantity", crate::words::measured(record))
        .fact("From", visit.when(record.started_at).seconds())
        .fact("To", visit.when(record.ended_at).seconds())
        .fact("Booked", visit.when(record.posted_at).seconds())
        .fact("Billing period", period)
        .fact(reference, named)
        .fact("Record number", record.id.0);
    Card::new("The record").child(facts)
}
