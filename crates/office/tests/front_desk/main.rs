//! The office against a real engine and database, with the sample operator: customers, purchases, explanations, search, nodes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests stop at the first surprise"
)]

mod attention;
mod catalogue;
mod desk;
mod dialing;
mod directory;
mod explaining;
mod limits;
mod nodes;
mod plan_doors;
mod products;
mod purchases;
mod renewing;
mod rerating;
mod searching;
mod secrets;
mod sign_up;
mod timeline;
mod traces;
