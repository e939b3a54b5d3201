//! Resellers: who serves whom, at which terms, how they stand, and what cannot be told between them.
//!
//! Flows in: the reseller that staff or the API name. Flows out: the chain above him, which the office computes and nobody gives;
//! commands to the core, which refuses circles. Must not know: what use costs a reseller, how messages travel.

use crate::customers::product_name;
use crate::office::AuditNote;
use crate::{Actor, IdempotencyKey, Office, OfficeError, Permission, ProductName, no_records};
use calendar::Instant;
use charging::{Command, CustomerId, LEVELS_MOST, Message, Refusal, ResellerStop};
use money::{Amount, Currency};
use store::RelayCounts;

/// The field in which a reseller is named.
const FIELD: &str = "reseller";
/// Parked messages that are shown.
const PARKED_SHOWN: usize = 200;

/// A customer by his names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerName {
    /// Inner number.
    pub id: CustomerId,
    /// Number for people; empty for a customer without a record.
    pub number: String,
    /// Name.
    pub name: String,
}

/// How a reseller is charged and stopped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResellerTerms {
    /// Code of the product whose rating entries price what his customers use, where their product names no reseller tariff.
    pub wholesale: Option<String>,
    /// His customers are stopped when no more than this is left.
    pub cushion: Amount,
}

/// A reseller as he stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResaleView {
    /// Wholesale product.
    pub wholesale: Option<ProductName>,
    /// His customers are stopped when no more than this is left.
    pub cushion: Amount,
    /// Why his customers are stopped, if they are.
    pub stopped: Option<ResellerStop>,
    /// Customers he serves, terminated ones left out.
    pub customers: u64,
}

/// A customer's place among resellers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResellerView {
    /// Who.
    pub customer: CustomerId,
    /// Currency of his sums.
    pub currency: Currency,
    /// The reseller who serves him, that one's reseller, and so on; empty when he is ours.
    pub above: Vec<CustomerName>,
    /// Why the reseller above may not serve him, if so.
    pub stopped_above: Option<ResellerStop>,
    /// Set when he is a reseller himself.
    pub resale: Option<ResaleView>,
}

/// A message between customers that its receiver refused for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedMessage {
    /// From whom.
    pub from: CustomerName,
    /// To whom.
    pub to: CustomerName,
    /// What it says: `charge`, `refund`, `join` or `standing`.
    pub what: &'static str,
    /// Parked then.
    pub at: Instant,
    /// Why.
    pub reason: String,
}

/// What the chain needs to know of each level.
struct Level {
    reseller: bool,
    terminated: bool,
    parent: Option<CustomerId>,
}

impl Office {
    /// A customer's place among resellers.
    pub fn reseller_view(&self, customer: CustomerId) -> Result<ResellerView, OfficeError> {
        let head = self.engine().look(customer, |found| found.map(|c| c.head.clone()))?;
        let head = head.ok_or_else(|| OfficeError::not_found("customer", customer))?;
        let chain = head.chain.as_deref();
        let above = self.chain_from(chain.and_then(|chain| chain.parent).map(|parent| parent.id))?;
        let above = above.into_iter().map(|id| self.customer_name(id)).collect::<Result<_, _>>()?;
        let resale = match chain.and_then(|chain| chain.resale) {
            None => None,
            Some(resale) => Some(ResaleView {
                wholesale: resale.wholesale.map(|product| product_name(&self.catalog(), product)),
                cushion: resale.cushion,
                stopped: resale.stopped,
                customers: self.store().count_below(customer)?,
            }),
        };
        let stopped_above = chain.and_then(|chain| chain.stopped());
        Ok(ResellerView { customer, currency: head.currency, above, stopped_above, resale })
    }

    /// Makes a customer a reseller for good, or changes his terms.
    pub fn set_reseller_terms(
        &self,
        actor: &Actor,
        customer: CustomerId,
        terms: &ResellerTerms,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        actor.require(Permission::MoveMoney)?;
        let number = self.known(customer)?.number;
        let found =
            self.engine().look(customer, |c| c.map(|c| (c.head.currency, c.head.terminated_at.is_some())))?;
        let (currency, terminated) = found.ok_or_else(|| OfficeError::not_found("customer", customer))?;
        if terminated {
            return Err(Refusal::CustomerTerminated.into());
        }
        if terms.cushion.is_negative() {
            return Err(OfficeError::field("cushion", "is not negative"));
        }
        let catalog = self.catalog();
        let code = terms.wholesale.as_deref().map(str::trim).filter(|code| !code.is_empty());
        let wholesale = match code {
            None => None,
            Some(code) => {
                let product = catalog.product(code);
                let product = product
                    .ok_or_else(|| OfficeError::field("wholesale", format!("there is no product {code}")))?;
                let theirs = catalog.currency_of(product);
                if theirs != currency {
                    let words = format!("its prices are in {theirs}, the customer's currency is {currency}");
                    return Err(OfficeError::field("wholesale", words));
                }
                Some(product.id)
            }
        };
        let detail = format!("wholesale {}, cushion {}", code.unwrap_or("none"), terms.cushion);
        let audit = AuditNote::new("reseller/terms-set", number, detail);
        let command = Command::SetResale { wholesale, cushion: terms.cushion };
        self.command(actor, customer, key.as_ref(), command, audit, no_records())?;
        if self.engine().metrics().relays_parked.get() > 0 {
            // What those below sent before he was a reseller can be taken now.
            self.engine().retry_parked_relays();
        }
        Ok(())
    }

    /// Puts a customer under another reseller, or under none.
    pub fn move_customer(
        &self,
        actor: &Actor,
        customer: CustomerId,
        reseller: Option<CustomerId>,
        key: Option<IdempotencyKey>,
    ) -> Result<(), OfficeError> {
        actor.require(Permission::ChangeCustomers)?;
        let number = self.known(customer)?.number;
        let chain = self.chain_under(reseller)?;
        let detail = match reseller {
            Some(reseller) => format!("to {}", self.customer_name(reseller)?.number),
            None => "to no reseller".to_owned(),
        };
        let audit = AuditNote::new("customer/moved", number, detail);
        self.command(actor, customer, key.as_ref(), Command::MoveTo { chain }, audit, no_records())?;
        Ok(())
    }

    /// The reseller whom a form names by his number for people; nobody when it names none.
    pub fn reseller_numbered(&self, number: &str) -> Result<Option<CustomerId>, OfficeError> {
        let number = number.trim().to_uppercase();
        if number.is_empty() {
            return Ok(None);
        }
        let found = self.store().customer_with_number(&number)?;
        found.map(Some).ok_or_else(|| OfficeError::field(FIELD, format!("there is no customer {number}")))
    }

    /// The chain above somebody whom this reseller is to serve: the reseller, his reseller, and so on.
    pub(crate) fn chain_under(&self, reseller: Option<CustomerId>) -> Result<Vec<CustomerId>, OfficeError> {
        let Some(first) = reseller else { return Ok(Vec::new()) };
        let Some(level) = self.level(first)? else {
            return Err(OfficeError::field(FIELD, format!("there is no customer {first}")));
        };
        if !level.reseller {
            return Err(Refusal::NotReseller.into());
        }
        if level.terminated {
            return Err(OfficeError::field(FIELD, "is closed"));
        }
        self.chain_from(reseller)
    }

    /// A customer and everybody above him.
    fn chain_from(&self, first: Option<CustomerId>) -> Result<Vec<CustomerId>, OfficeError> {
        let (mut chain, mut next) = (Vec::new(), first);
        while let Some(id) = next {
            if chain.len() == LEVELS_MOST || chain.contains(&id) {
                return Err(Refusal::CyclicChain.into());
            }
            chain.push(id);
            next = self.level(id)?.and_then(|level| level.parent);
        }
        Ok(chain)
    }

    fn level(&self, customer: CustomerId) -> Result<Option<Level>, OfficeError> {
        let level = self.engine().look(customer, |found| {
            let head = &found?.head;
            let chain = head.chain.as_deref();
            Some(Level {
                reseller: chain.is_some_and(|chain| chain.resale.is_some()),
                terminated: head.terminated_at.is_some(),
                parent: chain.and_then(|chain| chain.parent).map(|parent| parent.id),
            })
        })?;
        Ok(level)
    }

    fn customer_name(&self, id: CustomerId) -> Result<CustomerName, OfficeError> {
        let record = self.store().customer_record(id)?;
        let (number, name) = record.map(|record| (record.number, record.name)).unwrap_or_default();
        Ok(CustomerName { id, number, name })
    }

    /// Messages between customers that were not taken yet.
    pub fn message_counts(&self) -> Result<RelayCounts, OfficeError> {
        Ok(self.store().relay_counts()?)
    }

    /// Messages that were refused for good, longest parked first.
    pub fn parked_messages(&self) -> Result<Vec<ParkedMessage>, OfficeError> {
        let parked = self.store().parked_relays(PARKED_SHOWN)?;
        let shown = parked.into_iter().map(|parked| {
            Ok(ParkedMessage {
                from: self.customer_name(parked.relay.from().unwrap_or(parked.relay.to))?,
                to: self.customer_name(parked.relay.to)?,
                what: match parked.relay.message {
                    Message::Join => "join",
                    Message::Charge(_) => "charge",
                    Message::Refund { .. } => "refund",
                    Message::Standing(_) => "standing",
                },
                at: parked.at,
                reason: parked.reason,
            })
        });
        shown.collect()
    }

    /// Tries messages again that were refused for good, because their cause was mended.
    pub fn retry_messages(&self, actor: &Actor) -> Result<(), OfficeError> {
        actor.require(Permission::ChangeCustomers)?;
        self.engine().retry_parked_relays();
        Ok(())
    }
}
