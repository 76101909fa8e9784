//! Aave's interest rates by utilisation.
//!
//! Source: aave-dao/aave-v3-origin: src/contracts/misc/DefaultReserveInterestRateStrategyV2.sol,
//! `calculateInterestRates`.

use super::math::{percent_mul_half_up, ray_div_half_up, ray_mul_half_up};
use crate::math::{add, mul, sub, BPS, RAY};
use crate::Error;
use primitive_types::U256;

/// A curve with a kink, in basis points a year.
#[derive(Clone, Copy, Debug)]
pub struct Curve {
    pub optimal_bps: u16,
    pub base_bps: u32,
    pub slope1_bps: u32,
    pub slope2_bps: u32,
}

/// What a reserve has lent and holds, in the asset's units.
#[derive(Clone, Copy, Debug)]
pub struct Use {
    pub total_debt: U256,
    pub virtual_balance: U256,
    /// Claims without assets behind them (`unbacked`, which includes the deficit).
    pub unbacked: U256,
    pub reserve_factor_bps: u16,
}

/// Rates a year, ray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    pub borrow_ray: U256,
    pub supply_ray: U256,
    /// The part of suppliers' claims that is lent.
    pub supply_usage_ray: U256,
}

/// Rates of a reserve; every product and quotient is rounded halves up.
///
/// # Errors
/// [`Error::Overflow`]; also for a kink above 100 %.
pub fn rates(curve: &Curve, of: &Use) -> Result<Rates, Error> {
    // A basis point is 10²³ ray.
    let ray = |bps: u32| mul(bps.into(), RAY / BPS);
    let base = ray(curve.base_bps)?;
    if of.total_debt.is_zero() {
        let zero = U256::zero();
        return Ok(Rates { borrow_ray: base, supply_ray: zero, supply_usage_ray: zero });
    }
    let assets = add(of.virtual_balance, of.total_debt)?;
    let usage = ray_div_half_up(of.total_debt, assets)?;
    let supply_usage = ray_div_half_up(of.total_debt, add(assets, of.unbacked)?)?;
    let optimal = ray(curve.optimal_bps.into())?;
    let slope1 = ray(curve.slope1_bps)?;
    let above = if usage > optimal {
        let excess = ray_div_half_up(usage - optimal, sub(RAY, optimal)?)?;
        add(slope1, ray_mul_half_up(ray(curve.slope2_bps)?, excess)?)?
    } else {
        ray_div_half_up(ray_mul_half_up(slope1, usage)?, optimal)?
    };
    let borrow = add(base, above)?;
    let kept = sub(BPS, of.reserve_factor_bps.into())?;
    let supply = percent_mul_half_up(ray_mul_half_up(borrow, supply_usage)?, kept)?;
    Ok(Rates { borrow_ray: borrow, supply_ray: supply, supply_usage_ray: supply_usage })
}
