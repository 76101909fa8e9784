//! `breakwater status`: the whole market.

use crate::{
    amount::{percent, percent_of_bps, tokens, usd, wad},
    context::{short, Connection},
    deployment::Asset,
    explain,
    output::{list, table},
};
use anyhow::Result;
use breakwater_chain::address::to_ss58;
use breakwater_protocol::{
    lens::{BreakerView, RatesView, RiskView},
    Level, Price, Reserve,
};
use serde::Serialize;

#[derive(clap::Args)]
#[command(after_help = "Example: breakwater status --json")]
pub struct Args {
    #[command(flatten)]
    connection: Connection,
}

#[derive(Serialize)]
struct Answer {
    market: String,
    owner: String,
    oracle: String,
    guardian: String,
    block: u64,
    time_ms: u64,
    assets: Vec<AssetAnswer>,
}

/// Amounts in units and wads, as text: they don't fit a JSON number.
#[derive(Serialize)]
struct AssetAnswer {
    asset: String,
    /// Of the amounts of tokens below.
    decimals: u8,
    price_wad: Option<String>,
    supplied: String,
    borrowed: String,
    collateral: String,
    utilisation_wad: String,
    borrow_rate_wad: String,
    supply_rate_wad: String,
    load_wad: String,
    max_load_wad: String,
    breaker: String,
}

/// One asset with everything that is shown of it.
struct Seen {
    asset: Asset,
    reserve: Reserve,
    price: Option<Price>,
    rates: RatesView,
    risk: RiskView,
    breaker: BreakerView,
}

pub fn run(args: &Args) -> Result<()> {
    let mut context = args.connection.open()?;
    let market = context.deployment.market()?;
    let lens = context.deployment.lens()?;
    let chain = context.chain.as_mut();
    let (owner, oracle, _) = market.settings(chain)?;
    let (guardian, guardian_until_ms, _) = market.guard(chain)?;
    let listed: Vec<Asset> =
        context.deployment.assets.iter().filter(|asset| asset.id.is_some()).cloned().collect();
    let mut seen = Vec::new();
    for asset in listed {
        let id = asset.id()?;
        seen.push(Seen {
            reserve: lens.reserve(chain, id).map_err(explain::client)?,
            price: market
                .priced_reserves(chain, &[id])
                .map_err(explain::client)?
                .pop()
                .and_then(|one| one.price),
            rates: lens.rates(chain, id).map_err(explain::client)?,
            risk: lens.risk(chain, id).map_err(explain::client)?,
            breaker: lens.breaker(chain, id).map_err(explain::client)?,
            asset,
        });
    }
    let (block, time_ms) = (chain.block_number()?, chain.now_ms()?);
    let answer = Answer {
        market: to_ss58(&market.address),
        owner: to_ss58(&owner),
        oracle: to_ss58(&oracle),
        guardian: to_ss58(&guardian),
        block,
        time_ms,
        assets: seen.iter().map(Seen::answer).collect::<Result<_>>()?,
    };
    let guards = if guardian_until_ms > time_ms { short(&guardian) } else { "nobody".into() };
    let owned = match context.deployment.governor {
        Some(governor) if governor.0 == owner => format!("the governor {}", short(&owner)),
        _ => short(&owner),
    };
    context.answer(&answer, || {
        let head = [
            "asset",
            "price",
            "supplied",
            "borrowed",
            "used",
            "borrow",
            "lend",
            "collateral",
            "LTV/LT",
            "load",
            "breaker",
        ];
        format!(
            "{}\n{}",
            table(&head, seen.iter().map(Seen::row)),
            list(&[
                ("market", to_ss58(&market.address)),
                ("owner", owned),
                ("guardian", guards),
                ("block", block.to_string()),
            ])
        )
    })
}

impl Seen {
    fn answer(&self) -> Result<AssetAnswer> {
        let balances = &self.reserve.balances;
        Ok(AssetAnswer {
            asset: self.asset.symbol.clone(),
            decimals: self.asset.decimals,
            price_wad: self.price.map(|price| price.mid_wad.to_string()),
            supplied: balances.cash.saturating_add(balances.borrowed).to_string(),
            borrowed: balances.borrowed.to_string(),
            collateral: balances.collateral.to_string(),
            utilisation_wad: self.rates.utilisation_wad.to_string(),
            borrow_rate_wad: self.rates.borrow_rate_wad.to_string(),
            supply_rate_wad: self.rates.supply_rate_wad.to_string(),
            load_wad: self.risk.load_wad.to_string(),
            max_load_wad: self.risk.max_load_wad.to_string(),
            breaker: level_name(self.breaker.level).into(),
        })
    }

    fn row(&self) -> [String; 11] {
        let (balances, config) = (&self.reserve.balances, &self.reserve.config);
        let amount = |units: u128, there: bool| match there {
            true => tokens(
                units - units % pow10(self.asset.decimals.saturating_sub(2)),
                self.asset.decimals,
            ),
            false => "-".into(),
        };
        let rate = |rate_wad| if config.borrowable { percent(rate_wad) } else { "-".into() };
        let thresholds = config.tiers.first().map_or("-".into(), |tier| {
            let (ltv, lt) = (tier.ltv_bps, tier.liquidation_threshold_bps);
            format!("{} / {}", percent_of_bps(ltv), percent_of_bps(lt))
        });
        let load = match config.collateral {
            true => format!("{} of {}", wad(self.risk.load_wad, 2), wad(self.risk.max_load_wad, 0)),
            false => "-".into(),
        };
        [
            self.asset.symbol.clone(),
            self.price.map_or("none".into(), |price| usd(price.mid_wad)),
            amount(balances.cash.saturating_add(balances.borrowed), config.borrowable),
            amount(balances.borrowed, config.borrowable),
            rate(self.rates.utilisation_wad),
            rate(self.rates.borrow_rate_wad),
            rate(self.rates.supply_rate_wad),
            amount(balances.collateral, config.collateral),
            thresholds,
            load,
            level_name(self.breaker.level).into(),
        ]
    }
}

fn pow10(exponent: u8) -> u128 {
    10u128.checked_pow(exponent.into()).unwrap_or(u128::MAX)
}

/// A level's name.
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Normal => "Normal",
        Level::Guarded => "Guarded",
        Level::Stressed => "Stressed",
        Level::Halted => "Halted",
    }
}
