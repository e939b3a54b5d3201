//! All tests of `radius` over its public face, in one program: each program more is linked anew, with everything below it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client_laws;
mod conversation;
mod dictionary;
mod duplicate_cache;
mod dynamic_client;
mod independent_client;
mod laws;
mod malformed;
mod ms_chap;
mod octets;
mod rfc_examples;
mod sip_digest;
mod trace;
