//! What a line of text is about, so that a page can link to it.

use charging::{AccountId, RowId};
use serde::Serialize;

/// Something with a page of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Link {
    /// A customer by number for people.
    Customer {
        /// `C1000001`.
        number: String,
    },
    /// An account of a customer.
    Account {
        /// The customer's number for people.
        number: String,
        /// The account.
        account: AccountId,
    },
    /// A transaction record.
    Xdr {
        /// Its number.
        id: RowId,
    },
    /// An invoice.
    Invoice {
        /// Its number.
        id: RowId,
    },
    /// A product by code.
    Product {
        /// Code.
        code: String,
    },
    /// A tariff by code.
    Tariff {
        /// Code.
        code: String,
    },
    /// A network node by name.
    Node {
        /// Name.
        name: String,
    },
    /// A provisioning delivery.
    Delivery {
        /// Its number.
        id: i64,
    },
}

impl Link {
    /// The page in the staff portal.
    pub fn staff_path(&self) -> String {
        match self {
            Self::Customer { number } => format!("/customers/{number}"),
            Self::Account { number, account } => format!("/customers/{number}/accounts#account-{account}"),
            Self::Xdr { id } => format!("/xdrs/{id}"),
            Self::Invoice { id } => format!("/money/invoices/{id}"),
            Self::Product { code } => format!("/catalogue/products/{code}"),
            Self::Tariff { code } => format!("/catalogue/tariffs/{code}"),
            Self::Node { name } => format!("/network?node={}", in_a_query(name)),
            Self::Delivery { id } => format!("/provisioning/deliveries/{id}"),
        }
    }
}

/// A text as a value of a query: all but letters, digits and `-._~` as octets (RFC 3986 2.1).
fn in_a_query(text: &str) -> String {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~".contains(&octet);
    let encoded = |octet: u8| {
        if plain(octet) { char::from(octet).to_string() } else { format!("%{octet:02X}") }
    };
    text.bytes().map(encoded).collect()
}
