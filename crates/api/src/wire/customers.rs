//! Customers.

use crate::wire::{AccountBody, Id, Money, NewAccountBody, Time, nullable, word};
use calendar::BillingPeriod;
use charging::Payment;
use office::{ContactChange, CustomerRow, CustomerView, NewLogin, SignUp, SignedUp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A customer to sign up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUpBody {
    /// Name.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// E-mail.
    #[serde(default)]
    pub email: String,
    /// Phone.
    #[serde(default)]
    pub phone: String,
    /// Postal address, lines separated by newlines.
    #[serde(default)]
    pub address: String,
    /// Language tag; `en` without it.
    #[serde(default)]
    pub language: String,
    /// `prepaid` or `postpaid`.
    #[schema(value_type = String, example = "postpaid")]
    pub payment: Payment,
    /// How far the balance may go below zero; null = no limit.
    #[serde(default)]
    pub credit_limit: Option<Money>,
    /// IANA name of the billing time zone; the operator's without it.
    #[schema(example = "America/New_York")]
    pub zone: Option<String>,
    /// `daily`, `weekly`, `half_monthly` or `monthly` (the default).
    #[schema(value_type = Option<String>)]
    pub period: Option<BillingPeriod>,
    /// Days from invoice to due date; the operator's without it.
    pub net_days: Option<u16>,
    /// The reseller who serves him; he is ours without it.
    pub reseller: Option<Id>,
    /// Code of his class; none without it.
    #[serde(default)]
    #[schema(example = "business")]
    pub class: String,
    /// First account.
    pub account: Option<NewAccountBody>,
    /// Way into the self-care portal.
    pub login: Option<LoginBody>,
}

/// A way into the self-care portal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginBody {
    /// Name to sign in with.
    pub login: String,
    /// Password.
    #[schema(format = "password")]
    pub password: String,
}

/// A login without its password.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LoginName {
    /// Name to sign in with.
    pub login: String,
}

/// Another password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    /// The password.
    #[schema(format = "password")]
    pub password: String,
}

impl SignUpBody {
    pub(crate) fn form(self) -> SignUp {
        SignUp {
            name: self.name,
            email: self.email,
            phone: self.phone,
            address: self.address,
            language: self.language,
            payment: self.payment,
            credit_limit: self.credit_limit.map(Money::amount),
            zone: self.zone,
            period: self.period.unwrap_or(BillingPeriod::Monthly),
            net_days: self.net_days,
            reseller: self.reseller.map(Id::customer),
            class: self.class,
            account: self.account.map(NewAccountBody::form),
            login: self.login.map(|login| NewLogin { login: login.login, password: login.password.into() }),
        }
    }
}

/// A customer that was signed up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignedUpBody {
    /// The customer.
    pub id: Id,
    /// His number for people.
    #[schema(example = "C1000001")]
    pub number: String,
    /// His first account, when one was asked for.
    pub account: Option<Id>,
}

impl From<SignedUp> for SignedUpBody {
    fn from(made: SignedUp) -> Self {
        Self { id: made.customer.into(), number: made.number, account: made.account.map(Id::from) }
    }
}

/// What to change; fields that are left out stay.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerChange {
    /// Name.
    pub name: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Postal address.
    pub address: Option<String>,
    /// Language tag.
    pub language: Option<String>,
    /// How far the balance may go below zero; null = no limit. Needs the scope `money`.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Money>)]
    pub credit_limit: Option<Option<Money>>,
    /// Pays no taxes, from the next invoice on. Needs the scope `money`.
    pub tax_exempt: Option<bool>,
}

impl CustomerChange {
    /// The contact part, when it says anything.
    pub(crate) fn contact(&self) -> Option<ContactChange> {
        let change = ContactChange {
            name: self.name.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
            address: self.address.clone(),
            language: self.language.clone(),
        };
        (change != ContactChange::default()).then_some(change)
    }
}

/// A line of the customer list. Sums are at most a second old.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerLine {
    /// Id.
    pub id: Id,
    /// Number for people.
    pub number: String,
    /// Name.
    pub name: String,
    /// E-mail; empty when unknown.
    pub email: String,
    /// Phone; empty when unknown.
    pub phone: String,
    /// `active`, `reseller_stopped`, `suspended`, `blocked` or `terminated`.
    pub status: String,
    /// `prepaid` or `postpaid`.
    pub payment: String,
    /// Currency code.
    pub currency: String,
    /// Money the customer has with us; negative = he owes.
    pub balance: Money,
    /// Available funds; null = no limit.
    pub available: Option<Money>,
    /// Sum of unpaid invoices.
    pub owed: Money,
    /// Serves other customers.
    pub reseller: bool,
    /// Sign-up.
    pub created_at: Time,
}

impl CustomerLine {
    pub(crate) fn of(row: CustomerRow, fallback: ::money::Currency) -> Self {
        let currency = row.currency.unwrap_or(fallback);
        Self {
            id: row.id.into(),
            status: word(&row.status),
            payment: word(&row.payment),
            currency: currency.code().to_owned(),
            balance: Money::of(row.balance, currency),
            available: Money::limited(row.available(), currency),
            owed: Money::of(row.owed, currency),
            reseller: row.reseller,
            created_at: row.record.created_at.into(),
            number: row.record.number,
            name: row.record.name,
            email: row.record.email,
            phone: row.record.phone,
        }
    }
}

/// How a customer stands, live.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BalanceBody {
    /// Currency code of every sum here.
    pub currency: String,
    /// `active`, `reseller_stopped`, `suspended`, `blocked` or `terminated`.
    pub status: String,
    /// Money the customer has with us; negative = he owes.
    pub balance: Money,
    /// How far the balance may go below zero; null = no limit.
    pub credit_limit: Option<Money>,
    /// Locked for running sessions.
    pub reserved: Money,
    /// Balance + credit limit in force (with a temporary raise) - reserved; null = no limit.
    pub available: Option<Money>,
    /// Sum of unpaid invoices.
    pub owed: Money,
    /// Charges of the open billing period so far.
    pub unbilled: Money,
    /// Pays no taxes.
    pub tax_exempt: bool,
}

impl BalanceBody {
    pub(crate) fn of(head: &charging::Head, now: calendar::Instant) -> Self {
        let money = |amount| Money::of(amount, head.currency);
        Self {
            currency: head.currency.code().to_owned(),
            status: word(&head.status()),
            balance: money(head.purse.balance),
            credit_limit: head.purse.credit_limit.map(money),
            reserved: money(head.purse.reserved),
            available: Money::limited(head.purse.available(now), head.currency),
            owed: money(head.owed()),
            unbilled: money(head.unbilled),
            tax_exempt: head.tax_exempt,
        }
    }
}

/// The open billing period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PeriodBody {
    /// Number, from 1.
    pub number: u32,
    /// `daily`, `weekly`, `half_monthly` or `monthly`.
    pub length: String,
    /// From (inclusive).
    pub start: Time,
    /// To (exclusive).
    pub end: Time,
}

/// A customer as he is now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerBody {
    /// Id.
    pub id: Id,
    /// Number for people.
    pub number: String,
    /// Name.
    pub name: String,
    /// E-mail; empty when unknown.
    pub email: String,
    /// Phone; empty when unknown.
    pub phone: String,
    /// Postal address, lines separated by newlines.
    pub address: String,
    /// Language tag.
    pub language: String,
    /// `prepaid` or `postpaid`.
    pub payment: String,
    /// IANA name of the billing time zone.
    pub zone: String,
    /// Days from invoice to due date.
    pub net_days: u16,
    /// Code of his class; null = none.
    pub class: Option<String>,
    /// Code of the dialing rules of his calls; null = as products and class say.
    pub dialing_rules: Option<String>,
    /// Sign-up.
    pub created_at: Time,
    /// Suspended for an overdue invoice since then.
    pub suspended_at: Option<Time>,
    /// Closed for good then.
    pub terminated_at: Option<Time>,
    /// The reseller who serves him; null when he is ours.
    pub served_by: Option<Id>,
    /// Serves other customers: `GET /customers/{id}/reseller` tells more.
    pub reseller: bool,
    /// Open billing period.
    pub period: PeriodBody,
    /// How he stands.
    #[serde(flatten)]
    pub balance: BalanceBody,
    /// Open sessions.
    pub open_sessions: usize,
    /// Accounts in the order of their making.
    pub accounts: Vec<AccountBody>,
}

impl CustomerBody {
    pub(crate) fn of(
        view: CustomerView,
        now: calendar::Instant,
        account: impl FnMut(&office::AccountView) -> AccountBody,
    ) -> Self {
        let head = &view.live.head;
        let chain = head.chain.as_deref();
        Self {
            id: head.id.into(),
            served_by: chain.and_then(|chain| chain.parent).map(|parent| parent.id.into()),
            reseller: chain.is_some_and(|chain| chain.resale.is_some()),
            payment: word(&head.payment),
            zone: head.zone.name().to_owned(),
            net_days: head.net_days,
            class: view.class.as_ref().map(|class| class.code.clone()),
            dialing_rules: head.dialing_rules().map(str::to_owned),
            created_at: head.created_at.into(),
            suspended_at: head.suspended_at.map(Time),
            terminated_at: head.terminated_at.map(Time),
            period: PeriodBody {
                number: head.period_number,
                length: word(&head.period),
                start: head.period_start.into(),
                end: head.period_end.into(),
            },
            balance: BalanceBody::of(head, now),
            open_sessions: view.live.open_sessions().count(),
            accounts: view.accounts.iter().map(account).collect(),
            number: view.record.number,
            name: view.record.name,
            email: view.record.email,
            phone: view.record.phone,
            address: view.record.address,
            language: view.record.language,
        }
    }
}

/// A note to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteBody {
    /// Text, at most 4,000 characters.
    pub text: String,
}

/// Something that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Made {
    /// Its id.
    pub id: Id,
}
