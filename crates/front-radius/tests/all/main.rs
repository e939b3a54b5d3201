//! All tests of `front-radius` over its public face, in one program: each program more is linked anew, with everything below it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod binding;
mod calls;
mod catalog_changes;
mod coa_stranger;
mod enforcement;
mod foreign_nas;
mod freeradius_proxy;
mod hostile_input;
mod kamailio;
mod log_in;
mod methods;
mod node_policies;
mod office_directory;
mod profile_files;
mod second_decoder;
mod sessions;
mod sessions_to_cut;
mod sub_sessions;
mod tls;
mod world;
