//! One command, one chain action.

mod auctions;
mod backstop;
mod borrow;
mod breaker;
mod feed;
pub mod gov;
mod keeper_config;
mod liquidate;
mod node;
mod oracle;
mod position;
mod status;
mod token;
mod treasury;

use anyhow::Result;
pub use status::level_name;

/// Commands that talk to a chain.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Start a local node
    #[command(subcommand)]
    Node(node::Command),
    /// Show the market: assets, rates, prices, risk, breaker
    Status(status::Args),
    /// Show an account: collateral, debts, health, liquidation prices
    Position(position::Args),
    /// Supply an asset to earn interest
    Supply(borrow::Supply),
    /// Withdraw supply
    Withdraw(borrow::Withdraw),
    /// Deposit or withdraw collateral
    #[command(subcommand)]
    Collateral(borrow::Collateral),
    /// Borrow against collateral
    Borrow(borrow::Borrow),
    /// Repay a debt, yours or another's
    Repay(borrow::Repay),
    /// List open auctions and their current offers
    Auctions(auctions::Args),
    /// Start the auctions of accounts whose health factor is below 1
    Liquidate(liquidate::Liquidate),
    /// Buy collateral from an auction
    Take(liquidate::Take),
    /// End the auction of an account that is healthy again
    Cure(liquidate::Cure),
    /// Show a backstop, stake in it, leave it, buy its stock
    #[command(subcommand)]
    Backstop(backstop::Command),
    /// Show or move the circuit breaker
    #[command(subcommand)]
    Breaker(breaker::Command),
    /// Show prices and their sources, or report prices
    #[command(subcommand)]
    Oracle(oracle::Command),
    /// The governor that owns the market: show, queue, execute, cancel, upgrade
    #[command(subcommand)]
    Gov(gov::Command),
    /// Show or collect the protocol's income, or delist an asset
    #[command(subcommand)]
    Treasury(treasury::Command),
    /// Print a keeper's configuration for this deployment
    KeeperConfig(keeper_config::Args),
    /// Balances and transfers of tokens
    #[command(subcommand)]
    Token(token::Command),
}

/// Runs one.
pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Node(command) => node::run(command),
        Command::Status(args) => status::run(args),
        Command::Position(args) => position::run(args),
        Command::Supply(args) => args.run(),
        Command::Withdraw(args) => args.run(),
        Command::Collateral(command) => command.run(),
        Command::Borrow(args) => args.run(),
        Command::Repay(args) => args.run(),
        Command::Auctions(args) => auctions::run(args),
        Command::Liquidate(args) => args.run(),
        Command::Take(args) => args.run(),
        Command::Cure(args) => args.run(),
        Command::Backstop(command) => backstop::run(command),
        Command::Breaker(command) => breaker::run(command),
        Command::Oracle(command) => oracle::run(command),
        Command::Gov(command) => gov::run(command),
        Command::Treasury(command) => treasury::run(command),
        Command::KeeperConfig(args) => keeper_config::run(args),
        Command::Token(command) => token::run(command),
    }
}
