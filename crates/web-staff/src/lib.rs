//! The staff portal.
