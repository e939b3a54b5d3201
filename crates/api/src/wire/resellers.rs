//! Resellers: who serves whom, and at which terms.

use crate::wire::{Id, Money, Time, word};
use office::{CustomerName, ParkedMessage, RelayCounts, ResaleView, ResellerTerms, ResellerView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Terms of a reseller.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResellerTermsBody {
    /// Code of the product whose rating entries price what his customers use, where their own product names no reseller tariff. Its
    /// currency is the reseller's; null = none.
    #[serde(default)]
    #[schema(example = "wholesale")]
    pub wholesale: Option<String>,
    /// His customers are stopped when no more than this is left of his funds; 0 without it.
    #[serde(default)]
    #[schema(example = "50.00")]
    pub cushion: Option<Money>,
}

impl ResellerTermsBody {
    pub(crate) fn terms(self) -> ResellerTerms {
        let cushion = self.cushion.map(Money::amount).unwrap_or_default();
        ResellerTerms { wholesale: self.wholesale, cushion }
    }
}

/// Where a customer goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveBody {
    /// The reseller who serves him from now on; null = none, he is ours.
    pub reseller: Option<Id>,
}

/// A customer by his names.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerNameBody {
    /// Id.
    pub id: Id,
    /// Number for people.
    pub number: String,
    /// Name.
    pub name: String,
}

impl From<CustomerName> for CustomerNameBody {
    fn from(customer: CustomerName) -> Self {
        Self { id: customer.id.into(), number: customer.number, name: customer.name }
    }
}

/// A reseller as he stands now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResaleBody {
    /// Code of the wholesale product; null when there is none.
    pub wholesale: Option<String>,
    /// His customers are stopped when no more than this is left.
    pub cushion: Money,
    /// Why his customers are stopped: `out_of_funds`, `suspended`, `blocked` or `terminated`; null while he serves.
    pub stopped: Option<String>,
    /// Customers he serves; terminated ones are not counted.
    pub customers: u64,
}

/// A customer's place among resellers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResellerBody {
    /// The customer.
    pub customer: Id,
    /// Currency code of the sums here.
    pub currency: String,
    /// The reseller who serves him, that one's reseller, and so on; empty when he is ours.
    pub above: Vec<CustomerNameBody>,
    /// Why the reseller above may not serve him; null while he may.
    pub stopped_above: Option<String>,
    /// His own reselling; null when he is no reseller.
    pub resale: Option<ResaleBody>,
}

impl From<ResellerView> for ResellerBody {
    fn from(view: ResellerView) -> Self {
        let resale = |resale: ResaleView| ResaleBody {
            wholesale: resale.wholesale.map(|product| product.code),
            cushion: Money::of(resale.cushion, view.currency),
            stopped: resale.stopped.map(|stop| word(&stop)),
            customers: resale.customers,
        };
        Self {
            customer: view.customer.into(),
            currency: view.currency.code().to_owned(),
            resale: view.resale.map(resale),
            above: view.above.into_iter().map(CustomerNameBody::from).collect(),
            stopped_above: view.stopped_above.map(|stop| word(&stop)),
        }
    }
}

/// A message between customers that its receiver refused for good.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParkedMessageBody {
    /// From whom.
    pub from: CustomerNameBody,
    /// To whom.
    pub to: CustomerNameBody,
    /// `charge`, `refund`, `join` or `standing`.
    pub what: String,
    /// Parked then.
    pub at: Time,
    /// Why.
    pub reason: String,
}

impl From<ParkedMessage> for ParkedMessageBody {
    fn from(parked: ParkedMessage) -> Self {
        Self {
            from: parked.from.into(),
            to: parked.to.into(),
            what: parked.what.to_owned(),
            at: parked.at.into(),
            reason: parked.reason,
        }
    }
}

/// Messages between resellers and their customers that were not taken yet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessagesBody {
    /// On their way; at most a few seconds old.
    pub waiting: u64,
    /// Refused for good.
    pub parked: u64,
    /// The parked ones, longest parked first, at most 200.
    pub items: Vec<ParkedMessageBody>,
}

impl MessagesBody {
    pub(crate) fn of(counts: RelayCounts, parked: Vec<ParkedMessage>) -> Self {
        let items = parked.into_iter().map(ParkedMessageBody::from).collect();
        Self { waiting: counts.waiting, parked: counts.parked, items }
    }
}
