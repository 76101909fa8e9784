//! Those whose money the backstop has. They take out what it has bought, sell little by little what the pool
//! hardly feels, and stake what that brings: a pool that only held would run dry in a long fall.

use super::{
    pool::{Pool, Trade},
    replay::GAS,
    setup::{Cast, ETH, POOL_PER_DEPTH},
};
use anyhow::{anyhow, Result};
use breakwater_chain::{Chain, ContractCall, Transaction};
use breakwater_model::Model;

/// How often they act.
const EVERY_MS: u64 = 10 * 60 * 1_000;
/// Each time they sell a sixtieth of what moves the pool's price by 1 %: a tenth an hour, the
/// laboratory's pace.
const OF_DEPTH: u128 = 60;
/// Rounding leaves units in the market that are nobody's: less than this is not worth claiming.
const DUST: u128 = ETH / 1_000_000;

/// What they have outside the market.
#[derive(Default)]
pub struct Stakers {
    next_ms: u64,
    /// ETH taken out and not sold yet, in units.
    pub held: u128,
    /// What sales have brought, in USD units.
    pub sold: u128,
    pub transactions: usize,
}

impl Stakers {
    /// Does what is due at a time; the pool after it, and whether anything was done.
    pub fn act(
        &mut self,
        chain: &mut dyn Chain,
        cast: &Cast,
        world: &Model,
        (pool, time_ms): (Pool, u64),
    ) -> Result<(Pool, bool)> {
        if time_ms < self.next_ms {
            return Ok((pool, false));
        }
        self.next_ms = time_ms + EVERY_MS;
        let on = &cast.on;
        let bought = world
            .reserves
            .get(usize::from(on.eth_asset))
            .map_or(0, |reserve| reserve.books.backstop_collateral);
        let most = pool.eth / POOL_PER_DEPTH / OF_DEPTH;
        let claims = self.held < most && bought > DUST;
        if claims {
            let claim = on.market.backstop_claim(on.usd_asset, on.eth_asset).with_gas(GAS);
            self.submit(chain, cast, vec![claim])?;
            self.held = on.eth.balance_of(chain, cast.lender.account())?;
        }
        let sale = self.held.min(most);
        let brings = pool.usd_for_eth(sale);
        if brings == 0 {
            return Ok((pool, claims));
        }
        let calls = [
            on.amm.swap(on.eth.address, sale, brings),
            on.market.backstop_deposit(on.usd_asset, brings),
        ];
        self.submit(chain, cast, calls.map(|call| call.with_gas(GAS)).to_vec())?;
        self.held -= sale;
        self.sold += brings;
        Ok((pool.after(Trade::SellEth(sale)), true))
    }

    fn submit(
        &mut self,
        chain: &mut dyn Chain,
        cast: &Cast,
        calls: Vec<ContractCall>,
    ) -> Result<()> {
        self.transactions += 1;
        for receipt in chain.submit_all(&[Transaction::batch(&cast.lender, calls)])? {
            receipt.result.map_err(|why| anyhow!("the stakers failed: {why}"))?;
        }
        Ok(())
    }
}
