//! The one crate that knows SQL.
