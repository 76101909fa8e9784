//! What the keepers do: a pure function of the market and the pool.
//!
//! A keeper starts every auction he can, in one transaction with the backstop's purchase if that buys
//! at once; he takes when he can sell what he gets on the pool for more than he pays, and else calls
//! the backstop as soon as it buys. He knows the exact outcome beforehand: he computes it with the
//! core.

use super::{
    pool::{Pool, Trade},
    refused,
};
use anyhow::Result;
use breakwater_chain::AccountId;
use breakwater_model::{Call, Model};
use breakwater_protocol::{actions, AssetId, Order};

/// One thing to do on chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deed {
    Start(AccountId),
    /// The same, and have the backstop buy at once.
    StartAndFill(AccountId),
    /// Repay at most `limit`, by calculation `repaid`; get `received` or more and sell that on the
    /// pool. The limit leaves room for the interest of the seconds until the block: a debt that is
    /// to be repaid whole would otherwise leave a unit.
    Take {
        account: AccountId,
        limit: u128,
        repaid: u128,
        received: u128,
    },
    /// Have the backstop buy.
    Backstop(AccountId),
}

/// Keepers' terms of business.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub eth: AssetId,
    pub usd: AssetId,
    /// Least profit for which a keeper gets up, in USD units.
    pub min_profit: u128,
    /// Most a keeper can repay at once, in USD units.
    pub capital: u128,
}

impl Terms {
    fn order(&self, max_repay: u128) -> Order {
        Order { collateral: self.eth, debt: self.usd, max_repay, min_receive: 0 }
    }

    fn fill(&self, account: AccountId) -> Call {
        Call::BackstopFill { account, collateral: self.eth, debt: self.usd }
    }
}

/// What is worth doing now, worst account first. Each deed assumes those before it are done.
pub fn deeds(world: &Model, pool: Pool, terms: &Terms) -> Result<Vec<Deed>> {
    let mut ranked: Vec<_> = world
        .health_factors()
        .map_err(refused)?
        .into_iter()
        .filter(|(_, health)| *health < 1.0)
        .collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (mut world, mut pool) = (world.clone(), pool);
    let mut deeds = Vec::new();
    for (account, _) in ranked {
        let sheet = world.sheet(&account).map_err(refused)?;
        if sheet.health().map_err(refused)?.is_healthy() {
            continue;
        }
        if sheet.account.auction.is_none() {
            // The breaker may not let it.
            if world.apply([0; 32], &Call::Liquidate(account)).is_ok() {
                let fills = world.apply([0; 32], &terms.fill(account)).is_ok();
                deeds.push(if fills { Deed::StartAndFill(account) } else { Deed::Start(account) });
            }
            continue;
        }
        if let Some(best) = best_take(&world, &account, pool, terms)? {
            let Deed::Take { limit, received, .. } = best else { continue };
            let take = Call::Take { account, order: terms.order(limit) };
            world.apply([0; 32], &take).map_err(refused)?;
            pool = pool.after(Trade::SellEth(received));
            deeds.push(best);
        } else if world.apply([0; 32], &terms.fill(account)).is_ok() {
            deeds.push(Deed::Backstop(account));
        }
    }
    Ok(deeds)
}

/// The most profitable of a few sizes, if any is profitable enough.
fn best_take(
    world: &Model,
    account: &AccountId,
    pool: Pool,
    terms: &Terms,
) -> Result<Option<Deed>> {
    let sheet = world.sheet(account).map_err(refused)?;
    let mut best: Option<(u128, Deed)> = None;
    for part in [8, 6, 4, 3, 2, 1] {
        let size = terms.capital / 8 * part;
        let mut after = sheet.clone();
        // A size that would leave dust is simply not for sale.
        let Ok(taken) = actions::take(&mut after, [0; 32], &terms.order(size)) else {
            continue;
        };
        let (repaid, received) = (taken.fill.repaid, taken.fill.received);
        let sold_for = pool.usd_for_eth(received);
        let profit = sold_for.saturating_sub(repaid);
        let better = best.is_none_or(|(highest, _)| profit > highest);
        if profit >= terms.min_profit && better {
            best = Some((profit, Deed::Take { account: *account, limit: size, repaid, received }));
        }
    }
    Ok(best.map(|(_, deed)| deed))
}
