//! Whoever can be sold is sold: by the backstop, by keepers, at once or when there is room.

use crate::{
    random::World,
    random_gate,
    random_sales::{all_reserves, lacks_room},
    Call, Model,
};
use breakwater_protocol::{
    account::health::value_up,
    num::{math::WAD, shares::to_assets_up, time::DAY_MS},
    oracle::price::{Use, GOOD_FOR_ALL},
    AccountId, AccountSnapshot, AssetId, Error, Level, Order, ALL,
};

/// Somebody who starts and takes; not one of those who borrow.
const STRANGER: AccountId = [0x77; 32];
/// Room on a meter, and a price that is taken, come back in this time, at whatever pace.
const PATIENCE_MS: u64 = 200 * DAY_MS;

impl World {
    /// What must hold of auctions after every step: an unhealthy account is started and sold if all but a
    /// hundredth of it can be, or if what can't be sold would not heal it even if it were worth twice as
    /// much, or half of it were owed.
    pub(crate) fn check_auctions(&self) -> Result<(), String> {
        for (who, account) in self.model.accounts.iter().filter(|(_, held)| held.has_debt()) {
            let Some(Fit { is_started, .. }) = Fit::of(&self.model, who) else { continue };
            let mut model = self.model.clone();
            let fail = |why: String| format!("account {:02x}: {why}, {account:?}", who[0]);
            if !is_started {
                let start = Call::Liquidate(*who);
                let started = model.apply(STRANGER, &start);
                started.map_err(|why| fail(format!("is not started: {why:?}")))?;
            }
            buy_all(&mut model, who);
            check_sold(&model, who).map_err(fail)?;
        }
        Ok(())
    }
}

/// An unhealthy account of which what can't be sold is worth less than a hundredth of the debt, or could not
/// heal it.
struct Fit {
    snapshot: AccountSnapshot,
    is_started: bool,
    /// What can be sold, wad dollars.
    sellable_wad: u128,
}

impl Fit {
    fn of(model: &Model, who: &AccountId) -> Option<Self> {
        let mut snapshot = model.snapshot(who).ok()?;
        let health = snapshot.health().ok()?;
        if health.is_healthy() || health.debt_wad < 100 * WAD {
            return None;
        }
        let remembered: Vec<u128> = snapshot
            .reserves
            .iter()
            .map(|priced| priced.reserve.balances.breaker.high_wad)
            .collect();
        snapshot.watch();
        let (mut unfit_wad, mut sellable_wad) = (0u128, 0u128);
        for held in snapshot.account.positions.iter().filter(|held| held.bears_risk()) {
            let priced = snapshot.priced(held.asset).ok()?;
            let place = snapshot.reserves.iter().position(|priced| priced.asset == held.asset);
            let high_wad = place.map_or(0, |place| remembered[place]);
            let mid_wad = priced.price.map_or(0, |price| price.mid_wad);
            let decimals = priced.reserve.config.decimals;
            let worth =
                |units, price_wad| value_up(units, price_wad, decimals).unwrap_or(u128::MAX);
            if is_fit(&snapshot, held.asset) {
                sellable_wad = sellable_wad.saturating_add(worth(held.collateral, mid_wad));
            } else {
                let owed =
                    to_assets_up(held.debt_shares, priced.reserve.balances.owed()).unwrap_or(0);
                let both = held.collateral.saturating_add(owed);
                unfit_wad = unfit_wad.saturating_add(worth(both, mid_wad.max(high_wad)));
            }
        }
        let halted = snapshot.guard.level(snapshot.now_ms) >= Level::Stressed;
        let is_light = unfit_wad.saturating_mul(101) < health.debt_wad;
        let unfit = |asset| !is_fit(&snapshot, asset);
        if halted || !(is_light || random_gate::is_lost_in_any_case(&snapshot, unfit)) {
            return None;
        }
        let is_started = snapshot.account.auction.is_some();
        Some(Self { snapshot, is_started, sellable_wad })
    }
}

/// Has backstops buy what they can: takes begin with it, and are refused with it.
fn buy_all(model: &mut Model, account: &AccountId) {
    let held = model.account(account);
    for lot in held.collaterals() {
        for owed in held.debts() {
            let (account, collateral, debt) = (*account, lot.asset, owed.asset);
            let _ = model.apply(STRANGER, &Call::BackstopFill { account, collateral, debt });
        }
    }
}

/// Something is sold of an account in auction that backstops have left; if not now, then when there is room.
fn check_sold(model: &Model, who: &AccountId) -> Result<(), String> {
    let Some(Fit { snapshot, is_started: true, sellable_wad }) = Fit::of(model, who) else {
        return Ok(());
    };
    if sellable_wad < 2 * WAD {
        return Ok(());
    }
    let refusals = match refusals(model, &snapshot, who) {
        Some(refusals) if !refusals.is_empty() => refusals,
        _ => return Ok(()),
    };
    let waits = |(_, _, why): &&(AssetId, AssetId, Error)| *why == Error::VelocityLimitReached;
    let Some((collateral, ..)) = refusals.iter().find(waits) else {
        return Err(format!("is not sold: {refusals:?}"));
    };
    let words = |error: Error| format!("{error:?}");
    let mut all = all_reserves(model).map_err(words)?;
    all.watch();
    if !lacks_room(&all, *collateral).map_err(words)? {
        return Err(format!("is refused though there is room for {collateral}"));
    }
    let mut later = model.clone();
    later.now_ms += PATIENCE_MS;
    let mut snapshot = later.snapshot(who).map_err(words)?;
    snapshot.watch();
    match self::refusals(&later, &snapshot, who) {
        Some(refusals) => Err(format!("is never sold: {refusals:?}")),
        None => Ok(()),
    }
}

/// Why no pair of what an account has and owes is sold that can be settled; `None` where one is.
fn refusals(
    model: &Model,
    snapshot: &AccountSnapshot,
    who: &AccountId,
) -> Option<Vec<(AssetId, AssetId, Error)>> {
    let mut refusals = Vec::new();
    for lot in snapshot.account.collaterals().filter(|held| can_settle(snapshot, held.asset)) {
        for owed in snapshot.account.debts().filter(|held| can_settle(snapshot, held.asset)) {
            let (collateral, debt) = (lot.asset, owed.asset);
            let order = Order { collateral, debt, max_repay: ALL, min_receive: 0 };
            match model.clone().apply(STRANGER, &Call::Take { account: *who, order }) {
                Ok(_) => return None,
                Err(why) => refusals.push((collateral, debt, why)),
            }
        }
    }
    Some(refusals)
}

/// Whether an asset's price is good for everything and nothing of its breaker stands in the way.
fn is_fit(snapshot: &AccountSnapshot, asset: AssetId) -> bool {
    let Ok(priced) = snapshot.priced(asset) else { return false };
    let Ok(price) = priced.price() else { return false };
    let grace_ms = snapshot.params.breaker.grace_ms;
    let settled = price.good_since_ms == 0 || snapshot.now_ms >= price.good_since_ms + grace_ms;
    let calm = snapshot.level(asset).is_ok_and(|level| level < Level::Stressed);
    price.good_for == GOOD_FOR_ALL && settled && calm
}

/// Whether an asset may be sold, or repaid by a sale, in an auction that runs.
fn can_settle(snapshot: &AccountSnapshot, asset: AssetId) -> bool {
    let halted = snapshot.level(asset).is_ok_and(|level| level == Level::Halted);
    !halted
        && snapshot.priced(asset).is_ok_and(|priced| priced.require_price(Use::Settlement).is_ok())
}
