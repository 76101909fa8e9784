//! Those whose money the backstop has: the strategy of `breakwater keeper` that looks after a stake.
//! They take out what it has bought, sell little by little what the pool hardly feels, and stake what
//! that brings: a pool that only held would run dry in a long fall.

use super::{keepers::Keepers, replay::GAS, setup::Cast, LiveChain};
use anyhow::{anyhow, Result};
use breakwater_chain::{ContractEvent, Transaction};
use breakwater_keeper::{
    action::Action,
    brain::{Brain, Identity},
    reader::BlockReader,
    snapshot::MarketSnapshot,
    strategy::{Phase, Pool, Stake, Venue},
};
use breakwater_protocol::math::WAD;

/// How often they act.
const EVERY_MS: u64 = 10 * 60 * 1_000;
/// Of what the pool holds, sold in an hour: a tenth of what moves its price by 1 %, the laboratory's
/// pace.
const SELL_BPS_PER_HOUR: u16 = 5;
/// They sell at whatever the pool pays.
const ANY_PRICE_BPS: u16 = 10_000;

/// Everybody who has staked, as one account.
pub struct Stakers {
    brain: Brain,
    next_ms: u64,
    /// What sales have brought, in USD units.
    pub sold: u128,
    pub transactions: usize,
}

impl Stakers {
    /// Stakers of the cast.
    pub fn new(cast: &Cast) -> Self {
        let on = &cast.on;
        let strategy = Stake {
            pools: vec![Pool { address: on.amm.address, assets: [on.eth_asset, on.usd_asset] }],
            every_ms: EVERY_MS,
            sell_bps_per_hour: SELL_BPS_PER_HOUR,
            keep: 0.0,
            least_wad: WAD,
            exit_bps: ANY_PRICE_BPS,
            tolerance_bps: 0,
            approves: false,
        };
        let us = cast.lender.account();
        let identity = Identity { market: on.market.address, us, oracle: None };
        let brain = Brain::new(identity, vec![Box::new(strategy)]);
        Self { brain, next_ms: 0, sold: 0, transactions: 0 }
    }

    /// Does what is due. The events of it.
    pub fn act(
        &mut self,
        chain: &mut dyn LiveChain,
        cast: &Cast,
        keepers: &mut Keepers,
    ) -> Result<Vec<ContractEvent>> {
        let now_ms = chain.now_ms()?;
        if now_ms < self.next_ms {
            return Ok(Vec::new());
        }
        self.next_ms = now_ms + EVERY_MS;
        let mut on = MarketSnapshot { us: cast.lender.account(), ..keepers.look(chain)? };
        let mut reader = BlockReader { block: on.block.hash, ledger: chain };
        let due = self.brain.due(Phase::Upkeep, &mut reader, &mut on)?;
        let mut events = Vec::new();
        for place in due {
            let (_, proposals) = self.brain.propose(place, &mut on);
            for proposal in proposals {
                self.transactions += 1;
                if let Action::Sell { units, .. } = &proposal.action {
                    self.sold += self.brings(cast, &on, *units);
                }
                let call = proposal.action.call(cast.on.market, cast.on.oracle).with_gas(GAS);
                let receipt = chain.submit(Transaction::new(&cast.lender, call))?;
                receipt.result.map_err(|why| anyhow!("the stakers failed: {why}"))?;
                events.extend(receipt.events);
            }
        }
        Ok(events)
    }

    /// USD units that a sale brings.
    fn brings(&self, cast: &Cast, on: &MarketSnapshot, units: u128) -> u128 {
        let (address, assets) = (cast.on.amm.address, [cast.on.eth_asset, cast.on.usd_asset]);
        let venue = on.seen.pools.get(&address).map(|reserves| Venue {
            address,
            assets,
            reserves: *reserves,
        });
        venue.and_then(|venue| venue.sale_down(cast.on.eth_asset, units).ok()).unwrap_or(0)
    }
}
