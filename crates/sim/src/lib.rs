//! The deterministic simulation: a seed runs the system through crashes, torn and failed writes, lost and doubled requests, clock
//! jumps and new catalogs, and its promises are watched all the way (docs/decisions/0008).
//!
//! What runs is the real charging core, the real batches of the engine, the real journal, folding, loading and recovery of the store,
//! one step at a time on one thread. Dev only: no crate of the product may name this one, and the product knows no switch of it.

mod cast;
mod catalogs;
mod crossings;
mod dice;
mod disk;
mod ending;
mod errands;
mod history;
mod laws;
mod outbox;
mod requests;
mod run;
mod sabotage;
mod server;
mod sessions;
mod tables;
mod violation;
mod world;

pub use run::{Outcome, Plan, Tally};
pub use sabotage::Sabotage;
pub use violation::{Promise, Violation};
