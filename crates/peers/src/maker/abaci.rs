//! Price curves of auctions.
//!
//! Source: makerdao/dss: src/abaci.sol, `price` of the three calculators. All round down, apart from
//! [`rpow`].

use crate::math::{mul, mul_div_down, rpow, RAY};
use crate::Error;
use primitive_types::U256;

/// How a price falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// `LinearDecrease`: to zero in `tau_s` seconds.
    Linear { tau_s: u64 },
    /// `StairstepExponentialDecrease`: times `cut_ray` every `step_s` seconds.
    Stairstep { cut_ray: U256, step_s: u64 },
    /// `ExponentialDecrease`: times `cut_ray` every second.
    Exponential { cut_ray: U256 },
}

impl Curve {
    /// Price after `elapsed_s` seconds from `top_ray`, in the unit of the latter.
    ///
    /// # Errors
    /// [`Error::Overflow`]; [`Error::DivisionByZero`] for a step of no time.
    pub fn price_ray(&self, top_ray: U256, elapsed_s: u64) -> Result<U256, Error> {
        let part_ray = match *self {
            Self::Linear { tau_s } => match tau_s.checked_sub(elapsed_s) {
                None | Some(0) => return Ok(U256::zero()),
                Some(left_s) => mul(left_s.into(), RAY)? / tau_s,
            },
            Self::Stairstep { cut_ray, step_s } => {
                let steps = elapsed_s.checked_div(step_s).ok_or(Error::DivisionByZero)?;
                rpow(cut_ray, steps, RAY)?
            }
            Self::Exponential { cut_ray } => rpow(cut_ray, elapsed_s, RAY)?,
        };
        mul_div_down(top_ray, part_ray, RAY)
    }
}
