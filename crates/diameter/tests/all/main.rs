//! All tests of `diameter` over its public face, in one program: each program more is linked anew, with everything below it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client_template;
mod dictionary;
mod golden_bytes;
mod paths;
mod peer_scenarios;
mod refusals;
mod server_requests;
mod trace;
mod wire_laws;
