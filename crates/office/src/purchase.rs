//! Purchases: one charge at once, by account or identifier, never twice for the same reference; price enquiries and balances.
//!
//! Flows in: what an outside system, a file or a portal wants charged. Flows out: what was charged and what is left. Must not know:
//! how a price is found.

use crate::office::AuditNote;
use crate::{Actor, FieldError, Found, IdempotencyKey, Office, OfficeError, REALMS, no_records};
use calendar::Instant;
use catalog::ServiceId;
use charging::{
    AccountId, Command, Context, CustomerId, CustomerStatus, Debit, Enquiry, Refusal, Reply, RowId,
};
use money::{Amount, Currency};

/// Characters of an item, description or channel.
const TEXT_MOST: usize = 255;
/// Characters of a purchase number: it is part of a key of at most 255 octets.
const REFERENCE_MOST: usize = 128;
/// How far into the future a purchase may be dated: clocks differ.
const AHEAD_MOST: calendar::Seconds = calendar::Seconds(300);

/// Whom a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// An account by number.
    Account(AccountId),
    /// Whom an identifier finds.
    Identifier {
        /// Realm; `None` tries all.
        realm: Option<String>,
        /// Value in any usual spelling.
        value: String,
    },
}

/// Something to be charged at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// Who buys.
    pub who: Who,
    /// Service code.
    pub service: String,
    /// Item, number or code; decides the price. May be empty.
    pub item: String,
    /// How many units of the service.
    pub units: u64,
    /// Words for people: a film's title. Empty means the item, or the service's name.
    pub description: String,
    /// Purchase number of the outside system; charged once per customer.
    pub reference: Option<String>,
    /// When it was bought; `None` = now.
    pub at: Option<Instant>,
    /// Channel that reports: `api`, `import`, `selfcare`, a node.
    pub channel: String,
}

/// What was charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchased {
    /// Number of the transaction record.
    pub xdr: RowId,
    /// Who pays.
    pub customer: CustomerId,
    /// Who bought.
    pub account: AccountId,
    /// What was charged.
    pub amount: Amount,
    /// Currency of the sums.
    pub currency: Currency,
    /// Available funds afterwards (now, for a purchase that was charged long ago).
    pub available: Amount,
    /// The reference had been charged before; nothing was charged now.
    pub repeated: bool,
}

/// What a purchase would cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// Who asks.
    pub customer: CustomerId,
    /// His account.
    pub account: AccountId,
    /// What would be charged now: what quotas and wallets cover is not.
    pub amount: Amount,
    /// Currency of the sums.
    pub currency: Currency,
    /// Available funds now, of the balance that would pay.
    pub available: Amount,
    /// Whether they suffice and nothing else stands in the way of the account.
    pub enough: bool,
    /// The number that would be called, where dialing rules change the item.
    pub called: Option<String>,
}

/// The money of a customer now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// Who.
    pub customer: CustomerId,
    /// The account asked about.
    pub account: Option<AccountId>,
    /// Currency of the sums.
    pub currency: Currency,
    /// Money he has with us; negative = he owes.
    pub balance: Amount,
    /// How far it may go below zero now; `None` = no limit.
    pub credit_limit: Option<Amount>,
    /// Locked for running sessions.
    pub reserved: Amount,
    /// Balance + credit limit - reserved; the largest amount when there is no limit.
    pub available: Amount,
    /// Charges of the open billing period so far; what an account pays from its own balance is on no invoice.
    pub unbilled: Amount,
    /// Sum of unpaid invoices.
    pub owed: Amount,
    /// Status.
    pub status: CustomerStatus,
}

/// A purchase with everything looked up.
struct Resolved {
    found: Found,
    debit: Debit,
}

impl Office {
    /// Whom a request is about, and the word by which he was found.
    pub fn resolve(&self, who: &Who) -> Result<(Found, String), OfficeError> {
        match who {
            Who::Account(account) => {
                let (customer, label) = self.labelled(*account)?;
                Ok((Found { customer, account: *account }, label))
            }
            Who::Identifier { realm, value } => {
                let realms: Vec<&str> = match realm {
                    Some(realm) => vec![realm.as_str()],
                    None => REALMS.to_vec(),
                };
                for realm in realms {
                    if let Some(found) = self.directory().try_find(realm, value)? {
                        return Ok((found, value.trim().to_owned()));
                    }
                }
                Err(OfficeError::not_found("account with identifier", value))
            }
        }
    }

    /// Charges a purchase, or refuses it and changes nothing.
    pub fn purchase(
        &self,
        actor: &Actor,
        purchase: Purchase,
        key: Option<IdempotencyKey>,
    ) -> Result<Purchased, OfficeError> {
        let Resolved { found, debit } = self.resolved(&purchase)?;
        let customer = found.customer;
        if let Actor::Subscriber { customer: own, .. } = actor
            && *own != customer
        {
            return Err(OfficeError::Denied("this is somebody else's account".to_owned()));
        }
        // A repeated request gets its first answer word for word, also when its purchase has a number.
        let answered = match &key {
            Some(key) => self.first_answer(customer, key)?.is_some(),
            None => false,
        };
        if !answered && let Some(repeated) = self.charged_before(customer, debit.reference.as_deref())? {
            return Ok(repeated);
        }
        let object = debit.reference.as_deref().unwrap_or(&debit.destination).to_owned();
        let audit = AuditNote::new("purchase/charged", object, &debit.description);
        let reply =
            self.command(actor, customer, key.as_ref(), Command::Debit(debit), audit, no_records())?;
        match reply {
            Reply::Debited(charged) => Ok(Purchased {
                xdr: charged.xdr,
                customer,
                account: charged.account,
                amount: charged.amount,
                currency: self.currency_of(customer)?,
                available: charged.available,
                repeated: charged.repeated,
            }),
            _ => Err(OfficeError::Refused(Refusal::KeyReused)),
        }
    }

    /// What was charged for this reference, however long ago: the core forgets after some weeks, the tables do not.
    fn charged_before(
        &self,
        customer: CustomerId,
        reference: Option<&str>,
    ) -> Result<Option<Purchased>, OfficeError> {
        let Some(reference) = reference else { return Ok(None) };
        let Some(xdr) = self.store().xdr_with_reference(customer, reference)? else { return Ok(None) };
        let balance = self.balance_that_pays(customer, xdr.account)?;
        Ok(Some(Purchased {
            xdr: xdr.id,
            customer,
            account: xdr.account.unwrap_or(RowId(0)),
            amount: xdr.amount,
            currency: balance.currency,
            available: balance.available,
            repeated: true,
        }))
    }

    /// What a purchase would cost now; nothing is charged.
    pub fn price(&self, purchase: &Purchase) -> Result<Priced, OfficeError> {
        let Resolved { found, debit } = self.resolved(purchase)?;
        let Found { customer, account } = found;
        let (catalog, now) = (self.catalog(), self.now());
        let asked = self.engine().look(customer, move |customer| {
            let customer = customer.ok_or(Refusal::UnknownCustomer)?;
            let currency = customer.head.currency;
            Ok::<_, Refusal>((
                currency,
                charging::enquire(customer, &debit, Context { catalog: &catalog, now })?,
            ))
        });
        let (currency, Enquiry { amount, available, enough, called }) = asked??;
        let called = called.map(|(number, _)| number.into_string());
        Ok(Priced { customer, account, amount, currency, available, enough, called })
    }

    /// The money that pays for whoever an account or identifier finds: the account's own balance where it has one.
    pub fn balance(&self, who: &Who) -> Result<Balance, OfficeError> {
        let (found, _) = self.resolve(who)?;
        self.balance_that_pays(found.customer, Some(found.account))
    }

    /// Whether whoever an account or identifier finds could pay a sum now, and what is there; nothing is charged or locked.
    pub fn check_balance(&self, who: &Who, amount: Amount) -> Result<(bool, Balance), OfficeError> {
        if amount.is_negative() {
            return Err(OfficeError::field("amount", "is not negative"));
        }
        let (Found { customer, account }, _) = self.resolve(who)?;
        let now = self.now();
        let asked = self.engine().look(customer, move |customer| {
            charging::check_balance(customer.ok_or(Refusal::UnknownCustomer)?, account, amount, now)
        });
        Ok((asked??.enough, self.balance_that_pays(customer, Some(account))?))
    }

    /// The money of a customer.
    pub fn balance_of(&self, customer: CustomerId) -> Result<Balance, OfficeError> {
        self.balance_that_pays(customer, None)
    }

    pub(crate) fn balance_that_pays(
        &self,
        customer: CustomerId,
        account: Option<AccountId>,
    ) -> Result<Balance, OfficeError> {
        let now = self.now();
        let balance = self.engine().look(customer, move |found| {
            let found = found?;
            let own = account.and_then(|id| found.account(id)?.purse.as_deref());
            let (purse, head) = (own.unwrap_or(&found.head.purse), &found.head);
            let invoiced = |amount: Amount| if own.is_none() { amount } else { Amount::ZERO };
            Some(Balance {
                customer: head.id,
                account,
                currency: head.currency,
                balance: purse.balance,
                credit_limit: purse.limit(now),
                reserved: purse.reserved,
                available: purse.available(now),
                unbilled: invoiced(head.unbilled),
                owed: invoiced(head.owed()),
                status: head.status(),
            })
        })?;
        balance.ok_or_else(|| OfficeError::not_found("customer", customer))
    }

    fn resolved(&self, purchase: &Purchase) -> Result<Resolved, OfficeError> {
        let (catalog, now) = (self.catalog(), self.now());
        let mut faults = Vec::new();
        let service = catalog.service(purchase.service.trim());
        if service.is_none() {
            faults.push(FieldError::new("service", format!("there is no service {}", purchase.service)));
        }
        if purchase.units == 0 {
            faults.push(FieldError::new("units", "is more than 0"));
        }
        let texts = [
            ("item", purchase.item.trim(), TEXT_MOST),
            ("description", purchase.description.trim(), TEXT_MOST),
            ("reference", purchase.reference.as_deref().unwrap_or_default().trim(), REFERENCE_MOST),
            ("channel", purchase.channel.trim(), TEXT_MOST),
        ];
        for (field, text, most) in texts {
            if text.chars().count() > most || text.contains(char::is_control) {
                let reason = format!("has at most {most} characters, none of them control characters");
                faults.push(FieldError::new(field, reason));
            }
        }
        let at = purchase.at.unwrap_or(now);
        if at > now.plus(AHEAD_MOST) {
            faults.push(FieldError::new("at", "is in the future"));
        }
        if !faults.is_empty() {
            return Err(OfficeError::Invalid(faults));
        }
        let (found, identifier) = self.resolve(&purchase.who)?;
        let [(_, item, _), (_, description, _), (_, reference, _), (_, channel, _)] = texts;
        let name = service.map_or("", |s| s.name.as_str());
        let words = [description, item, name].into_iter().find(|text| !text.is_empty()).unwrap_or_default();
        let debit = Debit {
            account: found.account,
            identifier: identifier.into(),
            node: channel.into(),
            service: service.map_or(ServiceId(0), |s| s.id),
            access_code: Box::default(),
            destination: item.into(),
            units: purchase.units,
            description: words.to_owned(),
            reference: (!reference.is_empty()).then(|| reference.into()),
            at: at.min(now),
        };
        Ok(Resolved { found, debit })
    }
}
