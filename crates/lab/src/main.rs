//! `breakwater-lab`: the simulator as a program of its own. It is `breakwater lab` without what talks to
//! chains, so that it is built in a minute.

use clap::Parser;
use std::process::ExitCode;

/// Compare ways to liquidate on the same crash
#[derive(Parser)]
#[command(name = "breakwater-lab", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    args: breakwater_lab::command::Args,
}

fn main() -> ExitCode {
    match breakwater_lab::command::run(&Cli::parse().args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
