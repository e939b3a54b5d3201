//! Stand-ins for the outside world, for tests and for `talea demo`: simulators of the systems Talea provisions,
//! a private PostgreSQL, and the books of a test's world on either database.
//!
//! A simulator behaves like the real system as far as it is known, is strict about what it accepts, records every request
//! raw and makes faults on demand, so that tests assert the *platform's* state and not our own log. It knows nothing of
//! Talea's crates: only the wire joins them; `books` alone knows the store. Nothing here belongs on a production path.

pub mod books;
pub mod minerva;
pub mod postgres;
