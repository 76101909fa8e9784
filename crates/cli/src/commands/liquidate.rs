//! What keepers do by hand.

use crate::{
    amount::{self, Amount},
    context::{account, short, Context, Sending},
    deployment::Asset,
    explain,
    output::note,
    send::{refusal, refused, Mode, Payment, Wanted},
};
use anyhow::{ensure, Context as _, Result};
use breakwater_chain::{address::to_ss58, AccountId};
use breakwater_client::{lens::Quote, MarketEvent};
use breakwater_protocol::{num::math::mul_div_up, Order};
use scale::Encode;
use std::collections::BTreeSet;

#[derive(clap::Args)]
#[command(after_help = "Example: breakwater liquidate //Bob --from //Charlie")]
pub struct Liquidate {
    /// Whose loans; healthy ones are skipped
    #[arg(required = true, value_name = "ACCOUNT")]
    accounts: Vec<String>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
#[command(after_help = "Examples:
  breakwater take //Bob --pay USD --get ETH --from //Charlie
  breakwater take //Bob --pay USD --get ETH --amount 500 --min 0.2 --from //Charlie
  breakwater take //Bob --pay USD --get ETH --no-capital --from //Alice")]
pub struct Take {
    /// Whose collateral
    account: String,
    /// The asset of the debt, which is repaid
    #[arg(long, value_name = "ASSET")]
    pay: String,
    /// The collateral to buy
    #[arg(long, value_name = "ASSET")]
    get: String,
    /// Most to repay
    #[arg(long, default_value = "all")]
    amount: Amount,
    /// Least collateral to receive for the quoted amount; scaled down for less
    #[arg(long)]
    min: Option<Amount>,
    /// Sell the collateral on the deployment's AMM pool before paying: the sender, who must have
    /// deployed the taker contract, needs no money
    #[arg(long)]
    no_capital: bool,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
#[command(after_help = "Example: breakwater cure //Bob --from //Charlie")]
pub struct Cure {
    /// Whose auction
    account: String,
    #[command(flatten)]
    sending: Sending,
}

/// Accounts in one transaction at most. A message has 16 KiB, and one account that is put into
/// auction takes a hundredth of a block.
const ACCOUNTS_AT_ONCE: usize = 50;
/// Accounts that are named with what keeps them from being liquidated.
const NAMED_AT_MOST: usize = 10;

impl Liquidate {
    pub fn run(&self) -> Result<()> {
        let given = self.accounts.iter().map(|text| account(text));
        let accounts = distinct(given.collect::<Result<_>>()?);
        let (mut context, sender) = self.sending.open()?;
        let market = context.deployment.market()?;
        if let [one] = accounts.as_slice() {
            let done = format!("started the liquidation of {}", short(one));
            let assets = context.deployment.assets.clone();
            let wanted = Wanted::new(market.liquidate(*one), done.clone()).told(move |event| {
                backstop_bought(&assets, event).map(|what| format!("{done}: {what}"))
            });
            return sender.send(&mut context, wanted).map(drop);
        }
        if sender.mode == Mode::Calldata {
            for some in accounts.chunks(ACCOUNTS_AT_ONCE) {
                let wanted = Wanted::new(market.liquidate_many(some), "");
                sender.send(&mut context, wanted)?;
            }
            return Ok(());
        }
        let origin = sender.signer()?.account();
        let mut due = Vec::new();
        let mut left = Vec::new();
        for some in accounts.chunks(ACCOUNTS_AT_ONCE) {
            // Most lists are of healthy accounts: looked at one by one only where there is a reason.
            let any = any_due(&mut context, origin, some)?;
            for who in some {
                match any || left.len() < NAMED_AT_MOST {
                    true => match refusal_of(&mut context, origin, *who)? {
                        None => due.push(*who),
                        Some(why) => left.push(Some((*who, why))),
                    },
                    false => left.push(None),
                }
            }
        }
        for (who, why) in left.iter().flatten().take(NAMED_AT_MOST) {
            note(&format!("{}: {why}", to_ss58(who)));
        }
        if let Some(more) = left.len().checked_sub(NAMED_AT_MOST).filter(|more| *more != 0) {
            note(&format!("and {} more that can't be liquidated", said(more)));
        }
        ensure!(!due.is_empty(), "none of these accounts can be liquidated: nothing was sent");
        for some in due.chunks(ACCOUNTS_AT_ONCE) {
            let done = format!("started the liquidation of {}", said(some.len()));
            let wanted = Wanted::new(market.liquidate_many(some), done);
            let events = sender.send(&mut context, wanted)?;
            let started = events.iter().filter_map(MarketEvent::decode);
            let started =
                started.filter(|event| matches!(event, MarketEvent::LiquidationStarted(_))).count();
            if sender.mode == Mode::Send && started < some.len() {
                let late = some.len() - started;
                note(&format!("{} could not be liquidated any more", said(late)));
            }
        }
        Ok(())
    }
}

/// What the backstop bought within a message: there may be nothing left to auction.
fn backstop_bought(assets: &[Asset], event: &MarketEvent) -> Option<String> {
    let MarketEvent::Taken(taken) = event else { return None };
    if !taken.backstop {
        return None;
    }
    let of = |id| assets.iter().find(|asset| asset.id == Some(id));
    let (got, paid) = (of(taken.collateral)?, of(taken.debt)?);
    let (got, paid) = (got.say(taken.received), paid.say(taken.repaid));
    Some(format!("the backstop bought {got} for {paid}"))
}

/// Each account once, in the order given.
fn distinct(accounts: Vec<AccountId>) -> Vec<AccountId> {
    let mut seen = BTreeSet::new();
    accounts.into_iter().filter(|who| seen.insert(*who)).collect()
}

fn said(accounts: usize) -> String {
    match accounts {
        1 => "1 account".into(),
        many => format!("{many} accounts"),
    }
}

/// Whether any of some accounts can be liquidated now.
fn any_due(context: &mut Context, origin: AccountId, some: &[AccountId]) -> Result<bool> {
    let call = context.deployment.market()?.liquidate_many(some);
    let output = context.chain.dry_run(origin, &call)?.result;
    let output = output.map_err(|why| anyhow::anyhow!(explain::dispatch(&why)))?;
    // `Ok(Ok(0))`. A refusal of all together, such as a missing price, is told account by account.
    Ok(output.reverted || output.data != (0u8, 0u8, 0u32).encode())
}

/// Why an account can't be liquidated now, if it can't.
fn refusal_of(context: &mut Context, origin: AccountId, who: AccountId) -> Result<Option<String>> {
    let call = context.deployment.market()?.liquidate(who);
    let output = context.chain.dry_run(origin, &call)?.result;
    let output = output.map_err(|why| anyhow::anyhow!(explain::dispatch(&why)))?;
    Ok(refused(&output, refusal).map(|why| why.text()))
}

impl Take {
    pub fn run(&self) -> Result<()> {
        let (mut context, sender) = self.sending.open()?;
        let market = context.deployment.market()?;
        let of = account(&self.account)?;
        let (pay, get) = (
            context.deployment.asset(&self.pay)?.clone(),
            context.deployment.asset(&self.get)?.clone(),
        );
        let least = self.min.as_ref().map(|min| min.units(get.decimals)).transpose()?.unwrap_or(0);
        let max_repay = self.amount.units(pay.decimals)?;
        let quote = context
            .deployment
            .lens()?
            .quote(context.chain.as_mut(), of, get.id()?, pay.id()?, max_repay)
            .map_err(explain::client)?;
        note(&format!(
            "now: {} for {} ({} below the oracle's price)",
            get.say(quote.received),
            pay.say(quote.repaid),
            signed_percent(quote.bonus_wad)
        ));
        if quote.backstop_repaid != 0 {
            note(&format!("the backstop buys first, for {}", pay.say(quote.backstop_repaid)));
        }
        ensure!(
            quote.repaid != 0,
            "the backstop leaves nothing to take: any message to it will do"
        );
        let (max_repay, min_receive) = priced(&quote, max_repay, least)?;
        let order = Order { collateral: get.id()?, debt: pay.id()?, max_repay, min_receive };
        let call = if self.no_capital {
            let pool = context.deployment.pool(&get.symbol, &pay.symbol);
            let pool = pool.context("the deployment has no pool of these two assets")?;
            let taker = context.deployment.taker()?;
            if let Some(signer) = &sender.signer {
                let ours = taker.serves(context.chain.as_mut(), &market, signer.account())?;
                ensure!(
                    ours,
                    "the deployment's taker is somebody else's: it works for who deployed it only. \
                     Deploy one of your own (`taker = true` in a file of another name), or take \
                     without --no-capital"
                );
            }
            taker.take_and_sell(&market, of, order, pool, 0)
        } else {
            market.take_with(of, order, None, None, None)
        };
        // The price may move until the block; the market pulls what it repays, no more.
        let approved = quote.repaid.saturating_add(quote.repaid / 10).min(max_repay);
        let mut wanted = Wanted::new(call, format!("taken from {}", short(&of)));
        let needed = if self.no_capital { 0 } else { quote.repaid };
        wanted.payment =
            Some(Payment { asset: pay.clone(), spender: market.address, needed, approved });
        let wanted = wanted.told(move |event| match event {
            MarketEvent::Taken(taken) => {
                let (got, paid) = (get.say(taken.received), pay.say(taken.repaid));
                Some(format!("taken {got} from {} for {paid}", short(&of)))
            }
            _ => None,
        });
        sender.send(&mut context, wanted).map(drop)
    }
}

impl Cure {
    pub fn run(&self) -> Result<()> {
        let (mut context, sender) = self.sending.open()?;
        let of = account(&self.account)?;
        let call = context.deployment.market()?.cure(of);
        let done = format!("ended the auction of {}", short(&of));
        sender.send(&mut context, Wanted::new(call, done)).map(drop)
    }
}

/// Most to pay and least to receive for all of it, so that the price is that of `least` for what is quoted:
/// with a little room for the interest until the block. Without a least any price will do.
pub fn priced(quote: &Quote, max_repay: u128, least: u128) -> Result<(u128, u128)> {
    if least == 0 {
        return Ok((max_repay, 0));
    }
    let room = quote.repaid.saturating_add(quote.repaid.div_ceil(10_000)).min(max_repay);
    let least = mul_div_up(least, room, quote.repaid).ok().context("the least is too much")?;
    Ok((room, least))
}

/// A signed wad fraction in per cent.
pub fn signed_percent(value_wad: i128) -> String {
    let sign = if value_wad < 0 { "-" } else { "" };
    format!("{sign}{}", amount::percent(value_wad.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Before: 600 accounts in one call were 19 KB, more than a message may have.
    #[test]
    fn many_accounts_go_in_parts_that_fit_each_once() {
        let accounts: Vec<AccountId> = (0..600u16)
            .map(|number| {
                let mut account = [0; 32];
                account[..2].copy_from_slice(&number.to_le_bytes());
                account
            })
            .collect();
        let twice = [accounts.clone(), accounts.clone()].concat();
        assert_eq!(distinct(twice), accounts);
        let market = breakwater_client::Market { address: [7; 32] };
        let sizes: Vec<usize> = accounts
            .chunks(ACCOUNTS_AT_ONCE)
            .map(|some| market.liquidate_many(some).data.len())
            .collect();
        assert_eq!(sizes.len(), 12);
        assert!(sizes.iter().all(|size| *size < 16 * 1024), "{sizes:?}");
        assert!(market.liquidate_many(&accounts).data.len() > 16 * 1024);
    }
}
