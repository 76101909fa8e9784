//! What keepers do by hand.

use crate::{
    amount::{self, Amount},
    context::{account, short, Sending},
    explain,
    send::{Payment, Wanted},
};
use anyhow::{Context as _, Result};
use breakwater_chain::AccountId;
use breakwater_client::MarketEvent;
use breakwater_protocol::{math::mul_div_up, Order};

#[derive(clap::Args)]
#[command(after_help = "Example: breakwater liquidate //Bob --from //Charlie")]
pub struct Liquidate {
    /// Whose loans; those that are healthy are passed over
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
    /// Least collateral to receive for what the quote says; for less, in proportion
    #[arg(long)]
    min: Option<Amount>,
    /// Sell the collateral on the deployment's pool before paying: the sender, who must have
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

impl Liquidate {
    pub fn run(&self) -> Result<()> {
        let (mut context, sender) = self.sending.open()?;
        let market = context.book.market()?;
        let accounts: Vec<AccountId> =
            self.accounts.iter().map(|text| account(text)).collect::<Result<_>>()?;
        let (call, done) = match accounts.as_slice() {
            [one] => (market.liquidate(*one), format!("put {} into auction", short(one))),
            many => (market.liquidate_many(many), format!("looked at {} accounts", many.len())),
        };
        let events = sender.send(&mut context, Wanted::new(call, done))?;
        let started = events.iter().filter_map(MarketEvent::decode);
        let started =
            started.filter(|event| matches!(event, MarketEvent::LiquidationStarted(_))).count();
        if accounts.len() > 1 && !events.is_empty() {
            eprintln!("{started} auctions started");
        }
        Ok(())
    }
}

impl Take {
    pub fn run(&self) -> Result<()> {
        let (mut context, sender) = self.sending.open()?;
        let market = context.book.market()?;
        let of = account(&self.account)?;
        let (pay, get) =
            (context.book.asset(&self.pay)?.clone(), context.book.asset(&self.get)?.clone());
        let least = self.min.as_ref().map(|min| min.units(get.decimals)).transpose()?.unwrap_or(0);
        let max_repay = self.amount.units(pay.decimals)?;
        let quote = context
            .book
            .lens()?
            .quote(context.chain.as_mut(), of, get.id()?, pay.id()?, max_repay)
            .map_err(explain::client)?;
        eprintln!(
            "now: {} for {} ({} below the oracle's price)",
            get.say(quote.received),
            pay.say(quote.repaid),
            signed_percent(quote.bonus_wad)
        );
        let (max_repay, min_receive) = if least == 0 {
            (max_repay, 0)
        } else {
            // The least is a price, so it must be for what is quoted; and a little room for the
            // interest until the block.
            let room = quote.repaid.saturating_add(quote.repaid.div_ceil(10_000)).min(max_repay);
            let least =
                mul_div_up(least, room, quote.repaid).ok().context("the least is too much")?;
            (room, least)
        };
        let order = Order { collateral: get.id()?, debt: pay.id()?, max_repay, min_receive };
        let call = if self.no_capital {
            let pool = context.book.pool(&get.symbol, &pay.symbol);
            let pool = pool.context("the deployment has no pool of these two assets")?;
            context.book.taker()?.take_and_sell(&market, of, order, pool, 0)
        } else {
            market.take_with(of, order, None, None, None)
        };
        // The price may move until the block; the market pulls what it repays, no more.
        let approved = quote.repaid.saturating_add(quote.repaid / 10).min(max_repay);
        let mut wanted = Wanted::new(call, format!("taken from {}", short(&of)));
        let needed = if self.no_capital { 0 } else { quote.repaid };
        wanted.payment =
            Some(Payment { asset: pay.clone(), spender: market.address, needed, approved });
        let events = sender.send(&mut context, wanted)?;
        for event in events.iter().filter_map(MarketEvent::decode) {
            if let MarketEvent::Taken(taken) = event {
                eprintln!("repaid {}, got {}", pay.say(taken.repaid), get.say(taken.received));
            }
        }
        Ok(())
    }
}

impl Cure {
    pub fn run(&self) -> Result<()> {
        let (mut context, sender) = self.sending.open()?;
        let of = account(&self.account)?;
        let call = context.book.market()?.cure(of);
        let done = format!("ended the auction of {}", short(&of));
        sender.send(&mut context, Wanted::new(call, done)).map(drop)
    }
}

/// A signed wad fraction in per cent.
pub fn signed_percent(value_wad: i128) -> String {
    let sign = if value_wad < 0 { "-" } else { "" };
    format!("{sign}{}", amount::percent(value_wad.unsigned_abs()))
}
