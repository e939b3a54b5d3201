//! The aggregate: everything that decides a charge for one customer.

mod account;
mod customer;
mod session;

pub use account::{Account, AddOn, Bucket, ProductSpan};
pub use customer::{Applied, Customer, CustomerStatus, Head, OpenInvoice, Payment};
pub use session::{Answered, CLOSED_KEPT, Meter, Session};
