//! How an auction's price falls with time (§ 4.1). Source: dss `abaci.sol`.

// The codec's derive numbers an enum's variants with a cast; there is no other in this file.
#![allow(clippy::cast_possible_truncation)]

use crate::{
    math::{mul_div_down, mul_div_up},
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// One, in ray: 10^27.
pub const RAY: u128 = 1_000_000_000_000_000_000_000_000_000;

/// The form of a fall from a top to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum Curve {
    /// A straight line that ends at nothing (dss `LinearDecrease`).
    #[codec(index = 0)]
    Linear,
    /// `cut_ray` of the last value is left after each `step_s` seconds (`StairstepExponential`).
    #[codec(index = 1)]
    Stair { step_s: u32, cut_ray: u128 },
    /// `cut_ray` of the last value is left after each second (`ExponentialDecrease`).
    #[codec(index = 2)]
    Exponential { cut_ray: u128 },
}

impl Curve {
    /// What is left of `top` after some time, rounded up; nothing after `duration_ms`.
    pub fn left_up(&self, top: u128, elapsed_ms: u64, duration_ms: u64) -> Result<u128, Error> {
        if elapsed_ms >= duration_ms {
            return Ok(0);
        }
        let (cut_ray, steps) = match *self {
            Self::Linear => {
                let left_ms = duration_ms.saturating_sub(elapsed_ms);
                return mul_div_up(top, u128::from(left_ms), u128::from(duration_ms));
            }
            Self::Stair { step_s, cut_ray } => {
                let step_ms = u64::from(step_s).saturating_mul(1_000);
                (cut_ray, elapsed_ms.checked_div(step_ms).ok_or(Error::DivisionByZero)?)
            }
            Self::Exponential { cut_ray } => (cut_ray, elapsed_ms.saturating_div(1_000)),
        };
        mul_div_up(top, power_ray(cut_ray, steps)?, RAY)
    }

    /// # Errors
    /// [`Error::CurveOutOfRange`] unless each step is of a second or more and leaves a part.
    pub fn validate(&self) -> Result<(), Error> {
        let (step_s, cut_ray) = match *self {
            Self::Linear => return Ok(()),
            Self::Stair { step_s, cut_ray } => (step_s, cut_ray),
            Self::Exponential { cut_ray } => (1, cut_ray),
        };
        if step_s == 0 || cut_ray == 0 || cut_ray >= RAY {
            return Err(Error::CurveOutOfRange);
        }
        Ok(())
    }
}

/// x^n in ray for x of at most one, each product rounded to the nearest, halves up, as dss `rpow`.
pub fn power_ray(x_ray: u128, n: u64) -> Result<u128, Error> {
    let times = |a: u128, b: u128| {
        let down = mul_div_down(a, b, RAY)?;
        // The remainder of two numbers below 2^91 fits where the product does not.
        let rest = a.wrapping_mul(b).wrapping_sub(down.wrapping_mul(RAY));
        Ok::<_, Error>(if rest >= RAY / 2 { down.saturating_add(1) } else { down })
    };
    let (mut power_ray, mut base_ray, mut n) = (RAY, x_ray, n);
    while n != 0 {
        if n & 1 == 1 {
            power_ray = times(power_ray, base_ray)?;
        }
        base_ray = times(base_ray, base_ray)?;
        n >>= 1;
    }
    Ok(power_ray)
}
