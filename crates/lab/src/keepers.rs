//! Keepers: who they are and what is worth buying to them.
//!
//! A *flash* keeper buys with money borrowed within the transaction and sells in the same: they buy
//! until the next token would sell for no more than it costs. A *holder* buys with their own money,
//! wants a margin for the price's risk, and sells their stock little by little.

use crate::{
    market::Market,
    mechanisms::{Fill, Lot, Mechanism, TOKEN, USD},
    scenario::Keepers,
};

/// More dollars than any lot costs, in units: "as much as the rules allow".
pub const ALL_OF_IT: u128 = 1_000_000_000_000_000_000_000_000;

/// One keeper.
#[derive(Clone, Debug)]
pub struct Keeper {
    pub flash: bool,
    /// From when on they know what others knew first.
    pub latency_ms: u64,
    /// What a holder may have tied up, dollars.
    pub capital_usd: f64,
    /// Tokens of each asset, and what they cost, dollars.
    pub stock: Vec<f64>,
    pub tied_usd: f64,
    /// What they have gained so far, without stock.
    pub gained_usd: f64,
}

/// A purchase that is worth while.
#[derive(Clone, Copy, Debug)]
pub struct Bid {
    pub lot: Lot,
    pub keeper: usize,
    pub max_pay: u128,
    /// Expected, dollars.
    pub profit_usd: f64,
}

/// Beyond what price of a token nobody bids, dollars: at least the market's, less their margin.
pub fn most_usd(model: &Keepers, market: &Market) -> f64 {
    let flash = 1.0 / (1.0 + model.flash_margin_bps / 1e4);
    market.usd() * flash.max(1.0 - model.holder_margin_bps / 1e4)
}

/// All keepers, the fastest first: flash keepers and holders by turns.
pub fn cast(model: &Keepers, assets: usize, loans_usd: f64) -> Vec<Keeper> {
    let (mut flash, mut holders) = (model.flash, model.holders);
    let each_usd = model.capital * loans_usd / model.holders.max(1) as f64;
    (0..model.flash + model.holders)
        .map(|place| {
            let is_flash = holders == 0 || (flash > 0 && place % 2 == 0);
            *(if is_flash { &mut flash } else { &mut holders }) -= 1;
            let seconds = model.latency_s + place as f64 * model.latency_step_s;
            Keeper {
                flash: is_flash,
                latency_ms: (seconds * 1e3) as u64,
                capital_usd: if is_flash { 0.0 } else { each_usd },
                stock: vec![0.0; assets],
                tied_usd: 0.0,
                gained_usd: 0.0,
            }
        })
        .collect()
}

impl Keeper {
    /// The purchase of a lot that gains them most, if any gains enough. `whole` is what all of it
    /// would cost and bring.
    pub fn bid(
        &self,
        model: &Keepers,
        market: &Market,
        balances: &dyn Mechanism,
        lot: Lot,
        whole: &Fill,
    ) -> Option<(u128, f64)> {
        if whole.received == 0 || whole.paid == 0 {
            return None;
        }
        let (paid_usd, tokens) = (usd(whole.paid), whole.received as f64 / TOKEN as f64);
        let unit_usd = paid_usd / tokens;
        let part = if self.flash {
            let at_least = unit_usd * (1.0 + model.flash_margin_bps / 1e4);
            market.sells_down_to(at_least) / tokens
        } else {
            if unit_usd > market.usd() * (1.0 - model.holder_margin_bps / 1e4) {
                return None;
            }
            (self.capital_usd - self.tied_usd) / paid_usd
        };
        let (max_pay, fill) = if part >= 1.0 {
            (ALL_OF_IT, *whole)
        } else {
            let max_pay = (part * whole.paid as f64) as u128;
            // A part that the rules don't allow is not for sale.
            (max_pay, balances.quote(lot, max_pay).ok()?)
        };
        let profit_usd = self.profit_usd(market, &fill);
        (profit_usd >= model.min_profit_usd).then_some((max_pay, profit_usd))
    }

    /// What a purchase gains at today's prices, dollars.
    pub fn profit_usd(&self, market: &Market, fill: &Fill) -> f64 {
        let tokens = fill.received as f64 / TOKEN as f64;
        let worth_usd = if self.flash { market.proceeds(tokens) } else { tokens * market.usd() };
        worth_usd - usd(fill.paid)
    }

    /// Takes over what they have bought; the tokens that were sold at once.
    pub fn settle(&mut self, market: &mut Market, asset: usize, fill: &Fill) -> f64 {
        let tokens = fill.received as f64 / TOKEN as f64;
        if self.flash {
            self.gained_usd += market.sell(tokens) - usd(fill.paid);
            return tokens;
        }
        self.stock[asset] += tokens;
        self.tied_usd += usd(fill.paid);
        self.gained_usd -= usd(fill.paid);
        0.0
    }

    /// Sells a part of the stock; the tokens that were sold.
    pub fn unwind(&mut self, markets: &mut [Market], part: f64) -> f64 {
        if self.tied_usd == 0.0 {
            return 0.0;
        }
        let mut sold = 0.0;
        for (stock, market) in self.stock.iter_mut().zip(markets) {
            // The last dollar's worth goes at once.
            let tokens = if *stock * market.usd() < 1.0 { *stock } else { *stock * part };
            self.gained_usd += market.sell(tokens);
            *stock -= tokens;
            sold += tokens;
        }
        let left = self.stock.iter().any(|tokens| *tokens > 0.0);
        self.tied_usd = if left { self.tied_usd * (1.0 - part) } else { 0.0 };
        sold
    }

    /// Gains with the stock at market prices, dollars.
    pub fn worth_usd(&self, markets: &[Market]) -> f64 {
        let stock = self.stock.iter().zip(markets).map(|(tokens, market)| tokens * market.usd());
        self.gained_usd + stock.sum::<f64>()
    }
}

/// Units in dollars.
pub fn usd(units: u128) -> f64 {
    units as f64 / USD as f64
}
