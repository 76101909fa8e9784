//! `breakwater backstop`: the pool that buys from accounts near insolvency.

mod notice;

use super::liquidate::{priced, signed_percent};
use crate::{
    amount::{moment, percent, span, Amount},
    context::{account, short, Connection, Sending},
    explain,
    output::{list, note},
    send::{Mode, Payment, Wanted},
};
use anyhow::{ensure, Result};
use breakwater_client::MarketEvent;
use breakwater_protocol::{
    num::shares::{to_assets_down, to_shares_up, Pot},
    Error, Order,
};
use notice::Notice;
use serde::Serialize;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Show an asset's backstop, and an account's stake
    #[command(after_help = "Example: breakwater backstop show USD --account //Alice")]
    Show(Show),
    /// Stake: earns interest and a premium, and bears losses before other lenders
    #[command(after_help = "Example: breakwater backstop deposit USD 1000 --from //Alice")]
    Deposit(Stake),
    /// Give notice of withdrawal
    #[command(after_help = "Example: breakwater backstop notice USD --from //Alice")]
    Notice(Pool),
    /// Withdraw a stake once its notice has run: its money stays supplied, its stock is paid out
    #[command(after_help = "Example: breakwater backstop withdraw USD all --from //Alice")]
    Withdraw(Stake),
    /// Buy its stock at the common bonus
    #[command(
        after_help = "Example: breakwater backstop buy ETH --pay USD --amount 500 --from //Bob"
    )]
    Buy(Buy),
    /// Have it buy from an account in auction near insolvency
    #[command(
        after_help = "Example: breakwater backstop fill //Bob --pay USD --get ETH --from //Charlie"
    )]
    Fill(Fill),
}

#[derive(clap::Args)]
pub struct Show {
    /// The backstop's asset
    asset: String,
    /// Whose stake
    #[arg(long)]
    account: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

#[derive(clap::Args)]
pub struct Pool {
    /// The backstop's asset
    asset: String,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
pub struct Stake {
    /// The backstop's asset
    asset: String,
    /// How many tokens, or `all` when withdrawing
    amount: Amount,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
pub struct Buy {
    /// The collateral to buy
    asset: String,
    /// The asset to pay with: the backstop's
    #[arg(long, value_name = "ASSET")]
    pay: String,
    /// Most to pay
    #[arg(long, default_value = "all")]
    amount: Amount,
    /// Least collateral to receive for the quoted amount; scaled down for less
    #[arg(long)]
    min: Option<Amount>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
pub struct Fill {
    /// Whose collateral
    account: String,
    /// The asset of the debt: the backstop's
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
    decimals: u8,
    /// Units that the pool can buy with.
    money: String,
    /// What its stock cost, and the size at which it is full, in the same units.
    tied: String,
    target: String,
    /// The yearly rate that it is paid now.
    premium_wad: String,
    cooldown_ms: u64,
    window_ms: u64,
    stock: Vec<Stock>,
    stake: Option<StakeAnswer>,
}

#[derive(Serialize)]
struct StakeAnswer {
    /// Its part of the money, in units.
    money: String,
    /// From when on and until when it may be taken out, if notice was given.
    opens_ms: Option<u64>,
    closes_ms: Option<u64>,
    /// Its part of the stock.
    stock: Vec<Stock>,
}

#[derive(Serialize)]
struct Stock {
    asset: String,
    decimals: u8,
    units: String,
    #[serde(skip)]
    said: String,
}

pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Show(args) => show(args),
        Command::Deposit(args) => {
            let (mut context, sender) = args.sending.open()?;
            ensure!(args.amount != Amount::All, "say how much");
            let asset = context.deployment.asset(&args.asset)?.clone();
            let market = context.deployment.market()?;
            let units = args.amount.units(asset.decimals)?;
            let call = market.backstop_deposit(asset.id()?, units);
            let wanted = Wanted::new(call, format!("put {} into the backstop", asset.say(units)));
            let wanted = wanted.paying(&asset, market.address, units);
            sender.send(&mut context, wanted).map(drop)
        }
        Command::Notice(args) => {
            let (mut context, sender) = args.sending.open()?;
            let asset = context.deployment.asset(&args.asset)?.clone();
            let call = context.deployment.market()?.backstop_give_notice(asset.id()?);
            let done = format!("given notice to the {} backstop", asset.symbol);
            let wanted = Wanted::new(call, done).told(move |event| match event {
                MarketEvent::BackstopNoticeGiven(e) => Some(format!(
                    "given notice to the {} backstop: withdraw from {} to {}",
                    asset.symbol,
                    moment(e.opens_ms),
                    moment(e.closes_ms)
                )),
                _ => None,
            });
            sender.send(&mut context, wanted).map(drop)
        }
        Command::Withdraw(args) => withdraw(args),
        Command::Buy(args) => buy(args),
        Command::Fill(args) => {
            let (mut context, sender) = args.sending.open()?;
            let of = account(&args.account)?;
            let pay = context.deployment.asset(&args.pay)?.id()?;
            let get = context.deployment.asset(&args.get)?.id()?;
            let call = context.deployment.market()?.backstop_fill(of, get, pay);
            let done = format!("had the backstop buy from {}", short(&of));
            sender.send(&mut context, Wanted::new(call, done)).map(drop)
        }
    }
}

/// Tokens are turned into shares of the stake at the present price of its money.
fn withdraw(args: &Stake) -> Result<()> {
    let (mut context, sender) = args.sending.open()?;
    let asset = context.deployment.asset(&args.asset)?.clone();
    let (market, id) = (context.deployment.market()?, asset.id()?);
    let units = args.amount.units(asset.decimals)?;
    let chain = context.chain.as_mut();
    let reserve = market.reserve(chain, id).map_err(explain::client)?;
    if sender.mode != Mode::Calldata {
        let now_ms = chain.now_ms()?;
        let stake = market.stake(chain, id, sender.signer()?.account()).map_err(explain::client)?;
        let notice = Notice::of(stake.notice, now_ms);
        ensure!(
            stake.shares == 0 || matches!(notice, Notice::Open { .. }),
            "NoticeNeeded: {}",
            notice.advice(&asset.symbol)
        );
    }
    let shares = match args.amount {
        Amount::All => u128::MAX,
        Amount::Exactly(_) => {
            let money = reserve.backstop_assets_down().map_err(refused)?;
            let pot = Pot { assets: money, shares: reserve.vault.shares };
            to_shares_up(units, pot).map_err(refused)?
        }
    };
    let call = market.backstop_withdraw(id, shares);
    let done = format!("taken {} out of the backstop", asset.say(units));
    // The market tells shares: what they are worth is what one may withdraw now.
    let pot = reserve.balances.supplied().map_err(refused)?;
    let assets = context.deployment.assets.clone();
    let wanted = Wanted::new(call, done).told(move |event| match event {
        MarketEvent::BackstopWithdrawn(e) => {
            let worth = to_assets_down(e.supply_shares, pot).ok()?;
            let stock = e.stocks.iter().filter_map(|(of, units)| {
                let asset = assets.iter().find(|asset| asset.id == Some(*of))?;
                (*units != 0).then(|| asset.say(*units))
            });
            let parts: Vec<String> = [asset.say(worth)].into_iter().chain(stock).collect();
            Some(format!("taken {} out of the backstop", parts.join(" and ")))
        }
        _ => None,
    });
    sender.send(&mut context, wanted).map(drop)
}

/// Buys what the pool holds.
fn buy(args: &Buy) -> Result<()> {
    let (mut context, sender) = args.sending.open()?;
    let market = context.deployment.market()?;
    let (pay, get) = (
        context.deployment.asset(&args.pay)?.clone(),
        context.deployment.asset(&args.asset)?.clone(),
    );
    let max_pay = args.amount.units(pay.decimals)?;
    let least = args.min.as_ref().map(|min| min.units(get.decimals)).transpose()?.unwrap_or(0);
    let lens = context.deployment.lens()?;
    let quote = lens
        .quote_stock(context.chain.as_mut(), get.id()?, pay.id()?, max_pay)
        .map_err(explain::client)?;
    note(&format!(
        "now: {} for {} ({} below the oracle's price)",
        get.say(quote.received),
        pay.say(quote.repaid),
        signed_percent(quote.bonus_wad)
    ));
    let (max_repay, min_receive) = priced(&quote, max_pay, least)?;
    let order = Order { collateral: get.id()?, debt: pay.id()?, max_repay, min_receive };
    let done = format!("bought {} from the backstop", get.symbol);
    let mut wanted = Wanted::new(market.buy_stock(order), done);
    let approved = quote.repaid.saturating_add(quote.repaid / 10).min(max_repay);
    let (spender, needed) = (market.address, quote.repaid);
    wanted.payment = Some(Payment { asset: pay.clone(), spender, needed, approved });
    let wanted = wanted.told(move |event| match event {
        MarketEvent::StockSold(sold) => {
            let (got, paid) = (get.say(sold.received), pay.say(sold.paid));
            Some(format!("bought {got} from the backstop for {paid}"))
        }
        _ => None,
    });
    sender.send(&mut context, wanted).map(drop)
}

fn refused(error: Error) -> anyhow::Error {
    anyhow::anyhow!(explain::refusal(error))
}

fn show(args: &Show) -> Result<()> {
    let mut context = args.connection.open()?;
    let asset = context.deployment.asset(&args.asset)?.clone();
    let (market, lens, id) =
        (context.deployment.market()?, context.deployment.lens()?, asset.id()?);
    let chain = context.chain.as_mut();
    let view = lens.backstop(chain, id).map_err(explain::client)?;
    let config = market.reserve(chain, id).map_err(explain::client)?.config.backstop;
    let now_ms = chain.now_ms()?;
    let stake = match &args.account {
        Some(text) => Some(market.stake(chain, id, account(text)?).map_err(explain::client)?),
        None => None,
    };
    // What leaves with some shares, as the market counts it.
    let part = |units: u128, shares: u128| {
        let all = Pot { assets: units.saturating_sub(1), shares: view.shares };
        to_assets_down(shares, all).map(|part| part.min(units)).map_err(refused)
    };
    let stocks = |shares: Option<u128>| -> Result<Vec<Stock>> {
        let mut stocks = Vec::new();
        for stock in &view.stocks {
            let of = context.deployment.by_id(stock.asset)?;
            let units = shares.map_or(Ok(stock.units), |shares| part(stock.units, shares))?;
            let (asset, decimals) = (of.symbol.clone(), of.decimals);
            stocks.push(Stock { asset, decimals, units: units.to_string(), said: of.say(units) });
        }
        Ok(stocks)
    };
    let mine = match &stake {
        Some(stake) => {
            let pot = Pot { assets: view.money, shares: view.shares };
            let money = to_assets_down(stake.shares, pot).map_err(refused)?.min(view.money);
            Some((money, stake.notice, stocks(Some(stake.shares))?))
        }
        None => None,
    };
    let answer = Answer {
        asset: asset.symbol.clone(),
        decimals: asset.decimals,
        money: view.money.to_string(),
        tied: view.tied.to_string(),
        target: view.target.to_string(),
        premium_wad: view.premium_wad.to_string(),
        cooldown_ms: config.cooldown_ms,
        window_ms: config.window_ms,
        stock: stocks(None)?,
        stake: mine.map(|(money, notice, stock)| StakeAnswer {
            money: money.to_string(),
            opens_ms: notice.map(|notice| notice.opens_ms),
            closes_ms: notice.map(|notice| notice.closes_ms),
            stock,
        }),
    };
    let held = |stock: &[Stock]| match stock {
        [] => "nothing".into(),
        some => some.iter().map(|one| one.said.clone()).collect::<Vec<_>>().join(", "),
    };
    context.answer(&answer, || {
        let mut pairs = vec![
            ("money", asset.say(view.money)),
            ("in stock", held(&answer.stock)),
            ("target", asset.say(view.target)),
            ("premium", format!("{} a year", percent(view.premium_wad))),
            (
                "notice",
                format!("{}, then open for {}", span(config.cooldown_ms), span(config.window_ms)),
            ),
        ];
        if let (Some(mine), Some(stake)) = (&answer.stake, &stake) {
            let money = mine.money.parse().map_or_else(|_| mine.money.clone(), |u| asset.say(u));
            pairs.push(("your part", money));
            pairs.push(("of the stock", held(&mine.stock)));
            pairs.push(("your notice", Notice::of(stake.notice, now_ms).text()));
        }
        list(&pairs)
    })
}
