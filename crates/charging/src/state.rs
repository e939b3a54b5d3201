//! The aggregate: everything that decides a charge for one customer.

mod account;
mod bucket;
mod chain;
mod customer;
mod fee_mark;
mod purse;
mod rare_list;
mod session;

pub use account::{Account, AddOn, AddOnPhase, ProductSpan};
pub use bucket::{Band, Bucket, PlanUse, Spent, Taken};
pub use chain::{Chain, Parent, Resale, ResellerStop};
pub use customer::{Applied, Customer, CustomerStatus, Head, OpenInvoice, Payment};
pub use fee_mark::{Ahead, FeeMark};
pub use purse::{DailyCap, Guard, Purse, Share, TemporaryLimit, Warning};
pub use rare_list::RareList;
pub use session::{Answered, CLOSED_KEPT, CalledNumber, Dialing, Meter, Part, Session};
