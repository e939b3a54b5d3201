//! Finding customers, accounts and invoices by what people remember of them. Every question reads a range of an index.

use crate::customers::like_literal;
use crate::db::{Params, Row, params};
use crate::{Store, StoreError};
use charging::{AccountId, CustomerId, RowId};

/// A customer found by name, number, e-mail or phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerHit {
    /// Inner number.
    pub customer: CustomerId,
    /// Number for people.
    pub number: String,
    /// Name.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Phone.
    pub phone: String,
    /// Serves other customers.
    pub reseller: bool,
}

/// An account found by its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountHit {
    /// The account.
    pub account: AccountId,
    /// Its label.
    pub label: String,
    /// The customer's number for people.
    pub number: String,
    /// The customer's name.
    pub name: String,
}

/// An invoice found by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceHit {
    /// The invoice.
    pub invoice: RowId,
    /// Its number.
    pub invoice_number: String,
    /// The customer's number for people.
    pub number: String,
    /// The customer's name.
    pub name: String,
}

const CUSTOMER: &str = "SELECT customer_id, number, name, email, phone,
   EXISTS (SELECT 1 FROM customer_state s WHERE s.partition = customer.partition AND s.customer_id = customer.customer_id AND s.reseller = 1)
 FROM customer";

fn customer(row: &Row<'_>) -> crate::db::Result<CustomerHit> {
    Ok(CustomerHit {
        customer: CustomerId(row.get(0)?),
        number: row.get(1)?,
        name: row.get(2)?,
        email: row.get(3)?,
        phone: row.get(4)?,
        reseller: row.get(5)?,
    })
}

/// The last text that starts with `prefix`.
fn upto(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

impl Store {
    fn hits<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: fn(&Row<'_>) -> crate::db::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(values, read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Customers whose name starts so, without regard to case.
    pub fn customers_named(&self, prefix: &str, most: i64) -> Result<Vec<CustomerHit>, StoreError> {
        let sql = format!(
            "{CUSTOMER} WHERE name COLLATE NOCASE >= ?1 COLLATE NOCASE AND name COLLATE NOCASE <= ?2 COLLATE NOCASE ORDER BY name COLLATE NOCASE LIMIT ?3"
        );
        self.hits(&sql, params![prefix, upto(prefix), most], customer)
    }

    /// Customers with a further word of the name starting so. Reads all names.
    pub fn customers_with_word(&self, prefix: &str, most: i64) -> Result<Vec<CustomerHit>, StoreError> {
        let sql = format!("{CUSTOMER} WHERE name LIKE ?1 ESCAPE '\\' LIMIT ?2");
        self.hits(&sql, params![format!("% {}%", like_literal(prefix)), most], customer)
    }

    /// Customers whose number for people starts so.
    pub fn customers_numbered(&self, prefix: &str, most: i64) -> Result<Vec<CustomerHit>, StoreError> {
        let sql = format!("{CUSTOMER} WHERE number >= ?1 AND number <= ?2 ORDER BY number LIMIT ?3");
        self.hits(&sql, params![prefix, upto(prefix), most], customer)
    }

    /// Customers whose e-mail address starts so, without regard to case.
    pub fn customers_with_email(&self, prefix: &str, most: i64) -> Result<Vec<CustomerHit>, StoreError> {
        let sql = format!(
            "{CUSTOMER} WHERE email <> '' AND email COLLATE NOCASE >= ?1 COLLATE NOCASE AND email COLLATE NOCASE <= ?2 COLLATE NOCASE
             ORDER BY email COLLATE NOCASE LIMIT ?3"
        );
        self.hits(&sql, params![prefix, upto(prefix), most], customer)
    }

    /// Customers whose phone number, as it was written, starts so.
    pub fn customers_with_phone(&self, prefix: &str, most: i64) -> Result<Vec<CustomerHit>, StoreError> {
        let sql =
            format!("{CUSTOMER} WHERE phone <> '' AND phone >= ?1 AND phone <= ?2 ORDER BY phone LIMIT ?3");
        self.hits(&sql, params![prefix, upto(prefix), most], customer)
    }

    /// Accounts whose label starts so, without regard to case.
    pub fn accounts_labelled(&self, prefix: &str, most: i64) -> Result<Vec<AccountHit>, StoreError> {
        let sql = "SELECT a.account_id, a.label, c.number, c.name FROM account a
             JOIN customer c ON c.partition = a.partition AND c.customer_id = a.customer_id
             WHERE a.label <> '' AND a.label COLLATE NOCASE >= ?1 COLLATE NOCASE AND a.label COLLATE NOCASE <= ?2 COLLATE NOCASE
             ORDER BY a.label COLLATE NOCASE LIMIT ?3";
        self.hits(sql, params![prefix, upto(prefix), most], |row| {
            Ok(AccountHit {
                account: RowId(row.get(0)?),
                label: row.get(1)?,
                number: row.get(2)?,
                name: row.get(3)?,
            })
        })
    }

    /// Invoices whose number starts so.
    pub fn invoices_numbered(&self, prefix: &str, most: i64) -> Result<Vec<InvoiceHit>, StoreError> {
        let sql = "SELECT i.invoice_id, i.number, c.number, c.name FROM invoice i
             JOIN customer c ON c.partition = i.partition AND c.customer_id = i.customer_id
             WHERE i.number >= ?1 AND i.number <= ?2 ORDER BY i.number LIMIT ?3";
        self.hits(sql, params![prefix, upto(prefix), most], |row| {
            Ok(InvoiceHit {
                invoice: RowId(row.get(0)?),
                invoice_number: row.get(1)?,
                number: row.get(2)?,
                name: row.get(3)?,
            })
        })
    }
}
