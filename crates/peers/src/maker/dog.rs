//! What a vault's liquidation takes: as much as fits under the caps, without leaving dust.
//!
//! Source: makerdao/dss: src/dog.sol, `bark`.

use crate::math::{add, mul, mul_div_down, sub, WAD};
use crate::Error;
use primitive_types::U256;

/// A vault (`vat.urns`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vault {
    /// Collateral.
    pub ink_wad: U256,
    /// Normalised debt: times the rate, the debt in rads.
    pub art_wad: U256,
}

/// A collateral type (`vat.ilks` and `dog.ilks`).
#[derive(Clone, Copy, Debug)]
pub struct Ilk {
    pub rate_ray: U256,
    /// Least debt of a vault.
    pub dust_rad: U256,
    /// 1.13 wad is a penalty of 13 %.
    pub chop_wad: U256,
    /// Most dai to be raised at a time, and how much is.
    pub hole_rad: U256,
    pub dirt_rad: U256,
}

/// The caps of all collateral types together (`Hole` and `Dirt`).
#[derive(Clone, Copy, Debug)]
pub struct Caps {
    pub hole_rad: U256,
    pub dirt_rad: U256,
}

/// What a liquidation takes from a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bark {
    pub dink_wad: U256,
    pub dart_wad: U256,
    /// Debt taken over, without penalty.
    pub due_rad: U256,
    /// What the auction has to raise; also what `dirt` grows by.
    pub tab_rad: U256,
}

/// Whether a vault may be liquidated: `spot_ray` is the price over the liquidation ratio.
///
/// # Errors
/// [`Error::Overflow`].
pub fn is_unsafe(vault: &Vault, rate_ray: U256, spot_ray: U256) -> Result<bool, Error> {
    let debt_rad = mul(vault.art_wad, rate_ray)?;
    Ok(!spot_ray.is_zero() && mul(vault.ink_wad, spot_ray)? < debt_rad)
}

/// What liquidating an unsafe vault takes. All of it if what would be left is dust, even past the
/// caps; otherwise what there is room for, rounded down.
///
/// # Errors
/// [`Error::LiquidationLimitHit`], [`Error::DustyAuction`], [`Error::NullAuction`].
pub fn bark(vault: &Vault, ilk: &Ilk, caps: &Caps) -> Result<Bark, Error> {
    if caps.hole_rad <= caps.dirt_rad || ilk.hole_rad <= ilk.dirt_rad {
        return Err(Error::LiquidationLimitHit);
    }
    let room_rad = (caps.hole_rad - caps.dirt_rad).min(ilk.hole_rad - ilk.dirt_rad);
    let fits_wad = mul_div_down(room_rad, WAD, ilk.rate_ray)?
        .checked_div(ilk.chop_wad)
        .ok_or(Error::DivisionByZero)?;
    let mut dart_wad = fits_wad.min(vault.art_wad);
    if dart_wad < vault.art_wad {
        if mul(sub(vault.art_wad, dart_wad)?, ilk.rate_ray)? < ilk.dust_rad {
            dart_wad = vault.art_wad;
        } else if mul(dart_wad, ilk.rate_ray)? < ilk.dust_rad {
            return Err(Error::DustyAuction);
        }
    }
    let dink_wad = mul_div_down(vault.ink_wad, dart_wad, vault.art_wad)?;
    if dink_wad.is_zero() {
        return Err(Error::NullAuction);
    }
    let due_rad = mul(dart_wad, ilk.rate_ray)?;
    let tab_rad = mul_div_down(due_rad, ilk.chop_wad, WAD)?;
    // The source adds to both accumulators and would revert past 256 bits.
    add(caps.dirt_rad.max(ilk.dirt_rad), tab_rad)?;
    Ok(Bark { dink_wad, dart_wad, due_rad, tab_rad })
}
