//! What is counted during a run, and the figures made of it.

mod told;

pub use told::{Metric, METRICS};

use crate::{
    keepers::usd,
    mechanisms::{Account, Asset, Fill, Level, Lot, Position, Start, TOKEN},
};
use serde::Serialize;

/// The price at a time.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    pub time_ms: u64,
    pub exogenous_usd: f64,
    pub usd: f64,
    pub level: Level,
}

/// What is counted during a run. Amounts in units are exact.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub opened_debt: u128,
    pub left_debt: u128,
    /// Repaid by buyers (or the protocol) and by borrowers themselves.
    pub repaid: u128,
    pub self_repaid: u128,
    pub bad_debt: u128,
    /// Debt above the worth of its collateral at the end, dollars.
    pub uncovered_usd: f64,
    /// What left borrowers in liquidations beyond what it settled: at the market's price, at the
    /// undisturbed price.
    pub cost_usd: f64,
    pub cost_undisturbed_usd: f64,
    /// Worth of collateral that left borrowers, market prices.
    pub seized_usd: f64,
    pub paid_usd: f64,
    /// What buyers got, at the market's and at the oracle's price.
    pub fair_usd: f64,
    pub oracle_value_usd: f64,
    /// What keepers paid, and its worth at the market's price.
    pub taken_paid_usd: f64,
    pub taken_fair_usd: f64,
    /// And at the undisturbed price of that moment.
    pub taken_undisturbed_usd: f64,
    /// What they paid, times what a Dutch auction would lose ([`dutch_loss`]).
    pub dutch_loss_usd: f64,
    /// Bought by a backstop.
    pub backstop_usd: f64,
    pub fills: u64,
    /// How often an account was looked at: its trigger computed, its lot quoted, or its owner about to act.
    pub visited: u64,
    /// Tokens sold on the market.
    pub sold: f64,
    /// Paid for room in blocks.
    pub fees_usd: f64,
    pub holding_usd: f64,
    /// The same with what is held at the undisturbed price.
    pub holding_undisturbed_usd: f64,
    /// Stock of backstops and storefronts at the end, and all that they bought, dollars.
    pub stock_left_usd: f64,
    /// Sold by somebody to themselves, dollars.
    pub washed_usd: f64,
    pub keeper_gain_usd: f64,
    /// For each asset the lowest price, the lowest exogenous one, and the lowest ratio of the two
    /// at the same time.
    lowest: Vec<[f64; 3]>,
    waits_ms: Vec<u64>,
    clear_ms: Vec<u64>,
    /// Of each account: cost and repaid, dollars.
    by_account: Vec<(f64, f64)>,
    units: Vec<u128>,
    held: Vec<u128>,
    power: f64,
    hours: f64,
    calm_hours: f64,
    raised_hours: f64,
    raised_calm_hours: f64,
    /// Dollars times hours that backstops have had tied up.
    pub tied_usd_h: f64,
    pub trace: Vec<Point>,
}

impl Tally {
    /// Nothing yet.
    pub fn new(assets: usize, accounts: usize) -> Self {
        Self {
            lowest: vec![[f64::MAX; 3]; assets],
            units: vec![0; assets],
            held: vec![0; accounts],
            by_account: vec![(0.0, 0.0); accounts],
            ..Self::default()
        }
    }

    /// A loan was opened.
    pub fn opened(&mut self, position: &Position) {
        self.opened_debt += position.debt;
    }

    /// An account holds so much now.
    pub fn holds(&mut self, account: Account, asset: Asset, position: &Position) {
        self.units[asset] += position.collateral;
        self.units[asset] -= std::mem::replace(&mut self.held[account], position.collateral);
    }

    /// A borrower has acted.
    pub fn self_help(&mut self, before: &Position, after: &Position) {
        self.self_repaid += before.debt.saturating_sub(after.debt);
    }

    /// A purchase, at the market's, the undisturbed and the oracle's price; of a keeper's, what a Dutch auction
    /// would lose.
    pub fn filled(
        &mut self,
        lot: Lot,
        fill: &Fill,
        [market, undisturbed, oracle]: [f64; 3],
        waited_ms: Option<u64>,
        dutch_loss: Option<f64>,
    ) {
        let received = fill.received as f64 / TOKEN as f64;
        self.fills += 1;
        self.repaid += fill.repaid;
        self.bad_debt += fill.bad_debt;
        self.paid_usd += usd(fill.paid);
        self.fair_usd += received * market;
        self.oracle_value_usd += received * oracle;
        match dutch_loss {
            None => self.backstop_usd += usd(fill.paid),
            Some(loss) => {
                self.taken_paid_usd += usd(fill.paid);
                self.taken_fair_usd += received * market;
                self.taken_undisturbed_usd += received * undisturbed;
                self.dutch_loss_usd += usd(fill.paid) * loss;
            }
        }
        self.waits_ms.extend(waited_ms);
        self.taken_from(lot.account, fill.seized, usd(fill.repaid), [market, undisturbed]);
    }

    /// An act without capital.
    pub fn started(&mut self, account: Account, start: &Start, prices: [f64; 2]) {
        self.repaid += start.repaid;
        self.bad_debt += start.bad_debt;
        let settled = usd(start.repaid) + usd(start.credited);
        self.taken_from(Some(account), start.seized, settled, prices);
    }

    fn taken_from(
        &mut self,
        account: Option<Account>,
        seized: u128,
        settled_usd: f64,
        [market, undisturbed]: [f64; 2],
    ) {
        let seized = seized as f64 / TOKEN as f64;
        let cost_usd = seized * market - settled_usd;
        self.seized_usd += seized * market;
        self.cost_usd += cost_usd;
        self.cost_undisturbed_usd += seized * undisturbed - settled_usd;
        if let Some((cost, repaid)) = account.and_then(|account| self.by_account.get_mut(account)) {
            *cost += cost_usd;
            *repaid += settled_usd;
        }
    }

    /// An account is no longer at its trigger.
    pub fn cleared(&mut self, after_ms: u64) {
        self.clear_ms.push(after_ms);
    }

    /// An asset's prices at a time.
    pub fn priced(&mut self, asset: Asset, usd: f64, exogenous_usd: f64) {
        for (low, now) in
            self.lowest[asset].iter_mut().zip([usd, exogenous_usd, usd / exogenous_usd])
        {
            *low = low.min(now);
        }
    }

    /// What may be borrowed against a token, times hours.
    pub fn power(&mut self, asset: Asset, usd_h: f64) {
        self.power += self.units[asset] as f64 / TOKEN as f64 * usd_h;
    }

    /// The breaker's level for some time.
    pub fn level(&mut self, level: Level, calm: bool, hours: f64) {
        self.hours += hours;
        let raised = if level == Level::Normal { 0.0 } else { hours };
        self.raised_hours += raised;
        if calm {
            self.calm_hours += hours;
            self.raised_calm_hours += raised;
        }
    }

    /// What an account has at the end, and what its collateral is worth.
    pub fn left(&mut self, position: &Position, worth_usd: f64) {
        self.left_debt += position.debt;
        self.uncovered_usd += (usd(position.debt) - worth_usd).max(0.0);
    }

    /// Cost of each liquidated account, in basis points of what was settled for it.
    pub fn costs_bps(&self) -> Vec<f64> {
        let liquidated = self.by_account.iter().filter(|(_, repaid)| *repaid > 0.0);
        liquidated.map(|(cost, repaid)| cost / repaid * 1e4).collect()
    }

    /// The run's figures. `twin` is the same run without impact.
    pub fn figures(&self, twin: Option<&Self>) -> Figures {
        let debt = usd(self.opened_debt).max(1.0);
        let repaid = usd(self.repaid);
        // Not a number where there is no whole: such runs don't count in means.
        let part = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { f64::NAN };
        let bps = |of: f64, whole: f64| part(of, whole) * 1e4;
        let mean_min =
            |times: &[u64]| part(times.iter().sum::<u64>() as f64 / 60_000.0, times.len() as f64);
        let overshoot = self.lowest.iter().map(|[.., ratio]| 1.0 - ratio);
        let deeper = self.lowest.iter().map(|[low, exogenous, _]| 1.0 - low / exogenous);
        let bad_debt_usd = usd(self.bad_debt) + self.uncovered_usd;
        let without = twin.map_or(0.0, |twin| usd(twin.repaid));
        let amplification = part(repaid, without);
        Figures {
            bad_debt_bps: bps(bad_debt_usd, debt),
            system_loss_bps: bps(bad_debt_usd + (-self.holding_usd).max(0.0), debt),
            overshoot_bps: overshoot.fold(0.0, f64::max) * 1e4,
            deeper_low_bps: deeper.fold(0.0, f64::max) * 1e4,
            cost_bps_of_repaid: bps(self.cost_usd, repaid),
            median_cost_bps: match self.costs_bps() {
                costs if costs.is_empty() => f64::NAN,
                costs => crate::stats::quantile(&costs, 0.5),
            },
            cost_bps_of_debt: bps(self.cost_usd, debt),
            cost_undisturbed_bps_of_debt: bps(self.cost_undisturbed_usd, debt),
            repaid_part: part(repaid, debt),
            amplification,
            branching: (1.0 - 1.0 / amplification).max(0.0),
            fair_loss_bps: bps(self.taken_fair_usd - self.taken_paid_usd, self.taken_fair_usd),
            dutch_loss_bps: bps(self.dutch_loss_usd, self.taken_paid_usd),
            fill_to_fair: part(self.paid_usd, self.fair_usd),
            fill_to_oracle: part(self.paid_usd, self.oracle_value_usd),
            minutes_to_fill: mean_min(&self.waits_ms),
            minutes_to_clear: mean_min(&self.clear_ms),
            keeper_gain_bps: bps(self.keeper_gain_usd, repaid),
            backstop_part: part(self.backstop_usd, self.paid_usd),
            holding_bps: bps(self.holding_usd, debt),
            washed_part: part(self.washed_usd, debt),
            given_away_bps: bps(self.taken_undisturbed_usd - self.taken_paid_usd, debt),
            together_bps: bps(self.cost_undisturbed_usd - self.holding_undisturbed_usd, debt),
            stock_left_part: match self.backstop_usd {
                0.0 => 0.0,
                bought => self.stock_left_usd / bought,
            },
            raised_part: part(self.raised_hours, self.hours),
            raised_calm_part: part(self.raised_calm_hours, self.calm_hours),
            borrowing_power: self.power,
            fills: self.fills as f64,
        }
    }
}

/// What a Dutch auction loses of the fair price on average, as a part of it ("loss versus fair",
/// arXiv 2406.00113): its price falls by `fall` a minute, the fair one moves by `volatility` in the root of a
/// minute, somebody can buy once in `block_min` minutes on average, and buys at once what is not above fair.
///
/// When the auction's price is first at or below the fair one at a block, the log distance between them
/// is exponential (blocks come without memory, and the distance is a Brownian motion with drift) with
/// the mean m = (fall + sqrt(fall² + 2 volatility² / block_min)) · block_min / 2. The loss is m / (1 + m).
pub fn dutch_loss(fall: f64, volatility: f64, block_min: f64) -> f64 {
    let mean =
        (fall + (fall * fall + 2.0 * volatility * volatility / block_min).sqrt()) * block_min / 2.0;
    mean / (1.0 + mean)
}

/// One run in figures.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Figures {
    /// Debt that nobody will repay, recognised or not, of all that was borrowed.
    pub bad_debt_bps: f64,
    /// The same and what backstops and storefronts lost with what they bought.
    pub system_loss_bps: f64,
    /// How far below the price without liquidations the price ever was: 1 - min(with / without).
    pub overshoot_bps: f64,
    /// How much lower the lowest price was than without liquidations.
    pub deeper_low_bps: f64,
    /// What liquidated borrowers lost beyond the debt that was settled, at the market's price.
    pub cost_bps_of_repaid: f64,
    /// The same of the liquidated account in the middle.
    pub median_cost_bps: f64,
    pub cost_bps_of_debt: f64,
    /// At the price that would have been without liquidations.
    pub cost_undisturbed_bps_of_debt: f64,
    /// Settled by liquidations, of all that was borrowed.
    pub repaid_part: f64,
    /// Settled with impact over settled without: 1 if no liquidation caused another.
    pub amplification: f64,
    /// The part of liquidations that others have caused: 1 - 1 / amplification.
    pub branching: f64,
    /// What sellers lost to the market's price just before, and what a Dutch auction would in the same
    /// volatility.
    pub fair_loss_bps: f64,
    pub dutch_loss_bps: f64,
    /// What buyers paid over the market's and the oracle's price of what they got.
    pub fill_to_fair: f64,
    pub fill_to_oracle: f64,
    /// From the trigger to the first purchase, and until the account is healthy.
    pub minutes_to_fill: f64,
    pub minutes_to_clear: f64,
    /// All keepers together, of what was settled.
    pub keeper_gain_bps: f64,
    /// Bought by a backstop, of all purchases.
    pub backstop_part: f64,
    /// What backstops and storefronts gained with what they hold, at market prices, less the cost
    /// of capital, of all that was borrowed.
    pub holding_bps: f64,
    /// What buyers paid below the price that would have been at that moment without liquidations, of all debt:
    /// what is lost by how it is sold, without what the price did before and after.
    pub given_away_bps: f64,
    /// What borrowers lost and backstops did not gain, both at the undisturbed price, of all debt.
    pub together_bps: f64,
    /// Sold by somebody to themselves to use up room, of all debt.
    pub washed_part: f64,
    /// Of what backstops bought, what is not sold at the end.
    pub stock_left_part: f64,
    /// Time with the breaker up, of all and of calm time.
    pub raised_part: f64,
    pub raised_calm_part: f64,
    /// Dollars that could be borrowed, times hours.
    pub borrowing_power: f64,
    pub fills: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without volatility the price is a block's fall too low when somebody comes, on average; without a fall
    /// it is the root of half of what the fair price moves in a block.
    #[test]
    fn a_dutch_auction_loses_what_it_falls_and_what_the_price_moves_in_a_block() {
        assert!((dutch_loss(0.01, 0.0, 0.2) - 0.002 / 1.002).abs() < 1e-12);
        let still = 0.001 * 0.1f64.sqrt();
        assert!((dutch_loss(0.0, 0.001, 0.2) - still / (1.0 + still)).abs() < 1e-12);
        assert!(dutch_loss(0.01, 0.001, 0.2) > dutch_loss(0.01, 0.0, 0.2));
        assert_eq!(dutch_loss(0.0, 0.0, 0.2), 0.0);
    }

    /// Against many drawn by hand: random blocks, a random walk in small steps.
    #[test]
    fn the_law_is_what_a_simulated_auction_loses() {
        let (fall, volatility, block_min, step) = (0.002, 0.003, 0.5, 0.002);
        let draw = |number: u64| crate::borrowers::draw(7, number, 0);
        let (mut number, mut lost, auctions) = (0, 0.0, 4_000);
        for _ in 0..auctions {
            let mut distance: f64 = 0.002;
            loop {
                let up = draw(number) < 0.5;
                distance +=
                    if up { volatility } else { -volatility } * f64::sqrt(step) - fall * step;
                let comes = draw(number + 1) < step / block_min;
                number += 2;
                if comes && distance <= 0.0 {
                    break;
                }
            }
            lost += 1.0 - distance.exp();
        }
        let (simulated, law) =
            (lost / f64::from(auctions), dutch_loss(fall, volatility, block_min));
        assert!((simulated / law - 1.0).abs() < 0.08, "{simulated} {law}");
    }
}
