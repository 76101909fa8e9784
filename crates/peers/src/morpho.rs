//! Morpho Blue: any part of the debt at a bonus that the market's LLTV gives once and for all.
//!
//! Source: morpho-org/morpho-blue: src/Morpho.sol (`liquidate`, `_isHealthy`),
//! libraries/SharesMathLib.sol, libraries/ConstantsLib.sol.

use crate::math::{add, mul_div_down, mul_div_up, small, sub, WAD};
use crate::Error;
use primitive_types::U256;

/// `ORACLE_PRICE_SCALE`: 10³⁶. A price is of one unit of collateral in units of the loan.
pub const PRICE_SCALE: U256 = small(1_000_000_000_000_000_000_000_000_000_000_000_000);
/// `LIQUIDATION_CURSOR`: 0.3.
pub const LIQUIDATION_CURSOR_WAD: U256 = small(300_000_000_000_000_000);
/// `MAX_LIQUIDATION_INCENTIVE_FACTOR`: 1.15.
pub const MAX_INCENTIVE_WAD: U256 = small(1_150_000_000_000_000_000);
/// `VIRTUAL_SHARES`: 10⁶.
pub const VIRTUAL_SHARES: U256 = small(1_000_000);
/// `VIRTUAL_ASSETS`.
pub const VIRTUAL_ASSETS: U256 = small(1);

/// All debts of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Borrowed {
    pub assets: U256,
    pub shares: U256,
}

impl Borrowed {
    /// `toAssetsDown`.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn assets_down(&self, shares: U256) -> Result<U256, Error> {
        let (assets, all) = self.with_virtual()?;
        mul_div_down(shares, assets, all)
    }

    /// `toAssetsUp`.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn assets_up(&self, shares: U256) -> Result<U256, Error> {
        let (assets, all) = self.with_virtual()?;
        mul_div_up(shares, assets, all)
    }

    /// `toSharesDown`.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn shares_down(&self, assets: U256) -> Result<U256, Error> {
        let (all, shares) = self.with_virtual()?;
        mul_div_down(assets, shares, all)
    }

    /// `toSharesUp`.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn shares_up(&self, assets: U256) -> Result<U256, Error> {
        let (all, shares) = self.with_virtual()?;
        mul_div_up(assets, shares, all)
    }

    fn with_virtual(&self) -> Result<(U256, U256), Error> {
        Ok((add(self.assets, VIRTUAL_ASSETS)?, add(self.shares, VIRTUAL_SHARES)?))
    }
}

/// A borrower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub collateral: U256,
    pub borrow_shares: U256,
}

/// How a liquidator gives the size: exactly what they seize, or exactly what they repay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Seized(U256),
    RepaidShares(U256),
}

/// What a liquidation moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liquidation {
    pub seized: U256,
    pub repaid_assets: U256,
    pub repaid_shares: U256,
    /// Written off from the lenders once no collateral is left.
    pub bad_debt_assets: U256,
    pub bad_debt_shares: U256,
    /// All debts afterwards.
    pub borrowed: Borrowed,
}

/// Collateral for a wad of repaid debt, wad: min(1.15, 1 / (1 - 0.3 (1 - LLTV))), rounded down.
///
/// # Errors
/// [`Error::Overflow`] for an LLTV above one.
pub fn incentive_wad(lltv_wad: U256) -> Result<U256, Error> {
    let margin = mul_div_down(LIQUIDATION_CURSOR_WAD, sub(WAD, lltv_wad)?, WAD)?;
    Ok(mul_div_down(WAD, WAD, sub(WAD, margin)?)?.min(MAX_INCENTIVE_WAD))
}

/// `_isHealthy`: the debt, rounded up, is not above the collateral's value times the LLTV, both
/// rounded down.
///
/// # Errors
/// [`Error::Overflow`].
pub fn is_healthy(
    position: &Position,
    borrowed: &Borrowed,
    lltv_wad: U256,
    price: U256,
) -> Result<bool, Error> {
    let value = mul_div_down(position.collateral, price, PRICE_SCALE)?;
    Ok(mul_div_down(value, lltv_wad, WAD)? >= borrowed.assets_up(position.borrow_shares)?)
}

/// `liquidate`: seized collateral rounded down, repaid debt up.
///
/// # Errors
/// [`Error::Healthy`]; [`Error::ExcessiveRepay`] beyond the position's debt or collateral.
pub fn liquidate(
    position: &Position,
    borrowed: &Borrowed,
    lltv_wad: U256,
    price: U256,
    size: Size,
) -> Result<Liquidation, Error> {
    if is_healthy(position, borrowed, lltv_wad, price)? {
        return Err(Error::Healthy);
    }
    let incentive = incentive_wad(lltv_wad)?;
    let (seized, repaid_shares) = match size {
        Size::Seized(seized) => {
            let quoted = mul_div_up(seized, price, PRICE_SCALE)?;
            (seized, borrowed.shares_up(mul_div_up(quoted, WAD, incentive)?)?)
        }
        Size::RepaidShares(shares) => {
            let with_bonus = mul_div_down(borrowed.assets_down(shares)?, incentive, WAD)?;
            (mul_div_down(with_bonus, PRICE_SCALE, price)?, shares)
        }
    };
    let repaid_assets = borrowed.assets_up(repaid_shares)?;
    let within = |have: U256, take: U256| have.checked_sub(take).ok_or(Error::ExcessiveRepay);
    let shares_left = within(position.borrow_shares, repaid_shares)?;
    let collateral_left = within(position.collateral, seized)?;
    // Rounded up, what is repaid may be one more than all debts.
    let mut left = Borrowed {
        assets: borrowed.assets.saturating_sub(repaid_assets),
        shares: sub(borrowed.shares, repaid_shares)?,
    };
    let (mut bad_debt_assets, mut bad_debt_shares) = (U256::zero(), U256::zero());
    if collateral_left.is_zero() {
        bad_debt_shares = shares_left;
        bad_debt_assets = left.assets_up(bad_debt_shares)?.min(left.assets);
        left.assets = sub(left.assets, bad_debt_assets)?;
        left.shares = sub(left.shares, bad_debt_shares)?;
    }
    Ok(Liquidation {
        seized,
        repaid_assets,
        repaid_shares,
        bad_debt_assets,
        bad_debt_shares,
        borrowed: left,
    })
}
