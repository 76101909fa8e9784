//! A reserve: shares of suppliers (b-tokens) and borrowers (d-tokens), and their interest.
//!
//! Source: blend-capital/blend-contracts-v2: pool/src/pool/reserve.rs, interest.rs
//! (`calc_accrual`).

use super::{add, mul_div_down, mul_div_up, sub, SCALAR_12, SCALAR_7};
use crate::Error;

/// Seconds of the year that rates are quoted for.
pub const SECONDS_PER_YEAR: i128 = 31_536_000;
/// Utilisation from which the third slope counts: 95 %.
const STEEP: i128 = 9_500_000;

/// A reserve's configuration; ratios and rates a year with 7 decimals.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    pub util_target: i128,
    pub r_base: i128,
    pub r_one: i128,
    pub r_two: i128,
    pub r_three: i128,
    pub reactivity: i128,
}

/// A reserve's books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserve {
    /// Units for a d-token and a b-token, 12 decimals.
    pub d_rate: i128,
    pub b_rate: i128,
    pub d_supply: i128,
    pub b_supply: i128,
    /// The rate modifier, 7 decimals.
    pub ir_mod: i128,
    /// Units owed to the backstop.
    pub backstop_credit: i128,
    pub last_time_s: u64,
}

/// Units that d-tokens owe, rounded up.
///
/// # Errors
/// [`Error::Overflow`].
pub fn owed(d_tokens: i128, d_rate: i128) -> Result<i128, Error> {
    mul_div_up(d_tokens, d_rate, SCALAR_12)
}

/// Units that b-tokens hold, rounded down.
///
/// # Errors
/// [`Error::Overflow`].
pub fn held(b_tokens: i128, b_rate: i128) -> Result<i128, Error> {
    mul_div_down(b_tokens, b_rate, SCALAR_12)
}

/// `calc_accrual`: the factor that debts grow by, 12 decimals, and the new rate modifier, 7. Rates
/// are rounded up, the time's weight down; the modifier's changes down in size.
///
/// # Errors
/// [`Error::BadRequest`] if no time has passed (the source's internal error), [`Error::Overflow`].
pub fn accrual(
    config: &Config,
    utilisation: i128,
    ir_mod: i128,
    seconds: u64,
) -> Result<(i128, i128), Error> {
    if seconds == 0 {
        return Err(Error::BadRequest);
    }
    let target = config.util_target;
    let rise = |part: i128, of: i128, slope: i128| {
        mul_div_up(mul_div_up(part, SCALAR_7, of)?, slope, SCALAR_7)
    };
    let rate = if utilisation <= target {
        let base = add(rise(utilisation, target, config.r_one)?, config.r_base)?;
        mul_div_up(base, ir_mod, SCALAR_7)?
    } else if utilisation <= STEEP {
        let above = rise(utilisation - target, STEEP - target, config.r_two)?;
        mul_div_up(add(add(above, config.r_one)?, config.r_base)?, ir_mod, SCALAR_7)?
    } else {
        let knee = add(add(config.r_two, config.r_one)?, config.r_base)?;
        let extra = rise(utilisation - STEEP, SCALAR_7 - STEEP, config.r_three)?;
        add(extra, mul_div_up(ir_mod, knee, SCALAR_7)?)?
    };
    let seconds = i128::from(seconds);
    let gap = sub(utilisation, target)?;
    let error = seconds.checked_mul(gap).ok_or(Error::Overflow)?;
    let next_mod = if gap >= 0 {
        add(ir_mod, mul_div_down(error, config.reactivity, SCALAR_7)?)?.min(10 * SCALAR_7)
    } else {
        add(ir_mod, mul_div_up(error, config.reactivity, SCALAR_7)?)?.max(SCALAR_7 / 10)
    };
    let weight = seconds.checked_mul(SCALAR_12).ok_or(Error::Overflow)? / SECONDS_PER_YEAR;
    Ok((add(SCALAR_12, mul_div_up(weight, rate, SCALAR_7)?)?, next_mod))
}

impl Reserve {
    /// Borrowed over supplied, 7 decimals, rounded up, at most one.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn utilisation(&self) -> Result<i128, Error> {
        let owed = owed(self.d_supply, self.d_rate)?;
        let held = held(self.b_supply, self.b_rate)?;
        if owed == 0 {
            return Ok(0);
        }
        if owed >= held {
            return Ok(SCALAR_7);
        }
        mul_div_up(owed, SCALAR_7, held)
    }

    /// `Reserve::load`: the books at a time, interest accrued; the backstop's part of it rounded
    /// down, suppliers' rate too.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for a time before the last, [`Error::Overflow`].
    pub fn accrued(&self, config: &Config, backstop_rate: i128, now_s: u64) -> Result<Self, Error> {
        let seconds = now_s.checked_sub(self.last_time_s).ok_or(Error::BadRequest)?;
        let mut next = Self { last_time_s: now_s, ..*self };
        let utilisation = self.utilisation()?;
        if seconds == 0 || self.b_supply == 0 || utilisation == 0 {
            return Ok(next);
        }
        let (growth, ir_mod) = accrual(config, utilisation, self.ir_mod, seconds)?;
        next.ir_mod = ir_mod;
        next.d_rate = mul_div_up(growth, self.d_rate, SCALAR_12)?;
        let interest = sub(owed(self.d_supply, next.d_rate)?, owed(self.d_supply, self.d_rate)?)?;
        if interest > 0 {
            let credit = mul_div_down(interest, backstop_rate, SCALAR_7)?;
            next.backstop_credit = add(self.backstop_credit, credit)?;
            let supplied = add(held(self.b_supply, self.b_rate)?, sub(interest, credit)?)?;
            next.b_rate = mul_div_down(supplied, SCALAR_12, self.b_supply)?;
        }
        Ok(next)
    }
}
