//! What the engine asks of every mechanism, as messages of the market.

use super::{asset_id, borrower, desk::Desk, keeper_id, Balances, LEAST_STOCK_WAD};
use crate::mechanisms::{
    Account, Asset, Bound, Fill, Inventory, Keeper, Lot, Mechanism, Position, Quote, Refused, Start,
};
use breakwater_model::{Call, Done};
use breakwater_protocol::{
    account::health::value_down,
    actions::{self, Outcome, StockSold, Taken, WrittenOff},
    num::{
        math::{BPS, WAD},
        shares::to_assets_up,
    },
    Action, AssetId, Level, Order, Price,
};

fn lost(written_off: &WrittenOff) -> u128 {
    written_off.bad_debt.iter().map(|lost| lost.assets).sum()
}

fn stock_fill(sold: &StockSold) -> Fill {
    Fill { paid: sold.paid, received: sold.received, ..Fill::default() }
}

pub(super) fn fill_of(taken: &Taken) -> Fill {
    Fill {
        paid: taken.fill.repaid,
        // The starter's reward comes from the borrower too, and goes to a keeper.
        received: taken.fill.received + taken.fill.reward,
        repaid: taken.fill.repaid,
        seized: taken.fill.received + taken.fill.fee,
        bad_debt: lost(&taken.written_off),
    }
}

impl Mechanism for Balances {
    fn observe(&mut self, now_ms: u64, quotes: &[Quote]) {
        let prices: Vec<Price> = quotes.iter().map(|quote| quote.judged).collect();
        self.tell(now_ms, &prices);
        // Keepers look at the breaker all the time; looking never fails on listed assets.
        let assets: Vec<AssetId> = (0..self.dollars).collect();
        let _ = self.call(keeper_id(0), Call::Poke(assets));
        for asset in 0..self.threshold_bps.len() {
            // No room is what they want.
            let _ = self.wash(asset);
        }
        self.leave();
    }

    fn position(&self, account: Account) -> Position {
        let Some(held) = self.model.accounts.get(&borrower(account)) else {
            return Position::default();
        };
        let lot = held.collaterals().next();
        let owed = held.debts().next().and_then(|debt| {
            to_assets_up(debt.debt_shares, self.reserve(debt.asset).ok()?.balances.owed()).ok()
        });
        Position {
            asset: lot.map_or(0, |lot| usize::from(lot.asset)),
            collateral: lot.map_or(0, |lot| lot.collateral),
            debt: owed.unwrap_or(0),
        }
    }

    fn repay(&mut self, account: Account, amount: u128) -> Result<u128, Refused> {
        let repay = Action::Repay { asset: self.dollars, assets: amount };
        match self.act(borrower(account), repay)? {
            Done::Acted { outcomes, .. } => {
                self.changed(account);
                Ok(outcomes
                    .iter()
                    .map(|outcome| match outcome {
                        Outcome::Repaid { assets, .. } => *assets,
                        _ => 0,
                    })
                    .sum())
            }
            _ => Err(Refused::Unsupported),
        }
    }

    fn top_up(&mut self, account: Account, units: u128) -> Result<(), Refused> {
        let asset = asset_id(self.position(account).asset)?;
        let deposit = Action::DepositCollateral { asset, amount: units, excess_to_supply: false };
        self.act(borrower(account), deposit)?;
        self.changed(account);
        Ok(())
    }

    fn start(&mut self, account: Account, keeper: Keeper) -> Result<Start, Refused> {
        if self.running.contains_key(&account) {
            return Err(Refused::NotNow);
        }
        let done = self.call(keeper_id(keeper), Call::Liquidate(borrower(account)))?;
        self.note_bought(account, done.bought().first().copied());
        self.changed(account);
        Ok(Start::default())
    }

    /// Ends auctions of accounts that have recovered, and writes off those that nobody will buy.
    fn upkeep(&mut self, keeper: Keeper) -> Vec<(Account, Start)> {
        let mut done = Vec::new();
        let prices = &self.model.prices;
        let price = |asset: Asset| prices.get(asset).copied().flatten().map_or(0, |p| p.mid_wad);
        let near = self.running.iter().filter(|(_, one)| price(one.asset) >= one.healthy_wad);
        let near: Vec<(Account, Asset)> =
            near.map(|(account, one)| (*account, one.asset)).collect();
        for (account, asset) in near {
            let who = borrower(account);
            let held = self.model.account(&who);
            let health = |desk: &mut Desk| desk.look(held, |snapshot| snapshot.health());
            let Ok(health) = self.at_desk(asset, health) else { continue };
            if health.is_healthy() && self.call(keeper_id(keeper), Call::Cure(who)).is_ok() {
                self.running.remove(&account);
            } else if health.collateral_wad <= self.model.root.params.dust_wad {
                let dust = self.position(account).collateral;
                if let Ok(Done::WrittenOff(written_off)) =
                    self.call(keeper_id(keeper), Call::RecogniseBadDebt(who))
                {
                    self.running.remove(&account);
                    let bad_debt = lost(&written_off);
                    done.push((account, Start { bad_debt, seized: dust, ..Start::default() }));
                }
            }
        }
        done
    }

    fn lots(&self, _below: &[Account], out: &mut Vec<Lot>) {
        out.extend(self.running.iter().map(|(account, waiting)| Lot {
            id: *account as u32,
            asset: waiting.asset,
            account: Some(*account),
        }));
        for (asset, reserve) in self.model.reserves.iter().enumerate() {
            let price = self.model.prices.get(asset).copied().flatten();
            let worth_wad = price.map_or(Ok(0), |price| {
                value_down(reserve.balances.backstop_collateral, price.mid_wad, 18)
            });
            if worth_wad.is_ok_and(|wad| wad >= LEAST_STOCK_WAD) {
                out.push(Lot { id: u32::MAX - asset as u32, asset, account: None });
            }
        }
        out.sort_unstable();
    }

    fn quote(&self, lot: Lot, max_pay: u128) -> Result<Fill, Refused> {
        if lot.account.is_none() {
            let order = self.stock_order(lot, max_pay)?;
            let sold = self.at_desk(lot.asset, |desk| {
                desk.look(Default::default(), |snapshot| actions::buy_stock(snapshot, &order))
            });
            return Ok(stock_fill(&sold?));
        }
        let (account, order) = self.order(lot, max_pay)?;
        let held = self.model.account(&borrower(account));
        let taking = self.at_desk(lot.asset, |desk| {
            desk.look(held, |snapshot| actions::take(snapshot, [0; 32], &order))
        });
        // Where the backstop would leave nothing, nothing is for sale.
        Ok(fill_of(&taking?.taken.ok_or(Refused::NotNow)?))
    }

    fn bound(&self, lot: Lot) -> Bound {
        let Some(waiting) = lot.account.and_then(|account| self.running.get(&account)) else {
            return Bound::NONE;
        };
        self.at_desk(lot.asset, |desk| Ok(desk.bound(waiting))).unwrap_or(Bound::NONE)
    }

    fn take(&mut self, lot: Lot, max_pay: u128, keeper: Keeper) -> Result<Fill, Refused> {
        if lot.account.is_none() {
            let order = self.stock_order(lot, max_pay)?;
            let Done::StockSold(sold) = self.call(keeper_id(keeper), Call::BuyStock(order))? else {
                return Err(Refused::Unsupported);
            };
            if let Some(cost) = self.net_cost.get_mut(lot.asset) {
                *cost -= sold.paid as i128;
            }
            return Ok(stock_fill(&sold));
        }
        let (account, order) = self.order(lot, max_pay)?;
        let call = Call::Take { account: borrower(account), order };
        let done = self.call(keeper_id(keeper), call)?;
        self.note_bought(account, done.bought().first().copied());
        self.changed(account);
        Ok(done.filled().first().map_or(Fill::default(), |filled| fill_of(&filled.taken)))
    }

    fn backstop(&mut self, lot: Lot) -> Result<Fill, Refused> {
        let dollars = self.reserve(self.dollars)?;
        if dollars.vault.shares == 0 || dollars.backstop_assets_down()? == 0 {
            return Err(Refused::Unsupported);
        }
        let (account, Order { collateral, debt, .. }) = self.order(lot, 0)?;
        let pool_ltv_bps = self.reserve(collateral)?.config.auction.pool_ltv_bps;
        let waiting = self.running.get(&account);
        if waiting.is_some_and(|one| one.is_far_from(pool_ltv_bps, self.mid_usd(lot.asset))) {
            return Err(Refused::NotNow);
        }
        let call = Call::BackstopFill { account: borrower(account), collateral, debt };
        let done = self.call(keeper_id(0), call)?;
        self.note_bought(account, done.bought().first().copied());
        self.changed(account);
        self.bought.pop().map(|(_, fill)| fill).ok_or(Refused::Unsupported)
    }

    fn bought(&mut self) -> Vec<(Lot, Fill)> {
        std::mem::take(&mut self.bought)
    }

    fn washed_usd(&self) -> f64 {
        self.washed_usd
    }

    fn inventory(&self, asset: Asset) -> Inventory {
        let held = self.model.reserves.get(asset).map_or(0, |lot| lot.balances.backstop_collateral);
        Inventory { held, net_cost: self.net_cost.get(asset).copied().unwrap_or(0) }
    }

    fn level(&self, asset: Asset) -> Level {
        let now_ms = self.model.now_ms;
        let own = self.model.reserves.get(asset).map(|lot| lot.balances.breaker.level(now_ms));
        own.unwrap_or(Level::Normal).max(self.model.root.guard.level(now_ms))
    }

    fn borrowable_bps(&self, asset: Asset, ltv_bps: u16) -> u16 {
        let level = self.level(asset);
        if level >= Level::Stressed {
            return 0;
        }
        let Some(price) = self.model.prices.get(asset).copied().flatten() else { return 0 };
        let Some(reserve) = self.model.reserves.get(asset) else { return 0 };
        let exposure = reserve.balances.collateral;
        let liquidity = &reserve.config.liquidity;
        let haircut_wad = liquidity.haircut_up(exposure, price.volatility_wad()).unwrap_or(WAD);
        let cut_bps = match level {
            Level::Guarded => u128::from(self.model.root.params.breaker.guarded_cut_bps),
            _ => 0,
        };
        let left_bps = WAD.saturating_sub(haircut_wad) / (WAD / BPS) * (BPS - cut_bps) / BPS;
        u16::try_from(u128::from(ltv_bps) * left_bps / BPS).unwrap_or(ltv_bps)
    }
}
