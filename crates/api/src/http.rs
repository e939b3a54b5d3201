//! What every request goes through before and after its handler: identity, limits, repetition, problems.
//!
//! Must not know: customers, money, what any operation does.

pub(crate) mod blocking;
pub(crate) mod body;
pub(crate) mod envelope;
pub(crate) mod gate;
pub(crate) mod precondition;
pub(crate) mod problem;
pub(crate) mod query;
pub(crate) mod replay;
