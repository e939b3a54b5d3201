//! The list of customers that staff look through.

use crate::{Office, OfficeError, Page, page_limit};
use charging::{CustomerId, CustomerStatus, Payment};
use money::{Amount, Currency};
use store::{CustomerFilter, CustomerListRow, CustomerOrder, CustomerRecord};

/// Which customers to list.
#[derive(Debug, Clone, Default)]
pub struct CustomerQuery {
    /// Part of the name, or start of number, e-mail or phone; empty = all.
    pub text: String,
    /// Only this status.
    pub status: Option<CustomerStatus>,
    /// Only resellers, or only others.
    pub reseller: Option<bool>,
    /// Only those whom this reseller serves.
    pub under: Option<CustomerId>,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// Rows wanted; 0 = 50, at most 500.
    pub limit: usize,
    /// Order.
    pub sort: CustomerOrder,
}

/// One line of the list. Money is a moment old: three to ten seconds behind the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRow {
    /// Inner number.
    pub id: CustomerId,
    /// Name and contact.
    pub record: CustomerRecord,
    /// Status.
    pub status: CustomerStatus,
    /// Prepaid or postpaid.
    pub payment: Payment,
    /// Currency of the sums; `None` only when a table holds a code that this program does not know.
    pub currency: Option<Currency>,
    /// Balance.
    pub balance: Amount,
    /// Credit limit; `None` = no limit.
    pub credit_limit: Option<Amount>,
    /// Locked for running sessions.
    pub reserved: Amount,
    /// Sum of unpaid invoices.
    pub owed: Amount,
    /// Serves other customers.
    pub reseller: bool,
}

impl CustomerRow {
    /// Balance + credit limit - reserved; the largest amount when there is no limit.
    pub fn available(&self) -> Amount {
        match self.credit_limit {
            Some(limit) => self.balance.saturating_plus(limit).saturating_minus(self.reserved),
            None => Amount::MAX,
        }
    }
}

/// The word for a status in tables and the API.
pub(crate) const fn status_word(status: CustomerStatus) -> &'static str {
    match status {
        CustomerStatus::Active => "active",
        CustomerStatus::ResellerStopped => "reseller_stopped",
        CustomerStatus::Suspended => "suspended",
        CustomerStatus::Blocked => "blocked",
        CustomerStatus::Terminated => "terminated",
    }
}

fn status(word: &str) -> CustomerStatus {
    match word {
        "reseller_stopped" => CustomerStatus::ResellerStopped,
        "suspended" => CustomerStatus::Suspended,
        "blocked" => CustomerStatus::Blocked,
        "terminated" => CustomerStatus::Terminated,
        _ => CustomerStatus::Active,
    }
}

fn row(row: CustomerListRow) -> CustomerRow {
    CustomerRow {
        id: row.record.id,
        record: row.record,
        status: status(&row.status),
        payment: if row.payment == "prepaid" { Payment::Prepaid } else { Payment::Postpaid },
        currency: Currency::parse(&row.currency).ok(),
        balance: Amount::from_micros(row.balance),
        credit_limit: row.credit_limit.map(Amount::from_micros),
        reserved: Amount::from_micros(row.reserved),
        owed: Amount::from_micros(row.owed),
        reseller: row.reseller,
    }
}

/// Number, then name: the number never has a colon.
fn cursor(row: &CustomerListRow) -> String {
    format!("{}:{}", row.record.number, row.record.name)
}

impl Office {
    /// A page of customers.
    pub fn customers(&self, query: &CustomerQuery) -> Result<Page<CustomerRow>, OfficeError> {
        let limit = page_limit(query.limit);
        let after = match &query.cursor {
            None => None,
            Some(cursor) => {
                let parts = cursor.split_once(':');
                let (number, name) =
                    parts.ok_or_else(|| OfficeError::field("cursor", "is not a cursor of this list"))?;
                Some((name.to_owned(), number.to_owned()))
            }
        };
        let filter = CustomerFilter {
            text: query.text.clone(),
            status: query.status.map(status_word),
            reseller: query.reseller,
            parent: query.under,
            order: query.sort,
            after,
            most: limit + 1,
        };
        Ok(Page::from_surplus(self.store().customer_list(&filter)?, limit, cursor).map(row))
    }
}
