//! `breakwater backstop`: the pool that buys off the market.

use crate::{
    amount::{percent_of_bps, span, tokens, Amount},
    context::{account, short, Connection, Sending},
    explain,
    output::{list, table},
    send::Wanted,
};
use anyhow::{ensure, Result};
use breakwater_protocol::{
    shares::{to_assets_down, to_shares_up},
    Error,
};
use serde::Serialize;

#[derive(clap::Subcommand)]
pub enum Command {
    /// What the pool of an asset holds, and an account's stake
    #[command(after_help = "Example: breakwater backstop show USD --account //Alice")]
    Show(Show),
    /// Put money in: it earns interest and more, and stands in for losses first
    #[command(after_help = "Example: breakwater backstop deposit USD 1000 --from //Alice")]
    Deposit(Stake),
    /// Give notice of withdrawal
    #[command(after_help = "Example: breakwater backstop notice USD --from //Alice")]
    Notice(Pool),
    /// Take money out, once the notice is over: it stays lent to the market until withdrawn
    #[command(after_help = "Example: breakwater backstop withdraw USD all --from //Alice")]
    Withdraw(Stake),
    /// Collect one's part of the collateral that the pool has bought
    #[command(after_help = "Example: breakwater backstop claim USD ETH --from //Alice")]
    Claim(Claim),
    /// Have the pool buy from an auction
    #[command(
        after_help = "Example: breakwater backstop fill //Bob --pay USD --get ETH --from //Charlie"
    )]
    Fill(Fill),
}

#[derive(clap::Args)]
pub struct Show {
    /// The asset that the pool holds
    asset: String,
    /// Whose stake
    #[arg(long)]
    account: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

#[derive(clap::Args)]
pub struct Pool {
    /// The asset that the pool holds
    asset: String,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
pub struct Stake {
    /// The asset that the pool holds
    asset: String,
    /// How many tokens, or `all` when withdrawing
    amount: Amount,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
pub struct Claim {
    /// The asset that the pool holds
    asset: String,
    /// The collateral it has bought
    collateral: String,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
pub struct Fill {
    /// Whose collateral
    account: String,
    /// The asset of the debt: the pool's
    #[arg(long, value_name = "ASSET")]
    pay: String,
    /// The collateral to buy
    #[arg(long, value_name = "ASSET")]
    get: String,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Serialize)]
struct Answer {
    asset: String,
    /// Units that the pool can spend.
    holds: String,
    level_bps: u16,
    cooldown_ms: u64,
    window_ms: u64,
    stake: Option<StakeAnswer>,
}

#[derive(Serialize)]
struct StakeAnswer {
    worth: String,
    /// When the notice was given, in Unix milliseconds.
    notice_ms: Option<u64>,
    claimable: Vec<(String, String)>,
}

pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Show(args) => show(args),
        Command::Deposit(args) => {
            let (mut context, sender) = args.sending.open()?;
            ensure!(args.amount != Amount::All, "say how much");
            let asset = context.book.asset(&args.asset)?.clone();
            let market = context.book.market()?;
            let units = args.amount.units(asset.decimals)?;
            let call = market.backstop_deposit(asset.id()?, units);
            let wanted = Wanted::new(call, format!("put {} into the backstop", asset.say(units)));
            let wanted = wanted.paying(&asset, market.address, units);
            sender.send(&mut context, wanted).map(drop)
        }
        Command::Notice(args) => {
            let (mut context, sender) = args.sending.open()?;
            let asset = context.book.asset(&args.asset)?.clone();
            let call = context.book.market()?.backstop_give_notice(asset.id()?);
            let done = format!("given notice to the {} backstop", asset.symbol);
            sender.send(&mut context, Wanted::new(call, done)).map(drop)
        }
        Command::Withdraw(args) => withdraw(args),
        Command::Claim(args) => {
            let (mut context, sender) = args.sending.open()?;
            let asset = context.book.asset(&args.asset)?.clone();
            let bought = context.book.asset(&args.collateral)?.clone();
            let call = context.book.market()?.backstop_claim(asset.id()?, bought.id()?);
            let done = format!("claimed {} from the backstop", bought.symbol);
            sender.send(&mut context, Wanted::new(call, done)).map(drop)
        }
        Command::Fill(args) => {
            let (mut context, sender) = args.sending.open()?;
            let of = account(&args.account)?;
            let pay = context.book.asset(&args.pay)?.id()?;
            let get = context.book.asset(&args.get)?.id()?;
            let call = context.book.market()?.backstop_fill(of, get, pay);
            let done = format!("had the backstop buy from {}", short(&of));
            sender.send(&mut context, Wanted::new(call, done)).map(drop)
        }
    }
}

/// Tokens are turned into pool shares at the present price.
fn withdraw(args: &Stake) -> Result<()> {
    let (mut context, sender) = args.sending.open()?;
    let asset = context.book.asset(&args.asset)?.clone();
    let (market, id) = (context.book.market()?, asset.id()?);
    let units = args.amount.units(asset.decimals)?;
    let shares = match args.amount {
        Amount::All => u128::MAX,
        Amount::Exactly(_) => {
            let pool = market.backstop(context.chain.as_mut(), id)?;
            let reserve = market.reserve(context.chain.as_mut(), id)?;
            let supply_shares = reserve
                .books
                .supplied()
                .and_then(|pot| to_shares_up(units, pot))
                .map_err(refused)?;
            pool.shares_down(supply_shares, reserve.books.backstop_shares).map_err(refused)?
        }
    };
    let call = market.backstop_withdraw(id, shares);
    let done = format!("taken {} out of the backstop", asset.say(units));
    sender.send(&mut context, Wanted::new(call, done)).map(drop)
}

fn refused(error: Error) -> anyhow::Error {
    anyhow::anyhow!(explain::refusal(error))
}

fn show(args: &Show) -> Result<()> {
    let mut context = args.connection.open()?;
    let asset = context.book.asset(&args.asset)?.clone();
    let market = context.book.market()?;
    let id = asset.id()?;
    let chain = context.chain.as_mut();
    let reserve = market.reserve(chain, id).map_err(explain::client)?;
    let pool = market.backstop(chain, id)?;
    let holds = reserve.backstop_assets_down().map_err(refused)?;
    let config = reserve.config.backstop;
    let mut stake_answer = None;
    if let Some(text) = &args.account {
        let stake = market.stake(chain, id, account(text)?).map_err(explain::client)?;
        let supply_shares =
            pool.held_down(stake.shares, reserve.books.backstop_shares).map_err(refused)?;
        let worth = reserve
            .books
            .supplied()
            .and_then(|pot| to_assets_down(supply_shares, pot))
            .map_err(refused)?;
        let mut claimable = Vec::new();
        for other in &context.book.assets {
            let Some(other_id) = other.id else { continue };
            let units = stake.claimable_down(other_id, other.decimals).map_err(refused)?;
            if units != 0 {
                claimable.push((other.clone(), units));
            }
        }
        stake_answer = Some((worth, stake.notice_ms, claimable));
    }
    let answer = Answer {
        asset: asset.symbol.clone(),
        holds: holds.to_string(),
        level_bps: config.level_bps,
        cooldown_ms: config.cooldown_ms,
        window_ms: config.window_ms,
        stake: stake_answer.as_ref().map(|(worth, notice_ms, claimable)| StakeAnswer {
            worth: worth.to_string(),
            notice_ms: *notice_ms,
            claimable: claimable.iter().map(|(a, u)| (a.symbol.clone(), u.to_string())).collect(),
        }),
    };
    context.answer(&answer, || {
        let mut pairs = vec![
            ("pool holds", asset.say(holds)),
            ("buys from", format!("{} below the oracle", percent_of_bps(config.level_bps))),
            (
                "notice",
                format!("{}, then open for {}", span(config.cooldown_ms), span(config.window_ms)),
            ),
        ];
        let Some((worth, notice_ms, claimable)) = &stake_answer else {
            return list(&pairs);
        };
        pairs.push(("stake", asset.say(*worth)));
        pairs.push(("notice given", notice_ms.map_or("no".into(), |ms| format!("at {ms} ms"))));
        let rows =
            claimable.iter().map(|(a, units)| [a.symbol.clone(), tokens(*units, a.decimals)]);
        match claimable.is_empty() {
            true => list(&pairs),
            false => format!("{}\n{}", list(&pairs), table(&["to claim", "tokens"], rows)),
        }
    })
}
