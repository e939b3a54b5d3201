//! "Why this amount": a record of the subscriber retold in plain sentences, in the drawer or on a page of its own.

use axum::extract::Path;
use calendar::BillingZone;
use charging::{Explanation, RowId};
use office::OfficeError;
use web_kit::{Card, Markup, PageHead, Partial, Reasons, SelfCareSection, el};

use crate::plain_reasons::plain_reasons;
use crate::visit::{Page, Visit};
use crate::words::{moment, what};

pub(crate) async fn show(visit: Visit, Path(id): Path<i64>, partial: Partial) -> Page {
    let (xdr, catalog) = visit
        .ask(move |office, me| {
            let xdr = office.xdr(RowId(id))?;
            if xdr.xdr.customer != me.customer {
                return Err(OfficeError::not_found("record", id));
            }
            let version = match &xdr.xdr.explanation {
                Explanation::Rated { version, .. } | Explanation::Unpriced { version, .. } => *version,
                _ => office.catalog().version(),
            };
            Ok((xdr, office.catalog_version(version)?))
        })
        .await?;
    let zone = visit.zone().await?;
    let days = BillingZone::named(&zone).unwrap_or_else(|_| BillingZone::utc());
    let kind = xdr.xdr.service.and_then(|id| catalog.service_by_id(id)).map(|service| service.kind);
    let title = Markup::text("Why ").with(visit.money(xdr.xdr.amount));
    let about = Markup::text(format!("{}, ", what(&xdr, kind))).with(moment(xdr.xdr.started_at, &zone));
    let told = plain_reasons(&xdr.xdr, (&catalog, visit.currency()), &days);
    let steps = told.iter().fold(Reasons::new(), |reasons, reason| {
        let amount = reason.amount.map_or_else(Markup::new, |amount| Markup::new().with(visit.money(amount)));
        reasons.step(reason.words.as_str(), amount)
    });
    let reasons = steps.outcome(visit.money(xdr.xdr.amount));
    if partial.0 {
        let head = Markup::from(el("h2").child(title)).with(el("p").class("muted-ink").child(about));
        return Ok(head.with(reasons));
    }
    let head = PageHead::new(title).crumb("Usage", "/usage").subtitle(about);
    let card = Card::new("How the amount came about").child(reasons);
    Ok(visit.page("Why this amount", SelfCareSection::Usage, Markup::new().with(head).with(card)))
}
