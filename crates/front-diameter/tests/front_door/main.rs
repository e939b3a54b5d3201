//! The Diameter front door from outside: a real engine on a temporary directory behind it, clients on sockets before it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod connections;
mod dialing;
mod events;
mod foreign_client;
mod office_directory;
mod python_peer;
mod recording;
mod server_requests;
mod sessions;
mod wire_client;
mod world;
