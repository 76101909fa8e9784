//! `breakwater`: the command line.

mod amount;
mod app;
mod bench;
mod calls;
mod coin;
mod commands;
mod context;
mod demo;
mod deploy;
mod deployment;
mod explain;
mod operations;
mod output;
mod send;
mod verify;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
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
    /// Compare ways to liquidate on the same crash
    Lab(breakwater_lab::command::Args),
    /// Deploy a market from a file, or change it to what the file says
    Deploy(deploy::Args),
    /// Serve the page for this market on this machine
    App(app::Args),
    #[command(flatten)]
    Chain(commands::Command),
    /// Find what can be liquidated, taken or filled, and do it
    Keeper(breakwater_keeper::command::Args),
    /// Print the size of every contract and the gas of every message
    Bench(bench::Args),
    /// Say what an error means and what to do about it
    #[command(after_help = "Examples:
  breakwater explain InsufficientCollateral
  breakwater explain --json                # all of them, for other clients")]
    Explain {
        /// Its name; all of them without one
        name: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a script that completes commands in a shell
    #[command(
        after_help = "Example: breakwater completions bash > /etc/bash_completion.d/breakwater"
    )]
    Completions {
        /// Which shell
        shell: Shell,
    },
}

fn main() -> ExitCode {
    output::mind_lost_output();
    let outcome = match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Lab(args) => breakwater_lab::command::run(&args),
        Command::Deploy(args) => deploy::run(&args),
        Command::App(args) => app::run(&args),
        Command::Chain(command) => commands::run(&command),
        Command::Keeper(args) => breakwater_keeper::command::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Explain { name, json } => explain::run(name.as_deref(), json),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "breakwater", &mut script);
            output::say(String::from_utf8_lossy(&script).trim_end())
        }
    };
    // What was printed without an end of line is still on its way.
    let outcome = outcome.and_then(|()| output::flush());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line: the chain of causes, outermost first.
            output::note(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
