//! The Diameter front door from outside: a real engine on a temporary directory behind it, clients on sockets before it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod additions;
mod advice;
mod by_name;
mod certificates;
mod connections;
mod dialing;
mod dialling;
mod events;
mod foreign_client;
mod gateway_lives;
mod gateways;
mod hostile;
mod hotline;
mod kamailio_peer;
mod messages;
mod office_directory;
mod peer_restarts;
mod programs;
mod python_peer;
mod rating_groups;
mod recording;
mod relay_peer;
mod second_decoder;
mod server_requests;
mod sessions;
mod sub_sessions;
mod tls_dialling;
mod transports;
mod unmetered;
mod wire_client;
mod world;
