//! Aave v4 in the simulator: [`breakwater_peers::aave_v4`].

use super::{
    peer::{self, Loan, Rule, PRICE_8},
    Fill, Refused, USD,
};
use breakwater_peers::{
    aave_v4::{bonus_bps, health_wad, liquidate, value, Config, Position as Theirs, Terms},
    math::{mul, small, BPS, RAY},
    Error,
};

/// What a position must leave, dollars (`DUST_LIQUIDATION_THRESHOLD`).
const MIN_LEFT: u128 = 1_000 * USD;

/// A spoke's and a collateral's terms: by default those of ether on the main spoke as it is deployed (target, health of
/// the highest bonus, factor, bonus and fee as its risk manager published them for the market of June 2026).
#[derive(Clone, Copy, Debug)]
pub struct AaveV4 {
    pub target_health_wad: u128,
    /// At this health and below, the bonus is the largest.
    pub max_bonus_health_wad: u128,
    /// The bonus at a health of one, as a part of the largest.
    pub bonus_factor_bps: u16,
    /// 10,500 is 5 %.
    pub max_bonus_bps: u16,
    /// Part of the bonus that the treasury keeps.
    pub fee_bps: u16,
}

impl Default for AaveV4 {
    fn default() -> Self {
        Self {
            target_health_wad: 1_240_000_000_000_000_000,
            max_bonus_health_wad: 900_000_000_000_000_000,
            bonus_factor_bps: 9_000,
            max_bonus_bps: 10_555,
            fee_bps: 1_000,
        }
    }
}

impl Rule for AaveV4 {
    const NAME: &'static str = "Aave v4";
    const ABOUT: &'static str =
        "As much debt as restores a health of 1.24, at a bonus that grows from 5 % as health falls.";
    const PRICE_STEP_WAD: u128 = PRICE_8;

    fn sell(&self, loan: &Loan, max_pay: u128) -> Result<Fill, Refused> {
        let Loan { position, price_wad, threshold_bps } = *loan;
        let pair = peer::pair(price_wad);
        let (collateral, drawn_shares) = (small(position.collateral), small(position.debt));
        let owed_ray = value(mul(drawn_shares, RAY)?, pair.debt_price, pair.debt_unit)?;
        let worth = value(collateral, pair.collateral_price, pair.collateral_unit)?;
        let theirs = Theirs {
            collateral,
            drawn_shares,
            drawn_index_ray: RAY,
            premium_debt_ray: small(0),
            total_debt_value_ray: owed_ray,
            health_wad: health_wad([(worth, threshold_bps.into())], owed_ray)?,
        };
        let config = Config {
            target_health_wad: small(self.target_health_wad),
            max_bonus_health_wad: small(self.max_bonus_health_wad),
            bonus_factor_bps: self.bonus_factor_bps.into(),
        };
        let terms = Terms {
            collateral_factor_bps: threshold_bps.into(),
            max_bonus_bps: self.max_bonus_bps.into(),
            fee_bps: self.fee_bps.into(),
        };
        let attempt = |pay: u128| liquidate(&theirs, &pair, &config, &terms, small(pay));
        let moved = match attempt(max_pay) {
            Err(Error::MustNotLeaveDust) => {
                let bonus = bonus_bps(&config, terms.max_bonus_bps, theirs.health_wad)?;
                let bonus = peer::units(bonus)?.max(peer::units(BPS)?);
                attempt(peer::leaving(loan, bonus, MIN_LEFT, max_pay))?
            }
            other => other?,
        };
        let paid = peer::units(moved.debt)?;
        let seized = peer::units(moved.collateral)?;
        // A deficit is reported once no collateral is left (`_evaluateDeficit`).
        let bad_debt = if seized == position.collateral { position.debt - paid } else { 0 };
        let received = peer::units(moved.collateral_to_liquidator)?;
        Ok(Fill { paid, received, repaid: paid, seized, bad_debt })
    }
}
