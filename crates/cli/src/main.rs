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
mod files;
mod operations;
mod output;
mod send;
mod verify;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use std::process::ExitCode;

/// A lending market whose liquidations do not cascade.
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
    /// Simulate the same crash on Breakwater and seven other protocols
    Lab(breakwater_lab::command::Args),
    /// Deploy a market from a file, or update it to match the file
    Deploy(deploy::Args),
    /// Serve this market's page on this machine
    App(app::Args),
    #[command(flatten)]
    Chain(commands::Command),
    /// Run a keeper: start, take, fill, cure, and do the market's upkeep
    Keeper(breakwater_keeper::command::Args),
    /// Print the size of every contract and the gas of every message
    Bench(bench::Args),
    /// Explain an error and what to do about it
    #[command(after_help = "Examples:
  breakwater explain InsufficientCollateral
  breakwater explain --json                # all of them, for other clients")]
    Explain {
        /// The error's name; without one, all errors
        name: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a shell's completion script
    #[command(
        after_help = "Example: breakwater completions bash > /etc/bash_completion.d/breakwater"
    )]
    Completions {
        /// The shell
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
            output::note(&format!("error: {}", output::causes(&error)));
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
