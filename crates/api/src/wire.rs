//! What the API says and reads: the types of its bodies, and how they are made of the office's views.
//!
//! Money is decimal text in the customer's currency, ids are decimal text (they have 64 bits), instants are RFC 3339 in UTC.
//! Must not know: HTTP, the office's use cases.

mod accounts;
mod catalogue;
mod connectors;
mod customers;
mod deliveries;
mod invoices;
mod money;
mod network;
mod pages;
mod records;
mod scalars;
mod system;

pub(crate) use accounts::*;
pub(crate) use catalogue::*;
pub(crate) use connectors::*;
pub(crate) use customers::*;
mod vouchers;
pub(crate) use deliveries::*;
pub(crate) use invoices::*;
pub(crate) use money::*;
pub(crate) use network::*;
pub(crate) use pages::*;
pub(crate) use records::*;
pub(crate) use scalars::*;
pub(crate) use system::*;
pub(crate) use vouchers::*;
