//! Shares of a growing pot, with virtual offsets (§ 1.2).
//!
//! A pot behaves as if [`VIRTUAL_SHARES`] shares and [`VIRTUAL_ASSETS`] units were always in it, so
//! the first depositor can't make a share so dear that the next one's deposit rounds to nothing.
//! Source: OpenZeppelin's ERC-4626 with a decimals offset of 6, and Morpho Blue's `SharesMathLib`.

use crate::{
    num::math::{add, mul_div_down, mul_div_up},
    Error,
};

/// Shares that belong to nobody.
pub const VIRTUAL_SHARES: u128 = 1_000_000;
/// Units of the asset that stand behind [`VIRTUAL_SHARES`] in an empty pot.
pub const VIRTUAL_ASSETS: u128 = 1;

/// To what part of their first worth shares may fall before nothing more is lent.
const WORN_OUT: u128 = 1_000_000;

/// Most shares that lending may bring a reserve to: half of what 128 bits hold. The protocol's part of interest
/// comes in new shares, so the rest is its room, and no conversion overflows on the virtual shares.
pub const MOST_LENT_SHARES: u128 = u128::MAX / 2;

/// Most shares of a pot that still converts.
pub const MOST_SHARES: u128 = u128::MAX - VIRTUAL_SHARES;

/// Shares for an amount of assets, rounded down: for shares given to a user.
pub fn to_shares_down(assets: u128, pot: Pot) -> Result<u128, Error> {
    mul_div_down(assets, add(pot.shares, VIRTUAL_SHARES)?, add(pot.assets, VIRTUAL_ASSETS)?)
}

/// Shares for assets that are lent, rounded down; refused where shares have lost all but a millionth
/// of their first worth: new ones would soon not fit 128 bits, and those of before would hardly be
/// worth holding. They are given up for nothing by withdrawing all (§ 1.2).
///
/// Nor is more lent than leaves room for interest ([`MOST_LENT_SHARES`]): no message could touch a reserve
/// whose shares do not fit any more.
///
/// # Errors
/// [`Error::SharesWornOut`]; [`Error::SupplyCapExceeded`] beyond any cap.
pub fn lent_shares_down(assets: u128, pot: Pot) -> Result<u128, Error> {
    let first_worth = add(pot.assets, VIRTUAL_ASSETS)?.saturating_mul(VIRTUAL_SHARES);
    if pot.shares > first_worth.saturating_mul(WORN_OUT) {
        return Err(Error::SharesWornOut);
    }
    let shares = to_shares_down(assets, pot)?;
    if shares > MOST_LENT_SHARES.saturating_sub(pot.shares) {
        return Err(Error::SupplyCapExceeded);
    }
    Ok(shares)
}

/// Shares for an amount of assets, rounded up: for shares a user gives up or owes.
pub fn to_shares_up(assets: u128, pot: Pot) -> Result<u128, Error> {
    mul_div_up(assets, add(pot.shares, VIRTUAL_SHARES)?, add(pot.assets, VIRTUAL_ASSETS)?)
}

/// Assets for a number of shares, rounded down: for what a user may take out.
pub fn to_assets_down(shares: u128, pot: Pot) -> Result<u128, Error> {
    mul_div_down(shares, add(pot.assets, VIRTUAL_ASSETS)?, add(pot.shares, VIRTUAL_SHARES)?)
}

/// Assets for a number of shares, rounded up: for what a user owes.
pub fn to_assets_up(shares: u128, pot: Pot) -> Result<u128, Error> {
    mul_div_up(shares, add(pot.assets, VIRTUAL_ASSETS)?, add(pot.shares, VIRTUAL_SHARES)?)
}

/// What a pot holds: assets, and the shares that divide them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pot {
    pub assets: u128,
    pub shares: u128,
}
