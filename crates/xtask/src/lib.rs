//! Checks of the house rules that neither rustc nor clippy can see: who may depend on whom, how long things get,
//! what files are called, and whether the map still matches the land.
//!
//! Every rule is a pure function from text or data to [`finding::Finding`]s; only [`check`], [`metadata::load`] and
//! [`source::read_tree`] touch the disk or start `cargo`. This crate knows no other crate of the workspace.

pub mod assets;
pub mod check;
pub mod escapes;
pub mod exceptions;
pub mod file_names;
pub mod finding;
pub mod layers;
pub mod links;
pub mod lockfile;
pub mod manifests;
pub mod map;
pub mod masking;
pub mod metadata;
pub mod openings;
pub mod sizes;
pub mod source;
