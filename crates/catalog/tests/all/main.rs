//! All tests of `catalog` over its public face, in one program: each program more is linked anew, with everything below it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod dialing;
mod exchange;
mod lookups;
mod plans;
mod prices;
mod refusals;
mod validation;
