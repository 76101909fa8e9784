use super::{
    repay::burn_debt,
    take::{hand_over, require_pair, Taken},
    write_off::write_off_if_lost,
};
use crate::{
    account::health::Health,
    auction::{fill, pool_terms, Fill, Terms},
    gradual::{offer::ltv_up_wad, pool::MAX_STOCKS},
    num::math::{add, bps_to_wad},
    oracle::price::Use,
    AccountSnapshot, AssetId, Error, Position,
};
use alloc::vec::Vec;

/// A purchase by the backstop of `debt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bought {
    pub collateral: AssetId,
    pub debt: AssetId,
    pub taken: Taken,
}

/// The backstop of `debt` buys collateral of an account in auction that is near insolvency, as much as it
/// can and may, at the oracle's price (§ 4.9). It pays with supply shares that it gives up: no token
/// moves, and nothing is sold to the market, so the meter does not count it.
///
/// Takes and starts do the same by themselves; this is for the pairs that they pass by.
///
/// # Errors
/// [`Error::BackstopLevelNotReached`], [`Error::BackstopEmpty`], [`Error::TooManyPositions`] where it
/// holds as many kinds as it can; those of a take.
#[inline(never)]
pub fn backstop_fill(
    snapshot: &mut AccountSnapshot,
    collateral: AssetId,
    debt: AssetId,
) -> Result<Bought, Error> {
    require_pair(snapshot, collateral, debt)?;
    let planned = plan(snapshot, &snapshot.health()?, collateral, debt)?;
    buy(snapshot, collateral, debt, planned)
}

/// Whether an unhealthy account is so near insolvency that a backstop which has money may buy of it.
pub(super) fn pool_may_buy(snapshot: &AccountSnapshot, health: &Health) -> bool {
    let has_money = |owed: &Position| {
        snapshot.priced(owed.asset).is_ok_and(|priced| {
            priced.reserve.balances.backstop_shares != 0 && priced.reserve.vault.shares != 0
        })
    };
    let ltv_wad = ltv_up_wad(health);
    let is_near = |held: &Position| {
        snapshot
            .priced(held.asset)
            .is_ok_and(|priced| ltv_wad >= bps_to_wad(priced.reserve.config.auction.pool_ltv_bps))
    };
    snapshot.account.debts().any(has_money) && snapshot.account.collaterals().any(is_near)
}

/// What a backstop buys by itself in a message that touches an account in auction: of the first pair that
/// may be sold and whose pool can buy.
///
/// # Errors
/// [`Error::Overflow`]: where it can't buy, it buys nothing.
#[inline(never)]
pub fn buy_tail(snapshot: &mut AccountSnapshot) -> Result<Option<Bought>, Error> {
    let health = snapshot.health()?;
    if !pool_may_buy(snapshot, &health) {
        return Ok(None);
    }
    let debts: Vec<AssetId> = snapshot.account.debts().map(|owed| owed.asset).collect();
    let lots: Vec<AssetId> = snapshot.account.collaterals().map(|held| held.asset).collect();
    for debt in debts {
        for collateral in &lots {
            // What refuses has changed nothing: a price that is not good, an order, an empty pool.
            match plan(snapshot, &health, *collateral, debt) {
                Ok(planned) => return buy(snapshot, *collateral, debt, planned).map(Some),
                Err(Error::Overflow) => return Err(Error::Overflow),
                Err(_) => {}
            }
        }
    }
    Ok(None)
}

/// What a backstop would buy of a pair; whatever refuses is here.
#[inline(never)]
fn plan(
    snapshot: &AccountSnapshot,
    health: &Health,
    collateral: AssetId,
    debt: AssetId,
) -> Result<(Terms, Fill), Error> {
    for asset in [collateral, debt] {
        snapshot.priced(asset)?.require_price(Use::Settlement)?;
    }
    let terms = pool_terms(snapshot, health, collateral, debt)?;
    let terms = terms.ok_or(Error::BackstopLevelNotReached)?;
    let reserve = &snapshot.priced(debt)?.reserve;
    let funds = reserve.backstop_assets_down()?;
    if funds == 0 || reserve.vault.shares == 0 {
        return Err(Error::BackstopEmpty);
    }
    let stocks = &reserve.vault.stocks;
    if stocks.len() >= MAX_STOCKS && !stocks.iter().any(|stock| stock.asset == collateral) {
        return Err(Error::TooManyPositions);
    }
    let fill = fill(snapshot, &terms, collateral, debt, funds)?;
    Ok((terms, fill))
}

#[inline(never)]
fn buy(
    snapshot: &mut AccountSnapshot,
    collateral: AssetId,
    debt: AssetId,
    (terms, fill): (Terms, Fill),
) -> Result<Bought, Error> {
    snapshot.touch(collateral)?;
    let reserve = snapshot.reserve_mut(debt)?;
    reserve.burn_backstop_up(fill.repaid)?;
    reserve.vault.bought(collateral, fill.received, fill.repaid)?;
    let (_, shares) = burn_debt(snapshot, debt, fill.repaid)?;
    let reward_to = hand_over(snapshot, &fill, collateral, None)?;
    let balances = &mut snapshot.reserve_mut(collateral)?.balances;
    balances.backstop_collateral = add(balances.backstop_collateral, fill.received)?;
    let written_off = write_off_if_lost(snapshot)?;
    let ended = snapshot.cure();
    let taken = Taken { terms, fill, shares, paid_out: 0, reward_to, written_off, ended };
    Ok(Bought { collateral, debt, taken })
}
