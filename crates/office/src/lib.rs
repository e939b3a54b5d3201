//! Staff and subscriber use cases.
