//! What the API says and reads: the types of its bodies, and how they are made of the office's views.
//!
//! Money is decimal text in the customer's currency, ids are decimal text (they have 64 bits), instants are RFC 3339 in UTC.
//! Must not know: HTTP, the office's use cases.

mod accounts;
mod catalogue;
mod connectors;
mod customers;
mod deliveries;
mod exchange_rates;
mod invoices;
mod limits;
mod money;
mod network;
mod pages;
mod plans;
mod policies;
mod records;
mod refunds;
mod reratings;
mod resellers;
mod scalars;
mod sessions;
mod system;
mod traces;
mod vouchers;

pub(crate) use accounts::*;
pub(crate) use catalogue::*;
pub(crate) use connectors::*;
pub(crate) use customers::*;
pub(crate) use deliveries::*;
pub(crate) use exchange_rates::*;
pub(crate) use invoices::*;
pub(crate) use limits::*;
pub(crate) use money::*;
pub(crate) use network::*;
pub(crate) use pages::*;
pub(crate) use plans::*;
pub(crate) use policies::*;
pub(crate) use records::*;
pub(crate) use refunds::*;
pub(crate) use reratings::*;
pub(crate) use resellers::*;
pub(crate) use scalars::*;
pub(crate) use sessions::*;
pub(crate) use system::*;
pub(crate) use traces::*;
pub(crate) use vouchers::*;
