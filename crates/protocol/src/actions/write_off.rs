use super::isolation;
use crate::{
    account::health::{value_down, Health},
    num::{
        math::{add, sub},
        shares::to_assets_up,
    },
    oracle::price::Use,
    reserve::waterfall::Borne,
    AccountSnapshot, AssetId, Auction, Error,
};
use alloc::vec::Vec;

/// What was written off of an account that can't pay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenOff {
    pub bad_debt: Vec<BadDebt>,
    /// Collateral worth next to nothing, in units: the protocol's.
    pub dust: Vec<(AssetId, u128)>,
}

/// Debt in one asset that was written off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadDebt {
    pub asset: AssetId,
    pub assets: u128,
    pub shares: u128,
    pub borne: Borne,
}

/// Writes off the debt of an account in auction whose collateral is worth next to nothing, so that
/// nobody would take it (§ 4.6).
///
/// # Errors
/// [`Error::NoAuction`], [`Error::StillCovered`], price errors.
pub fn recognise(snapshot: &mut AccountSnapshot) -> Result<(WrittenOff, Option<Auction>), Error> {
    if snapshot.account.auction.is_none() {
        return Err(Error::NoAuction);
    }
    snapshot.watch();
    snapshot.require_weighty_prices(Use::Settlement, &[])?;
    let written_off = write_off_if_lost(snapshot)?;
    if written_off.bad_debt.is_empty() {
        return Err(Error::StillCovered);
    }
    Ok((written_off, snapshot.cure()))
}

/// Whether nobody would buy what is left: it is worth no more than dust, or no lot of it pays for one
/// whole unit of any debt, where units are that dear (§ 4.6). What can't be sold for now holds a loss
/// back only where it is weighty (§ 4.11).
#[inline(never)]
fn is_lost(snapshot: &AccountSnapshot, health: &Health) -> Result<bool, Error> {
    let dust_wad = snapshot.params.dust_wad;
    if snapshot.weighty_collateral_wad(health.debt_wad)? <= dust_wad {
        return Ok(true);
    }
    let mut unit_wad = u128::MAX;
    for owed in snapshot.account.debts() {
        let priced = snapshot.priced(owed.asset)?;
        unit_wad =
            value_down(1, priced.price()?.mid_wad, priced.reserve.config.decimals)?.min(unit_wad);
    }
    if unit_wad <= dust_wad {
        return Ok(false);
    }
    for held in snapshot.account.collaterals() {
        let priced = snapshot.priced(held.asset)?;
        if priced.lot_wad(held)? >= unit_wad {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes all of the account's debt off the balances if its collateral is gone, or as good as gone.
#[inline(never)]
pub(super) fn write_off_if_lost(snapshot: &mut AccountSnapshot) -> Result<WrittenOff, Error> {
    let mut done = WrittenOff::default();
    isolation::release_lost(snapshot)?;
    let health = snapshot.health()?;
    if health.collateral_wad >= health.debt_wad || !is_lost(snapshot, &health)? {
        return Ok(done);
    }
    let (now_ms, window_ms) = (snapshot.now_ms, snapshot.params.breaker.window_ms);
    for mut position in snapshot.account.positions.clone() {
        if !position.bears_risk() {
            continue;
        }
        let asset = position.asset;
        let reserve = snapshot.reserve_mut(asset)?;
        if position.collateral != 0 {
            let balances = &mut reserve.balances;
            balances.collateral = sub(balances.collateral, position.collateral)?;
            balances.protocol_collateral = add(balances.protocol_collateral, position.collateral)?;
            done.dust.push((asset, position.collateral));
            position.collateral = 0;
        }
        if position.debt_shares != 0 {
            let shares = position.debt_shares;
            let assets = to_assets_up(shares, reserve.balances.owed())?;
            let borne = reserve.write_off(assets, shares, window_ms, now_ms)?;
            done.bad_debt.push(BadDebt { asset, assets, shares, borne });
            position.debt_shares = 0;
        }
        snapshot.account.set_position(position)?;
    }
    isolation::release_lost(snapshot)?;
    Ok(done)
}
