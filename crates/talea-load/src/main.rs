//! The command `talea-load`; everything is in the library.

use clap::Parser;
use std::process::ExitCode;
use talea_load::command_line::Arguments;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Arguments::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("talea-load: {error}");
            ExitCode::FAILURE
        }
    }
}
