//! `breakwater node`: a chain on this machine, and what only a chain of one's own can do.

mod contracts_node;
mod dev;
mod up;

use anyhow::Result;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Start a local chain and keep it running until Ctrl-C
    #[command(after_help = "Examples:
  breakwater node up
  breakwater node up --port 9955 --chain-dir my-chain
  breakwater node up --strict               # with a live chain's limits
  breakwater node up --contracts-node       # a substrate-contracts-node instead")]
    Up(up::Up),
    /// Make blocks
    #[command(after_help = "Example: breakwater node new-block 10")]
    NewBlock(dev::NewBlock),
    /// Advance the chain's clock
    #[command(after_help = "Examples:
  breakwater node travel 3d
  breakwater node travel \"2h 30m\"
  breakwater node travel --to 2030-01-01T00:00:00Z")]
    Travel(dev::Travel),
    /// Give an account a balance of the chain's coin
    #[command(after_help = "Example: breakwater node set-balance //Charlie 1000000000000000")]
    SetBalance(dev::SetBalance),
    /// Save the chain's state and print the snapshot's number
    Snapshot(dev::Snapshot),
    /// Restore a snapshot, time included
    #[command(after_help = "Example: breakwater node revert 1")]
    Revert(dev::Revert),
    /// Accept any signature for an account from now on
    #[command(after_help = "Examples:
  breakwater node impersonate 5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty
  breakwater node impersonate //Bob --stop")]
    Impersonate(dev::Impersonate),
}

pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Up(args) => args.run(),
        Command::NewBlock(args) => args.run(),
        Command::Travel(args) => args.run(),
        Command::SetBalance(args) => args.run(),
        Command::Snapshot(args) => args.run(),
        Command::Revert(args) => args.run(),
        Command::Impersonate(args) => args.run(),
    }
}
