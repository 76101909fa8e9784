//! Maker Liquidations 2.0: a Dutch auction for each vault, within a cap on what is being auctioned.
//!
//! Source: makerdao/dss: src/dog.sol, src/clip.sol, src/abaci.sol. Collateral and normalised debt
//! are wads, prices rays, amounts of dai rads (10⁴⁵).

pub mod abaci;
pub mod clip;
pub mod dog;
