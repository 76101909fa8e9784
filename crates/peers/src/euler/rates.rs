//! Euler's interest: a curve with a kink, compounded every second.
//!
//! Source: euler-xyz/euler-vault-kit: src/InterestRateModels/IRMLinearKink.sol,
//! src/EVault/shared/BorrowUtils.sol and types/Owed.sol.

use crate::math::{add, div_up, mul, mul_div_down, rpow, small, RAY};
use crate::Error;
use primitive_types::U256;

/// Debts are kept with 31 more binary digits (`INTERNAL_DEBT_PRECISION_SHIFT`).
pub const DEBT_SHIFT: usize = 31;

/// `IRMLinearKink`: rates a second, ray; slopes for a 2³²-th of utilisation.
#[derive(Clone, Copy, Debug)]
pub struct Curve {
    pub base_ray: U256,
    pub slope1_ray: U256,
    pub slope2_ray: U256,
    /// In parts of 2³² - 1.
    pub kink: u32,
}

/// Utilisation in parts of 2³² - 1, rounded down; of nothing, none.
///
/// # Errors
/// [`Error::Overflow`].
pub fn utilisation(cash: U256, borrows: U256) -> Result<u32, Error> {
    let assets = add(cash, borrows)?;
    if assets.is_zero() {
        return Ok(0);
    }
    let part = mul_div_down(borrows, u32::MAX.into(), assets)?;
    u32::try_from(part).map_err(|_| Error::Overflow)
}

impl Curve {
    /// Rate a second, ray; exact.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn rate_ray(&self, utilisation: u32) -> Result<U256, Error> {
        let below = mul(self.slope1_ray, utilisation.min(self.kink).into())?;
        let above = mul(self.slope2_ray, utilisation.saturating_sub(self.kink).into())?;
        add(self.base_ray, add(below, above)?)
    }
}

/// The debt's index after `seconds` at a rate a second: compounded each second, rounded down.
///
/// # Errors
/// [`Error::Overflow`].
pub fn accrued_index_ray(index_ray: U256, rate_ray: U256, seconds: u64) -> Result<U256, Error> {
    mul_div_down(rpow(add(RAY, rate_ray)?, seconds, RAY)?, index_ray, RAY)
}

/// A debt of `principal` units, taken at one index, at another: rounded up to units.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn debt(principal: U256, then_ray: U256, now_ray: U256) -> Result<U256, Error> {
    let unit = small(1 << DEBT_SHIFT);
    div_up(mul_div_down(mul(principal, unit)?, now_ray, then_ray)?, unit)
}
