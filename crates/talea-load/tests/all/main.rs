//! All tests of `talea-load` over its public face, in one program: each program more is linked anew, with everything below it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod books_disagree;
mod fake_server;
mod faults_are_counted;
mod formulas;
mod kill;
mod load_on_a_real_server;
mod report_shape;
mod server;
