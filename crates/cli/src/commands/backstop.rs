//! `breakwater backstop`: the pool that buys off the market.

use crate::{
    amount::{moment, percent_of_bps, span, tokens, Amount},
    context::{account, short, Connection, Sending},
    explain,
    output::{list, table},
    send::{Mode, Wanted},
};
use anyhow::{ensure, Result};
use breakwater_client::MarketEvent;
use breakwater_protocol::{
    shares::{to_assets_down, to_shares_up},
    BackstopConfig, Error,
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
    decimals: u8,
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
    /// From when on and until when it may be withdrawn after that notice.
    opens_ms: Option<u64>,
    closes_ms: Option<u64>,
    claimable: Vec<Claimable>,
}

#[derive(Serialize)]
struct Claimable {
    asset: String,
    decimals: u8,
    units: String,
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
            let market = context.book.market()?;
            let reserve = market.reserve(context.chain.as_mut(), asset.id()?);
            let config = reserve.map_err(explain::client)?.config.backstop;
            let done = format!("given notice to the {} backstop", asset.symbol);
            let wanted = Wanted::new(call, done).told(move |event| match event {
                MarketEvent::BackstopNoticeGiven(e) => {
                    let opens_ms = e.notice_ms.saturating_add(config.cooldown_ms);
                    Some(format!(
                        "given notice to the {} backstop: withdraw from {} to {}",
                        asset.symbol,
                        moment(opens_ms),
                        moment(opens_ms.saturating_add(config.window_ms))
                    ))
                }
                _ => None,
            });
            sender.send(&mut context, wanted).map(drop)
        }
        Command::Withdraw(args) => withdraw(args),
        Command::Claim(args) => {
            let (mut context, sender) = args.sending.open()?;
            let asset = context.book.asset(&args.asset)?.clone();
            let bought = context.book.asset(&args.collateral)?.clone();
            let call = context.book.market()?.backstop_claim(asset.id()?, bought.id()?);
            let done = format!("claimed {} from the backstop", bought.symbol);
            let wanted = Wanted::new(call, done).told(move |event| match event {
                MarketEvent::BackstopClaimed(e) => {
                    Some(format!("claimed {} from the backstop", bought.say(e.amount)))
                }
                _ => None,
            });
            sender.send(&mut context, wanted).map(drop)
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
    if sender.mode != Mode::Calldata {
        let chain = context.chain.as_mut();
        let now_ms = chain.now_ms()?;
        let config = market.reserve(chain, id).map_err(explain::client)?.config.backstop;
        let stake = market.stake(chain, id, sender.signer()?.account()).map_err(explain::client)?;
        let notice = Notice::of(stake.notice_ms, &config, now_ms);
        ensure!(
            stake.shares == 0 || matches!(notice, Notice::Open { .. }),
            "NoticeNeeded: {}",
            notice.advice(&asset.symbol)
        );
    }
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
    // The market tells shares: what they are worth is what one may withdraw now.
    let pot = market.reserve(context.chain.as_mut(), id).map_err(explain::client)?.books.supplied();
    let pot = pot.map_err(refused)?;
    let wanted = Wanted::new(call, done).told(move |event| match event {
        MarketEvent::BackstopWithdrawn(e) => to_assets_down(e.supply_shares, pot)
            .ok()
            .map(|worth| format!("taken {} out of the backstop", asset.say(worth))),
        _ => None,
    });
    sender.send(&mut context, wanted).map(drop)
}

/// Where a notice of withdrawal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notice {
    None,
    /// It opens after so long.
    Waits {
        left_ms: u64,
        opens_ms: u64,
    },
    /// Open for so long.
    Open {
        left_ms: u64,
        closes_ms: u64,
    },
    Over {
        closed_ms: u64,
    },
}

impl Notice {
    fn of(notice_ms: Option<u64>, config: &BackstopConfig, now_ms: u64) -> Self {
        let Some(notice_ms) = notice_ms else { return Self::None };
        let opens_ms = notice_ms.saturating_add(config.cooldown_ms);
        let closes_ms = opens_ms.saturating_add(config.window_ms);
        match (opens_ms.checked_sub(now_ms), closes_ms.checked_sub(now_ms)) {
            (Some(left_ms @ 1..), _) => Self::Waits { left_ms, opens_ms },
            (_, Some(left_ms)) => Self::Open { left_ms, closes_ms },
            (_, None) => Self::Over { closed_ms: closes_ms },
        }
    }

    fn text(self) -> String {
        match self {
            Self::None => "not given".into(),
            Self::Waits { left_ms, opens_ms } => {
                format!("given; withdrawals open in {} ({})", span(left_ms), moment(opens_ms))
            }
            Self::Open { left_ms, closes_ms } => {
                format!("open for another {} (until {})", span(left_ms), moment(closes_ms))
            }
            Self::Over { closed_ms } => format!("over since {}", moment(closed_ms)),
        }
    }

    fn advice(self, symbol: &str) -> String {
        let give = format!("`breakwater backstop notice {symbol}`");
        match self {
            Self::None => format!("give notice first ({give}) and come back in its window"),
            Self::Waits { left_ms, opens_ms } => format!(
                "notice is given: come back in {}, from {} on",
                span(left_ms),
                moment(opens_ms)
            ),
            Self::Open { .. } => "withdraw now".into(),
            Self::Over { closed_ms } => format!(
                "the notice's window closed on {}: give notice anew ({give})",
                moment(closed_ms)
            ),
        }
    }
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
    let now_ms = chain.now_ms()?;
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
        decimals: asset.decimals,
        holds: holds.to_string(),
        level_bps: config.level_bps,
        cooldown_ms: config.cooldown_ms,
        window_ms: config.window_ms,
        stake: stake_answer.as_ref().map(|(worth, notice_ms, claimable)| StakeAnswer {
            worth: worth.to_string(),
            notice_ms: *notice_ms,
            opens_ms: notice_ms.map(|ms| ms.saturating_add(config.cooldown_ms)),
            closes_ms: notice_ms
                .map(|ms| ms.saturating_add(config.cooldown_ms).saturating_add(config.window_ms)),
            claimable: claimable
                .iter()
                .map(|(a, u)| Claimable {
                    asset: a.symbol.clone(),
                    decimals: a.decimals,
                    units: u.to_string(),
                })
                .collect(),
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
        pairs.push(("your notice", Notice::of(*notice_ms, &config, now_ms).text()));
        let rows =
            claimable.iter().map(|(a, units)| [a.symbol.clone(), tokens(*units, a.decimals)]);
        match claimable.is_empty() {
            true => list(&pairs),
            false => format!("{}\n{}", list(&pairs), table(&["to claim", "tokens"], rows)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Before: "give notice first" after notice, and times as Unix milliseconds.
    #[test]
    fn a_notice_says_when_to_come_back() {
        const DAY_MS: u64 = 86_400_000;
        let days = |cooldown_ms, window_ms| BackstopConfig {
            cooldown_ms,
            window_ms,
            ..BackstopConfig::default()
        };
        let config = days(10 * DAY_MS, 2 * DAY_MS);
        // 2020-03-12.
        let given_ms = 1_583_971_200_000;
        let at = |days: u64| Notice::of(Some(given_ms), &config, given_ms + days * DAY_MS);
        assert_eq!(Notice::of(None, &config, 5), Notice::None);
        assert!(Notice::None.advice("USD").contains("`breakwater backstop notice USD`"));
        let advice = at(3).advice("USD");
        assert_eq!(advice, "notice is given: come back in 7 d, from 2020-03-22 00:00 UTC on");
        assert_eq!(at(3).text(), "given; withdrawals open in 7 d (2020-03-22 00:00 UTC)");
        assert!(matches!(at(10), Notice::Open { .. }), "as the market has it");
        assert_eq!(at(11).text(), "open for another 1 d (until 2020-03-24 00:00 UTC)");
        assert!(matches!(at(12), Notice::Open { left_ms: 0, .. }));
        assert!(at(13).advice("USD").contains("closed on 2020-03-24 00:00 UTC: give notice anew"));
    }
}
