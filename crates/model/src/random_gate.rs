//! What a liquidation waits for (§ 4.11), worked out anew in floating point: what can't be sold, and
//! whether it could turn the verdict.

use crate::{Call, Done, Model};
use breakwater_protocol::{
    breaker::Trigger,
    num::{math::pow10, shares::to_assets_up, time::DAY_MS},
    oracle::price::Use,
    AccountId, AccountSnapshot, AssetId, Error, Level, Position, PricedReserve,
};

/// Relative difference that rounding may make.
const SLACK: f64 = 1e-9;

/// Dollars of a position, and what its collateral carries.
struct Worth {
    lot: f64,
    owed: f64,
    carried: f64,
}

/// Whether an account would be unhealthy even if what is `unfit` were worth twice as much and half of it
/// owed, while collateral and debt of weight can be sold.
pub(crate) fn is_lost_in_any_case(
    snapshot: &AccountSnapshot,
    unfit: impl Fn(AssetId) -> bool,
) -> bool {
    let (mut carried, mut owed, mut debt) = (0.0, 0.0, 0.0);
    let mut sellable = [0.0; 2];
    for (held, priced) in snapshot.risks().flatten() {
        let Some(now) = worth(held, priced, [mid(priced); 2], 1.0) else { return false };
        debt += now.owed;
        if unfit(held.asset) {
            let Some(best) = worth(held, priced, known(priced), 2.0) else { return false };
            (carried, owed) = (carried + best.carried, owed + best.owed);
        } else {
            (carried, owed) = (carried + now.carried, owed + now.owed);
            sellable = [sellable[0] + now.lot, sellable[1] + now.owed];
        }
    }
    carried < owed * (1.0 - SLACK) && sellable.iter().all(|dollars| dollars * 99.0 >= debt)
}

/// Does a call, which must not be a start or a sale that has to wait.
pub(crate) fn apply(model: &mut Model, caller: AccountId, call: &Call) -> Result<Done, Error> {
    let waits = must_wait(model, call);
    let done = model.apply(caller, call)?;
    assert!(!waits, "{call:?}: not waited for what could heal");
    Ok(done)
}

/// Whether a start or a sale must be refused, since what can't be sold would heal the account if it were worth
/// twice as much and half of it were owed.
fn must_wait(model: &Model, call: &Call) -> bool {
    let (account, purpose, pair) = match call {
        Call::Liquidate(account) => (account, Use::Liquidation, vec![]),
        Call::Take { account, order } => {
            (account, Use::Settlement, vec![order.collateral, order.debt])
        }
        Call::BackstopFill { account, collateral, debt } => {
            (account, Use::Settlement, vec![*collateral, *debt])
        }
        _ => return false,
    };
    let Ok(mut snapshot) = model.snapshot(account) else { return false };
    snapshot.watch();
    let (mut carried, mut owed, mut debt, mut weight) = (0.0, 0.0, 0.0, 0.0);
    for (held, priced) in snapshot.risks().flatten() {
        let Some(now) = worth(held, priced, [mid(priced); 2], 1.0) else { return false };
        debt += now.owed;
        let unfit = priced.require_price(purpose).is_err() && !may_be_gone(priced);
        if !unfit || pair.contains(&held.asset) {
            (carried, owed) = (carried + now.carried, owed + now.owed);
            continue;
        }
        let [low, high] = known(priced);
        let Some(most) = worth(held, priced, [high; 2], 1.0) else { return false };
        let Some(best) = worth(held, priced, [low, high], 2.0) else { return false };
        weight += most.lot + most.owed;
        (carried, owed) = (carried + best.carried, owed + best.owed);
    }
    weight * 99.0 >= debt && weight > 0.0 && carried > owed * (1.0 + SLACK)
}

/// Whether the gate may hold an asset's price to be gone for good.
fn may_be_gone(priced: &PricedReserve) -> bool {
    let breaker = &priced.reserve.balances.breaker;
    let halted = breaker.trigger == Trigger::Price && breaker.level == Level::Halted;
    let since = |ms: u64| priced.now_ms.saturating_sub(ms) > DAY_MS;
    priced.price().map_or(true, |price| since(price.time_ms)) || (halted && since(breaker.since_ms))
}

/// A position's worth at the lowest price for its debt and the highest for its collateral, the one divided and the
/// other multiplied by `times`. `None` for a debt without a price.
fn worth(
    held: &Position,
    priced: &PricedReserve,
    [low, high]: [f64; 2],
    times: f64,
) -> Option<Worth> {
    let whole = pow10(priced.reserve.config.decimals).ok()? as f64;
    let units = match held.debt_shares {
        0 => 0,
        shares => to_assets_up(shares, priced.reserve.balances.owed()).ok()?,
    };
    if units != 0 && low == 0.0 {
        return None;
    }
    let lot = held.collateral as f64 / whole * high * times;
    let schedule = priced.thresholds().ok()?;
    let brackets = schedule.brackets();
    let mut carried = 0.0;
    for (place, bracket) in brackets.iter().enumerate() {
        let end = brackets.get(place + 1).map_or(f64::INFINITY, |next| dollars(next.from_wad));
        let inside = (lot.min(end) - dollars(bracket.from_wad)).max(0.0);
        carried += inside * dollars(bracket.rate_wad);
    }
    Some(Worth { lot, owed: units as f64 / whole * low / times, carried })
}

/// The price that health asks; 0 without any.
fn mid(priced: &PricedReserve) -> f64 {
    priced.price().map_or(0.0, |price| dollars(price.mid_wad))
}

/// The lowest and the highest of what the price is and what the market remembers, where it is not good for
/// settling.
fn known(priced: &PricedReserve) -> [f64; 2] {
    let (now, then) = (mid(priced), dollars(priced.reserve.balances.breaker.high_wad));
    if priced.require_price(Use::Settlement).is_ok() || then == 0.0 {
        return [now; 2];
    }
    match now {
        0.0 => [then; 2],
        _ => [now.min(then), now.max(then)],
    }
}

fn dollars(wad: u128) -> f64 {
    wad as f64 / 1e18
}
