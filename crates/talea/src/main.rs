//! Talea: charging, billing and provisioning for communication service providers, in one program.
//!
//! This binary reads the configuration, wires the rooms together and obeys signals. It decides nothing about money, protocols
//! or pages itself.

mod backup;
mod books;
mod cli;
mod config;
mod console;
mod demo;
mod error;
mod heap;
mod http;
mod load_server;
mod migrate_store;
mod observability;
mod renderer;
mod sealing;
mod serve;
mod system;
mod verify;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    heap::ask_for_large_pages();
    let arguments = cli::Arguments::parse();
    match cli::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("talea: {error}");
            ExitCode::FAILURE
        }
    }
}
