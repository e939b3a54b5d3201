//! The staff portal asked over its router, without a browser: sign-in, roles, form tokens, every page with data and without.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod browser;
mod forms;
mod hostile;
mod money;
mod network;
mod pages;
mod plans;
mod platforms;
mod resellers;
mod sign_in;
mod traces;
mod vouchers;
mod world;
