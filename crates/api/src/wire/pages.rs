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

/// Which part of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// `next_cursor` of the page before; the first page without it.
    pub cursor: Option<String>,
    /// Rows wanted, 1 to 500; 50 without it.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    #[serde(default)]
    pub limit: Limit,
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

/// Customers to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CustomerParams {
    /// Part of the name, or the start of number, e-mail or phone.
    #[serde(default)]
    pub text: String,
    /// `active`, `suspended`, `blocked` or `terminated`.
    pub status: Option<String>,
    /// `number`, `-number` (newest first, the default), `name` or `-name`.
    pub sort: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted, 1 to 500; 50 without it.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    #[serde(default)]
    pub limit: Limit,
}

/// xDRs to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct XdrParams {
    /// Only of this account.
    #[param(value_type = Option<String>)]
    pub account: Option<Id>,
    /// Only of this service (code).
    pub service: Option<String>,
    /// Only of this billing period (number).
    pub period: Option<u32>,
    /// Booked at or after.
    #[param(value_type = Option<String>, format = "date-time")]
    pub from: Option<Time>,
    /// Booked before.
    #[param(value_type = Option<String>, format = "date-time")]
    pub to: Option<Time>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted, 1 to 500; 50 without it.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    #[serde(default)]
    pub limit: Limit,
}

/// Ledger entries to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LedgerParams {
    /// `usage`, `purchase`, `recurring_fee`, `payment`, `manual_credit` or `manual_charge`.
    pub code: Option<String>,
    /// Booked at or after.
    #[param(value_type = Option<String>, format = "date-time")]
    pub from: Option<Time>,
    /// Booked before.
    #[param(value_type = Option<String>, format = "date-time")]
    pub to: Option<Time>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted, 1 to 500; 50 without it.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    #[serde(default)]
    pub limit: Limit,
}

/// Invoices to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct InvoiceParams {
    /// `unpaid`, `overdue` or `paid`; all without it.
    pub status: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted, 1 to 500; 50 without it.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    #[serde(default)]
    pub limit: Limit,
}

/// Timeline entries to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TimelineParams {
    /// `money`, `network`, `service`, `staff` or `message`; all without it.
    pub category: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted, 1 to 500; 50 without it.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    #[serde(default)]
    pub limit: Limit,
}

/// Deliveries to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryParams {
    /// Only of this connector.
    pub connector: Option<String>,
    /// `pending`, `in_flight`, `done`, `superseded` or `dead`.
    pub state: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted, 1 to 500; 50 without it.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    #[serde(default)]
    pub limit: Limit,
}

/// Audit lines to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditParams {
    /// Only of this customer.
    #[param(value_type = Option<String>)]
    pub customer: Option<Id>,
    /// Only of this actor, such as `staff:anna` or `api:crm`.
    pub actor: Option<String>,
    /// Only this action, such as `payment/received`.
    pub action: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted, 1 to 500; 50 without it.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    #[serde(default)]
    pub limit: Limit,
}

/// Lines of an imported file to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportLineParams {
    /// `charged`, `skipped` or `rejected`; all without it.
    pub outcome: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted, 1 to 500; 50 without it.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    #[serde(default)]
    pub limit: Limit,
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

/// Open sessions to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionParams {
    /// Only of this node, by name.
    pub node: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows wanted, 1 to 500; 50 without it.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    #[serde(default)]
    pub limit: Limit,
}
