//! Realistic data for the gallery.

mod self_care;
mod staff;

pub use self_care::*;
pub use staff::*;
