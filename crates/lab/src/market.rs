//! The market on which collateral is sold: exogenous price, impact of sales, and its decay.
//!
//! The price is the exogenous one times exp(-impact). A sale adds to the impact; a part of what it
//! adds stays for good, the rest decays with a half-life. Depth is the number of units whose sale
//! moves a calm market by 1 %.

use crate::scenario::{Impact, MarketModel};

/// A sale of a two-hundredth of a constant-product pool moves its price by 1 %.
const POOL_PER_DEPTH: f64 = 200.0;
/// Log impact of selling the depth under the square-root law.
const AT_DEPTH: f64 = 0.01;

/// One asset's market.
#[derive(Clone, Debug)]
pub struct Market {
    impact: Impact,
    permanent: f64,
    half_life_min: f64,
    /// The least that is left of the depth.
    floor: f64,
    /// Tokens whose sale moves a calm market by 1 %, at the first price.
    depth: f64,
    first_usd: f64,
    exogenous_usd: f64,
    depth_left: f64,
    passing: f64,
    standing: f64,
    /// Off: sales do not move the price.
    moves: bool,
}

impl Market {
    /// A market at its first price. With `moves` false sales leave the price alone: the
    /// counterfactual.
    pub fn new(model: &MarketModel, depth: f64, first_usd: f64, moves: bool) -> Self {
        Self {
            impact: model.impact,
            permanent: model.permanent,
            half_life_min: model.half_life_min,
            floor: model.depth_floor,
            depth,
            first_usd,
            exogenous_usd: first_usd,
            depth_left: 1.0,
            passing: 0.0,
            standing: 0.0,
            moves,
        }
    }

    /// Time passes: a new exogenous price, a depth that goes down as turmoil goes up (what market
    /// makers quote is limited by their risk), and what is left of the impact.
    pub fn step(&mut self, exogenous_usd: f64, turmoil: f64, minutes: f64) {
        self.exogenous_usd = exogenous_usd;
        self.depth_left = (1.0 / turmoil).max(self.floor);
        if self.passing != 0.0 {
            self.passing *= 0.5f64.powf(minutes / self.half_life_min);
        }
    }

    /// Tokens whose sale would move the price by 1 % now.
    pub fn depth(&self) -> f64 {
        self.depth * self.depth_left
    }

    /// What a token costs if nobody is liquidated.
    pub fn exogenous_usd(&self) -> f64 {
        self.exogenous_usd
    }

    /// What a token costs.
    pub fn usd(&self) -> f64 {
        self.exogenous_usd * (-self.passing - self.standing).exp()
    }

    /// Tokens in the pool: more the lower the price, as x·y = k has it.
    fn pooled(&self) -> f64 {
        POOL_PER_DEPTH * self.depth * self.depth_left * (self.first_usd / self.usd()).sqrt()
    }

    /// Tokens whose sale is behind the passing impact by the square-root law.
    fn behind(&self, log_impact: f64) -> f64 {
        (log_impact / AT_DEPTH).powi(2) * self.depth * self.depth_left
    }

    /// Log impact that a sale adds.
    fn adds(&self, tokens: f64) -> f64 {
        match self.impact {
            Impact::ConstantProduct => 2.0 * (tokens / self.pooled()).ln_1p(),
            Impact::SquareRoot => {
                let depth = self.depth();
                let before = self.behind(self.passing);
                AT_DEPTH * ((before + tokens) / depth).sqrt() - self.passing
            }
        }
    }

    /// Dollars that a sale brings.
    pub fn proceeds(&self, tokens: f64) -> f64 {
        if !self.moves || tokens <= 0.0 {
            return self.usd() * tokens.max(0.0);
        }
        match self.impact {
            Impact::ConstantProduct => {
                let pooled = self.pooled();
                self.usd() * pooled * tokens / (pooled + tokens)
            }
            Impact::SquareRoot => {
                // The mean of exp(-c sqrt(u / d)) over the sale, by Simpson's rule.
                let price = |part: f64| (-self.adds(tokens * part)).exp();
                self.usd() * tokens * (1.0 + 4.0 * price(0.5) + price(1.0)) / 6.0
            }
        }
    }

    /// Tokens whose sale brings the price down to `usd`: what is worth buying at that price.
    pub fn sells_down_to(&self, usd: f64) -> f64 {
        let now = self.usd();
        if usd >= now {
            return 0.0;
        }
        if !self.moves {
            return f64::INFINITY;
        }
        match self.impact {
            Impact::ConstantProduct => self.pooled() * ((now / usd).sqrt() - 1.0),
            Impact::SquareRoot => {
                let wanted = self.passing + (now / usd).ln();
                self.behind(wanted) - self.behind(self.passing)
            }
        }
    }

    /// Sells; what it brought, in dollars.
    pub fn sell(&mut self, tokens: f64) -> f64 {
        let brought = self.proceeds(tokens);
        if self.moves && tokens > 0.0 {
            let added = self.adds(tokens);
            self.standing += added * self.permanent;
            self.passing += added * (1.0 - self.permanent);
        }
        brought
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn market(impact: Impact, moves: bool) -> Market {
        let model =
            MarketModel { impact, permanent: 0.25, half_life_min: 10.0, ..MarketModel::default() };
        Market::new(&model, 50.0, 200.0, moves)
    }

    #[test]
    fn the_depth_moves_the_price_by_a_per_cent() {
        for impact in [Impact::ConstantProduct, Impact::SquareRoot] {
            let mut market = market(impact, true);
            market.sell(50.0);
            assert!((market.usd() / 198.0 - 1.0).abs() < 1e-4, "{impact:?}: {}", market.usd());
        }
    }

    #[test]
    fn what_passes_has_a_half_life_and_the_rest_stays() {
        let mut market = market(Impact::ConstantProduct, true);
        market.sell(50.0);
        let first = (200.0 / market.usd()).ln();
        (0..10).for_each(|_| market.step(200.0, 1.0, 1.0));
        assert!(((200.0 / market.usd()).ln() / first - (0.25 + 0.375)).abs() < 1e-9);
        (0..1_000).for_each(|_| market.step(200.0, 1.0, 1.0));
        assert!(((200.0 / market.usd()).ln() / first - 0.25).abs() < 1e-9);
    }

    #[test]
    fn a_sale_in_parts_brings_what_one_sale_brings() {
        for impact in [Impact::ConstantProduct, Impact::SquareRoot] {
            // The square-root law is of what passes: with a part that stays it depends on the parts.
            let model = MarketModel { impact, permanent: 0.0, ..MarketModel::default() };
            let mut whole = Market::new(&model, 50.0, 200.0, true);
            whole.sell(20.0);
            let mut parts = whole.clone();
            let brought: f64 = (0..200).map(|_| parts.sell(2.0)).sum();
            assert!((brought / whole.proceeds(400.0) - 1.0).abs() < 1e-3, "{impact:?}");
        }
    }

    #[test]
    fn selling_down_to_a_price_ends_there() {
        for impact in [Impact::ConstantProduct, Impact::SquareRoot] {
            let model = MarketModel { impact, permanent: 0.0, ..MarketModel::default() };
            let mut market = Market::new(&model, 50.0, 200.0, true);
            market.sell(10.0);
            market.sell(market.sells_down_to(190.0));
            assert!((market.usd() - 190.0).abs() < 1e-6, "{impact:?}: {}", market.usd());
            assert_eq!(market.sells_down_to(191.0), 0.0);
        }
    }

    #[test]
    fn without_impact_nothing_moves() {
        let mut market = market(Impact::SquareRoot, false);
        assert_eq!(market.sell(1e9), 200.0 * 1e9);
        assert_eq!(market.usd(), 200.0);
    }
}
