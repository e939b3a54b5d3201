//! Partitions, mailboxes, group commit, recovery: the shell around the charging core.
//!
//! Flows in: [`Request`]s (a command and where its answer goes). Flows out: answers, once their batch is durable.
//! An engine thread owns the aggregates of its partitions: no locks on the hot path, and commands of one customer in one order.
//! Must not know: protocols, HTML, SQL.

mod aggregates;
mod answer;
mod clock;
mod engine;
mod lapses;
mod mailbox;
mod metrics;
mod news;
mod outlets;
mod partition_thread;
mod published;
mod relays;
mod standings;
mod sweep;
mod waiting;

pub use aggregates::{Aggregates, Draft, Loading, Told};
pub use answer::{Answer, EngineError, Outlet};
pub use clock::Clock;
pub use engine::{Config, Engine};
pub use mailbox::{Look, Request, Work};
pub use metrics::Metrics;
pub use news::{Concern, News};
pub use outlets::Outlets;
pub use waiting::{Waiting, Why};
