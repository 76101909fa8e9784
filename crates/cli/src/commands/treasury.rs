//! `breakwater treasury`: the protocol's income, and the end of an asset.

use crate::{
    amount::Amount,
    context::{account, short, Connection, Sending},
    explain,
    output::table,
    send::Wanted,
};
use anyhow::{anyhow, Result};
use breakwater_protocol::{num::shares::to_assets_down, Income};
use serde::Serialize;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Show the protocol's income in each asset
    #[command(after_help = "Example: breakwater treasury show")]
    Show(Show),
    /// Pay income out (owner); while the asset is borrowed a part stays to bear losses
    #[command(after_help = "Examples:
  breakwater treasury collect USD all --income interest --to //Alice --from //Alice
  breakwater treasury collect ETH 0.5 --income fees --to //Alice --from //Alice")]
    Collect(Collect),
    /// Delist an asset that nobody holds, owes or may claim (owner)
    #[command(after_help = "Example: breakwater treasury delist ETH --from //Alice")]
    Delist(Delist),
}

#[derive(clap::Args)]
pub struct Show {
    #[command(flatten)]
    connection: Connection,
}

#[derive(clap::Args)]
pub struct Collect {
    /// The asset's symbol
    asset: String,
    /// Tokens, or `all` that may be collected now
    amount: Amount,
    /// Which income
    #[arg(long)]
    income: Kind,
    /// To whom
    #[arg(long, value_name = "ACCOUNT")]
    to: String,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
pub struct Delist {
    /// The asset's symbol
    asset: String,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// The protocol's part of interest
    Interest,
    /// Liquidation fees, in collateral
    Fees,
}

/// Amounts in units.
#[derive(Serialize)]
struct Earned {
    asset: String,
    interest: String,
    fees: String,
    decimals: u8,
}

/// Runs one.
pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Show(args) => show(args),
        Command::Collect(args) => {
            let (mut context, sender) = args.sending.open()?;
            let asset = context.deployment.asset(&args.asset)?.clone();
            let units = args.amount.units(asset.decimals)?;
            let (to, income) = (account(&args.to)?, income(args.income));
            let call = context.deployment.market()?.collect(asset.id()?, income, units, to);
            let what = match args.amount {
                Amount::All => format!("all {} there is", asset.symbol),
                Amount::Exactly(_) => asset.say(units),
            };
            let done = format!("collected {what} for {}", short(&to));
            sender.send(&mut context, Wanted::new(call, done)).map(drop)
        }
        Command::Delist(args) => {
            let (mut context, sender) = args.sending.open()?;
            let asset = context.deployment.asset(&args.asset)?.id()?;
            let call = context.deployment.market()?.delist_reserve(asset);
            sender
                .send(&mut context, Wanted::new(call, format!("delisted {}", args.asset)))
                .map(drop)
        }
    }
}

const fn income(kind: Kind) -> Income {
    match kind {
        Kind::Interest => Income::Shares,
        Kind::Fees => Income::Collateral,
    }
}

fn show(args: &Show) -> Result<()> {
    let mut context = args.connection.open()?;
    let market = context.deployment.market()?;
    let mut answers = Vec::new();
    let mut rows = Vec::new();
    for asset in context.deployment.assets.clone() {
        let Some(id) = asset.id else { continue };
        let reserve = market.reserve(context.chain.as_mut(), id).map_err(explain::client)?;
        let balances = reserve.balances;
        let lent =
            balances.supplied().and_then(|pot| to_assets_down(balances.protocol_shares, pot));
        let interest = lent.map_err(|error| anyhow!(explain::refusal(error)))?;
        let fees = balances.protocol_collateral;
        rows.push(vec![asset.symbol.clone(), asset.say(interest), asset.say(fees)]);
        answers.push(Earned {
            asset: asset.symbol,
            interest: interest.to_string(),
            fees: fees.to_string(),
            decimals: asset.decimals,
        });
    }
    context.answer(&answers, || table(&["asset", "interest", "fees"], rows))
}
