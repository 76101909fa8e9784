//! Euler v2 in the simulator: [`breakwater_peers::euler`].

use super::{
    peer::{self, Loan, Rule},
    Fill, Refused, TOKEN, USD,
};
use breakwater_peers::{
    euler::{adjusted_value, liquidate, max_liquidation, socialized, Position as Theirs},
    math::{mul, mul_div_down, small, WAD},
};

/// A vault's terms.
#[derive(Clone, Copy, Debug)]
pub struct Euler {
    /// The largest discount: 15 %, as Euler's own markets have it.
    pub max_discount_bps: u16,
}

impl Default for Euler {
    fn default() -> Self {
        Self { max_discount_bps: 1_500 }
    }
}

impl Rule for Euler {
    const NAME: &'static str = "Euler v2";
    const ABOUT: &'static str =
        "Any part of the debt, at a discount equal to how far health is below 1.";
    // Values are wads: prices are the simulator's.
    const PRICE_STEP_WAD: u128 = 0;

    fn sell(&self, loan: &Loan, max_pay: u128) -> Result<Fill, Refused> {
        let Loan { position, price_wad, threshold_bps } = *loan;
        let collateral = small(position.collateral);
        let collateral_value = mul_div_down(collateral, small(price_wad), small(TOKEN))?;
        let theirs = Theirs {
            collateral,
            collateral_value,
            adjusted_value: adjusted_value(collateral_value, threshold_bps)?,
            liability: small(position.debt),
            liability_value: mul(small(position.debt), WAD / USD)?,
        };
        let most = max_liquidation(&theirs, self.max_discount_bps)?;
        let repay = most.repay.min(small(max_pay));
        let moved = liquidate(&theirs, self.max_discount_bps, repay)?;
        let paid = peer::units(moved.repay)?;
        let seized = peer::units(moved.seized)?;
        let bad_debt = peer::units(socialized(&theirs, &moved)?)?;
        Ok(Fill { paid, received: seized, repaid: paid, seized, bad_debt })
    }
}
