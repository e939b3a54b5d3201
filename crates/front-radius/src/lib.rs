//! The RADIUS front door.
