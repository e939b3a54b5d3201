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
            Self::Invoice { id } => format!("/invoices/{id}"),
            Self::Product { code } => format!("/catalogue#product-{code}"),
            Self::Tariff { code } => format!("/catalogue#tariff-{code}"),
            Self::Node { .. } => "/network/nodes".to_owned(),
            Self::Delivery { id } => format!("/provisioning/deliveries/{id}"),
        }
    }
}
