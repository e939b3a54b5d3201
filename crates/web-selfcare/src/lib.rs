//! The self-care portal.
