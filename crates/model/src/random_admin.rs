//! The owner's and the guardian's messages in the random world, tried by anybody, and batches of
//! auctions.

use crate::{
    random::{person, size as units, World, PEOPLE},
    Call, Done, Model,
};
use breakwater_protocol::{
    actions::Action, treasury::Collected, AssetId, Error, Income, Level, Order, ALL,
};

impl World {
    /// Does one of them. What must never happen panics with what it was.
    pub(crate) fn play_admin(
        &mut self,
        who: u8,
        kind: u8,
        asset: AssetId,
        size: u16,
    ) -> Result<Option<Done>, Error> {
        // Mostly the owner.
        let who = if kind.is_multiple_of(8) { who } else { 0 };
        let income = if size.is_multiple_of(2) { Income::Collateral } else { Income::Shares };
        let call = match kind % 8 {
            0 => Call::ResetBreaker(Some(asset)),
            1 | 2 => {
                let amount = if size.is_multiple_of(3) { units(asset, size) } else { ALL };
                return self.collect(who, asset, income, amount);
            }
            3 => return self.delist_and_relist(who, asset),
            4 => {
                let until_ms = self.model.now_ms + u64::from(size) * 1_000;
                Call::SetGuardian { guardian: person(size as u8), until_ms }
            }
            5 => {
                let call = Call::Raise {
                    asset: Some(asset),
                    level: Level::Guarded,
                    lasts_ms: u64::from(size % 60) * 60_000,
                };
                return self.only_for(size as u8, call);
            }
            6 => {
                // One twice, one who may not be unhealthy.
                let some = [who, size as u8, who, size as u8 % 3];
                Call::LiquidateMany(some.map(person).to_vec())
            }
            _ => {
                let in_auction: Vec<_> = self
                    .model
                    .accounts
                    .iter()
                    .filter(|(_, held)| held.auction.is_some())
                    .take(1 + usize::from(size % 2))
                    .map(|(account, held)| {
                        let first = held.collaterals().next().map_or(asset, |p| p.asset);
                        let debt = held.debts().next().map_or(asset, |p| p.asset);
                        let max_repay = units(debt, size.min(0xfff0)).max(1);
                        (*account, Order { collateral: first, debt, max_repay, min_receive: 0 })
                    })
                    .collect();
                // Each twice: the second finds what the first has left.
                return self.take_many([in_auction.clone(), in_auction].concat());
            }
        };
        self.only_for(who, call)
    }

    /// A batch does what the single messages would in the same order.
    fn take_many(
        &mut self,
        orders: Vec<(breakwater_protocol::AccountId, Order)>,
    ) -> Result<Option<Done>, Error> {
        let mut single = self.model.clone();
        let answers: Vec<_> = orders
            .iter()
            .map(|(account, order)| {
                let call = Call::Take { account: *account, order: *order };
                single.apply(person(1), &call)
            })
            .collect();
        let done = self.call(1, Call::TakeMany(orders))?;
        if let Some(Done::TakenMany { orders, bought }) = &done {
            let purchases = answers.iter().enumerate().filter_map(|(place, one)| match one {
                Ok(Done::Taken { bought: Some(bought), .. }) => Some((place, bought.clone())),
                _ => None,
            });
            assert_eq!(*bought, purchases.collect::<Vec<_>>(), "purchases in a batch of takes");
            let alone = answers.iter().map(|one| match one {
                Ok(Done::Taken { filled, .. }) => Ok(filled.clone()),
                Ok(other) => panic!("a take answers {other:?}"),
                Err(error) => Err(*error),
            });
            let alone: Vec<_> = alone.collect();
            assert_eq!(*orders, alone, "a batch of takes is not what single takes are");
        }
        assert_eq!(self.model.accounts, single.accounts, "a batch of takes");
        assert_eq!(self.model.rewards, single.rewards, "a batch of takes");
        for (found, alone) in self.model.reserves.iter().zip(&single.reserves) {
            let kept = |reserve: &breakwater_protocol::Reserve| {
                let balances = reserve.balances;
                let sold =
                    (balances.gradual.meter, balances.gradual.common, balances.gradual.waiting);
                let sold = (sold, balances.backstop_collateral, balances.backstop_shares);
                (balances.cash, balances.collateral, balances.rewards, sold, reserve.vault.clone())
            };
            assert_eq!(kept(found), kept(alone), "a batch of takes");
        }
        Ok(done)
    }

    /// The owner's and the guardian's are refused to all others, with the balances as they were.
    fn only_for(&mut self, who: u8, call: Call) -> Result<Option<Done>, Error> {
        let authority = self.model.root.authority();
        let (now_ms, by) = (self.model.now_ms, person(who));
        let guards = authority.guardian == by && now_ms < authority.guardian_until_ms;
        let answer = self.call(who, call.clone());
        let refused = matches!(answer, Err(Error::NotOwner | Error::NotGuardian));
        let may = match call {
            Call::LiquidateMany(_) => true,
            Call::Raise { .. } => guards || authority.owner == by,
            _ => authority.owner == by,
        };
        assert_eq!(refused, !may, "{call:?} by {who}: {answer:?}");
        answer
    }

    /// What is collected leaves the floor, and the token balance that the balances need.
    fn collect(
        &mut self,
        who: u8,
        asset: AssetId,
        income: Income,
        amount: u128,
    ) -> Result<Option<Done>, Error> {
        let before = self.model.snapshot_of_one(asset)?;
        let answer = self.only_for(who, Call::Collect { asset, income, amount });
        if let Ok(Some(Done::Collected(Collected { amount, .. }))) = &answer {
            let after = &self.model.reserve(asset)?.balances;
            let backing = before.backing().expect("fits") - after.backing().expect("fits");
            assert_eq!(backing, *amount, "what leaves is not what was paid");
            if income == Income::Shares && after.debt_shares != 0 {
                let reserve = self.model.reserve(asset)?;
                let floor = reserve.reserve_floor_up()?;
                let pot = after.supplied()?;
                let worth =
                    breakwater_protocol::num::shares::to_assets_down(after.protocol_shares, pot)?;
                assert!(worth + 1 >= floor, "{worth} left of a floor of {floor}");
            }
        }
        answer
    }

    /// An asset that is empty goes, and comes back under the same number.
    fn delist_and_relist(&mut self, who: u8, asset: AssetId) -> Result<Option<Done>, Error> {
        let done = self.only_for(who, Call::Delist(asset))?;
        let relisted = self.model.list(self.rules.config(asset))?;
        assert_eq!(relisted, asset, "the lowest free number");
        self.sales[usize::from(asset)] = None;
        let price = breakwater_protocol::Price::exact(
            crate::random_config::FIRST_DOLLARS[usize::from(asset)]
                * breakwater_protocol::num::math::WAD,
            self.model.now_ms,
        );
        self.model.set_price(asset, price);
        self.best_share_wad[usize::from(asset)] = 0;
        Ok(done)
    }

    /// Everybody repays, leaves and claims, the owner collects: what is left in the balances of each asset whose
    /// stakes were never void is nothing, and it can be delisted.
    ///
    /// # Errors
    /// Whoever is kept from it, in words.
    pub fn wind_down(&self) -> Result<u32, String> {
        let mut model = self.model.clone();
        let mut delisted = 0;
        unstake(&mut model)?;
        for asset in model.listed() {
            // Long enough for halts, meters and limits.
            model.now_ms += 60 * 24 * 60 * 60_000;
            for who in 0..PEOPLE {
                leave(&mut model, who, asset)?;
            }
        }
        for asset in model.listed() {
            let reserve = model.reserve(asset).map_err(|e| format!("{e:?}"))?;
            let (balances, vault) = (reserve.balances, reserve.vault.clone());
            let others = balances.supply_shares - balances.protocol_shares;
            let pot = balances.supplied().map_err(|e| format!("{e:?}"))?;
            let theirs = breakwater_protocol::num::shares::to_assets_down(others, pot);
            if balances.debt_shares == 0 && theirs.is_ok_and(|theirs| theirs > balances.cash) {
                return Err(format!(
                    "asset {asset}: nobody owes and lenders can't leave: {balances:?}"
                ));
            }
            if vault.shares != 0 || !vault.stocks.is_empty() || balances.backstop_collateral != 0 {
                return Err(format!("asset {asset}: nobody has a stake, and it holds {vault:?}"));
            }
            if vault.generation != 0 || others != 0 {
                continue;
            }
            if !balances.is_at_rest() {
                continue;
            }
            for income in [Income::Collateral, Income::Shares] {
                let call = Call::Collect { asset, income, amount: ALL };
                match model.apply(person(0), &call) {
                    Ok(_) | Err(Error::NothingToCollect) => {}
                    Err(why) => return Err(format!("asset {asset}, {income:?}: {why:?}")),
                }
            }
            unback(&mut model, asset)?;
            model.apply(person(0), &Call::Delist(asset)).map_err(|why| {
                format!(
                    "asset {asset} is not empty: {why:?} {:?}",
                    model.reserves[usize::from(asset)].balances
                )
            })?;
            model.list(self.rules.config(asset)).map_err(|why| format!("{why:?}"))?;
            delisted += 1;
        }
        Ok(delisted)
    }
}

/// No other collateral's pace is set by an asset's backstop any more.
fn unback(model: &mut Model, asset: AssetId) -> Result<(), String> {
    for other in model.listed() {
        let reserve = model.reserve(other).map_err(|why| format!("{why:?}"))?;
        let mut config = reserve.config.clone();
        if config.auction.backed_by != Some(asset) {
            continue;
        }
        config.auction.backed_by = None;
        let call = Call::Configure(other, Box::new(config));
        model.apply(person(0), &call).map_err(|why| format!("asset {other}, unbacked: {why:?}"))?;
    }
    Ok(())
}

/// Everybody gives notice, waits, and takes all stakes out.
fn unstake(model: &mut Model) -> Result<(), String> {
    let stakes: Vec<_> = model.stakes.keys().copied().collect();
    for (asset, who) in stakes {
        if model.stake_of(asset, &who).map_or(true, |stake| stake.is_empty()) {
            continue;
        }
        // Long enough for the last notice to rest.
        model.now_ms += 60 * 24 * 60 * 60_000;
        let call = Call::BackstopGiveNotice(asset);
        model.apply(who, &call).map_err(|why| format!("notice in {asset}: {why:?}"))?;
        let notice = model.stakes.get(&(asset, who)).and_then(|stake| stake.notice);
        model.now_ms = notice.map_or(model.now_ms, |notice| notice.opens_ms);
        let call = Call::BackstopWithdraw { asset, shares: ALL };
        model.apply(who, &call).map_err(|why| format!("leaving {asset}: {why:?}"))?;
    }
    Ok(())
}

/// One person repays, withdraws and claims whatever there is of an asset.
fn leave(model: &mut Model, who: u8, asset: AssetId) -> Result<(), String> {
    let by = person(who);
    let act = |model: &mut Model, action| {
        model.apply(by, &Call::Act { on_behalf_of: None, actions: vec![action] })
    };
    for held in model.account(&by).positions.clone() {
        if held.debt_shares != 0 {
            act(model, Action::Repay { asset: held.asset, assets: ALL })
                .map_err(|why| format!("repay: {why:?}"))?;
        }
    }
    if model.account(&by).position(asset).collateral != 0 {
        act(model, Action::WithdrawCollateral { asset, amount: ALL })
            .map_err(|why| format!("withdraw collateral: {why:?}"))?;
    }
    let _ = model.apply(by, &Call::ClaimReward(asset));
    for _ in 0..200 {
        if model.account(&by).position(asset).supply_shares == 0 {
            break;
        }
        match act(model, Action::Withdraw { asset, assets: ALL }) {
            Ok(_) => {}
            Err(Error::OutflowLimitReached) => {
                let limit = model.reserves[usize::from(asset)].config.outflow;
                let _ = act(model, Action::Withdraw { asset, assets: limit.capacity });
                model.now_ms += limit.window_ms;
            }
            // Others owe it still, or it is less than a unit.
            Err(_) => break,
        }
    }
    Ok(())
}
