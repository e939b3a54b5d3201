//! Money in and out by hand, and the ledger as people read it.

use crate::page::cursor_numbers;
use crate::{
    Actor, AuditNote, ForeignMoney, IdempotencyKey, Office, OfficeError, Page, Permission, no_records,
    page_limit,
};
use calendar::Instant;
use charging::{AccountId, Adjust, Command, CustomerId, FreeDays, LedgerCode, Pay, Reply, RowId};
use money::{Amount, Currency};
use store::{LedgerPage, LedgerRow};

/// Longest note.
const NOTE_MOST: usize = 200;

/// A movement of money that was booked, and how the balance stands now: the customer's, or the account's own that was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The ledger entry.
    pub entry: Option<RowId>,
    /// What the customer has more of by it; negative = less.
    pub amount: Amount,
    /// Money held with us; negative = owed.
    pub balance: Amount,
    /// Available funds.
    pub available: Amount,
    /// Sum of the customer's unpaid invoices; nothing for an own balance, which is on no invoice.
    pub owed: Amount,
}

/// Which movements.
#[derive(Debug, Clone, Default)]
pub struct LedgerQuery {
    /// Only of this customer.
    pub customer: Option<CustomerId>,
    /// Only this kind.
    pub code: Option<LedgerCode>,
    /// Booked at or after.
    pub from: Option<Instant>,
    /// Booked before.
    pub to: Option<Instant>,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// Rows; 0 = the usual number.
    pub limit: usize,
}

/// A payment to book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayment {
    /// Account with a balance of its own; `None` = the customer.
    pub account: Option<AccountId>,
    /// How much; more than zero.
    pub amount: Amount,
    /// What `amount` is in, when that is not the customer's currency.
    pub foreign: Option<ForeignMoney>,
    /// Words for people: method and number.
    pub note: String,
}

/// A credit or charge by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAdjustment {
    /// Account with a balance of its own; `None` = the customer.
    pub account: Option<AccountId>,
    /// Positive = credit, negative = charge.
    pub amount: Amount,
    /// A gift, booked apart from corrections; never a charge.
    pub promotional: bool,
    /// Why; the customer sees it.
    pub note: String,
}

/// Days of the open period whose fee is given back for a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFreeDays {
    /// Account that holds the product.
    pub account: AccountId,
    /// Code of the product with the fee.
    pub product: String,
    /// How many days.
    pub days: u16,
    /// Why; the customer sees it.
    pub note: String,
}

impl Office {
    /// Books a payment to the customer's balance. Open invoices are paid with it, oldest first; a suspension ends when none is
    /// overdue any more.
    pub fn pay(
        &self,
        actor: &Actor,
        customer: CustomerId,
        amount: Amount,
        note: &str,
        key: Option<IdempotencyKey>,
    ) -> Result<Booked, OfficeError> {
        let payment = NewPayment { account: None, amount, foreign: None, note: note.to_owned() };
        self.book_payment(actor, customer, payment, key)
    }

    /// Books a payment to the customer's balance or an account's own, also one in another currency: by the rate it names, or by the
    /// kept ones.
    pub fn book_payment(
        &self,
        actor: &Actor,
        customer: CustomerId,
        payment: NewPayment,
        key: Option<IdempotencyKey>,
    ) -> Result<Booked, OfficeError> {
        if !matches!(actor, Actor::Subscriber { .. }) {
            actor.require(Permission::MoveMoney)?;
        }
        if !payment.amount.is_positive() {
            return Err(OfficeError::field("amount", "must be more than zero"));
        }
        let note = checked_note(&payment.note, false)?;
        let (mut amount, account) = (payment.amount, payment.account);
        let exchanged = match payment.foreign {
            Some(foreign) => Some(self.exchange(payment.amount, foreign, self.currency_of(customer)?)?),
            None => None,
        };
        if let Some((_, own)) = &exchanged {
            amount = *own;
        }
        let audit =
            AuditNote::new("payment/received", format!("customer {customer}"), format!("{amount} {note}"));
        let pay = Pay { account, amount, exchanged: exchanged.map(|(exchanged, _)| exchanged), note };
        self.book(actor, (customer, account), key, Command::Pay(pay), audit)
    }

    /// Credits (positive) or charges (negative) the customer's balance by hand. The note is the reason and is shown to him.
    pub fn adjust(
        &self,
        actor: &Actor,
        customer: CustomerId,
        amount: Amount,
        note: &str,
        key: Option<IdempotencyKey>,
    ) -> Result<Booked, OfficeError> {
        let adjustment = NewAdjustment { account: None, amount, promotional: false, note: note.to_owned() };
        self.book_adjustment(actor, customer, adjustment, key)
    }

    /// Credits or charges the customer's balance or an account's own, as a correction or a gift.
    pub fn book_adjustment(
        &self,
        actor: &Actor,
        customer: CustomerId,
        NewAdjustment { account, amount, promotional, note }: NewAdjustment,
        key: Option<IdempotencyKey>,
    ) -> Result<Booked, OfficeError> {
        actor.require(Permission::MoveMoney)?;
        if amount.is_zero() {
            return Err(OfficeError::field("amount", "must not be zero"));
        }
        if promotional && amount.is_negative() {
            return Err(OfficeError::field("amount", "a promotional credit is more than zero"));
        }
        let note = checked_note(&note, true)?;
        let audit =
            AuditNote::new("balance/adjusted", format!("customer {customer}"), format!("{amount} {note}"));
        let adjust = Adjust { account, amount, promotional, note };
        self.book(actor, (customer, account), key, Command::Adjust(adjust), audit)
    }

    /// Credits the fee of some days of the open period for a fault on our side. The fee itself is charged as usual.
    pub fn give_free_days(
        &self,
        actor: &Actor,
        NewFreeDays { account, product, days, note }: NewFreeDays,
        key: Option<IdempotencyKey>,
    ) -> Result<Booked, OfficeError> {
        actor.require(Permission::MoveMoney)?;
        let note = checked_note(&note, true)?;
        let (customer, label) = self.labelled(account)?;
        let (catalog, code) = (self.catalog(), product.trim());
        let product = catalog.product(code);
        let product =
            product.ok_or_else(|| OfficeError::field("product", format!("there is no product {code}")))?.id;
        if days == 0 {
            return Err(OfficeError::field("days", "is at least 1"));
        }
        let words = format!("{days} days of {}: {note}", self.product_name(product));
        let audit = AuditNote::new("compensation/given", label, words);
        let free = FreeDays { account, product, days, note };
        self.book(actor, (customer, None), key, Command::FreeDays(free), audit)
    }

    /// Books a movement; then how the balance stands that moved: the account's own where one is named.
    pub(crate) fn book(
        &self,
        actor: &Actor,
        (customer, account): (CustomerId, Option<AccountId>),
        key: Option<IdempotencyKey>,
        command: Command,
        audit: AuditNote,
    ) -> Result<Booked, OfficeError> {
        let entry = match self.command(actor, customer, key.as_ref(), command, audit, no_records())? {
            Reply::Done(entry) => entry,
            _ => None,
        };
        self.booked((customer, account), entry)
    }

    /// A movement that was booked, and how the balance stands now.
    pub(crate) fn booked(
        &self,
        (customer, account): (CustomerId, Option<AccountId>),
        entry: Option<RowId>,
    ) -> Result<Booked, OfficeError> {
        let standing = self.balance_that_pays(customer, account)?;
        let (balance, available, owed) = (standing.balance, standing.available, standing.owed);
        let amount = entry.map(|id| self.ledger_entry(id)).transpose()?.map(|entry| entry.to_customer());
        Ok(Booked { entry, amount: amount.unwrap_or_default(), balance, available, owed })
    }

    /// The customer's currency.
    pub fn currency_of(&self, customer: CustomerId) -> Result<Currency, OfficeError> {
        let found = self.engine().look(customer, |found| found.map(|customer| customer.head.currency))?;
        found.ok_or_else(|| OfficeError::not_found("customer", customer))
    }

    /// The ledger, newest first.
    pub fn ledger(&self, query: &LedgerQuery) -> Result<Page<LedgerRow>, OfficeError> {
        let after = query.cursor.as_deref().map(cursor_numbers::<2>).transpose()?;
        let limit = page_limit(query.limit);
        let rows = self.store().ledger(&LedgerPage {
            customer: query.customer,
            code: query.code.map(|code| code.name().to_owned()),
            from: query.from,
            to: query.to,
            after: after.map(|[at, id]| (at, id)),
            limit: limit + 1,
        })?;
        Ok(Page::from_surplus(rows, limit, |row| {
            let (at, id) = row.page_key();
            format!("{at}.{id}")
        }))
    }

    /// One movement of money.
    pub fn ledger_entry(&self, id: RowId) -> Result<LedgerRow, OfficeError> {
        self.store().ledger_entry(id)?.ok_or_else(|| OfficeError::not_found("ledger entry", id))
    }
}

/// A note as it is kept; `needed` where it is the reason that the customer reads.
pub(crate) fn checked_note(note: &str, needed: bool) -> Result<String, OfficeError> {
    let note = note.trim();
    if needed && note.is_empty() {
        return Err(OfficeError::field("note", "say why; the customer sees it"));
    }
    if note.chars().count() > NOTE_MOST || note.chars().any(char::is_control) {
        return Err(OfficeError::field("note", format!("at most {NOTE_MOST} characters on one line")));
    }
    Ok(note.to_owned())
}
