//! "Why this amount": a record of the subscriber retold as a list of sentences, in the drawer or on a page of its own.

use axum::extract::Path;
use charging::RowId;
use office::OfficeError;
use web_kit::{Card, Markup, PageHead, Partial, Reasons, SelfCareSection, el};

use crate::visit::{Page, Visit};
use crate::words::{moment, what};

pub(crate) async fn show(visit: Visit, Path(id): Path<i64>, partial: Partial) -> Page {
    let (xdr, lines) = visit
        .ask(move |office, me| {
            let xdr = office.xdr(RowId(id))?;
            if xdr.xdr.customer != me.customer {
                return Err(OfficeError::not_found("record", id));
            }
            let lines = office.explain(&xdr)?;
            Ok((xdr, lines))
        })
        .await?;
    let zone = visit.zone().await?;
    let catalog = visit.office().catalog();
    let kind = xdr.xdr.service.and_then(|id| catalog.service_by_id(id)).map(|service| service.kind);
    let title = Markup::text("Why ").with(visit.money(xdr.xdr.amount));
    let about = Markup::text(format!("{}, ", what(&xdr, kind))).with(moment(xdr.xdr.started_at, &zone));
    let steps = lines.iter().fold(Reasons::new(), |reasons, line| reasons.step(line.text.as_str(), ""));
    let reasons = steps.outcome(visit.money(xdr.xdr.amount));
    if partial.0 {
        let head = Markup::from(el("h2").child(title)).with(el("p").class("muted-ink").child(about));
        return Ok(head.with(reasons));
    }
    let head = PageHead::new(title).crumb("Usage", "/usage").subtitle(about);
    let card = Card::new("How the amount came about").child(reasons);
    Ok(visit.page("Why this amount", SelfCareSection::Usage, Markup::new().with(head).with(card)))
}
