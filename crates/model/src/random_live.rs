//! Whoever can be sold is sold: by the backstop, by keepers, at once or when there is room.

use crate::{
    random::World,
    random_sales::{all_lines, lacks_room},
    Call, Model,
};
use breakwater_protocol::{
    health::value_up, math::WAD, price::GOOD_FOR_ALL, shares::to_assets_up, time::DAY_MS,
    AccountId, AssetId, Error, Level, Order, Sheet, ALL,
};

/// Somebody who starts and takes; not one of those who borrow.
const STRANGER: AccountId = [0x77; 32];
/// Room on a meter, and a price that is taken, come back in this time, at whatever pace.
const PATIENCE_MS: u64 = 200 * DAY_MS;

impl World {
    /// What must hold of auctions after every step: an unhealthy account of which all but a hundredth can
    /// be sold is started and sold.
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

/// An unhealthy account of which what can't be sold is worth less than a hundredth of the debt.
struct Fit {
    sheet: Sheet,
    is_started: bool,
    /// What can be sold, wad dollars.
    sellable_wad: u128,
}

impl Fit {
    fn of(model: &Model, who: &AccountId) -> Option<Self> {
        let mut sheet = model.sheet(who).ok()?;
        let health = sheet.health().ok()?;
        if health.is_healthy() || health.debt_wad < 100 * WAD {
            return None;
        }
        let remembered: Vec<u128> =
            sheet.lines.iter().map(|line| line.reserve.books.breaker.high_wad).collect();
        sheet.watch();
        let (mut unfit_wad, mut sellable_wad) = (0u128, 0u128);
        for held in sheet.account.positions.iter().filter(|held| held.bears_risk()) {
            let line = sheet.line(held.asset).ok()?;
            let place = sheet.lines.iter().position(|line| line.asset == held.asset);
            let high_wad = place.map_or(0, |place| remembered[place]);
            let mid_wad = line.price.map_or(0, |price| price.mid_wad);
            let decimals = line.reserve.config.decimals;
            let worth =
                |units, price_wad| value_up(units, price_wad, decimals).unwrap_or(u128::MAX);
            if is_fit(&sheet, held.asset) {
                sellable_wad = sellable_wad.saturating_add(worth(held.collateral, mid_wad));
            } else {
                let owed = to_assets_up(held.debt_shares, line.reserve.books.owed()).unwrap_or(0);
                let both = held.collateral.saturating_add(owed);
                unfit_wad = unfit_wad.saturating_add(worth(both, mid_wad.max(high_wad)));
            }
        }
        let halted = sheet.guard.level(sheet.now_ms) >= Level::Stressed;
        if halted || unfit_wad.saturating_mul(101) >= health.debt_wad {
            return None;
        }
        let is_started = sheet.account.auction.is_some();
        Some(Self { sheet, is_started, sellable_wad })
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
    let Some(Fit { sheet, is_started: true, sellable_wad }) = Fit::of(model, who) else {
        return Ok(());
    };
    if sellable_wad < 2 * WAD {
        return Ok(());
    }
    let account = &sheet.account;
    let mut refusals = Vec::new();
    for lot in account.collaterals().filter(|held| is_fit(&sheet, held.asset)) {
        for owed in account.debts().filter(|held| is_fit(&sheet, held.asset)) {
            let (collateral, debt) = (lot.asset, owed.asset);
            let order = Order { collateral, debt, max_repay: ALL, min_receive: 0 };
            let take = Call::Take { account: *who, order };
            match model.clone().apply(STRANGER, &take) {
                Ok(_) => return Ok(()),
                Err(why) => refusals.push((collateral, why, take)),
            }
        }
    }
    let waits = |(_, why, _): &&(AssetId, Error, Call)| *why == Error::VelocityLimitReached;
    let Some((collateral, _, take)) = refusals.iter().find(waits) else {
        let whys: Vec<_> = refusals.iter().map(|(asset, why, _)| (asset, why)).collect();
        return if whys.is_empty() { Ok(()) } else { Err(format!("is not sold: {whys:?}")) };
    };
    let words = |error: Error| format!("{error:?}");
    let mut all = all_lines(model).map_err(words)?;
    all.watch();
    if !lacks_room(&all, *collateral).map_err(words)? {
        return Err(format!("is refused though there is room: {take:?}"));
    }
    let mut later = model.clone();
    later.now_ms += PATIENCE_MS;
    let later = refusals.iter().map(|(_, _, take)| later.clone().apply(STRANGER, take).map(drop));
    let answers: Vec<_> = later.collect();
    if answers.iter().all(Result::is_err) {
        return Err(format!("is never sold: {answers:?}"));
    }
    Ok(())
}

/// Whether an asset's price is good for everything and nothing of its breaker stands in the way.
fn is_fit(sheet: &Sheet, asset: AssetId) -> bool {
    let Ok(line) = sheet.line(asset) else { return false };
    let Ok(price) = line.price() else { return false };
    let grace_ms = sheet.params.breaker.grace_ms;
    let settled = price.good_since_ms == 0 || sheet.now_ms >= price.good_since_ms + grace_ms;
    let calm = sheet.level(asset).is_ok_and(|level| level < Level::Stressed);
    price.good_for == GOOD_FOR_ALL && settled && calm
}
