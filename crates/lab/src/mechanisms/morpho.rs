//! Morpho Blue in the simulator: [`breakwater_peers::morpho`].

use super::{
    peer::{self, Loan, Rule},
    Fill, Refused,
};
use breakwater_peers::{
    math::{mul, small},
    morpho::{liquidate, Borrowed, Position as Theirs, Size, VIRTUAL_SHARES},
    Error,
};

/// A market whose LLTV is the simulator's liquidation threshold; the bonus follows from it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Morpho;

/// A price of a token, wad dollars, times this is the price of its 10⁻¹⁸ in 10⁻⁶ dollars with 36
/// decimals.
const PRICE_PER_WAD: u128 = 1_000_000;

impl Rule for Morpho {
    const NAME: &'static str = "Morpho Blue";
    const ABOUT: &'static str =
        "Any part of the debt, at a fixed bonus that follows from the liquidation threshold.";
    const PRICE_STEP_WAD: u128 = 0;

    /// Without interest all shares of a market stay a millionth of a unit, so the position by itself
    /// has the market's ratio of shares to assets.
    fn sell(&self, loan: &Loan, max_pay: u128) -> Result<Fill, Refused> {
        let Loan { position, price_wad, threshold_bps } = *loan;
        let shares = |assets: u128| mul(small(assets), VIRTUAL_SHARES);
        let borrowed = Borrowed { assets: small(position.debt), shares: shares(position.debt)? };
        let theirs =
            Theirs { collateral: small(position.collateral), borrow_shares: borrowed.shares };
        let lltv_wad = small(u128::from(threshold_bps) * 100_000_000_000_000);
        let price = mul(small(price_wad), small(PRICE_PER_WAD))?;
        let attempt = |size| liquidate(&theirs, &borrowed, lltv_wad, price, size);
        let repaid_shares = shares(max_pay.min(position.debt))?;
        let moved = match attempt(Size::RepaidShares(repaid_shares)) {
            // Not enough collateral for that: all of it, for less.
            Err(Error::ExcessiveRepay) => attempt(Size::Seized(theirs.collateral))?,
            other => other?,
        };
        let paid = peer::units(moved.repaid_assets)?;
        let seized = peer::units(moved.seized)?;
        let bad_debt = peer::units(moved.bad_debt_assets)?;
        Ok(Fill { paid, received: seized, repaid: paid, seized, bad_debt })
    }
}
