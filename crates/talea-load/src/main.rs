//! The command `talea-load`: load generator and checker; everything is in the library.
//! Must not know: anything but the command line and the exit code.

use clap::Parser;
use std::process::ExitCode;
use talea_load::command_line::Arguments;

#[global_allocator]
static ALLOCATOR: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

fn main() -> ExitCode {
    match Arguments::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("talea-load: {error}");
            ExitCode::FAILURE
        }
    }
}
