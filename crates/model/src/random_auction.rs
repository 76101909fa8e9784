//! Those who make auctions a business of their own, and what must hold of auctions in the random
//! world: whoever can be sold is sold, and nobody gains by dealing with themselves.

use crate::{
    random::{person, World, ASSETS},
    random_config::{DECIMALS, FIRST_DOLLARS},
    random_gate, Call, Done, Model,
};
use breakwater_protocol::{
    actions::{Action, Taken},
    health::{amount_down, value_down, value_up},
    math::WAD,
    price::{Use, GOOD_FOR_ALL},
    shares::{to_assets_down, to_assets_up},
    Account, AccountId, AssetId, Error, Level, Order, Price, Sheet, ALL,
};
use rand::Rng;

/// Somebody who starts and takes; not one of those who borrow.
const STRANGER: AccountId = [0x77; 32];
/// Rounding, at most some units of the dearest asset: a cent.
const ROUNDING_WAD: i128 = WAD as i128 / 100;

/// What somebody does who looks for holes in the auction's rules.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum AuctionStep {
    /// Starts the sickest account's auction and takes as little as ends it, or next to nothing.
    Hair { who: u8, units: u8 },
    /// Adds a few units of a collateral whose price then goes bad: stale, or gone altogether.
    Grain { who: u8, asset: u8, units: u8, is_gone: bool },
    /// An own auction from beginning to end: starts it, takes a part, has the pool buy, claims.
    SelfDeal { who: u8, part: u8 },
    /// The feed of a collateral of the sickest account's dies, then it is topped up by a part of the debt, and
    /// another collateral falls.
    Shelter { who: u8, asset: u8, part: u8, is_gone: bool },
}

impl AuctionStep {
    pub(crate) fn random(random: &mut impl Rng) -> Self {
        let (who, units) = (random.gen(), random.gen());
        match random.gen_range(0..13) {
            0..=5 => Self::Hair { who, units },
            6 => Self::Grain { who, asset: random.gen(), units, is_gone: random.gen() },
            7 => {
                let is_gone = random.gen_bool(0.3);
                Self::Shelter { who, asset: random.gen(), part: units, is_gone }
            }
            _ => Self::SelfDeal { who, part: units },
        }
    }
}

impl World {
    pub(crate) fn play_auction(&mut self, step: &AuctionStep) -> Result<Option<Done>, Error> {
        match *step {
            AuctionStep::Hair { who, units } => self.heal_by_a_hair(who, units),
            AuctionStep::Grain { who, asset, units, is_gone } => {
                let asset = [0, 1, 4][usize::from(asset) % 3];
                let amount = u128::from(units) + 1;
                let add = Action::DepositCollateral { asset, amount, excess_to_supply: false };
                let call = Call::Act { on_behalf_of: None, actions: vec![add] };
                let done = self.model.apply(person(who), &call);
                self.kill_feed(asset, is_gone);
                done.map(Some)
            }
            AuctionStep::SelfDeal { who, part } => self.deal_with_oneself(who, part),
            AuctionStep::Shelter { who, asset, part, is_gone } => {
                self.seek_shelter(who, asset, part, is_gone)
            }
        }
    }

    fn kill_feed(&mut self, asset: AssetId, is_gone: bool) {
        let price = &mut self.model.prices[usize::from(asset)];
        *price = price.filter(|_| !is_gone).map(|price| Price { good_for: 0, ..price });
    }

    /// Where there is only one collateral, a grain of another is brought in while that may be.
    fn seek_shelter(
        &mut self,
        who: u8,
        choice: u8,
        part: u8,
        is_gone: bool,
    ) -> Result<Option<Done>, Error> {
        let Some(account) = self.sickest() else { return Ok(None) };
        let add = |asset, amount| Call::Act {
            on_behalf_of: Some(account),
            actions: vec![Action::DepositCollateral { asset, amount, excess_to_supply: false }],
        };
        let grain = add(choice % 2, u128::from(part) + 1);
        self.call(account[0] - 1, grain).ok();
        let asset = self.pair(&account, choice, 0).0;
        let debt_wad = self.model.sheet(&account)?.health().map_or(0, |health| health.debt_wad);
        let price_wad = self.last_price(asset).mid_wad;
        self.kill_feed(asset, is_gone);
        // Up to an eighth of the debt.
        let value_wad = debt_wad / 2_048 * u128::from(part);
        let amount = amount_down(value_wad, price_wad, DECIMALS[usize::from(asset)])?;
        let topped_up = self.call(who, add(asset, amount.max(1)));
        let others = self.model.account(&account);
        let other = others.collaterals().find(|held| held.asset != asset).map(|held| held.asset);
        if let Some(other) = other.filter(|_| !part.is_multiple_of(4)) {
            self.move_price(other, 1_000 - u16::from(part), 0, 0, GOOD_FOR_ALL);
        }
        topped_up
    }

    /// What a price moves from: the last one, or the first where there is none any more.
    pub(crate) fn last_price(&self, asset: AssetId) -> Price {
        let first = Price::exact(FIRST_DOLLARS[usize::from(asset)] * WAD, self.model.now_ms);
        self.model.prices[usize::from(asset)].unwrap_or(first)
    }

    fn heal_by_a_hair(&mut self, who: u8, units: u8) -> Result<Option<Done>, Error> {
        let Some(account) = self.sickest() else { return Ok(None) };
        let started = self.call(who, Call::Liquidate(account))?;
        let (collateral, debt) = self.pair(&account, units, units);
        let order = |max_repay| Order { collateral, debt, max_repay, min_receive: 0 };
        let whole =
            self.model.clone().apply(person(who), &Call::Take { account, order: order(ALL) });
        let Ok(Done::Taken(whole)) = whole else { return Ok(started) };
        // By halving, a few times.
        let mut high = whole.fill.repaid;
        for _ in 0..units % 32 {
            let call = Call::Take { account, order: order((high / 2).max(1)) };
            match self.model.clone().apply(person(who), &call) {
                Ok(Done::Taken(taken)) if taken.ended.is_some() || units.is_multiple_of(3) => {
                    high /= 2
                }
                _ => break,
            }
        }
        self.call(who, Call::Take { account, order: order(high.max(1)) })
    }

    fn deal_with_oneself(&mut self, who: u8, part: u8) -> Result<Option<Done>, Error> {
        let account = person(who);
        self.call(who, Call::Liquidate(account)).ok();
        let (collateral, debt) = self.pair(&account, part, part / 7);
        let line = &self.model.reserves[usize::from(debt)];
        let owed = to_assets_up(
            self.model.account(&account).position(debt).debt_shares,
            line.books.owed(),
        )?;
        let max_repay = (owed / 256).saturating_mul(u128::from(part)).max(1);
        let order = Order { collateral, debt, max_repay, min_receive: 0 };
        let taken = self.call(who, Call::Take { account, order });
        let filled = self.call(who, Call::BackstopFill { account, collateral, debt });
        filled.or(taken)
    }

    /// What must hold of auctions after every step.
    pub(crate) fn check_auctions(&self) -> Result<(), String> {
        for (who, account) in &self.model.accounts {
            if account.has_debt() {
                self.check_live(who, account)
                    .map_err(|why| format!("account {:02x}: {why}", who[0]))?;
            }
        }
        Ok(())
    }

    /// An unhealthy account is started and sold if all but a hundredth of it can be, or if what can't be
    /// sold would not heal it even if it were worth twice as much, or half of it were owed.
    fn check_live(&self, who: &AccountId, account: &Account) -> Result<(), String> {
        let Ok(mut sheet) = self.model.sheet(who) else { return Ok(()) };
        let Ok(health) = sheet.health() else { return Ok(()) };
        if health.is_healthy() || health.debt_wad < 100 * WAD {
            return Ok(());
        }
        let remembered: Vec<u128> =
            sheet.lines.iter().map(|line| line.reserve.books.breaker.high_wad).collect();
        sheet.watch();
        let mut unfit_wad = 0u128;
        let mut sellable_wad = 0u128;
        for held in account.positions.iter().filter(|held| held.bears_risk()) {
            let Ok(line) = sheet.line(held.asset) else { return Ok(()) };
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
        let is_light = unfit_wad.saturating_mul(101) < health.debt_wad;
        let unfit = |asset| !is_fit(&sheet, asset);
        if halted || !(is_light || random_gate::is_lost_in_any_case(&sheet, unfit)) {
            return Ok(());
        }
        let mut tried = self.model.clone();
        if account.auction.is_none() {
            tried
                .apply(STRANGER, &Call::Liquidate(*who))
                .map_err(|why| format!("is not started: {why:?}, {account:?}"))?;
        }
        if sellable_wad < 2 * WAD {
            return Ok(());
        }
        let mut refusals = Vec::new();
        for lot in account.collaterals().filter(|held| can_settle(&sheet, held.asset)) {
            for owed in account.debts().filter(|held| can_settle(&sheet, held.asset)) {
                let (collateral, debt) = (lot.asset, owed.asset);
                let order = Order { collateral, debt, max_repay: ALL, min_receive: 0 };
                match tried.clone().apply(STRANGER, &Call::Take { account: *who, order }) {
                    Ok(_) | Err(Error::VelocityLimitReached) => return Ok(()),
                    // The bucket has room for less than a unit's worth.
                    Err(Error::AmountTooSmall) if collateral == 0 => return Ok(()),
                    Err(why) => refusals.push((collateral, debt, why)),
                }
            }
        }
        if refusals.is_empty() {
            return Ok(());
        }
        Err(format!("is not sold: {refusals:?}, {account:?}"))
    }

    /// Nobody has more by taking from themselves, or by having their own pool buy.
    pub(crate) fn check_self_dealing(&self, who: u8, before: i128, call: &Call, done: &Done) {
        let Done::Taken(taken) = done else { return };
        let moved = match call {
            Call::Take { account, order } if *account == person(who) => {
                taken_wad(&self.model, order, taken)
            }
            Call::BackstopFill { account, .. } if *account == person(who) => Some(0),
            _ => return,
        };
        let insolvent = taken.terms.insolvent || !taken.written_off.bad_debt.is_empty();
        // The pool must not pay more than the oracle's price: another rule's matter.
        let overpaid = matches!(call, Call::BackstopFill { .. }) && taken.fill.bonus_wad < 0;
        let (Some(moved), Some(after)) = (moved, wealth_wad(&self.model, person(who))) else {
            return;
        };
        assert!(
            insolvent || overpaid || after + moved <= before + ROUNDING_WAD,
            "a gain by dealing with oneself: {before} to {after} and {moved}: {taken:?}"
        );
    }
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

/// Whether an asset may be sold, or repaid by a sale, in an auction that runs.
fn can_settle(sheet: &Sheet, asset: AssetId) -> bool {
    let halted = sheet.level(asset).is_ok_and(|level| level == Level::Halted);
    !halted && sheet.line(asset).is_ok_and(|line| line.require_price(Use::Settlement).is_ok())
}

/// What a take brought the taker, wad dollars.
fn taken_wad(model: &Model, order: &Order, taken: &Taken) -> Option<i128> {
    let worth = |asset: AssetId, units| {
        let price = model.prices[usize::from(asset)]?;
        let decimals = model.reserves[usize::from(asset)].config.decimals;
        value_down(units, price.mid_wad, decimals).ok().map(|wad| wad as i128)
    };
    Some(worth(order.collateral, taken.paid_out)? - worth(order.debt, taken.fill.repaid)?)
}

/// All that somebody has in the market, wad dollars: lent, held, owed, staked, gained, earned. `None`
/// where a price is missing.
pub fn wealth_wad(model: &Model, who: AccountId) -> Option<i128> {
    let account = model.account(&who);
    let mut sum = 0i128;
    for asset in 0..ASSETS.min(model.reserves.len() as u8) {
        let (pool, stake, mut reserve) = model.stake(asset, who).ok()?;
        reserve.accrue(model.now_ms).ok()?;
        let books = &reserve.books;
        let held = account.position(asset);
        let staked = pool.held_down(stake.shares, books.backstop_shares).ok()?;
        let lent = to_assets_down(held.supply_shares + staked, books.supplied().ok()?).ok()?;
        let owed = if held.debt_shares == 0 {
            0
        } else {
            to_assets_up(held.debt_shares, books.owed()).ok()?
        };
        let mut units = lent + held.collateral;
        units += model.rewards.get(&(who, asset)).copied().unwrap_or(0);
        for of in 0..model.reserves.len() as u8 {
            let (_, stake, _) = model.stake(of, who).ok()?;
            units += stake.claimable_down(asset, reserve.config.decimals).ok()?;
        }
        if units == 0 && owed == 0 {
            continue;
        }
        let price = model.prices[usize::from(asset)]?;
        let worth = |units| value_down(units, price.mid_wad, reserve.config.decimals).ok();
        sum += worth(units)? as i128 - worth(owed)? as i128;
    }
    Some(sum)
}
