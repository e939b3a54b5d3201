//! The self-care portal asked over its router, without a browser: sign-in, form tokens, whose records are shown, buying once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod browser;
mod own_money;
mod pages;
mod shop;
mod sign_in;
mod strangers;
mod top_up;
mod vouchers;
mod world;
