//! Load generator and checker: sends charging requests at a given rate whatever the server does, measures from the instant at which
//! each should have been sent, checks every answer, and at the end compares every balance with what was sent.
//!
//! Flows in: what to send, how fast and where. Flows out: a [`Report`]. The expected amounts come from a formula of its own
//! ([`expected_amount`]), never from the rating code. Must not know: how a charge is decided, nor anything inside the server; it sees
//! sockets, and after the end the store.
//!
//! The road of a run: `run` -> `server_process` (start) -> `phase` (sender and receiver threads over `gy` or `accounting`) ->
//! `server_process` (stop) -> `books` -> `report`. The kill test (`kill_test`) has a client of its own that remembers what was
//! answered.

pub mod accounting;
pub mod books;
pub mod command_line;
pub mod expected_amount;
pub mod gy;
pub mod kill_test;
pub mod memory;
pub mod phase;
pub mod plan;
pub mod report;
pub mod run;
pub mod schedule;
pub mod seeded_start;
pub mod server_process;
pub mod start_up;
mod stolen_time;
pub mod tally;
pub mod window;

mod error;

pub use error::LoadError;
pub use report::Report;
