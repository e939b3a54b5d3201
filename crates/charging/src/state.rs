//! The aggregate: everything that decides a charge for one customer.

mod account;
mod answers;
mod applied_requests;
mod bucket;
mod chain;
mod counts;
mod customer;
mod fee_mark;
mod purse;
mod rare_list;
mod session;

pub use account::{Account, AddOn, AddOnPhase, ProductSpan};
pub use answers::Answers;
pub use applied_requests::AppliedRequests;
pub use bucket::{Band, Bucket, PlanUse, Spent, Taken};
pub use chain::{Chain, Parent, Resale, ResellerStop};
pub use counts::Counts;
pub(crate) use customer::account_mut;
pub use customer::{Applied, Customer, CustomerStatus, Head, OpenInvoice, Payment};
pub use fee_mark::{Ahead, FeeMark};
pub use purse::{DailyCap, Guard, Purse, Share, TemporaryLimit, Warning};
pub use rare_list::RareList;
pub use session::{CLOSED_KEPT, CalledNumber, Dialing, Meter, Part, Session};
