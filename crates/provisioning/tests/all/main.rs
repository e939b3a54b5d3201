//! All tests of `provisioning` over its public face, in one program: each program more is linked anew, with everything below it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod books_to_platform;
mod delivery_worker;
mod json_platform;
mod laws;
mod manifest_faults;
mod minerva_contract;
mod queue_in_memory;
mod queue_in_store;
mod support;
