//! `breakwater lab` without the rest of the command line, so without the chain's crates to compile:
//! `cargo run -p breakwater-lab --example lab -- --help`.

use clap::Parser;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: breakwater_lab::command::Args,
}

fn main() -> anyhow::Result<()> {
    breakwater_lab::command::run(&Cli::parse().args)
}
