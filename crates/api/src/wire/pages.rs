//! Pages of lists: rows, and the cursor of those after them.

use crate::wire::{Id, Time};
use office::Page;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// Rows in order.
    pub items: Vec<T>,
    /// Give this as `cursor` to get the rows after these; null when these were the last.
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A page of the office with other rows.
    pub(crate) fn of<R>(page: Page<R>, row: impl FnMut(R) -> T) -> Self {
        let page = page.map(row);
        Self { items: page.items, next_cursor: page.next }
    }

    /// Everything there is.
    pub(crate) fn whole(items: impl IntoIterator<Item = T>) -> Self {
        Self { items: items.into_iter().collect(), next_cursor: None }
    }
}

/// The parameters of a list: its own filters, then the place in it. A macro, because all ten lists share the place and serde's `flatten`
/// does not go with `deny_unknown_fields`.
macro_rules! list_params {
    ($(#[$about:meta])* $name:ident { $($(#[$field_about:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$about])*
        #[derive(Debug, Default, Deserialize, IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            $($(#[$field_about])* pub $field: $kind,)*
            /// `next_cursor` of the page before; the first page without it.
            pub cursor: Option<String>,
            /// Rows wanted, 1 to 500; 50 without it.
            #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
            #[serde(default)]
            pub limit: Limit,
        }
    };
}

list_params! {
    /// Which part of a list.
    Paging {}
}

/// Rows wanted.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Limit(pub usize);

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let limit = text.parse().ok().filter(|limit| (1..=office::PAGE_ROWS_MOST).contains(limit));
        limit.map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!("a number from 1 to {} is expected", office::PAGE_ROWS_MOST))
        })
    }
}

list_params! {
    /// Customers to list.
    CustomerParams {
        /// Part of the name, or the start of number, e-mail or phone.
        #[serde(default)]
        text: String,
        /// `active`, `reseller_stopped`, `suspended`, `blocked` or `terminated`.
        status: Option<String>,
        /// `true`: only resellers; `false`: only others.
        reseller: Option<bool>,
        /// `number`, `-number` (newest first, the default), `name` or `-name`.
        sort: Option<String>,
    }
}

list_params! {
    /// xDRs to list.
    XdrParams {
        /// Only of this account.
        #[param(value_type = Option<String>)]
        account: Option<Id>,
        /// Only of this service (code).
        service: Option<String>,
        /// Only of this billing period (number).
        period: Option<u32>,
        /// Booked at or after.
        #[param(value_type = Option<String>, format = "date-time")]
        from: Option<Time>,
        /// Booked before.
        #[param(value_type = Option<String>, format = "date-time")]
        to: Option<Time>,
    }
}

list_params! {
    /// Ledger entries to list.
    LedgerParams {
        /// `usage`, `purchase`, `recurring_fee`, `payment`, `manual_credit`, `manual_charge`, `promotion`, `compensation`, `voucher`,
        /// `refund`, `correction`, `wallet_top_up`, `wholesale`, `transfer` or `tax`.
        code: Option<String>,
        /// Booked at or after.
        #[param(value_type = Option<String>, format = "date-time")]
        from: Option<Time>,
        /// Booked before.
        #[param(value_type = Option<String>, format = "date-time")]
        to: Option<Time>,
    }
}

list_params! {
    /// Invoices to list.
    InvoiceParams {
        /// `unpaid`, `overdue` or `paid`; all without it.
        status: Option<String>,
    }
}

list_params! {
    /// Timeline entries to list.
    TimelineParams {
        /// `money`, `network`, `service`, `staff` or `message`; all without it.
        category: Option<String>,
    }
}

list_params! {
    /// Deliveries to list.
    DeliveryParams {
        /// Only of this connector.
        connector: Option<String>,
        /// `pending`, `in_flight`, `done`, `superseded` or `dead`.
        state: Option<String>,
    }
}

list_params! {
    /// Audit lines to list.
    AuditParams {
        /// Only of this customer.
        #[param(value_type = Option<String>)]
        customer: Option<Id>,
        /// Only of this actor, such as `staff:anna` or `api:crm`.
        actor: Option<String>,
        /// Only this action, such as `payment/received`.
        action: Option<String>,
    }
}

list_params! {
    /// Lines of an imported file to list.
    ImportLineParams {
        /// `charged`, `skipped` or `rejected`; all without it.
        outcome: Option<String>,
    }
}

/// What to search for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchParams {
    /// Name, number, MSISDN, IMSI, MAC, user, serial number, invoice number, e-mail or phone.
    pub q: String,
    /// Hits of each kind; 8 without it, never more than 50.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    #[serde(default)]
    pub limit: Limit,
}

/// How to name an imported file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportParams {
    /// File name, for people.
    pub name: String,
}

/// Why a catalog is published, for bodies that are TOML.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PublishParams {
    /// Words for the list of versions.
    #[serde(default)]
    pub comment: String,
}

list_params! {
    /// Open sessions to list.
    SessionParams {
        /// Only of this node, by name.
        node: Option<String>,
        /// Only those that use this service, by code.
        service: Option<String>,
        /// Only of whom this finds: an identifier of an account, a customer's number, or an address that the network gave.
        who: Option<String>,
    }
}
