//! Leverage tiers: what a value of collateral may carry, in marginal brackets (§ 3.3).
//!
//! Like an income tax: each bracket's rate holds for the part of the value inside it, so what a
//! position carries is continuous in its size. Rates fall as the size rises, so the curve is
//! concave: the last dollar carries the least.

use crate::{
    cell::{cell_codec, fixed_width},
    num::math::{add, bps_to_wad, mul_div_up, part_down, sub, WAD},
    Error,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Most tiers of a reserve.
pub const MAX_TIERS: usize = 4;
/// Most brackets of a schedule: an old one and a new one laid over each other.
pub const MAX_BRACKETS: usize = 2 * MAX_TIERS;

/// One tier of a reserve's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Tier {
    /// Where it begins: value of an account's collateral in this asset, wad dollars.
    pub from_wad: u128,
    /// Share of the value inside the tier that may be borrowed against.
    pub ltv_bps: u16,
    /// Share of the value inside the tier at which liquidation starts: above `ltv_bps`.
    pub liquidation_threshold_bps: u16,
}
fixed_width!(Tier { from_wad, ltv_bps, liquidation_threshold_bps });
cell_codec!(Tier);

/// A part of the value axis with its rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Bracket {
    /// Where it begins, wad dollars.
    pub from_wad: u128,
    /// What a dollar inside it carries, wad.
    pub rate_wad: u128,
}
fixed_width!(Bracket { from_wad, rate_wad });
cell_codec!(Bracket);

/// Brackets in rising order, the first from 0, rates never rising.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule(Vec<Bracket>);

impl Schedule {
    /// What may be borrowed against: the tiers' LTV, less a haircut (§ 3.4) as a part of it.
    pub fn ltv(tiers: &[Tier], haircut_wad: u128) -> Result<Self, Error> {
        let kept_wad = WAD.saturating_sub(haircut_wad);
        let brackets = tiers.iter().map(|tier| {
            let rate_wad = part_down(bps_to_wad(tier.ltv_bps), kept_wad)?;
            Ok(Bracket { from_wad: tier.from_wad, rate_wad })
        });
        Ok(Self(brackets.collect::<Result<_, Error>>()?))
    }

    /// Where liquidation starts: the tiers' liquidation thresholds.
    pub fn thresholds(tiers: &[Tier]) -> Self {
        let brackets = tiers.iter().map(|tier| Bracket {
            from_wad: tier.from_wad,
            rate_wad: bps_to_wad(tier.liquidation_threshold_bps),
        });
        Self(brackets.collect())
    }

    /// Takes brackets as they are.
    pub(crate) fn from_brackets(brackets: Vec<Bracket>) -> Self {
        Self(brackets)
    }

    /// The brackets.
    pub fn brackets(&self) -> &[Bracket] {
        &self.0
    }

    /// The rate at a value: what the next dollar above it would carry. 0 without brackets.
    pub fn rate_at_wad(&self, value_wad: u128) -> u128 {
        let below = self.0.iter().take_while(|bracket| bracket.from_wad <= value_wad);
        below.last().map_or(0, |bracket| bracket.rate_wad)
    }

    /// The rate at which the last dollar of a value is carried.
    pub fn last_rate_wad(&self, value_wad: u128) -> u128 {
        self.rate_at_wad(value_wad.saturating_sub(1))
    }

    /// What a value carries, wad dollars, rounded down.
    pub fn carries_down(&self, value_wad: u128) -> Result<u128, Error> {
        let mut sum = 0;
        for (index, bracket) in self.0.iter().enumerate() {
            if bracket.from_wad >= value_wad {
                break;
            }
            let end_wad = self.end_wad(index).min(value_wad);
            let inside_wad = sub(end_wad, bracket.from_wad)?;
            sum = add(sum, part_down(inside_wad, bracket.rate_wad)?)?;
        }
        Ok(sum)
    }

    /// The least value that carries `load_wad`, wad dollars, rounded up. `None` if none does.
    pub fn value_for_up(&self, load_wad: u128) -> Result<Option<u128>, Error> {
        let mut missing_wad = load_wad;
        for (index, bracket) in self.0.iter().enumerate() {
            if missing_wad == 0 {
                return Ok(Some(bracket.from_wad));
            }
            let width_wad = self.end_wad(index).saturating_sub(bracket.from_wad);
            let full_wad = part_down(width_wad, bracket.rate_wad).unwrap_or(u128::MAX);
            if bracket.rate_wad != 0 && missing_wad <= full_wad {
                let inside_wad = mul_div_up(missing_wad, WAD, bracket.rate_wad)?;
                return Ok(Some(add(bracket.from_wad, inside_wad)?));
            }
            missing_wad = missing_wad.saturating_sub(full_wad);
        }
        Ok((load_wad == 0).then_some(0))
    }

    /// The average rate of a value, wad, rounded up. By concavity, no part taken off the top
    /// carries more on average.
    pub fn average_up(&self, value_wad: u128) -> Result<u128, Error> {
        if value_wad == 0 {
            return Ok(self.rate_at_wad(0));
        }
        // Each bracket has rounded down by less than one.
        let brackets = u128::try_from(self.0.len()).map_err(|_| Error::Overflow)?;
        mul_div_up(add(self.carries_down(value_wad)?, brackets)?, WAD, value_wad)
            .map(|average_wad| average_wad.min(self.rate_at_wad(0)))
    }

    /// Where a bracket ends, wad dollars.
    pub fn end_wad(&self, index: usize) -> u128 {
        self.0.get(index.saturating_add(1)).map_or(u128::MAX, |next| next.from_wad)
    }

    /// The higher of two schedules at every value.
    ///
    /// # Errors
    /// [`Error::TooManyTiers`] if that has more than [`MAX_BRACKETS`].
    pub fn higher(&self, other: &Self) -> Result<Self, Error> {
        let (mut ours, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut merged: Vec<Bracket> = Vec::new();
        // Both rise, so the next edge is the lower of their next.
        loop {
            let next = [ours.peek(), theirs.peek()];
            let Some(from_wad) = next.into_iter().flatten().map(|edge| edge.from_wad).min() else {
                break;
            };
            ours.next_if(|edge| edge.from_wad == from_wad);
            theirs.next_if(|edge| edge.from_wad == from_wad);
            let rate_wad = self.rate_at_wad(from_wad).max(other.rate_at_wad(from_wad));
            if merged.last().map(|last| last.rate_wad) != Some(rate_wad) {
                merged.push(Bracket { from_wad, rate_wad });
            }
        }
        if merged.len() > MAX_BRACKETS {
            return Err(Error::TooManyTiers);
        }
        Ok(Self(merged))
    }

    /// All rates less `fall_wad`.
    pub fn lowered(&self, fall_wad: u128) -> Self {
        let lower = |bracket: &Bracket| Bracket {
            rate_wad: bracket.rate_wad.saturating_sub(fall_wad),
            ..*bracket
        };
        Self(self.0.iter().map(lower).collect())
    }
}
