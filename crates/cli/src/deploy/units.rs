//! Units of the deployment file: how each parameter stands in it, and in the core.

use crate::amount::{Decimal, WAD_DECIMALS};
use anyhow::{Context as _, Result};
use breakwater_protocol::{
    breaker::TriggerThresholds,
    num::time::{HOUR_MS, MINUTE_MS},
    PremiumCurve,
};

/// How a parameter stands in the file.
pub trait Unit {
    /// As the file has it.
    type InFile;
    /// As the core has it.
    type InCore;

    /// The file's word over what the parameter was.
    fn read(given: &Self::InFile, was: &Self::InCore) -> Result<Self::InCore>;
    fn write(value: &Self::InCore) -> String;
}

/// A number that is the same in both.
pub struct Plain<T>(T);

impl<T: Copy + ToString> Unit for Plain<T> {
    type InFile = T;
    type InCore = T;

    fn read(given: &T, _was: &T) -> Result<T> {
        Ok(*given)
    }

    fn write(value: &T) -> String {
        value.to_string()
    }
}

/// A decimal number, in 10^-18.
pub struct Wad;

impl Unit for Wad {
    type InFile = Decimal;
    type InCore = u128;

    fn read(given: &Decimal, _was: &u128) -> Result<u128> {
        given.wad()
    }

    fn write(value: &u128) -> String {
        super::words::plain(*value, WAD_DECIMALS)
    }
}

/// Declares a unit of decimal numbers that the core keeps as whole parts of one.
macro_rules! parts {
    ($(#[$about:meta])* $name:ident, $decimals:literal) => {
        $(#[$about])*
        pub struct $name;

        impl Unit for $name {
            type InFile = Decimal;
            type InCore = u32;

            fn read(given: &Decimal, _was: &u32) -> Result<u32> {
                u32::try_from(given.units($decimals)?).context("is too high")
            }

            fn write(value: &u32) -> String {
                super::words::plain((*value).into(), $decimals)
            }
        }
    };
}

parts!(
    /// Per cent, in millionths.
    Ppm, 4);
parts!(
    /// In thousandths.
    Thousandths, 3);
parts!(
    /// Depths, in basis points of one.
    Depths, 4);

/// Declares a unit of time.
macro_rules! time {
    ($(#[$about:meta])* $name:ident, $part_ms:expr) => {
        $(#[$about])*
        pub struct $name;

        impl Unit for $name {
            type InFile = u64;
            type InCore = u64;

            fn read(given: &u64, _was: &u64) -> Result<u64> {
                given.checked_mul($part_ms).context("is too long")
            }

            fn write(value_ms: &u64) -> String {
                super::words::parts(*value_ms, $part_ms)
            }
        }
    };
}

time!(
    /// Minutes, in milliseconds.
    Minutes, MINUTE_MS);
time!(
    /// Hours, in milliseconds.
    Hours, HOUR_MS);

/// Thresholds of Guarded, Stressed and Halted; the highest number is never.
pub struct Triggers;

impl Unit for Triggers {
    type InFile = [u32; 3];
    type InCore = TriggerThresholds;

    fn read(
        &[guarded, stressed, halted]: &[u32; 3],
        _was: &TriggerThresholds,
    ) -> Result<TriggerThresholds> {
        Ok(TriggerThresholds { guarded, stressed, halted })
    }

    fn write(value: &TriggerThresholds) -> String {
        let each = [value.guarded, value.stressed, value.halted].map(|bps| match bps {
            u32::MAX => "never".into(),
            bps => bps.to_string(),
        });
        format!("[{}]", each.join(", "))
    }
}

/// The premium when empty, at the target and at twice that.
pub struct Premium;

impl Unit for Premium {
    type InFile = [u16; 3];
    type InCore = PremiumCurve;

    fn read(
        &[empty_bps, target_bps, double_bps]: &[u16; 3],
        was: &PremiumCurve,
    ) -> Result<PremiumCurve> {
        Ok(PremiumCurve { empty_bps, target_bps, double_bps, ..*was })
    }

    fn write(value: &PremiumCurve) -> String {
        format!("{:?}", [value.empty_bps, value.target_bps, value.double_bps])
    }
}

/// Most of the interest that the premium may take.
pub struct PremiumShare;

impl Unit for PremiumShare {
    type InFile = u16;
    type InCore = PremiumCurve;

    fn read(given: &u16, was: &PremiumCurve) -> Result<PremiumCurve> {
        Ok(PremiumCurve { interest_share_bps: *given, ..*was })
    }

    fn write(value: &PremiumCurve) -> String {
        value.interest_share_bps.to_string()
    }
}
