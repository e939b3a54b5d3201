//! Reratings: terms, pages of differences, and how far booking has come.

use crate::wire::{Id, Money, Time};
use ::money::Currency;
use catalog::CatalogVersion;
use office::{ReratedCharge, ReratingPage, ReratingState, ReratingTerms, ReratingView};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What is priced anew, and how.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TermsBody {
    /// Use that began at or after this.
    pub from: Time,
    /// Use that began before this.
    pub to: Time,
    /// Only of this customer; without it, of everybody.
    pub customer: Option<Id>,
    /// Only charges that the rating entry of this product decided, by code.
    pub product: Option<String>,
    /// Only charges under this tariff, by code.
    pub tariff: Option<String>,
    /// Code of the tariff that prices them instead; without it the same one, as the catalog version has it. Without `tariff`, everything
    /// is priced by the rating entries of the catalog version.
    pub becomes: Option<String>,
    /// The catalog version that should have been used; without it, the one in force.
    pub version: Option<u32>,
}

impl TermsBody {
    pub(crate) fn form(self) -> ReratingTerms {
        ReratingTerms {
            from: self.from.0,
            to: self.to.0,
            customer: self.customer.map(Id::customer),
            product: self.product,
            tariff: self.tariff,
            becomes: self.becomes,
            version: self.version.map(CatalogVersion),
        }
    }
}

impl From<ReratingTerms> for TermsBody {
    fn from(terms: ReratingTerms) -> Self {
        Self {
            from: terms.from.into(),
            to: terms.to.into(),
            customer: terms.customer.map(Id::from),
            product: terms.product,
            tariff: terms.tariff,
            becomes: terms.becomes,
            version: terms.version.map(|version| version.0),
        }
    }
}

/// A preview to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewBody {
    /// What is priced anew, and how.
    pub terms: TermsBody,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A rerating to book.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReratingBody {
    /// Its name; customers see it with their corrections.
    #[schema(example = "Calls of June")]
    pub name: String,
    /// What is priced anew, and how.
    pub terms: TermsBody,
}

/// A charge that would be another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DifferenceBody {
    /// The charge.
    pub xdr: Id,
    /// Whose.
    pub customer: Id,
    /// The account, if one used.
    pub account: Option<Id>,
    /// Use began then.
    pub started_at: Time,
    /// Words for people.
    pub description: String,
    /// What it is rated at now.
    pub was: Money,
    /// What it would be.
    pub becomes: Money,
    /// Currency code.
    pub currency: String,
    /// Why, in sentences.
    pub why: Vec<String>,
}

impl From<ReratedCharge> for DifferenceBody {
    fn from(row: ReratedCharge) -> Self {
        let xdr = row.charge.xdr;
        Self {
            xdr: xdr.id.into(),
            customer: xdr.customer.into(),
            account: xdr.account.map(Id::from),
            started_at: xdr.started_at.into(),
            description: xdr.description,
            was: Money::of(row.was, row.currency),
            becomes: Money::of(row.becomes, row.currency),
            currency: row.currency.code().to_owned(),
            why: row.why.into_iter().map(|line| line.text).collect(),
        }
    }
}

/// A page of what a rerating would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewPageBody {
    /// Charges that would change, customer by customer.
    pub items: Vec<DifferenceBody>,
    /// What customers would pay in addition on this page, by currency; negative = they would get back.
    #[schema(value_type = BTreeMap<String, String>)]
    pub totals: BTreeMap<String, Money>,
    /// Charges that would stay.
    pub same: u64,
    /// Charges that cannot be priced so; they stay.
    pub unpriced: u64,
    /// Charges that are too old to be corrected; they stay.
    pub too_old: u64,
    /// Gives the next page; null = everything was looked at. A page may be empty and have a next one.
    pub next_cursor: Option<String>,
}

impl From<ReratingPage> for PreviewPageBody {
    fn from(page: ReratingPage) -> Self {
        let total = |(code, amount): (&str, _)| {
            let currency = Currency::parse(code).ok()?;
            Some((code.to_owned(), Money::of(amount, currency)))
        };
        Self {
            totals: page.totals.into_iter().filter_map(total).collect(),
            items: page.rows.into_iter().map(DifferenceBody::from).collect(),
            same: page.same,
            unpriced: page.unpriced,
            too_old: page.too_old,
            next_cursor: page.next,
        }
    }
}

/// A rerating that is booked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReratingBody {
    /// Its name.
    pub name: String,
    /// What is priced anew, and how.
    pub terms: TermsBody,
    /// Begun then.
    pub begun_at: Time,
    /// By whom.
    pub begun_by: String,
    /// Nothing is left since then; null = it goes on by itself.
    pub finished_at: Option<Time>,
    /// So many percent of the customers were gone through.
    pub percent: u8,
    /// What was booked so far, by currency.
    pub booked: Vec<BookedSumBody>,
    /// Parts that were refused; the audit tells which and why.
    pub refused: u64,
}

/// What a rerating booked in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BookedSumBody {
    /// Currency code.
    pub currency: String,
    /// Charges corrected.
    pub charges: u64,
    /// What customers pay in addition; negative = they got back.
    pub total: Money,
}

impl From<ReratingView> for ReratingBody {
    fn from(view: ReratingView) -> Self {
        let (percent, finished_at) = match view.state {
            ReratingState::Running(percent) => (percent, None),
            ReratingState::Finished(at) => (100, Some(at.into())),
        };
        let booked = view.booked.into_iter().map(|sum| BookedSumBody {
            currency: sum.currency.code().to_owned(),
            charges: sum.charges,
            total: Money::of(sum.total, sum.currency),
        });
        Self {
            name: view.name,
            terms: view.terms.into(),
            begun_at: view.begun_at.into(),
            begun_by: view.begun_by,
            finished_at,
            percent,
            booked: booked.collect(),
            refused: view.refused,
        }
    }
}
