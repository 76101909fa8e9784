//! Compound III: the protocol absorbs an account at once, and sells its collateral in a storefront
//! at a fixed discount.
//!
//! Source: compound-finance/comet: contracts/Comet.sol (`isLiquidatable`, `absorbInternal`,
//! `buyCollateral`, `quoteCollateral`). Prices are dollars with 8 decimals for a whole token, factors
//! wads; `scale` is 10 to the token's decimals. Everything rounds down.

pub mod rates;

use crate::math::{add, mul, mul_div_down, sub, WAD};
use crate::Error;
use primitive_types::U256;

/// A collateral asset.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    pub price: U256,
    pub scale: U256,
    pub liquidate_collateral_factor_wad: U256,
    /// Part of its value that an absorbed account is credited.
    pub liquidation_factor_wad: U256,
}

/// The asset that is lent.
#[derive(Clone, Copy, Debug)]
pub struct Base {
    pub price: U256,
    pub scale: U256,
}

/// What an absorption does to an account, in units of the base asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absorption {
    /// What its collateral counts for.
    pub collateral_credit: U256,
    /// What it owns afterwards: the credit beyond its debt.
    pub balance: U256,
    /// Debt beyond the credit, borne by the protocol's reserves.
    pub shortfall: U256,
}

fn mul_factor(value: U256, factor_wad: U256) -> Result<U256, Error> {
    mul_div_down(value, factor_wad, WAD)
}

/// Values of collateral, each times a factor of its asset.
fn weighed(
    collateral: impl IntoIterator<Item = (U256, Asset)>,
    factor_wad: impl Fn(&Asset) -> U256,
) -> Result<U256, Error> {
    collateral.into_iter().try_fold(U256::zero(), |sum, (amount, asset)| {
        let value = mul_div_down(amount, asset.price, asset.scale)?;
        add(sum, mul_factor(value, factor_wad(&asset))?)
    })
}

/// `isLiquidatable` of an account that owes `debt`: its collateral's values, each times its factor,
/// come to less than its debt.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn is_liquidatable(
    debt: U256,
    base: &Base,
    collateral: impl IntoIterator<Item = (U256, Asset)>,
) -> Result<bool, Error> {
    let owed = mul_div_down(debt, base.price, base.scale)?;
    Ok(weighed(collateral, |asset| asset.liquidate_collateral_factor_wad)? < owed)
}

/// `absorbInternal`: all collateral is seized and credited at its liquidation factor.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn absorb(
    debt: U256,
    base: &Base,
    collateral: impl IntoIterator<Item = (U256, Asset)>,
) -> Result<Absorption, Error> {
    let value = weighed(collateral, |asset| asset.liquidation_factor_wad)?;
    let collateral_credit = mul_div_down(value, base.scale, base.price)?;
    Ok(Absorption {
        collateral_credit,
        balance: collateral_credit.saturating_sub(debt),
        shortfall: debt.saturating_sub(collateral_credit),
    })
}

/// The storefront's price of an asset: the oracle's less `store_front_factor_wad` of what an
/// absorption keeps back.
///
/// # Errors
/// [`Error::Overflow`] for factors above one.
pub fn store_front_price(asset: &Asset, store_front_factor_wad: U256) -> Result<U256, Error> {
    let kept = sub(WAD, asset.liquidation_factor_wad)?;
    let discount = mul_factor(store_front_factor_wad, kept)?;
    mul_factor(asset.price, sub(WAD, discount)?)
}

/// `quoteCollateral`: what an amount of the base asset buys.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn quote_collateral(
    asset: &Asset,
    base: &Base,
    store_front_factor_wad: U256,
    base_amount: U256,
) -> Result<U256, Error> {
    let price = store_front_price(asset, store_front_factor_wad)?;
    let bought = mul_div_down(mul(base.price, base_amount)?, asset.scale, price)?;
    bought.checked_div(base.scale).ok_or(Error::DivisionByZero)
}

/// What the protocol has, for a purchase.
#[derive(Clone, Copy, Debug)]
pub struct Store {
    /// Of the asset, absorbed and not yet sold.
    pub held: U256,
    /// Reserves in the base asset; `None` if negative.
    pub reserves: Option<U256>,
    /// Reserves at which it stops selling.
    pub target_reserves: U256,
}

/// `buyCollateral`: what an amount of the base asset buys, if that much is for sale.
///
/// # Errors
/// [`Error::NotForSale`], [`Error::InsufficientReserves`].
pub fn buy_collateral(
    asset: &Asset,
    base: &Base,
    store_front_factor_wad: U256,
    store: &Store,
    base_amount: U256,
) -> Result<U256, Error> {
    if store.reserves.is_some_and(|reserves| reserves >= store.target_reserves) {
        return Err(Error::NotForSale);
    }
    let bought = quote_collateral(asset, base, store_front_factor_wad, base_amount)?;
    if bought > store.held {
        return Err(Error::InsufficientReserves);
    }
    Ok(bought)
}
