//! Isolated collateral and siloed debt: assets that may not be mixed with others (§ 3.7).
//!
//! An account's record says what of each of its debts is counted against the ceiling of its isolated
//! collateral. It lives as long as the account holds that collateral and owes something, also while
//! the collateral is freed of its isolation: a change of mode forgets nothing.

use super::power::power_down;
use crate::{
    account::{
        health::{debt_value_up, value_up},
        Isolation,
    },
    num::{
        math::{add, mul_div_up},
        shares::to_assets_down,
    },
    Account, AccountSnapshot, AssetId, Error,
};
use alloc::vec::Vec;

/// Refuses debts and collateral that may not stand together. The account's isolated collateral and
/// its ceiling, wad dollars, if it has one.
///
/// # Errors
/// [`Error::SiloedDebt`], [`Error::IsolatedCollateral`].
#[inline(never)]
pub fn check_mix(snapshot: &AccountSnapshot) -> Result<Option<(AssetId, u128)>, Error> {
    let debts = snapshot.account.debts().count();
    for debt in snapshot.account.debts() {
        if debts > 1 && snapshot.priced(debt.asset)?.reserve.config.siloed {
            return Err(Error::SiloedDebt);
        }
    }
    for held in snapshot.account.collaterals() {
        if let Some(ceiling_wad) = snapshot.priced(held.asset)?.reserve.config.isolation_ceiling_wad
        {
            if debts > 1 || snapshot.account.collaterals().count() > 1 {
                return Err(Error::IsolatedCollateral);
            }
            return Ok(Some((held.asset, ceiling_wad)));
        }
    }
    Ok(None)
}

/// Counts what stands on isolated collateral, or on collateral that was isolated when the record
/// began, after a message that took risk.
///
/// Counted is what the account's other collateral does not carry, at today's prices, and never less
/// than what is left of what was counted; under isolation what is borrowed adds to that. `borrowed` says whether debt has grown, `stands_more`
/// whether more may stand on the collateral than before.
///
/// # Errors
/// [`Error::IsolationCeilingExceeded`] if all that is counted exceeds the ceiling after a message that
/// borrowed or has put a debt on the collateral; not for interest when some of it is taken back. Price
/// errors.
pub fn count(
    snapshot: &mut AccountSnapshot,
    before: &Account,
    isolated: Option<(AssetId, u128)>,
    borrowed: bool,
    stands_more: bool,
) -> Result<(), Error> {
    let freed = before.isolation.map(|record| record.asset);
    match isolated.map(|(asset, _)| asset).or(freed) {
        Some(asset) => count_against(snapshot, before, asset, isolated, borrowed, stands_more),
        None => Ok(()),
    }
}

/// [`count`] where there is, or was, collateral that debt is counted against. A function of its own: others don't
/// pay for it.
#[inline(never)]
fn count_against(
    snapshot: &mut AccountSnapshot,
    before: &Account,
    asset: AssetId,
    isolated: Option<(AssetId, u128)>,
    borrowed: bool,
    stands_more: bool,
) -> Result<(), Error> {
    if snapshot.account.position(asset).collateral == 0 {
        return settle(snapshot, None);
    }
    let record = before.isolation.filter(|record| record.asset == asset);
    let mut counted = match record {
        Some(_) => kept(&snapshot.account, before)?,
        None => Vec::new(),
    };
    if isolated.is_some() {
        count_borrowed(snapshot, before, &mut counted)?;
    }
    if stands_more || record.is_none() {
        count_standing(snapshot, asset, &mut counted)?;
    }
    snapshot.account.counted = counted;
    settle(snapshot, Some(asset))?;
    let Some((_, ceiling_wad)) = isolated else { return Ok(()) };
    let total_wad = |record: Option<Isolation>| record.map_or(0, |record| record.debt_wad);
    let grown = total_wad(snapshot.account.isolation) > total_wad(record);
    let stood_alone = record.is_some() && before.collaterals().all(|held| held.asset == asset);
    if (borrowed || (grown && !stood_alone))
        && snapshot.priced(asset)?.reserve.balances.isolated_debt_wad > ceiling_wad
    {
        return Err(Error::IsolationCeilingExceeded);
    }
    Ok(())
}

/// Gives back room under the ceiling after a message that took no risk: of each debt in the
/// proportion in which it was repaid on balance. Needs no price.
#[inline(never)]
pub fn recount(snapshot: &mut AccountSnapshot, before: &Account) -> Result<(), Error> {
    let Some(record) = before.isolation else { return Ok(()) };
    snapshot.account.counted = kept(&snapshot.account, before)?;
    settle(snapshot, Some(record.asset))
}

/// Gives back room under the ceiling in the proportion in which a debt was repaid or written off.
#[inline(never)]
pub fn release(
    snapshot: &mut AccountSnapshot,
    debt: AssetId,
    shares_before: u128,
) -> Result<(), Error> {
    let Some(record) = snapshot.account.isolation else { return Ok(()) };
    let shares_left = snapshot.account.position(debt).debt_shares;
    if let Some((_, value_wad)) = snapshot.account.counted.iter_mut().find(|(of, _)| *of == debt) {
        *value_wad = left_up(*value_wad, shares_left, shares_before)?;
    }
    settle(snapshot, Some(record.asset))
}

/// Ends the record of an account that has lost its isolated collateral or its debts.
#[inline(never)]
pub fn release_lost(snapshot: &mut AccountSnapshot) -> Result<(), Error> {
    let asset = snapshot.account.isolation.map(|record| record.asset);
    settle(snapshot, asset)
}

/// What was counted of each debt, less what was repaid of it on balance.
fn kept(account: &Account, before: &Account) -> Result<Vec<(AssetId, u128)>, Error> {
    let left = |&(debt, value_wad): &(AssetId, u128)| {
        let shares_left = account.position(debt).debt_shares;
        Ok((debt, left_up(value_wad, shares_left, before.position(debt).debt_shares)?))
    };
    before.counted.iter().map(left).collect()
}

fn left_up(value_wad: u128, shares_left: u128, shares_before: u128) -> Result<u128, Error> {
    if shares_left >= shares_before {
        return Ok(value_wad);
    }
    mul_div_up(value_wad, shares_left, shares_before)
}

/// Adds what was borrowed to what was counted before.
fn count_borrowed(
    snapshot: &AccountSnapshot,
    before: &Account,
    counted: &mut [(AssetId, u128)],
) -> Result<(), Error> {
    for (debt, value_wad) in counted {
        let priced = snapshot.priced(*debt)?;
        let shares_before = before.position(*debt).debt_shares;
        let more = snapshot.account.position(*debt).debt_shares.saturating_sub(shares_before);
        // Shares were rounded up.
        let assets = to_assets_down(more, priced.reserve.balances.owed())?;
        let borrowed_wad =
            value_up(assets, priced.price()?.high_wad, priced.reserve.config.decimals)?;
        *value_wad = add(*value_wad, borrowed_wad)?;
    }
    Ok(())
}

/// Counts what the other collateral does not carry, of each debt its part by value, rounded up.
#[inline(never)]
fn count_standing(
    snapshot: &AccountSnapshot,
    asset: AssetId,
    counted: &mut Vec<(AssetId, u128)>,
) -> Result<(), Error> {
    let (mut debt_wad, mut others_wad) = (0, 0);
    let mut values: Vec<(AssetId, u128)> = Vec::new();
    for risk in snapshot.risks() {
        let (held, priced) = risk?;
        if held.debt_shares != 0 {
            let value_wad = debt_value_up(held, priced, priced.price()?.high_wad)?;
            debt_wad = add(debt_wad, value_wad)?;
            values.push((held.asset, value_wad));
        }
        if held.collateral != 0 && held.asset != asset {
            let exposure = priced.reserve.balances.collateral;
            others_wad = add(others_wad, power_down(priced, held.collateral, exposure)?)?;
        }
    }
    let standing_wad = debt_wad.saturating_sub(others_wad);
    for (debt, value_wad) in values {
        let part_wad = mul_div_up(standing_wad, value_wad, debt_wad)?;
        match counted.iter_mut().find(|(of, _)| *of == debt) {
            Some((_, before_wad)) => *before_wad = part_wad.max(*before_wad),
            None => counted.push((debt, part_wad)),
        }
    }
    Ok(())
}

/// Makes the record and the balances say what is counted of debts that are still owed, against `asset`
/// if it is still held.
#[inline(never)]
fn settle(snapshot: &mut AccountSnapshot, asset: Option<AssetId>) -> Result<(), Error> {
    let account = &mut snapshot.account;
    let asset = asset.filter(|asset| account.position(*asset).collateral != 0);
    let mut counted = core::mem::take(&mut account.counted);
    counted.retain(|(debt, value_wad)| {
        asset.is_some() && *value_wad != 0 && account.position(*debt).debt_shares != 0
    });
    let debt_wad = counted.iter().try_fold(0, |sum, (_, value_wad)| add(sum, *value_wad))?;
    account.counted = counted;
    let record = asset.filter(|_| debt_wad != 0).map(|asset| Isolation { asset, debt_wad });
    let old = core::mem::replace(&mut account.isolation, record);
    if record == old {
        return Ok(());
    }
    if let Some(old) = old {
        let balances = &mut snapshot.reserve_mut(old.asset)?.balances;
        balances.isolated_debt_wad = balances.isolated_debt_wad.saturating_sub(old.debt_wad);
    }
    if let Some(Isolation { asset, debt_wad }) = record {
        let balances = &mut snapshot.reserve_mut(asset)?.balances;
        balances.isolated_debt_wad = add(balances.isolated_debt_wad, debt_wad)?;
    }
    Ok(())
}
