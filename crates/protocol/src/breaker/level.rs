//! Levels of the breaker and what sets them off.

// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

use crate::cell::fixed_width_enum;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// How careful the market is with an asset (§ 7.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub enum Level {
    #[default]
    #[codec(index = 0)]
    Normal,
    /// Less may be borrowed.
    #[codec(index = 1)]
    Guarded,
    /// Nothing is borrowed, less may leave.
    #[codec(index = 2)]
    Stressed,
    /// Nothing is sold, prices stand still.
    #[codec(index = 3)]
    Halted,
}
fixed_width_enum!(Level { Normal = 0, Guarded = 1, Stressed = 2, Halted = 3 });

impl Level {
    /// One level lower.
    pub const fn lower(self) -> Self {
        match self {
            Self::Halted => Self::Stressed,
            Self::Stressed => Self::Guarded,
            Self::Guarded | Self::Normal => Self::Normal,
        }
    }
}

/// What has set a level (§ 7.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub enum Trigger {
    /// Nothing any more: time has passed.
    #[default]
    #[codec(index = 0)]
    Calm,
    /// Fast against slow volatility.
    #[codec(index = 1)]
    Volatility,
    /// What has left against the limit.
    #[codec(index = 3)]
    Outflow,
    /// What was lost against what is lent.
    #[codec(index = 5)]
    BadDebt,
    /// The oracle has no price that sales can be settled at.
    #[codec(index = 6)]
    Price,
    /// People.
    #[codec(index = 7)]
    Guardian,
    #[codec(index = 8)]
    Owner,
}
fixed_width_enum!(Trigger {
    Calm = 0, Volatility = 1, Outflow = 3, BadDebt = 5, Price = 6, Guardian = 7, Owner = 8
});
