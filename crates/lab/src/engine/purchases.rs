//! Who buys in a block: keepers by what they gain, the protocol's own backstop, the pool lent to it.

use super::Engine;
use crate::{
    keepers::{most_usd, usd, Bid, ALL_OF_IT},
    mechanisms::{Lot, TOKEN},
};

impl Engine<'_> {
    /// For each lot the bid of the fastest who gains by it, dearest first.
    pub(super) fn bids(&mut self, online: &[usize]) -> Vec<Bid> {
        let model = &self.world.scenario.keepers;
        let mut bids = Vec::new();
        self.tally.visited += self.lots.len() as u64;
        for (lot, since_ms) in &self.listed {
            let market = &self.markets[lot.asset];
            let bound = self.balances.bound(*lot);
            if bound.least_usd > most_usd(model, market)
                || bound.most_gain_usd(market.usd()) < model.min_profit_usd
            {
                continue;
            }
            let Ok(whole) = self.balances.quote(*lot, ALL_OF_IT) else { continue };
            // Flash keepers all see the same; so do holders, but for what capital they have left.
            let mut flash_bid = None;
            for place in online {
                let keeper = &self.keepers[*place];
                if self.now_ms - since_ms < keeper.latency_ms {
                    break;
                }
                let bid = match (keeper.flash, flash_bid) {
                    (true, Some(known)) => known,
                    _ => keeper.bid(model, market, self.balances, *lot, &whole),
                };
                if keeper.flash {
                    flash_bid = Some(bid);
                }
                if let Some((max_pay, profit_usd)) = bid {
                    bids.push(Bid { lot: *lot, keeper: *place, max_pay, profit_usd });
                    break;
                }
            }
        }
        bids.sort_by(|a, b| b.profit_usd.total_cmp(&a.profit_usd).then(a.lot.cmp(&b.lot)));
        bids
    }

    /// A block's purchases. More bids than it has room for are an auction of that room: those who
    /// get in pay what the first who does not would have gained.
    pub(super) fn buy(&mut self, bids: Vec<Bid>) {
        let model = &self.world.scenario.keepers;
        let fee_usd = bids.get(model.per_block).map_or(0.0, |bid| bid.profit_usd);
        for bid in bids.into_iter().take(model.per_block) {
            // The lots before it have moved price and capital: they look again.
            self.tally.visited += 1;
            let Ok(whole) = self.balances.quote(bid.lot, ALL_OF_IT) else { continue };
            let market = &self.markets[bid.lot.asset];
            let keeper = &self.keepers[bid.keeper];
            let Some((max_pay, profit_usd)) =
                keeper.bid(model, market, self.balances, bid.lot, &whole)
            else {
                continue;
            };
            let Ok(fill) = self.balances.take(bid.lot, max_pay, bid.keeper) else { continue };
            self.own_backstop_bought();
            if fill.paid == 0 {
                continue;
            }
            self.filled(bid.lot, &fill, false);
            let keeper = &mut self.keepers[bid.keeper];
            self.tally.sold +=
                keeper.settle(&mut self.markets[bid.lot.asset], bid.lot.asset, &fill);
            let fee_usd = fee_usd.min(profit_usd);
            keeper.gained_usd -= fee_usd;
            self.tally.fees_usd += fee_usd;
            if let Some(account) = bid.lot.account {
                self.place(account);
            }
        }
    }

    /// The protocol's own backstop, or the pool lent to it. The own one has to be called by
    /// somebody as fast as the fastest keeper; the lent one is there at once.
    pub(super) fn backstop_acts(&mut self) {
        let terms = &self.world.scenario.backstop;
        let latency_ms = (self.world.scenario.keepers.latency_s * 1e3) as u64;
        for place in 0..self.listed.len() {
            let (lot, since_ms) = self.listed[place];
            if self.options.lent_backstop {
                let Some(max_pay) = self.lent_bid(lot, terms.level_bps) else { continue };
                let Ok(fill) = self.balances.take(lot, max_pay, usize::MAX) else { continue };
                self.stakers.bought(lot.asset, fill.received, fill.paid);
                self.filled(lot, &fill, true);
                if let Some(account) = lot.account {
                    self.place(account);
                }
            } else if self.now_ms - since_ms >= latency_ms {
                self.own_backstop_buys(lot);
            }
        }
    }

    /// Somebody calls the protocol's own backstop, which buys what it may.
    pub(super) fn own_backstop_buys(&mut self, lot: Lot) {
        let Ok(fill) = self.balances.backstop(lot) else { return };
        self.filled(lot, &fill, true);
        if let Some(account) = lot.account {
            self.place(account);
        }
    }

    /// What the protocol's own backstop has bought by itself.
    pub(super) fn own_backstop_bought(&mut self) {
        for (lot, fill) in self.balances.bought() {
            self.filled(lot, &fill, true);
            if let Some(account) = lot.account {
                self.place(account);
            }
        }
    }

    /// What the lent pool would pay for a lot, if it is cheap enough.
    pub(super) fn lent_bid(&self, lot: Lot, level_bps: f64) -> Option<u128> {
        let (oracle_usd, level) = (self.oracle_usd(lot.asset), 1.0 + level_bps / 1e4);
        if self.balances.bound(lot).least_usd > oracle_usd / level {
            return None;
        }
        let max_pay = (self.stakers.lent_usd() * 1e6) as u128;
        let fill = self.balances.quote(lot, max_pay.min(ALL_OF_IT)).ok()?;
        let worth = fill.received as f64 / TOKEN as f64 * oracle_usd;
        let cheap = usd(fill.paid) <= worth / level;
        (cheap && fill.paid <= max_pay && fill.paid != 0).then_some(max_pay)
    }
}
