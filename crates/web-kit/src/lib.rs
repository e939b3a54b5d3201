//! Shared page parts of both portals.
