//! The month's end: what is charged stands on one invoice, once, whatever is interrupted or repeated.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod collection;
mod fees;
mod given_back;
mod lapsing;
mod month_end;
mod sign_in;
mod taxes;
mod tokens_and_trail;
mod world;
