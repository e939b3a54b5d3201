//! How both databases get at the rows of every statement of this crate: a check for tests.
//!
//! The statements are taken from the source text itself, so that a new one cannot escape. A table that has a `partition` is read by a
//! key that begins with it; whatever goes across partitions, or through all of a table that grows, is in [`EXCEPTIONS`] with the way
//! it goes and the reason. A statement that begins to go another way, and an exception that nothing needs any more, are findings.

mod access;
mod exceptions;
mod source;
mod tests;
