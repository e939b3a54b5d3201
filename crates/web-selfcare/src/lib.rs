//! The self-care portal: what a subscriber has, uses, owes and can buy, phone first and under the operator's own name and colour.
//!
//! Flows in: HTTP requests of signed-in subscribers. Flows out: whole HTML pages, made with `web-kit`, and calls of the `office` as
//! that subscriber. Every office call blocks, so it runs on a blocking thread (`visit::Visit::ask`). Whatever an address names
//! is shown only when it belongs to the subscriber; what is another's is not found.
//! Must not know: SQL, protocols, how a charge is decided, how a session or a password is kept.
//!
//! Wiring: serve [`router`] at the root of a listener of its own; assets and security headers are in it.

mod amount_rows;
mod fault;
mod gate;
mod offer;
mod pages;
mod plain_reasons;
mod portal;
mod price_words;
mod routes;
mod source;
mod typed;
mod visit;
mod words;

pub use portal::WebSelfcare;
pub use routes::router;
