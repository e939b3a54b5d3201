//! The Diameter front door.
