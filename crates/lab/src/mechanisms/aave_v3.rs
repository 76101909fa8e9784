//! Aave v3.7 in the simulator: [`breakwater_peers::aave_v3`].

use super::{
    peer::{self, Loan, Rule, PRICE_8},
    Fill, Refused, USD,
};
use breakwater_peers::{
    aave_v3::{collateral_base, debt_base, health_wad, liquidate, Position as Theirs, Terms},
    math::small,
    Error,
};

/// What a position must leave, dollars (`MIN_LEFTOVER_BASE`).
const MIN_LEFT: u128 = 1_000 * USD;

/// Terms of a collateral.
#[derive(Clone, Copy, Debug)]
pub struct AaveV3 {
    /// 10,500 is 5 %, as for ether on Ethereum's main market.
    pub bonus_bps: u16,
    /// Part of the bonus that the treasury keeps: 10 % there.
    pub fee_bps: u16,
}

impl Default for AaveV3 {
    fn default() -> Self {
        Self { bonus_bps: 10_500, fee_bps: 1_000 }
    }
}

impl Rule for AaveV3 {
    const NAME: &'static str = "Aave v3";
    const ABOUT: &'static str =
        "Half of the debt at a fixed bonus of 5 %; all of it below 2,000 dollars or a health of 0.95.";
    const PRICE_STEP_WAD: u128 = PRICE_8;

    fn sell(&self, loan: &Loan, max_pay: u128) -> Result<Fill, Refused> {
        let Loan { position, price_wad, threshold_bps } = *loan;
        let pair = peer::pair(price_wad);
        let (collateral, debt) = (small(position.collateral), small(position.debt));
        let worth = collateral_base(collateral, pair.collateral_price, pair.collateral_unit)?;
        let owed = debt_base(debt, pair.debt_price, pair.debt_unit)?;
        let theirs = Theirs {
            collateral,
            debt,
            total_collateral_base: worth,
            total_debt_base: owed,
            health_wad: health_wad([(worth, threshold_bps)], owed)?,
        };
        let terms =
            Terms { bonus_bps: self.bonus_bps.into(), protocol_fee_bps: self.fee_bps.into() };
        let attempt = |pay: u128| liquidate(&theirs, &pair, &terms, small(pay));
        let moved = match attempt(max_pay) {
            Err(Error::MustNotLeaveDust) => {
                let bonus_bps = self.bonus_bps.into();
                attempt(peer::leaving(loan, bonus_bps, MIN_LEFT, max_pay))?
            }
            other => other?,
        };
        let paid = peer::units(moved.debt)?;
        Ok(Fill {
            paid,
            received: peer::units(moved.collateral)?,
            repaid: paid,
            seized: peer::units(moved.collateral + moved.protocol_fee)?,
            bad_debt: peer::units(moved.deficit)?,
        })
    }
}
