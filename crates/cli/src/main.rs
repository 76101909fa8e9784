//! `breakwater`: the command line.

mod bench;
mod demo;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A lending market that does not turn a price drop into a cascade.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Replay the crash of 12 March 2020 through the real contracts and write a report
    Demo(demo::Args),
    /// Print the size of every contract and the gas of every message
    Bench(bench::Args),
    /// Find what can be liquidated, taken or filled, and do it
    Keeper(breakwater_keeper::command::Args),
    /// Compare ways to liquidate on the same crash
    Lab(breakwater_lab::command::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Keeper(args) => breakwater_keeper::command::run(&args),
        Command::Lab(args) => breakwater_lab::command::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line: the chain of causes, outermost first.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
