//! All tests of `calendar` over its public face, in one program: each program more is linked anew, with everything below it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod instants;
mod local_time;
mod periods;
