//! All tests of `charging` over its public face, in one program: each program more is linked anew, with everything below it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod add_ons;
mod allocations;
mod balances;
mod calls;
mod chances;
mod dialing;
mod grants;
mod hotline;
mod laws;
mod plan_laws;
mod plan_world;
mod plans;
mod price_switches;
mod purchases;
mod refunds;
mod resellers;
mod rows;
mod schedules;
mod session_parts;
mod sessions;
mod taxes;
mod vouchers;
mod wallets;
mod world;
