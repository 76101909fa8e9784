//! How much of a position an auction may sell.
//!
//! Source: blend-capital/blend-contracts-v2: pool/src/auctions/user_liquidation_auction.rs
//! (`create_user_liq_auction_data`), pool/src/pool/health_factor.rs, bad_debt.rs.

use super::auction::Auction;
use super::{add, mul_div_down, mul_div_up, reserve, sub, SCALAR_7};
use crate::Error;

/// Health after a liquidation has to be at least 1.03, 7 decimals.
pub const MIN_HEALTH_AFTER: i128 = 10_300_000;
/// And at most 1.15.
pub const MAX_HEALTH_AFTER: i128 = 11_500_000;
/// Above this percentage of all positions, a liquidation is full.
const FULL_PERCENT: u32 = 95;

/// A reserve as positions are valued.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// 7 decimals.
    pub collateral_factor: i128,
    pub liability_factor: i128,
    /// Units for a b-token and a d-token, 12 decimals.
    pub b_rate: i128,
    pub d_rate: i128,
    /// 10 to the token's decimals.
    pub scalar: i128,
    /// Of a whole token, in the oracle's decimals.
    pub price: i128,
}

/// Tokens of a position, by index of the reserve.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Positions {
    /// b-tokens.
    pub collateral: Vec<(u32, i128)>,
    /// d-tokens.
    pub liabilities: Vec<(u32, i128)>,
}

/// Values of a position in the oracle's decimals: with factors (`base`) and without (`raw`).
/// Collateral is rounded down, liabilities up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Data {
    pub collateral_base: i128,
    pub collateral_raw: i128,
    pub liability_base: i128,
    pub liability_raw: i128,
    /// 10 to the oracle's decimals.
    pub scalar: i128,
}

fn asset(assets: &[Asset], index: u32) -> Result<&Asset, Error> {
    assets.get(index as usize).ok_or(Error::BadRequest)
}

impl Data {
    /// `PositionData::calculate_from_positions`.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for an unknown reserve, [`Error::Overflow`].
    pub fn of(positions: &Positions, assets: &[Asset], scalar: i128) -> Result<Self, Error> {
        let mut data = Self {
            collateral_base: 0,
            collateral_raw: 0,
            liability_base: 0,
            liability_raw: 0,
            scalar,
        };
        for &(index, tokens) in &positions.collateral {
            let asset = asset(assets, index)?;
            let raw = reserve::held(tokens, asset.b_rate)?;
            let base = mul_div_down(raw, asset.collateral_factor, SCALAR_7)?;
            let value = |units| mul_div_down(asset.price, units, asset.scalar);
            data.collateral_base = add(data.collateral_base, value(base)?)?;
            data.collateral_raw = add(data.collateral_raw, value(raw)?)?;
        }
        for &(index, tokens) in &positions.liabilities {
            let asset = asset(assets, index)?;
            let raw = reserve::owed(tokens, asset.d_rate)?;
            let base = mul_div_up(raw, SCALAR_7, asset.liability_factor)?;
            let value = |units| mul_div_up(asset.price, units, asset.scalar);
            data.liability_base = add(data.liability_base, value(base)?)?;
            data.liability_raw = add(data.liability_raw, value(raw)?)?;
        }
        Ok(data)
    }

    /// Health factor in the oracle's decimals, rounded down; `None` without liabilities.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn health(&self) -> Result<Option<i128>, Error> {
        if self.liability_base == 0 {
            return Ok(None);
        }
        mul_div_down(self.collateral_base, self.scalar, self.liability_base).map(Some)
    }

    /// `is_hf_over`, of 7 decimals; without liabilities always.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn is_health_over(&self, most: i128) -> Result<bool, Error> {
        let limit = mul_div_up(self.scalar, most, SCALAR_7)?;
        Ok(self.health()?.is_none_or(|health| health > limit))
    }

    /// `is_hf_under`, of 7 decimals; without liabilities never.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn is_health_under(&self, least: i128) -> Result<bool, Error> {
        let limit = mul_div_down(self.scalar, least, SCALAR_7)?;
        Ok(self.health()?.is_some_and(|health| health < limit))
    }

    /// Whether an auction may be created: liabilities above collateral.
    pub fn is_liquidatable(&self) -> bool {
        self.liability_base > self.collateral_base
    }

    /// Collateral's part, in the oracle's decimals, that a liquidation of `part` of the liabilities
    /// (same decimals) is estimated to cost, and the estimate itself: the incentive is half of what
    /// the factors leave.
    fn withdrawn(&self, part: i128) -> Result<(i128, i128), Error> {
        let scalar = self.scalar;
        let avg_cf = mul_div_down(self.collateral_base, scalar, self.collateral_raw)?;
        let avg_lf = mul_div_down(self.liability_base, scalar, self.liability_raw)?;
        let ratio = mul_div_up(avg_cf, scalar, avg_lf)?;
        let incentive = add(mul_div_up(sub(scalar, ratio)?, scalar, 2 * scalar)?, scalar)?;
        let repaid = mul_div_down(self.liability_raw, part, scalar)?;
        let withdrawn = mul_div_down(repaid, incentive, scalar)?;
        Ok((withdrawn, mul_div_up(withdrawn, scalar, self.collateral_raw)?))
    }
}

fn chosen(tokens: &[(u32, i128)], indices: &[u32]) -> Result<Vec<(u32, i128)>, Error> {
    let find = |index: &u32| tokens.iter().find(|(held, _)| held == index).copied();
    let found: Option<Vec<_>> = indices.iter().map(find).collect();
    found.filter(|found| !found.is_empty()).ok_or(Error::InvalidLiquidation)
}

fn without(tokens: &[(u32, i128)], gone: &[(u32, i128)]) -> Result<Vec<(u32, i128)>, Error> {
    let mut left = Vec::with_capacity(tokens.len());
    for &(index, held) in tokens {
        let taken = gone.iter().find(|(taken, _)| *taken == index).map_or(0, |(_, taken)| *taken);
        let rest = sub(held, taken)?;
        if rest > 0 {
            left.push((index, rest));
        }
    }
    Ok(left)
}

/// `create_user_liq_auction_data`: the auction of a percentage of some liabilities against some
/// collateral, created in `block`. What it sells and asks is rounded up.
///
/// Health afterwards has to be within 1.03 and 1.15. Above 95 % of everything, the whole position is
/// sold, if selling 95 % would not leave it above 1.15.
///
/// # Errors
/// [`Error::InvalidLiquidation`], [`Error::LiquidationTooLarge`], [`Error::LiquidationTooSmall`].
pub fn create(
    positions: &Positions,
    assets: &[Asset],
    oracle_scalar: i128,
    bid: &[u32],
    lot: &[u32],
    percent: u32,
    block: u32,
) -> Result<Auction, Error> {
    if percent == 0 || percent > 100 {
        return Err(Error::InvalidLiquidation);
    }
    let all = Data::of(positions, assets, oracle_scalar)?;
    if !all.is_liquidatable() {
        return Err(Error::InvalidLiquidation);
    }
    let auctioned = Positions {
        collateral: chosen(&positions.collateral, lot)?,
        liabilities: chosen(&positions.liabilities, bid)?,
    };
    let included = Data::of(&auctioned, assets, oracle_scalar)?;
    let all_collateral = included.collateral_raw == all.collateral_raw;
    let everything = all_collateral && included.liability_raw == all.liability_raw;
    let full = everything && percent > FULL_PERCENT;
    let checked = i128::from(if full { FULL_PERCENT } else { percent });
    let part = checked.checked_mul(oracle_scalar).ok_or(Error::Overflow)? / 100;
    let (withdrawn, mut withdrawn_part) = included.withdrawn(part)?;
    if withdrawn_part > oracle_scalar {
        if !all_collateral {
            return Err(Error::InvalidLiquidation);
        }
        withdrawn_part = oracle_scalar;
    }
    let share = |tokens: &[(u32, i128)], part| {
        let of = |&(index, held): &(u32, i128)| Ok((index, mul_div_up(held, part, oracle_scalar)?));
        tokens.iter().map(of).collect::<Result<Vec<_>, Error>>()
    };
    let quote = Auction {
        bid: share(&auctioned.liabilities, part)?,
        lot: share(&auctioned.collateral, withdrawn_part)?,
        // The first block of the price's course is the next.
        block: block.checked_add(1).ok_or(Error::Overflow)?,
    };
    let left = Positions {
        collateral: without(&positions.collateral, &quote.lot)?,
        liabilities: without(&positions.liabilities, &quote.bid)?,
    };
    let after = Data::of(&left, assets, oracle_scalar)?;
    let too_healthy = after.is_health_over(MAX_HEALTH_AFTER)?;
    if full {
        if withdrawn < all.collateral_raw && too_healthy {
            return Err(Error::LiquidationTooLarge);
        }
        let Positions { collateral, liabilities } = auctioned;
        return Ok(Auction { bid: liabilities, lot: collateral, block: quote.block });
    }
    if too_healthy {
        return Err(Error::LiquidationTooLarge);
    }
    if after.is_health_under(MIN_HEALTH_AFTER)? {
        return Err(Error::LiquidationTooSmall);
    }
    Ok(quote)
}

/// `check_and_handle_user_bad_debt`: whether the backstop takes what a position still owes: nothing
/// is left to sell.
pub fn is_bad_debt(positions: &Positions) -> bool {
    !positions.liabilities.is_empty() && positions.collateral.is_empty()
}
