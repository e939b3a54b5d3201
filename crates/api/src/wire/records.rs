//! Purchases, xDRs, the timeline, search.

use crate::wire::{Id, Money, Time, units, word};
use ::money::Currency;
use charging::ChargeSoFar;
use office::{
    Balance, ExplanationLine, Link, Priced, Purchase, Purchased, SearchGroup, TimelineEntry, Who, XdrView,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Finds an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindBy {
    /// `user`, `msisdn`, `imsi`, `mac`, `ip` or `card`; without it all are tried.
    #[schema(example = "msisdn")]
    pub realm: Option<String>,
    /// Value in any usual spelling.
    #[schema(example = "+1 207 555 0142")]
    pub value: String,
}

/// Something to be charged at once. `account` or `identifier` is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChargeBody {
    /// Who buys, by id.
    pub account: Option<Id>,
    /// Who buys, by identifier.
    pub identifier: Option<FindBy>,
    /// Service code.
    #[schema(example = "vod")]
    pub service: String,
    /// Item, number or code; decides the price where prices differ.
    #[serde(default)]
    #[schema(example = "FILM-4711")]
    pub item: String,
    /// How many units of the service; 1 without it.
    #[schema(example = 1, minimum = 1)]
    pub units: Option<u64>,
    /// Words for people: a film's title.
    #[serde(default)]
    #[schema(example = "The General")]
    pub description: String,
    /// Purchase number of the asking system: the same number is charged once per customer, whatever the Idempotency-Key.
    #[schema(example = "VOD-2026-000123")]
    pub reference: Option<String>,
    /// When it was bought; now without it.
    pub at: Option<Time>,
}

/// What this channel is called in xDRs and rating entries.
const CHANNEL: &str = "api";

impl ChargeBody {
    /// The purchase, when it says who buys.
    pub(crate) fn purchase(self) -> Result<Purchase, &'static str> {
        Ok(Purchase {
            who: who(self.account, self.identifier)?,
            service: self.service,
            item: self.item,
            units: self.units.unwrap_or(1),
            description: self.description,
            reference: self.reference,
            at: self.at.map(|time| time.0),
            channel: CHANNEL.to_owned(),
        })
    }
}

/// One of the two ways to say who.
fn who(account: Option<Id>, identifier: Option<FindBy>) -> Result<Who, &'static str> {
    match (account, identifier) {
        (Some(account), None) => Ok(Who::Account(account.row())),
        (None, Some(FindBy { realm, value })) => Ok(Who::Identifier { realm, value }),
        (Some(_), Some(_)) => Err("give account or identifier, not both"),
        (None, None) => Err("give account or identifier: who buys?"),
    }
}

/// Could this be paid? `account` or `identifier` is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BalanceCheck {
    /// Who, by id.
    pub account: Option<Id>,
    /// Who, by identifier.
    pub identifier: Option<FindBy>,
    /// The sum; without it only what is there is told.
    pub amount: Option<Money>,
}

impl BalanceCheck {
    /// Whose balance, when it is said.
    pub(crate) fn who(self) -> Result<Who, &'static str> {
        who(self.account, self.identifier)
    }
}

/// What could be spent now, of the balance that pays for the account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BalanceChecked {
    /// Whose.
    pub customer: Id,
    /// The account.
    pub account: Option<Id>,
    /// Currency code.
    pub currency: String,
    /// Whether the sum could be paid now.
    pub enough: bool,
    /// Money held with us; negative = owed.
    pub balance: Money,
    /// Locked for running sessions.
    pub reserved: Money,
    /// Available funds; null = no limit.
    pub available: Option<Money>,
}

impl BalanceChecked {
    pub(crate) fn of(enough: bool, balance: &Balance) -> Self {
        let money = |amount| Money::of(amount, balance.currency);
        Self {
            customer: balance.customer.into(),
            account: balance.account.map(Id::from),
            currency: balance.currency.code().to_owned(),
            enough,
            balance: money(balance.balance),
            reserved: money(balance.reserved),
            available: Money::limited(balance.available, balance.currency),
        }
    }
}

/// What was charged.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Charged {
    /// The transaction record; it explains the amount.
    pub xdr: Id,
    /// Who pays.
    pub customer: Id,
    /// Who bought.
    pub account: Id,
    /// What was charged.
    pub amount: Money,
    /// Currency code.
    pub currency: String,
    /// Available funds afterwards; null = no limit.
    pub available: Option<Money>,
    /// The reference had been charged before; nothing was charged now.
    pub repeated: bool,
}

impl From<Purchased> for Charged {
    fn from(made: Purchased) -> Self {
        Self {
            xdr: made.xdr.into(),
            customer: made.customer.into(),
            account: made.account.into(),
            amount: Money::of(made.amount, made.currency),
            currency: made.currency.code().to_owned(),
            available: Money::limited(made.available, made.currency),
            repeated: made.repeated,
        }
    }
}

/// What a purchase would cost.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PriceBody {
    /// Who would pay.
    pub customer: Id,
    /// Who would buy.
    pub account: Id,
    /// The price, included units left aside.
    pub amount: Money,
    /// Currency code.
    pub currency: String,
    /// Available funds now; null = no limit.
    pub available: Option<Money>,
    /// Whether they suffice and nothing else stands in the way.
    pub enough: bool,
    /// The number that would be called, where dialing rules change the item; null otherwise.
    pub called: Option<String>,
}

impl From<Priced> for PriceBody {
    fn from(priced: Priced) -> Self {
        Self {
            customer: priced.customer.into(),
            account: priced.account.into(),
            amount: Money::of(priced.amount, priced.currency),
            currency: priced.currency.code().to_owned(),
            available: Money::limited(priced.available, priced.currency),
            enough: priced.enough,
            called: priced.called,
        }
    }
}

/// Something a sentence is about, with its place in the API where it has one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkBody {
    /// `customer`, `account`, `xdr`, `invoice`, `product`, `tariff`, `node` or `delivery`.
    pub kind: String,
    /// Its number, code or name.
    pub id: String,
}

impl From<&Link> for LinkBody {
    fn from(link: &Link) -> Self {
        let (kind, id) = match link {
            Link::Customer { number } => ("customer", number.clone()),
            Link::Account { account, .. } => ("account", account.to_string()),
            Link::Xdr { id } => ("xdr", id.to_string()),
            Link::Invoice { id } => ("invoice", id.to_string()),
            Link::Product { code } => ("product", code.clone()),
            Link::Tariff { code } => ("tariff", code.clone()),
            Link::Node { name } => ("node", name.clone()),
            Link::Delivery { id } => ("delivery", id.to_string()),
        };
        Self { kind: kind.to_owned(), id }
    }
}

/// The transaction record of something rated.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct XdrLine {
    /// Id.
    pub id: Id,
    /// `session`, `event`, `recurring_fee`, `refund`, `correction`, `top_up` or `wholesale`.
    pub kind: String,
    /// Who pays.
    pub customer: Id,
    /// His number for people.
    pub customer_number: String,
    /// Who used.
    pub account: Option<Id>,
    /// The account's label; empty when no account is concerned.
    pub account_label: String,
    /// Service code; null for recurring fees, refunds and corrections.
    pub service: Option<String>,
    /// Code of the product that decided the price.
    pub product: Option<String>,
    /// Billing period it is invoiced in; 0 = on no invoice.
    pub period_number: u32,
    /// Beginning of the use, or of the days a fee is for.
    pub started_at: Time,
    /// End of the use (exclusive for the days of a fee).
    pub ended_at: Time,
    /// Booked then.
    pub posted_at: Time,
    /// How much was used, as decimal text.
    pub units: Id,
    /// `second`, `octet`, `message`, `event` or `money` (millionths); null where nothing was
    /// used: recurring fees (days), refunds, corrections, top-ups.
    pub unit: Option<String>,
    /// Number, APN or item.
    pub destination: String,
    /// What was dialled, where dialing rules changed it to the destination; null otherwise.
    pub dialled: Option<String>,
    /// Words for people.
    pub description: String,
    /// Purchase number of the asking system; for refunds, corrections and wholesale use the record they are about.
    pub reference: Option<String>,
    /// The charge; positive = the customer pays, negative = he gets back.
    pub amount: Money,
    /// Currency code.
    pub currency: String,
}

impl XdrLine {
    pub(crate) fn of(view: XdrView, currency: Currency) -> Self {
        let xdr = view.xdr;
        Self {
            id: xdr.id.into(),
            kind: xdr.kind.name().to_owned(),
            customer: xdr.customer.into(),
            customer_number: view.customer_number,
            account: xdr.account.map(Id::from),
            account_label: view.account_label,
            service: view.service.map(|service| service.code),
            product: view.product.map(|product| product.code),
            period_number: xdr.period_number,
            started_at: xdr.started_at.into(),
            ended_at: xdr.ended_at.into(),
            posted_at: xdr.posted_at.into(),
            units: units(xdr.units),
            unit: xdr.unit.map(|unit| word(&unit)),
            dialled: xdr.explanation.dialled().map(|dialled| dialled.number.clone()),
            destination: xdr.destination,
            description: xdr.description,
            reference: xdr.reference,
            amount: Money::of(xdr.amount, currency),
            currency: currency.code().to_owned(),
        }
    }
}

/// One sentence of "why this amount".
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExplanationBody {
    /// The sentence.
    #[schema(example = "Rate: every destination: 0.01 USD per 1 MB, for each started 1 MB.")]
    pub text: String,
    /// What it is about.
    pub link: Option<LinkBody>,
}

/// A transaction record that explains itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct XdrBody {
    /// The record.
    #[serde(flatten)]
    pub xdr: XdrLine,
    /// Why this amount, in the order in which the charge came about.
    pub explanation: Vec<ExplanationBody>,
    /// Given back of it so far; null for what is no charge, or too old to be given back.
    pub returned: Option<Money>,
    /// What can still be given back; null as above.
    pub refundable: Option<Money>,
}

impl XdrBody {
    pub(crate) fn of(
        view: XdrView,
        lines: Vec<ExplanationLine>,
        so_far: Option<ChargeSoFar>,
        currency: Currency,
    ) -> Self {
        let explanation = lines
            .into_iter()
            .map(|line| ExplanationBody { link: line.link.as_ref().map(LinkBody::from), text: line.text });
        Self {
            explanation: explanation.collect(),
            returned: so_far.map(|so_far| Money::of(so_far.returned, currency)),
            refundable: so_far.map(|so_far| Money::of(so_far.left(), currency)),
            xdr: XdrLine::of(view, currency),
        }
    }
}

/// Something that happened to a customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TimelineBody {
    /// When.
    pub at: Time,
    /// `money`, `network`, `service`, `staff` or `message`.
    pub category: String,
    /// What.
    pub title: String,
    /// More words.
    pub detail: String,
    /// Who did it, when somebody did.
    pub actor: Option<String>,
    /// What it is about.
    pub link: Option<LinkBody>,
}

impl From<TimelineEntry> for TimelineBody {
    fn from(entry: TimelineEntry) -> Self {
        Self {
            at: entry.at.into(),
            category: entry.category.name().to_owned(),
            link: entry.link.as_ref().map(LinkBody::from),
            title: entry.title,
            detail: entry.detail,
            actor: entry.actor,
        }
    }
}

/// Something that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchHitBody {
    /// What it is.
    pub title: String,
    /// Why it was found, and whose it is.
    pub detail: String,
    /// The thing itself.
    pub link: LinkBody,
    /// Its page in the staff portal.
    pub path: String,
}

/// What was found of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchGroupBody {
    /// `Customers`, `Accounts`, `Devices` or `Invoices`.
    pub title: String,
    /// Best first.
    pub hits: Vec<SearchHitBody>,
}

impl From<SearchGroup> for SearchGroupBody {
    fn from(group: SearchGroup) -> Self {
        let hits = group.hits.into_iter().map(|hit| SearchHitBody {
            link: LinkBody::from(&hit.link),
            title: hit.title,
            detail: hit.detail,
            path: hit.url_path,
        });
        Self { title: group.title.to_owned(), hits: hits.collect() }
    }
}
