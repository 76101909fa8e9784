//! `breakwater token`: balances and transfers, and mints of a local network's tokens.

use crate::{
    amount::Amount,
    context::{account, short, Connection, Sending},
    send::{token_refusal, Wanted},
};
use anyhow::Result;
use serde::Serialize;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Show an account's balance of every token
    #[command(after_help = "Example: breakwater token balance //Bob")]
    Balance(Balance),
    /// Mint tokens of a local network
    #[command(after_help = "Example: breakwater token mint ETH 10 --to //Bob --from //Alice")]
    Mint(Move),
    /// Send tokens
    #[command(after_help = "Example: breakwater token transfer USD 10 --to //Bob --from //Alice")]
    Transfer(Move),
}

#[derive(clap::Args)]
pub struct Balance {
    /// Whose
    account: String,
    #[command(flatten)]
    connection: Connection,
}

#[derive(clap::Args)]
pub struct Move {
    /// The token's symbol
    asset: String,
    /// How many
    amount: Amount,
    /// To whom
    #[arg(long, value_name = "ACCOUNT")]
    to: String,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Serialize)]
struct Held {
    asset: String,
    units: String,
    decimals: u8,
}

pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Balance(args) => balance(args),
        Command::Mint(args) => args.run(true),
        Command::Transfer(args) => args.run(false),
    }
}

fn balance(args: &Balance) -> Result<()> {
    let mut context = args.connection.open()?;
    let owner = account(&args.account)?;
    let mut held = Vec::new();
    for asset in &context.deployment.assets {
        let units = asset.token().balance_of(context.chain.as_mut(), owner)?;
        let said = asset.say(units);
        let (symbol, decimals) = (asset.symbol.clone(), asset.decimals);
        held.push((said, Held { asset: symbol, units: units.to_string(), decimals }));
    }
    let (lines, held): (Vec<String>, Vec<Held>) = held.into_iter().unzip();
    context.answer(&held, || lines.join("\n"))
}

impl Move {
    fn run(&self, mint: bool) -> Result<()> {
        let (mut context, sender) = self.sending.open()?;
        let asset = context.deployment.asset(&self.asset)?.clone();
        let to = account(&self.to)?;
        let token = asset.token();
        let units = match (&self.amount, &sender.signer) {
            (Amount::All, Some(signer)) if !mint => {
                token.balance_of(context.chain.as_mut(), signer.account())?
            }
            (amount, _) => amount.units(asset.decimals)?,
        };
        let (call, verb) = if mint {
            (token.mint(to, units), "minted")
        } else {
            (token.transfer(to, units), "sent")
        };
        let done = format!("{verb} {} to {}", asset.say(units), short(&to));
        sender.send_with(&mut context, Wanted::new(call, done), token_refusal).map(drop)
    }
}
