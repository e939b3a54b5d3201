//! The API against a real engine and database, with the sample operator, through the router itself.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests stop at the first surprise"
)]

mod billing;
mod charging;
mod customers;
mod document;
mod installation;
mod money;
mod plans;
mod problems;
mod repetition;
mod resellers;
mod vouchers;
mod world;
