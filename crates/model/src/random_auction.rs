//! Those who make auctions a business of their own, and what must hold of it: nobody gains by dealing
//! with themselves.

use crate::{
    random::{person, size as units_of, World, ASSETS},
    random_config::{DECIMALS, FIRST_DOLLARS},
    random_stakes::wealth_wad,
    Call, Done, Model,
};
use breakwater_protocol::{
    account::health::{amount_down, value_down},
    actions::Action,
    market::Filled,
    num::{math::WAD, shares::to_assets_up},
    oracle::price::GOOD_FOR_ALL,
    AccountId, AssetId, Error, Order, Price, ALL,
};
use rand::Rng;

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
    /// Takes from an own account, as much as there is room for, again and again: to use the room up, or
    /// to push the price down.
    Wash { who: u8, times: u8, minutes: u8 },
    /// Adds a lot of dust to an own account, and has it put into auction.
    Dust { who: u8, asset: u8, units: u8 },
    /// Starts an auction, lets the lot wait, and then takes a little of it.
    Linger { who: u8, minutes: u16, units: u8 },
    /// Stakes for a moment around a purchase, or has gone for one.
    Snipe { target: u8, choice: u8, size: u16 },
    /// Buys stock of any pair for any amount, whether there is any or not.
    AnyStock { who: u8, collateral: u8, debt: u8, size: u16 },
    /// Tops an account in auction up, or repays for it, while a feed is dead.
    DeadFeed { who: u8, target: u8, asset: u8, size: u16 },
    /// The feed of a collateral of the sickest account's dies, then it is topped up by a part of the debt, and
    /// another collateral falls.
    Shelter { who: u8, asset: u8, part: u8, is_gone: bool },
}

impl AuctionStep {
    pub(crate) fn random(random: &mut impl Rng) -> Self {
        let (who, units) = (random.gen(), random.gen());
        let (asset, size) = (random.gen(), random.gen());
        match random.gen_range(0..26) {
            0..=5 => Self::Hair { who, units },
            6 => Self::Grain { who, asset, units, is_gone: random.gen() },
            7..=11 => Self::SelfDeal { who, part: units },
            12..=14 => Self::Wash { who, times: units, minutes: random.gen() },
            15 | 16 => Self::Dust { who, asset, units },
            17 | 18 => Self::Linger { who, minutes: random.gen_range(0..600), units },
            19..=21 => Self::Snipe { target: who, choice: units, size },
            22 => Self::AnyStock { who, collateral: asset, debt: units, size },
            23 => Self::DeadFeed { who, target: units, asset, size },
            _ => Self::Shelter { who, asset, part: units, is_gone: random.gen_bool(0.3) },
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
                let done = self.call(who, call);
                self.kill_feed(asset, is_gone);
                done
            }
            AuctionStep::SelfDeal { who, part } => self.deal_with_oneself(who, part),
            AuctionStep::Wash { who, times, minutes } => self.wash(who, times, minutes),
            AuctionStep::Dust { who, asset, units } => {
                let asset = [0, 1, 4][usize::from(asset) % 3];
                let amount = u128::from(units) + 1;
                let add = Action::DepositCollateral { asset, amount, excess_to_supply: false };
                self.call(who, Call::Act { on_behalf_of: None, actions: vec![add] }).ok();
                self.call(units, Call::Liquidate(person(who)))
            }
            AuctionStep::Linger { who, minutes, units } => {
                if let Some(account) = self.sickest() {
                    self.call(who, Call::Liquidate(account)).ok();
                }
                self.model.now_ms += u64::from(minutes) * 60_000;
                let account = self.one_with(units, |held| held.auction.is_some());
                let (collateral, debt) = self.pair(&account, units, units);
                let max_repay = u128::from(units) + 1;
                let order = Order { collateral, debt, max_repay, min_receive: 0 };
                self.call(who, Call::Take { account, order })
            }
            AuctionStep::Shelter { who, asset, part, is_gone } => {
                self.seek_shelter(who, asset, part, is_gone)
            }
            AuctionStep::Snipe { target, choice, size } => {
                self.snipe(target, choice, size).unwrap_or_else(|why| panic!("{why}"));
                Ok(None)
            }
            AuctionStep::AnyStock { who, collateral, debt, size } => {
                let (collateral, debt) = (collateral % ASSETS, debt % ASSETS);
                let max_repay = units_of(debt, size);
                let order = Order { collateral, debt, max_repay, min_receive: 0 };
                self.call(who, Call::BuyStock(order))
            }
            AuctionStep::DeadFeed { who, target, asset, size } => {
                let account = self.one_with(target, |held| held.auction.is_some());
                let (collateral, debt) = self.pair(&account, target, target);
                self.kill_feed(if asset % 2 == 0 { collateral } else { debt }, asset % 4 < 2);
                let action = if asset % 8 < 4 {
                    let amount = units_of(collateral, size.min(0xfff0) / 4).max(1);
                    Action::DepositCollateral { asset: collateral, amount, excess_to_supply: false }
                } else {
                    Action::Repay { asset: debt, assets: units_of(debt, size).max(1) }
                };
                self.call(who, Call::Act { on_behalf_of: Some(account), actions: vec![action] })
            }
        }
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
        let debt_wad = self.model.snapshot(&account)?.health().map_or(0, |health| health.debt_wad);
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

    /// A price is stale from now on, or gone altogether.
    fn kill_feed(&mut self, asset: AssetId, is_gone: bool) {
        let price = &mut self.model.prices[usize::from(asset)];
        *price = price.filter(|_| !is_gone).map(|price| Price { good_for: 0, ..price });
    }

    fn wash(&mut self, who: u8, times: u8, minutes: u8) -> Result<Option<Done>, Error> {
        let account = person(who);
        self.call(who, Call::Liquidate(account)).ok();
        let mut answer = Ok(None);
        for time in 0..1 + times % 6 {
            let (collateral, debt) = self.pair(&account, times, times / 7);
            let order = Order { collateral, debt, max_repay: ALL, min_receive: 0 };
            answer = self.call(who, Call::Take { account, order });
            // Now and then what the pool holds, beside.
            if (times / 6 + time).is_multiple_of(3) {
                let order = self.stock_order(debt, time, 0xfff0);
                self.call(who, Call::BuyStock(order)).ok();
            }
            self.model.now_ms += u64::from(minutes % 4) * 15_000;
        }
        answer
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
        let Ok(Done::Taken { filled: Some(whole), .. }) = whole else { return Ok(started) };
        // By halving, a few times.
        let mut high = whole.taken.fill.repaid;
        for _ in 0..units % 32 {
            let call = Call::Take { account, order: order((high / 2).max(1)) };
            match self.model.clone().apply(person(who), &call) {
                Ok(Done::Taken { filled: Some(filled), .. })
                    if filled.taken.ended.is_some() || units.is_multiple_of(3) =>
                {
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
        let priced = &self.model.reserves[usize::from(debt)];
        let owed = to_assets_up(
            self.model.account(&account).position(debt).debt_shares,
            priced.balances.owed(),
        )?;
        let max_repay = (owed / 256).saturating_mul(u128::from(part)).max(1);
        let order = Order { collateral, debt, max_repay, min_receive: 0 };
        let taken = self.call(who, Call::Take { account, order });
        let filled = self.call(who, Call::BackstopFill { account, collateral, debt });
        filled.or(taken)
    }

    /// Nobody has more by taking from themselves, or by having their own pool buy.
    pub(crate) fn check_self_dealing(
        &self,
        who: AccountId,
        before: i128,
        call: &Call,
        done: &Done,
    ) {
        let moved = match (call, done) {
            (Call::Take { account, order }, Done::Taken { filled, .. }) if *account == who => {
                filled.as_ref().map_or(Some(0), |filled| taken_wad(&self.model, order, filled))
            }
            (Call::BackstopFill { account, .. }, _) if *account == who => Some(0),
            _ => return,
        };
        let sales = done.bought().into_iter().chain(done.filled());
        let insolvent = sales.into_iter().any(|sale| {
            sale.taken.terms.offer.whole || !sale.taken.written_off.bad_debt.is_empty()
        });
        let (Some(moved), Some(after)) = (moved, wealth_wad(&self.model, who)) else {
            return;
        };
        assert!(
            insolvent || after + moved <= before + ROUNDING_WAD,
            "a gain by dealing with oneself: {before} to {after} and {moved}: {done:?}"
        );
    }
}

/// What a take brought the taker, wad dollars.
fn taken_wad(model: &Model, order: &Order, filled: &Filled) -> Option<i128> {
    let taken = &filled.taken;
    let worth = |asset: AssetId, units| {
        let price = model.prices[usize::from(asset)]?;
        let decimals = model.reserves[usize::from(asset)].config.decimals;
        value_down(units, price.mid_wad, decimals).ok().map(|wad| wad as i128)
    };
    Some(worth(order.collateral, taken.paid_out)? - worth(order.debt, taken.fill.repaid)?)
}
